"""ChatWindow: the open chat. It holds about one screenful of messages and every draft.

The number of rows does not grow with the chat: older messages are fetched on demand, and sending
a message returns to the window's usual size.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from desk.backend.errors import BackendError, NotFound
from desk.backend.rows import message_of
from desk.backend.tasks import Tasks
from desk.model.message import LONGEST, Draft, Message, contiguous_until, has_gap, merge
from desk.observe import Observable

if TYPE_CHECKING:
    from desk.backend.ports import Event, Sent, Watch
    from desk.model.chat import Chat
    from desk.stores import Desk

WINDOW = 60
OLDER = 40
FAR_BEHIND = 400
"""So many missed messages are not fetched one by one: the end of the chat is loaded instead."""
SAY_TYPING_EVERY = 2.0
TYPING_LASTS = 6.0


class Typing(Observable):
    """Whether the visitor is typing; apart, because it changes often and alone."""

    def __init__(self) -> None:
        super().__init__()
        self.on = False


class ChatWindow(Observable):
    """One chat, from `open` to `close`."""

    def __init__(self, desk: Desk, chat_id: str) -> None:
        super().__init__()
        self.desk = desk
        self.chat_id = chat_id
        self.typing = Typing()
        self.chat: Chat | None = desk.chat(chat_id)
        self.messages: tuple[Message, ...] = ()
        self.drafts: tuple[Draft, ...] = ()
        self.busy = True
        self.problem: str | None = None
        self.loading_older = False
        self._limit = WINDOW
        self._tasks = Tasks(f"the window of chat {chat_id}")
        self._watches: list[Watch] = []
        self._endings: list[Any] = []
        self._typing_ends: asyncio.Task[Any] | None = None
        self._said_typing = 0.0
        self._read_seq = 0
        self._founded = False  # what arrives before the first fetch says nothing of what was before

    # -- life -------------------------------------------------------------------------------

    def open(self) -> None:
        """Show the cache, listen, and fetch what is new."""
        ports = self.desk.ports
        self.messages = ports.cache.messages(self.chat_id)
        self.drafts = ports.outbox.drafts(self.chat_id)
        self._founded = bool(self.messages)
        self.busy = not self.messages
        self._endings = [
            ports.outbox.on_sent(self._sent),
            ports.outbox.on_change(self._drafts_changed),
            self.desk.on_message(self._arrived),
            self.desk.subscribe(self._desk_changed),
        ]
        self._watches = [
            ports.live.watch(f"chat:{self.chat_id}", self._event, self.catch_up),
            ports.live.watch(f"typing:{self.chat_id}", self._typing_event),
        ]
        self._tasks.start(self.reload())

    def close(self) -> None:
        """Leave the chat; the work under way ends."""
        for watch in self._watches:
            watch.close()
        for end in self._endings:
            end()
        self._watches, self._endings = [], []
        self.desk.run(self._tasks.close())

    # -- asking -----------------------------------------------------------------------------

    @property
    def may_write(self) -> bool:
        """Whether this agent can answer here."""
        me = self.desk.me
        return bool(
            self.chat and me and self.chat.status == "active" and self.chat.agent_id == me.agent_id
        )

    @property
    def live(self) -> bool:
        """Whether the chat still rings or runs; False until it is known."""
        return bool(self.chat and self.chat.live)

    @property
    def has_older(self) -> bool:
        """Whether messages before the first shown one exist."""
        return bool(self.messages) and self.messages[0].seq > 1

    async def reload(self) -> None:
        """Bring the window up to date and show what goes wrong."""
        self.problem = None
        try:
            await self.catch_up()
        except BackendError as error:
            if not self.messages or isinstance(error, NotFound):
                self.problem = error.word
        finally:
            self.busy = False

    async def catch_up(self) -> None:
        """Fetch the chat and what comes after the last message without a gap."""
        chats = self.desk.ports.chats
        chat = await chats.chat(self.chat_id)
        known = contiguous_until(self.messages) if self._founded else 0
        if not known or chat.last_seq - known > FAR_BEHIND:
            fresh = await chats.messages_before(self.chat_id, chat.last_seq + 1, WINDOW)
            self.messages = tuple(m for m in self.messages if m.seq > chat.last_seq)
            self._founded = True
        else:
            fresh = await chats.messages_since(self.chat_id, known)
        offer = self.chat.offer if self.chat else None
        self.chat = replace(chat, offer=offer if chat.status == "ringing" else None)
        self._add(*fresh)
        self.busy = False
        self.seen()

    async def load_older(self) -> None:
        """Show the messages before the first shown one."""
        if self.loading_older or not self.has_older:
            return
        self.loading_older = True
        try:
            older = await self.desk.ports.chats.messages_before(
                self.chat_id, self.messages[0].seq, OLDER
            )
        except BackendError as error:
            self.desk.notices.say(f"error.{error.word}")
        else:
            self._limit += len(older)
            self._add(*older)
        finally:
            self.loading_older = False

    # -- telling ----------------------------------------------------------------------------

    def send(self, text: str) -> bool:
        """Queue a message; False when it may not be sent as it is."""
        body = text.strip()
        if not body or not self.may_write:
            return False
        if len(body) > LONGEST:
            self.desk.notices.say("chat.too_long", limit=str(LONGEST))
            return False
        self._limit = WINDOW
        self.desk.ports.outbox.put(
            Draft(str(uuid.uuid4()), self.chat_id, body, self.desk.clock.exact())
        )
        return True

    def retry(self, draft_id: str) -> None:
        """Try a failed message again."""
        self.desk.ports.outbox.retry(draft_id)

    def say_typing(self) -> None:
        """Tell the visitor that the agent types, at most every 2 s."""
        me, now = self.desk.me, time.monotonic()
        if me is None or not self.may_write or now - self._said_typing < SAY_TYPING_EVERY:
            return
        self._said_typing = now
        payload = {"by": "agent", "name": me.display_name}
        self.desk.ports.live.say(f"typing:{self.chat_id}", "typing", payload)

    async def end(self) -> None:
        """End the chat for both sides."""
        try:
            await self.desk.ports.chats.end(self.chat_id)
            await self.catch_up()
        except BackendError as error:
            self.desk.notices.say(f"error.{error.word}")
            return
        if self.chat is not None:
            self.desk.place(self.chat)

    def seen(self) -> None:
        """Tell the visitor that everything shown was read, if somebody sees it."""
        if not self.may_write or not self.desk.in_front or not self.messages:
            return
        last = self.messages[-1].seq
        held = self.chat.agent_read_seq if self.chat else 0
        if last > max(held, self._read_seq):
            self._read_seq = last
            self.desk.read(self.chat_id, last)
            self._tasks.start(self._mark_read(last))

    # -- hearing ----------------------------------------------------------------------------

    def _event(self, event: str, payload: Event) -> None:
        if event == "message_sent":
            self._arrived(message_of(payload))
        elif event == "messages_read" and self.chat is not None:
            if payload["by"] == "visitor" and payload["seq"] > self.chat.visitor_read_seq:
                self.chat = replace(self.chat, visitor_read_seq=payload["seq"])
        elif event in ("chat_accepted", "chat_ended", "chat_missed", "chat_rings"):
            self._tasks.start(self.reload())

    def _arrived(self, message: Message) -> None:
        if message.chat_id != self.chat_id:
            return
        if message.author == "visitor":
            self.typing.on = False
        self._add(message)
        if message.cut or has_gap(self.messages):
            self._tasks.start(self._fill(message))
        self.seen()

    def _typing_event(self, event: str, payload: Event) -> None:
        if event != "typing" or payload.get("by") != "visitor":
            return
        self.typing.on = True
        if self._typing_ends is not None:
            self._typing_ends.cancel()
        self._typing_ends = self._tasks.start(self._stop_typing())

    async def _stop_typing(self) -> None:
        await asyncio.sleep(TYPING_LASTS)
        self.typing.on = False

    def _desk_changed(self) -> None:
        """Follow the desk's copy of the chat; reading marks only ever grow."""
        fresh = self.desk.chat(self.chat_id)
        if fresh is None or self.chat is None:
            return
        read = max(fresh.visitor_read_seq, self.chat.visitor_read_seq)
        self.chat = replace(fresh, visitor_read_seq=read)
        if self.desk.in_front:
            self.seen()

    def _drafts_changed(self, chat_id: str) -> None:
        if chat_id == self.chat_id:
            self.drafts = self.desk.ports.outbox.drafts(chat_id)

    def _sent(self, draft: Draft, receipt: Sent) -> None:
        """Our own message has its place now; the broadcast of it may come later or never."""
        me = self.desk.me
        if draft.chat_id != self.chat_id or me is None:
            return
        self._add(
            Message(
                chat_id=draft.chat_id,
                seq=receipt.seq,
                id=draft.id,
                author="agent",
                body=draft.body,
                created_at=receipt.created_at,
                agent_id=me.agent_id,
                author_name=me.display_name,
            )
        )
        if has_gap(self.messages):
            self._tasks.start(self.reload())

    # -- keeping ----------------------------------------------------------------------------

    def _add(self, *news: Message) -> None:
        """Put messages in their places, keep the window's size, remember its end."""
        shown = merge(self.messages, news)
        if shown is self.messages:
            return
        self.messages = shown[-self._limit :] if len(shown) > self._limit else shown
        self.desk.ports.cache.keep_messages(self.chat_id, self.messages)

    async def _fill(self, message: Message) -> None:
        """Fetch what a broadcast left out: the rest of a body, or the messages of a gap."""
        since = min(contiguous_until(self.messages), message.seq - 1)
        try:
            self._add(*await self.desk.ports.chats.messages_since(self.chat_id, since))
        except BackendError as error:
            if self.desk.link == "connected":
                self.desk.notices.say(f"error.{error.word}")

    async def _mark_read(self, seq: int) -> None:
        try:
            await self.desk.ports.chats.mark_read(self.chat_id, seq)
        except BackendError:
            self._read_seq = 0  # the next catch-up tells it again
