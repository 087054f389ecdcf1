"""Pruning: taking out of the journal, and of the index with it, what fulfils conditions.

The index alone decides, so that a dry run and a run can't disagree. A file is rewritten beside the old one by a worker
thread, up to where it was indexed when that began; only what came meanwhile is copied while the writer waits, for
some milliseconds. The index notes the exchange before it happens: whatever ends it, files and index agree again.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import compress
from typing import NamedTuple

import duckdb

from logstream.entries.entry import LINE_ID, LINE_START, encode_entry
from logstream.query.conditions import Compare, Condition
from logstream.store import Pruned
from logstream.stores.file import sealing
from logstream.stores.index import sql
from logstream.stores.index.index import Index
from logstream.stores.index.indexer import Indexer
from logstream.stores.index.large_texts import LargeTexts, Moved, has_large, is_large
from logstream.stores.index.progress import Moves, Snapshot
from logstream.stores.index.transaction import transaction
from logstream.stores.journal.day import Day
from logstream.stores.journal.journal import Journal
from logstream.stores.journal.line_reader import DamagedLine, has_id, read_line
from logstream.stores.journal.rewrite import DayRewrite


class _Differs(Exception):
    """The index does not hold what the journal does."""


class _Matches(NamedTuple):
    """What the index says of a day: how many entries it has, and how many of them fulfil the conditions."""

    name: str
    entries: int
    matching: int


class _PrunedDay(NamedTuple):
    """What became of a day: how many entries went, and whether all its files did."""

    entries: int
    is_gone: bool


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
        self._texts = LargeTexts(journal)
        self._go_on = go_on

    def run(self, *, dry_run: bool) -> Pruned:
        """Raises StoreUnavailable or duckdb.Error when nothing can be pruned now."""
        if not self._where:
            return Pruned(0)
        days = self._matches()
        pruned: list[_PrunedDay] = []
        warnings: list[str] = []
        for day in days:
            if not day.matching:
                continue
            self._go_on()
            if dry_run:
                pruned.append(_PrunedDay(day.matching, day.matching == day.entries))
                continue
            try:
                pruned.append(self._prune(day.name, everything=day.matching == day.entries))
            except (OSError, duckdb.Error, sqlite3.Error, LookupError, Moved, _Differs) as error:
                warnings.append(f"{day.name} was left unchanged: {_reason(error)}")
                if isinstance(error, _Differs | Moved):
                    self._read_anew(day.name)
        removed = sum(1 for day in pruned if day.is_gone)
        return Pruned(
            entries=sum(day.entries for day in pruned),
            files_removed=removed,
            files_rewritten=len(pruned) - removed,
            files_scanned=len(days),
            warnings=tuple(warnings),
        )

    def _matches(self) -> list[_Matches]:
        with self._index.cursor() as cursor, transaction(cursor):
            fulfils, parameters = sql.holds(self._texts.decided(cursor, self._where, self._go_on))
            rows = cursor.execute(
                f"SELECT name, count(*), count(*) FILTER ({fulfils}) FROM entries JOIN files ON file = number "
                "GROUP BY name ORDER BY name",
                parameters,
            ).fetchall()
        return [_Matches(*row) for row in rows]

    def _prune(self, name: str, *, everything: bool) -> _PrunedDay:
        snapshot = self._indexer.exclusively(lambda: self._index.progress.split(name)).result()
        day = self._journal.day(name)
        if day is None:
            raise LookupError("its files are gone")
        with DayRewrite(self._journal, day, snapshot.end) as rewrite:
            where = self._decided(snapshot)
            moved: Moves = []
            if everything and self._covers(day):
                entries = self._count(snapshot, where)
                rewrite.drop()
            else:
                entries = self._sift(snapshot, where, rewrite, moved)
            rewrite.catch_up()
            self._indexer.exclusively(lambda: self._finish(snapshot, where, rewrite, moved)).result()
        left = self._journal.day(name)
        if left is not None and sealing.is_unsealed(self._journal, left, datetime.now(UTC)):
            with contextlib.suppress(OSError):  # it was the same a moment ago; the next round of maintenance seals it
                sealing.seal(self._journal, left, self._go_on)
        return _PrunedDay(entries, left is None)

    def _decided(self, snapshot: Snapshot) -> Sequence[Condition]:
        """The conditions, decided for the large entries of a snapshot, which stay where they are till it is pruned."""
        with self._index.cursor() as cursor, transaction(cursor):
            return self._texts.decided(cursor, self._where, self._go_on, within=snapshot.clause)

    def _covers(self, day: Day) -> bool:
        """Whether nothing is asked but that entries are older than some time after this day: damaged lines go too."""
        ended = day.ended
        return ended is not None and all(
            isinstance(condition, Compare)
            and condition.operator in ("<", "<=")
            and ended <= condition.moment.replace(tzinfo=UTC)
            for condition in self._where
        )

    def _count(self, snapshot: Snapshot, where: Sequence[Condition]) -> int:
        """How many entries of a snapshot fulfil the conditions."""
        fulfils, parameters = sql.holds(where)
        with self._index.cursor() as cursor:
            row = cursor.execute(
                f"SELECT count(*) FROM entries WHERE {snapshot.clause} AND {fulfils}", parameters
            ).fetchone()
        return int(row[0]) if row else 0

    def _sift(self, snapshot: Snapshot, where: Sequence[Condition], rewrite: DayRewrite, moved: Moves) -> int:
        """Write what stays of a day, and note which large lines that moves; returns how many entries don't stay."""
        fulfils, parameters = sql.holds(where)
        with self._index.cursor() as cursor:
            cursor.execute(
                f"SELECT encode(id), NOT {fulfils} FROM entries WHERE {snapshot.clause} ORDER BY rowid", parameters
            )
            sieve = _Sieve(cursor, snapshot.name, moved)
            rewrite.sift(sieve.sift, self._go_on)
            sieve.end()
        return sieve.dropped

    def _finish(self, snapshot: Snapshot, where: Sequence[Condition], rewrite: DayRewrite, moved: Moves) -> None:
        """Put the new files in place. In the index thread, and from there in the writer thread, see indexer."""
        progress = self._index.progress
        if not progress.holds(snapshot):
            raise _Differs("the search index was rebuilt meanwhile")
        progress.changing(snapshot.name)
        try:
            self._journal.change(snapshot.name, rewrite.put_in_place).result()
            progress.prune(snapshot, where, rewrite.end, moved)
        except BaseException:
            if rewrite.begun:
                self._indexer.forget(snapshot.name)
            else:
                progress.changing(snapshot.name, begun=False)
            raise

    def _read_anew(self, name: str) -> None:
        self._indexer.exclusively(lambda: self._indexer.forget(name)).result()


def _reason(error: Exception) -> str:
    """What went wrong, in one line."""
    if isinstance(error, Moved):
        return "the search index does not hold what the file does"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error).splitlines()[0]


class _Sieve:
    """Drops lines of a day as the index says, in whose order they lie. What is not an entry stays."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, name: str, moved: Moves) -> None:
        self._moved = moved
        self._kept = 0
        """Bytes that stay, of the lines so far."""
        self._cursor = cursor
        self._name = name
        self._ids: list[bytes] = []
        self._keep: list[bool] = []
        self.dropped = 0

    def sift(self, lines: bytes, offset: int) -> bytes:
        """What stays of whole lines that begin at this offset."""
        kept = self._sifted(lines, offset)
        self._kept += len(kept)
        return kept

    def _sifted(self, lines: bytes, offset: int) -> bytes:
        """Measured: 0.5 us a line."""
        if has_large(lines):
            return b"".join(self._one_by_one(lines, offset))
        split = lines.split(b"\n")
        split.pop()
        self._fetch(len(split))
        if [line[LINE_ID] for line in split] == self._ids[: len(split)]:
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
        new_offset = self._kept
        for line in lines.splitlines(keepends=True):
            kept = self._one(line, offset)
            if kept:
                if is_large(line):
                    self._moved.append((offset, new_offset))
                yield kept
            offset += len(line)
            new_offset += len(kept)

    def _one(self, line: bytes, offset: int) -> bytes:
        """What stays of one line that begins at this offset."""
        self._fetch(1)
        next_id = self._ids[0] if self._ids else None
        if not self._is_entry(line, next_id, offset):
            return line
        if not self._take(1)[0]:
            self.dropped += 1
            return b""
        if has_id(line):
            return line
        # An id that was made from the place of the line stays what it is when the line moves.
        return encode_entry(read_line(line, self._name, offset)) + b"\n"

    def _is_entry(self, line: bytes, next_id: bytes | None, offset: int) -> bool:
        """Whether a line is an entry, which then is the next one in the index. Raises _Differs when it is another."""
        if next_id is not None and line.startswith(LINE_START + next_id + b'"'):
            return True
        if not line.strip():
            return False
        try:
            entry = read_line(line, self._name, offset)
        except DamagedLine:
            return False
        if entry.id.encode() != next_id:
            raise _Differs("the search index does not hold what the file does")
        return True

    def _fetch(self, count: int) -> None:
        """Have so many of the next entries at hand, if there are as many."""
        if len(self._ids) < count:
            rows = self._cursor.fetchmany(count - len(self._ids))
            self._ids += [row[0] for row in rows]
            self._keep += [row[1] for row in rows]

    def _take(self, count: int) -> list[bool]:
        """Whether each of so many entries stays, which are then done."""
        keep = self._keep[:count]
        del self._ids[:count], self._keep[:count]
        return keep
