"""SignedIn: the desk and the features' stores of the person who is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from desk.stores import Desk, Session

if TYPE_CHECKING:
    from desk.screen import Screen
    from desk.shell.running import Running


class SignedIn:
    """Made once for each sign-in; `start` and `stop` may be called again without harm."""

    def __init__(self, running: Running, session: Session, screens: tuple[Screen, ...]) -> None:
        self.session = session
        self.user_id = session.user_id
        self.screens = screens
        self.desk = Desk(running.project(), session, running.device())
        self.stores: dict[str, Any] = {
            screen.name: screen.make_store(self.desk) for screen in screens
        }
        self.desk.show_kept()
        self._state = "new"

    async def start(self) -> None:
        """Begin to be live."""
        if self._state != "new":
            return
        self._state = "started"
        await self.desk.start()
        for store in self.stores.values():
            await store.start()

    async def stop(self) -> None:
        """End everything."""
        if self._state != "started":
            return
        self._state = "stopped"
        for store in self.stores.values():
            await store.stop()
        await self.desk.stop()
