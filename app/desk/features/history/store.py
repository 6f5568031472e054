"""What the History screen knows: a searched list in pages, and one open transcript."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from desk.backend.errors import BackendError
from desk.backend.ports import After
from desk.backend.tasks import Tasks
from desk.model.message import Message, merge
from desk.observe import Observable

if TYPE_CHECKING:
    from desk.model.chat import Chat
    from desk.stores import Desk

PAGE = 40
SETTLES = 0.3
"""Seconds without a keystroke before a search is asked."""
TRANSCRIPT = 60
OLDER = 60


class HistoryStore(Observable):
    """The list; `searched` is the text that `chats` answers."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.text = ""
        self.searched = ""
        self.chats: tuple[Chat, ...] = ()
        self.busy = False
        self.more = False
        self.loading_more = False
        self.loaded = False
        self.problem: str | None = None
        self.transcript: Transcript | None = None
        self._tasks = Tasks("history")
        self._search: asyncio.Task[Any] | None = None

    async def start(self) -> None:
        """The list is fetched when its screen is opened."""

    async def stop(self) -> None:
        """End what is under way."""
        await self._tasks.close()

    def show(self) -> None:
        """The screen was opened: fetch the list anew, because chats end all the time."""
        self._ask(delay=0)

    def search(self, text: str) -> None:
        """The person typed; ask when they pause."""
        self.text = text
        self._ask(delay=SETTLES)

    def open(self, chat_id: str | None) -> None:
        """Make `chat_id` the open transcript; None closes it."""
        if self.transcript is not None and self.transcript.chat_id == chat_id:
            return
        self.transcript = Transcript(self.desk, chat_id) if chat_id else None
        if self.transcript is not None:
            known = next((chat for chat in self.chats if chat.id == chat_id), None)
            self.transcript.chat = known
            self._tasks.start(self.transcript.load())

    async def load_more(self) -> None:
        """Add the next page."""
        if self.loading_more or not self.more or not self.chats:
            return
        self.loading_more = True
        last = self.chats[-1]
        try:
            page = await self._page(After(last.ended_at or last.started_at, last.id))
        except BackendError as error:
            self.desk.notices.say(f"error.{error.word}")
        else:
            known = {chat.id for chat in self.chats}
            self.chats += tuple(chat for chat in page if chat.id not in known)
            self.more = len(page) == PAGE
        finally:
            self.loading_more = False

    def _ask(self, delay: float) -> None:
        if self._search is not None:
            self._search.cancel()
        self._search = self._tasks.start(self._first_page(delay))

    async def _first_page(self, delay: float) -> None:
        await asyncio.sleep(delay)
        self.busy, self.problem = True, None
        text = self.text.strip()
        try:
            page = await self._page(None)
        except BackendError as error:
            self.problem = error.word
        else:
            self.chats, self.more, self.searched = page, len(page) == PAGE, text
            self.loaded = True
        self.busy = False

    async def _page(self, after: After | None) -> tuple[Chat, ...]:
        return await self.desk.ports.history.search(self.text.strip(), after, PAGE)


class Transcript(Observable):
    """One finished chat; read only, for the transcript is what happened."""

    def __init__(self, desk: Desk, chat_id: str) -> None:
        super().__init__()
        self.desk = desk
        self.chat_id = chat_id
        self.chat: Chat | None = None
        self.messages: tuple[Message, ...] = ()
        self.busy = True
        self.loading_older = False
        self.loaded_whole = False
        """Whether the first fetch brought all of it: then it is read from its beginning."""
        self.problem: str | None = None

    @property
    def has_older(self) -> bool:
        """Whether messages before the first shown one exist."""
        return bool(self.messages) and self.messages[0].seq > 1

    async def load(self) -> None:
        """Fetch the chat and the end of its transcript."""
        self.busy, self.problem = True, None
        chats = self.desk.ports.chats
        try:
            self.chat = await chats.chat(self.chat_id)
            self.messages = await chats.messages_before(
                self.chat_id, self.chat.last_seq + 1, TRANSCRIPT
            )
            self.loaded_whole = not self.has_older
        except BackendError as error:
            self.problem = error.word
        self.busy = False

    async def load_older(self) -> None:
        """Add the messages before the first shown one."""
        if self.loading_older or not self.has_older:
            return
        self.loading_older = True
        try:
            first = self.messages[0].seq
            older = await self.desk.ports.chats.messages_before(self.chat_id, first, OLDER)
            self.messages = merge(self.messages, older)
        except BackendError as error:
            self.desk.notices.say(f"error.{error.word}")
        self.loading_older = False
