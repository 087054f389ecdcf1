"""Judging the past: when an alert would have fired, by the times of the entries.

The same conditions as live, from a window before the beginning on; what is usual is counted among the same entries. The
entries are read once, in order, and judged in a thread, a portion at a time.
"""

import asyncio
import contextlib
from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

from logstream.alerts.alert import Alert, Each, NewPattern, Rate
from logstream.alerts.condition import Watched
from logstream.alerts.usual import DAY, History, first_stored, naive
from logstream.entries.entry import LogEntry
from logstream.entries.timestamps import format_timestamp
from logstream.query.conditions import Compare, LogQuery
from logstream.query.grouping import Values, values_reader

MAX_ENTRIES: Final = 1_000_000
MAX_FIRED: Final = 1000
MAX_LEARNED: Final = 100_000
MAX_TICKS: Final = 100_000
"""How often at most it is looked what the time alone has changed; when it did is exact all the same."""


class TooManyEntries(Exception):
    """More entries match than a preview looks at."""


class Fired(msgspec.Struct):
    """Once that it would have fired; `until` is null where it still does at the end."""

    since: str
    until: str | None
    group: dict[str, str | None] | None
    count: int


async def preview(history: History, alert: Alert, start: datetime, end: datetime) -> list[Fired]:
    """The first MAX_FIRED times that it would have fired between two moments (naive, UTC).

    Raises TooManyEntries or StoreUnavailable.
    """
    first = await first_stored(history) if isinstance(alert.when, Rate) else 0.0
    past = _Past(alert, start.replace(tzinfo=UTC).timestamp(), end.replace(tzinfo=UTC).timestamp(), first)
    if isinstance(alert.when, NewPattern):
        before = LogQuery([*alert.where, Compare("timestamp", "<", start)], limit=MAX_LEARNED, counted=False)
        async with contextlib.aclosing(history.scan(before)) as portions:  # type: ignore[type-var]
            async for entries in portions:
                await asyncio.to_thread(past.watched.learn_from, entries)
    within = [Compare("timestamp", ">=", naive(past.begin)), Compare("timestamp", "<=", end)]
    query = LogQuery([*alert.where, *within], ascending=True, limit=MAX_ENTRIES + 1, counted=False)
    taken = 0
    async with contextlib.aclosing(history.scan(query)) as portions:  # type: ignore[type-var]
        async for entries in portions:
            taken += len(entries)
            if taken > MAX_ENTRIES:
                raise TooManyEntries
            await asyncio.to_thread(past.take, entries)
    return past.finish()


class _Past:
    def __init__(self, alert: Alert, start: float, end: float, first: float) -> None:
        self._start = start
        self._end = end
        self._first = first
        """Before this nothing is stored at all."""
        self._judged_from = start - alert.window
        days = alert.when.days if isinstance(alert.when, Rate) else 0
        self.begin = max(0.0, self._judged_from - days * DAY)
        """From here on entries are needed."""
        self.watched = Watched(alert, None, self._judged_from, "")
        self._alert = alert
        self._tick = (end - self._judged_from) / MAX_TICKS
        self._ticked_at = self._judged_from
        self._values = values_reader(alert.group_by) if alert.group_by else lambda entry: ()
        self._times: dict[Values, list[float]] = {}
        self._fired: list[Fired] = []
        self._open: dict[Values, Fired] = {}

    def take(self, entries: Sequence[LogEntry]) -> None:
        watched, is_rate = self.watched, isinstance(self._alert.when, Rate)
        for entry in entries:
            moment = datetime.fromisoformat(entry.timestamp).timestamp()
            if is_rate:
                self._times.setdefault(self._values(entry), []).append(moment)
            if moment < self._judged_from:
                continue
            if moment - self._ticked_at >= self._tick:
                self._pass_time(moment)
            group = watched.take(entry, moment)
            if group is None:
                continue
            if watched.is_unknown(group, moment):
                watched.know(group, self._usual(group.values, moment), moment)
            self._collect()
            if group.firing and group.values in self._open:
                fired = self._open[group.values]
                fired.count = max(fired.count, group.window.total)

    def finish(self) -> list[Fired]:
        self._pass_time(self._end)
        self._collect()
        return self._fired[:MAX_FIRED]

    def _pass_time(self, moment: float) -> None:
        self._ticked_at = moment
        self.watched.tick(moment)
        for group in self.watched.unknown(moment):
            self.watched.know(group, self._usual(group.values, moment), moment)

    def _usual(self, values: Values, moment: float) -> float | None:
        assert isinstance(self._alert.when, Rate)
        times, window = self._times.get(values, []), self._alert.window
        ends = [moment - day * DAY for day in range(1, self._alert.when.days + 1)]
        counts = [
            bisect_left(times, end) - bisect_left(times, end - window) for end in ends if end - window >= self._first
        ]
        return sum(counts) / len(counts) if counts else None

    def _collect(self) -> None:
        for event in self.watched.events:
            values = event.group.values
            if event.state == "resolved":
                fired = self._open.pop(values, None)
                if fired is not None:
                    fired.until = _written(event.moment)
                    if event.moment < self._start:
                        self._fired.remove(fired)
                continue
            group = dict(zip(self._alert.group_by, values, strict=True)) or None
            fired = Fired(_written(event.since), None, group, event.number)
            if isinstance(self._alert.when, Each | NewPattern):
                fired.until = fired.since
            else:
                self._open[values] = fired
            self._fired.append(fired)
        self.watched.events.clear()


def _written(moment: float) -> str:
    return format_timestamp(datetime.fromtimestamp(moment, UTC))
