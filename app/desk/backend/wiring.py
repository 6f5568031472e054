"""Puts the ports together: one set for one signed-in person on one device or in one browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desk.backend.cache import Cache, DeviceStorage, open_database
from desk.backend.chats import Chats
from desk.backend.connect import Connection
from desk.backend.history import History
from desk.backend.live import Live
from desk.backend.outbox import Outbox
from desk.backend.ports import Ports
from desk.backend.presence import Presence
from desk.backend.sign_in import SignIn

if TYPE_CHECKING:
    from collections.abc import Callable

    from desk.backend.ports import SessionStorage
    from desk.settings import Settings


def make_ports(
    settings: Settings,
    browser_storage: SessionStorage | None,
    on_signed_out: Callable[[], None],
) -> Ports:
    """The real ports. `browser_storage` keeps the tokens on the web; devices use their database."""
    database = open_database(None if browser_storage else settings.data_dir)
    storage = browser_storage or DeviceStorage(database)
    connection = Connection(settings, storage)
    connection.on_signed_out = on_signed_out
    chats, live = Chats(connection), Live(connection)

    async def close() -> None:
        await live.close()
        await connection.close()
        database.close()

    return Ports(
        sign_in=SignIn(connection, storage),
        chats=chats,
        history=History(connection),
        presence=Presence(connection),
        live=live,
        cache=Cache(database),
        outbox=Outbox(database, chats.send),
        close=close,
    )
