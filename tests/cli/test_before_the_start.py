"""What is checked before anything starts: ports, keys, the built widget, the demo's data."""

from __future__ import annotations

import json
import socket
import stat
from typing import TYPE_CHECKING

import pytest

from desk_cli.demo import load_demo
from desk_cli.errors import Trouble
from desk_cli.keys import load_keys
from desk_cli.ports import HOST, Ports, free_ports, free_triple, is_free
from desk_cli.tryout import data_folder, require_built_widget

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_taken_port_is_named_and_others_are_offered(which: int) -> None:
    first = free_triple()
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((HOST, first + which))
        taken.listen()
        with pytest.raises(Trouble) as trouble:
            free_ports(first)
    assert f"Port {first + which}," in str(trouble.value)
    offered = int(str(trouble.value).rpartition("--port ")[2].rstrip("."))
    assert not {first + which} & set(range(offered, offered + 3))


def test_port_0_means_any_three() -> None:
    ports = free_ports(0)
    assert ports == Ports(ports.gateway, ports.gateway + 1, ports.gateway + 2)
    assert all(is_free(port) for port in (ports.gateway, ports.app, ports.demo))


def test_keys_are_made_once(tmp_path: Path) -> None:
    keys = load_keys(tmp_path)
    assert load_keys(tmp_path) == keys
    assert keys.publishable_key.startswith("sb_publishable_")
    assert keys.secret_key.startswith("sb_secret_")
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600


def test_fresh_keys_differ(tmp_path: Path) -> None:
    assert load_keys(tmp_path) != load_keys(tmp_path, fresh=True)


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"publishable_key": "x"}'])
def test_damaged_keys_are_trouble(tmp_path: Path, damage: str) -> None:
    (tmp_path / "keys.json").write_text(damage)
    with pytest.raises(Trouble, match="--fresh"):
        load_keys(tmp_path)


def test_secrets_reach_the_gateway_by_environment(tmp_path: Path) -> None:
    keys = load_keys(tmp_path)
    assert keys.environment() == {
        "DESKBELL_PUBLISHABLE_KEY": keys.publishable_key,
        "DESKBELL_SECRET_KEY": keys.secret_key,
        "DESKBELL_JWT_SECRET": keys.jwt_secret,
    }


def test_a_widget_that_is_not_built_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="make widget"):
        require_built_widget(tmp_path / "dist", tmp_path)


def test_a_data_folder_that_cannot_be_made_is_trouble(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Trouble, match="--data"):
        data_folder(tmp_path / "file" / "inside")


def test_demo_data_that_cannot_be_read_are_trouble(tmp_path: Path) -> None:
    path = tmp_path / "demo.json"
    for contents in (None, "{", json.dumps({"site_key": "x"}), json.dumps({"agents": [1]})):
        if contents is not None:
            path.write_text(contents)
        with pytest.raises(Trouble, match=r"demo\.json"):
            load_demo(path)
