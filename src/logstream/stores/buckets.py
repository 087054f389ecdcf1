"""Entries over time: which buckets there are, and the statistics that are made of counts.

All stores count by `Buckets.sql`, so where a day begins is decided here alone.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final, NamedTuple

from logstream.entries.entry import LEVELS
from logstream.entries.timestamps import format_timestamp
from logstream.query.conditions import Compare, Condition
from logstream.query.results import Bucket, Histogram, Stats, Timeline, ValueCount

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
_SECOND: Final = timedelta(seconds=1)
_LATEST: Final = datetime(9999, 12, 30)
"""No bucket starts later: in some zones it would be the year 10000."""


class _Run(NamedTuple):
    """Buckets of the nominal length one after the other, or one of another length, where clocks change."""

    number: int
    start: int
    regular: bool


class Buckets:
    """Buckets from `start` to `end` (naive, UTC), nominally `interval` seconds long.

    Those of two hours and more start at round times of the zone's clocks: where these change, one is longer or shorter.
    """

    def __init__(self, start: datetime, end: datetime, most: int, zone: tzinfo) -> None:
        self.interval: Final = interval_for((end - start).total_seconds() + 1, most)
        start, end = min(start, _LATEST), min(max(start, end), _LATEST)
        self.starts: Final = _starts(start, end, self.interval, zone)
        """In seconds since 1970, UTC."""

    def number_of(self, second: int) -> int:
        """Which bucket a time lies in, from 0."""
        return max(0, bisect_right(self.starts, second) - 1)

    def sql(self, moment: str, intervals: str, bound: str = "TIMESTAMP'{bound}'") -> str:
        """`number_of` a row's `moment` in SQL; `intervals`: how often {interval} seconds have passed since {start}.

        `bound`: how a time is written.
        """
        return _sql(self._runs(), moment, intervals.replace("{interval}", str(self.interval)), bound)

    def timeline(self) -> Timeline:
        """When they start."""
        return Timeline(self.interval, [_written(start) for start in self.starts])

    def _runs(self) -> list[_Run]:
        runs: list[_Run] = []
        for number, (start, following) in enumerate(zip(self.starts, [*self.starts[1:], None], strict=True)):
            regular = following is None or following - start == self.interval
            if not (regular and runs and runs[-1].regular):
                runs.append(_Run(number, start, regular))
        return runs


def _starts(start: datetime, end: datetime, interval: int, zone: tzinfo) -> list[int]:
    if interval <= _HOUR:  # evenly, also over the hour that comes twice
        phase = int(_offset(start, zone).total_seconds())
        first = (_seconds(start) + phase) // interval * interval - phase
        return list(range(first, _seconds(end) + 1, interval))
    first, last = (_seconds(moment + _offset(moment, zone)) // interval for moment in (start, end))
    starts = {_first_at(number * interval, zone) for number in range(first, max(first, last) + 1)}
    if min(starts) > _seconds(start):  # clocks that were just set forward skipped what would begin here
        starts.add(_seconds(start))
    return sorted(start for start in starts if start <= _seconds(end))


def _offset(moment: datetime, zone: tzinfo) -> timedelta:
    return moment.replace(tzinfo=UTC).astimezone(zone).utcoffset() or timedelta()


def _first_at(wall: int, zone: tzinfo) -> int:
    """When the zone's clocks first show a time, given in seconds since 1970 by them, or one behind it."""
    shown = EPOCH + timedelta(seconds=max(wall, -_DAY))  # no entry is from before 1970, in no zone much before it
    return int(shown.replace(tzinfo=zone).timestamp())


def _seconds(moment: datetime) -> int:
    return (moment - EPOCH) // _SECOND


def _written(second: int) -> str:
    return format_timestamp(EPOCH + timedelta(seconds=second))


def _sql(runs: list[_Run], moment: str, intervals: str, written: str) -> str:
    """A search by halves: comparing with each run in turn takes long where there are hundreds."""
    if len(runs) > 1:
        middle = len(runs) // 2
        earlier, later = (_sql(half, moment, intervals, written) for half in (runs[:middle], runs[middle:]))
        bound = written.replace("{bound}", str(EPOCH + timedelta(seconds=runs[middle].start)))
        return f"CASE WHEN {moment} < {bound} THEN {earlier} ELSE {later} END"
    number, start, regular = runs[0]
    return f"{number} + {intervals.replace('{start}', str(start))}" if regular else str(number)


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


def made_of(counts: Iterable[tuple[int, str, int]], top: dict[str, list[ValueCount]], buckets: Buckets) -> Stats:
    """The statistics of counts by number of the bucket and level."""
    in_buckets = [dict.fromkeys(LEVELS, 0) for _ in buckets.starts]
    by_level = dict.fromkeys(LEVELS, 0)
    for number, level, entries in counts:
        by_level[level] += entries
        if 0 <= number < len(in_buckets):  # or came after the range was found
            in_buckets[number][level] += entries
    total = sum(by_level.values())
    listed = [Bucket(_written(start), counted) for start, counted in zip(buckets.starts, in_buckets, strict=True)]
    return Stats(total, by_level, top, Histogram(buckets.interval, listed if total else []))
