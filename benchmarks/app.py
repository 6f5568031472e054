"""The agent app: process start to the first painted list, and one message more in a long chat.

Floors: a bare Flet program that paints one list, and one that paints the same screen; the same
message in a chat of 60. All programs start with compiled bytecode, as packed apps do, and look for
the same name in what was painted.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from typing import TYPE_CHECKING

from benchmarks import lab
from benchmarks.app_floors import BARE, SAME_SCREEN
from tests.app.test_screens import App, cost_of_one_more, talking
from tests.app.test_start import FIRST_FRAME, leave_off

if TYPE_CHECKING:
    from pathlib import Path


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


async def starts(rounds: int) -> dict[str, float]:
    """The least seconds of each program, in turns; the first of each compiles."""
    took: dict[str, list[float]] = {FIRST_FRAME: [], SAME_SCREEN: [], BARE: []}
    with lab.folder() as bytecode:
        for _ in range(rounds + 1):
            for program, times in took.items():
                with lab.folder() as data:
                    leave_off(data)
                    times.append(await seconds_to_paint(program, data, bytecode))
    return {program: min(times[1:]) for program, times in took.items()}


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


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1e3:.1f} ms"


async def main(rounds: int = 9) -> bool:
    took = await starts(rounds)
    ours = took[FIRST_FRAME]
    best, most = await appends(max(rounds // 2, 2))
    chats = f"({milliseconds(min(best[10_000]))} / {milliseconds(min(best[60]))})"
    reached = [
        *(
            lab.report(
                f"app: first painted list / {name}",
                ours / took[floor],
                1.15,
                f"({milliseconds(ours)} / {milliseconds(took[floor])})",
            )
            for name, floor in (("bare Flet", BARE), ("bare Flet, same screen", SAME_SCREEN))
        ),
        lab.report(
            "app: one more message at 10,000 / at 60", min(best[10_000]) / min(best[60]), 1.2, chats
        ),
        lab.report("app: bytes sent for it", most, 2_000),
    ]
    return all(reached)


if __name__ == "__main__":
    lab.run(main(*lab.arguments()))
