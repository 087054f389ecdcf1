"""A server of its own for each measurement: a fresh folder, free ports, and its end guaranteed."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

CORES: Final = sorted(os.sched_getaffinity(0))
SERVER: Final = CORES[:1]
CLIENT: Final = CORES[-1:]
"""The server gets the first core and everything that measures it the last, unless a row says otherwise."""

KEPT: Final = ("PATH", "HOME", "LANG", "TMPDIR")
"""What the server gets of this environment: no setting of the person who measures."""


def pinned(cores: list[int], command: list[str]) -> list[str]:
    return ["taskset", "-c", ",".join(map(str, cores)), *command]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Failed(Exception):
    """A measurement could not be made; the text says why."""


class Client:
    """One keep-alive connection."""

    def __init__(self, port: int, timeout: float = 120) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)

    def request(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        headers = {"Content-Type": "application/json"} if body is not None else {}
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

    def get(self, path: str) -> dict[str, Any]:
        status, body = self.request("GET", path)
        if status != 200:
            raise Failed(f"GET {path}: {status} {body[:200]!r}")
        answer: dict[str, Any] = json.loads(body)
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


class Server:
    """A running server, on these cores."""

    def __init__(
        self, folder: Path, cores: list[int], settings: dict[str, str] | None = None, port: int | None = None
    ) -> None:
        self.folder = folder
        self.http_port = port or free_port()
        self.ws_port = free_port()
        self._log = folder.parent / "server.log"
        environment = {name: value for name, value in os.environ.items() if name in KEPT}
        environment |= {
            "HOST": "127.0.0.1",
            "HTTP_PORT": str(self.http_port),
            "WS_PORT": str(self.ws_port),
            "LOG_PATH": str(folder),
            "SPOOL_PATH": str(folder / "spool"),
            **(settings or {}),
        }
        self.started = time.monotonic()
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                pinned(cores, [sys.executable, "-m", "logstream", "serve"]),
                env=environment,
                cwd=folder.parent,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    def wait(self, seconds: float = 60) -> None:
        """Until the server answers."""
        while time.monotonic() < self.started + seconds:
            if self._process.poll() is not None:
                raise Failed(f"the server ended with {self._process.returncode}: {self.last_words()}")
            client = Client(self.http_port, timeout=5)
            try:
                client.get("/api/health")
                return
            except (OSError, http.client.HTTPException, Failed):
                time.sleep(0.05)
            finally:
                client.close()
        raise Failed(f"the server did not answer within {seconds:.0f} s: {self.last_words()}")

    def last_words(self) -> str:
        return self._log.read_text("utf-8", "replace")[-2000:].strip()

    def cpu_seconds(self) -> float:
        """User and system time used so far (proc_pid_stat(5), fields 14 and 15)."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_bytes(self) -> int:
        """The most memory it held so far."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))

    def resident_bytes(self) -> int:
        """The memory it holds now."""
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def open_files(self) -> int:
        return len(os.listdir(f"/proc/{self._process.pid}/fd"))

    def kill(self) -> None:
        """End it as a power cut would, but for what the kernel has."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """An empty journal folder, under TMPDIR."""
    with tempfile.TemporaryDirectory(prefix="logstream-bench-") as name:
        folder = Path(name) / "logs"
        folder.mkdir()
        yield folder


@contextmanager
def running_server(folder: Path, cores: list[int], settings: dict[str, str] | None = None) -> Iterator[Server]:
    server = Server(folder, cores, settings)
    try:
        server.wait()
        yield server
    finally:
        server.stop()
