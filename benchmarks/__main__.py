"""Runs every benchmark, one after another, each in a process of its own: `make bench`.

A benchmark is a module of this folder with a coroutine `main() -> bool`. Names given on the
command line choose some of them.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import subprocess
import sys

import benchmarks
from benchmarks import lab


def names() -> list[str]:
    """The benchmarks there are."""
    return [
        found.name for found in pkgutil.iter_modules(benchmarks.__path__) if has_main(found.name)
    ]


def has_main(name: str) -> bool:
    if name == "__main__":
        return False
    module = importlib.import_module(f"benchmarks.{name}")
    return inspect.iscoroutinefunction(getattr(module, "main", None))


def run(name: str) -> list[str]:
    """Run one and print its lines; answers what it missed."""
    lab.say(f"\n{name}")
    missed: list[str] = []
    command = [sys.executable, "-m", f"benchmarks.{name}"]
    with subprocess.Popen(command, cwd=lab.ROOT, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            lab.say(f"  {line.rstrip()}")
            if line.startswith("MISS"):
                missed.append(f"{name}: {line.removeprefix('MISS').strip()}")
    if process.returncode and not missed:
        missed.append(f"{name}: stopped with exit code {process.returncode}")
    return missed


def main() -> int:
    chosen = sys.argv[1:] or names()
    missed = [line for name in chosen for line in run(name)]
    lab.say(f"\n{len(chosen)} benchmarks, {len(missed)} goals missed" + (":" if missed else "."))
    for line in missed:
        lab.say(f"  {line}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
