"""The agent app: process start to the first painted list, and one message more in a long chat.

Floors: a bare Flet program that paints one list; the same message in a chat of 60. Both programs
start with compiled bytecode, as packed apps do, and look for the same name in what was painted.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from typing import TYPE_CHECKING

from benchmarks import lab
from tests.app.test_screens import App, cost_of_one_more, talking
from tests.app.test_start import FIRST_FRAME

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

BARE = """
import asyncio
import flet as ft
from tests.app.support.headless import Screen

async def start():
    screen = await Screen().draw(lambda: ft.ListView([ft.ListTile(ft.Text("Maya Torres"))]))
    print(screen.shows("Maya Torres"), [], flush=True)
    import os; os._exit(0)

asyncio.run(start())
"""


async def seconds_to_paint(program: str, data: Path, bytecode: Path) -> float:
    """From starting the process to its word that the list is painted."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(bytecode)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    start = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program, str(data)),
        cwd=lab.ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    said = await process.stdout.readline()
    took = time.perf_counter() - start
    await process.wait()
    if said.strip() != b"True []":
        raise AssertionError(f"not painted, or with heavy imports: {said.decode()}")
    return took


async def starts(rounds: int) -> tuple[list[float], list[float]]:
    """Seconds of our starts and of bare ones, in turns; the first of each compiles."""
    took: dict[str, list[float]] = {FIRST_FRAME: [], BARE: []}
    with lab.folder() as bytecode:
        for _ in range(rounds + 1):
            for program, times in took.items():
                with lab.folder() as data:
                    times.append(await seconds_to_paint(program, data, bytecode))
    return took[FIRST_FRAME][1:], took[BARE][1:]


async def appends(rounds: int) -> tuple[dict[int, list[float]], int]:
    """The best seconds of each turn in a short and in a long chat, and the most bytes sent."""
    best: dict[int, list[float]] = {60: [], 10_000: []}
    most = 0
    for _ in range(rounds):
        for count, costs in best.items():
            app = await App(talking(count)).open(route="/chats/c1")
            cost, size = await cost_of_one_more(app, range(count + 1, count + 13))
            await app.screen.fire(app.screen.page, "close")
            costs.append(cost)
            most = max(most, size)
    return best, most


def milliseconds(took: Sequence[float]) -> str:
    return f"{min(took) * 1e3:.1f}"


async def main(rounds: int = 9) -> bool:
    ours, bare = await starts(rounds)
    best, most = await appends(max(rounds // 2, 2))
    detail = f"({milliseconds(ours)} ms / {milliseconds(bare)} ms)"
    chats = f"({milliseconds(best[10_000])} ms / {milliseconds(best[60])} ms)"
    reached = [
        lab.report("app: first painted list / bare Flet", min(ours) / min(bare), 1.15, detail),
        lab.report(
            "app: one more message at 10,000 / at 60", min(best[10_000]) / min(best[60]), 1.2, chats
        ),
        lab.report("app: bytes sent for it", most, 2_000),
    ]
    return all(reached)


if __name__ == "__main__":
    lab.run(main(*lab.arguments()))
