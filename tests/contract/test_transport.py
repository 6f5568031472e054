"""The widget's own transport against the official client, on the same stack, in a real browser."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

from desk_cli.demo_server import Shop
from desk_cli.demo_server import serving as serving_shop
from desk_cli.ports import HOST
from gateway.postgres import free_port
from tests.e2e.browser import ROOT, chromium
from tests.gateway.serving import serving

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Page

BUNDLE = """
import { build } from 'esbuild';
const [entry, outfile] = process.argv.slice(1);
await build({
  entryPoints: [entry], outfile, bundle: true, format: 'iife', globalName: 'story',
  nodePaths: ['node_modules'], logLevel: 'error', define: { BUILD: '"test"' },
});"""
EVENTS = {"message_sent", "messages_read", "chat_accepted", "chat_ended"}


def bundled(folder: Path) -> Path:
    """The story as one script."""
    script = folder / "story.js"
    entry = ROOT / "tests" / "contract" / "story.ts"
    command = ["node", "--input-type=module", "--eval", BUNDLE, "--", str(entry), str(script)]
    subprocess.run(command, cwd=ROOT / "widget", check=True, capture_output=True, text=True)
    return script


async def told(page: Page, name: str, stack: dict[str, str]) -> dict[str, Any]:
    """What one teller wrote down."""
    record: dict[str, Any] = await page.evaluate(f"(stack) => story.{name}(stack)", stack)
    return record


async def test_both_transports_tell_the_same_story(seeded_database: str, tmp_path: Path) -> None:
    script, port = bundled(tmp_path), free_port()
    shop = Shop(ROOT / "widget" / "demo", ROOT / "widget" / "dist", {})
    with serving(seeded_database) as stack, serving_shop(shop, HOST, port):
        address = {
            "url": stack.url,
            "key": stack.keys.publishable,
            "site": "demo-lumen-oak",
            "email": "ada@deskbell.example",
            "password": "ring-the-bell",
        }
        async with chromium() as browser:
            page = await browser.new_page()
            await page.goto(f"http://{HOST}:{port}/about.html")
            await page.add_script_tag(path=script)
            ours = await told(page, "tellOurs", address)
            official = await told(page, "tellOfficial", address)
    assert ours == official
    assert set(ours["events"]) == EVENTS
    refusals = [answer for answer in ours["answers"] if isinstance(answer, str)]
    assert refusals == ["400 invalid", "400 invalid", "404 not_found", "409 ended", "409 ended"]
    assert {"visitors": {"attributes": {"plan": "gold", "cart": {"items": 2}}}} in ours["answers"]
