"""Who is on the stage of a test: agents and visitors, each in a browser context of their own."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import asyncpg
from playwright.async_api import expect

from tests.e2e.agent import LISTEN_TO_THE_RING, AgentApp
from tests.e2e.browser import DESKTOP, PATIENCE_MS, Device
from tests.e2e.visitor import Visitor

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from playwright.async_api import Browser, BrowserContext, Page, StorageState

    from desk_cli.ready import Ready

ADA, BEN, CHLOE = 0, 1, 2
BETWEEN_LOOKS = 0.05
EMPTY_STAGE = """
delete from public.visitors where user_id is not null;
delete from public.devices;
update public.agents set status = 'online', status_until = null, online = false, expired_in_row = 0;
update public.departments set ring_seconds = 120, routing = 'ring_all';
update public.sites set leave_seconds = 30, leave_seconds_phone = 90;
"""

expect.set_options(timeout=PATIENCE_MS)


class Keyring:
    """Sessions of agents who signed in once, for the tests that are not about signing in."""

    def __init__(self) -> None:
        self.sessions: dict[tuple[str, int], StorageState] = {}


class Scene:
    """One test's people. Leaving it closes their browsers."""

    def __init__(self, browser: Browser, ready: Ready, keyring: Keyring) -> None:
        self.ready = ready
        self.problems: list[str] = []
        self._browser = browser
        self._keyring = keyring
        self._ending = AsyncExitStack()
        self._pages: list[Page] = []

    async def __aenter__(self) -> Scene:
        await self.sql(EMPTY_STAGE)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._ending.aclose()

    async def agent(self, number: int = ADA, device: Device = DESKTOP) -> AgentApp:
        """An agent at the desk; the first time in a run, by the form."""
        known = self._keyring.sessions.get((self.ready.app_url, number))
        context = await self.context(device, known)
        app = await self.app(context, phone=device.phone)
        if known:
            return await app.at_the_desk()
        await app.sign_in(self.ready.agents[number])
        self._keyring.sessions[self.ready.app_url, number] = await context.storage_state()
        return app

    async def app(self, context: BrowserContext, *, phone: bool = False) -> AgentApp:
        """The app in a new page."""
        page = await self._page(context)
        await page.add_init_script(LISTEN_TO_THE_RING)
        return await AgentApp(page, self.ready.app_url, phone=phone).open()

    async def visitor(self, device: Device = DESKTOP) -> Visitor:
        """A visitor who has not opened the shop yet."""
        page = await self._page(await self.context(device))
        page.on("pageerror", lambda error: self.problems.append(f"{page.url}: {error}"))
        return Visitor(page, self.ready.demo_url)

    async def context(self, device: Device, session: StorageState | None = None) -> BrowserContext:
        """A browser of somebody's own."""
        options: dict[str, Any] = {**device.options(), "storage_state": session}
        context = await self._browser.new_context(**options)
        self._ending.push_async_callback(context.close)
        context.set_default_timeout(PATIENCE_MS)
        return context

    async def sql(self, statement: str, *arguments: object) -> list[asyncpg.Record]:
        """What only an administrator may do, and what the database holds at the end."""
        connection = await asyncpg.connect(self.ready.db_url)
        try:
            if arguments:
                return await connection.fetch(statement, *arguments)
            if statement.lstrip().startswith("select"):
                return await connection.fetch(statement)
            await connection.execute(statement)
            return []
        finally:
            await connection.close()

    async def until(self, question: str, *arguments: object) -> None:
        """Wait until the database answers yes."""
        deadline = time.monotonic() + PATIENCE_MS / 1000
        while not (await self.sql(question, *arguments))[0][0]:
            assert time.monotonic() < deadline, question
            await asyncio.sleep(BETWEEN_LOOKS)

    async def latest_chat(self) -> str:
        """The id of the chat that began last."""
        rows = await self.sql("select id from public.chats order by started_at desc limit 1")
        return str(rows[0]["id"])

    async def how_it_went(self) -> tuple[str, str | None]:
        """Status and missed reason of the latest chat."""
        chat = await self.latest_chat()
        rows = await self.sql("select status, missed_reason from public.chats where id = $1", chat)
        return rows[0]["status"], rows[0]["missed_reason"]

    async def agent_of(self, chat: str) -> str:
        """The name of the agent who has a chat, as soon as one has it."""
        await self.until("select agent_id is not null from public.chats where id = $1", chat)
        rows = await self.sql(
            "select a.display_name from public.chats as c join public.agents as a "
            "on a.id = c.agent_id where c.id = $1",
            chat,
        )
        return str(rows[0]["display_name"])

    async def bodies(self, chat: str) -> list[str]:
        """What people wrote in a chat, in order."""
        rows = await self.sql(
            "select body from public.messages where chat_id = $1 and author <> 'system' "
            "order by seq",
            chat,
        )
        return [row["body"] for row in rows]

    async def pictures(self, folder: Path) -> None:
        """What everybody sees now: for a test that failed."""
        folder.mkdir(parents=True, exist_ok=True)
        for number, page in enumerate(self._pages):
            if not page.is_closed():
                await page.screenshot(path=folder / f"{number}.png")

    async def _page(self, context: BrowserContext) -> Page:
        page = await context.new_page()
        self._pages.append(page)
        return page
