"""What the sign-in screen knows and does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desk.backend.errors import BackendError
from desk.observe import Observable

if TYPE_CHECKING:
    from desk.stores import Session


class SignInStore(Observable):
    """`problem` is the key of a sentence, or None."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.busy = False
        self.problem: str | None = f"error.{session.problem}" if session.problem else None

    async def sign_in(self, email: str, password: str) -> None:
        """Try once; the session moves on when it works, `problem` tells when it does not."""
        if self.busy:
            return
        if not email.strip() or not password:
            self.problem = "sign_in.need_both"
            return
        self.busy, self.problem = True, None
        try:
            await self._session.sign_in(email.strip(), password)
        except BackendError as error:
            self.problem = f"error.{error.word}"
        finally:
            self.busy = False
