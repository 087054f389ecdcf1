"""Statistics of entries that are read, where MariaDB can't count them: what it takes of each, in some 12 bytes."""

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from logstream.entries.entry import LogEntry
from logstream.entries.timestamps import parse_timestamp
from logstream.query.grouping import value_reader
from logstream.query.results import Split, Stats, ValueCount
from logstream.query.statistics import StatsQuery
from logstream.stores.buckets import EPOCH, TOP, TOP_COUNT, Buckets, made_of, stated_range
from logstream.stores.splits import ABSENT, REST, split_of

MOST_CHARACTERS: Final = 16_000_000
"""Of all values that are told apart; those that come after as many are counted to the rest."""

_SECOND: Final = timedelta(seconds=1)


class Tally:
    """The entries of a query, as they are read."""

    def __init__(self, query: StatsQuery) -> None:
        self._query = query
        self._counts: Counter[tuple[int, str]] = Counter()
        self._top: dict[str, Counter[str]] = {name: Counter() for name in TOP}
        self._oldest, self._newest = datetime.max, datetime.min
        self._values = None if query.split is None else _Values(query.split)

    def add(self, entries: Sequence[LogEntry]) -> None:
        for entry in entries:
            moment = parse_timestamp(entry.timestamp)
            assert moment is not None
            naive = moment.replace(tzinfo=None)
            self._oldest, self._newest = min(self._oldest, naive), max(self._newest, naive)
            second = (naive - EPOCH) // _SECOND
            self._counts[second, entry.level] += 1
            for name in TOP:
                self._top[name][getattr(entry, name)] += 1
            if self._values is not None:
                self._values.add(second, entry)

    def stats(self) -> Stats:
        """The statistics of what was added."""
        query = self._query
        oldest, newest = (self._oldest, self._newest) if self._counts else (EPOCH, EPOCH)
        start, end = stated_range(query.where)
        start, end = start or oldest, end or newest
        buckets = Buckets(start, max(start, end), query.buckets, query.zone)
        counts = [(buckets.number_of(second), level, count) for (second, level), count in self._counts.items()]
        counted = made_of(counts, {name: most_frequent(self._top[name], TOP_COUNT) for name in TOP}, buckets)
        if self._values is None:
            return counted
        return msgspec.structs.replace(counted, split=self._values.split(query.series, buckets))


class _Values:
    """The value of a field of each entry, as a number, and its second."""

    def __init__(self, field: str) -> None:
        self._field = field
        self._read = value_reader(field)
        self._numbers: dict[str, int] = {}
        self._characters = 0
        self._entries = array("q"), array("i")

    def add(self, second: int, entry: LogEntry) -> None:
        value = self._read(entry)
        seconds, numbers = self._entries
        seconds.append(second)
        numbers.append(ABSENT if value is None else self._number_of(value))

    def _number_of(self, value: str) -> int:
        if value not in self._numbers:
            if self._characters + len(value) > MOST_CHARACTERS:
                return REST
            self._characters += len(value)
            self._numbers[value] = len(self._numbers)
        return self._numbers[value]

    def split(self, most: int, buckets: Buckets) -> Split:
        seconds, numbers = self._entries
        totals = Counter(numbers)
        top = most_frequent({value: totals[number] for value, number in self._numbers.items()}, most)
        series = {self._numbers[one.value]: place for place, one in enumerate(top)} | {ABSENT: ABSENT}
        counts = Counter(
            (series.get(number, REST), buckets.number_of(second))
            for second, number in zip(seconds, numbers, strict=True)
        )
        rows = [(place, bucket, entries) for (place, bucket), entries in counts.items()]
        return split_of(self._field, [one.value for one in top], rows, buckets)


def most_frequent(counts: Mapping[str, int], limit: int) -> list[ValueCount]:
    """The values with the highest counts; of those with the same, in order of their characters."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [ValueCount(value, count) for value, count in ordered[:limit]]
