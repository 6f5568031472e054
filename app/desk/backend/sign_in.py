"""SignInPort over Supabase Auth."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import TYPE_CHECKING

from desk.backend.connect import DEADLINE, Connection, translated
from desk.backend.errors import BackendError, SignedOut, WrongPassword

if TYPE_CHECKING:
    from desk.backend.ports import SessionStorage

SESSION_KEY = "supabase.auth.token"
"""The name under which the official client keeps its session."""


class SignIn:
    """Password sign-in; the session is kept in `storage` by the official client."""

    def __init__(self, connection: Connection, storage: SessionStorage) -> None:
        self._connection = connection
        self._storage = storage

    async def restore(self) -> str | None:
        """The user's id of a kept session, read without the client or a network."""
        text = await self._storage.get_item(SESSION_KEY)
        if not text:
            return None
        try:
            return str(json.loads(text)["user"]["id"])
        except (ValueError, KeyError, TypeError):
            return None

    async def sign_in(self, email: str, password: str) -> str:
        """The user's id; raises WrongPassword when the server knows no such pair."""
        try:
            async with asyncio.timeout(DEADLINE):
                client = await self._connection.client()
                answer = await client.auth.sign_in_with_password(
                    {"email": email, "password": password}
                )
        except Exception as error:
            told = translated(error)
            raise (WrongPassword() if type(told) is SignedOut else told) from error
        if answer.user is None:
            raise WrongPassword
        return str(answer.user.id)

    async def sign_out(self) -> None:
        """Forget the session here at once, and on the server when it can be reached."""
        with suppress(BackendError):
            try:
                async with asyncio.timeout(5):
                    client = await self._connection.client()
                    await client.auth.sign_out({"scope": "local"})
            except Exception as error:
                raise translated(error) from error
        await self._storage.remove_item(SESSION_KEY)
