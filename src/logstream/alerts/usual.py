"""What is usual: how many entries there were at the same time of the days before."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Final, Protocol

from logstream.alerts.alert import Alert, Rate
from logstream.entries.entry import LogEntry
from logstream.entries.timestamps import parse_timestamp
from logstream.query.conditions import Compare, Condition, LogQuery
from logstream.query.grouping import Values, having
from logstream.query.results import Page

DAY: Final = 86_400.0


class History(Protocol):
    """The part of a store that alerts take."""

    async def position_of(self, entry_id: str) -> str | None: ...

    async def search(self, query: LogQuery) -> Page: ...

    def scan(self, query: LogQuery) -> AsyncIterator[Sequence[LogEntry]]: ...


async def usual(history: History, alert: Alert, values: Values, moment: float) -> float | None:
    """The average within the window, on those of the days that have a beginning; None without any.

    Days from before the first entry that is stored say nothing. Raises StoreUnavailable.
    """
    assert isinstance(alert.when, Rate)
    first = await first_stored(history)
    where = [*alert.where, *having(alert.group_by, values)]
    counts: list[int] = []
    for day in range(1, alert.when.days + 1):
        end = moment - day * DAY
        if end - alert.window >= first:
            counts.append(await _count(history, where, end - alert.window, end))
    return sum(counts) / len(counts) if counts else None


async def first_stored(history: History) -> float:
    """The time of the first entry; infinite without any."""
    page = await history.search(LogQuery(ascending=True, limit=1, counted=False))
    moment = parse_timestamp(page.entries[0].timestamp) if page.entries else None
    return float("inf") if moment is None else moment.timestamp()


async def _count(history: History, where: Sequence[Condition], start: float, end: float) -> int:
    within = [Compare("timestamp", ">=", naive(start)), Compare("timestamp", "<", naive(end))]
    return (await history.search(LogQuery([*where, *within], limit=1))).total or 0


def naive(moment: float) -> datetime:
    """A moment as conditions have it."""
    return datetime.fromtimestamp(moment, UTC).replace(tzinfo=None)
