"""Answers `/realtime/v1/*`: opens websockets, and takes broadcasts by REST."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

import asyncpg

from gateway.caller import BadToken, Caller, Doorkeeper
from gateway.database import PROBLEMS_OF_CONNECTION, Database
from gateway.errors import ApiProblem, not_implemented
from gateway.http import JSON, Receive, Reply, Request, Scope, Send
from gateway.realtime import authorize
from gateway.realtime.channel import PREFIX
from gateway.realtime.protocol import Broadcast, version_of
from gateway.realtime.socket import RESTARTING, Services, Socket

if TYPE_CHECKING:
    from gateway.realtime.hub import Hub

REFUSED = 4401


@dataclass(slots=True)
class Realtime:
    """The Realtime service."""

    database: Database
    doorkeeper: Doorkeeper
    hub: Hub
    _sockets: set[Socket] = field(default_factory=set[Socket])

    def __post_init__(self) -> None:
        self.hub.on_loss = self.close_sockets

    def close_sockets(self) -> None:
        """Everybody has to connect again."""
        for socket in tuple(self._sockets):
            socket.close(RESTARTING)

    async def connect(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one websocket from its opening to its end."""
        await receive()
        query = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1")))
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        try:
            caller = self.doorkeeper.caller_of_key(query.get("apikey") or headers.get("x-api-key"))
        except ApiProblem as error:
            await _refuse(scope, send, error)
            return
        await send({"type": "websocket.accept"})
        services = Services(self.database, self.doorkeeper, self.hub)
        socket = Socket(services, version_of(query.get("vsn")), caller)
        self._sockets.add(socket)
        try:
            await socket.run(receive, send)
        finally:
            self._sockets.discard(socket)

    async def answer(self, request: Request) -> Reply:
        """Take a broadcast. Raises ApiProblem."""
        path = request.path.strip("/").split("/")
        if path[:2] != ["api", "broadcast"]:
            raise not_implemented(f"{request.method} /realtime/v1{request.path}")
        if request.method != "POST":
            raise _problem(405, f"/realtime/v1{request.path} does not take {request.method}")
        try:
            caller = self.doorkeeper.identify(request.headers, request.parameter("apikey"))
        except BadToken as error:
            raise _problem(401, str(error)) from error
        if len(path) == 2:
            messages = _messages(request)
        elif len(path) == 5 and path[3] == "events":
            messages = [_one_message(request, unquote(path[2]), unquote(path[4]))]
        else:
            raise _problem(404, f"There is no /realtime/v1{request.path}")
        for private, broadcast in messages:
            if not private or await self._allowed(caller, broadcast.topic):
                self.hub.publish(broadcast, private=private)
        return Reply(202, b"", {"content-type": JSON})

    async def _allowed(self, caller: Caller, topic: str) -> bool:
        """What is not allowed is dropped without a word, as the platform does."""
        try:
            rights = await authorize.may_write(self.database, caller, topic.removeprefix(PREFIX))
        except PROBLEMS_OF_CONNECTION as error:
            raise _problem(503, "The database cannot be reached") from error
        except asyncpg.PostgresError:
            return False
        return rights.broadcast


def _messages(request: Request) -> list[tuple[bool, Broadcast]]:
    try:
        listed = request.json_object().get("messages")
    except (ValueError, TypeError) as error:
        raise _problem(400, "Could not parse request body as JSON") from error
    if not isinstance(listed, list) or not listed:
        raise ApiProblem(422, {"errors": {"messages": ["can't be blank"]}})
    return [_checked(item) for item in listed]


def _checked(item: Any) -> tuple[bool, Broadcast]:
    fields = item if isinstance(item, dict) else {}
    topic, event, payload = fields.get("topic"), fields.get("event"), fields.get("payload")
    if not isinstance(topic, str) or not isinstance(event, str) or not isinstance(payload, dict):
        wrong = {
            "topic": ["can't be blank"],
            "event": ["can't be blank"],
            "payload": ["is invalid"],
        }
        raise ApiProblem(422, {"errors": {"messages": [wrong]}})
    text = json.dumps(payload, separators=(",", ":"))
    return fields.get("private") is True, Broadcast(PREFIX + topic, event, text)


def _one_message(request: Request, topic: str, event: str) -> tuple[bool, Broadcast]:
    private = request.parameter("private") == "true"
    if request.headers.get("content-type", "").startswith("application/octet-stream"):
        return private, Broadcast(PREFIX + topic, event, request.body)
    try:
        payload = request.json_object()
    except (ValueError, TypeError) as error:
        raise _problem(400, "Could not parse request body as a JSON object") from error
    return private, Broadcast(PREFIX + topic, event, json.dumps(payload, separators=(",", ":")))


async def _refuse(scope: Scope, send: Send, error: ApiProblem) -> None:
    """Say no before the upgrade, as an ordinary HTTP answer where the server can."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": REFUSED})
        return
    body = json.dumps(error.body).encode()
    headers = [(b"content-type", JSON.encode()), (b"content-length", str(len(body)).encode())]
    await send(
        {"type": "websocket.http.response.start", "status": error.status, "headers": headers}
    )
    await send({"type": "websocket.http.response.body", "body": body})


def _problem(status: int, message: str) -> ApiProblem:
    return ApiProblem(status, {"error": message, "message": message})
