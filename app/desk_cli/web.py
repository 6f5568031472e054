"""`deskbell web`: serves the agent app to browsers, for the try-out and for a real project."""

from __future__ import annotations

import uvicorn

from desk_cli.errors import Trouble

GOODBYE_SECONDS = 2  # how long open connections may go on when the server is asked to stop


def serve(supabase_url: str, key: str, host: str, port: int) -> None:
    """Serve until a signal comes. A proxy's X-Forwarded headers are believed from loopback only."""
    from desk.settings import Settings
    from desk.shell.web import asgi_app

    config = uvicorn.Config(
        asgi_app(Settings(supabase_url=supabase_url, publishable_key=key)),
        host=host,
        port=port,
        ws="websockets-sansio",
        log_level="warning",
        timeout_graceful_shutdown=GOODBYE_SECONDS,
    )
    server = uvicorn.Server(config)
    try:
        server.run()
    except SystemExit:
        raise Trouble(
            f"Port {port} on {host} cannot be used. Choose another with --port."
        ) from None
    if not server.started:
        raise Trouble("The agent app could not start; what it said is above.")
