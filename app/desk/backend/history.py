"""HistoryPort over the SQL API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desk.backend.rows import chat_of

if TYPE_CHECKING:
    from desk.backend.connect import Connection
    from desk.backend.ports import After
    from desk.model.chat import Chat


class History:
    """Finished chats, a keyset page at a time."""

    def __init__(self, connection: Connection) -> None:
        self._rpc = connection.rpc

    async def search(self, text: str, after: After | None, count: int) -> tuple[Chat, ...]:
        """One page, newest end first; an empty `text` lists everything."""
        rows = await self._rpc(
            "search_chats",
            filter={"text": text} if text else {},
            before=after.ended_at.isoformat() if after else None,
            before_id=after.chat_id if after else None,
            page_size=count,
        )
        return tuple(chat_of(row) for row in rows)
