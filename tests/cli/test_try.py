"""`deskbell try`: everything starts, says where it is, survives a restart and leaves nothing."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from desk_cli.demo import load_demo
from desk_cli.places import DEMO_DATA
from desk_cli.ports import HOST, free_triple

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

FIELDS = [
    "supabase_url", "publishable_key", "secret_key", "db_url",
    "app_url", "demo_url", "site_key", "agents",
]  # fmt: skip
STOP_SECONDS = 30


@dataclass
class TryOut:
    process: subprocess.Popen[str]
    ready: dict[str, Any]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS)

    def sign_in(self) -> httpx.Response:
        agent = self.ready["agents"][0]
        return httpx.post(
            f"{self.ready['supabase_url']}/auth/v1/token?grant_type=password",
            headers={"apikey": self.ready["publishable_key"]},
            json={"email": agent["email"], "password": agent["password"]},
            timeout=30,
        )

    def call(self, function: str, token: str, **arguments: object) -> Any:
        answer = httpx.post(
            f"{self.ready['supabase_url']}/rest/v1/rpc/{function}",
            headers={
                "apikey": self.ready["publishable_key"],
                "authorization": f"Bearer {token}",
            },
            json=arguments,
            timeout=30,
        )
        return answer.raise_for_status().json()


def command(data: Path, port: int, *more: str) -> list[str]:
    return [sys.executable, "-m", "desk_cli", "try", "--json",
            "--port", str(port), "--data", str(data), *more]  # fmt: skip


def start(data: Path, port: int, *more: str) -> TryOut:
    process = subprocess.Popen(command(data, port, *more), stdout=subprocess.PIPE, text=True)
    assert process.stdout
    return TryOut(process, json.loads(process.stdout.readline()))


def refusal(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(arguments, capture_output=True, check=False, text=True, timeout=60)


def processes_about(data: Path) -> list[str]:
    listed = subprocess.check_output(["ps", "-eo", "stat=,args="], text=True).splitlines()
    return [line for line in listed if str(data) in line and not line.startswith("Z")]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("try")


@pytest.fixture(scope="module")
def port() -> int:
    return free_triple()


@pytest.fixture
def tryout(data: Path, port: int) -> Generator[TryOut]:
    """One on data that all tests of this file share."""
    running = start(data, port)
    yield running
    if running.process.poll() is None:
        running.stop()
    if running.process.stdout:
        running.process.stdout.close()


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
    token = tryout.sign_in().raise_for_status().json()["access_token"]
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
    assert tryout.sign_in().status_code == 200


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
    token = tryout.sign_in().json()["access_token"]
    tryout.stop()
    again = start(data, port)
    try:
        assert again.ready == tryout.ready | {"db_url": again.ready["db_url"]}
        assert again.call("my_desk", token)["me"]
    finally:
        again.stop()


def test_when_the_gateway_is_killed_everything_ends_and_says_so(tmp_path: Path) -> None:
    process = subprocess.Popen(
        command(tmp_path, free_triple()), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stderr
    assert process.stdout.readline()
    listed = subprocess.check_output(["ps", "-eo", "pid=,args="], text=True).splitlines()
    gateway = next(line for line in listed if "-m gateway" in line and str(tmp_path) in line)
    os.kill(int(gateway.split()[0]), signal.SIGKILL)
    _, said = process.communicate(timeout=STOP_SECONDS)
    assert process.returncode == 2
    assert "database was ended by signal 9" in said
    assert processes_about(tmp_path) == []


def test_fresh_starts_over(tryout: TryOut, data: Path, port: int) -> None:
    token = tryout.sign_in().json()["access_token"]
    tryout.call("set_status", token, status="away")
    tryout.stop()
    again = start(data, port, "--fresh")
    try:
        assert again.ready["publishable_key"] != tryout.ready["publishable_key"]
        token = again.sign_in().json()["access_token"]
        assert again.call("my_desk", token)["me"]["status"] == "online"
    finally:
        again.stop()


def test_a_damaged_data_folder_says_what_to_do(tmp_path: Path) -> None:
    started = start(tmp_path, free_triple())
    started.stop()
    control = next(tmp_path.rglob("pg_control"), None)
    if control is None:
        pytest.fail("the data are not under the folder that was given")
    control.write_bytes(b"damaged")
    refused = refusal(command(tmp_path, free_triple()))
    assert refused.returncode == 2
    assert "--fresh" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells that a parent has died")
def test_a_killed_command_takes_its_programs_with_it(tmp_path: Path) -> None:
    running = start(tmp_path, free_triple())
    running.process.kill()
    running.process.wait()
    until = time.monotonic() + STOP_SECONDS
    while processes_about(tmp_path) and time.monotonic() < until:
        time.sleep(0.1)
    assert processes_about(tmp_path) == []
