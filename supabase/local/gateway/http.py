"""Requests and replies over plain ASGI: no rules here, and no framework's cost."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from gateway.errors import ApiProblem

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

JSON = "application/json; charset=utf-8"

CORS: tuple[tuple[bytes, bytes], ...] = (
    (b"access-control-allow-origin", b"*"),
    (
        b"access-control-expose-headers",
        b"content-range, content-location, x-supabase-api-version, x-sb-error-code, retry-after, "
        b"x-total-count, link, preference-applied",
    ),
)
PREFLIGHT: tuple[tuple[bytes, bytes], ...] = (
    *CORS,
    (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),
    (
        b"access-control-allow-headers",
        b"authorization, apikey, content-type, accept, x-client-info, x-supabase-api-version, "
        b"accept-profile, content-profile, prefer, range, range-unit, x-upsert, cache-control, "
        b"x-retry-count, traceparent, tracestate, baggage",
    ),
    (b"access-control-max-age", b"3600"),
    (b"vary", b"origin"),
    (b"content-length", b"0"),
)


@dataclass(slots=True)
class Request:
    """One HTTP request. `path` is what follows the service's prefix."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    address: str
    body: bytes = b""

    def parameter(self, name: str) -> str | None:
        """The first value of a query parameter."""
        return next((value for key, value in self.query if key == name), None)

    def json_object(self) -> dict[str, Any]:
        """The body as a JSON object; an empty body is an empty object. Raises ValueError."""
        if not self.body.strip():
            return {}
        found = read_json(self.body)
        if not isinstance(found, dict):
            raise TypeError("The body must be a JSON object.")
        if b"\\ud" in self.body.lower():
            json.dumps(found, ensure_ascii=False).encode()  # refuses half a surrogate pair
        return found


@dataclass(slots=True)
class Reply:
    """What goes back."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict[str, str])


def json_reply(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """A reply with a JSON body."""
    body = json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=str).encode()
    return Reply(status, body, {"content-type": JSON, **(headers or {})})


def read_json(text: bytes | str) -> Any:
    """Parse JSON; whatever is wrong with it becomes a ValueError."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("The JSON is nested too deeply.") from None


def request_of(scope: Scope, prefix: str) -> Request:
    """Read everything but the body."""
    client = scope.get("client")
    query = scope.get("query_string", b"").decode("latin-1")
    return Request(
        method=scope.get("method", "GET"),
        path=str(scope["path"])[len(prefix) :],
        query=parse_qsl(query, keep_blank_values=True, errors="replace"),
        headers={
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        },
        address=client[0] if client else "",
    )


async def read_body(request: Request, receive: Receive, limit: int) -> None:
    """Read the body into the request; a body over the limit is refused before it is read."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit:
        raise too_large(limit)
    message = await receive()
    if not message.get("more_body"):
        request.body = message.get("body", b"")
        size = len(request.body)
    else:
        chunks: list[bytes] = [message.get("body", b"")]
        size = len(chunks[0])
        while message.get("more_body") and size <= limit:
            message = await receive()
            chunks.append(message.get("body", b""))
            size += len(chunks[-1])
        request.body = b"".join(chunks)
    if size > limit:
        raise too_large(limit)


def too_large(limit: int) -> ApiProblem:
    """413 in a shape that every service's client understands."""
    message = f"The request is larger than {limit} bytes."
    return ApiProblem(413, {"code": "413", "message": message, "details": None, "hint": None})


async def send_reply(send: Send, reply: Reply, *, head: bool = False) -> None:
    """Write the reply; a HEAD request gets the headers alone."""
    headers = [
        (name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers.items()
    ]
    if reply.status not in {204, 304}:
        headers.append((b"content-length", str(len(reply.body)).encode()))
    await send(
        {"type": "http.response.start", "status": reply.status, "headers": [*headers, *CORS]}
    )
    await send({"type": "http.response.body", "body": b"" if head else reply.body})


async def send_preflight(send: Send) -> None:
    """Answer the browser's question whether it may ask."""
    await send({"type": "http.response.start", "status": 200, "headers": list(PREFLIGHT)})
    await send({"type": "http.response.body", "body": b""})
