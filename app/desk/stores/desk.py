"""Desk: the one live picture of what rings, what is active and how the agent is there.

Features read it and ask it; only it listens to the agent's and the workspace's topics (what their
events mean is in hearing.py). It begins from the cache, is brought up to date by one call, and by
the same call after every rejoin.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from desk.backend.errors import BackendError, NotFound, SignedOut
from desk.backend.tasks import Tasks
from desk.model.chat import Chat, latest_first, ringing_order
from desk.observe import Observable
from desk.stores.clock import Clock
from desk.stores.hearing import Hearing
from desk.stores.heartbeat import Heartbeat
from desk.stores.notices import Notices
from desk.stores.sound import Sound

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from desk.backend.ports import Device, LinkState, Ports, Watch
    from desk.model.agent import Agent, Me, Status
    from desk.model.agent import Desk as DeskData
    from desk.model.message import Message
    from desk.stores.session import Session


class Desk(Observable):
    """Shared by all features of one signed-in session."""

    def __init__(self, ports: Ports, session: Session, device: Device) -> None:
        super().__init__()
        self.ports = ports
        self.session = session
        self.device = device
        self.notices = Notices()
        self.sound = Sound()
        self.clock = Clock()
        self.minutes = Clock(period=20)
        self._hearing = Hearing(self)
        self._heartbeat = Heartbeat(self)
        self._tasks = Tasks("desk")
        self._watches: list[Watch] = []
        self._refreshing = asyncio.Lock()
        self._again: asyncio.Task[Any] | None = None
        self._hidden: set[str] = set()
        self._message_listeners: list[Callable[[Message], None]] = []
        self._here = True
        self.me: Me | None = None
        self.agents: tuple[Agent, ...] = ()
        self.ringing: tuple[Chat, ...] = ()
        self.active: tuple[Chat, ...] = ()
        self.link: LinkState = "connecting"
        self.reachable = False
        self.loaded = False
        self.problem: str | None = None

    # -- life -------------------------------------------------------------------------------

    def show_kept(self) -> None:
        """Show what the cache holds of this person: for the first frame, before any network."""
        kept = self.ports.cache.desk()
        if kept is not None and kept.me.user_id == self.session.user_id:
            self._take(replace(kept, ringing=()), kept_before=True)

    async def start(self) -> None:
        """Begin to be live."""
        if not self.loaded:
            self.show_kept()
        self._tasks.start(self.clock.run())
        self._tasks.start(self.minutes.run())
        self._tasks.start(self.ports.outbox.run())
        self._tasks.start(self._heartbeat.run())
        self._watches.append(
            self.ports.live.watch(
                f"agent:{self.session.user_id}", self._hearing.agent, self.refresh, essential=True
            )
        )
        self.ports.live.open(self._link)
        self._tasks.start(self.reload())

    async def stop(self) -> None:
        """End everything that `start` began."""
        await self._tasks.close()
        await self.ports.live.close()

    def here(self, present: bool) -> None:
        """The app came to the front (True), or nobody can see it any more (False)."""
        self._here = present
        if present:
            self.ports.live.wake()
            self.ports.outbox.nudge()
            self._heartbeat.nudge()

    @property
    def in_front(self) -> bool:
        """Whether a person can see the app now."""
        return self._here

    def run(self, work: Any) -> asyncio.Task[Any]:
        """Run a feature's work; it ends with the desk."""
        return self._tasks.start(work)

    # -- asking -----------------------------------------------------------------------------

    async def reload(self) -> None:
        """Refresh and show what goes wrong: for the start and for *Try again*."""
        self.problem = None
        try:
            await self.refresh()
        except SignedOut as error:
            self.session.lost(error.word)
        except BackendError as error:
            self.problem = error.word

    async def refresh(self) -> None:
        """Fetch the desk; raises what the port raises."""
        async with self._refreshing:
            desk = await self.ports.chats.desk()
            self._take(desk)
            self.ports.cache.keep_desk(desk)

    def chat(self, chat_id: str) -> Chat | None:
        """A chat of the desk, if it is there."""
        return next((c for c in (*self.active, *self.ringing) if c.id == chat_id), None)

    def rings_now(self) -> bool:
        """Whether an open offer rings at this agent at this moment."""
        now = self.clock.exact()
        return any(chat.offer and chat.offer.expires_at > now for chat in self.ringing)

    # -- telling ----------------------------------------------------------------------------

    def place(self, chat: Chat) -> None:
        """Put a chat where its status and its agent belong."""
        mine = self.me is not None and chat.agent_id == self.me.agent_id
        self.ringing = tuple(c for c in self.ringing if c.id != chat.id)
        others = tuple(c for c in self.active if c.id != chat.id)
        if chat.status == "ringing" and chat.id not in self._hidden:
            self.ringing = ringing_order((*self.ringing, chat))
        self.active = latest_first((*others, chat)) if mine and chat.status == "active" else others

    def hide(self, chat_id: str, hidden: bool) -> None:
        """Take a ringing chat off the screen at once, or allow it there again."""
        if not hidden:
            self._hidden.discard(chat_id)
            self.refresh_soon()
            return
        self._hidden.add(chat_id)
        self.ringing = tuple(chat for chat in self.ringing if chat.id != chat_id)

    def forget_ringing(self, chat_id: str) -> None:
        """A chat stopped ringing here."""
        self.ringing = tuple(chat for chat in self.ringing if chat.id != chat_id)

    async def set_status(self, status: Status) -> None:
        """Choose a status; the screen follows the server's answer."""
        try:
            now = await self.ports.presence.set_status(status)
        except BackendError as error:
            self.notices.say(f"error.{error.word}")
        else:
            self.status_is(now.status, now.until)

    async def sign_out(self) -> None:
        """Stop ringing on this device and forget the person."""
        try:
            await self.ports.presence.forget_device(self.device.id)
        except BackendError:
            self._here = False  # the server notices the silence
        await self.session.sign_out()

    def on_message(self, listener: Callable[[Message], None]) -> Callable[[], None]:
        """Hear every message of the active chats."""
        self._message_listeners.append(listener)
        return lambda: self._message_listeners.remove(listener)

    def read(self, chat_id: str, seq: int) -> None:
        """The agent has seen a chat up to `seq`: its unread badge goes at once."""
        chat = self.chat(chat_id)
        if chat is not None and chat.agent_read_seq < seq:
            self.place(replace(chat, agent_read_seq=seq, unread=0))

    # -- hearing ----------------------------------------------------------------------------

    def ring(self, chat: Chat) -> None:
        """A chat rings at this agent, even one that was hidden."""
        self._hidden.discard(chat.id)
        self.place(chat)

    def message(self, message: Message) -> None:
        """A message came in one of the agent's chats."""
        chat = self.chat(message.chat_id)
        if chat is not None and message.seq > chat.last_seq:
            unseen = message.author == "visitor" and message.seq > chat.agent_read_seq
            new = 1 if unseen else 0
            self.place(_with_message(chat, message, chat.unread + new))
        for listener in tuple(self._message_listeners):
            listener(message)

    def status_is(self, status: Status, until: datetime | None) -> None:
        """The server told the agent's status."""
        if self.me is not None:
            self.me = replace(self.me, status=status, status_until=until)

    def _link(self, state: LinkState) -> None:
        self.link = state
        if state == "connected":
            self.problem = None
            self.ports.outbox.nudge()
            if not self.reachable:
                self._heartbeat.nudge()

    # -- keeping up -------------------------------------------------------------------------

    def _take(self, desk: DeskData, *, kept_before: bool = False) -> None:
        if not kept_before:
            self.clock.follow(desk.server_time)
            self.minutes.follow(desk.server_time)
        self.me = desk.me
        self.agents = desk.agents
        self.ringing = ringing_order(
            tuple(chat for chat in desk.ringing if chat.id not in self._hidden)
        )
        self.active = latest_first(desk.active)
        self.loaded = True
        self.problem = None
        if len(self._watches) == 1:
            topic = f"workspace:{desk.me.workspace_id}"
            self._watches.append(
                self.ports.live.watch(topic, self._hearing.workspace, essential=True)
            )

    async def fetch(self, chat_id: str) -> None:
        """Bring one chat up to date; its offer, which the answer does not hold, stays."""
        try:
            chat = await self.ports.chats.chat(chat_id)
        except NotFound:
            self.forget_ringing(chat_id)
            return
        except BackendError:
            return  # the next rejoin refreshes everything
        known = self.chat(chat_id)
        offer = known.offer if known and chat.status == "ringing" else None
        self.place(replace(chat, offer=offer))

    def refresh_soon(self) -> None:
        """Refresh once for a burst of events."""
        if self._again is None or self._again.done():
            self._again = self._tasks.start(self._refresh_after_burst())

    async def _refresh_after_burst(self) -> None:
        await asyncio.sleep(0.1)
        try:
            await self.refresh()
        except BackendError as error:
            if isinstance(error, SignedOut):
                self.session.lost(error.word)


def _with_message(chat: Chat, message: Message, unread: int) -> Chat:
    """The chat after one more message."""
    if message.author == "system":
        return replace(chat, last_seq=message.seq)
    return replace(
        chat,
        last_seq=message.seq,
        last_text=message.body,
        last_author=message.author,
        last_message_at=message.created_at,
        unread=unread,
    )
