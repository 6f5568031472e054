"""Programs are started, watched and stopped together; small ones stand for gateway and app here."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from desk_cli.demo import Demo
from desk_cli.demo_server import Shop
from desk_cli.errors import Trouble
from desk_cli.ports import free_ports
from desk_cli.programs import Program
from desk_cli.tryout import Plan, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from desk_cli.ready import Ready

SAID = {"supabase_url": "u", "publishable_key": "p", "secret_key": "s", "db_url": "d"}
GATEWAY = f"print({json.dumps(SAID)!r}, flush=True)\nimport time\ntime.sleep(600)"
APP = "import http.server as h\nh.test(h.SimpleHTTPRequestHandler, port={port}, bind='127.0.0.1')"


def make_plan(folder: Path, *, gateway: str = GATEWAY, app: str = APP) -> Plan:
    ports = free_ports(0)
    pages = folder / "pages"
    pages.mkdir()
    (pages / "index.html").write_text("shop")
    return Plan(
        ports=ports,
        demo=Demo("demo-site", ()),
        shop=Shop(pages, pages, {}),
        gateway=program("database", gateway, folder),
        app=program("agent app", app.format(port=ports.app), folder),
        database=folder / "database",
    )


def program(name: str, code: str, folder: Path) -> Program:
    return Program(name, [sys.executable, "-c", code], folder / f"{name}.log")


def then(signal_number: signal.Signals, seen: list[Ready]) -> Callable[[Ready], None]:
    def announce(ready: Ready) -> None:
        seen.append(ready)
        os.kill(os.getpid(), signal_number)

    return announce


def never(ready: Ready) -> None:
    pytest.fail(f"announced {ready}")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_a_signal_ends_it_without_an_error(tmp_path: Path, number: signal.Signals) -> None:
    seen: list[Ready] = []
    await run(make_plan(tmp_path), then(number, seen))
    assert seen[0].site_key == "demo-site"
    assert json.loads(seen[0].line())["supabase_url"] == "u"


async def test_a_signal_while_it_starts_ends_it_too(tmp_path: Path) -> None:
    plan = make_plan(tmp_path, gateway="import time; time.sleep(600)")
    loop = asyncio.get_running_loop()
    loop.call_later(0.5, os.kill, os.getpid(), signal.SIGTERM)
    await run(plan, never)


async def test_a_sentence_of_the_gateway_is_passed_on(tmp_path: Path) -> None:
    code = "import sys; sys.stderr.write('noise\\nNo PostgreSQL. Install it.\\n'); sys.exit(2)"
    with pytest.raises(Trouble) as trouble:
        await run(make_plan(tmp_path, gateway=code), never)
    assert str(trouble.value) == "No PostgreSQL. Install it."


async def test_a_program_that_crashes_shows_its_last_lines(tmp_path: Path) -> None:
    with pytest.raises(Trouble) as trouble:
        await run(make_plan(tmp_path, app="raise ValueError('odd {{x}}')"), never)
    assert "agent app stopped (exit code 1)" in str(trouble.value)
    assert "ValueError: odd {x}" in str(trouble.value)


async def test_when_one_ends_later_the_others_are_stopped(tmp_path: Path) -> None:
    code = GATEWAY.replace("time.sleep(600)", "time.sleep(1.5)")
    with pytest.raises(Trouble, match="database stopped"):
        await run(make_plan(tmp_path, gateway=code), lambda _: None)


async def test_an_unexpected_first_line_is_trouble(tmp_path: Path) -> None:
    code = GATEWAY.replace("supabase_url", "other")
    with pytest.raises(Trouble, match="unexpected"):
        await run(make_plan(tmp_path, gateway=code), never)


async def test_grandchildren_are_ended_too(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    spawn = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"open({str(pid_file)!r}, 'w').write(str(child.pid))\n"
    )
    await run(make_plan(tmp_path, gateway=spawn + GATEWAY), then(signal.SIGTERM, []))
    assert not await still_alive(int(pid_file.read_text()))


async def still_alive(pid: int) -> bool:
    """Whether it runs a second after it was killed; a process nobody has collected does not."""
    state = ["ps", "-o", "stat=", "-p", str(pid)]
    for _ in range(20):
        ps = await asyncio.create_subprocess_exec(*state, stdout=asyncio.subprocess.PIPE)
        said, _ = await ps.communicate()
        if not said.strip() or said.startswith(b"Z"):
            return False
        await asyncio.sleep(0.05)
    return True
