"""Statistics of entries that are read, where the database can't count them: what it takes of each, in some 20 bytes."""

import math
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from logstream.entries.entry import LogEntry
from logstream.entries.timestamps import parse_timestamp
from logstream.query.context_values import ContextPlace, measured
from logstream.query.grouping import value_reader
from logstream.query.results import Stats, ValueCount
from logstream.query.statistics import Metric, StatsQuery
from logstream.stores.breakdown import ABSENT, REST, Measurement, metric_of, split_of, with_metric
from logstream.stores.buckets import EPOCH, TOP, TOP_COUNT, Buckets, made_of, stated_range

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
        self._breakdown = None if query.split is None and query.metric is None else _Breakdown(query)

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
            if self._breakdown is not None:
                self._breakdown.add(second, entry)

    def stats(self) -> Stats:
        """The statistics of what was added."""
        query = self._query
        oldest, newest = (self._oldest, self._newest) if self._counts else (EPOCH, EPOCH)
        start, end = stated_range(query.where)
        start, end = start or oldest, end or newest
        buckets = Buckets(start, max(start, end), query.buckets, query.zone)
        counts = [(buckets.number_of(second), level, count) for (second, level), count in self._counts.items()]
        counted = made_of(counts, {name: most_frequent(self._top[name], TOP_COUNT) for name in TOP}, buckets)
        return counted if self._breakdown is None else self._breakdown.added_to(counted, buckets)


class _Breakdown:
    """Of each entry its second, the value of the field as a number that stands for it, and the number to measure."""

    def __init__(self, query: StatsQuery) -> None:
        self._query = query
        self._value = (lambda entry: None) if query.split is None else value_reader(query.split)
        self._place = None if query.metric is None else ContextPlace(query.metric.path)
        self._known: dict[str, int] = {}
        self._characters = 0
        self._skipped = 0
        self._seconds, self._values, self._numbers = array("q"), array("i"), array("d")

    def add(self, second: int, entry: LogEntry) -> None:
        value = self._value(entry)
        self._seconds.append(second)
        self._values.append(ABSENT if value is None else self._stands_for(value))
        if self._place is not None:
            is_present, number = measured(self._place.in_context(entry.context))
            self._skipped += is_present and number is None
            self._numbers.append(math.nan if number is None else number)

    def _stands_for(self, value: str) -> int:
        if value not in self._known:
            if self._characters + len(value) > MOST_CHARACTERS:
                return REST
            self._characters += len(value)
            self._known[value] = len(self._known)
        return self._known[value]

    def added_to(self, stats: Stats, buckets: Buckets) -> Stats:
        """The statistics with what the query asks for beyond them."""
        totals = Counter(self._values)
        top = most_frequent({value: totals[known] for value, known in self._known.items()}, self._query.series)
        places = {self._known[one.value]: place for place, one in enumerate(top)} | {ABSENT: ABSENT}
        series = array("i", (places.get(known, REST) for known in self._values))
        numbered = array("i", map(buckets.number_of, self._seconds))
        if self._query.split is not None:
            counts = Counter(zip(series, numbered, strict=True))
            rows = [(*kind, entries) for kind, entries in counts.items()]
            split = split_of(self._query.split, [one.value for one in top], rows, buckets)
            stats = msgspec.structs.replace(stats, split=split)
        if self._query.metric is None:
            return stats
        measurements = self._measurements(self._query.metric, series, numbered)
        return with_metric(stats, self._query.metric, measurements, buckets, skipped=self._skipped, unread=0)

    def _measurements(self, metric: Metric, series: "array[int]", numbered: "array[int]") -> list[Measurement]:
        found: dict[tuple[int | None, int | None], array[float]] = {}
        for one, bucket, number in zip(series, numbered, self._numbers, strict=True):
            if not math.isnan(number):
                for kind in ((one, bucket), (one, None), (None, bucket), (None, None)):
                    found.setdefault(kind, array("d")).append(number)
        return [Measurement(*kind, len(numbers), metric_of(metric, numbers)) for kind, numbers in found.items()]


def most_frequent(counts: Mapping[str, int], limit: int) -> list[ValueCount]:
    """The values with the highest counts; of those with the same, in order of their characters."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [ValueCount(value, count) for value, count in ordered[:limit]]
