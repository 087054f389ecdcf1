"""Posts at full speed from a process of its own: on each connection, the next request follows the answer to the last.

One thread and plain sockets: a request costs some 20 µs, so that one core keeps any server busy, and answers are only
looked at for their status and length. What is under way at the end is waited for, so nothing is left uncertain.
"""

import json
import resource
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from bench.bodies import Live, read_bodies
from bench.process import Failed, pinned

CHUNK: Final = 1 << 18
PATIENCE: Final = 30.0
"""Seconds without any answer, after which those under way count as broken."""


@dataclass
class Run:
    """What was answered, and what sending took."""

    requests: int
    seconds: float
    refused: int
    """Answers other than 2xx."""
    broken: int
    """Requests without an answer."""
    p50_ms: float
    p99_ms: float
    client_cpu: float
    """The share of one core that sending took: near 1.0 the client was the bottleneck."""

    @property
    def accepted(self) -> int:
        return self.requests - self.refused


class Connection:
    """One request at a time, over and over."""

    __slots__ = ("began", "rest", "seen", "socket", "to_send")

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.to_send = memoryview(b"")
        self.seen = b""
        """The head of an answer that isn't all there."""
        self.rest = 0
        """Bytes of an answer's body still to come."""
        self.began = 0.0

    def post(self, request: bytes) -> None:
        self.began = time.perf_counter()
        self.to_send = memoryview(request)
        self.write()

    def write(self) -> None:
        try:
            while self.to_send:
                self.to_send = self.to_send[self.socket.send(self.to_send) :]
        except BlockingIOError:
            pass

    def read(self) -> int | None:
        """The status once an answer is there as a whole; 0 when the connection was closed."""
        try:
            data = self.socket.recv(CHUNK)
        except BlockingIOError:
            return None
        except ConnectionError:
            return 0
        if not data:
            return 0
        if self.rest:
            self.rest -= len(data)
        else:
            self.seen += data
            end = self.seen.find(b"\r\n\r\n") + 4
            if end < 4:
                return None
            self.rest = _length(self.seen[:end]) - (len(self.seen) - end)
        if self.rest:
            return None
        status, self.seen = int(self.seen[9:12]), b""
        return status


def _length(head: bytes) -> int:
    name = b"\r\ncontent-length:"
    at = head.lower().find(name)
    if at < 0:
        return 0  # as of a 204
    return int(head[at + len(name) : head.index(b"\r\n", at + 2)])


def post(url: str, bodies: list[bytes], connections: int, seconds: float, headers: Mapping[str, str]) -> Run:
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    head = f"POST {target} HTTP/1.1\r\nHost: {parts.netloc}\r\n{lines}Content-Length: %d\r\n\r\n".encode()
    requests = [Live(body, head) for body in bodies]
    selector = selectors.DefaultSelector()
    turn = refused = broken = 0
    times: list[float] = []
    both = selectors.EVENT_READ | selectors.EVENT_WRITE

    def go_on(connection: Connection) -> None:
        nonlocal turn
        connection.post(bytes(requests[turn % len(requests)]))
        turn += 1
        if connection.to_send:
            selector.modify(connection.socket, both, connection)

    opened = [Connection(parts.hostname, parts.port) for _ in range(connections)]
    for connection in opened:
        selector.register(connection.socket, selectors.EVENT_READ, connection)
    cpu_before = resource.getrusage(resource.RUSAGE_SELF)
    began = time.perf_counter()
    deadline = began + seconds
    for connection in opened:
        go_on(connection)
    under_way, last = connections, began
    while under_way:
        ready = selector.select(PATIENCE)
        now = time.perf_counter()
        if not ready:
            broken += under_way
            break
        for key, events in ready:
            connection = key.data
            if events & selectors.EVENT_WRITE:
                connection.write()
                if not connection.to_send:
                    selector.modify(connection.socket, selectors.EVENT_READ, connection)
            if not events & selectors.EVENT_READ or (status := connection.read()) is None:
                continue
            if not status:
                broken += 1
                under_way -= 1
                selector.unregister(connection.socket)
                continue
            last = time.perf_counter()
            times.append((last - connection.began) * 1000)
            refused += not 200 <= status < 300
            if now < deadline:
                go_on(connection)
            else:
                under_way -= 1
    cpu = resource.getrusage(resource.RUSAGE_SELF)
    for connection in opened:
        connection.socket.close()
    times.sort()
    took = max(last - began, 1e-9)
    used = cpu.ru_utime + cpu.ru_stime - cpu_before.ru_utime - cpu_before.ru_stime
    p50, p99 = (times[int(len(times) * share)] if times else 0.0 for share in (0.5, 0.99))
    return Run(len(times), took, refused, broken, p50, p99, used / took)


def at_full_speed(
    url: str, bodies: Path, connections: int, seconds: float, cores: list[int], headers: Mapping[str, str] | None = None
) -> Run:
    """Post the bodies of a file in turn to an address, in a process of its own on these cores."""
    sent_headers = {"Content-Type": "application/json", **(headers or {})}
    arguments = [url, str(bodies), str(connections), str(seconds), json.dumps(sent_headers)]
    answer = subprocess.run(
        pinned(cores, [sys.executable, "-m", "bench.full_speed", *arguments]),
        capture_output=True,
        text=True,
        timeout=seconds + 2 * PATIENCE,
        check=False,
    )
    if answer.returncode or not answer.stdout:
        raise Failed(f"sending ended with {answer.returncode}: {answer.stderr.strip() or answer.stdout.strip()}")
    return Run(**json.loads(answer.stdout.splitlines()[-1]))


def main() -> None:
    url, bodies, connections, seconds, headers = sys.argv[1:]
    run = post(url, read_bodies(Path(bodies)), int(connections), float(seconds), json.loads(headers))
    print(json.dumps(asdict(run)))


if __name__ == "__main__":
    main()
