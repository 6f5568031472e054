"""ChatsPort over the SQL API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desk.backend.errors import NotAnAgent, NotFound
from desk.backend.ports import Sent
from desk.backend.rows import chat_of, desk_of, message_of, moment

if TYPE_CHECKING:
    from desk.backend.connect import Connection
    from desk.model.agent import Desk
    from desk.model.chat import Chat
    from desk.model.message import Message

PAGE = 200
COLUMNS = "chat_id,seq,id,author,agent_id,author_name,body,event,data,created_at"


class Chats:
    """Every method is one call (messages_since: one for each page)."""

    def __init__(self, connection: Connection) -> None:
        self._rpc = connection.rpc
        self._ask = connection.ask

    async def desk(self) -> Desk:
        """Everything the app starts from."""
        try:
            return desk_of(await self._rpc("my_desk"))
        except NotFound as error:
            raise NotAnAgent from error

    async def chat(self, chat_id: str) -> Chat:
        """One desk chat."""
        return chat_of(await self._rpc("desk_chat", chat_id=chat_id))

    async def accept(self, chat_id: str, over_limit: bool = False) -> Chat:
        """The chat, now this agent's; raises Taken, AtLimit or Ended."""
        return chat_of(await self._rpc("accept_chat", chat_id=chat_id, over_limit=over_limit))

    async def decline(self, chat_id: str, reason: str | None = None) -> None:
        """Hide the chat from this agent; it rings on for others."""
        await self._rpc("decline_chat", chat_id=chat_id, reason=reason)

    async def undo_decline(self, chat_id: str) -> None:
        """Take a decline back; raises Stale after 5 s."""
        await self._rpc("undo_decline", chat_id=chat_id)

    async def end(self, chat_id: str) -> None:
        """End the chat for both sides."""
        await self._rpc("end_chat", chat_id=chat_id)

    async def mark_read(self, chat_id: str, seq: int) -> None:
        """Everything up to `seq` has been seen by an agent."""
        await self._rpc("mark_read", chat_id=chat_id, seq=seq)

    async def send(self, chat_id: str, message_id: str, body: str) -> Sent:
        """Store a message; the same `message_id` again gives the same receipt."""
        receipt = await self._rpc("send_message", chat_id=chat_id, message_id=message_id, body=body)
        return Sent(message_id, receipt["seq"], moment(receipt["created_at"]))

    async def messages_since(self, chat_id: str, seq: int) -> tuple[Message, ...]:
        """Everything after `seq`, ascending."""
        found: list[Message] = []
        while True:
            rows = await self._rpc("messages_since", chat_id=chat_id, seq=seq, page_size=PAGE)
            found += [message_of(row) for row in rows]
            if len(rows) < PAGE:
                return tuple(found)
            seq = found[-1].seq

    async def messages_before(self, chat_id: str, seq: int, count: int) -> tuple[Message, ...]:
        """The last `count` messages before `seq`, ascending."""
        rows = await self._ask(
            lambda client: (
                client.table("messages")
                .select(COLUMNS)
                .eq("chat_id", chat_id)
                .lt("seq", seq)
                .order("seq", desc=True)
                .limit(count)
                .execute()
            )
        )
        return tuple(message_of(row) for row in reversed(rows))
