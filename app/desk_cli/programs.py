"""Programs that the command starts: each in its own process group, logged, stopped for certain."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from desk_cli.errors import Ended, Trouble

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence
    from pathlib import Path

BETWEEN_LOOKS = 0.02  # seconds
PATIENCE = 15.0  # seconds between asking a program to stop and ending it
EXIT_WITH_A_SENTENCE = 2


@dataclass(frozen=True, slots=True)
class Program:
    """What to start. `name` is what people call it; `log` takes its standard error.

    Its standard output goes to a file beside the log and not into a pipe: a pipe is open for as
    long as any of its children lives, and the end of the program itself would not be seen.
    """

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def output(self) -> Path:
        return self.log.with_suffix(".out")


@dataclass(frozen=True, slots=True)
class Running:
    program: Program
    process: asyncio.subprocess.Process

    async def first_line(self) -> str:
        """The first line that it prints, once it is whole."""
        while "\n" not in (said := self.program.output.read_text()):  # noqa: ASYNC110
            await asyncio.sleep(BETWEEN_LOOKS)
        return said.splitlines()[0]

    async def keep_running(self) -> None:
        """Raises Ended when the program does."""
        code = await self.process.wait()
        raise Ended(obituary(self.program, code))

    def was_killed(self) -> bool:
        return (self.process.returncode or 0) < 0

    async def stop(self) -> None:
        """Ask it to stop, wait, and leave nothing of its group behind."""
        group = self.process.pid
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()
        try:
            await asyncio.wait_for(self.process.wait(), PATIENCE)
        except TimeoutError:
            _kill_group(group)
            await self.process.wait()
        _kill_group(group)


@asynccontextmanager
async def running(programs: Sequence[Program]) -> AsyncGenerator[list[Running]]:
    """Start all, and stop all when the block is left, whatever the reason."""
    started: list[Running] = []
    try:
        for program in programs:
            started.append(await _start(program))
        yield started
    finally:
        await asyncio.gather(*(each.stop() for each in started))


def obituary(program: Program, code: int) -> str:
    """The program's own sentence when it left one, else how it ended and its last lines."""
    said = last_lines(program.log)
    if code == EXIT_WITH_A_SENTENCE and said:
        return said[-1]
    how = f"was ended by signal {-code}" if code < 0 else f"stopped (exit code {code})"
    sentence = (
        f"The {program.name} {how}, so everything else was stopped too. Its log: {program.log}"
    )
    return "\n  ".join([sentence, *said])


def last_lines(log: Path, count: int = 8) -> list[str]:
    with contextlib.suppress(OSError):
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        return [line for line in lines if line.strip()][-count:]
    return []


async def _start(program: Program) -> Running:
    program.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # keys are printed
    with program.log.open("wb") as log, program.output.open("wb") as output:
        try:
            process = await asyncio.create_subprocess_exec(
                *program.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=log,
                env={**os.environ, **program.environment, "PYTHONUNBUFFERED": "1"},
                start_new_session=True,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )
        except OSError as error:
            raise Trouble(f"The {program.name} could not be started: {error}.") from None
    return Running(program, process)


def _die_with_parent() -> None:
    """Linux: when the command itself is killed, its programs are asked to stop."""
    import ctypes

    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM)


def _kill_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
