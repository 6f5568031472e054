"""`deskbell web`: serves the agent app to browsers, for the try-out and for a real project."""

from __future__ import annotations

import socket
import sys

import uvicorn

from desk_cli.errors import Trouble

GOODBYE_SECONDS = 2  # how long open connections may go on when the server is asked to stop


def serve(supabase_url: str, key: str, host: str, port: int) -> None:
    """Serve until a signal comes. A proxy's X-Forwarded headers are believed from loopback only."""
    from desk.settings import Settings
    from desk.shell.web import asgi_app

    with listening(host, port) as door:
        config = uvicorn.Config(
            asgi_app(Settings(supabase_url=supabase_url, publishable_key=key)),
            ws="websockets-sansio",
            log_level="warning",
            timeout_graceful_shutdown=GOODBYE_SECONDS,
        )
        sys.stdout.write(f"The agent app is at http://{address(host, port)}/. Ctrl-C stops it.\n")
        sys.stdout.flush()
        server = uvicorn.Server(config)
        server.run(sockets=[door])
    if not server.started:
        raise Trouble("The agent app could not start; what it said is above.")


def listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise Trouble(
            f"{address(host, port)} cannot be listened on: {error.strerror}. "
            "Choose another --port or --host."
        ) from None


def address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
