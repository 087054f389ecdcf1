"""What is fuzzed: each target has good inputs, and says what must hold for any."""

import asyncio
import contextlib
import gzip
import hashlib
import json
import shutil
import socket
import zlib
from abc import ABC, abstractmethod
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import ClassVar, Final
from urllib.parse import quote

import zstandard
from msgspec import Raw

from logstream.entries.entry import encode_lines
from logstream.stores.file.store import FileStore
from tests.harness import Server
from tests.live.client import BINARY, CLOSE, CONTINUATION, PING, TEXT, handshake, masked
from tests.stores.folder import entry, export

SECONDS: Final = 20
"""What takes longer hangs."""


class Target(ABC):
    """Something that takes bytes."""

    name: ClassVar[str]
    share: ClassVar[int]
    """How many of 100 inputs go here."""

    good: ClassVar[list[bytes]]

    def __init__(self, server: Server, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self._connection: HTTPConnection | None = None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    @abstractmethod
    def take(self, data: bytes) -> None:
        """Try one input. Raises AssertionError or TimeoutError when something is wrong."""

    def ask(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> int:
        """The status of the answer, over a connection that is kept."""
        answer: HTTPResponse | None = None
        for _ in range(2):  # the server may have closed the connection after the last answer
            connection = self._connection or HTTPConnection("127.0.0.1", self.server.http_port, timeout=SECONDS)
            self._connection = None
            try:
                connection.request(method, path, body, headers or {})
                answer = connection.getresponse()
                answer.read()
            except ConnectionError:
                connection.close()
                continue
            if answer.will_close:
                connection.close()
            else:
                self._connection = connection
            break
        assert answer is not None, "the connection was closed without an answer"
        assert answer.status < 500, f"{answer.status} for {method} {path}"
        return answer.status


_BATCH: Final = {
    "app_key": "shop",
    "app_id": "production",
    "logs": [
        {"message": "grüße 😀", "level": "error", "context": {"a": {"b": [1, 2.5, None]}}, "trace_id": "t" * 36},
        {"message": "b", "timestamp": "2026-01-15T14:22:00.123Z", "batch_id": 7, "odd": 1e300, "level": 30},
    ],
}
_LINES: Final = b'{"app_key":"a","app_id":"b","message":"x"}\n{"app_key":"a","app_id":"b","msg":"y","level":40}\n'


class Bodies(Target):
    """Requests to store; the first byte chooses the headers."""

    name = "bodies"
    share = 40
    headers: ClassVar[list[dict[str, str]]] = [
        {"Content-Type": "application/json"},
        {"Content-Type": "application/x-ndjson"},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        {"Content-Type": "application/json", "Content-Encoding": "zstd"},
        {"Content-Type": "application/json", "Content-Encoding": "deflate"},
        {"Content-Type": "application/json", "Content-Encoding": "br"},
        {"Content-Type": "application/json", "Prefer": "return=minimal", "Idempotency-Key": "fuzz"},
    ]
    good: ClassVar[list[bytes]] = [
        b"\0" + json.dumps(_BATCH).encode(),
        b"\0" + json.dumps(_BATCH["logs"]).encode(),
        b"\0" + json.dumps({"app_key": "a", "app_id": "b", "message": "one"}).encode(),
        b"\x01" + _LINES,
        b"\x02" + _LINES,
        b"\x03" + gzip.compress(json.dumps(_BATCH).encode(), mtime=0) * 2,
        b"\x04" + zstandard.compress(json.dumps(_BATCH).encode()),
        b"\x05" + zlib.compress(json.dumps(_BATCH).encode()),
        b"\x07" + json.dumps(_BATCH).encode(),
    ]

    def take(self, data: bytes) -> None:
        self.ask("POST", "/api/logs", data[1:], self.headers[(data or b"\0")[0] % len(self.headers)])


class Queries(Target):
    """What comes behind the question mark of a search; values are escaped as browsers do."""

    name = "queries"
    share = 15
    good: ClassVar[list[bytes]] = [
        b"level=error,critical&limit=10&offset=2&app_key=shop&context.a.b=1",
        b"date_from=2026-01-15T14:22:00.5Z&date_to=1768487000&min_level=warn&order=asc",
        b"search=gr\xc3\xbc\xc3\x9fe&category=general&trace_id=a\\,b,c&batch_id=7&user_agent=node",
        b"cursor=eyJhIjoxfQ&limit=1000&total=0&context.a/b=x",
    ]

    def take(self, data: bytes) -> None:
        self.ask("GET", "/api/logs?" + quote(data, safe="&=%+,.:/~-_*()"))


class Language(Target):
    """The search language."""

    name = "search language"
    share = 15
    good: ClassVar[list[bytes]] = [
        b'timeout OR "card declined" -level:debug',
        b"NOT (level:>=warning OR context.a:*) conn* *ion con*ion any:card",
        rb"/node-\d+/i app_key:a,b context.a.b:>=1.5 timestamp:>2026-01-15T14:22:00.001Z",
        b'context.x:null context.s:"" context.ip:10.0* message:"gr\xc3\xbc\xc3\x9fe"',
    ]

    def take(self, data: bytes) -> None:
        self.ask("GET", "/api/logs?limit=5&q=" + quote(data))


class Frames(Target):
    """What a viewer sends after the handshake; then it says that it sends no more, and the server must end too."""

    name = "WebSocket frames"
    share = 15
    good: ClassVar[list[bytes]] = [
        masked(TEXT, b'{"type":"subscribe","filter":{"level":"error","q":"a OR b","context.a":1}}'),
        masked(TEXT, b'{"type":"ping"}') + masked(PING, b"x") + masked(CLOSE, b"\x03\xe8bye"),
        masked(TEXT, b'{"type":', final=False) + masked(CONTINUATION, b'"stats"}') + masked(BINARY, b"\0" * 200),
        masked(TEXT, b'{"type":"unsubscribe"}' + b" " * 70_000),
    ]

    def take(self, data: bytes) -> None:
        at = ("127.0.0.1", self.server.http_port)
        with contextlib.suppress(ConnectionError), socket.create_connection(at, SECONDS) as connection:
            connection.sendall(handshake() + data)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass


_DAY: Final = encode_lines(
    [
        entry(
            f"line {number} grüße",
            id=f"01KEZY3R00{number:016}",
            context=Raw(b'{"a":{"b":1}}' if number % 2 else b"null"),
        )
        for number in range(20)
    ]
)


class Days(Target):
    """A day file that the store finds when it starts: every line that is whole is found."""

    name = "day files"
    share = 5
    good: ClassVar[list[bytes]] = [_DAY]
    ending: ClassVar[str] = ""

    def take(self, data: bytes) -> None:
        root = self.folder / f"{self.name} {hashlib.sha256(data).hexdigest()}"
        day = root / "2026" / "01" / f"01.jsonl{self.ending}"
        day.parent.mkdir(parents=True, exist_ok=True)
        day.write_bytes(data)
        found = asyncio.run(self._found(root))
        whole = self.whole_lines(data)
        assert whole <= set(found.splitlines()), whole - set(found.splitlines())
        shutil.rmtree(root)

    def whole_lines(self, data: bytes) -> set[bytes]:
        return set(data.split(b"\n")[:-1]) & set(_DAY.splitlines())

    async def _found(self, root: Path) -> bytes:
        store = FileStore(root)
        async with asyncio.timeout(SECONDS):
            await store.start()
            try:
                return await export(store)
            finally:
                await store.stop()


class CompressedDays(Days):
    """A compressed day that the store finds when it starts."""

    name = "compressed days"
    share = 5
    ending = ".zst"
    good: ClassVar[list[bytes]] = [zstandard.compress(_DAY), zstandard.compress(_DAY[:900]) + zstandard.compress(_DAY)]

    def whole_lines(self, data: bytes) -> set[bytes]:
        return set()


TARGETS: Final[tuple[type[Target], ...]] = (Bodies, Queries, Language, Frames, Days, CompressedDays)
