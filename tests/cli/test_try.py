"""`deskbell try`: everything starts, says where it is, survives a restart and leaves nothing."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from desk_cli.demo import load_demo
from desk_cli.places import DEMO_DATA
from desk_cli.ports import HOST, free_triple

if TYPE_CHECKING:
    from collections.abc import Generator

FIELDS = [
    "supabase_url", "publishable_key", "secret_key", "db_url",
    "app_url", "demo_url", "site_key", "agents",
]  # fmt: skip
STOP_SECONDS = 30

pytestmark = pytest.mark.xdist_group("try")


@dataclass
class TryOut:
    process: subprocess.Popen[str]
    ready: dict[str, Any]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS)

    def ask(self, path: str, body: dict[str, object], token: str = "") -> httpx.Response:
        headers = {"apikey": self.ready["publishable_key"]}
        if token:
            headers["authorization"] = f"Bearer {token}"
        url = f"{self.ready['supabase_url']}{path}"
        return httpx.post(url, headers=headers, json=body, timeout=30).raise_for_status()

    def sign_in(self) -> str:
        """The first agent's access token."""
        who = {name: self.ready["agents"][0][name] for name in ("email", "password")}
        return self.ask("/auth/v1/token?grant_type=password", who).json()["access_token"]

    def call(self, function: str, token: str, **arguments: object) -> Any:
        return self.ask(f"/rest/v1/rpc/{function}", arguments, token).json()


def command(data: Path, port: int, *more: str) -> list[str]:
    return [sys.executable, "-m", "desk_cli", "try", "--json",
            "--port", str(port), "--data", str(data), *more]  # fmt: skip


@contextmanager
def started(data: Path, port: int, *more: str) -> Generator[TryOut]:
    arguments, pipe = command(data, port, *more), subprocess.PIPE
    with subprocess.Popen(arguments, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            assert process.stdout
            yield TryOut(process, json.loads(process.stdout.readline()))
        finally:
            process.terminate()


def refusal(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(arguments, capture_output=True, check=False, text=True, timeout=60)


def processes_about(data: Path) -> list[str]:
    listed = subprocess.check_output(
        ["ps", "-eww", "-o", "stat=", "-o", "args="], text=True
    ).splitlines()
    return [line for line in listed if str(data) in line and not line.startswith("Z")]


@contextmanager
def folder_for_postgres() -> Generator[Path]:
    """Open for the user that Postgres runs as when the tests run as root, unlike pytest's own."""
    with tempfile.TemporaryDirectory(prefix="deskbell-try-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="module")
def data() -> Generator[Path]:
    with folder_for_postgres() as folder:
        yield folder


@pytest.fixture
def own_data() -> Generator[Path]:
    """A folder for one test that does harm to it."""
    with folder_for_postgres() as folder:
        yield folder


@pytest.fixture(scope="module")
def port() -> int:
    return free_triple()


@pytest.fixture
def tryout(data: Path, port: int) -> Generator[TryOut]:
    """One on data that the tests of this file share."""
    with started(data, port) as running:
        yield running


def test_it_says_where_everything_is_and_everything_answers(tryout: TryOut, port: int) -> None:
    demo = load_demo(DEMO_DATA)
    assert list(tryout.ready) == FIELDS
    assert tryout.ready["supabase_url"] == f"http://{HOST}:{port}"
    assert tryout.ready["site_key"] == demo.site_key
    assert tryout.ready["agents"] == [
        {"email": a.email, "password": a.password, "name": a.name} for a in demo.agents
    ]
    assert httpx.get(tryout.ready["app_url"]).status_code == 200
    page = httpx.get(tryout.ready["demo_url"]).text
    assert tryout.ready["publishable_key"] in page
    assert "{{" not in page
    assert httpx.get(f"{tryout.ready['demo_url']}deskbell/deskbell.js").status_code == 200


def test_each_agent_can_sign_in_and_has_a_desk(tryout: TryOut) -> None:
    token = tryout.sign_in()
    desk = tryout.call("my_desk", token)
    assert desk["me"]["display_name"] == tryout.ready["agents"][0]["name"]
    assert tryout.call("search_chats", token)


def test_another_on_the_same_ports_says_which_is_taken(tryout: TryOut, data: Path) -> None:
    taken = int(tryout.ready["supabase_url"].rpartition(":")[2])
    refused = refusal(command(data.with_name("other"), taken))
    assert (refused.returncode, refused.stdout) == (2, "")
    assert f"Port {taken}" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_another_on_the_same_data_is_refused(tryout: TryOut, data: Path) -> None:
    refused = refusal(command(data, free_triple()))
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "Traceback" not in refused.stderr
    assert tryout.sign_in()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_leaves_no_process_and_no_port(
    tryout: TryOut, data: Path, port: int, number: signal.Signals
) -> None:
    assert tryout.stop(number) == 0
    assert processes_about(data) == []
    for each in range(port, port + 3):
        with socket.socket() as probe, pytest.raises(ConnectionRefusedError):
            probe.connect((HOST, each))


def test_keys_and_sign_ins_survive_a_restart(tryout: TryOut, data: Path, port: int) -> None:
    token = tryout.sign_in()
    tryout.stop()
    with started(data, port) as again:
        assert again.ready == tryout.ready | {"db_url": again.ready["db_url"]}
        assert again.call("my_desk", token)["me"]


def test_fresh_starts_over(tryout: TryOut, data: Path, port: int) -> None:
    tryout.call("set_status", tryout.sign_in(), status="away")
    tryout.stop()
    with started(data, port, "--fresh") as again:
        assert again.ready["publishable_key"] != tryout.ready["publishable_key"]
        assert again.call("my_desk", again.sign_in())["me"]["status"] == "online"


def test_when_the_gateway_is_killed_everything_ends_and_says_so(own_data: Path) -> None:
    with started(own_data, free_triple()) as tryout:
        os.kill(process_id("-m gateway", own_data), signal.SIGKILL)
        _, said = tryout.process.communicate(timeout=STOP_SECONDS)
    assert tryout.process.returncode == 2
    assert "database was ended by signal 9" in said
    assert processes_about(own_data) == []


def process_id(program: str, data: Path) -> int:
    listed = subprocess.check_output(
        ["ps", "-eww", "-o", "pid=", "-o", "args="], text=True
    ).splitlines()
    return next(int(line.split()[0]) for line in listed if program in line and str(data) in line)


def test_damaged_data_say_what_to_do(own_data: Path) -> None:
    with started(own_data, free_triple()) as tryout:
        tryout.stop()
    next(own_data.rglob("pg_control")).write_bytes(b"damaged")
    refused = refusal(command(own_data, free_triple()))
    assert refused.returncode == 2
    assert "--fresh" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells that a parent has died")
def test_a_killed_command_takes_its_programs_with_it(own_data: Path) -> None:
    with started(own_data, free_triple()) as tryout:
        tryout.process.kill()
    until = time.monotonic() + STOP_SECONDS
    while processes_about(own_data) and time.monotonic() < until:
        time.sleep(0.1)
    assert processes_about(own_data) == []
