"""Entries over time: how long the buckets are, which there are, and the statistics that are made of counts."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from logstream.entries.entry import LEVELS
from logstream.entries.timestamps import format_timestamp
from logstream.query.conditions import Compare, Condition
from logstream.query.results import Bucket, Histogram, Stats, ValueCount

TOP: Final = ("app_key", "category")
TOP_COUNT: Final = 10
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
INTERVALS: Final = (
    *(1, 2, 5, 10, 15, 30),
    *(_MINUTE, 2 * _MINUTE, 5 * _MINUTE, 10 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE),
    *(_HOUR, 2 * _HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR, _DAY),
)
"""Lengths of a bucket in seconds. Longer ones, for more than so many days, are whole weeks."""

EPOCH: Final = datetime(1970, 1, 1)


def interval_for(seconds: float, buckets: int) -> int:
    """The shortest round interval that covers so many seconds with so many buckets."""
    for interval in INTERVALS:
        if seconds <= interval * buckets:
            return interval
    week = 7 * _DAY
    return week * -(-int(seconds) // (week * buckets))


def stated_range(where: Sequence[Condition]) -> tuple[datetime | None, datetime | None]:
    """From when to when the filters ask, where they say it."""
    compares = [condition for condition in where if isinstance(condition, Compare)]
    start = max((c.moment for c in compares if c.operator in (">=", ">")), default=None)
    end = min((c.moment for c in compares if c.operator in ("<=", "<")), default=None)
    return start, end


def made_of(
    counts: Iterable[tuple[int, str, int]],
    top: dict[str, list[ValueCount]],
    interval: int,
    start: datetime,
    end: datetime,
) -> Stats:
    """The statistics of counts by bucket (number of intervals since 1970) and level."""
    buckets: dict[int, dict[str, int]] = {}
    by_level = dict.fromkeys(LEVELS, 0)
    for bucket, level, entries in counts:
        in_bucket = buckets.setdefault(int(bucket), dict.fromkeys(LEVELS, 0))
        in_bucket[level] += entries
        by_level[level] += entries
    total = sum(by_level.values())
    first, last = (int((moment - EPOCH).total_seconds() // interval) for moment in (start, max(start, end)))
    empty = dict.fromkeys(LEVELS, 0)
    listed = [
        Bucket(format_timestamp(EPOCH + timedelta(seconds=number * interval)), buckets.get(number, empty))
        for number in range(first, last + 1)
    ]
    return Stats(total, by_level, top, Histogram(interval, listed if total else []))
