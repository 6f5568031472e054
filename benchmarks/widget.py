"""The widget's script time, opened and drawn, on a CPU throttled four times.

Floor: `createClient()` of the official client alone, on the same throttled CPU. A page with one
trivial button is taken off both. For comparison, the same panel as markup that is only put there:
style sheets, elements, focus and one request, no chat. Less than that nobody can take.
Time is that of the page's own thread, so that a busy machine does not count.
(Sizes are held by widget/build.mjs, which fails over the caps.)
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from typing import TYPE_CHECKING

from playwright.async_api import async_playwright

from benchmarks import lab

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser, CDPSession, Route

THROTTLE = 4
STILL = 8  # tenths of a second without any script
SITE = "http://shop.test/"
CLIENT = (
    'import { createClient } from "@supabase/supabase-js";'
    'globalThis.client = createClient("http://shop.test/supabase", "sb_publishable_x");'
    "document.title = 'done';"
)
TRIVIAL = (
    "const b = document.createElement('button'); b.textContent = 'Chat';"
    "document.body.append(b); document.title = 'done';"
)
HELLO = {
    "site": {
        "id": "d0000000-0000-4000-8000-000000000001",
        "name": "Shop",
        "language": "en",
        "greeting": "Hello!",
        "color": None,
        "departments": [],
    },
    "availability": {"online": True, "next_open_at": None, "agents": []},
}
PANEL = """<button class=bell>{svg}</button><section class=panel role=dialog><header>
<div class=faces></div><div class=who><h2>Shop</h2><p>Online now</p></div><button>End chat</button>
<button class=icon>{svg}</button></header><div class=log tabindex=0><div><p class=welcome>Hello!</p>
<ol></ol><div class=dots hidden>...</div></div></div>
<div><div></div><p class=quiet hidden></p></div>
<div class=composer><textarea rows=1></textarea><span class=counter></span>
<button class="icon send" disabled>{svg}</button></div></section>""".format(
    svg='<svg viewBox="0 0 24 24"><path d="M6 6l12 12M18 6L6 18"></path></svg>'
)
MARKUP = """addEventListener("load", () => {
  const host = document.createElement("deskbell-chat");
  const root = host.attachShadow({ mode: "open" });
  for (const css of %s) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets.push(sheet);
  }
  root.innerHTML = %s;
  document.documentElement.append(host);
  root.querySelector("textarea").focus();
  const asked = fetch("/supabase/rest/v1/rpc/widget_hello", { method: "POST", body: "{}" });
  asked.then((answer) => answer.json()).then(({ site }) => {
    root.querySelector("h2").textContent = localStorage.getItem("name") ?? site.name;
  });
})"""
PAGES = {
    "trivial": "<!doctype html><body><script src=/trivial.js></script>",
    "client": "<!doctype html><body><script src=/client.js></script>",
    "markup": "<!doctype html><body><script src=/markup.js></script>",
    "widget": "<!doctype html><body><script src=/dist/deskbell.js data-site=demo data-key=k"
    " data-supabase-url=http://shop.test/supabase></script>"
    "<script>addEventListener('load', () => Deskbell.open())</script>",
}


async def bundle_client(into: Path) -> None:
    """Bundle the official client as the build does for its own comparison."""
    (into / "client.ts").write_text(CLIENT)
    process = await asyncio.create_subprocess_exec(
        "node_modules/.bin/esbuild",
        *(str(into / "client.ts"), "--bundle", "--minify", "--target=es2022"),
        *(f"--outfile={into / 'client.js'}", "--log-level=error"),
        cwd=lab.ROOT / "widget",
        env={**os.environ, "NODE_PATH": str(lab.ROOT / "widget" / "node_modules")},
    )
    if await process.wait():
        raise AssertionError("esbuild could not bundle the official client")


def put_there() -> str:
    """The script that only puts the panel on the page, with the widget's own style sheets."""
    source = lab.ROOT / "widget" / "src"
    sheets = [(source / name).read_text() for name in ("bell.css", "style.css")]
    return MARKUP % (json.dumps(sheets), json.dumps(PANEL))


class Shop:
    """Answers every request of the pages from memory and from widget/dist."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def answer(self, route: Route) -> None:
        path = route.request.url.removeprefix(SITE).split("?")[0]
        if path in PAGES:
            await route.fulfill(body=PAGES[path], content_type="text/html")
        elif path == "trivial.js":
            await route.fulfill(body=TRIVIAL, content_type="text/javascript")
        elif path == "markup.js":
            await route.fulfill(body=put_there(), content_type="text/javascript")
        elif path == "client.js":
            await route.fulfill(path=self.folder / path, content_type="text/javascript")
        elif path.startswith("dist/"):
            await route.fulfill(path=lab.ROOT / "widget" / path, content_type="text/javascript")
        elif path.endswith("rpc/widget_hello"):
            await route.fulfill(body=json.dumps(HELLO), content_type="application/json")
        else:
            await route.abort()


async def script_milliseconds(browser: Browser, shop: Shop, page_name: str) -> float:
    """Script time of one fresh page until nothing runs any more.

    Asked over the DevTools protocol alone: what Playwright evaluates would count as script time.
    """
    context = await browser.new_context()
    page = await context.new_page()
    await page.route("**/*", shop.answer)
    devtools = await context.new_cdp_session(page)
    await devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
    await devtools.send("Emulation.setCPUThrottlingRate", {"rate": THROTTLE})
    await page.goto(SITE + page_name)
    took = await settled(devtools)
    await context.close()
    return took


async def settled(devtools: CDPSession) -> float:
    """Milliseconds of script, once they have not grown for a while."""
    last, since = -1.0, 0
    while since < STILL:
        await asyncio.sleep(0.1)
        metrics = (await devtools.send("Performance.getMetrics"))["metrics"]
        now = 1e3 * next(m["value"] for m in metrics if m["name"] == "ScriptDuration")
        last, since = now, since + 1 if now == last else 0
    return last


async def measure(rounds: int) -> dict[str, float]:
    """Median script milliseconds of each page, taken in turns."""
    chromium = os.environ.get("DESKBELL_CHROMIUM") or shutil.which("chromium")
    took: dict[str, list[float]] = {name: [] for name in PAGES}
    with lab.folder() as folder:
        await bundle_client(folder)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox"]
            )
            for _ in range(rounds):
                for name, values in took.items():
                    values.append(await script_milliseconds(browser, Shop(folder), name))
            await browser.close()
    return {name: lab.median(values) for name, values in took.items()}


async def main(rounds: int = 11) -> bool:
    found = await measure(rounds)
    ours, client = found["widget"] - found["trivial"], found["client"] - found["trivial"]
    markup = found["markup"] - found["trivial"]
    detail = f"({ours:.1f} ms / {client:.1f} ms; the panel as mere markup takes {markup:.1f} ms)"
    return lab.report("widget: script time / createClient()", ours / client, 0.5, detail)


if __name__ == "__main__":
    lab.run(main(*lab.arguments()))
