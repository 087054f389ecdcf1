"""Reading everything that matches, however much it is, in ranges of bounded size.

Where ranges end is found for several at a time from the columns that order entries alone, within a window of time that
is as wide as the last ones had to be. So the index is read through once, however much is found, and neither the whole
result nor its order is ever in memory.
"""

from collections import deque
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import duckdb
import msgspec

from logstream.entries.entry import LogEntry
from logstream.entries.ids import LAST_ID
from logstream.query.conditions import Accepted, Beyond, Compare, LogQuery, UpTo
from logstream.query.paging import ChunkSize, Place
from logstream.store import SearchTooLarge
from logstream.stores.index import sql
from logstream.stores.index.large_texts import Known, LargeTexts

MAX_ENTRIES: Final = 10_000
"""Entries of a range."""

AHEAD: Final = 8
"""Ranges whose ends are looked for at one time."""

LEAST_SPAN: Final = timedelta(seconds=1)


class Scan:
    """One reading of what a query finds, up to its limit. `next` may run in any thread, one call at a time."""

    def __init__(self, query: LogQuery, texts: LargeTexts) -> None:
        self._query = query
        self._texts = texts
        self._known: Known = {}
        self._go_on: Callable[[], None] = lambda: None
        self._left = query.limit
        self._size = ChunkSize(MAX_ENTRIES)
        self._ends: deque[Place] = deque()
        self._last: Place | None = None
        self._span: timedelta | None = None  # how far the window reaches; the first time, it is not known
        self.done = False

    def next(self, cursor: duckdb.DuckDBPyConnection, go_on: Callable[[], None] = lambda: None) -> list[LogEntry]:
        """The next entries, large ones without what they say; after the last, `done` is true. Raises Moved."""
        self._go_on = go_on
        if not self._ends:
            self._look_ahead(cursor)
        end = self._ends[0] if self._ends else None
        rows = cursor.execute(*sql.all_in_range(self._decided(cursor, self._between(self._last, end)))).fetchall()
        if end is not None:
            self._last = self._ends.popleft()
        entries = sql.decode_rows(rows[: self._left], self._query)
        self._left -= len(entries)
        self.done = end is None or self._left <= 0
        if entries and not self._ends:
            self._size.fit(entries)
        return entries

    def smaller(self) -> None:
        """The last call to `next` took too much memory: try with less. Raises SearchTooLarge when it can't be less."""
        if self._size.entries == 1:
            raise SearchTooLarge("one entry needs more memory than INDEX_MEMORY allows")
        self._size.shrink()
        self._ends.clear()

    def _look_ahead(self, cursor: duckdb.DuckDBPyConnection) -> None:
        step = min(self._size.entries, self._left)
        steps = max(1, min(AHEAD, self._left // step))
        query = self._between(self._last, None)
        while True:
            edge = None if query.by_id else self._edge(cursor, step * steps)
            where = query.where if edge is None else [*query.where, edge]
            within = self._decided(cursor, msgspec.structs.replace(query, where=where))
            ends = [Place(*row) for row in cursor.execute(*sql.boundaries(within, step, steps)).fetchall()]
            if ends or edge is None:
                break
            assert self._span is not None
            self._span *= 4
        if ends and not query.by_id:
            start = self._last.moment if self._last else ends[0].moment
            self._span = max(2 * abs(ends[-1].moment - start) * steps / len(ends), LEAST_SPAN)
        self._ends.extend(ends)

    def _edge(self, cursor: duckdb.DuckDBPyConnection, wanted: int) -> Compare | None:
        """Where the window ends; None when it reaches to the end of all entries."""
        row = cursor.execute("SELECT min(timestamp), max(timestamp), count(*) FROM entries").fetchone()
        if row is None or not row[2]:
            return None
        first, last, count = row
        if self._span is None:
            self._span = max(2 * (last - first) * min(1, wanted / count), LEAST_SPAN)
        if self._query.ascending:
            start = self._last.moment if self._last else first
            if self._span >= last - start:
                return None
            return Compare("timestamp", "<=", start + self._span)
        start = self._last.moment if self._last else last
        if self._span >= start - first:
            return None
        return Compare("timestamp", ">=", start - self._span)

    def _decided(self, cursor: duckdb.DuckDBPyConnection, query: LogQuery) -> LogQuery:
        return self._texts.decided_query(cursor, query, self._go_on, self._known)

    def _between(self, start: Place | None, end: Place | None) -> LogQuery:
        """The query for what comes after `start`, up to and with `end`."""
        where = list(self._query.where)
        if self._query.by_id:
            if start or end:
                where.append(Accepted(start.id if start else "", end.id if end else LAST_ID))
        else:
            if start:
                where.append(Beyond(*start))
            if end:
                where.append(UpTo(*end))
        return msgspec.structs.replace(self._query, where=where)
