"""The frames of the Realtime protocol, versions 1.0.0 and 2.0.0. Pure: standard library only.

Version 1 sends JSON objects, version 2 JSON arrays and, for broadcasts, binary frames:

    client:  3, join_ref length, ref length, topic length, event length, meta length, encoding
    server:  4, topic length, event length, meta length, encoding

followed by those strings and the payload. The encoding is 1 for JSON and 0 for bytes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

Version = Literal["1.0.0", "2.0.0"]
CLIENT_BROADCAST, SERVER_BROADCAST = 3, 4
BYTES, JSON_TEXT = 0, 1
LONGEST_NAME = 255


class BadFrame(ValueError):
    """A frame that is not of this protocol."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One message in either direction."""

    topic: str
    event: str
    payload: Any
    ref: str | None = None
    join_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Broadcast:
    """What is said on a topic. `payload` is JSON text, or bytes that only version 2 can carry."""

    topic: str
    event: str
    payload: str | bytes
    meta: str = ""


def version_of(text: str | None) -> Version:
    """The protocol that a socket asks for."""
    return "2.0.0" if text == "2.0.0" else "1.0.0"


def decode(version: Version, data: str | bytes) -> Frame:
    """Read a client's frame. A broadcast's payload is `{event, payload, type}` in every form."""
    if isinstance(data, bytes):
        return _decode_binary(data)
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadFrame("not JSON") from error
    if version == "2.0.0":
        return _from_array(found)
    return _from_object(found)


def encode(version: Version, frame: Frame) -> str:
    """Write a frame that is no broadcast."""
    if version == "2.0.0":
        return _dump([frame.join_ref, frame.ref, frame.topic, frame.event, frame.payload])
    return _dump(
        {"topic": frame.topic, "event": frame.event, "payload": frame.payload, "ref": frame.ref}
    )


def encode_broadcast(version: Version, broadcast: Broadcast) -> str | bytes | None:
    """Write a broadcast; None when this version cannot carry it."""
    if version == "2.0.0":
        return _encode_binary(broadcast)
    if isinstance(broadcast.payload, bytes):
        return None
    topic, inner = _dump(broadcast.topic), _inner(broadcast)
    return f'{{"topic":{topic},"event":"broadcast","payload":{inner},"ref":null}}'


def _encode_binary(broadcast: Broadcast) -> str | bytes | None:
    strings = [text.encode() for text in (broadcast.topic, broadcast.event, broadcast.meta)]
    is_bytes = isinstance(broadcast.payload, bytes)
    if any(len(text) > LONGEST_NAME for text in strings):
        if is_bytes:
            return None
        return f'[null,null,{_dump(broadcast.topic)},"broadcast",{_inner(broadcast)}]'
    payload = (
        broadcast.payload if isinstance(broadcast.payload, bytes) else broadcast.payload.encode()
    )
    head = bytes([SERVER_BROADCAST, *map(len, strings), BYTES if is_bytes else JSON_TEXT])
    return b"".join((head, *strings, payload))


def _inner(broadcast: Broadcast) -> str:
    meta = f',"meta":{broadcast.meta}' if broadcast.meta else ""
    event = _dump(broadcast.event)
    return f'{{"type":"broadcast","event":{event},"payload":{broadcast.payload}{meta}}}'


def _decode_binary(data: bytes) -> Frame:
    if len(data) < 7 or data[0] != CLIENT_BROADCAST:
        raise BadFrame("unknown binary frame")
    position = 7
    strings: list[str] = []
    for length in data[1:6]:
        strings.append(_text(data[position : position + length]))
        position += length
    if position > len(data):
        raise BadFrame("binary frame is cut short")
    join_ref, ref, topic, event, _meta = strings
    body = data[position:]
    payload: object = body if data[6] == BYTES else _json(body)
    whole = {"type": "broadcast", "event": event, "payload": payload}
    return Frame(topic, "broadcast", whole, ref or None, join_ref or None)


def _from_array(found: Any) -> Frame:
    if not isinstance(found, list) or len(found) != 5:
        raise BadFrame("not an array of five")
    join_ref, ref, topic, event, payload = found
    return _checked(topic, event, payload, ref, join_ref)


def _from_object(found: Any) -> Frame:
    if not isinstance(found, dict):
        raise BadFrame("not an object")
    return _checked(*(found.get(key) for key in ("topic", "event", "payload", "ref", "join_ref")))


def _checked(*parts: Any) -> Frame:
    topic, event, payload, ref, join_ref = parts
    if not isinstance(topic, str) or not isinstance(event, str):
        raise BadFrame("topic and event must be strings")
    if not isinstance(ref, str | None) or not isinstance(join_ref, str | None):
        raise BadFrame("refs must be strings")
    return Frame(topic, event, payload, ref, join_ref)


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise BadFrame("a name is not UTF-8") from error


def _json(data: bytes) -> object:
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadFrame("the payload is not JSON") from error


def _dump(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
