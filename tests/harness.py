"""A real server for tests: a process of its own, on free ports, in a temporary folder, ended with the test."""

import asyncio
import contextlib
import itertools
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import asyncmy
import httpx

WAIT = 30.0
NO_TLS = ssl.create_default_context()
"""Shared by all requests, which are plain HTTP: httpx would make one for each, at 20 ms of processor time."""
ROOT = Path(__file__).parents[1]


PORTS = range(20_000, 32_000)
"""Below those that Linux gives to outgoing connections, which therefore never take one between choice and use."""


def _own_ports() -> Iterator[int]:
    """This process's share of PORTS, round and round. pytest-xdist's workers have a share each."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    share = PORTS[worker :: int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))]
    start = os.getpid() * 97 % len(share)  # another run on this machine starts elsewhere
    return itertools.cycle([*share[start:], *share[:start]])


_ports = _own_ports()


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on, and nobody else is given soon."""
    return [next(filter(_is_free, _ports)) for _ in range(count)]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


measuring: dict[str, str] = {}
"""What has a Python program measure its coverage; empty while that of the programs under test is not wanted."""


def inherited() -> dict[str, str]:
    """What the programs under test get of this process's environment: no settings, but whether coverage is measured."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ} | measuring


class Server:
    """`logstream serve`, started with the given settings; settings of the caller's environment don't reach it."""

    command: tuple[str, ...] = (sys.executable, "-m", "logstream", "serve")

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.log_path = Path(settings.get("LOG_PATH", str(folder / "logs")))
        self.http_port, self.ws_port = free_ports(2)
        self.settings = {
            "HOST": "127.0.0.1",
            "HTTP_PORT": str(self.http_port),
            "WS_PORT": str(self.ws_port),
            "LOG_PATH": str(self.log_path),
            "SPOOL_PATH": str(folder / "spool"),
            "COMPRESS_AFTER_DAYS": "-1",
            **settings,
        }
        self.registered: dict[str, str] = {}
        """The tokens of clients, by app_key."""
        self.admin_headers: dict[str, str] = {}
        self._registering = threading.Lock()
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
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(
                self.command,
                env={**inherited(), "PYTHONPATH": str(ROOT), **self.settings},
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
        connection = HTTPConnection("127.0.0.1", self.http_port, timeout=5)  # httpx takes ten times the processor time
        try:
            connection.request("GET", "/api/health")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

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

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Any request, as it is."""
        return httpx.request(method, self.url + path, **{"timeout": WAIT, "verify": NO_TLS, **options})

    def post(self, body: Any, path: str = "/api/logs", **options: Any) -> httpx.Response:
        """POST JSON (or bytes as they are).

        To a server with registered clients, entries are sent as the client of their app_key, which is registered if
        need be; those of several app_keys in several requests, whose answers are put together.
        """
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        if self.has_clients and path.startswith("/api/logs"):
            return self._post_as_clients(content, path, **options)
        return self.request("POST", path, content=content, **options)

    @property
    def has_clients(self) -> bool:
        return self.settings.get("STORAGE_TYPE") in ("mariadb", "clickhouse")

    def _post_as_clients(self, content: bytes, path: str, **options: Any) -> httpx.Response:
        given = {name.lower(): value for name, value in (options.pop("headers", None) or {}).items()}
        runs = _by_app_key(content, given, path)
        answers = []
        for app_key, part in runs:
            headers = {**given, **self.as_client(app_key)}
            if len(runs) > 1:
                headers["content-type"] = "application/x-ndjson"
            answers.append(self.request("POST", path, content=part, headers=headers, **options))
        if len(answers) == 1:
            return answers[0]
        assert {answer.status_code for answer in answers} == {201}, [answer.text for answer in answers]
        parts = [answer.json() for answer in answers]
        whole: dict[str, Any] = {"saved": sum(part["saved"] for part in parts)}
        if "entries" in parts[0]:
            whole["entries"] = [entry for part in parts for entry in part["entries"]]
        return httpx.Response(201, json={**whole, "errors": None})

    def as_client(self, app_key: str) -> dict[str, str]:
        """The headers of the client with this app_key, registered if need be; none where there are no clients."""
        if not self.has_clients:
            return {}
        with self._registering:
            return self._as_client(app_key)

    def _as_client(self, app_key: str) -> dict[str, str]:
        if app_key not in self.registered:
            client = {"name": app_key, "app_key": app_key}
            added = self.request("POST", "/api/clients", json=client, headers=self.admin_headers)
            assert added.status_code == 201, added.text
            self.registered[app_key] = added.json()["api_token"]
        return {"x-api-key": app_key, "x-api-token": self.registered[app_key]}

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

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
        """Every line of every day file, or what lies in the database as such lines."""
        if "CLICKHOUSE_URL" in self.settings:
            return self._lines_of_clickhouse()
        if self.has_clients:
            if "NATS_URL" in self.settings:
                self.search(limit=1)  # answered once all is in the database
            return asyncio.run(self._lines_of_database())
        lines: list[bytes] = []
        for path in sorted(self.log_path.glob("*/*/*.jsonl")):
            data = path.read_bytes()
            assert data.endswith(b"\n") or not data, path
            lines += data.splitlines()
        return lines

    def _lines_of_clickhouse(self) -> list[bytes]:
        """Read without the server's own reading of rows, once all is there that was acknowledged."""
        self.search(limit=1)
        url = httpx.URL(self.settings["CLICKHOUSE_URL"])
        columns = "id, trace_id, batch_id, app_key, app_id, user_agent, level, category, message, context, "
        columns += "timestamp, created_at"
        answer = httpx.post(
            url.copy_with(path="/", username=None, password=None),
            params={"database": url.path.strip("/"), "date_time_output_format": "iso"},
            headers={"X-ClickHouse-User": url.username, "X-ClickHouse-Key": url.password},
            content=f"SELECT {columns} FROM log_entries ORDER BY timestamp, id FORMAT JSONEachRow",
            verify=NO_TLS,
        )
        assert answer.status_code == 200, answer.text
        lines = []
        for text in answer.text.splitlines():
            row = json.loads(text)
            context = row.pop("context")
            times = {name: row.pop(name) for name in ("timestamp", "created_at")}
            pairs = [f'"{key}":{json.dumps(value, ensure_ascii=False)}' for key, value in row.items()]
            pairs.append(f'"context":{context or "null"}')
            pairs += [f'"{key}":"{time[:23] + "Z" if time[23:26] == "000" else time}"' for key, time in times.items()]
            lines.append(("{" + ",".join(pairs) + "}").encode())
        return lines

    async def _lines_of_database(self) -> list[bytes]:
        """Read without the server's own reading of rows: only the form of times and of the context is put right."""
        names = ("DB_HOST", "DB_PORT", "DB_NAME", "DB_USER", "DB_PASS")
        host, port, name, user, password = (self.settings[setting] for setting in names)
        connection = await asyncmy.connect(host=host, port=int(port), db=name, user=user, password=password)
        try:
            cursor = connection.cursor()
            await cursor.execute(
                "SELECT id, trace_id, batch_id, app_key, app_id, user_agent, level, category, "
                "coalesce(message_whole, message), context, timestamp, created_at "
                "FROM log_entries ORDER BY timestamp, id"
            )
            rows = await cursor.fetchall()
        finally:
            connection.close()
        lines = []
        for row in rows:
            *fields, context, timestamp, created_at = row
            times = [
                moment.isoformat(timespec="microseconds" if moment.microsecond % 1000 else "milliseconds") + "Z"
                for moment in (timestamp, created_at)
            ]
            texts = [json.dumps(field, ensure_ascii=False, separators=(",", ":")) for field in fields]
            keys = ("id", "trace_id", "batch_id", "app_key", "app_id", "user_agent", "level", "category", "message")
            pairs = [f'"{key}":{text}' for key, text in zip(keys, texts, strict=True)]
            pairs += [f'"context":{context or "null"}', f'"timestamp":"{times[0]}"', f'"created_at":"{times[1]}"']
            lines.append(("{" + ",".join(pairs) + "}").encode())
        return lines


def _by_app_key(content: bytes, headers: dict[str, str], path: str) -> list[tuple[str, bytes]]:
    """A body by the app_keys that its entries state: itself, unless there are several."""
    lines = headers.get("content-type", "") == "application/x-ndjson"
    common = str(httpx.URL(path).params.get("app_key") or headers.get("x-app-key") or "client")
    try:
        body = [json.loads(line) for line in content.splitlines()] if lines else json.loads(content)
    except (ValueError, RecursionError):
        return [(common, content)]
    frame = body if isinstance(body, dict) else {}
    entries = frame.get("logs", [frame]) if isinstance(body, dict) else body
    common = _usable(frame.get("app_key")) or common
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        return [(common, content)]
    keys = [_usable(entry.get("app_key")) or common for entry in entries]
    if len(set(keys)) <= 1:
        return [(keys[0] if keys else common, content)]
    rest = {name: value for name, value in frame.items() if name != "logs"}
    runs = itertools.groupby(zip(keys, entries, strict=True), key=lambda pair: pair[0])
    return [(key, b"\n".join(json.dumps({**rest, **entry}).encode() for _, entry in run)) for key, run in runs]


def _usable(app_key: Any) -> str | None:
    return app_key if isinstance(app_key, str) and 0 < len(app_key) <= 100 else None


@contextlib.contextmanager
def running(folder: Path, kind: type[Server] = Server, /, **settings: str) -> Iterator[Server]:
    """A started server, ended at the end whatever happens."""
    server = kind(folder, **settings)
    try:
        yield server.start()
    finally:
        if server.process is not None:
            server.stop() if server.process.poll() is None else None


def eventually(condition: Any, what: str, seconds: float = WAIT) -> Any:
    """The first true value of `condition()`; fails when there is none in time.

    The longer it has waited, the less often it asks: what is asked is often a server, which has other things to do.
    """
    began = time.monotonic()
    while True:
        value = condition()
        if value:
            return value
        waited = time.monotonic() - began
        if waited > seconds:
            raise AssertionError(f"waited {seconds} s for {what}")
        time.sleep(min(max(0.01, waited / 20), 0.05))
