"""Everything running: as `deskbell try` starts it, or in parts that a test may kill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

import httpx

from desk_cli import demo_server, tryout
from desk_cli.demo import DemoAgent
from desk_cli.ports import HOST
from desk_cli.ready import Ready
from gateway import binaries
from gateway.postgres import Cluster

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from desk_cli.programs import Program

START_SECONDS = 60.0
STOP_SECONDS = 30.0
BETWEEN_LOOKS = 0.02


@contextmanager
def tried_out(data: Path) -> Generator[Ready]:
    """`deskbell try` on free ports, while the block runs."""
    command = [sys.executable, "-m", "desk_cli", "try", "--json", "--no-browser"]
    command += ["--port", "0", "--data", str(data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield ready_of(process.stdout.readline())
        finally:
            process.terminate()
            process.wait(STOP_SECONDS)
            Cluster(data / "database").wipe()


def ready_of(line: str) -> Ready:
    """What `deskbell try --json` said."""
    said = json.loads(line)
    agents = tuple(DemoAgent(**agent) for agent in said.pop("agents"))
    return Ready(**said, agents=agents)


class Parts:
    """The parts of `deskbell try`, each started and stopped by the test; ports and data stay."""

    def __init__(self, data: Path) -> None:
        self._plan = tryout.make_plan(0, data, fresh=False)
        self._gateway: subprocess.Popen[bytes] | None = None
        self._app: subprocess.Popen[bytes] | None = None
        self.ready: Ready
        self.start_gateway()
        self.start_app()

    def start_gateway(self) -> None:
        """Start the database and the gateway, and wait until they answer; the database moves."""
        program = self._plan.gateway
        self._gateway = started(program)
        line = until_said(program, self._gateway)
        self.ready = Ready.from_gateway(line, self._plan.ports, self._plan.demo)

    def start_app(self) -> None:
        """Start the server of the agent app, and wait until it answers."""
        self._app = started(self._plan.app)
        until_up(self._plan.ports.app_url)

    def kill_gateway(self) -> None:
        """SIGKILL to the gateway and then to its Postgres: nobody can say goodbye."""
        assert self._gateway
        self._gateway.kill()
        self._gateway.wait(STOP_SECONDS)
        pid = self._postmaster()
        os.kill(pid, signal.SIGKILL)
        until_gone(pid)

    def restart_app(self) -> None:
        """End the server of the agent app, with everything it knows, and start it again."""
        self._stop(self._app)
        self.start_app()

    def stop(self) -> None:
        """End everything and delete the data, wherever they are."""
        self._stop(self._app)
        self._stop(self._gateway)
        Cluster(self._plan.database).wipe()

    @contextmanager
    def shop(self) -> Generator[None]:
        """The shop page, while the block runs."""
        with demo_server.serving(self._plan.shop, HOST, self._plan.ports.demo):
            yield

    def _postmaster(self) -> int:
        folder = Cluster(self._plan.database).data_folder(binaries.find())
        return int((folder / "postmaster.pid").read_text().splitlines()[0])

    @staticmethod
    def _stop(process: subprocess.Popen[bytes] | None) -> None:
        if process is not None and process.poll() is None:
            process.terminate()
            process.wait(STOP_SECONDS)


@contextmanager
def in_parts(data: Path) -> Generator[Parts]:
    """Everything in parts, while the block runs."""
    with ExitStack() as ending:
        parts = Parts(data)
        ending.callback(parts.stop)
        ending.enter_context(parts.shop())
        yield parts


def started(program: Program) -> subprocess.Popen[bytes]:
    """A program with its own log, as `deskbell try` starts it."""
    program.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with program.log.open("ab") as log, program.output.open("wb") as output:
        return subprocess.Popen(
            program.command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=log,
            env={**os.environ, **program.environment, "PYTHONUNBUFFERED": "1"},
        )


def until_said(program: Program, process: subprocess.Popen[bytes]) -> str:
    """The first line of its output, once it is whole."""
    deadline = time.monotonic() + START_SECONDS
    while "\n" not in (said := program.output.read_text()):
        assert process.poll() is None, program.log.read_text()
        assert time.monotonic() < deadline, f"{program.name} says nothing"
        time.sleep(BETWEEN_LOOKS)
    return said.splitlines()[0]


def until_up(url: str) -> None:
    """Wait until a server answers."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        with suppress(httpx.TransportError):
            httpx.get(url)
            return
        assert time.monotonic() < deadline, f"{url} does not answer"
        time.sleep(BETWEEN_LOOKS)


def until_gone(pid: int) -> None:
    """Wait until a process that is not our child has ended."""
    deadline = time.monotonic() + STOP_SECONDS
    with suppress(ProcessLookupError):
        while time.monotonic() < deadline:
            os.kill(pid, 0)
            time.sleep(BETWEEN_LOOKS)
        raise AssertionError(f"process {pid} does not end")
