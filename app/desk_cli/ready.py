"""What `deskbell try` says when everything answers: one line for programs, a few for people."""

from __future__ import annotations

import json
import os
import sys
import threading
import webbrowser
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from desk_cli.errors import Trouble

if TYPE_CHECKING:
    from desk_cli.demo import Demo, DemoAgent
    from desk_cli.ports import Ports


@dataclass(frozen=True, slots=True)
class Ready:
    """The contract of `deskbell try --json`: these fields, in this order."""

    supabase_url: str
    publishable_key: str
    secret_key: str
    db_url: str
    app_url: str
    demo_url: str
    site_key: str
    agents: tuple[DemoAgent, ...]

    @classmethod
    def from_gateway(cls, line: str, ports: Ports, demo: Demo) -> Ready:
        """Completes the line that the gateway prints. Raises Trouble when it is another line."""
        try:
            said = json.loads(line)
            return cls(
                supabase_url=said["supabase_url"],
                publishable_key=said["publishable_key"],
                secret_key=said["secret_key"],
                db_url=said["db_url"],
                app_url=ports.app_url,
                demo_url=ports.demo_url,
                site_key=demo.site_key,
                agents=demo.agents,
            )
        except (ValueError, TypeError, KeyError):
            raise Trouble(f"The database said something unexpected: {line[:200]!r}.") from None

    def line(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    def summary(self, data: object) -> str:
        width = max((len(agent.email) for agent in self.agents), default=0)
        people = "\n".join(f"    {a.email:<{width}}  {a.password}  ({a.name})" for a in self.agents)
        return (
            "\nDeskbell is ready.\n\n"
            f"  1. Sign in to the agent app    {self.app_url}\n{people}\n\n"
            f"  2. Press the bell in the shop  {self.demo_url}\n\n"
            f"  Data are kept in {data} (--fresh starts over).\n"
            "  Ctrl-C stops everything.\n"
        )


def open_in_browser(*urls: str) -> None:
    """Open the addresses where there is a screen; a browser that hangs holds nothing up."""
    has_screen = sys.platform == "darwin" or any(
        os.environ.get(n) for n in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    if has_screen:
        opener = threading.Thread(
            target=lambda: [webbrowser.open(url) for url in urls], daemon=True
        )
        opener.start()
