"""A real ClickHouse for tests, one for each of pytest-xdist's workers: ended with the tests.

Where `clickhouse` is installed, its server; else the same engine behind tests/clickhouse_front.py.
LOGSTREAM_TEST_CLICKHOUSE=http://user:password@host:port names another one; the user must be allowed to create
databases, and only databases of random names are touched.
"""

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import httpx

from logstream.stores.clickhouse.address import Address, read_address
from tests.harness import NO_TLS, ROOT, WAIT, eventually, free_ports

USER = "default"
PASSWORD = "p@ss/word:%"


class ClickHouse:
    """Where a ClickHouse is, and a way to ask it."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        parts = urlsplit(self.url)
        self.port = parts.port or 8123
        self._address = f"{parts.scheme}://{parts.hostname}:{parts.port or 8123}/"
        self._headers = {
            "X-ClickHouse-User": unquote(parts.username or "default"),
            "X-ClickHouse-Key": unquote(parts.password or ""),
        }

    def ask(self, statement: str, database: str = "default") -> list[list[str]]:
        """Run one statement; returns its rows as texts."""
        answer = httpx.post(
            self._address,
            params={"database": database, "wait_end_of_query": "1"},
            content=statement.encode(),
            headers=self._headers,
            verify=NO_TLS,
            timeout=WAIT,
        )
        assert answer.status_code == 200, answer.text
        return [line.split("\t") for line in answer.text.splitlines()]

    @contextlib.contextmanager
    def database(self) -> Iterator[dict[str, str]]:
        """The settings for an empty database of its own, dropped at the end."""
        name = f"logstream_{secrets.token_hex(6)}"
        self.ask(f"CREATE DATABASE {name}")
        try:
            yield {"STORAGE_TYPE": "clickhouse", "CLICKHOUSE_URL": f"{self.url}/{name}"}
        finally:
            with contextlib.suppress(AssertionError, httpx.HTTPError):  # a test may have ended it for good
                self.ask(f"DROP DATABASE {name}")


def clickhouse_of(settings: dict[str, str]) -> Address:
    """The database of a server's settings."""
    return read_address(settings["CLICKHOUSE_URL"])


class OwnClickHouse(ClickHouse):
    """A ClickHouse of the test's own, which it may stop, kill, freeze and start again."""

    def __init__(self, folder: Path) -> None:
        (port,) = free_ports(1)
        super().__init__(f"http://{USER}:{quote(PASSWORD, safe='')}@127.0.0.1:{port}")
        self._folder = folder
        self.process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)

    def start(self) -> "OwnClickHouse":
        self.begin()
        eventually(self._answers, "ClickHouse to come up")
        return self

    def begin(self) -> None:
        """Start it without waiting until it answers."""
        with open(self._folder / "clickhouse.log", "ab") as log:
            self.process = subprocess.Popen(self._command(), stdout=log, stderr=log, cwd=self._folder)

    def _command(self) -> list[str]:
        server = shutil.which("clickhouse")
        if server is None:
            front = [sys.executable, str(ROOT / "tests/clickhouse_front.py")]
            return [*front, str(self._folder / "data"), str(self.port), USER, PASSWORD]
        users = self._folder / "users.xml"
        users.write_text(
            f"<clickhouse><profiles><default/></profiles><quotas><default/></quotas><users><{USER}>"
            f"<password>{PASSWORD}</password><networks><ip>127.0.0.1</ip></networks><profile>default</profile>"
            f"<quota>default</quota></{USER}></users></clickhouse>"
        )
        config = self._folder / "config.xml"
        config.write_text(
            f"<clickhouse><http_port>{self.port}</http_port><listen_host>127.0.0.1</listen_host>"
            f"<path>{self._folder}/data/</path><users_config>{users}</users_config>"
            "<mark_cache_size>100000000</mark_cache_size></clickhouse>"
        )
        return [server, "server", f"--config-file={config}"]

    def _answers(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError((self._folder / "clickhouse.log").read_text()[-3000:])
        try:
            return self.ask("SELECT 1") == [["1"]]
        except httpx.HTTPError:
            return False

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        """SIGTERM, or SIGKILL: no chance to tidy up."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(WAIT)
            self.process = None

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """It takes connections, and says nothing."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)


@contextlib.contextmanager
def clickhouse_for_tests(folder: Path) -> Iterator[ClickHouse]:
    """The one of LOGSTREAM_TEST_CLICKHOUSE, else one of our own."""
    url = os.environ.get("LOGSTREAM_TEST_CLICKHOUSE")
    if url:
        yield ClickHouse(url)
        return
    own = OwnClickHouse(folder)
    try:
        yield own.start()
    finally:
        own.end()
