"""When file handles run short, new connections wait; those there are, and what they send, don't suffer."""

import asyncio
import contextlib
import json
import logging
import os
import re
import resource
import socket
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
import uvloop
from websockets.sync.client import connect

from logstream.listener import FileHandles, Listener, bound_sockets
from tests.harness import WAIT, Server, eventually, running

LIMIT = 96
SHORT = "the file handles for connections are used up"


class ServerWithFewHandles(Server):
    command = ("sh", "-c", f'ulimit -n {LIMIT} && exec "$@"', "sh", *Server.command)


@contextlib.contextmanager
def idle(port: int, count: int) -> Iterator[list[socket.socket]]:
    """Connections over which nothing is said."""
    with contextlib.ExitStack() as opened:
        yield [opened.enter_context(socket.create_connection(("127.0.0.1", port), WAIT)) for _ in range(count)]


def ended(connections: list[socket.socket]) -> list[socket.socket]:
    """Those that the server ended or reset."""
    gone = []
    for connection in connections:
        connection.setblocking(False)
        try:
            connection.recv(1)
        except BlockingIOError:
            continue
        except ConnectionError:
            pass
        gone.append(connection)
    return gone


def entry(**more: Any) -> dict[str, Any]:
    return {"app_key": "shop", "app_id": "api-1", "message": "paid", **more}


def pauses(client: httpx.Client) -> int:
    found = re.search(r"^logstream_accept_pauses_total ([\d.]+)$", client.get("/metrics").text, re.MULTILINE)
    assert found is not None
    return int(float(found[1]))


def test_with_no_handles_left_connections_wait_and_those_there_are_go_on(tmp_path: Path) -> None:
    with (
        running(tmp_path / "server", ServerWithFewHandles) as server,
        httpx.Client(base_url=server.url, timeout=WAIT) as client,
    ):
        assert client.post("/api/logs", json=entry()).status_code == 201
        assert pauses(client) == 0
        with idle(server.http_port, 2 * LIMIT) as connections:
            eventually(lambda: SHORT in server.log, "the log to say so")
            for day in range(1, 8):  # each a file that has to be opened
                answer = client.post("/api/logs", json=entry(timestamp=f"2026-01-0{day}"))
                assert answer.status_code == 201, answer.text
            assert client.get("/api/logs", params={"level": "info"}).json()["total"] == 8
            assert ended(connections) == []
            assert pauses(client) >= 1
            with pytest.raises(httpx.ReadTimeout):
                server.get("/api/health", timeout=0.5)  # it waits like the others
        assert server.get("/api/health").json()["status"] == "ok"
        assert server.post(entry()).status_code == 201
        assert server.log.count(SHORT) == 1
        assert "Too many open files" not in server.log


def test_a_shortage_that_goes_on_is_said_once(tmp_path: Path) -> None:
    with (
        running(tmp_path / "server", ServerWithFewHandles) as server,
        httpx.Client(base_url=server.url, timeout=WAIT) as client,
    ):
        assert pauses(client) == 0
        with idle(server.http_port, 2 * LIMIT) as connections:
            # Whenever one goes, one that waits takes its place, and all handles are taken again.
            for count in range(1, 5):
                eventually(lambda: pauses(client) >= count, f"pause {count}")  # noqa: B023
                connections[count].close()
        assert server.log.count(SHORT) == 1


def test_viewers_that_take_all_handles_leave_those_of_the_store(tmp_path: Path) -> None:
    with (
        running(tmp_path / "server", ServerWithFewHandles) as server,
        httpx.Client(base_url=server.url, timeout=WAIT) as client,
    ):
        assert client.post("/api/logs", json=entry()).status_code == 201
        with idle(server.ws_port, 2 * LIMIT):
            eventually(lambda: SHORT in server.log, "the log to say so")
            assert client.post("/api/logs", json=entry(timestamp="2026-01-01")).status_code == 201
        with connect(server.ws_url, proxy=None) as viewer:
            assert json.loads(viewer.recv(WAIT))["type"] == "connected"


class Echo(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)
        self.transport.close()


@contextlib.contextmanager
def no_handle_left() -> Iterator[None]:
    """This process can open nothing more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.dup(0)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))
    try:
        with pytest.raises(OSError, match="Too many open files"):
            os.dup(0)
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_where_the_store_took_the_last_handle_connections_wait_as_well(
    run: Callable[[Coroutine[Any, Any, None]], None], caplog: pytest.LogCaptureFixture
) -> None:
    paused = asyncio.Event()

    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        listener = Listener(bound_sockets("127.0.0.1", 0), Echo, FileHandles(paused.set), backlog=10)
        try:
            with socket.socket() as client:
                client.setblocking(False)
                with no_handle_left():
                    await loop.sock_connect(client, listener.sockets[0].getsockname())
                    await loop.sock_sendall(client, b"still there?")
                    await paused.wait()
                assert await loop.sock_recv(client, 100) == b"still there?"
        finally:
            listener.close()

    with caplog.at_level(logging.WARNING):
        run(asyncio.wait_for(scenario(), WAIT))
    assert [record.getMessage().partition(" (")[0] for record in caplog.records] == [
        "connections can't be accepted: Too many open files"
    ]


class Faulty(asyncio.Protocol):
    def __init__(self) -> None:
        raise ValueError("no protocol")


def test_a_connection_that_cannot_be_taken_is_closed_and_the_next_one_accepted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    protocols: list[type[asyncio.Protocol]] = [Faulty, Echo]

    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        listener = Listener(bound_sockets("127.0.0.1", 0), lambda: protocols.pop(0)(), FileHandles(), backlog=10)
        try:
            for answer in (b"", b"hello"):
                with socket.socket() as client:
                    client.setblocking(False)
                    await loop.sock_connect(client, listener.sockets[0].getsockname())
                    if answer:
                        await loop.sock_sendall(client, answer)
                    assert await loop.sock_recv(client, 100) == answer
        finally:
            listener.close()

    with caplog.at_level(logging.WARNING):
        uvloop.run(asyncio.wait_for(scenario(), WAIT))
    assert [record.getMessage() for record in caplog.records] == ["a connection could not be taken"]


def test_a_listener_is_at_every_address_of_its_host() -> None:
    sockets = bound_sockets("localhost", 0)
    try:
        wanted = {info[4][0] for info in socket.getaddrinfo("localhost", 0, type=socket.SOCK_STREAM)}
        assert {one.getsockname()[0] for one in sockets} == wanted
    finally:
        for one in sockets:
            one.close()
