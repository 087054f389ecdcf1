"""A real MariaDB for tests, one for each of pytest-xdist's workers: a data directory of its own, ended with the tests.

LOGSTREAM_TEST_MARIADB=mariadb://user:password@host:port names another one; the user must be allowed to create
databases and users, and only databases of random names are touched.
"""

import asyncio
import contextlib
import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import asyncmy

from logstream.stores.mariadb.address import Address
from tests.harness import WAIT, eventually, free_ports

USER = "logstream_test"
PASSWORD = "p@ss/word:%"


class MariaDb:
    """Where a MariaDB server is, and a way to ask it."""

    def __init__(self, host: str, port: int, user: str, password: str) -> None:
        self.host, self.port = host, port
        self._user, self._password = user, password

    def ask(self, statement: str, *values: Any, database: str | None = None) -> list[tuple[Any, ...]]:
        """Run one statement as administrator; returns its rows."""

        async def run() -> list[tuple[Any, ...]]:
            connection = await asyncmy.connect(
                host=self.host, port=self.port, user=self._user, password=self._password, db=database, autocommit=True
            )
            try:
                cursor = connection.cursor()
                await cursor.execute(statement, values or None)
                rows = list(await cursor.fetchall())
                await cursor.close()
                return rows
            finally:
                connection.close()

        with ThreadPoolExecutor(1) as thread:  # Playwright keeps an event loop running in this one
            return thread.submit(lambda: asyncio.run(run())).result()

    @contextlib.contextmanager
    def database(self) -> Iterator[dict[str, str]]:
        """The settings for an empty database of its own, dropped at the end."""
        name = f"logstream_{secrets.token_hex(6)}"
        self.ask(f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")
        self.ask(f"CREATE USER IF NOT EXISTS '{USER}'@'%' IDENTIFIED BY '{PASSWORD}'")
        self.ask(f"GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX ON {name}.* TO '{USER}'@'%'")
        try:
            yield {
                "STORAGE_TYPE": "mariadb",
                "DB_HOST": self.host,
                "DB_PORT": str(self.port),
                "DB_NAME": name,
                "DB_USER": USER,
                "DB_PASS": PASSWORD,
            }
        finally:
            with contextlib.suppress(Exception):  # a test may have ended the database for good
                self.ask(f"DROP DATABASE {name}")


def address_of(settings: dict[str, str]) -> Address:
    """The database of a server's settings."""
    names = ("DB_HOST", "DB_PORT", "DB_NAME", "DB_USER", "DB_PASS")
    host, port, name, user, password = (settings[setting] for setting in names)
    return Address(host, int(port), name, user, password)


def through(settings: dict[str, str], port: int) -> dict[str, str]:
    """What makes a server reach the database of these settings by another port of this machine."""
    if "CLICKHOUSE_URL" not in settings:
        return {"DB_HOST": "127.0.0.1", "DB_PORT": str(port)}
    parts = urlsplit(settings["CLICKHOUSE_URL"])
    user = parts.netloc.rpartition("@")[0]
    return {"CLICKHOUSE_URL": parts._replace(netloc=f"{user}@127.0.0.1:{port}").geturl()}


class OwnMariaDb(MariaDb):
    """A mariadbd of the test's own, which it may stop, kill, freeze and start again."""

    def __init__(self, folder: Path, *options: str) -> None:
        (port,) = free_ports(1)
        super().__init__("127.0.0.1", port, "root", "")
        self._folder = folder
        self._options = options
        self.process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        as_root = ["--user=root"] if os.geteuid() == 0 else []
        self._common = ["--no-defaults", f"--datadir={folder / 'data'}", *as_root]
        subprocess.run(
            [
                _program("mariadb-install-db"),
                *self._common,
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
            ],
            check=True,
            capture_output=True,
        )

    def start(self) -> "OwnMariaDb":
        self.begin()
        eventually(self._answers, "mariadbd to come up")
        return self

    def begin(self) -> None:
        """Start it without waiting until it answers."""
        with open(self._folder / "mariadbd.log", "ab") as log:
            self.process = subprocess.Popen(
                [
                    _program("mariadbd"),
                    *self._common,
                    f"--socket={self._folder / 'sock'}",
                    f"--port={self.port}",
                    "--bind-address=127.0.0.1",
                    "--skip-name-resolve",
                    *self._options,
                ],
                stdout=log,
                stderr=log,
            )

    def _answers(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError((self._folder / "mariadbd.log").read_text()[-3000:])
        try:
            return self.ask("SELECT 1") == [(1,)]
        except Exception:
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


def _program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    assert found is not None, f"{name} is missing; make test installs it"
    return found


@contextlib.contextmanager
def mariadb_for_tests(folder: Path) -> Iterator[MariaDb]:
    """The one of LOGSTREAM_TEST_MARIADB, else one of our own."""
    url = os.environ.get("LOGSTREAM_TEST_MARIADB")
    if url:
        parts = urlsplit(url)
        user, password = unquote(parts.username or "root"), unquote(parts.password or "")
        yield MariaDb(parts.hostname or "127.0.0.1", parts.port or 3306, user, password)
        return
    own = OwnMariaDb(folder)
    try:
        yield own.start()
    finally:
        own.end()
