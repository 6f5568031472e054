"""The app as a web app: one ASGI application that a server such as uvicorn runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import unquote

import flet_web.fastapi as flet_fastapi

from desk.settings import ASSETS, Settings
from desk.shell.app import make_main
from desk.shell.browser import CURRENT, Browser

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

SESSION_SECONDS = 600
"""How long a session waits for its browser to come back."""
ZONE_COOKIE, LANGUAGES_COOKIE = "deskbell_zone", "deskbell_languages"
_COOKIES = (
    "for(const [name,value] of ["
    f"['{ZONE_COOKIE}',Intl.DateTimeFormat().resolvedOptions().timeZone],"
    f"['{LANGUAGES_COOKIE}',navigator.languages.join(',')]])"
    "document.cookie=name+'='+encodeURIComponent(value)+';path=/;max-age=31536000;samesite=lax';"
)
# Flet 1.0.5's client freezes when its socket comes back: it compares the whole page that is sent
# again with the one it shows. A reload is quick and keeps the session, the address and the drafts.
_RELOAD = (
    "{const Native=WebSocket;let opened=false;window.WebSocket=class extends Native{"
    "constructor(...a){super(...a);if(!new URL(this.url).pathname.endsWith('/ws'))return;"
    "this.addEventListener('open',()=>{if(opened){this.close();location.reload()}opened=true})}}}"
)
_TELL = f"<script>{_COOKIES}{_RELOAD}</script></head>".encode()


def asgi_app(settings: Settings) -> App:
    """The agent app for `settings`' project. Needs one process: sessions live in its memory."""
    inner: App = flet_fastapi.app(
        make_main(settings),
        assets_dir=str(ASSETS),
        app_name="Deskbell",
        app_short_name="Deskbell",
        app_description="Live chat that rings",
        no_cdn=True,
        session_timeout_seconds=SESSION_SECONDS,
    )
    outer = flet_fastapi.FastAPI()
    outer.mount("/", tells_the_browser(inner))
    return outer


def tells_the_browser(inner: App) -> App:
    """Adds what Flet does not know: the browser's languages and its time zone."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            CURRENT.set(browser_of(scope))
            await inner(scope, receive, send)
        else:
            await inner(scope, receive, _with_script(send))

    return app


def browser_of(scope: Scope) -> Browser:
    """What a websocket's handshake says of its browser: our cookies, else its language header."""
    headers = {name.decode().lower(): value.decode() for name, value in scope.get("headers", ())}
    cookies = SimpleCookie(headers.get("cookie", ""))
    told = {name: unquote(cookie.value) for name, cookie in cookies.items()}
    languages = told.get(LANGUAGES_COOKIE) or headers.get("accept-language", "")
    return Browser(_languages(languages), told.get(ZONE_COOKIE, ""))


def _languages(header: str) -> tuple[str, ...]:
    """The tags of Accept-Language (RFC 9110, 12.5.4), most wanted first."""
    weighted: list[tuple[float, str]] = []
    for part in header.split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            weighted.append((-float(weight or 1), tag))
        except ValueError:
            continue
    return tuple(tag for _, tag in sorted(weighted, key=lambda pair: pair[0]) if tag)


def _with_script(send: Send) -> Send:
    """Send on; into the head of an HTML page put the script that sets our cookies."""
    held: MutableMapping[str, Any] = {}
    body = bytearray()

    async def rewriting(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start" and _is_html(message):
            held.update(message)
            return
        if not held:
            await send(message)
            return
        body.extend(message.get("body", b""))
        if message.get("more_body"):
            return
        page = bytes(body).replace(b"</head>", _TELL, 1)
        kept = [pair for pair in held["headers"] if pair[0].lower() not in _CHANGED]
        length = (b"content-length", str(len(page)).encode())
        await send({**held, "headers": [*kept, length, (b"cache-control", b"no-cache")]})
        await send({"type": "http.response.body", "body": page})

    return rewriting


_CHANGED = (b"content-length", b"etag", b"cache-control")


def _is_html(message: MutableMapping[str, Any]) -> bool:
    headers = dict(message.get("headers", ()))
    return message["status"] == 200 and headers.get(b"content-type", b"").startswith(b"text/html")
