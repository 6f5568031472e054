"""The `deskbell` command: reads arguments, runs a verb, says in one sentence what went wrong."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from desk_cli.build import TARGETS
from desk_cli.errors import Trouble
from desk_cli.places import DEFAULT_DATA
from desk_cli.ports import DEFAULT, LAST

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from desk_cli.ready import Ready

TROUBLE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 done or stopped on request; 2 something is wrong, said on standard error."""
    own, handed_on = split_at_dashes(sys.argv[1:] if arguments is None else arguments)
    options = parser().parse_args(own, argparse.Namespace(handed_on=handed_on))
    verb: Callable[[argparse.Namespace], None] = options.verb
    try:
        verb(options)
    except Trouble as trouble:
        sys.stderr.write(f"deskbell: {trouble}\n")
        return TROUBLE
    except KeyboardInterrupt:
        pass
    return 0


def split_at_dashes(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """What is ours, and what follows `--`."""
    words = list(arguments)
    at = words.index("--") if "--" in words else len(words)
    return words[:at], words[at + 1 :]


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="deskbell", description="Live chat that rings.", allow_abbrev=False
    )
    verbs = top.add_subparsers(required=True, metavar="try | web | build")
    add_try(
        verbs.add_parser(
            "try", help="run everything on this machine, with a demo shop", allow_abbrev=False
        )
    )
    add_web(
        verbs.add_parser(
            "web", help="serve the agent app for a Supabase project", allow_abbrev=False
        )
    )
    add_build(
        verbs.add_parser("build", help="build the agent app for a device", allow_abbrev=False)
    )
    return top


def add_try(verb: argparse.ArgumentParser) -> None:
    ports = f"use the ports N, N+1 and N+2 (default {DEFAULT}; 0: any that are free)"
    verb.add_argument("--port", type=first_port, default=DEFAULT, metavar="N", help=ports)
    folder = "where the data are kept"
    verb.add_argument("--data", type=Path, default=DEFAULT_DATA, metavar="DIR", help=folder)
    verb.add_argument("--fresh", action="store_true", help="delete the data in DIR and start over")
    verb.add_argument("--json", action="store_true", help="print one line of JSON when ready")
    verb.add_argument("--no-browser", action="store_true", help="do not open the two pages")
    verb.set_defaults(verb=try_everything)


def add_web(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--supabase-url", type=web_address, required=True, metavar="URL", help="the project's URL"
    )
    verb.add_argument(
        "--key", required=True, help="the project's publishable key (never a secret one)"
    )
    verb.add_argument(
        "--host", default="127.0.0.1", help="the address to listen on (default 127.0.0.1)"
    )
    verb.add_argument(
        "--port", type=port, default=8550, help="the port to listen on (default 8550)"
    )
    verb.set_defaults(verb=serve_app)


def add_build(verb: argparse.ArgumentParser) -> None:
    verb.epilog = "What follows -- is handed to `flet build` as it is."
    verb.add_argument("target", choices=TARGETS)
    verb.add_argument("--print", action="store_true", dest="show", help="show the command only")
    verb.set_defaults(verb=build_app)


def try_everything(options: argparse.Namespace) -> None:
    from desk_cli import tryout
    from desk_cli.ready import open_in_browser

    def announce(ready: Ready) -> None:
        sys.stdout.write(f"{ready.line()}\n" if options.json else ready.summary(options.data))
        sys.stdout.flush()
        if not (options.json or options.no_browser):
            open_in_browser(ready.demo_url, ready.app_url)

    options.data = options.data.expanduser().resolve()
    plan = tryout.make_plan(options.port, options.data, fresh=options.fresh)
    asyncio.run(tryout.run(plan, announce))


def serve_app(options: argparse.Namespace) -> None:
    from desk_cli.web import serve

    if options.key.startswith("sb_secret_"):
        raise Trouble(
            "That is the secret key, which browsers must never see. Give the publishable one."
        )
    serve(options.supabase_url, options.key, options.host, options.port)


def build_app(options: argparse.Namespace) -> None:
    from desk_cli.build import build

    build(options.target, options.handed_on, show=options.show)


def port(text: str) -> int:
    if text.isascii() and text.isdecimal() and 0 < int(text) <= LAST:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no port; give a number from 1 to {LAST}")


def first_port(text: str) -> int:
    if text.isascii() and text.isdecimal() and int(text) <= LAST - 2:
        return int(text)
    raise argparse.ArgumentTypeError(
        f"{text!r} is no first port; give a number from 0 to {LAST - 2}"
    )


def web_address(text: str) -> str:
    if text.startswith(("https://", "http://")):
        return text.rstrip("/")
    raise argparse.ArgumentTypeError(f"{text!r} is no address; it begins with https://")
