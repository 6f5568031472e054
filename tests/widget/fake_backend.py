"""A backend that a test can bend: answers as Supabase does, one chat, and does what it is told to.

It also serves the page that has the widget on it. What the rules really are is in the database;
here is only what the widget has to be able to take.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocketDisconnect

from tests.e2e.browser import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.websockets import WebSocket

Row = dict[str, Any]

SITE_KEY = "shop"
ADA: Row = {"name": "Ada Moreno", "title": "Founder", "photo": None}
REFUSALS = {"ended": 409, "offline": 409, "not_found": 404, "invalid": 400, "too_many": 429}
PAGE = """<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>Shop</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><main><h1>Shop</h1><a href="/other">Other page</a></main>
<script async src="/deskbell/deskbell.js" data-site="shop" data-supabase-url="{url}"
  data-key="sb_publishable_test" {more}></script></body></html>"""


@dataclass(frozen=True, slots=True)
class Call:
    """What the widget asked for."""

    name: str
    args: Row
    token: str


@dataclass
class FakeBackend:
    """One visitor's chat, and everything a test may change about the answers."""

    url: str = ""
    lang: str = "en"
    attributes: str = ""
    csp: str = ""
    online: bool = True
    color: str | None = None
    language: str | None = "en"
    """The site's, for pages that tell none."""
    waited_seconds: float = 0
    place: int = 1
    down: bool = False
    """Nobody answers: requests get 503, sockets are closed."""
    lose_answers: bool = False
    """What is asked is done, and the answer is lost."""
    old_tokens: set[str] = field(default_factory=set[str])
    refusals: dict[str, str] = field(default_factory=dict[str, str])
    chat: Row | None = None
    messages: list[Row] = field(default_factory=list[Row])
    calls: list[Call] = field(default_factory=list[Call])
    frames: list[list[Any]] = field(default_factory=list[list[Any]])
    sockets: set[WebSocket] = field(default_factory=set["WebSocket"])
    tokens: int = 0

    # ── what tests ask ──────────────────────────────────────────────────────────────────────

    def names(self) -> list[str]:
        """What was called, in order."""
        return [call.name for call in self.calls]

    def of(self, name: str) -> list[Row]:
        """The arguments of every call of one function."""
        return [call.args for call in self.calls if call.name == name]

    def bodies(self, author: str = "visitor") -> list[str]:
        """What the database has from one author, in order."""
        return [message["body"] for message in self.messages if message["author"] == author]

    # ── what tests do ───────────────────────────────────────────────────────────────────────

    def store(self, author: str, body: str, message_id: str | None = None, **more: Any) -> Row:
        """Store a message without telling anybody."""
        message: Row = {
            "chat_id": self.the_chat["id"],
            "seq": len(self.messages) + 1,
            "id": message_id or str(uuid.uuid4()),
            "author": author,
            "author_name": "Ada Moreno" if author == "agent" else None,
            "body": body,
            "event": None,
            "data": None,
            "created_at": datetime.now(UTC).isoformat(),
            **more,
        }
        self.messages.append(message)
        self.the_chat["last_seq"] = message["seq"]
        return message

    async def say(self, body: str) -> Row:
        """The agent writes."""
        message = self.store("agent", body)
        await self.tell("message_sent", message)
        return message

    async def accept(self) -> None:
        """Ada accepts the chat."""
        self.the_chat.update(status="active", agent=ADA)
        line = self.store("system", "", event="agent_joined", data={"agent_name": "Ada Moreno"})
        await self.tell("message_sent", line)
        await self.tell("chat_accepted", {"agent": ADA})

    async def finish(self, status: str, event: str) -> None:
        """The chat ends or is missed."""
        self.the_chat.update(status=status, ended_at=datetime.now(UTC).isoformat())
        await self.tell("message_sent", self.store("system", "", event=event, data={}))
        await self.tell(event, {})

    async def tell(self, event: str, payload: Row, topic: str = "chat") -> None:
        """Broadcast to whoever joined, in the binary frames of the protocol."""
        frame = binary_broadcast(f"realtime:{topic}:{self.the_chat['id']}", event, payload)
        for socket in list(self.sockets):
            with suppress(RuntimeError):
                await socket.send_bytes(frame)

    async def drop_sockets(self) -> None:
        """Cut every connection."""
        for socket in list(self.sockets):
            with suppress(RuntimeError):
                await socket.close(1012)

    async def go_down(self) -> None:
        """Stop answering."""
        self.down = True
        await self.drop_sockets()

    @property
    def the_chat(self) -> Row:
        """The chat, which has begun."""
        assert self.chat
        return self.chat

    # ── the wire ────────────────────────────────────────────────────────────────────────────

    def app(self) -> Starlette:
        """Everything behind one address."""
        return Starlette(
            routes=[
                Route("/auth/v1/signup", self._issue, methods=["POST"]),
                Route("/auth/v1/token", self._issue, methods=["POST"]),
                Route("/rest/v1/rpc/{name}", self._rpc, methods=["POST"]),
                WebSocketRoute("/realtime/v1/websocket", self._socket),
                Mount("/deskbell", StaticFiles(directory=ROOT / "widget" / "dist")),
                Route("/{path:path}", self._page),
            ]
        )

    async def _page(self, _request: Request) -> Response:
        html = PAGE.format(lang=self.lang, url=self.url, more=self.attributes)
        headers = {"content-security-policy": self.csp} if self.csp else {}
        return Response(html, media_type="text/html", headers=headers)

    async def _issue(self, request: Request) -> Response:
        name = "signup" if request.url.path.endswith("signup") else "refresh"
        if self.down:
            return Response(status_code=503)
        self.calls.append(Call(name, await request.json(), ""))
        self.tokens += 1
        token = f"token-{self.tokens}"
        return JSONResponse(
            {"access_token": token, "refresh_token": f"again-{token}", "expires_in": 3600}
        )

    async def _rpc(self, request: Request) -> Response:
        name, args = request.path_params["name"], json.loads(await request.body())
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self.down:
            return Response(status_code=503)
        self.calls.append(Call(name, args, token))
        if token in self.old_tokens:
            return JSONResponse({"code": "PGRST303", "message": "JWT expired"}, 401)
        if hint := self.refusals.get(name):
            return JSONResponse({"hint": hint, "message": "No."}, REFUSALS[hint])
        answer = getattr(self, name)(**args)
        return Response(status_code=504) if self.lose_answers else JSONResponse(answer)

    async def _socket(self, socket: WebSocket) -> None:
        if self.down:
            await socket.close(1013)
            return
        await socket.accept()
        self.sockets.add(socket)
        with suppress(WebSocketDisconnect, RuntimeError):
            while True:
                frame = cast("list[Any]", json.loads(await socket.receive_text()))
                self.frames.append(frame)
                if frame[3] in {"phx_join", "heartbeat", "phx_leave"}:
                    reply = {"status": "ok", "response": {}}
                    await socket.send_json([frame[0], frame[1], frame[2], "phx_reply", reply])
        self.sockets.discard(socket)

    # ── the functions of docs/sql-api.md ────────────────────────────────────────────────────

    def widget_hello(self, site_key: str) -> Row:
        """What a page needs to draw the widget."""
        assert site_key == SITE_KEY
        site = {
            "name": "The shop",
            "language": self.language,
            "greeting": None,
            "color": self.color,
        }
        agents = [ADA] if self.online else []
        there = {"online": self.online, "next_open_at": None, "agents": agents}
        return {"site": {**site, "departments": []}, "availability": there}

    def start_chat(self, chat_id: str, message_id: str, body: str, **_more: Any) -> Row:
        """The first message."""
        if self.chat is None or self.chat["status"] == "ended":
            self.messages = []
            status = "ringing" if self.online else "offline"
            self.chat = {
                "id": chat_id,
                "status": status,
                "agent": None,
                "ended_at": None,
                "last_seq": 0,
                "agent_read_seq": 0,
                "visitor_read_seq": 0,
            }
        message = self._once(message_id, body)
        return {"chat": self.chat_seen(chat_id), "message": message}

    def send_message(self, chat_id: str, message_id: str, body: str) -> Row:
        """Any other message."""
        assert chat_id == self.the_chat["id"]
        return {key: self._once(message_id, body)[key] for key in ("id", "seq", "created_at")}

    def messages_since(self, chat_id: str, seq: int, page_size: int) -> list[Row]:
        """What came after a number."""
        assert chat_id == self.the_chat["id"]
        return self.messages[seq : seq + page_size]

    def chat_seen(self, chat_id: str, here: bool = True) -> Row:
        """How the chat stands."""
        assert isinstance(here, bool)
        assert chat_id
        return {**self.the_chat, "waited_seconds": self.waited_seconds, "place": self.place}

    def mark_read(self, chat_id: str, seq: int) -> None:
        """The visitor has read."""
        assert chat_id == self.the_chat["id"]
        self.the_chat["visitor_read_seq"] = seq

    def end_chat(self, chat_id: str) -> None:
        """The visitor ends."""
        assert chat_id == self.the_chat["id"]
        self.the_chat["status"] = "ended"

    def ring_again(self, chat_id: str) -> Row:
        """Once more."""
        self.the_chat["status"] = "ringing"
        return self.chat_seen(chat_id)

    def _once(self, message_id: str, body: str) -> Row:
        known = (message for message in self.messages if message["id"] == message_id)
        return next(known, None) or self.store("visitor", body, message_id)


def binary_broadcast(topic: str, event: str, payload: Row) -> bytes:
    """A broadcast as Realtime 2.0.0 sends it: lengths, then texts, then JSON."""
    texts = [topic.encode(), event.encode(), b'{"id":"1"}']
    head = bytes([4, *(len(text) for text in texts), 1])
    return head + b"".join(texts) + json.dumps(payload).encode()


async def until(what: Callable[[], object], seconds: float = 10) -> None:
    """Wait until a condition on the backend holds."""
    async with asyncio.timeout(seconds):
        while not what():  # noqa: ASYNC110 - the backend is plain data, nothing announces its changes
            await asyncio.sleep(0.02)
