"""One connection to Supabase: the official client made when it is first needed, and its errors.

Importing supabase takes longer than painting the first frame, so nothing here imports it at the
top: `client()` does, in a thread, once.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import time
from typing import TYPE_CHECKING, Any, TypeVar

from desk.backend.errors import BackendError, Broken, NetworkDown, SignedOut, refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from supabase_auth.types import Session

    from desk.backend.ports import SessionStorage
    from desk.settings import Settings
    from supabase import AsyncClient

T = TypeVar("T")

DEADLINE = 15.0
"""Seconds that one question may take, the refresh of a token included."""
REFRESH_MARGIN = 60
"""Seconds before its end at which a token is renewed."""

_TOKEN_REFUSED = frozenset({"PGRST301", "PGRST302", "PGRST303", "401"})
_SERVER_AWAY = frozenset({"PGRST000", "PGRST001", "PGRST002", "PGRST003", "502", "503", "504"})


class Connection:
    """The client, its one HTTP pool, and the session's token, for one signed-in person."""

    def __init__(self, settings: Settings, storage: SessionStorage) -> None:
        self._settings = settings
        self._storage = storage
        self._client: AsyncClient | None = None
        self._making = asyncio.Lock()
        self._renewing = asyncio.Lock()
        self.on_signed_out: Callable[[], None] = lambda: None

    async def client(self) -> AsyncClient:
        """The official client; the first call imports it."""
        async with self._making:
            if self._client is None:
                self._client = await self._make()
            return self._client

    async def rpc(self, function: str, **arguments: Any) -> Any:
        """Call a function of the SQL API and give its answer."""
        return await self.ask(lambda client: client.rpc(function, arguments).execute())

    async def ask(self, question: Callable[[AsyncClient], Awaitable[Any]]) -> Any:
        """The `data` of a query's answer; raises only `BackendError`."""
        try:
            async with asyncio.timeout(DEADLINE):
                return await self._asked(question)
        except Exception as error:
            raise self._told(error) from error

    async def token(self) -> str:
        """An access token that lasts at least until the next minute; raises SignedOut."""
        try:
            async with asyncio.timeout(DEADLINE):
                return (await self._session()).access_token
        except Exception as error:
            raise self._told(error) from error

    async def close(self) -> None:
        """Give back the sockets."""
        if self._client is None:
            return
        http = self._client.options.httpx_client
        self._client = None
        if http is not None:
            await http.aclose()

    async def _asked(self, question: Callable[[AsyncClient], Awaitable[Any]]) -> Any:
        client = await self.client()
        await self._session()
        try:
            return (await question(client)).data
        except Exception as error:
            if getattr(error, "code", None) not in _TOKEN_REFUSED:
                raise
            await self._session(renew=True)
            return (await question(client)).data

    async def _session(self, *, renew: bool = False) -> Session:
        """The session, renewed when its token is about to end. One renewal at a time."""
        auth = (await self.client()).auth
        async with self._renewing:
            session = await auth.get_session()
            if session is None:
                raise SignedOut
            if renew or (session.expires_at or 0) - time.time() < REFRESH_MARGIN:
                session = (await auth.refresh_session(session.refresh_token)).session
            if session is None:
                raise SignedOut
            return session

    def _told(self, error: Exception) -> BackendError:
        """Translate, and tell the owner when the session is over."""
        told = translated(error)
        if type(told) is SignedOut:
            self.on_signed_out()
        return told

    async def _make(self) -> AsyncClient:
        supabase = await asyncio.to_thread(importlib.import_module, "supabase")
        httpx = importlib.import_module("httpx")
        logging.getLogger("realtime").setLevel(logging.CRITICAL)  # live.py tells what matters
        logging.getLogger("httpx").setLevel(logging.WARNING)
        options = supabase.AsyncClientOptions(
            storage=self._storage,
            auto_refresh_token=False,  # `token` renews: the client's timer gives up after a while
            realtime={"auto_reconnect": False, "timeout": 4, "hb_interval": 15},
            httpx_client=httpx.AsyncClient(timeout=httpx.Timeout(10, connect=4)),
        )
        settings = self._settings
        client: AsyncClient = await supabase.acreate_client(
            settings.supabase_url, settings.publishable_key, options
        )
        return client


def translated(error: Exception) -> BackendError:
    """The error of our tree for whatever the official client or the network raised."""
    if isinstance(error, BackendError):
        return error
    if isinstance(error, (TimeoutError, OSError)):
        return NetworkDown(str(error))
    kind = type(error)
    if kind.__module__.startswith(("httpx", "httpcore", "websockets")):
        return NetworkDown(str(error))
    if kind.__module__.startswith("supabase_auth"):
        return _auth_error(error)
    if kind.__module__.startswith("postgrest"):
        return _rest_error(error)
    logging.getLogger(__name__).error("An unexpected error behind a port", exc_info=error)
    return Broken(str(error))


def _auth_error(error: Exception) -> BackendError:
    status = getattr(error, "status", None)
    if type(error).__name__ == "AuthRetryableError" or (status or 0) >= 500:
        return NetworkDown(str(error))
    return SignedOut(str(error))


def _rest_error(error: Any) -> BackendError:
    code = str(error.code or "")
    if code in _SERVER_AWAY:
        return NetworkDown(str(error.message))
    if code in _TOKEN_REFUSED:
        return SignedOut(str(error.message))
    details = None if error.details is None else str(error.details)
    told = refusal(error.hint, str(error.message), details)
    if isinstance(told, Broken):
        logging.getLogger(__name__).error("The server failed: %s %s", code, error.message)
    return told
