"""What the Chats screen knows: the active chats, and the window that is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desk.features.chat.window import ChatWindow
from desk.observe import Observable

if TYPE_CHECKING:
    from desk.model.chat import Chat
    from desk.stores import Desk


class ChatsStore(Observable):
    """At most one window is open; what the agent typed is kept for each chat."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.window: ChatWindow | None = None
        self.typed: dict[str, str] = {}

    async def start(self) -> None:
        """The window begins when a chat is opened."""

    async def stop(self) -> None:
        """Leave the open chat."""
        self.open(None)

    @property
    def chats(self) -> tuple[Chat, ...]:
        """The agent's active chats, the last one touched first."""
        return self.desk.active

    def unread(self) -> int:
        """What the badge counts: the visitors' messages that nobody has read."""
        return sum(chat.unread for chat in self.desk.active)

    def open(self, chat_id: str | None) -> None:
        """Make `chat_id` the open window; None closes it."""
        if self.window is not None and self.window.chat_id == chat_id:
            return
        if self.window is not None:
            self.window.close()
        self.window = ChatWindow(self.desk, chat_id) if chat_id else None
        if self.window is not None:
            self.window.open()
