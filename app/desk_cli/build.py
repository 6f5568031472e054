"""`deskbell build <target>`: the target's settings in flet.toml become options of `flet build`."""

from __future__ import annotations

import os
import shlex
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from desk_cli.errors import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

TARGETS = ("apk", "aab", "ipa", "ios-simulator", "macos", "windows", "linux", "web")
SHARED = "all"
Setting = str | int | bool | list[str]


def build(target: str, more: Sequence[str], *, show: bool) -> None:
    """Become `flet build`, or show the command that would be run."""
    from desk_cli.places import BUILD_SETTINGS, ROOT

    flet = str(Path(sys.executable).with_name("flet"))
    command = [flet, *build_arguments(target, read_settings(BUILD_SETTINGS)), *more]
    if show:
        sys.stdout.write(f"{shlex.join(command)}\n")
        return
    sys.stdout.flush()
    os.chdir(ROOT)
    try:
        os.execv(flet, command)  # noqa: S606 - there is no shell in between
    except OSError as error:
        raise Trouble(f"{flet} cannot be run: {error.strerror}. Run: make setup") from None


def read_settings(path: Path) -> Mapping[str, Mapping[str, Setting]]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Trouble(f"{path} cannot be read: {error.strerror}.") from None
    except tomllib.TOMLDecodeError as error:
        raise Trouble(f"{path} is not valid TOML: {error}.") from None


def build_arguments(target: str, settings: Mapping[str, Mapping[str, Setting]]) -> list[str]:
    """`build <target> . <options>`; the target's own settings win over those of [all]."""
    chosen = {**settings.get(SHARED, {}), **settings.get(target, {})}
    words = [word for name, value in chosen.items() for word in option(name, value)]
    return ["build", target, ".", *words]


def option(name: str, value: Setting) -> Iterator[str]:
    if value is False:
        return
    yield f"--{name}"
    if isinstance(value, list):
        yield from value
    elif value is not True:
        yield str(value)
