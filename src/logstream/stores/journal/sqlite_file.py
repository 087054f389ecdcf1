"""A small SQLite file beside the journal: opened when it is needed, one use at a time, set aside when it is damaged."""

import contextlib
import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

import msgspec
import zstandard

from logstream.stores.journal.flushed_file import sync_folder
from logstream.stores.journal.modes import FILE_MODE

log = logging.getLogger("logstream.journal")

_WAL_PAGES: Final = 256
"""Pages of its log before SQLite tidies it up: 1 MB that a small disk may need for entries."""

_DAMAGE: Final = {
    sqlite3.SQLITE_ERROR,  # tables that are not as we made them
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_FORMAT,
    sqlite3.SQLITE_MISMATCH,
    sqlite3.SQLITE_CONSTRAINT,
}
_UNREADABLE: Final = {sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ, sqlite3.SQLITE_IOERR_CORRUPTFS}

SqliteFault: Final = (sqlite3.Error, OSError)
"""What any use of such a file may raise: it can't be used at the moment."""

Result = TypeVar("Result")


class SqliteFile:
    """The file at `path`. Thread-safe. `prepare` is called on each new connection, to make the tables.

    `what` and `lost` tell people what a damaged file was, and what is not known any more.
    """

    def __init__(
        self, path: Path, prepare: Callable[[sqlite3.Connection], None], what: str, lost: str, *, sync: bool = True
    ) -> None:
        self.path = path
        self.synchronous = "FULL" if sync else "OFF"
        self.lock = threading.Lock()
        self._prepare = prepare
        self._what = what
        self._lost = lost
        self._db: sqlite3.Connection | None = None
        self._closed = False

    def close(self) -> None:
        with self.lock:
            self._closed = True
            self._disconnect()

    def do(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Run `work`, one at a time; where the file turns out to be damaged, again on a new one. Raises SqliteFault."""
        with self.lock:
            try:
                return work(self._connected())
            except (sqlite3.Error, zstandard.ZstdError, msgspec.DecodeError, ValueError) as error:
                if not is_damage(error):
                    if isinstance(error, sqlite3.Error):
                        self._disconnect()  # after a fault of the disk: what it has in memory may not be what is there
                    raise
                self._set_aside(error)
            return work(self._connected())

    def _connected(self) -> sqlite3.Connection:
        if self._db is not None:
            return self._db
        if self._closed:
            raise sqlite3.ProgrammingError("it is closed")
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE))  # its -wal gets the same mode
        db = sqlite3.connect(self.path, check_same_thread=False, isolation_level=None)
        try:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute(f"PRAGMA synchronous={self.synchronous}")
            db.execute(f"PRAGMA wal_autocheckpoint={_WAL_PAGES}")
            self._prepare(db)
            sync_folder(self.path.parent)  # however it came to be there
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                db.close()
            raise
        self._db = db
        return db

    def _disconnect(self) -> None:
        if self._db is not None:
            with contextlib.suppress(sqlite3.Error):
                self._db.close()
            self._db = None

    def _set_aside(self, error: Exception) -> None:
        self._disconnect()
        aside = self.path.with_name(f"{self.path.name}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}")
        for suffix in ("-wal", "-shm", ""):
            with contextlib.suppress(FileNotFoundError):
                os.rename(f"{self.path}{suffix}", f"{aside}{suffix}")
        sync_folder(self.path.parent)
        log.error("%s is damaged (%s) and was set aside as %s; %s", self._what, error, aside, self._lost)


@contextlib.contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All of what runs within, or nothing."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def is_damage(error: Exception) -> bool:
    """Whether a fault is of the file itself, and not of the disk or the system at the moment."""
    if not isinstance(error, sqlite3.Error):
        return True
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return "Could not decode" in str(error)
    return code & 0xFF in _DAMAGE or code in _UNREADABLE
