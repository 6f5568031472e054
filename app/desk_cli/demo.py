"""The demo's site key and agents, as supabase/seed.sql makes them; from supabase/demo.json."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from desk_cli.errors import Trouble

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class DemoAgent:
    email: str
    password: str
    name: str


@dataclass(frozen=True, slots=True)
class Demo:
    site_key: str
    agents: tuple[DemoAgent, ...]


def load_demo(path: Path) -> Demo:
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
        agents = tuple(DemoAgent(a["email"], a["password"], a["name"]) for a in read["agents"])
        return Demo(read["site_key"], agents)
    except FileNotFoundError:
        raise Trouble(f"{path} is missing: get a full copy of the repository.") from None
    except (ValueError, TypeError, KeyError):
        raise Trouble(f"{path} cannot be read: get it from the repository again.") from None
