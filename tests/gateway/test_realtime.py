"""Channels: who may join, who hears what, and what ends them."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest
from websockets.asyncio.client import connect as connect_socket
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.gateway.sockets import Wire, wire

if TYPE_CHECKING:
    import httpx

    from tests.gateway.serving import Served

PATIENCE = 5


def someone(gateway: Served, seconds: float = 60, user: str | None = None) -> str:
    """The token of a signed-in user."""
    return gateway.token(sub=user or str(uuid.uuid4()), exp=time.time() + seconds)


async def say_in_database(gateway: Served, topic: str, payload: str, private: bool = True) -> None:
    """`realtime.send` as the database's owner."""
    database = await asyncpg.connect(gateway.dsn)
    await database.execute(
        "select realtime.send($1::jsonb, 'said', $2, $3)", payload, topic, private
    )
    await database.close()


async def subscribe(client: Any, topic: str, **config: object) -> tuple[Any, asyncio.Queue[Any]]:
    """Join with the official client; answers the channel and what it hears."""
    heard: asyncio.Queue[Any] = asyncio.Queue()
    joined: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    settings: Any = {"config": {"private": True, **config}}
    channel = client.channel(topic, settings).on_broadcast("said", heard.put_nowait)

    def on_state(state: Any, _error: object) -> None:
        if not joined.done():
            joined.set_result(state.value)

    await channel.subscribe(on_state)
    assert await asyncio.wait_for(joined, PATIENCE) == "SUBSCRIBED"
    return channel, heard


async def test_the_database_speaks_to_an_official_client(
    gateway: Served, visitor: Any, unique: str
) -> None:
    _, heard = await subscribe(visitor, f"open:{unique}")
    await say_in_database(gateway, f"open:{unique}", '{"n": 1}')
    said = await asyncio.wait_for(heard.get(), PATIENCE)
    assert said["payload"]["n"] == 1
    assert said["meta"]["id"] == said["payload"]["id"]


async def test_a_function_of_the_api_speaks_to_an_official_client(
    visitor: Any, unique: str
) -> None:
    _, heard = await subscribe(visitor, f"open:{unique}")
    arguments = {"topic": f"open:{unique}", "event": "said", "payload": {"n": 2}}
    await visitor.rpc("say", arguments).execute()
    assert (await asyncio.wait_for(heard.get(), PATIENCE))["payload"]["n"] == 2


async def test_official_clients_speak_to_each_other(
    visitor: Any, connect: Any, unique: str
) -> None:
    other = await connect()
    await other.auth.sign_in_anonymously()
    _, heard = await subscribe(other, f"open:{unique}")
    channel, own = await subscribe(visitor, f"open:{unique}")
    await channel.send_broadcast("said", {"n": 3})
    assert (await asyncio.wait_for(heard.get(), PATIENCE))["payload"] == {"n": 3}
    assert own.empty()


async def test_official_clients_see_each_other(visitor: Any, unique: str) -> None:
    channel, _ = await subscribe(
        visitor, f"open:{unique}", presence={"key": "ann", "enabled": True}
    )
    seen = asyncio.Event()
    channel.on_presence_sync(lambda: seen.set() if channel.presence_state() else None)
    await channel.track({"status": "online"})
    await asyncio.wait_for(seen.wait(), PATIENCE)
    assert channel.presence_state()["ann"][0]["status"] == "online"


async def test_what_is_said_arrives_in_order_also_when_it_is_long(
    gateway: Served, unique: str
) -> None:
    topic = f"open:{unique}"
    async with wire(gateway) as client:
        await client.join(topic, someone(gateway))
        database = await asyncpg.connect(gateway.dsn)
        await database.execute(
            "select realtime.send(jsonb_build_object('n', n, 'text', repeat('x', (n % 3) * 4000)), "
            "'said', $1, true) from generate_series(1, 30) as n",
            topic,
        )
        await database.close()
        heard = [(await client.broadcast(topic))[1]["n"] for _ in range(30)]
    assert heard == list(range(1, 31))


async def test_what_is_rolled_back_is_never_said(gateway: Served, unique: str) -> None:
    topic = f"open:{unique}"
    async with wire(gateway) as client:
        await client.join(topic, someone(gateway))
        database = await asyncpg.connect(gateway.dsn)
        change = database.transaction()
        await change.start()
        await database.execute("select realtime.send('{\"n\": 1}', 'said', $1, true)", topic)
        await change.rollback()
        await database.execute("select realtime.send('{\"n\": 2}', 'said', $1, true)", topic)
        await database.close()
        assert (await client.broadcast(topic))[1]["n"] == 2


async def test_bytes_from_the_database_arrive_as_bytes(gateway: Served, unique: str) -> None:
    topic = f"open:{unique}"
    async with wire(gateway) as client:
        await client.join(topic, someone(gateway))
        database = await asyncpg.connect(gateway.dsn)
        await database.execute("select realtime.send_binary('\\x0102', 'said', $1, true)", topic)
        await database.close()
        assert await client.broadcast(topic) == ("said", b"\1\2")


@pytest.mark.parametrize("topic", ["mine:somebody-else", "closed:1"])
async def test_a_private_channel_needs_the_policy(gateway: Served, topic: str) -> None:
    async with wire(gateway) as client:
        reply = await client.join(topic, someone(gateway))
    assert reply["status"] == "error"
    assert reply["response"]["reason"].startswith("Unauthorized: ")
    assert topic in reply["response"]["reason"]


async def test_a_page_without_a_user_cannot_join_a_private_channel(gateway: Served) -> None:
    async with wire(gateway) as client:
        assert (await client.join("open:1"))["status"] == "error"


async def test_a_policy_knows_the_user(gateway: Served) -> None:
    user = str(uuid.uuid4())
    async with wire(gateway) as client:
        assert (await client.join(f"mine:{user}", someone(gateway, user=user)))["status"] == "ok"


async def test_a_public_topic_is_another_topic(gateway: Served, unique: str) -> None:
    topic = f"open:{unique}"
    async with wire(gateway) as public, wire(gateway) as private:
        await public.join(topic, private=False)
        await private.join(topic, someone(gateway))
        await say_in_database(gateway, topic, '{"n": "private"}')
        await say_in_database(gateway, topic, '{"n": "public"}', private=False)
        assert (await public.broadcast(topic))[1]["n"] == "public"
        assert (await private.broadcast(topic))[1]["n"] == "private"


async def test_who_may_only_hear_cannot_speak(gateway: Served, unique: str) -> None:
    topic = f"silent:{unique}"
    async with wire(gateway) as speaker, wire(gateway) as listener:
        await listener.join(topic, someone(gateway))
        reply = await speaker.join(topic, someone(gateway), broadcast={"ack": True})
        assert reply["status"] == "ok"
        await speaker.say(topic, "said", {"n": "forbidden"})
        await speaker.settle()
        assert not speaker.seen
        await say_in_database(gateway, topic, '{"n": "allowed"}')
        assert (await listener.broadcast(topic))[1]["n"] == "allowed"


async def test_a_speaker_can_ask_for_an_echo_and_an_answer(gateway: Served, unique: str) -> None:
    topic = f"open:{unique}"
    async with wire(gateway) as client:
        await client.join(topic, someone(gateway), broadcast={"ack": True, "self": True})
        await client.say(topic, "said", {"n": 1})
        assert (await client.event("phx_reply", topic))["status"] == "ok"
        assert await client.broadcast(topic) == ("said", {"n": 1})


async def test_a_token_that_ends_closes_the_channel(gateway: Served, unique: str) -> None:
    topic = f"open:{unique}"
    async with wire(gateway) as client:
        await client.join(topic, someone(gateway, seconds=0.4))
        system = await client.event("system", topic)
        assert (system["status"], system["message"]) == ("error", "Token has expired")
        await client.event("phx_close", topic)


async def test_a_new_token_keeps_the_channel(gateway: Served, unique: str) -> None:
    topic, user = f"open:{unique}", str(uuid.uuid4())
    async with wire(gateway) as client:
        await client.join(topic, someone(gateway, seconds=0.3, user=user))
        token = someone(gateway, user=user)
        await client.push(topic, "access_token", {"access_token": token})
        await client.settle()
        await asyncio.sleep(0.4)
        await say_in_database(gateway, topic, '{"n": 1}')
        assert (await client.broadcast(topic))[1]["n"] == 1
        assert not client.seen


async def test_a_new_token_of_somebody_else_closes_the_channel(gateway: Served) -> None:
    user = str(uuid.uuid4())
    async with wire(gateway) as client:
        await client.join(f"mine:{user}", someone(gateway, user=user))
        await client.push(f"mine:{user}", "access_token", {"access_token": someone(gateway)})
        assert (await client.event("system", f"mine:{user}"))["status"] == "error"
        await client.event("phx_close", f"mine:{user}")


@pytest.mark.parametrize("token", ["x.y.z", None])
async def test_a_bad_token_cannot_join(gateway: Served, token: str | None) -> None:
    async with wire(gateway) as client:
        reply = await client.join("open:1", token or someone(gateway, seconds=-1))
    assert reply["response"]["reason"].startswith("InvalidJWTToken: ")


async def test_a_wrong_key_is_refused_before_the_upgrade(gateway: Served) -> None:
    with pytest.raises(InvalidStatus) as refusal:
        async with wire(gateway, key="sb_publishable_wrong"):
            pass
    assert refusal.value.response.status_code == 401
    assert b"Invalid API key" in (refusal.value.response.body or b"")


async def test_presence_tells_joins_and_leaves(gateway: Served, unique: str) -> None:
    topic, config = f"open:{unique}", {"presence": {"enabled": True, "key": "ann"}}
    async with wire(gateway) as watcher:
        await watcher.join(topic, someone(gateway), presence={"enabled": True, "key": "bob"})
        assert await watcher.event("presence_state", topic) == {}
        async with wire(gateway) as client:
            await client.join(topic, someone(gateway), **config)
            track = {"type": "presence", "event": "track", "payload": {"status": "online"}}
            await client.push(topic, "presence", track)
            joined = await watcher.event("presence_diff", topic)
            assert joined["joins"]["ann"]["metas"][0]["status"] == "online"
        left = await watcher.event("presence_diff", topic)
        assert "ann" in left["leaves"]


async def test_presence_too_often_closes_the_channel(gateway: Served, unique: str) -> None:
    topic = f"open:{unique}"
    async with wire(gateway) as client:
        await client.join(topic, someone(gateway), presence={"enabled": True, "key": "ann"})
        for number in range(6):
            track = {"event": "track", "payload": {"n": number}}
            await client.push(topic, "presence", track)
        system = await client.event("system", topic)
        assert system["message"] == "Client presence rate limit exceeded"
        await client.event("phx_close", topic)


async def test_leaving_is_answered(gateway: Served, unique: str) -> None:
    topic = f"open:{unique}"
    async with wire(gateway) as client:
        await client.join(topic, someone(gateway))
        await client.push(topic, "phx_leave", {}, ref="9")
        assert (await client.event("phx_reply", topic))["status"] == "ok"
        await client.event("phx_close", topic)
        await say_in_database(gateway, topic, "{}")
        await client.settle()
        assert not client.seen


async def test_joining_again_replaces_the_channel(gateway: Served, unique: str) -> None:
    topic = f"open:{unique}"
    async with wire(gateway) as client:
        await client.join(topic, someone(gateway))
        assert (await client.join(topic, someone(gateway)))["status"] == "ok"
        await client.event("phx_close", topic)
        await say_in_database(gateway, topic, '{"n": 1}')
        await client.broadcast(topic)
        await client.settle()
        assert not client.seen


async def test_what_was_said_lately_is_said_again_when_asked(gateway: Served, unique: str) -> None:
    topic = f"open:{unique}"
    await say_in_database(gateway, topic, '{"n": 1}')
    await say_in_database(gateway, topic, '{"n": 2}')
    replay = {"replay": {"since": (time.time() - 60) * 1000, "limit": 10}}
    async with wire(gateway) as client:
        await client.join(topic, someone(gateway), broadcast=replay)
        first = await client.event("broadcast", topic)
        assert (first["payload"]["n"], first["meta"]["replayed"]) == (1, True)
        assert (await client.broadcast(topic))[1]["n"] == 2


async def test_changes_of_tables_are_not_offered(gateway: Served) -> None:
    async with wire(gateway) as client:
        reply = await client.join("open:1", someone(gateway), postgres_changes=[{"event": "*"}])
    assert reply["response"]["reason"].startswith("NotImplemented")


@pytest.mark.parametrize("data", ["{", "[]", '{"topic": 1}', b"\x03", b"\xff\xff"])
async def test_what_is_no_frame_ends_the_connection(gateway: Served, data: str | bytes) -> None:
    async with wire(gateway) as client:
        await client.socket.send(data)
        with pytest.raises(ConnectionClosed) as end:
            await asyncio.wait_for(client.socket.recv(), PATIENCE)
    assert end.value.rcvd is not None
    assert end.value.rcvd.code == 1003


@pytest.mark.parametrize(
    ("topic", "event"), [("realtime:", "phx_join"), ("other", "phx_join"), ("realtime:x", "shout")]
)
async def test_a_frame_for_nobody_is_refused(gateway: Served, topic: str, event: str) -> None:
    async with wire(gateway) as client:
        await client.socket.send(json.dumps(["1", "1", topic, event, None]))
        frame = await client.next(lambda found: found[3] == "phx_reply")
    assert frame[4]["status"] == "error"


async def test_a_broadcast_comes_in_by_rest(
    gateway: Served, http: httpx.AsyncClient, unique: str
) -> None:
    topic = f"open:{unique}"
    token = someone(gateway)
    headers = {"authorization": f"Bearer {token}"}
    message = {"topic": topic, "event": "said", "payload": {"n": 1}, "private": True}
    async with wire(gateway) as client:
        await client.join(topic, token)
        path = "/realtime/v1/api/broadcast"
        answer = await http.post(path, json={"messages": [message]}, headers=headers)
        assert answer.status_code == 202
        assert await client.broadcast(topic) == ("said", {"n": 1})
        url = f"{path}/{topic}/events/said?private=true"
        assert (await http.post(url, json={"n": 2}, headers=headers)).status_code == 202
        assert await client.broadcast(topic) == ("said", {"n": 2})
        assert (await http.post(url, json={"n": "forbidden"})).status_code == 202
        await client.settle()
        assert not client.seen


async def test_a_socket_of_version_1_hears_the_same(gateway: Served, unique: str) -> None:
    topic = f"realtime:open:{unique}"
    address = gateway.url.replace("http", "ws", 1)
    url = f"{address}/realtime/v1/websocket?apikey={gateway.keys.publishable}&vsn=1.0.0"
    async with connect_socket(url) as socket:
        payload = {
            "config": {"private": "true", "broadcast": None},
            "access_token": someone(gateway),
        }
        frame = {
            "topic": topic,
            "event": "phx_join",
            "payload": payload,
            "ref": "1",
            "join_ref": "1",
        }
        await socket.send(json.dumps(frame))
        assert json.loads(await socket.recv())["payload"]["status"] == "ok"
        await say_in_database(gateway, f"open:{unique}", '{"n": 1}')
        heard = json.loads(await asyncio.wait_for(socket.recv(), PATIENCE))
    assert heard["ref"] is None
    assert heard["payload"]["payload"]["n"] == 1


async def test_a_lost_database_closes_the_sockets_because_events_may_be_lost(
    gateway: Served, unique: str
) -> None:
    topic = f"open:{unique}"
    async with wire(gateway) as client:
        await client.join(topic, someone(gateway))
        database = await asyncpg.connect(gateway.dsn)
        await database.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()"
        )
        await database.close()
        with pytest.raises(ConnectionClosed) as end:
            await asyncio.wait_for(client.socket.recv(), PATIENCE)
    assert end.value.rcvd is not None
    assert end.value.rcvd.code == 1012
    async with asyncio.timeout(PATIENCE):
        while not await speaks_again(gateway, topic):
            pass


async def speaks_again(gateway: Served, topic: str) -> bool:
    """Whether a new socket hears the database."""
    try:
        async with wire(gateway) as client, asyncio.timeout(1):
            await client.join(topic, someone(gateway))
            await say_in_database(gateway, topic, "{}")
            await client.broadcast(topic)
    except (TimeoutError, ConnectionClosed):
        return False
    return True


async def test_a_client_that_does_not_read_is_disconnected(gateway: Served, unique: str) -> None:
    topic = f"open:{unique}"
    async with wire(gateway) as slow:
        await slow.join(topic, someone(gateway))
        slow.socket.transport.pause_reading()
        database = await asyncpg.connect(gateway.dsn)
        await database.execute(
            "select realtime.send(jsonb_build_object('text', repeat('x', 6000)), 'said', $1, true) "
            "from generate_series(1, 4000)",
            topic,
        )
        await database.close()
        async with wire(gateway) as quick:
            assert (await quick.join(topic, someone(gateway)))["status"] == "ok"
        slow.socket.transport.resume_reading()
        heard: list[object] = []
        with pytest.raises(ConnectionClosed):
            await read_all(slow, heard)
    assert len(heard) < 4000


async def read_all(client: Wire, heard: list[object]) -> None:
    """Read until the connection ends."""
    while True:
        heard.append(await asyncio.wait_for(client.socket.recv(), PATIENCE))
