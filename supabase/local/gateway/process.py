"""The server's process: started, found again, and stopped, also when another process started it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from gateway import binaries
from gateway.errors import StartupProblem

START_SECONDS = 30.0
STOP_SECONDS = 20.0


def run_server(installation: binaries.Postgres, data: Path, options: list[str]) -> str | None:
    """Start the server; answers None when it is ready, else what it said."""
    log = data.parent / "postgres.log"
    with log.open("ab") as output:
        start_of_log = output.tell()
        process = subprocess.Popen(
            [str(installation.bin / "postgres"), "-D", str(data), *options],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            env=binaries.environment(),
            start_new_session=True,
            **(installation.servant.popen_arguments() if installation.servant else {}),
        )
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            return _complaint(log, start_of_log)
        if _pid_file(data)[-1:] == ["ready"] and pid_of(data) == process.pid:
            process.returncode = (
                0  # it goes on without us: whoever stops it knows it by its pid file
            )
            return None
        time.sleep(0.005)
    process.send_signal(signal.SIGQUIT)
    process.wait()
    return f"it was not ready after {START_SECONDS:.0f} s"


def _complaint(log: Path, start: int) -> str:
    with log.open("rb") as lines:
        lines.seek(start)
        text = lines.read().decode(errors="replace")
    telling = [line for line in text.splitlines() if "FATAL" in line or "PANIC" in line]
    in_use = ["Address already in use"] if "Address already in use" in text else []
    return "; ".join([*in_use, *(telling or text.splitlines()[-1:])]).strip() or "it said nothing"


def worth_another_try(said: str) -> bool:
    """Whether it was a lost race for a port, or children of a killed server still leave."""
    if "shared memory block" in said or "is the data directory in use" in said:
        time.sleep(0.5)
        return True
    return "Address already in use" in said


def stop_leftover(data: Path) -> None:
    """Stop the server that still runs on this data directory, whoever started it."""
    pid = pid_of(data)
    if pid is None:
        return
    if not is_server_of(pid, data):
        (data / "postmaster.pid").unlink(missing_ok=True)
        return
    for stop_signal in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.kill(pid, stop_signal)
        if _gone(pid, STOP_SECONDS):
            return
    raise StartupProblem(
        f"An old PostgreSQL (process {pid}) on {data} does not stop. End it first."
    )


def _gone(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.005)
    return False


def is_server_of(pid: int, data: Path) -> bool:
    """Process ids are used again, so look whether that process really is our server."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return False
        ps = ["/bin/ps", "-o", "command=", "-p", str(pid)]
        command = subprocess.run(ps, capture_output=True, text=True, check=False).stdout
    return "postgres" in command and str(data) in command


def _pid_file(data: Path) -> list[str]:
    try:
        return [line.strip() for line in (data / "postmaster.pid").read_text().splitlines()]
    except OSError:
        return []


def pid_of(data: Path) -> int | None:
    """The process that the data directory says it belongs to; it need not live any more."""
    first = next(iter(_pid_file(data)), "")
    return int(first) if first.isdigit() else None
