"""Viewers whose connection is cut again and again see every entry once, in the order of the journal."""

import json
import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from logstream.live.resume import MAX_RESUMED
from tests.harness import WAIT, Server, eventually, running
from tests.live.client import CLOSE, LOG_START, handshake, split_frames

pytestmark = pytest.mark.heavy

CUTS = 100
PER_SECOND = 5000
BATCH = 50


class Sender:
    """Posts numbered entries, PER_SECOND of them, until told to stop; goes on after a restart of the server.

    Waits for followers that are far behind, on a slow machine: what MAX_RESUMED leaves out is not what is tested.
    """

    def __init__(self, server: Server, followers: "list[Follower]") -> None:
        self._server = server
        self._followers = followers
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.accepted = 0
        self.refused = 0

    def _run(self) -> None:
        with httpx.Client(timeout=WAIT) as client:
            due = time.monotonic()
            while not self._stopped.is_set():
                if self.accepted - min(len(follower.lines) for follower in self._followers) > MAX_RESUMED // 2:
                    self._stopped.wait(0.005)
                    continue
                logs = [
                    {"message": f"entry {self.accepted + n}", "context": {"n": n, "rate": 1.50}} for n in range(BATCH)
                ]
                try:
                    body = {"app_key": "load", "app_id": "x", "logs": logs}
                    answer = client.post(
                        f"{self._server.url}/api/logs", json=body, headers={"Prefer": "return=minimal"}
                    )
                    answer.raise_for_status()
                    self.accepted += BATCH
                except httpx.HTTPError:
                    self.refused += BATCH
                    self._stopped.wait(0.02)
                due = max(due + BATCH / PER_SECOND, time.monotonic() - 0.5)
                self._stopped.wait(due - time.monotonic())

    def __enter__(self) -> "Sender":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()


class Follower:
    """What a client does: it takes entries, remembers the last, and after a cut asks for what came after it."""

    def __init__(self, server: Server, name: str) -> None:
        self.server = server
        self.name = name
        self.lines: list[bytes] = []
        self.gaps: list[bytes] = []
        self.cuts = 0
        self._chance = random.Random(name)

    @property
    def ids(self) -> list[str]:
        """Of all that came, in its order."""
        return [str(json.loads(line)["id"]) for line in self.lines]

    @property
    def last_id(self) -> str:
        return str(json.loads(self.lines[-1])["id"]) if self.lines else "00000000000000000000000000"

    def follow(self, until: threading.Event) -> None:
        """Connect and be cut at random moments."""
        while not until.is_set() or self.cuts < CUTS:
            try:
                with closing(self._connect()) as connection:
                    self._read(connection, time.monotonic() + self._chance.uniform(0, 0.12))
                self.cuts += 1
            except OSError:
                time.sleep(0.01)  # the server restarts

    def catch_up(self, last: bytes) -> None:
        """One more connection, until the last entry has come."""
        with closing(self._connect()) as connection:
            self._read(connection, time.monotonic() + WAIT, last)
        assert self.lines[-1] == last

    def _connect(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.server.http_port), timeout=5)
        try:
            connection.sendall(self._request())
        except OSError:
            connection.close()
            raise
        return connection

    def _read(self, connection: socket.socket, until: float, last: bytes | None = None) -> None:
        data = b""
        while (left := until - time.monotonic()) > 0:
            connection.settimeout(left)
            try:
                chunk = connection.recv(self._chance.choice([100, 5_000, 200_000]))
            except TimeoutError:
                return
            if not chunk:
                raise ConnectionError
            data = self._parse(data + chunk)
            if last is not None and self.lines[-1:] == [last]:
                return

    def _request(self) -> bytes:
        raise NotImplementedError

    def _parse(self, data: bytes) -> bytes:
        """Take what is whole; returns the rest."""
        raise NotImplementedError


class WebSocketFollower(Follower):
    def _request(self) -> bytes:
        return handshake(f"/ws?after={self.last_id}")

    def _parse(self, data: bytes) -> bytes:
        if data.startswith(b"HTTP/1.1 1"):
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                return head
        rest = b""
        for first, payload in split_frames(data):
            if first == -1:
                rest = payload
            elif first & 15 == CLOSE:
                raise ConnectionError
            elif payload.startswith(LOG_START):
                self.lines.append(payload[len(LOG_START) : -1])
            else:
                if b'"gap"' in payload:
                    self.gaps.append(payload)
                assert b'"error"' not in payload
        return rest


class EventStreamFollower(Follower):
    def __init__(self, server: Server, name: str) -> None:
        super().__init__(server, name)
        self._body = b""

    def _connect(self) -> socket.socket:
        self._body = b""
        return super()._connect()

    def _request(self) -> bytes:
        return f"GET /api/logs/stream HTTP/1.1\r\nHost: x\r\nLast-Event-ID: {self.last_id}\r\n\r\n".encode()

    def _parse(self, data: bytes) -> bytes:
        if data.startswith(b"HTTP/1.1 "):
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                return head
            assert head.startswith(b"HTTP/1.1 200"), head
        data = self._unchunk(data)
        *events, self._body = self._body.split(b"\n\n")
        for event in events:
            fields = dict(line.split(b": ", 1) for line in event.split(b"\n"))
            if fields.get(b"event") == b"log":
                assert fields[b"id"].decode() == json.loads(fields[b"data"])["id"]
                self.lines.append(fields[b"data"])
            if fields.get(b"event") == b"gap":
                self.gaps.append(fields[b"data"])
        return data

    def _unchunk(self, data: bytes) -> bytes:
        while True:
            size, end, rest = data.partition(b"\r\n")
            length = int(size, 16) if end else -1
            if length == 0:
                raise ConnectionError
            if length < 0 or len(rest) < length + 2:
                return data
            self._body += rest[:length]
            data = rest[length + 2 :]


@contextmanager
def following(followers: list[Follower], stop: threading.Event) -> Iterator[None]:
    threads = [threading.Thread(target=follower.follow, args=(stop,)) for follower in followers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def assert_complete(server: Server, followers: list[Follower]) -> None:
    lines = server.journal_lines()
    for follower in followers:
        follower.catch_up(lines[-1])
        assert follower.gaps == []
        assert len(follower.lines) == len(lines), follower.name
        assert follower.lines == lines, follower.name


@pytest.mark.timeout(240)
def test_a_hundred_cuts_at_5000_entries_a_second_lose_and_double_nothing(server: Server) -> None:
    followers: list[Follower] = [WebSocketFollower(server, "websocket"), EventStreamFollower(server, "events")]
    stop = threading.Event()
    with Sender(server, followers) as sender, following(followers, stop):
        eventually(lambda: min(follower.cuts for follower in followers) >= CUTS, "a hundred cuts", 120)
    assert sender.refused == 0
    assert len(server.journal_lines()) == sender.accepted
    assert_complete(server, followers)


@pytest.mark.timeout(240)
def test_restarts_and_crashes_of_the_server_lose_and_double_nothing(tmp_path: Path) -> None:
    with running(tmp_path / "server") as server:
        followers: list[Follower] = [WebSocketFollower(server, "websocket"), EventStreamFollower(server, "events")]
        stop = threading.Event()
        with Sender(server, followers) as sender, following(followers, stop):
            for end in (server.stop, server.kill, server.stop, server.kill):
                target = sender.accepted + 1000
                eventually(lambda target=target: sender.accepted >= target, "entries")
                end()
                server.start()
        assert_complete(server, followers)
