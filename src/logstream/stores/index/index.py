"""The search index: a DuckDB file that caches the journal, disposable at any time.

It reads what the journal has grown by, from the files themselves, and inserts it together with how far each file has
been read, in one transaction: every line is indexed exactly once, whatever happens. Catching up after a crash,
importing files and live indexing are this one path.
"""

import contextlib
import logging
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import duckdb
import msgspec

from logstream.entries.entry import LogEntry, encode_lines
from logstream.query.conditions import Condition
from logstream.store import StoreUnavailable
from logstream.stores.index import sql
from logstream.stores.index.memory_file import Feed
from logstream.stores.journal import segment
from logstream.stores.journal.journal import Journal
from logstream.stores.journal.line_reader import DamagedLine, read_line

log = logging.getLogger("logstream.index")

VERSION: Final = 2
"""Raised whenever the tables change: an index of another version is rebuilt."""

CHUNK_BYTES: Final = 8 * 1024 * 1024
"""Journal bytes loaded in one transaction: some 16,000 entries, enough for DuckDB's full speed."""

USUAL_LINE: Final = 1024 * 1024
"""Bytes of a line that is read the fast way."""

CACHED: Final = "48MB"
"""What `trim` leaves of cached blocks."""

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
    timestamp TIMESTAMP NOT NULL, created_at TIMESTAMP NOT NULL
);
"""

_FIELDS: Final = msgspec.json.encode(
    {name: "VARCHAR" for name in LogEntry.__struct_fields__ if name != "context"}
).decode()

# The context is cut out of the line as it is: DuckDB's own JSON text would turn 1.10 into 1.1 and \u00e9 into é, and
# what search answers would differ from what was sent. It costs 1 us an entry, a third of loading it. What the cut takes
# for granted, our order of keys, is checked by the context being valid JSON.
_LOAD: Final = """
INSERT INTO entries
SELECT ?, id, if(is_uuid, trace_id::UUID, NULL), if(is_uuid, NULL, coalesce(trace_id, error('no trace_id'))), batch_id,
    app_key, app_id, user_agent, level, category, message,
    if(json_valid(raw_context), nullif(raw_context, 'null'), error('no context')),
    if(suffix(timestamp, 'Z'), timestamp::TIMESTAMP, error('not in UTC')),
    if(suffix(created_at, 'Z'), created_at::TIMESTAMP, error('not in UTC'))
FROM (
    SELECT *, coalesce(try_cast(trace_id AS UUID)::VARCHAR = trace_id, false) AS is_uuid,
        substring(json, begin, length(json) - begin - {tail} - strlen(timestamp) - strlen(created_at)) AS raw_context
    FROM (
        SELECT json, position(',"context":' IN json) + 11 AS begin, unnest(from_json(json, ?))
        FROM read_ndjson_objects(?, maximum_object_size = {most})
    )
)
"""
_TAIL: Final = len(',"timestamp":"') + len('","created_at":"') + len('"}') - 1

_ODD: Final = (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.ConstraintException)
"""What loading raises for a line that is not in our own canonical form."""


class Piece(NamedTuple):
    """Whole lines of a day file: from `start` to `end`."""

    name: str
    start: int
    end: int
    lines: bytes


class Part(NamedTuple):
    """What was indexed of a day at one moment: all entries of these numbers, all lines up to `end`."""

    name: str
    numbers: tuple[int, ...]
    end: int
    opening: int
    """Which opening of the index the numbers are of."""

    @property
    def clause(self) -> str:
        return f"file IN ({', '.join(map(str, self.numbers))})"


class Index:
    """The index of `journal`, in the file `path`. One thread writes; cursors may read in any thread."""

    def __init__(self, path: Path, journal: Journal, memory: int, threads: int | None = None) -> None:
        self.path = path
        self._journal = journal
        self._config: dict[str, Any] = {
            "memory_limit": f"{memory}B",
            "threads": threads or max(2, os.cpu_count() or 2),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "temp_directory": str(path.with_suffix(".tmp")),
            "max_temp_directory_size": "4GB",
            "checkpoint_threshold": "256MB",
            # Give freed memory back to the system: half of what building an index of a million entries leaves behind.
            "allocator_background_threads": True,
        }
        self._memory = f"{memory}B"
        self._writing = False
        self._cursors: set[duckdb.DuckDBPyConnection] = set()
        self._readers = threading.Condition()
        self._db: duckdb.DuckDBPyConnection | None = None
        self._progress: dict[str, tuple[int, int]] = {}
        """By day: the number that its next entries get, and how far it has been read."""
        self._earlier: dict[str, tuple[int, ...]] = {}
        """The numbers of its entries before these, where `split` has told them apart."""
        self._last_number = 0
        self._opening = 0
        self._feed = Feed(path)

    def open(self) -> None:
        """Open the file; where it is missing, unreadable or of another version, begin a new one."""
        self._opening += 1
        if self.path.exists():
            found = self._open_existing()
            if found is None:
                return
            log.warning("the search index %s is %s; rebuilding it from the journal", self.path, found)
            self._disconnect()
            self.remove()
        self._db = duckdb.connect(str(self.path), config=self._config)
        self._db.execute(_SCHEMA)
        self._db.execute("INSERT INTO meta VALUES (?)", [VERSION])
        self._progress, self._earlier, self._last_number = {}, {}, 0

    def _open_existing(self) -> str | None:
        try:
            self._db = duckdb.connect(str(self.path), config=self._config)
            row = self._db.execute("SELECT version FROM meta").fetchone()
            if row is None or row[0] != VERSION:
                return f"of version {row and row[0]}, not {VERSION}"
            self._db.execute("SELECT count(*) FROM entries WHERE timestamp > '2000-01-01'").fetchone()
            self._forget_changed_files()
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
        if self._db is not None:
            with contextlib.suppress(duckdb.Error):
                self._db.close()
            self._db = None

    def remove(self) -> None:
        """Delete the closed file; the journal has everything."""
        for path in (self.path, self.path.with_name(self.path.name + ".wal")):
            path.unlink(missing_ok=True)

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

    def last_id(self, after: str, until: str) -> str | None:
        """The greatest id between two."""
        assert self._db is not None
        row = self._db.execute("SELECT max(id) FROM entries WHERE id > ? AND id <= ?", [after, until]).fetchone()
        return row[0] if row else None

    def entry_count(self) -> int:
        assert self._db is not None
        row = self._db.execute("SELECT count(*) FROM entries").fetchone()
        return int(row[0]) if row else 0

    def size(self) -> int:
        """Bytes on disk."""
        paths = (self.path, self.path.with_name(self.path.name + ".wal"))
        return sum(path.stat().st_size for path in paths if path.exists())

    def backlog(self) -> int:
        """Journal bytes not yet indexed."""
        return sum(max(0, size - self.reached(name)) for name, size in self._journal.sizes.copy().items())

    def step(self, progress: Callable[[int], None] = lambda done: None) -> None:
        """Index everything that the journal holds at this moment; `progress` gets the bytes of each transaction."""
        with self._readers:
            self._writing = True
        try:
            self._step(progress)
        finally:
            self._writing = False

    def _step(self, progress: Callable[[int], None]) -> None:
        while self._journal.replaced:
            self.forget(self._journal.replaced.pop())
        chunk: list[Piece] = []
        size = 0
        for piece in self._pending():
            chunk.append(piece)
            size += piece.end - piece.start
            if size >= CHUNK_BYTES // 2:
                self._load(chunk)
                progress(size)
                chunk, size = [], 0
        if chunk:
            self._load(chunk)
            progress(size)

    def _pending(self) -> Iterator[Piece]:
        for name, size in sorted(self._journal.sizes.copy().items()):
            start, base = self.reached(name), self._journal.base(name)
            if start >= size:
                continue
            content = segment.blocks(self._journal.root, name, base, start, size, CHUNK_BYTES)
            try:
                for lines in segment.whole_lines(content):
                    yield Piece(name, start, start + len(lines), lines)
                    start += len(lines)
            except FileNotFoundError:
                continue  # removed by somebody; the journal will say so when it writes there again
            except segment.UnreadableDay as error:
                path = segment.compressed_path(self._journal.root, name)
                log.error("%s is damaged; what is there from byte %d on can't be found: %s", path, start, error)
                yield Piece(name, start, base, b"")

    def reached(self, name: str) -> int:
        """How far a day has been read."""
        return self._progress.get(name, (0, 0))[1]

    def _load(self, chunk: list[Piece]) -> None:
        """Index pieces and how far their files have been read, in one transaction; odd lines take the slow way."""
        try:
            self._insert(chunk, USUAL_LINE)
            return
        except _ODD:
            pass
        chunk = [piece._replace(lines=self._canonical(piece)) for piece in chunk]
        try:
            self._insert(chunk)
        except _ODD as error:  # no line should come here: leave it out rather than stop at it for ever
            for piece in chunk:
                log.error("%s: bytes %d to %d can't be indexed: %s", piece.name, piece.start, piece.end, error)
            self._insert([piece._replace(lines=b"") for piece in chunk])

    def _insert(self, chunk: list[Piece], longest: int | None = None) -> None:
        """Insert pieces with lines of up to `longest` bytes, or of any: the reader takes four times the memory."""
        assert self._db is not None
        reached: dict[str, tuple[int, int]] = {}
        with _transaction(self._db):
            for piece in chunk:
                known = reached.get(piece.name) or self._progress.get(piece.name)
                number = known[0] if known else self._new_file(piece.name)
                if piece.lines:
                    source = self._feed.fill(piece.lines)
                    self._db.execute(
                        _LOAD.format(most=longest or len(piece.lines) + 1024, tail=_TAIL), [number, _FIELDS, source]
                    )
                reached[piece.name] = (number, piece.end)
            for number, end in reached.values():
                self._db.execute("UPDATE files SET size = ? WHERE number = ?", [end, number])
        self._progress.update(reached)

    def _new_file(self, name: str, size: int = 0) -> int:
        assert self._db is not None
        self._last_number += 1  # none is used twice: a transaction that still reads may hold on to the old one
        self._db.execute("INSERT INTO files VALUES (?, ?, ?, false)", [self._last_number, name, size])
        return self._last_number

    def _canonical(self, piece: Piece) -> bytes:
        """The lines of a piece in our own form; a damaged line is reported and left out."""
        entries: list[LogEntry] = []
        offset = piece.start
        for line in piece.lines.splitlines(keepends=True):
            if line.strip():
                try:
                    entries.append(read_line(line, piece.name, offset))
                except DamagedLine as error:
                    number = self._line_number(piece.name, offset)
                    log.error(
                        "%s, line %d is damaged and can't be found: %s", self._journal.root / piece.name, number, error
                    )
            offset += len(line)
        return encode_lines(entries)

    def _line_number(self, name: str, offset: int) -> int:
        content = segment.blocks(self._journal.root, name, self._journal.base(name), 0, offset)
        return 1 + sum(block.count(b"\n") for block in content)

    def _forget_changed_files(self) -> None:
        """Read how far each file was read; drop the rows of files that are gone or have become shorter."""
        assert self._db is not None
        rows = self._db.execute("SELECT name, number, size, changing FROM files ORDER BY number").fetchall()
        self._progress, self._earlier = {}, {}
        self._last_number = rows[-1][1] if rows else 0
        for name, number, size, _ in rows:
            if name in self._progress:
                self._earlier[name] = (*self._earlier.get(name, ()), self._progress[name][0])
            self._progress[name] = (number, size)
        changing = {name for name, *_, changing in rows if changing}
        for name, (_, size) in list(self._progress.items()):
            if name in changing or self._journal.sizes.get(name, -1) < size:
                self.forget(name)

    def forget(self, name: str) -> None:
        """Take the entries of a day out, to be read anew if it is there. In the index thread."""
        if name not in self._progress:
            return
        db = self._connection()
        numbers = (*self._earlier.get(name, ()), self._progress[name][0])
        with _transaction(db):
            db.execute(f"DELETE FROM entries WHERE file IN ({', '.join(map(str, numbers))})")
            db.execute("DELETE FROM files WHERE name = ?", [name])
        del self._progress[name]
        self._earlier.pop(name, None)

    def split(self, name: str) -> Part:
        """Tell the entries that a day has now from those that come later. In the index thread.

        Raises LookupError when the day is not indexed.
        """
        if name not in self._progress:
            raise LookupError("the search index is being built anew")
        number, reached = self._progress[name]
        if self._connection().execute("SELECT 1 FROM entries WHERE file = ? LIMIT 1", [number]).fetchone():
            self._progress[name] = (self._new_file(name, reached), reached)
            self._earlier[name] = (*self._earlier.get(name, ()), number)
        return Part(name, self._earlier.get(name, ()), reached, self._opening)

    def knows(self, part: Part) -> bool:
        """Whether the index still is as it was at the split."""
        return part.opening == self._opening and part.numbers == self._earlier.get(part.name)

    def changing(self, name: str, *, begun: bool = True) -> None:
        """Note that the files of a day are about to be replaced: ended in between, the next start reads it anew."""
        self._connection().execute("UPDATE files SET changing = ? WHERE name = ?", [begun, name])

    def prune(self, part: Part, conditions: Sequence[Condition], end: int) -> None:
        """Take what fulfils the conditions out of a part, whose lines now end at `end`. In the index thread."""
        db = self._connection()
        number, reached = self._progress[part.name]
        holds, parameters = sql.holds(conditions)
        size = reached - part.end + end
        unused = reached == part.end  # nothing came since the split
        with _transaction(db):
            db.execute(f"DELETE FROM entries WHERE {part.clause} AND {holds}", parameters)
            if unused:
                db.execute("DELETE FROM files WHERE number = ?", [number])
            db.execute("UPDATE files SET size = ?, changing = false WHERE name = ?", [size, part.name])
        if unused:
            number = part.numbers[-1]
            self._earlier[part.name] = part.numbers[:-1]
        self._progress[part.name] = (number, size)
        if not size:
            self.forget(part.name)
        with contextlib.suppress(duckdb.TransactionException):  # somebody reads: the next one does it
            db.execute("CHECKPOINT")  # day by day, so that none takes long; it makes room for new entries

    def _connection(self) -> duckdb.DuckDBPyConnection:
        if self._db is None:
            raise StoreUnavailable("the search index is being reopened")
        return self._db


@contextlib.contextmanager
def _transaction(db: duckdb.DuckDBPyConnection) -> Iterator[None]:
    db.begin()
    try:
        yield
        db.commit()
    except BaseException:
        with contextlib.suppress(duckdb.Error):
            db.rollback()
        raise
