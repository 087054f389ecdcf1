"""Where not to look: a Bloom filter of what the entries say for each block of them, made when there is time.

Entries are in the index in the order in which they were loaded, so a block is what some loads have brought. A search
for a text that few have reads the blocks that may have it, and what is in no block yet: that a filter is missing makes
it slower, never wrong.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple

import duckdb

from logstream.stores.index import sql
from logstream.stores.index.bits import PIECE, BitTable, grams_in, lines_of, places_in
from logstream.stores.index.bloom_file import BloomFile, Filter, Filters
from logstream.stores.index.pattern_sql import COLOURED, UNCOLOURED
from logstream.stores.index.tokens import is_odd, members_in, traces_in

log = logging.getLogger("logstream.index")

BLOCK: Final = 2048
"""Entries of a block, at least: as many as DuckDB reads at once."""

AT_ONCE: Final = 4
"""Filters for which texts are read, and that are flushed and named, at once. All texts of a load have been in memory at
once before, see `load.CHUNK_BYTES`."""

CHECKED_AT_ONCE: Final = 64

RETRY_SECONDS: Final = 60

# Codes for colours are searched as if they were not there, but by regular expressions.
_TEXTS: Final = f"""
SELECT load, string_agg({sql.folded("message")}, chr(10)),
    string_agg({sql.folded(UNCOLOURED)}, chr(10)) FILTER ({COLOURED}),
    string_agg(context, chr(10)) FILTER (strlen(context) < {PIECE}),
    string_agg(coalesce(trace_text, trace::VARCHAR), chr(10)),
    bool_or(
        line_start IS NOT NULL OR contains(coalesce(trace_text, ''), chr(10))
        OR coalesce(strlen(context) >= {PIECE}, false)
    )
FROM entries WHERE load BETWEEN ? AND ? GROUP BY load ORDER BY load
"""


class Load(NamedTuple):
    """Entries that were loaded at one time: its number, and about how many they are."""

    number: int
    entries: int


class Blooms:
    """The filters of the index whose file is `index_path`, in the index thread but where it says otherwise."""

    def __init__(self, index_path: Path) -> None:
        self.path = index_path.with_suffix(".blooms")
        self.filters = Filters()
        """Those that can be relied on; in any thread."""
        self.last_load = 0
        """The number of the last load; in any thread."""
        self._db: duckdb.DuckDBPyConnection
        self._file: BloomFile | None = None
        self._table = BitTable()
        self._waiting: deque[Load] = deque()
        """What there are no filters of yet."""
        self._entries = 0
        """In all of it."""
        self._paused_until = 0.0

    def open(self, db: duckdb.DuckDBPyConnection, last_load: int) -> None:
        """Take over what there is for an index that has been opened. Raises duckdb.Error."""
        self.close()
        self._db = db
        self.last_load = last_load
        self._open_file()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file = None
        self.filters = Filters()

    def loaded(self, loads: Sequence[Load]) -> None:
        """Note what was loaded; while there is no file, it is counted later."""
        self.last_load = loads[-1].number if loads else self.last_load
        if self._file is None:
            return
        self._waiting += loads
        self._entries += sum(load.entries for load in loads)

    def removed(self) -> None:
        """Entries were taken out: let go of filters that are of nothing."""
        if self._file is None:
            return
        (first,) = self._db.execute("SELECT min(load) FROM entries").fetchone() or (None,)
        try:
            self._file.drop(self._file.last_load + 1 if first is None else first)
            self.filters = self._file.filters()
        except OSError as error:
            self._pause(error)

    @property
    def wants_time(self) -> bool:
        """Whether there are filters to make, or to check, or the file is to be tried again."""
        if self._file is None:
            return time.monotonic() >= self._paused_until
        return self._entries >= BLOCK or not self._file.is_checked

    def work(self, has_time: Callable[[], bool]) -> None:
        """Check some filters, or make some, until there is no more time. Raises duckdb.Error.

        Each takes some milliseconds.
        """
        if self._file is None:
            self._open_file()
            return
        try:
            if self._file.is_checked:
                self._make(self._file, has_time)
            elif not self._file.check(CHECKED_AT_ONCE):
                self._count(self._file)
            self.filters = self._file.filters()
        except OSError as error:
            self._pause(error)

    def _open_file(self) -> None:
        try:
            self._file = BloomFile(self.path, self._db)
            self._count(self._file)
        except OSError as error:
            self._pause(error)

    def _pause(self, error: OSError) -> None:
        """Do without filters for a while, and then look anew at what there is."""
        log.warning("%s can't be used: %s; searches for texts are slower", self.path, error.strerror)
        self.close()
        self._paused_until = time.monotonic() + RETRY_SECONDS

    def _count(self, file: BloomFile) -> None:
        """Find out what there are no filters of."""
        rows = self._db.execute(
            "SELECT load, count(*) FROM entries WHERE load > ? GROUP BY load ORDER BY load", [file.last_load]
        ).fetchall()
        self._waiting = deque(Load(*row) for row in rows)
        self._entries = sum(load.entries for load in self._waiting)

    def _make(self, file: BloomFile, has_time: Callable[[], bool]) -> None:
        blocks = [block for block in islice(_blocks(self._waiting), AT_ONCE) if _entries_of(block) >= BLOCK]
        rows = self._db.execute(_TEXTS, [blocks[0][0].number, blocks[-1][-1].number]).fetchall()
        texts = {number: row for number, *row in rows}
        made: list[Filter] = []
        for block in blocks:
            if made and not has_time():
                break
            made.append(self._filter_of(block, [texts[load.number] for load in block if load.number in texts]))
        file.add(made)
        for block in blocks[: len(made)]:
            self._entries -= _entries_of(block)
            for _ in block:
                self._waiting.popleft()

    def _filter_of(self, block: list[Load], texts: list[list[Any]]) -> Filter:
        messages, uncoloured, contexts, traces = (
            "\n".join(row[column] for row in texts if row[column] is not None).encode() for column in range(4)
        )
        self._table.set(grams_in(messages))
        self._table.set(grams_in(uncoloured))
        for lines in lines_of(contexts):
            self._table.set(places_in(members_in(lines)))
        for lines in lines_of(traces):
            self._table.set(places_in(traces_in(lines)))
        is_known = not any(row[4] for row in texts)
        return Filter(
            block[0].number, block[-1].number, self._table.take(), is_known, is_known and not is_odd(contexts)
        )


def _entries_of(block: list[Load]) -> int:
    return sum(load.entries for load in block)


def _blocks(loads: Iterable[Load]) -> Iterator[list[Load]]:
    """The loads in blocks; the last may be too small."""
    block: list[Load] = []
    entries = 0
    for load in loads:
        block.append(load)
        entries += load.entries
        if entries >= BLOCK:
            yield block
            block, entries = [], 0
    if block:
        yield block
