"""A server of its own for each measurement: a fresh folder, free ports, and its end guaranteed."""

import http.client
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from bench.bodies import native
from bench.process import Failed, Process, free_port

ROOT: Final = Path(__file__).parents[1]


class Client:
    """One keep-alive connection."""

    def __init__(self, port: int, timeout: float = 120) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)

    def request(
        self, method: str, path: str, body: bytes | None = None, more: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        headers = {**({"Content-Type": "application/json"} if body is not None else {}), **(more or {})}
        try:
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
        except ConnectionError:
            # the server closes a connection that was idle for seconds: only then is asking again harmless
            self._connection.close()
            if method != "GET":
                raise
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
        return answer.status, answer.read()

    def fetch(self, path: str) -> bytes:
        status, body = self.request("GET", path)
        if status != 200:
            raise Failed(f"GET {path}: {status} {body[:200]!r}")
        return body

    def get(self, path: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.fetch(path))
        return answer

    def total(self, query: str = "limit=1") -> int:
        return int(self.get(f"/api/logs?{query}")["total"])

    def settled_total(self) -> int:
        """How many entries are stored once nothing more comes: requests that a client left behind still count."""
        before = -1
        while before != (total := self.total()):
            before = total
            time.sleep(0.3)
        return total

    def close(self) -> None:
        self._connection.close()


class Server(Process):
    """A running server of this checkout, on these cores."""

    healthy = "/api/health"
    ingest = "/api/logs"

    def __init__(
        self, folder: Path, cores: list[int], settings: dict[str, str] | None = None, port: int | None = None
    ) -> None:
        port = port or free_port()
        self.ws_port = free_port()
        self._threads = folder.parent / "threads"
        self._threads.unlink(missing_ok=True)
        environment = {
            "PYTHONPATH": str(ROOT),
            "HOST": "127.0.0.1",
            "HTTP_PORT": str(port),
            "WS_PORT": str(self.ws_port),
            "LOG_PATH": str(folder),
            "SPOOL_PATH": str(folder / "spool"),
            **(settings or {}),
        }
        command = [sys.executable, "-m", "bench.named_threads", str(self._threads), "serve"]
        super().__init__(command, cores, folder, port, environment)

    def bodies(self, batch: int) -> Iterator[bytes]:
        return native(batch)

    def stored(self) -> int:
        """How many entries are found, once all that came can be."""
        client = Client(self.http_port)
        try:
            return client.total()
        finally:
            client.close()

    def kind_of_thread(self, thread: int) -> str:
        """The event loop, the name of a thread of Python's without numbers, or DuckDB for those that Python has not."""
        if thread == self._process.pid:
            return "event loop"
        names = dict(line.split(" ", 1) for line in self._threads.read_text().splitlines())
        return names.get(str(thread), "DuckDB").rstrip("0123456789_-")


@contextmanager
def temporary_folder(parent: Path | None = None) -> Iterator[Path]:
    """An empty journal folder, under TMPDIR unless told otherwise."""
    with tempfile.TemporaryDirectory(prefix="logstream-bench-", dir=parent) as name:
        folder = Path(name) / "logs"
        folder.mkdir()
        yield folder


@contextmanager
def running_server(
    folder: Path, cores: list[int], settings: dict[str, str] | None = None, port: int | None = None
) -> Iterator[Server]:
    server = Server(folder, cores, settings, port)
    try:
        server.wait()
        yield server
    finally:
        server.stop()
