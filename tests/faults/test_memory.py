"""What clients can make the server hold stays within MEMORY_MAX, and nobody gets in the way of the others."""

import contextlib
import json
import re
import socket
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.harness import Server, eventually, running
from tests.live.client import handshake

unmeasured = True  # what measures coverage takes memory, too

MEMORY_MAX = 512_000_000


class ImpatientServer(Server):
    command = (sys.executable, "-m", "tests.faults.impatient_server")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with running(tmp_path / "server", MEMORY_MAX="512MB", DURABILITY="os") as started:
        yield started


@pytest.fixture
def impatient(tmp_path: Path) -> Iterator[Server]:
    with running(tmp_path / "server", ImpatientServer, MEMORY_MAX="512MB", DURABILITY="os") as started:
        yield started


def most_memory(server: Server) -> int:
    """The most bytes that the server had in memory at any time."""
    assert server.process is not None
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    found = re.search(r"^VmHWM:\s+([0-9]+) kB$", status, re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024


def metric(server: Server, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", server.get("/metrics").text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def fill(server: Server, batches: int, entries: int = 500, size: int = 2000) -> None:
    logs = [{"message": f"entry {n} " + "x" * size} for n in range(entries)]
    body = json.dumps({"app_key": "a", "app_id": "b", "logs": logs}).encode()
    for _ in range(batches):
        assert server.post(body, headers={"Prefer": "return=minimal"}).status_code == 201


class Peer:
    """Raw connections of one address, closed at the end."""

    def __init__(self, stack: contextlib.ExitStack, port: int, address: str = "127.0.0.1") -> None:
        self._stack, self._port, self._address = stack, port, address

    def send(self, data: bytes) -> socket.socket:
        """A connection with little room for what comes, on which this was sent."""
        connection = self._stack.enter_context(socket.socket())
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(30)
        connection.bind((self._address, 0))
        connection.connect(("127.0.0.1", self._port))
        connection.sendall(data)
        return connection


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def status_of(connection: socket.socket) -> int:
    """The status of the answer, of which nothing is read."""
    return int(connection.recv(12, socket.MSG_PEEK | socket.MSG_WAITALL)[9:])


@pytest.mark.timeout(180)
@pytest.mark.parametrize("door", ["event stream", "websocket"])
@pytest.mark.parametrize("filters", ["one filter", "a filter each"])
def test_viewers_that_do_not_read_stay_within_their_share(server: Server, door: str, filters: str) -> None:
    with contextlib.ExitStack() as stack:
        peer = Peer(stack, server.http_port)
        for number in range(300):
            query = f"q=-no{number}" if filters == "a filter each" else ""
            peer.send(handshake(f"/ws?{query}") if door == "websocket" else get(f"/api/logs/stream?{query}"))
        eventually(lambda: metric(server, "logstream_viewers") == 300, "the viewers")
        for _ in range(3):
            fill(server, 10)
            fill(server, 2, entries=1, size=4_000_000)  # more than the system takes for a viewer
        fill(server, 10)
        assert most_memory(server) < MEMORY_MAX


@pytest.mark.timeout(180)
def test_exports_that_nobody_reads_are_few_and_end(impatient: Server) -> None:
    fill(impatient, 60)
    assert impatient.get("/api/logs", params={"limit": 1}).status_code == 200
    with contextlib.ExitStack() as stack:
        peer = Peer(stack, impatient.http_port)
        exports = [peer.send(get("/api/logs/export")) for _ in range(100)]
        statuses = [status_of(export) for export in exports]
        assert set(statuses) == {200, 503}
        assert statuses.count(200) <= 4
        assert metric(impatient, 'logstream_memory_refused_total{share="readers"}') >= 90
        eventually(lambda: metric(impatient, 'logstream_disconnected_total{reason="answer not read"}') > 0, "an end")
        assert most_memory(impatient) < MEMORY_MAX
        assert impatient.get("/api/logs/export").status_code == 200


def many(server: Server, body: bytes, count: int) -> list[int]:
    def post(_: int) -> int:
        return server.post(body, headers={"X-App-Key": "a", "X-App-Id": "b"}).status_code

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(post, range(count)))


@pytest.mark.timeout(120)
@pytest.mark.parametrize("item", [b"{}", b"1", b'{"level":[]}'])
def test_bodies_of_a_million_entries_are_counted_before_they_are_objects(server: Server, item: bytes) -> None:
    body = b"[" + b",".join([item] * (4_190_000 // (len(item) + 1))) + b"]"
    statuses = many(server, body, 8)
    assert set(statuses) <= {413, 503}
    assert most_memory(server) < MEMORY_MAX


@pytest.mark.timeout(120)
def test_the_largest_requests_have_their_turn_one_after_the_other(server: Server) -> None:
    statuses = many(server, b"[" + b",".join([b"{}"] * 100_000) + b"]", 8)
    assert 201 in statuses
    assert set(statuses) <= {201, 503}
    assert most_memory(server) < MEMORY_MAX


@pytest.mark.timeout(180)
def test_searches_with_many_words_have_their_turn_one_after_the_other(tmp_path: Path) -> None:
    with running(tmp_path / "server", MEMORY_MAX="512MB", SEARCH_TIMEOUT="3") as server:
        fill(server, 30, size=600)
        refused = server.get("/api/logs", params={"q": " OR ".join(f"word{n}" for n in range(200))})
        assert refused.status_code == 400
        assert "more than 50 words" in refused.json()["reason"]
        query = " OR ".join(f"Wörd{n}" for n in range(49))

        def search(_: int) -> int:
            return server.get("/api/logs", params={"q": query}, timeout=90).status_code

        with ThreadPoolExecutor(32) as pool:
            statuses = list(pool.map(search, range(32)))
        assert set(statuses) <= {200, 503}
        assert most_memory(server) < MEMORY_MAX


def post_head(length: int, more: str = "") -> bytes:
    return f"POST /api/logs HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n{more}\r\n".encode()


@pytest.mark.timeout(120)
def test_senders_that_stop_inside_their_body_hold_up_nobody_and_are_refused(impatient: Server) -> None:
    entry = json.dumps({"app_key": "a", "app_id": "b", "message": "x" * 4_000_000}).encode()
    with contextlib.ExitStack() as stack:
        slow, other = Peer(stack, impatient.http_port), Peer(stack, impatient.http_port, "127.0.0.2")

        def stop_short(connection: socket.socket) -> None:
            with contextlib.suppress(OSError):
                connection.sendall(entry[:-100_000])

        stopped = [slow.send(post_head(len(entry))) for _ in range(80)]
        threads = [threading.Thread(target=stop_short, args=(connection,)) for connection in stopped]
        for thread in threads:
            thread.start()
        eventually(lambda: metric(impatient, 'logstream_memory_used_bytes{share="bodies"}') > 4_000_000, "bodies")
        for _ in range(5):
            assert status_of(other.send(post_head(len(entry)) + entry)) == 201
        statuses = [status_of(connection) for connection in stopped]
        assert set(statuses) <= {408, 503}
        assert 408 in statuses
        for thread in threads:
            thread.join()
        assert impatient.post(entry).status_code == 201
        assert most_memory(impatient) < MEMORY_MAX


def test_many_viewers_of_one_address_leave_room_for_others(server: Server) -> None:
    with contextlib.ExitStack() as stack:
        many, other = Peer(stack, server.http_port), Peer(stack, server.http_port, "127.0.0.2")
        viewers = [many.send(get("/api/logs/stream")) for _ in range(700)]
        statuses = [status_of(viewer) for viewer in viewers]
        assert set(statuses) == {200, 503}
        assert statuses.count(200) > 400
        assert status_of(other.send(get("/api/logs/stream"))) == 200
        refused = many.send(get("/api/logs/stream")).recv(65536)
        assert b"retry-after: " in refused
        assert b"too many viewers for MEMORY_MAX" in refused
    eventually(lambda: metric(server, "logstream_viewers") == 0, "the viewers to go")
    assert metric(server, 'logstream_memory_used_bytes{share="viewers"}') == 0


@pytest.mark.timeout(120)
def test_trailers_and_chunk_extensions_take_no_memory(server: Server) -> None:
    before = most_memory(server)
    with contextlib.ExitStack() as stack:
        peer = Peer(stack, server.http_port)
        head = b"POST /api/logs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        for start in (b"1\r\n1\r\n0\r\n", b"1;"):
            connection = peer.send(head + start)
            with pytest.raises(OSError):  # noqa: PT012 -- some send fails: the server has ended the connection
                while True:
                    connection.sendall(b"X-Trailer: " + b"x" * 65_000 + (b"\r\n" if start[:2] == b"1\r" else b""))
    assert most_memory(server) - before < 20_000_000
