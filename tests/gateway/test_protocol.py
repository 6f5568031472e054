"""The frames of the Realtime protocol."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.realtime.presence import Presence
from gateway.realtime.protocol import BadFrame, Broadcast, Frame, decode, encode, encode_broadcast

TYPING = Broadcast("realtime:room", "typing", '{"on":true}')


def test_version_1_is_objects() -> None:
    text = encode("1.0.0", Frame("realtime:room", "phx_reply", {"status": "ok"}, "1", "2"))
    assert json.loads(text) == {
        "topic": "realtime:room",
        "event": "phx_reply",
        "payload": {"status": "ok"},
        "ref": "1",
    }


def test_version_2_is_arrays() -> None:
    text = encode("2.0.0", Frame("realtime:room", "phx_reply", {}, "1", "2"))
    assert json.loads(text) == ["2", "1", "realtime:room", "phx_reply", {}]


def test_a_broadcast_of_version_2_is_the_bytes_that_the_official_client_reads() -> None:
    expected = bytes.fromhex("040d060001") + b"realtime:roomtyping" + b'{"on":true}'
    assert encode_broadcast("2.0.0", TYPING) == expected


def test_a_broadcast_of_version_1_is_json() -> None:
    text = encode_broadcast("1.0.0", TYPING)
    assert isinstance(text, str)
    assert json.loads(text)["payload"] == {
        "type": "broadcast",
        "event": "typing",
        "payload": {"on": True},
    }


def test_names_too_long_for_a_binary_frame_go_as_json() -> None:
    text = encode_broadcast("2.0.0", Broadcast("realtime:" + "x" * 300, "e", "{}"))
    assert isinstance(text, str)
    assert json.loads(text)[3] == "broadcast"


def test_bytes_cannot_be_said_in_version_1() -> None:
    assert encode_broadcast("1.0.0", Broadcast("realtime:room", "e", b"\0")) is None


def test_a_binary_frame_of_a_client_is_read() -> None:
    data = bytes([3, 1, 1, 13, 6, 0, 1]) + b"68realtime:roomtyping" + b'{"on":true}'
    assert decode("2.0.0", data) == Frame(
        "realtime:room",
        "broadcast",
        {"type": "broadcast", "event": "typing", "payload": {"on": True}},
        "8",
        "6",
    )


@pytest.mark.parametrize(
    "data", ["", "{}", "[1]", "[null,null,1,2,{}]", b"", b"\3", b"\3\xff\xff\xff\xff\xff\1"]
)
def test_other_data_are_no_frames(data: str | bytes) -> None:
    with pytest.raises(BadFrame):
        decode("2.0.0", data)


@given(st.one_of(st.text(), st.binary()), st.sampled_from(["1.0.0", "2.0.0"]))
def test_any_data_are_a_frame_or_refused(data: str | bytes, version: str) -> None:
    with suppress(BadFrame):
        decode("2.0.0" if version == "2.0.0" else "1.0.0", data)


def test_a_change_of_presence_leaves_and_joins() -> None:
    presence = Presence()
    first = presence.track("member", "ann", {"status": "online"})
    second = presence.track("member", "ann", {"status": "away"})
    assert first is not None
    assert second is not None
    old = first["joins"]["ann"]["metas"][0]
    assert second["leaves"] == {"ann": {"metas": [old]}}
    assert second["joins"]["ann"]["metas"][0]["phx_ref_prev"] == old["phx_ref"]
    assert presence.track("member", "ann", {"status": "away"}) is None


def test_two_devices_share_a_key() -> None:
    presence = Presence()
    presence.track("phone", "ann", {})
    presence.track("desktop", "ann", {})
    assert len(presence.state()["ann"]["metas"]) == 2
    presence.untrack("phone")
    assert len(presence.state()["ann"]["metas"]) == 1
