"""`python -m gateway`: starts Postgres and the gateway on this machine."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
from pathlib import Path

import uvloop

from gateway.errors import StartupProblem
from gateway.run import Options, serve

PROJECT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Run until SIGTERM or SIGINT; 0 after a clean end, 2 when it cannot start."""
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s", stream=sys.stderr)
    options = _options(_parser().parse_args())
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(options))
    except StartupProblem as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    return 0


async def _serve(options: Options) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await serve(options, _announce, stop)


def _announce(ready: dict[str, str]) -> None:
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()


def _options(found: argparse.Namespace) -> Options:
    return Options(
        port=found.port,
        data=found.data.resolve(),
        project=found.project.resolve(),
        seed=found.seed,
        fresh=found.fresh,
        durable=not found.not_durable,
        db_url=found.db_url,
        keys={
            "publishable": found.publishable_key,
            "secret": found.secret_key,
            "jwt_secret": found.jwt_secret,
        },
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m gateway", description="Supabase's API on this machine, without Docker."
    )
    parser.add_argument(
        "--port", type=int, required=True, help="where the API listens, on loopback"
    )
    parser.add_argument(
        "--data", type=Path, required=True, help="directory for everything it keeps"
    )
    parser.add_argument(
        "--project", type=Path, default=PROJECT, help="folder with migrations/ and seed.sql"
    )
    parser.add_argument(
        "--seed", action="store_true", help="run seed.sql, once for each data directory"
    )
    parser.add_argument("--fresh", action="store_true", help="delete the data directory first")
    parser.add_argument(
        "--not-durable", action="store_true", help="quicker and not crash safe: for tests"
    )
    parser.add_argument("--db-url", help="use this database, as a superuser, instead of an own one")
    for name in ("publishable-key", "secret-key", "jwt-secret"):
        variable = f"DESKBELL_{name.replace('-', '_').upper()}"
        fallback = f"default: {variable}, else made once and kept in the data directory"
        parser.add_argument(f"--{name}", default=os.environ.get(variable), help=fallback)
    return parser


if __name__ == "__main__":
    sys.exit(main())
