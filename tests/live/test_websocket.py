"""Both doors for viewers, as clients meet them: with the websockets library, and byte by byte."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
import uvloop
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from logstream.live import connection, websocket, websocket_listener
from logstream.live.hub import Hub
from logstream.live.websocket import serve_websocket, uvicorn_websocket_protocol
from logstream.live.websocket_handshake import Admission, Refusal
from logstream.live.websocket_listener import MAX_MESSAGE
from tests.live.client import (
    BINARY,
    CLOSE,
    CONTINUATION,
    NO_HISTORY,
    PING,
    PONG,
    TEXT,
    RawViewer,
    batch_of,
    handshake,
    masked,
    split_frames,
    until,
)

REFUSAL = {"type": "error", "message": "Unauthorized: invalid or missing token."}


def everyone(headers: Mapping[bytes, bytes], query: str) -> None:
    """Let in whoever asks."""


class Door:
    """A hub and a port that leads to it."""

    def __init__(self, hub: Hub, port: int, server: uvicorn.Server | None = None) -> None:
        self.hub = hub
        self.port = port
        self.server = server

    @asynccontextmanager
    async def client(self, target: str = "/ws", **headers: str) -> AsyncIterator[ClientConnection]:
        async with connect(
            f"ws://127.0.0.1:{self.port}{target}",
            additional_headers=headers,
            compression=None,
            proxy=None,
            ping_interval=None,
            max_size=None,
        ) as client:
            yield client

    @asynccontextmanager
    async def raw(self) -> AsyncIterator[RawViewer]:
        """A bare viewer that has been welcomed."""
        with await RawViewer.connect(self.port) as viewer:
            assert (await viewer.message())["type"] == "connected"
            yield viewer


@asynccontextmanager
async def own_port(admission: Admission) -> AsyncIterator[Door]:
    hub = Hub()
    server = await serve_websocket(hub, NO_HISTORY, admission, "127.0.0.1", 0)
    try:
        yield Door(hub, server.sockets[0].getsockname()[1])
    finally:
        server.close()
        await hub.close()


@asynccontextmanager
async def http_port(admission: Admission) -> AsyncIterator[Door]:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    hub = Hub()
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=0,
        ws=uvicorn_websocket_protocol(hub, NO_HISTORY, admission),
        http="httptools",
        lifespan="off",
        log_config=None,
        timeout_graceful_shutdown=5,
    )
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    try:
        yield Door(hub, server.servers[0].sockets[0].getsockname()[1], server)
    finally:
        await hub.close()
        await server.shutdown()


OpenDoor = Callable[[Admission], Any]
both_doors = pytest.mark.parametrize("door", [own_port, http_port])


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(20):
            await test()

    uvloop.run(bounded())


def with_door(door: OpenDoor, test: Callable[[Door], Coroutine[Any, Any, None]], may: Admission = everyone) -> None:
    async def opened() -> None:
        async with door(may) as at:
            await test(at)

    run(opened)


def memory() -> int:
    """Bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


async def receive(client: ClientConnection) -> Any:
    return json.loads(await client.recv())


async def close_code(client: ClientConnection) -> int | None:
    with pytest.raises(ConnectionClosed) as caught:
        await client.recv()
    return caught.value.rcvd.code if caught.value.rcvd else None


@both_doors
def test_a_viewer_is_welcomed_with_the_count_that_includes_it(door: OpenDoor) -> None:
    async def test(at: Door) -> None:
        async with at.client() as one, at.client() as other:
            assert await receive(one) == {"type": "connected", "connections": 1}
            assert await receive(other) == {"type": "connected", "connections": 2}
        await until(lambda: at.hub.connections == 0)

    with_door(door, test)


@both_doors
def test_entries_come_in_order_and_byte_for_byte(door: OpenDoor) -> None:
    async def test(at: Door) -> None:
        async with at.client() as client:
            await client.recv()
            batch = batch_of(0, 500)
            at.hub.publish(batch)
            for line in batch.split_lines():
                assert await client.recv(decode=False) == b'{"type":"log","data":' + line + b"}"

    with_door(door, test)


@both_doors
@pytest.mark.parametrize("binary", [False, True])
def test_ping_stats_and_subscribe_are_answered(door: OpenDoor, binary: bool) -> None:
    async def test(at: Door) -> None:
        async with at.client() as client:
            await client.recv()
            for message, answer in (
                ({"type": "ping"}, {"type": "pong"}),
                ({"type": "stats"}, {"type": "stats", "data": {"connections": 1}}),
                ({"type": "subscribe", "filter": {}}, {"type": "subscribed", "filter": {}}),
            ):
                await client.send(json.dumps(message), text=not binary)
                assert await receive(client) == answer

    with_door(door, test)


def test_a_filter_that_is_not_known_is_named_and_everything_still_comes() -> None:
    async def test(at: Door) -> None:
        async with at.client() as client:
            await client.recv()
            await client.send('{"type":"subscribe","filter":{"level":"error","colour":"red"}}')
            assert await receive(client) == {"type": "error", "message": "unknown filter: colour"}
            await client.send('{"type":"subscribe","filter":["level"]}')
            assert await receive(client) == {
                "type": "error",
                "message": 'filter must be an object, such as {"level": "error"}',
            }
            at.hub.publish(batch_of(0, 1))
            assert (await receive(client))["type"] == "log"

    with_door(own_port, test)


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"{",
        b"\xff\xfe{",
        b'{"type":"ping\xff"}',
        b"[]",
        b'"ping"',
        b"null",
        b"{}",
        b'{"type":1}',
        b'{"type":"unknown"}',
        b'{"type":"PING"}',
        b'{"type":"ping"',
        b"[" * 60_000,
        b'{"type":"ping","x":' + b"[" * 60_000,
    ],
)
def test_unknown_and_malformed_messages_are_ignored(message: bytes) -> None:
    async def test(at: Door) -> None:
        async with at.raw() as viewer:
            await viewer.send(masked(TEXT, message) + masked(BINARY, message) + masked(TEXT, b'{"type":"stats"}'))
            assert (await viewer.message())["type"] == "stats"

    with_door(own_port, test)


def test_a_fragmented_message_is_put_together_with_a_protocol_ping_in_between() -> None:
    async def test(at: Door) -> None:
        async with at.raw() as viewer:
            await viewer.send(masked(TEXT, b'{"type"', final=False))
            await viewer.send(masked(CONTINUATION, b':"pi', final=False) + masked(PING, b"?"))
            assert await viewer.frame() == (PONG, b"?")
            await viewer.send(masked(CONTINUATION, b'ng"}'))
            assert await viewer.message() == {"type": "pong"}

    with_door(own_port, test)


def test_a_continuation_of_nothing_is_ignored() -> None:
    async def test(at: Door) -> None:
        async with at.raw() as viewer:
            await viewer.send(masked(CONTINUATION, b'{"type":"ping"}') + masked(TEXT, b'{"type":"stats"}'))
            assert (await viewer.message())["type"] == "stats"

    with_door(own_port, test)


@both_doors
def test_a_message_of_64_kib_is_read(door: OpenDoor) -> None:
    async def test(at: Door) -> None:
        async with at.client() as client:
            await client.recv()
            await client.send('{"type":"ping"}'.ljust(MAX_MESSAGE))
            assert await receive(client) == {"type": "pong"}

    with_door(door, test)


@both_doors
@pytest.mark.parametrize("size", [64 * 1024 + 1, 10_000_000])
def test_a_longer_frame_closes_with_1009(door: OpenDoor, size: int) -> None:
    async def test(at: Door) -> None:
        async with at.client() as client:
            await client.recv()
            with pytest.raises(ConnectionClosed) as caught:  # noqa: PT012 -- a long frame can fail while it is sent
                await client.send("x" * size)
                await client.recv()
            assert caught.value.rcvd is not None
            assert caught.value.rcvd.code == 1009
        await until(lambda: at.hub.connections == 0)

    with_door(door, test)


def test_fragments_of_more_than_64_kib_close_with_1009() -> None:
    async def test(at: Door) -> None:
        async with at.raw() as viewer:
            await viewer.send(masked(TEXT, b"x" * 40_000, final=False))
            await viewer.send(masked(CONTINUATION, b"x" * 40_000, final=False))
            assert await viewer.frame() == (CLOSE, (1009).to_bytes(2))
            assert at.hub.connections == 0

    with_door(own_port, test)


def test_a_frame_without_end_closes_with_1009_and_takes_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "CLOSE_SECONDS", 0.3)

    async def test(at: Door) -> None:
        async with at.raw() as viewer:
            await viewer.send(b"\x82\xff" + (2**40).to_bytes(8) + bytes(4))
            before = most = memory()
            with pytest.raises(OSError):  # noqa: PT012 -- some send fails: the server has ended the connection
                while True:
                    await viewer.send(b"x" * 65536)
                    most = max(most, memory())
            assert most - before < 8 * 1024 * 1024
            assert split_frames(await viewer.rest()) == [(0x88, (1009).to_bytes(2))]

    with_door(own_port, test)


@both_doors
def test_nothing_follows_a_close_frame(door: OpenDoor) -> None:
    async def test(at: Door) -> None:
        async with at.raw() as viewer:
            at.hub.publish(batch_of(0, 1))
            await viewer.entry()
            await viewer.send(masked(CLOSE, (1000).to_bytes(2)))
            await until(lambda: at.hub.connections == 0)
            at.hub.publish(batch_of(1, 1))
            assert split_frames(await viewer.rest()) == [(0x88, (1000).to_bytes(2))]

    with_door(door, test)


@pytest.mark.parametrize("payload", [b"", (1000).to_bytes(2) + b"bye", (4999).to_bytes(2)])
def test_a_close_is_answered_with_its_code(payload: bytes) -> None:
    async def test(at: Door) -> None:
        async with at.raw() as viewer:
            await viewer.send(masked(CLOSE, payload))
            assert split_frames(await viewer.rest()) == [(0x88, payload[:2])]

    with_door(own_port, test)


def test_a_protocol_error_closes_with_1002() -> None:
    async def test(at: Door) -> None:
        async with at.raw() as viewer:
            await viewer.send(b"\x81\x05hello")  # not masked
            opcode, payload = await viewer.frame()
            assert (opcode, payload[:2]) == (CLOSE, (1002).to_bytes(2))
            assert at.hub.connections == 0

    with_door(own_port, test)


@both_doors
def test_closing_the_hub_closes_with_1001(door: OpenDoor) -> None:
    async def test(at: Door) -> None:
        async with at.client() as client:
            await client.recv()
            at.hub.publish(batch_of(0, 1))
            await asyncio.gather(at.hub.close(), client.recv())
            assert await close_code(client) == 1001

    with_door(door, test)


def test_uvicorn_closes_with_1001_when_it_stops() -> None:
    async def test(at: Door) -> None:
        assert at.server is not None
        async with at.client() as client:
            await client.recv()
            stopping = asyncio.create_task(at.server.shutdown())
            assert await close_code(client) == 1001
            async with asyncio.timeout(2):
                await stopping

    with_door(http_port, test)


@both_doors
@pytest.mark.parametrize("target", ["/ws", "/ws?token=wrong", "/ws?token[]=x"])
def test_who_may_not_read_is_told_so_and_closed_with_4401(door: OpenDoor, target: str) -> None:
    async def test(at: Door) -> None:
        async with at.client(target) as client:
            assert await receive(client) == REFUSAL
            assert at.hub.connections == 0
            assert await close_code(client) == 4401

    with_door(door, test, lambda headers, query: None if query == "token=right" else Refusal(401, b""))


@both_doors
def test_the_key_is_looked_for_in_header_and_query(door: OpenDoor) -> None:
    seen: list[tuple[str | None, str]] = []

    def remember(headers: Mapping[bytes, bytes], query: str) -> None:
        authorization = headers.get(b"authorization")
        seen.append((None if authorization is None else authorization.decode(), query))

    async def test(at: Door) -> None:
        async with at.client("/ws?token[]=x&a=%20b", Authorization="Bearer s3cret") as client:
            assert (await receive(client))["type"] == "connected"
        async with at.client() as client:
            assert (await receive(client))["type"] == "connected"
        assert seen == [("Bearer s3cret", "token[]=x&a=%20b"), (None, "")]

    with_door(door, test, remember)


@both_doors
def test_when_the_key_cannot_be_checked_nothing_is_told(door: OpenDoor, caplog: pytest.LogCaptureFixture) -> None:
    def fail(headers: Mapping[bytes, bytes], query: str) -> None:
        raise RuntimeError("inner secret")

    async def test(at: Door) -> None:
        with await RawViewer.connect(at.port, handshake()) as viewer:
            answer = await viewer.rest()
            assert answer.startswith(b"HTTP/1.1 500 ")
            assert answer.endswith(b'{"error":"Internal server error"}')

    with caplog.at_level(logging.CRITICAL, "logstream"):
        with_door(door, test, fail)


@both_doors
@pytest.mark.parametrize("connection", ["Upgrade", "upgrade", "keep-alive, Upgrade"])
def test_the_connection_header_may_be_a_list_as_from_firefox(door: OpenDoor, connection: str) -> None:
    async def test(at: Door) -> None:
        with await RawViewer.connect(at.port, handshake(connection=connection)) as viewer:
            assert (await viewer.head()).startswith(b"HTTP/1.1 101 ")
            assert (await viewer.message())["type"] == "connected"

    with_door(door, test)


@pytest.mark.parametrize("target", ["/", "/ws", "/any/path?x=1"])
def test_the_port_of_its_own_upgrades_any_path(target: str) -> None:
    async def test(at: Door) -> None:
        async with at.client(target) as client:
            assert (await receive(client))["type"] == "connected"

    with_door(own_port, test)


@pytest.mark.parametrize("target", ["/", "/api/logs", "/wsx", "/ws/more"])
def test_the_http_port_upgrades_nothing_but_ws(target: str) -> None:
    async def test(at: Door) -> None:
        with await RawViewer.connect(at.port, handshake(target)) as viewer:
            head, _, body = (await viewer.rest()).partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 404 ")
            assert b"Content-Type: application/json" in head
            assert body == b'{"error":"Not found"}'

    with_door(http_port, test)


def test_a_plain_get_on_the_port_of_its_own_is_told_to_upgrade() -> None:
    async def test(at: Door) -> None:
        with await RawViewer.connect(at.port, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n") as client:
            head, _, body = (await client.rest()).partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 426 Upgrade Required\r\n")
            assert b"\r\nUpgrade: websocket" in head
            assert b"\r\nContent-Type: application/json" in head
            assert body == b'{"error":"Upgrade required"}'

    with_door(own_port, test)


def test_frames_sent_together_with_the_handshake_are_read() -> None:
    async def test(at: Door) -> None:
        with await RawViewer.connect(at.port, handshake() + masked(TEXT, b'{"type":"ping"}')) as viewer:
            await viewer.head()
            assert (await viewer.message())["type"] == "connected"
            assert await viewer.message() == {"type": "pong"}

    with_door(own_port, test)


@both_doors
def test_frames_may_arrive_byte_by_byte(door: OpenDoor) -> None:
    async def test(at: Door) -> None:
        async with at.raw() as viewer:
            for byte in masked(TEXT, b'{"type":"ping"}'):
                await viewer.send(bytes((byte,)))
                await asyncio.sleep(0)
            assert await viewer.message() == {"type": "pong"}

    with_door(door, test)


@both_doors
def test_a_viewer_that_falls_behind_goes_on_after_a_gap(door: OpenDoor) -> None:
    async def test(at: Door) -> None:
        async with at.raw() as viewer:
            for number in range(40):  # some 25 MB: more than the buffers of server and system hold
                at.hub.publish(batch_of(number * 1000, 1000, 500))
                await asyncio.sleep(0)
            received, message = 0, await viewer.message()
            while message["type"] == "log":
                received += 1
                message = await viewer.message()
            assert message["type"] == "gap"
            assert await viewer.entry() == batch_of(39_999, 1, 500).split_lines()[0]
            assert received + message["dropped"] + 1 == 40_000

    with_door(door, test)


def test_a_handshake_without_end_is_bounded() -> None:
    async def test(at: Door) -> None:
        client = await RawViewer.connect(at.port, b"GET / HTTP/1.1\r\nX: ")
        with client, pytest.raises(OSError):  # noqa: PT012 -- some send fails: the server has ended the connection
            for _ in range(1000):
                await client.send(b"x" * 65536)

    with_door(own_port, test)


def test_a_handshake_has_only_so_much_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "HANDSHAKE_SECONDS", 0.05)

    async def test(at: Door) -> None:
        with await RawViewer.connect(at.port, b"GET / HTTP/1.1\r\n") as client:
            assert await client.rest() == b""

    with_door(own_port, test)


# -- floods


@both_doors
@pytest.mark.parametrize(
    ("flood", "reason"),
    [
        (masked(TEXT, b"", final=False) + masked(CONTINUATION, b"", final=False) * 100_000, b"fragments in a message"),
        (masked(CONTINUATION, b"") * 100_000, b"fragments in a message"),
        (masked(PING, b"") * 100_000, b"control frames a second"),
        (masked(PONG, b"") * 100_000, b"control frames a second"),
        ((masked(TEXT, b"", final=False) + masked(CONTINUATION, b"")) * 50_000, b"fragments in a message"),
    ],
    ids=["fragments", "continuations", "pings", "pongs", "messages of two fragments"],
)
def test_a_flood_of_frames_closes_with_1008_and_the_reason(door: OpenDoor, flood: bytes, reason: bytes) -> None:
    async def test(at: Door) -> None:
        async with at.raw() as viewer:
            sending = asyncio.ensure_future(viewer.send(flood))
            opcode = PONG
            while opcode in (PONG, TEXT):
                opcode, payload = await viewer.frame()
            assert (opcode, payload[:2]) == (CLOSE, (1008).to_bytes(2))
            assert reason in payload
            assert at.hub.connections == 0
            sending.cancel()
            await asyncio.wait([sending])

    with_door(door, test)


def test_a_flood_of_messages_is_read_little_by_little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket_listener, "MESSAGES_AT_ONCE", 10)
    monkeypatch.setattr(websocket_listener, "MESSAGES_PER_SECOND", 500)

    async def test() -> None:
        async with own_port(everyone) as at, at.raw() as viewer, at.raw() as other:
            await viewer.send(masked(TEXT, b'{"type":"ping"}') * 2000)
            assert await viewer.message() == {"type": "pong"}
            await until(lambda: not transport_of(at, 0).is_reading())
            await other.send(masked(TEXT, b'{"type":"stats"}'))
            assert (await other.message())["type"] == "stats"
            for _ in range(1999):
                assert await viewer.message() == {"type": "pong"}

    run(test)


def transport_of(at: Door, number: int) -> Any:
    return list(at.hub._viewers)[number].connection._transport


def test_as_many_frames_as_a_client_may_need_are_taken() -> None:
    async def test(at: Door) -> None:
        async with at.raw() as viewer:
            size = MAX_MESSAGE // 499
            await viewer.send(masked(TEXT, b'{"type":"ping"}', final=False))
            await viewer.send(masked(CONTINUATION, b" " * size, final=False) * 498 + masked(CONTINUATION, b" "))
            assert await viewer.message() == {"type": "pong"}
            await viewer.send(masked(PING, b"x") * 99)
            for _ in range(99):
                assert await viewer.frame() == (PONG, b"x")

    with_door(own_port, test)
