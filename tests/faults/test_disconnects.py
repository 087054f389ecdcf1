"""Clients that go at any moment: what was done for them ends, and leaves no exception behind that nobody looks at."""

import asyncio
import contextlib
import gc
import json
import random
import socket
import struct
import sys
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from logstream.query.conditions import Equals
from logstream.stores.file.store import Asking, FileStore
from tests.harness import WAIT, Server, eventually, running
from tests.stores.folder import batch, entry

LEFT = ("never retrieved", "in shielded future", "Exception in", "Task was destroyed", "was never awaited", "Traceback")
"""What asyncio, uvloop, uvicorn and picows say of an exception that nobody looked at."""

RESET = struct.pack("ii", 1, 0)
STREAM = b"GET /api/logs/stream HTTP/1.1\r\nhost: localhost\r\n\r\n"


class WatchfulServer(Server):
    command = (sys.executable, "-X", "dev", *Server.command[1:])


def body(count: int) -> bytes:
    return json.dumps(
        [
            {
                "app_key": "shop",
                "app_id": "api-1",
                "message": f"paid {n}",
                "context": {"n": n},
                "timestamp": f"2026-01-0{n % 9 + 1}",
            }
            for n in range(count)
        ]
    ).encode()


def requests(first: str) -> list[bytes]:
    """Of every kind that takes a while, and some whole and some broken off in the body."""
    paths = [
        "/api/logs?search=nowhere",
        "/api/logs?q=/x%2By.*z/&limit=1000",
        "/api/logs?q=context.n:%3E5&total=false",
        "/api/logs/unknown",
        "/api/stats",
        "/api/fields/app_key",
        "/api/logs/export",
        "/api/logs/export?format=csv&search=paid",
        f"/api/logs/stream?after={first}",
        "/metrics",
    ]
    gets = [f"GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode() for path in paths]
    upgrade = (
        f"GET /ws?after={first} HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
        "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    ).encode()
    posted = body(50)
    post = b"POST /api/logs HTTP/1.1\r\nhost: localhost\r\nidempotency-key: %b\r\ncontent-length: %d\r\n\r\n"
    posts = [post % (key, len(posted)) + posted[:end] for key in (b"a", b"b") for end in (len(posted), 900)]
    return [*gets, *(get * 3 for get in gets), upgrade, *posts]


def test_no_exception_is_left_to_nobody_when_clients_go(tmp_path: Path) -> None:
    with running(tmp_path / "server", WatchfulServer, PYTHONASYNCIODEBUG="1") as server:
        for _ in range(10):
            assert server.post(body(1000), headers={"prefer": "return=minimal"}).status_code == 201
        first = server.search(limit=1, order="asc")["entries"][0]["id"]
        kinds = requests(first)

        def come_and_go(seed: int) -> None:
            chance = random.Random(seed)
            for request in chance.choices(kinds, k=100):
                with socket.create_connection(("127.0.0.1", server.http_port), WAIT) as client:
                    with contextlib.suppress(ConnectionError, TimeoutError):
                        client.sendall(request)
                        client.settimeout(chance.choice((0.0001, 0.001, 0.01, 0.05)))
                        client.recv(100)
                    if chance.random() < 0.5:
                        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)

        with ThreadPoolExecutor(8) as clients:
            list(clients.map(come_and_go, range(8)))
        eventually(lambda: "\nlogstream_viewers 0.0\n" in server.get("/metrics").text, "all viewers to have gone")
        eventually(lambda: "\nlogstream_searches 0.0\n" in server.get("/metrics").text, "all searches to have ended")
        assert server.stop() == 0
        assert [line for line in server.log.splitlines() if any(words in line for words in LEFT)] == []


@pytest.mark.parametrize("count", [1, 2, 3])
def test_streams_end_with_their_connection_also_when_more_was_asked_for_at_once(server: Server, count: int) -> None:
    with socket.create_connection(("127.0.0.1", server.http_port), WAIT) as client:
        client.sendall(STREAM * count)
        assert client.recv(100).startswith(b"HTTP/1.1 200")
        eventually(lambda: "\nlogstream_viewers 1.0\n" in server.get("/metrics").text, "the viewer to come")
    eventually(lambda: "\nlogstream_viewers 0.0\n" in server.get("/metrics").text, "the viewer to have gone")


def left_behind(root: Path, work: Callable[[FileStore], Awaitable[None]]) -> list[str]:
    """What asyncio says of exceptions that were left to nobody, while `work` ran and the store was stopped."""
    said: list[str] = []

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: said.append(context["message"]))
        store = FileStore(root)
        await store.start()
        try:
            await work(store)
        finally:
            await store.stop()
        await asyncio.sleep(0)
        gc.collect()

    asyncio.run(main())
    return said


async def cancelled(task: "asyncio.Task[Any]") -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_a_search_that_ends_as_its_client_goes_is_cancelled(tmp_path: Path) -> None:
    begun, end = threading.Event(), threading.Event()

    def closing(asking: Asking) -> None:
        asking.cursor.close()
        begun.set()
        end.wait(WAIT)
        raise ValueError("at the very end")

    async def work(store: FileStore) -> None:
        task = asyncio.create_task(store._ask(closing))
        await asyncio.to_thread(begun.wait, WAIT)
        asyncio.get_running_loop().call_later(0.1, end.set)
        await cancelled(task)

    assert left_behind(tmp_path, work) == []


def test_a_run_of_retention_that_a_stop_ends_leaves_nothing_behind(tmp_path: Path) -> None:
    async def work(store: FileStore) -> None:
        await store.append(batch(entry("paid")))
        with store.maintenance._one_at_a_time:  # it has begun and comes to nothing
            task = asyncio.create_task(store.prune([Equals("level", "info")], dry_run=False))
            while not store.maintenance._pruner._threads:  # noqa: ASYNC110
                await asyncio.sleep(0)
            await cancelled(task)
            store.maintenance._stopping = True

    assert left_behind(tmp_path, work) == []
