"""A real server for tests: a process of its own, on free ports, in a temporary folder, ended with the test."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

WAIT = 30.0


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on at this moment."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]
    finally:
        for one in sockets:
            one.close()


class Server:
    """`logstream serve`, started with the given settings; settings of the caller's environment don't reach it."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.log_path = Path(settings.get("LOG_PATH", str(folder / "logs")))
        self.http_port, self.ws_port = free_ports(2)
        self.settings = {
            "HOST": "127.0.0.1",
            "HTTP_PORT": str(self.http_port),
            "WS_PORT": str(self.ws_port),
            "LOG_PATH": str(self.log_path),
            **settings,
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.log_file = folder / "server.log"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def ws_url(self) -> str:
        return f"ws://127.0.0.1:{self.ws_port}"

    @property
    def log(self) -> str:
        """What the server has written to standard error, over all of its starts."""
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def start(self) -> "Server":
        self.folder.mkdir(parents=True, exist_ok=True)
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "logstream", "serve"],
                env={**kept, **self.settings},
                cwd=self.folder,
                stdout=log,
                stderr=log,
            )
        eventually(self._is_up, f"the server to come up:\n{self.log}")
        return self

    def _is_up(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(f"the server ended with {self.process.returncode}:\n{self.log}")
        try:
            return httpx.get(f"{self.url}/api/health", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def stop(self) -> int:
        """End it as an operator would; returns the exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once, with no chance to tidy up."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> int:
        if self.process is None:
            return 0
        self.process.send_signal(how)
        try:
            code = self.process.wait(WAIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"the server did not end on {how.name}:\n{self.log}") from None
        self.process = None
        return code

    def post(self, body: Any, path: str = "/api/logs", **options: Any) -> httpx.Response:
        """POST JSON (or bytes as they are)."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return httpx.post(self.url + path, content=content, timeout=WAIT, **options)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return httpx.get(self.url + path, timeout=WAIT, **options)

    def search(self, **filters: Any) -> dict[str, Any]:
        answer = self.get("/api/logs", params=filters)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def all_entries(self, **filters: Any) -> list[dict[str, Any]]:
        """Everything that matches, page by page."""
        entries: list[dict[str, Any]] = []
        while True:
            page = self.search(limit=1000, offset=len(entries), **filters)
            entries += page["entries"]
            if len(page["entries"]) < 1000:
                return entries

    def journal_lines(self) -> list[bytes]:
        """Every line of every day file."""
        lines: list[bytes] = []
        for path in sorted(self.log_path.glob("*/*/*.jsonl")):
            data = path.read_bytes()
            assert data.endswith(b"\n") or not data, path
            lines += data.splitlines()
        return lines


@contextlib.contextmanager
def running(folder: Path, **settings: str) -> Iterator[Server]:
    """A started server, ended at the end whatever happens."""
    server = Server(folder, **settings)
    try:
        yield server.start()
    finally:
        if server.process is not None:
            server.stop() if server.process.poll() is None else None


def eventually(condition: Any, what: str, seconds: float = WAIT) -> Any:
    """The first true value of `condition()`; fails when there is none in time."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s for {what}")
        time.sleep(0.01)
