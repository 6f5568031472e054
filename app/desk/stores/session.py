"""Session: whether somebody is signed in here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from desk.observe import Observable

if TYPE_CHECKING:
    from desk.backend.ports import Ports

Phase = Literal["signed_out", "signed_in"]


class Session(Observable):
    """Begins signed out; `start` restores what this device or browser remembers."""

    def __init__(self, ports: Ports) -> None:
        super().__init__()
        self._ports = ports
        self.phase: Phase = "signed_out"
        self.user_id = ""
        self.problem: str | None = None

    async def start(self) -> None:
        """Restore the kept session; no network is needed."""
        user_id = await self._ports.sign_in.restore()
        if user_id:
            self._enter(user_id)

    async def sign_in(self, email: str, password: str) -> None:
        """Raises what the port raises; on success everybody who watches sees it."""
        self._enter(await self._ports.sign_in.sign_in(email, password))

    async def sign_out(self) -> None:
        """Forget the person on this device: the session, the cache and what was not sent."""
        await self._ports.sign_in.sign_out()
        self._ports.cache.forget()
        self.problem = None
        self._leave()

    def lost(self, problem: str = "signed_out") -> None:
        """The server ended the session: ask for the password again and say why."""
        if self.phase == "signed_in":
            self.problem = problem
            self._leave()

    def _enter(self, user_id: str) -> None:
        self.problem = None
        self.user_id = user_id
        self.phase = "signed_in"

    def _leave(self) -> None:
        self.user_id = ""
        self.phase = "signed_out"
