"""Answers to queries: a page of entries, or what the entries that match look like as a whole."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TypeVar

import msgspec

from logstream.entries.entry import LogEntry


class Page(msgspec.Struct, frozen=True):
    """One page of entries and, where it was asked for, the number of all that match."""

    total: int | None
    entries: Sequence[LogEntry]
    is_whole: bool = True
    """Whether the entries have all that they say; else messages and contexts of large ones are missing."""


class Bucket(msgspec.Struct, frozen=True):
    """How many entries of each level there are from `start`, for the length of the interval."""

    start: str
    counts: dict[str, int]


class Histogram(msgspec.Struct, frozen=True):
    """Entries over time, empty buckets included; `interval` in seconds."""

    interval: int
    buckets: list[Bucket]


class ValueCount(msgspec.Struct, frozen=True):
    """A value of a field and how many entries have it."""

    value: str
    count: int


class Measured(msgspec.Struct, frozen=True):
    """A metric of so many numbers, of all and of those in each bucket of the histogram; None of no number."""

    count: int
    value: float | None
    histogram: list[float | None]


class Metric(msgspec.Struct, frozen=True):
    """A metric of the numbers that a field has.

    `skipped` entries have something else there; `unread` could not be looked at: what large entries say is not indexed.
    """

    function: str
    field: str
    count: int
    skipped: int
    unread: int
    value: float | None
    histogram: list[float | None]


class Series(msgspec.Struct, frozen=True):
    """How many entries of one kind there are, in all and in each bucket of the histogram."""

    count: int
    histogram: list[int]
    metric: Measured | msgspec.UnsetType = msgspec.UNSET


class ValueSeries(msgspec.Struct, frozen=True):
    """A value of a field and how many entries have it, in all and in each bucket of the histogram."""

    value: str
    count: int
    histogram: list[int]
    metric: Measured | msgspec.UnsetType = msgspec.UNSET


class Split(msgspec.Struct, frozen=True):
    """The entries that match by the value of a field, the most frequent first.

    `rest` has other values, `absent` none; `unread` could not be looked at: what large entries say is not indexed.
    """

    field: str
    values: list[ValueSeries]
    rest: Series
    absent: Series
    unread: int


class Stats(msgspec.Struct, frozen=True):
    """What the entries that match look like as a whole."""

    total: int
    by_level: dict[str, int]
    top: dict[str, list[ValueCount]]
    histogram: Histogram
    split: Split | msgspec.UnsetType = msgspec.UNSET
    metric: Metric | msgspec.UnsetType = msgspec.UNSET


class Timeline(msgspec.Struct, frozen=True):
    """When the buckets start in which entries are counted over time; `interval` in seconds."""

    interval: int
    starts: list[str]


class Pattern(msgspec.Struct, frozen=True):
    """The entries whose messages have one pattern (see patterns.py), the newest of them as an example.

    `share` is of all that match; `new`: there is none before the time from which on was asked for; `q` finds them;
    `histogram` has their count in each bucket of the timeline.
    """

    pattern: str
    count: int
    share: float
    levels: dict[str, int]
    first: str
    last: str
    new: bool
    example: LogEntry
    q: str
    histogram: list[int]


class Patterns(msgspec.Struct, frozen=True):
    """The most frequent patterns of what matches; where `sampled`, their counts are estimates."""

    patterns: list[Pattern]
    total: int
    sampled: bool
    timeline: Timeline


Large = TypeVar("Large", bound=LogEntry)


def marked(page: Page, kind: type[LogEntry]) -> Page:
    """The page, not whole if one of `kind` is on it."""
    is_whole = not any(isinstance(entry, kind) for entry in page.entries)
    return page if is_whole else msgspec.structs.replace(page, is_whole=False)


async def completed(
    entries: Sequence[LogEntry], kind: type[Large], read: Callable[[Large], Awaitable[LogEntry | None]]
) -> AsyncIterator[Sequence[LogEntry]]:
    """The entries of a page that is not whole, with all that they say: those of `kind` are read, each when it is due.

    In order and in chunks, of which one that was read is one of its own; those that `read` finds no more are left out.
    """
    usual: list[LogEntry] = []
    for entry in entries:
        if not isinstance(entry, kind):
            usual.append(entry)
            continue
        if usual:
            yield usual
            usual = []
        found = await read(entry)
        if found is not None:
            yield [found]
    if usual:
        yield usual
