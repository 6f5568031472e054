"""What the Visitors screen knows and does: accept, decline, undo (product.md 1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desk.backend.errors import AtLimit, BackendError, Ended, NotFound, Stale, Taken
from desk.observe import Observable
from desk.stores import Desk, Notice

if TYPE_CHECKING:
    from desk.model.chat import Chat
    from desk.model.message import Message


class VisitorsStore(Observable):
    """Reads the desk; adds what is under way and what the agent asked to preview."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.accepting: frozenset[str] = frozenset()
        self.at_limit: Chat | None = None
        self.preview: tuple[str, tuple[Message, ...]] | None = None

    async def start(self) -> None:
        """Nothing of its own runs."""

    async def stop(self) -> None:
        """Nothing of its own runs."""

    @property
    def calls_me(self) -> tuple[Chat, ...]:
        """Chats with an open offer to this agent."""
        return tuple(chat for chat in self.desk.ringing if chat.offer)

    @property
    def waiting(self) -> tuple[Chat, ...]:
        """Chats that wait without ringing here."""
        return tuple(chat for chat in self.desk.ringing if not chat.offer)

    def waiting_count(self) -> int:
        """What the badge counts."""
        return len(self.desk.ringing)

    async def accept(self, chat: Chat, *, over_limit: bool = False) -> bool:
        """Whether the chat is this agent's now; otherwise a notice or a question says why."""
        if chat.id in self.accepting:
            return False
        self.accepting |= {chat.id}
        self.at_limit = None
        try:
            self.desk.place(await self.desk.ports.chats.accept(chat.id, over_limit))
        except BackendError as error:
            self._not_accepted(chat, error)
            return False
        finally:
            self.accepting -= {chat.id}
        return True

    def _not_accepted(self, chat: Chat, error: BackendError) -> None:
        notices = self.desk.notices
        if isinstance(error, AtLimit):
            self.at_limit = chat
        elif isinstance(error, Taken):
            self.desk.forget_ringing(chat.id)
            if error.by:
                notices.say("visitors.taken", agent=error.by)
            else:
                notices.say("visitors.taken_by_somebody")
        elif isinstance(error, Ended | NotFound):
            self.desk.forget_ringing(chat.id)
            notices.say("error.ended")
        else:
            notices.say(f"error.{error.word}")

    async def decline(self, chat: Chat, name: str, reason: str = "") -> None:
        """Hide the chat at once and tell the server; the notice offers Undo for 5 s."""
        self.desk.hide(chat.id, True)
        try:
            await self.desk.ports.chats.decline(chat.id, reason.strip() or None)
        except Ended:
            return
        except BackendError as error:
            self.desk.hide(chat.id, False)
            self.desk.notices.say(f"error.{error.word}")
            return
        self.desk.notices.show(
            Notice(
                "visitors.declined",
                {"name": name},
                action="visitors.undo",
                act=lambda: self.undo(chat.id),
            )
        )

    async def undo(self, chat_id: str) -> None:
        """Take a decline back; after 5 s the server refuses."""
        try:
            await self.desk.ports.chats.undo_decline(chat_id)
        except (Stale, Ended, NotFound):
            self.desk.notices.say("visitors.undo_late")
        except BackendError as error:
            self.desk.notices.say(f"error.{error.word}")
        else:
            self.desk.hide(chat_id, False)

    def dismiss_limit(self) -> None:
        """The agent keeps to the limit."""
        self.at_limit = None

    async def toggle_preview(self, chat: Chat) -> None:
        """Show everything the visitor has written so far, without taking the chat."""
        if self.preview and self.preview[0] == chat.id:
            self.preview = None
            return
        try:
            messages = await self.desk.ports.chats.messages_since(chat.id, 0)
        except BackendError as error:
            self.desk.notices.say(f"error.{error.word}")
            return
        self.preview = (chat.id, tuple(m for m in messages if m.author == "visitor"))

    def previewed(self, chat: Chat) -> tuple[Message, ...]:
        """The visitor's messages when this chat is the previewed one."""
        return self.preview[1] if self.preview and self.preview[0] == chat.id else ()
