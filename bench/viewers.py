"""Viewers from a process of their own: `python -m bench.viewers PORT COUNT stamped|plain`.

Plain sockets, a handshake by hand, and counting by searching each chunk for the start of an entry's frame: one core
takes and counts 3.5 to 4 million entries/s so, and no more than half of that header by header. Prints `ready`; answers
each line on standard input with a line of JSON that says what came since the one before; ends with its standard input.
"""

import base64
import json
import os
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Final

from bench.process import CLIENT, Failed, pinned
from bench.sender import DIGITS, SENT

ENTRY: Final = b'{"type":"log","data":{"id":"'
"""Cannot occur within an entry: there the quotes of a string are escaped, and no context has these keys."""

CARRY: Final = len(ENTRY) - 1
CHUNK: Final = 1 << 18
GAP: Final = b'"type":"gap"'
GAP_WATCHERS: Final = 4
"""How many viewers also look for gap frames: a second pass over every byte would cost as much as the first."""

PONG: Final = b"\x8a\x80\x00\x00\x00\x00"
PONG_EVERY: Final = 5.0
"""Seconds between unasked pongs (RFC 6455 section 5.5.3): a viewer counts as alive without reading frame by frame."""

LATENCY_SAMPLES: Final = 1_000_000


@dataclass
class Seen:
    """What all viewers together received since the question before."""

    viewers: int
    entries: int
    least: int
    """Entries of the viewer that got the fewest."""
    gaps: float
    """Gap frames per viewer, from GAP_WATCHERS of them."""
    closed: int
    seconds: float
    cpu: float
    """Share of one core."""
    p50_ms: float
    p99_ms: float
    """From POST to viewer: of the oldest entry in each chunk read; 0 unless stamped by bench.sender."""


BUFFER: Final = bytearray(CARRY + CHUNK)
VIEW: Final = memoryview(BUFFER)
"""Shared by all viewers, so that it stays in the processor's cache."""


class Viewer:
    __slots__ = ("closed", "entries", "gaps", "socket", "tail", "watches_gaps")

    def __init__(self, port: int, watches_gaps: bool) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.tail = b""
        """The end of the last chunk: too short to hold a whole ENTRY, so that none is counted twice."""
        self.entries = 0
        self.gaps = 0
        self.closed = False
        self.watches_gaps = watches_gaps
        self._shake_hands(port)
        self.socket.setblocking(False)

    def _shake_hands(self, port: int) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        answer = b""
        while b"\r\n\r\n" not in answer:
            chunk = self.socket.recv(4096)
            if not chunk:
                break
            answer += chunk
        if not answer.startswith(b"HTTP/1.1 101"):
            raise Failed(f"the WebSocket handshake was refused: {answer[:200]!r}")

    def read(self, stamped: bool) -> float | None:
        """Count what came. Returns the latency in ms of the oldest entry, if they are `stamped`."""
        carried = len(self.tail)
        BUFFER[:carried] = self.tail
        try:
            received = self.socket.recv_into(VIEW[carried:])
        except BlockingIOError:
            return None
        except ConnectionError:
            received = 0
        if not received:
            self.closed = True
            return None
        end = carried + received
        self.entries += BUFFER.count(ENTRY, 0, end)
        if self.watches_gaps:
            self.gaps += BUFFER.count(GAP, max(0, carried - len(GAP) + 1), end)
        self.tail = bytes(VIEW[max(0, end - CARRY) : end])
        latency = None
        if stamped:
            at = BUFFER.find(SENT, 0, end) + len(SENT)
            if at >= len(SENT) and at + DIGITS <= end:
                latency = (time.monotonic_ns() - int(BUFFER[at : at + DIGITS])) / 1e6
        return latency


def watch(port: int, count: int, stamped: bool) -> None:
    viewers = [Viewer(port, number < GAP_WATCHERS) for number in range(count)]
    selector = selectors.DefaultSelector()
    for viewer in viewers:
        selector.register(viewer.socket, selectors.EVENT_READ, viewer)
    selector.register(sys.stdin, selectors.EVENT_READ, None)
    print("ready", flush=True)
    latencies: list[float] = []
    counted = [0] * count
    gaps_counted = 0
    since, cpu, pong_due = time.monotonic(), time.process_time(), time.monotonic()
    while True:
        for key, _ in selector.select(1):
            viewer = key.data
            if viewer is not None:
                latency = viewer.read(stamped)
                if latency is not None and len(latencies) < LATENCY_SAMPLES:
                    latencies.append(latency)
                if viewer.closed:
                    selector.unregister(viewer.socket)
                continue
            if not sys.stdin.readline():
                return
            now, used = time.monotonic(), time.process_time()
            news = [viewer.entries - before for viewer, before in zip(viewers, counted, strict=True)]
            gaps = sum(viewer.gaps for viewer in viewers)
            latencies.sort()
            seen = Seen(
                viewers=count,
                entries=sum(news),
                least=min(news),
                gaps=(gaps - gaps_counted) / min(count, GAP_WATCHERS),
                closed=sum(viewer.closed for viewer in viewers),
                seconds=now - since,
                cpu=(used - cpu) / (now - since),
                p50_ms=latencies[len(latencies) // 2] if latencies else 0.0,
                p99_ms=latencies[int(len(latencies) * 0.99)] if latencies else 0.0,
            )
            print(json.dumps(asdict(seen)), flush=True)
            latencies.clear()
            counted = [viewer.entries for viewer in viewers]
            gaps_counted, since, cpu = gaps, now, used
        if time.monotonic() > pong_due:
            pong_due = time.monotonic() + PONG_EVERY
            for viewer in viewers:
                if not viewer.closed:
                    viewer.socket.send(PONG)


class Viewers:
    """The process, while it runs."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise Failed("the viewers ended early")
        return line

    def wait(self) -> None:
        """Until all are connected."""
        self._line()

    def seen(self) -> Seen:
        """What came since the last time this was asked."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return Seen(**json.loads(self._line()))


@contextmanager
def watching(port: int, count: int, *, stamped: bool) -> Iterator[Viewers]:
    command = [sys.executable, "-m", "bench.viewers", str(port), str(count), "stamped" if stamped else "plain"]
    with subprocess.Popen(pinned(CLIENT, command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            viewers = Viewers(process)
            viewers.wait()
            yield viewers
        finally:
            process.kill()


if __name__ == "__main__":
    watch(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "stamped")
