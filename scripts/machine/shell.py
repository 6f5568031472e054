"""Running programs, remembering what is done, and saying what goes wrong in one sentence."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

ROOT = Path(__file__).resolve().parents[2]
STATE = ROOT / ".deskbell"
STARTERS = STATE / "bin"
NETWORK_ADVICE = "Check the network and the package settings, then run the same command again."


class SetupError(Exception):
    """Set-up cannot go on; the message says what is wrong and what to do."""


def say(sentence: str) -> None:
    sys.stderr.write(f"deskbell: {sentence}\n")
    sys.stderr.flush()


def run(command: list[str], advice: str, *, cwd: Path = ROOT) -> None:
    """Run a program; its output is kept in .deskbell/setup.log and its end shown on failure."""
    log = STATE / "setup.log"
    shown = shlex.join(command)
    with log.open("wb") as output:
        try:
            done = subprocess.run(command, cwd=cwd, stdout=output, stderr=output, check=False)
        except OSError as error:
            raise SetupError(f"Could not run `{shown}`: {error.strerror}. {advice}") from None
    if done.returncode:
        last = log.read_text(errors="replace").splitlines()[-15:]
        sys.stderr.write("".join(f"  {line}\n" for line in last))
        raise SetupError(f"`{shown}` failed (all it said is in {log}). {advice}")


def answer(command: list[str]) -> str | None:
    """What a program prints, or None when it is missing or fails."""
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=120, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else None


def installed(name: str) -> str | None:
    """Where a program is in PATH, our own starters left out."""
    places = [place for place in os.get_exec_path() if Path(place) != STARTERS]
    return shutil.which(name, path=os.pathsep.join(places))


# Starters: .deskbell/bin is put first in PATH, so tests and builds find what was set up here.


def write_starter(name: str, command: list[str]) -> None:
    """Write .deskbell/bin/<name>, which runs the command with the arguments it is given."""
    STARTERS.mkdir(parents=True, exist_ok=True)
    path = STARTERS / name
    path.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n')
    path.chmod(0o755)


def starter_works(name: str) -> bool:
    """True when the starter is there and so is every file that it names."""
    path = STARTERS / name
    if not path.exists():
        return False
    words = shlex.split(path.read_text().splitlines()[-1])[1:-1]
    return all(Path(word).exists() for word in words)


# Stamps: a step is done when its stamp holds the fingerprint of what it was made from.


def fingerprint(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def is_done(step: str, key: str) -> bool:
    stamp = STATE / "stamps" / step
    return stamp.exists() and stamp.read_text() == key


def mark_done(step: str, key: str) -> None:
    stamp = STATE / "stamps" / step
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(key)


@contextlib.contextmanager
def only_one_at_a_time() -> Generator[None, None, None]:
    """Of two set-ups at once the second waits, and then finds everything done."""
    import fcntl

    STATE.mkdir(exist_ok=True)
    with (STATE / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# Debian packages, when we may install them


def may_apt_install() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_install(package: str) -> None:
    say(f"installing Debian's package {package} (once)")
    advice = f"Install {package} by hand, then run the same command again."
    quiet = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    run([*quiet, "update"], advice)
    run([*quiet, "install", "-y", "--no-install-recommends", package], advice)
