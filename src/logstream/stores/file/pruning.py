"""Pruning: taking out of the journal, and of the index with it, what fulfils conditions.

The index alone decides, so that a dry run and a run can't disagree. A file is rewritten beside the old one by a worker
thread, up to where it was indexed when that began; only what came meanwhile is copied while the writer waits, for
some milliseconds. The index notes the exchange before it happens: whatever ends it, files and index agree again.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import compress
from typing import Final

import duckdb

from logstream.entries.entry import encode_entry
from logstream.query.conditions import Compare, Condition
from logstream.store import Pruned
from logstream.stores.index import sql
from logstream.stores.index.index import Index, Part
from logstream.stores.index.indexer import Indexer
from logstream.stores.journal.journal import Journal
from logstream.stores.journal.line_reader import DamagedLine, has_id, read_line
from logstream.stores.journal.rewrite import Exchange

_ID: Final = slice(len('{"id":"'), len('{"id":"') + 26)
"""Where the id stands in a line of our own form."""


class _Differs(Exception):
    """The index does not hold what the journal does."""


class Pruning:
    """One pruning. `run` is called in a worker thread; only one may run at a time, and no compression beside it.

    `go_on` is called now and then, and ends it by raising.
    """

    def __init__(
        self, journal: Journal, indexer: Indexer, where: Sequence[Condition], go_on: Callable[[], None]
    ) -> None:
        self._journal = journal
        self._indexer = indexer
        self._index: Index = indexer.index
        self._where = where
        self._go_on = go_on

    def run(self, *, dry_run: bool) -> Pruned:
        """Raises StoreUnavailable or duckdb.Error when nothing can be pruned now."""
        if not self._where:
            return Pruned(0)
        entries = removed = rewritten = scanned = 0
        warnings: list[str] = []
        for name, total, found in self._found():
            scanned += 1
            if not found:
                continue
            self._go_on()
            if dry_run:
                pruned, gone = found, found == total
            else:
                try:
                    pruned, gone = self._prune(name, total == found)
                except (OSError, duckdb.Error, sqlite3.Error, LookupError, _Differs) as error:
                    reason = (isinstance(error, OSError) and error.strerror) or str(error).splitlines()[0]
                    warnings.append(f"{name} was left as it is: {reason}")
                    if isinstance(error, _Differs):
                        self._indexer.exclusively(lambda: self._index.forget(name)).result()  # noqa: B023
                    continue
            entries += pruned
            removed += gone
            rewritten += not gone
        return Pruned(entries, removed, rewritten, scanned, tuple(warnings))

    def _found(self) -> list[tuple[str, int, int]]:
        """Of each day: its name, its entries, and how many of them are to go."""
        holds, parameters = sql.holds(self._where)
        with self._index.cursor() as cursor:
            return cursor.execute(
                f"SELECT name, count(*), count(*) FILTER ({holds}) FROM entries JOIN files ON file = number "
                "GROUP BY name ORDER BY name",
                parameters,
            ).fetchall()

    def _prune(self, name: str, everything: bool) -> tuple[int, bool]:
        """How many entries went, and whether all files of the day did."""
        part = self._indexer.exclusively(lambda: self._index.split(name)).result()
        with Exchange(self._journal, name, part.end) as exchange:
            if everything and self._covers(name):
                pruned = self._count(part)
                exchange.drop()
            else:
                pruned = self._rewrite(part, exchange)
            exchange.catch_up()
            self._indexer.exclusively(lambda: self._finish(part, exchange)).result()
        return pruned, name not in self._journal.sizes

    def _covers(self, name: str) -> bool:
        """Whether nothing is asked but that entries are older than some time after this day: damaged lines go too."""
        try:
            next_day = datetime(int(name[:4]), int(name[5:7]), int(name[8:10])) + timedelta(days=1)
        except (ValueError, OverflowError):  # no day of the calendar: somebody else's file
            return False
        return all(
            isinstance(condition, Compare) and condition.operator in ("<", "<=") and next_day <= condition.moment
            for condition in self._where
        )

    def _count(self, part: Part) -> int:
        holds, parameters = sql.holds(self._where)
        with self._index.cursor() as cursor:
            row = cursor.execute(f"SELECT count(*) FROM entries WHERE {part.clause} AND {holds}", parameters).fetchone()
        return int(row[0]) if row else 0

    def _rewrite(self, part: Part, exchange: Exchange) -> int:
        holds, parameters = sql.holds(self._where)
        with self._index.cursor() as cursor:
            cursor.execute(
                f"SELECT encode(id), NOT {holds} FROM entries WHERE {part.clause} ORDER BY rowid", parameters
            )
            sieve = _Sieve(cursor, part.name)
            exchange.rewrite(sieve.sift, self._go_on)
            sieve.end()
        return sieve.dropped

    def _finish(self, part: Part, exchange: Exchange) -> None:
        """In the index thread."""
        if not self._index.knows(part):
            raise _Differs("the search index was built anew meanwhile")
        self._index.changing(part.name)
        try:
            self._journal.change(part.name, exchange.make).result()
            self._index.prune(part, self._where, exchange.end)
        except BaseException:
            if exchange.begun:
                self._index.forget(part.name)
            else:
                self._index.changing(part.name, begun=False)
            raise


class _Sieve:
    """Drops lines of a day as the index says, in whose order they lie. What is no entry stays."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, name: str) -> None:
        self._cursor = cursor
        self._name = name
        self._ids: list[bytes] = []
        self._keep: list[bool] = []
        self.dropped = 0

    def sift(self, lines: bytes, offset: int) -> bytes:
        """What stays of whole lines that begin at this offset. Measured: 0.5 us a line."""
        split = lines.split(b"\n")
        split.pop()
        self._fetch(len(split))
        if [line[_ID] for line in split] == self._ids[: len(split)]:
            keep = self._take(len(split))
            kept = list(compress(split, keep))
            self.dropped += len(split) - len(kept)
            return b"\n".join(kept) + b"\n" if kept else b""
        return b"".join(self._one_by_one(lines, offset))

    def end(self) -> None:
        """Raises _Differs when the index has more entries than came along."""
        self._fetch(1)
        if self._ids:
            raise _Differs("the search index holds more than the file")

    def _one_by_one(self, lines: bytes, offset: int) -> Iterator[bytes]:
        for line in lines.splitlines(keepends=True):
            self._fetch(1)
            id = self._ids[0] if self._ids else None
            if not self._is_entry(line, id, offset):
                yield line
            elif not self._take(1)[0]:
                self.dropped += 1
            elif has_id(line):
                yield line
            else:  # an id that was made from the place of the line stays what it is when the line moves
                yield encode_entry(read_line(line, self._name, offset)) + b"\n"
            offset += len(line)

    def _is_entry(self, line: bytes, id: bytes | None, offset: int) -> bool:
        if id is not None and line.startswith(b'{"id":"' + id + b'"'):
            return True
        if not line.strip():
            return False
        try:
            entry = read_line(line, self._name, offset)
        except DamagedLine:
            return False
        if entry.id.encode() != id:
            raise _Differs("the search index does not hold what the file does")
        return True

    def _fetch(self, count: int) -> None:
        """Have so many of the next entries at hand, if there are as many."""
        if len(self._ids) < count:
            rows = self._cursor.fetchmany(count - len(self._ids))
            self._ids += [row[0] for row in rows]
            self._keep += [row[1] for row in rows]

    def _take(self, count: int) -> list[bool]:
        keep = self._keep[:count]
        del self._ids[:count], self._keep[:count]
        return keep
