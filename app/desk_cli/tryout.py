"""`deskbell try`: the whole product on loopback, started together, watched, and stopped together.

keys ──► gateway (Postgres + API) ──┐
    ├──► agent app                  ├──► all answer ──► "ready" ──► until a signal, or one ends
    └──► shop page (a thread)  ─────┘
"""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from desk_cli import demo_server, places, programs
from desk_cli.demo import Demo, load_demo
from desk_cli.errors import Trouble
from desk_cli.keys import Keys, load_keys
from desk_cli.ports import HOST, Ports, free_ports
from desk_cli.probe import until_up
from desk_cli.ready import Ready

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from pathlib import Path

START_SECONDS = 120.0
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(Exception):
    """The person pressed Ctrl-C, or the process was asked to end."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What one try-out runs. The first program prints a line of JSON when it is ready."""

    ports: Ports
    demo: Demo
    shop: demo_server.Shop
    gateway: programs.Program
    app: programs.Program
    database: Path


def make_plan(first_port: int, data: Path, *, fresh: bool) -> Plan:
    """Check everything that can be checked before anything starts. Raises Trouble."""
    demo = load_demo(places.DEMO_DATA)
    require_built_widget(places.WIDGET, places.DEMO_PAGES)
    ports = free_ports(first_port)
    keys = load_keys(data_folder(data), fresh=fresh)
    words = {
        "SUPABASE_URL": ports.gateway_url,
        "PUBLISHABLE_KEY": keys.publishable_key,
        "SITE_KEY": demo.site_key,
    }
    return Plan(
        ports=ports,
        demo=demo,
        shop=demo_server.Shop(places.DEMO_PAGES, places.WIDGET, words),
        gateway=gateway_program(ports, data, keys, fresh=fresh),
        app=app_program(ports, data, keys),
        database=data / "database",
    )


def data_folder(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Trouble(
            f"{folder} cannot be used for data: {error.strerror}. Choose another with --data."
        ) from None
    return folder


def require_built_widget(widget: Path, pages: Path) -> None:
    if not (widget / "deskbell.js").exists():
        raise Trouble(f"The widget is not built ({widget} is missing). Run: make widget")
    if not (pages / "index.html").exists():
        raise Trouble(f"{pages} is missing: get a full copy of the repository.")


def gateway_program(ports: Ports, data: Path, keys: Keys, *, fresh: bool) -> programs.Program:
    command = [sys.executable, "-m", "gateway", "--port", str(ports.gateway), "--seed"]
    command += ["--data", str(data / "database"), *(["--fresh"] if fresh else [])]
    return programs.Program("database", command, data / "logs" / "gateway.log", keys.environment())


def app_program(ports: Ports, data: Path, keys: Keys) -> programs.Program:
    command = [sys.executable, "-m", "desk_cli", "web", "--host", HOST, "--port", str(ports.app)]
    command += ["--supabase-url", ports.gateway_url, "--key", keys.publishable_key]
    return programs.Program("agent app", command, data / "logs" / "app.log")


async def run(plan: Plan, announce: Callable[[Ready], None]) -> None:
    """Run until a signal comes. Raises Trouble when something does not start or ends by itself."""
    try:
        async with gateway_and_app(plan) as started, asyncio.TaskGroup() as group:
            group.create_task(until_signal())
            for each in started:
                group.create_task(each.keep_running())
            with demo_server.serving(plan.shop, HOST, plan.ports.demo):
                announce(await ready(plan, started[0]))
                await asyncio.Event().wait()
    except* StopRequested:
        pass
    except* Trouble as troubles:
        raise first_of(troubles) from None


@asynccontextmanager
async def gateway_and_app(plan: Plan) -> AsyncGenerator[list[programs.Running]]:
    """Both, while the block runs; a gateway that was killed left its Postgres to us."""
    started: list[programs.Running] = []
    try:
        async with programs.running([plan.gateway, plan.app]) as started:
            yield started
    finally:
        if started and started[0].was_killed():
            await stop_postgres(plan.database)


async def ready(plan: Plan, gateway: programs.Running) -> Ready:
    try:
        async with asyncio.timeout(START_SECONDS):
            line = await gateway.first_line()
            await until_up(plan.ports.app_url)
            await until_up(plan.ports.demo_url)
    except TimeoutError:
        logs = plan.gateway.log.parent
        raise Trouble(
            f"Not ready after {START_SECONDS:.0f} seconds; the logs are in {logs}."
        ) from None
    return Ready.from_gateway(line, plan.ports, plan.demo)


async def until_signal() -> None:
    """Raises StopRequested when one of the stop signals arrives."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
    raise StopRequested


async def stop_postgres(folder: Path) -> None:
    from gateway.postgres import Cluster

    await asyncio.to_thread(Cluster(folder).stop)


def first_of(group: BaseExceptionGroup[Trouble]) -> Trouble:
    """The first leaf: when one program ends, what the others say afterwards is noise."""
    first = group.exceptions[0]
    return first_of(first) if isinstance(first, BaseExceptionGroup) else first
