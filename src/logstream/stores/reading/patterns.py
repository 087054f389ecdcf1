"""The patterns of what matches in a database: entries are read as they come, and masked and counted here.

Where it can't decide what matches, the sample is of what it lets through, and the total is an estimate.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Final

from logstream.entries.entry import LogEntry
from logstream.entries.timestamps import parse_timestamp
from logstream.query.conditions import NO_LIMIT, Condition, LogQuery
from logstream.query.patterns import longest_literal, pattern_of
from logstream.query.results import Patterns
from logstream.stores import patterns
from logstream.stores.buckets import EPOCH, Buckets
from logstream.stores.patterns import Group, Sample
from logstream.stores.reading.rows import Among, Rows, Sampled, WithLiteral
from logstream.stores.reading.search import scan
from logstream.stores.turns import within

MOST: Final = 40_000
MOST_OF_LEVEL: Final = 8_000
"""See `Sample`; reading and masking an entry takes some 50 us."""

MOST_LITERALS: Final = 50
"""Texts that are looked for at one time."""

_SECOND: Final = timedelta(seconds=1)


async def find(rows: Rows, query: LogQuery, zone: tzinfo) -> Patterns:
    """The patterns of what matches, at most the query's limit, within the time that a search may take."""
    async with within(rows.search_timeout):
        levels = await rows.levels(query.where)
        sample = Sample(levels, MOST, MOST_OF_LEVEL)
        buckets = patterns.timeline(query.where, levels, zone)
        tally = _Tally(buckets)
        async for entries in scan(rows, LogQuery(query.where, limit=NO_LIMIT), _is_in(sample)):
            await asyncio.to_thread(tally.add, entries)
        groups = tally.most_frequent(sample, query.limit)
        new = await _new(rows, {group.pattern for group in groups}, query.where)
        bound = patterns.example_query(query)
        found = await rows.by_ids([group.newest_id for group in groups], bound)
        examples = {entry.id: patterns.bounded(entry, bound) for entry in found}
        total = sample.total if rows.decides(query.where) else sample.estimate(tally.by_level)
        return patterns.made_of(groups, examples, new, sample, buckets, total)


class _Tally:
    """What was looked at, by pattern."""

    def __init__(self, buckets: Buckets) -> None:
        self._buckets = buckets
        self._counts: dict[str, Counter[tuple[str, int]]] = {}
        self._ends: dict[str, tuple[datetime, tuple[datetime, str]]] = {}
        self.by_level: Counter[str] = Counter()

    def add(self, entries: Sequence[LogEntry]) -> None:
        for entry in entries:
            moment = parse_timestamp(entry.timestamp)
            assert moment is not None
            moment, pattern = moment.replace(tzinfo=None), pattern_of(entry.message)
            bucket = self._buckets.number_of((moment - EPOCH) // _SECOND)
            self._counts.setdefault(pattern, Counter())[entry.level, bucket] += 1
            self.by_level[entry.level] += 1
            this = moment, entry.id
            oldest, newest = self._ends.get(pattern, (moment, this))
            self._ends[pattern] = min(oldest, moment), max(newest, this)

    def most_frequent(self, sample: Sample, limit: int) -> list[Group]:
        groups = [
            Group(
                pattern,
                [(level, bucket, count) for (level, bucket), count in counts.items()],
                self._ends[pattern][0],
                *self._ends[pattern][1],
            )
            for pattern, counts in self._counts.items()
        ]
        groups.sort(key=lambda group: (-sum(count / sample.shares[level] for level, _, count in group.counts), group))
        return groups[:limit]


def _is_in(sample: Sample) -> Among | None:
    """What is looked at."""
    return None if sample.is_whole else Sampled(sample.shares)


async def _new(rows: Rows, names: set[str], where: Sequence[Condition]) -> frozenset[str]:
    """Those of the patterns that nothing had before the time from which on the conditions ask.

    Nearly all are found in a sample; what is rare, or new indeed, is looked for by a text of its own.
    """
    earlier = patterns.earlier(where)
    if earlier is None:
        return frozenset()
    sample = Sample(await rows.levels(earlier), MOST, MOST_OF_LEVEL)
    left = await _without_found(rows, names, earlier, _is_in(sample))
    if not sample.is_whole:
        ordered = sorted(left)
        for start in range(0, len(ordered), MOST_LITERALS):
            some = ordered[start : start + MOST_LITERALS]
            likely = WithLiteral([longest_literal(name) for name in some])
            left -= set(some) - await _without_found(rows, set(some), earlier, likely)
    return frozenset(left)


async def _without_found(rows: Rows, names: set[str], where: Sequence[Condition], among: Among | None) -> set[str]:
    """Those of the patterns that no entry has; it is read no further than until there are none."""
    left = set(names)
    if left:
        async for entries in scan(rows, LogQuery(where, limit=NO_LIMIT), among):
            left -= await asyncio.to_thread(_patterns_of, entries)
            if not left:
                break
    return left


def _patterns_of(entries: Sequence[LogEntry]) -> set[str]:
    return {pattern_of(entry.message) for entry in entries}
