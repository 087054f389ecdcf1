"""How far each day of the journal has been read into the index, and which numbers its entries bear there.

The entries of a day bear a number, kept in the table `files`. `split` begins another, by which what was indexed till
then is told from what comes later: so a pruning can take out entries of the first while others are added.
"""

import contextlib
from collections.abc import Sequence
from typing import NamedTuple

import duckdb

from logstream.query.conditions import Condition
from logstream.stores.index import sql
from logstream.stores.index.transaction import transaction
from logstream.stores.journal.journal import Journal

Moves = list[tuple[int, int]]
"""Large lines of a day: where they start, and where they will."""


class Reached(NamedTuple):
    """Where reading a day has come to: the number that its next entries get, and the offset."""

    number: int
    end: int


class Snapshot(NamedTuple):
    """What was indexed of a day at one moment: all entries of these numbers, all lines up to `end`."""

    name: str
    numbers: tuple[int, ...]
    end: int
    opening: int
    """Which opening of the index the numbers are of."""

    @property
    def clause(self) -> str:
        """The SQL condition that its entries fulfil."""
        return _is_one_of(self.numbers)


class Damage(NamedTuple):
    """A line of a day that is no entry; `line` is None where pruning has moved it since."""

    name: str
    line: int | None


class Progress:
    """The progress of one opening of the index. Changed in the index thread; `reached` may be asked in any."""

    def __init__(self, db: duckdb.DuckDBPyConnection, opening: int, last_load: int) -> None:
        self._db = db
        self._opening = opening
        self._reached: dict[str, Reached] = {}
        self._earlier: dict[str, tuple[int, ...]] = {}
        """The numbers of a day's entries before its present one, where `split` has told them apart."""
        self._last_number = 0
        self.last_load = last_load
        """The number of the last load, of up to LOAD_ENTRIES; no earlier opening had a greater one."""
        self.has_removed = False
        """Whether entries were taken out; to be set back by who takes care of it."""
        self._damage: tuple[Damage, ...] = ()
        self.has_large = False
        """Whether there may be large entries (see large_texts) among those that are indexed, or will be at once."""

    @property
    def damage(self) -> tuple[Damage, ...]:
        """The lines that were left out as damaged, in the order in which they were found; in any thread."""
        return self._damage

    def read(self, journal: Journal) -> None:
        """Take over what the file holds; drop the entries of days that are gone, shorter or were being changed."""
        rows = self._db.execute("SELECT name, number, size, changing FROM files ORDER BY number").fetchall()
        for name, number, size, _ in rows:
            if name in self._reached:
                self._earlier[name] = (*self._earlier.get(name, ()), self._reached[name].number)
            self._reached[name] = Reached(number, size)
            self._last_number = number
        (last_load,) = self._db.execute("SELECT max(load) FROM entries").fetchone() or (None,)
        self.last_load = max(self.last_load, last_load or 0)
        self.has_large = bool(self._db.execute("SELECT 1 FROM entries WHERE line_start IS NOT NULL LIMIT 1").fetchone())
        self._damage = tuple(Damage(*row) for row in self._db.execute("SELECT name, line FROM damaged").fetchall())
        changing = {name for name, *_, changing in rows if changing}
        for name, reached in list(self._reached.items()):
            day = journal.day(name)
            if name in changing or day is None or day.size < reached.end:
                self.forget(name)

    def reached(self, name: str) -> int:
        """How far a day has been read."""
        reached = self._reached.get(name)
        return 0 if reached is None else reached.end

    def number(self, name: str) -> int:
        """The number that the next entries of a day get. In a transaction that is to end with `store`."""
        reached = self._reached.get(name)
        return self._new_number(name, 0) if reached is None else reached.number

    def store(self, reached: dict[str, Reached], damage: Sequence[Damage] = ()) -> None:
        """Write how far days have been read, and which lines were left out, in the transaction that loads the others.

        Then `note` it.
        """
        if damage:
            self._db.execute(
                "INSERT INTO damaged SELECT unnest(?::VARCHAR[]), unnest(?::BIGINT[])",
                [[one.name for one in damage], [one.line for one in damage]],
            )
        for number, end in reached.values():
            self._db.execute("UPDATE files SET size = ? WHERE number = ?", [end, number])

    def note(self, reached: dict[str, Reached], damage: Sequence[Damage], loads: int) -> None:
        """The transaction of `store` is done, which brought so many loads."""
        self.last_load += loads
        self._reached.update(reached)
        self._damage += tuple(damage)

    def forget(self, name: str) -> None:
        """Take the entries of a day out, to be read anew if it is there."""
        if name not in self._reached:
            return
        numbers = (*self._earlier.get(name, ()), self._reached[name].number)
        with transaction(self._db):
            self._db.execute(f"DELETE FROM entries WHERE {_is_one_of(numbers)}")
            self._db.execute("DELETE FROM files WHERE name = ?", [name])
            self._db.execute("DELETE FROM damaged WHERE name = ?", [name])
        self.has_removed = True
        self._damage = tuple(one for one in self._damage if one.name != name)
        del self._reached[name]
        self._earlier.pop(name, None)

    def split(self, name: str) -> Snapshot:
        """Tell the entries that a day has now from those that come later.

        Raises LookupError when the day is not indexed.
        """
        if name not in self._reached:
            raise LookupError("the search index is being rebuilt")
        number, end = self._reached[name]
        if self._db.execute("SELECT 1 FROM entries WHERE file = ? LIMIT 1", [number]).fetchone():
            self._reached[name] = Reached(self._new_number(name, end), end)
            self._earlier[name] = (*self._earlier.get(name, ()), number)
        return Snapshot(name, self._earlier.get(name, ()), end, self._opening)

    def holds(self, snapshot: Snapshot) -> bool:
        """Whether the index still is as it was at the split."""
        return snapshot.opening == self._opening and snapshot.numbers == self._earlier.get(snapshot.name)

    def changing(self, name: str, *, begun: bool = True) -> None:
        """Note that the files of a day are about to be replaced: ended in between, the next start reads it anew."""
        self._db.execute("UPDATE files SET changing = ? WHERE name = ?", [begun, name])

    def prune(self, snapshot: Snapshot, conditions: Sequence[Condition], end: int, moved: Moves) -> None:
        """Take what fulfils the conditions out of a snapshot, whose lines now end at `end`; large ones have `moved`."""
        name = snapshot.name
        reached = self._reached[name]
        fulfils, parameters = sql.holds(conditions)
        new_end = reached.end - snapshot.end + end
        nothing_came = reached.end == snapshot.end  # since the split: its number is not in use
        with transaction(self._db):
            self._db.execute(f"DELETE FROM entries WHERE {snapshot.clause} AND {fulfils}", parameters)
            self._move(snapshot, reached.number, end - snapshot.end, moved)
            if nothing_came:
                self._db.execute("DELETE FROM files WHERE number = ?", [reached.number])
            self._db.execute("UPDATE files SET size = ?, changing = false WHERE name = ?", [new_end, name])
            self._db.execute("UPDATE damaged SET line = NULL WHERE name = ?", [name])
        self.has_removed = True
        self._damage = tuple(one._replace(line=None) if one.name == name else one for one in self._damage)
        if nothing_came:
            self._reached[name] = Reached(snapshot.numbers[-1], new_end)
            self._earlier[name] = snapshot.numbers[:-1]
        else:
            self._reached[name] = Reached(reached.number, new_end)
        if not new_end:
            self.forget(name)
        with contextlib.suppress(duckdb.TransactionException):  # somebody reads: the next one does it
            self._db.execute("CHECKPOINT")  # day by day, so that none takes long; it makes room for new entries

    def _move(self, snapshot: Snapshot, later: int, shift: int, moved: Moves) -> None:
        """Note where large lines start now: of a snapshot, and of what came later."""
        if moved:
            starts, new_starts = map(list, zip(*moved, strict=True))
            self._db.execute(
                "UPDATE entries SET line_start = now FROM (SELECT unnest(?) AS was, unnest(?) AS now) "
                f"WHERE {snapshot.clause} AND line_start = was",
                [starts, new_starts],
            )
        if shift:
            statement = "UPDATE entries SET line_start = line_start + ? WHERE file = ? AND line_start IS NOT NULL"
            self._db.execute(statement, [shift, later])

    def _new_number(self, name: str, end: int) -> int:
        self._last_number += 1  # none is used twice: a transaction that still reads may hold on to the old one
        self._db.execute("INSERT INTO files VALUES (?, ?, ?, false)", [self._last_number, name, end])
        return self._last_number


def _is_one_of(numbers: tuple[int, ...]) -> str:
    return f"file IN ({', '.join(map(str, numbers))})"
