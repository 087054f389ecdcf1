"""The index file: opening it, asking it, and bringing it up to date with the journal.

It reads what the journal has grown by, from the files themselves: catching up after a crash, importing files and live
indexing are this one path. What is wrong with the file does not matter much, since it can be built anew.
"""

import contextlib
import logging
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import duckdb

from logstream.store import StoreUnavailable
from logstream.stores.index.blooms import Blooms
from logstream.stores.index.load import Loader
from logstream.stores.index.memory_file import MemoryFile
from logstream.stores.index.progress import Damage, Progress
from logstream.stores.index.transaction import transaction
from logstream.stores.journal.journal import Journal

log = logging.getLogger("logstream.index")

VERSION: Final = 4
"""Raised whenever the tables change: an index of another version is rebuilt."""

CACHED: Final = "48MB"
"""What `trim` leaves of cached blocks."""

READING_SECONDS: Final = 60
"""How long, at most, is waited for whoever reads."""

GIVE_BACK_SECONDS: Final = 0.1
"""How long searches have taken together when memory is given back; that takes a few percent of it."""

_DAMAGED: Final = "CREATE TABLE IF NOT EXISTS damaged (name VARCHAR NOT NULL, line BIGINT)"
"""The lines that are no entries. An index of an earlier version gets it, and has only what it finds from then on."""

_SCHEMA: Final = """
CREATE TABLE meta (version INTEGER NOT NULL);
CREATE TABLE files (
    number INTEGER PRIMARY KEY, name VARCHAR NOT NULL, size BIGINT NOT NULL, changing BOOLEAN NOT NULL DEFAULT false
);
CREATE TABLE entries (
    file INTEGER NOT NULL, id VARCHAR NOT NULL, trace UUID, trace_text VARCHAR, batch_id VARCHAR,
    app_key VARCHAR NOT NULL, app_id VARCHAR NOT NULL, user_agent VARCHAR,
    level ENUM ('debug', 'info', 'notice', 'warning', 'error', 'critical') NOT NULL,
    category VARCHAR NOT NULL, message VARCHAR NOT NULL,
    context VARCHAR CHECK (context IS NULL OR left(context, 1) IN ('{', '[')),
    timestamp TIMESTAMP NOT NULL, created_at TIMESTAMP NOT NULL, line_start BIGINT, load INTEGER NOT NULL
);
"""


class Index:
    """The index of `journal`, in the file `path`. One thread writes; cursors may read in any thread."""

    def __init__(self, journal: Journal, memory: int, *, path: Path | None = None, threads: int | None = None) -> None:
        self.path = path or journal.state_folder / "index.duckdb"
        self._journal = journal
        self._config: dict[str, Any] = {
            "memory_limit": f"{memory}B",
            "threads": threads or max(2, os.cpu_count() or 2),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "temp_directory": str(self.path.with_suffix(".tmp")),
            "max_temp_directory_size": "4GB",
            "checkpoint_threshold": "256MB",
            # Give freed memory back to the system: half of what building an index of a million entries leaves behind.
            "allocator_background_threads": True,
        }
        self._bytes, self._memory = memory, f"{memory}B"
        self._searched = 0.0
        self._memory_file = MemoryFile(self.path)
        self.blooms = Blooms(self.path)
        self._writing = False
        self._cursors: set[duckdb.DuckDBPyConnection] = set()
        self._unplaced: set[duckdb.DuckDBPyConnection] = set()
        """Those of `reading` that are in no transaction."""
        self._readers = threading.Condition()
        self._db: duckdb.DuckDBPyConnection | None = None
        self._progress: Progress | None = None
        self._opening = 0

    def open(self) -> None:
        """Open the file; where it is missing, unreadable or of another version, begin a new one."""
        self._opening += 1
        last_load = 0 if self._progress is None else self._progress.last_load
        if self.path.exists():
            fault = self._open_existing(last_load)
            if fault is None:
                self.blooms.open(self._connection(), self.progress.last_load)
                return
            log.warning("the search index %s is %s; rebuilding it from the journal", self.path, fault)
            self._disconnect()
            self.remove()
        self._db = duckdb.connect(str(self.path), config=self._config)
        self._db.execute(_SCHEMA)
        self._db.execute(_DAMAGED)
        self._db.execute("INSERT INTO meta VALUES (?)", [VERSION])
        self._progress = Progress(self._db, self._opening, last_load)
        self.blooms.open(self._db, last_load)

    def _open_existing(self, last_load: int) -> str | None:
        """Open the file, or say what is wrong with it."""
        try:
            self._db = duckdb.connect(str(self.path), config=self._config)
            row = self._db.execute("SELECT version FROM meta").fetchone()
            version = None if row is None else row[0]
            if version != VERSION:
                return f"of version {version}, not {VERSION}"
            self._db.execute("SELECT count(*) FROM entries WHERE timestamp > '2000-01-01'").fetchone()
            self._db.execute(_DAMAGED)
            self._progress = Progress(self._db, self._opening, last_load)
            self._progress.read(self._journal)
        except duckdb.Error as error:
            return f"unreadable ({str(error).splitlines()[0]})"
        return None

    def close(self) -> None:
        """Interrupt whoever still reads, then close the file."""
        with self._readers:
            for cursor in self._cursors:
                cursor.interrupt()
            self._readers.wait_for(lambda: not self._cursors, timeout=10)
        self._disconnect()

    def _disconnect(self) -> None:
        self.blooms.close()
        if self._db is not None:
            with contextlib.suppress(duckdb.Error):
                self._db.close()
            self._db = None

    def remove(self) -> None:
        """Delete the closed file; the journal has everything."""
        for path in self._paths:
            path.unlink(missing_ok=True)

    @property
    def _paths(self) -> tuple[Path, Path, Path]:
        return self.path, self.path.with_name(self.path.name + ".wal"), self.blooms.path

    @contextlib.contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection of one's own for reading, in any thread."""
        with self._readers:
            if self._db is None:
                raise duckdb.ConnectionException("the index is closed")
            cursor = self._db.cursor()
            self._cursors.add(cursor)
        try:
            yield cursor
        finally:
            with self._readers:
                self._cursors.discard(cursor)
                cursor.close()
                self._readers.notify_all()

    @contextlib.contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """`cursor`; where there are large entries, all of its queries see the same ones in the same places.

        Not always, since a transaction makes a search through a million texts take a quarter longer.
        """
        with self.cursor() as cursor:
            with self._readers:
                is_placed = self.has_large
                if not is_placed:
                    self._unplaced.add(cursor)
            try:
                with transaction(cursor) if is_placed else contextlib.nullcontext():
                    yield cursor
            finally:
                with self._readers:
                    self._unplaced.discard(cursor)
                    self._readers.notify_all()

    def _expect_large(self) -> None:
        """The first large entry is about to be loaded: whoever reads without a transaction ends before."""
        if self.has_large:
            return
        with self._readers:
            self.progress.has_large = True
            before = set(self._unplaced)
            self._readers.wait_for(lambda: before.isdisjoint(self._unplaced), timeout=READING_SECONDS)

    @property
    def has_large(self) -> bool:
        return self._progress is not None and self._progress.has_large

    def trim(self) -> None:
        """Let go of what is cached beyond CACHED, unless the index is in use: a long scan has no use for it again.

        DuckDB lets go of it when it is told to have less memory; nobody may need memory at that moment.
        """
        with self._readers:
            if self._db is None or self._cursors or self._writing:
                return
            with self._db.cursor() as cursor:
                try:
                    cursor.execute(f"SET memory_limit = '{CACHED}'")
                except duckdb.OutOfMemoryException:
                    pass  # more than that is in use otherwise
                finally:
                    cursor.execute(f"SET memory_limit = '{self._memory}'")

    def give_back(self, seconds: float) -> None:
        """After a search of so many seconds: give freed memory back to the system, where it may be much by now.

        DuckDB's allocator does when it is told its limit, also the same one; by itself it waits for ten seconds, in
        which costly searches add up. Measured: 1 to 16 ms, and 126 MB instead of 460 after ten searches of 49 words.
        """
        self._searched += seconds
        if self._searched < GIVE_BACK_SECONDS:
            return
        self._searched = 0.0
        with contextlib.suppress(duckdb.Error, StoreUnavailable), self.cursor() as cursor:
            cursor.execute(f"SET memory_limit = '{self._memory}'")

    def last_id(self, after: str, until: str) -> str | None:
        """The greatest id between two; in any thread."""
        statement = "SELECT max(id) FROM entries WHERE id > ? AND id <= ?"
        with self.cursor() as cursor:
            row = cursor.execute(statement, [after, until]).fetchone()
        return row[0] if row else None

    def entry_count(self) -> int:
        row = self._connection().execute("SELECT count(*) FROM entries").fetchone()
        return int(row[0]) if row else 0

    def size(self) -> int:
        """Bytes on disk."""
        return sum(path.stat().st_size for path in self._paths if path.exists())

    @property
    def damage(self) -> tuple[Damage, ...]:
        """The lines of the journal that were left out as damaged; in any thread."""
        return () if self._progress is None else self._progress.damage

    def reached(self, name: str) -> int:
        """How far a day has been read; in any thread."""
        return 0 if self._progress is None else self._progress.reached(name)

    def backlog(self) -> int:
        """Journal bytes not yet indexed; in any thread."""
        return sum(max(0, day.size - self.reached(day.name)) for day in self._journal.days())

    @property
    def progress(self) -> Progress:
        """The progress of this opening, for the index thread. Raises StoreUnavailable while the index is closed."""
        self._connection()
        assert self._progress is not None
        return self._progress

    def step(self, on_loaded: Callable[[int], None] = lambda done: None) -> None:
        """Index all that the journal holds at this moment; `on_loaded` gets the bytes of each transaction."""
        with self._readers:
            self._writing = True
        try:
            for name in self._journal.take_replaced():
                self.progress.forget(name)
            loader = Loader(
                self._connection(),
                self.progress,
                self._journal,
                self._memory_file,
                self._expect_large,
                self.blooms,
                self._bytes,
            )
            loader.load_all(on_loaded)
        finally:
            self._writing = False

    @property
    def is_tidy(self) -> bool:
        """Whether there is nothing for `tidy` to do; in the index thread."""
        return not self.blooms.wants_time and (self._progress is None or not self._progress.has_removed)

    def tidy(self, has_time: Callable[[], bool] = lambda: True) -> None:
        """Do some of what makes searches faster, as long as there is time."""
        with self._readers:
            self._writing = True
        try:
            if self.progress.has_removed:
                self.blooms.removed()
                self.progress.has_removed = False
            elif self.blooms.wants_time:
                self.blooms.work(has_time)
        finally:
            self._writing = False

    def _connection(self) -> duckdb.DuckDBPyConnection:
        if self._db is None:
            raise StoreUnavailable("the search index is being reopened")
        return self._db
