"""What large entries say stays in the journal: the index holds where their lines start, not messages and contexts.

A column is read 2,048 rows at a time, whatever is looked for: with texts of megabytes in it, no search of anybody would
fit into memory. So filters on messages and contexts are decided in SQL for all other entries, and for large ones by
`query.predicate`, one line at a time. Which large entries those are, the filters that need no text say first.
"""

import contextlib
import math
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeVar

import duckdb
import msgspec

from logstream.entries.entry import LEVELS, NULL, LogEntry, cut, decode_entry, encode_entry
from logstream.query.conditions import (
    And,
    Condition,
    Contains,
    ContextContains,
    Decided,
    Equals,
    HasPattern,
    LogQuery,
    Matches,
    Not,
    OneOf,
    OnPath,
    Or,
    WordLike,
)
from logstream.query.predicate import predicate
from logstream.stores.index import sql
from logstream.stores.index.blooms import Blooms
from logstream.stores.index.doubled_keys import DoubledKeys
from logstream.stores.index.narrowing import narrowed
from logstream.stores.index.sql import LargeEntry
from logstream.stores.journal.journal import Journal
from logstream.stores.journal.line_reader import DamagedLine, read_line

LARGE: Final = 32 * 1024
"""Bytes of a line, beyond which an entry is large: 2,048 lines of as many are 64 MB, which each thread of a search may
have to hold, of the 256 MB that INDEX_MEMORY is at least."""

MOST_READ: Final = 200
"""Large entries that are read to be counted: one after the other, each up to some megabytes."""

HEAD: Final = b'{"line_start":'
"""How a head begins."""

BY_TEXT: Final = WordLike | Matches | HasPattern | OnPath | ContextContains
"""Conditions on messages and contexts; besides them, those on fields are where the field is the message."""

Known = dict[tuple[int, int, str], bool]
"""What was decided for large entries: by the number of their day, the start of their line, and their id."""


Taken = TypeVar("Taken")


class Moved(Exception):
    """A line is not where the index said: the files of the day are being replaced, or somebody changed them."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def is_large(line: bytes) -> bool:
    return len(line) > LARGE


def has_large(lines: bytes) -> bool:
    """Whether one of these lines is large, or may be. Measured: 20 us for 8 MB."""
    start = 0
    while start < len(lines):
        end = lines.rfind(b"\n", start, start + LARGE) + 1
        if not end:
            return True
        start = end
    return False


def heads(lines: bytes, name: str, offset: int) -> bytes:
    """Lines that begin at this offset of a day, with heads for the large ones. Raises DamagedLine."""
    parts: list[bytes] = []
    done = start = 0
    while start < len(lines):
        end = lines.rfind(b"\n", start, start + LARGE) + 1
        if not end:
            end = lines.find(b"\n", start) + 1 or len(lines)
            line = lines[start:end]
            if is_large(line):
                parts += (lines[done:start], head(entry_of(line, name, offset + start), offset + start))
                done = end
        start = end
    return b"".join((*parts, lines[done:]))


def entry_of(line: bytes, name: str, offset: int) -> LogEntry:
    """The entry of one line: of our own form as it is there, else as line_reader reads it. Raises DamagedLine."""
    with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        entry = decode_entry(line)
        in_utc = entry.timestamp.endswith("Z") and entry.created_at.endswith("Z")
        if in_utc and entry.level in LEVELS and encode_entry(entry) + b"\n" == line and is_context(entry.context):
            return entry
    return read_line(line, name, offset)


def is_context(context: msgspec.Raw) -> bool:
    """Whether it is null, an object or a list."""
    raw = bytes(context)
    return raw == b"null" or raw[:1] in (b"{", b"[")


def head(entry: LogEntry, start: int) -> bytes:
    """The line of a large entry whose own starts there, without what it says, for the index to load."""
    silent = msgspec.structs.replace(entry, message="", context=NULL)
    return b"%s%d,%s\n" % (HEAD, start, encode_entry(silent)[1:])


class LargeTexts:
    """Reads in `journal` what large entries say, one at a time, in any thread.

    `blooms` say where in the index not to look, for conditions that are `decided`.
    """

    def __init__(self, journal: Journal, blooms: Blooms | None = None) -> None:
        self._journal = journal
        self._blooms = blooms
        self._one_at_a_time = threading.Lock()
        self.doubled_keys = DoubledKeys()

    def whole(self, cursor: duckdb.DuckDBPyConnection, entry: LargeEntry) -> LogEntry | None:
        """The entry with what is wanted of what it says; None when it was pruned meanwhile. Raises Moved."""
        with self._one_at_a_time:
            try:
                found = self._read(_name_of(cursor, entry.file), entry.line_start, entry.id)
            except (Moved, LookupError):
                place = cursor.execute(*sql.place_of(entry)).fetchone()
                if place is None:
                    return None
                found = self._read(place[0], place[1], entry.id)
        return cut(found, entry.message_max)

    def decided(
        self,
        cursor: duckdb.DuckDBPyConnection,
        where: Sequence[Condition],
        go_on: Callable[[], None] = lambda: None,
        known: Known | None = None,
        within: str = "true",
        *,
        ascending: bool = False,
    ) -> Sequence[Condition]:
        """The conditions, with what needs texts decided for large entries, for a query in the same transaction; with
        what it takes for the last of keys to count that stand twice; and narrowed to where there may be such entries.

        `go_on` is called for each entry and ends it by raising; `known` is taken into account and added to; `within`
        is an SQL condition for the entries that matter. Raises Moved.
        """
        by_text = [condition for condition in where if needs_text(condition)]
        if by_text:
            where = self._by_text(cursor, where, by_text, go_on, known, within, ascending=ascending)
        return narrowed(where, self._blooms)

    def _by_text(
        self,
        cursor: duckdb.DuckDBPyConnection,
        where: Sequence[Condition],
        by_text: Sequence[Condition],
        go_on: Callable[[], None],
        known: Known | None,
        within: str,
        *,
        ascending: bool,
    ) -> Sequence[Condition]:
        minded = self.doubled_keys.minded(by_text)
        others = [condition for condition in where if not needs_text(condition)]
        if not cursor.execute("SELECT 1 FROM entries WHERE line_start IS NOT NULL LIMIT 1").fetchone():
            return [*others, *minded]
        known = {} if known is None else known
        found: dict[int, list[int]] = {}
        for file, start, entry_id, name in self._candidates(cursor, others, within, ascending=ascending):
            go_on()
            place = file, start, entry_id
            if place not in known:
                known[place] = self._holds(name, start, entry_id, by_text)
            if known[place]:
                found.setdefault(file, []).append(start)
        large = tuple((file, tuple(starts)) for file, starts in found.items())
        return [*others, Decided(tuple(minded), large)]

    def taken(
        self,
        cursor: duckdb.DuckDBPyConnection,
        where: Sequence[Condition],
        take: Callable[[LogEntry], Taken],
        go_on: Callable[[], None] = lambda: None,
    ) -> tuple[list[tuple[int, int, Taken]], bool]:
        """What `take` takes of large entries that fulfil conditions which are `decided`, and whether those are all.

        By the number of their day and the start of their line; of more than MOST_READ, the last. Raises Moved.
        """
        places = list(self._candidates(cursor, where, "true", ascending=False))
        found: list[tuple[int, int, Taken]] = []
        for file, start, entry_id, name in places[-MOST_READ:]:
            go_on()
            with self._one_at_a_time:
                found.append((file, start, take(self._read(name, start, entry_id))))
        return found, len(found) == len(places)

    def decided_query(
        self,
        cursor: duckdb.DuckDBPyConnection,
        query: LogQuery,
        go_on: Callable[[], None] = lambda: None,
        known: Known | None = None,
    ) -> LogQuery:
        """The query with its conditions decided."""
        where = self.decided(cursor, query.where, go_on, known, ascending=query.ascending)
        return query if where is query.where else msgspec.structs.replace(query, where=where)

    def _candidates(
        self, cursor: duckdb.DuckDBPyConnection, others: Sequence[Condition], within: str, *, ascending: bool
    ) -> Iterator[tuple[int, int, str, str]]:
        fulfils, parameters = sql.holds(others, ascending=ascending)
        yield from cursor.execute(
            "SELECT file, line_start, id, name FROM entries JOIN files ON file = number "
            f"WHERE line_start IS NOT NULL AND {within} AND {fulfils} ORDER BY file, line_start",
            parameters,
        ).fetchall()

    def _holds(self, name: str, start: int, entry_id: str, conditions: Sequence[Condition]) -> bool:
        holds = predicate(conditions, max_steps=math.inf)
        assert holds is not None
        with self._one_at_a_time:
            return holds(self._read(name, start, entry_id))

    def _read(self, name: str, start: int, entry_id: str) -> LogEntry:
        day = self._journal.day(name)
        if day is None:
            raise Moved(name)
        try:
            entry = entry_of(day.line_at(start), name, start)
        except (OSError, DamagedLine):
            raise Moved(name) from None
        if entry.id != entry_id:
            raise Moved(name)
        return entry


def needs_text(condition: Condition) -> bool:
    """Whether it takes the message or the context to decide on a condition."""
    match condition:
        case Contains(field=field) | Equals(field=field) | OneOf(field=field):
            return field == "message"
        case And(conditions=parts) | Or(conditions=parts):
            return any(map(needs_text, parts))
        case Not(condition=negated):
            return needs_text(negated)
    return isinstance(condition, BY_TEXT)


def _name_of(cursor: duckdb.DuckDBPyConnection, file: int) -> str:
    """The day of a number. Raises LookupError."""
    row = cursor.execute("SELECT name FROM files WHERE number = ?", [file]).fetchone()
    if row is None:
        raise LookupError(file)
    return str(row[0])
