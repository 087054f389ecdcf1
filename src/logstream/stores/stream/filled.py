"""What the stream asks of the store that it fills: all its reading, and to be filled exactly once.

A database implements it in its own room: stores/mariadb/filled.py.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import tzinfo
from typing import Protocol

import msgspec

from logstream.entries.entry import LogEntry
from logstream.query.conditions import Condition, LogQuery
from logstream.query.results import Page, Patterns, Stats, ValueCount
from logstream.query.statistics import StatsQuery
from logstream.store import Pruned, Receipt
from logstream.stores.spool.spool import Keyed


class Portion(msgspec.Struct, frozen=True):
    """What lies in the stream behind the message `after` up to `until`: entries in its order, and their places."""

    after: int
    until: int
    entries: Sequence[LogEntry]
    positions: Sequence[str]
    claims: Sequence[Keyed]


class Overtaken(Exception):
    """The store's progress is not what it was: another node fills it. Nothing was written."""


KeepRejected = Callable[[LogEntry, str], Awaitable[None]]
"""Keeps an entry that the store does not take, with the reason, durably elsewhere. Raises StoreUnavailable."""


class Filled(Protocol):
    """A store that is filled from a stream. What fails is raised as StoreUnavailable, unless it says otherwise."""

    @property
    def search_timeout(self) -> float:
        """Seconds that a search may take."""

    async def prepare(self) -> None:
        """Make it ready. Raises StoreUnavailable when it is away, and DatabaseRefused when waiting is in vain."""

    async def close(self) -> None: ...

    async def progress(self) -> int:
        """The last message of the stream that is in it; 0 for one that was never filled."""

    async def fill(self, portion: Portion, keep_rejected: KeepRejected) -> None:
        """Write a portion with its claims, and `until` as the progress, in one transaction.

        What the store does not take is given to `keep_rejected` before, and left out.

        Raises Overtaken when the progress is not `after`.
        """

    async def tidy(self) -> None:
        """Remove claims that no longer hold."""

    async def last_id(self) -> str | None:
        """The greatest recent id, at most a day from now."""

    async def receipt_for(self, client: str, key: str) -> Receipt | None:
        """As a store's."""

    async def position_of(self, entry_id: str) -> str | None:
        """The place of an entry; its id, if it was stored before there was a stream; None if it is not there."""

    async def oldest_id(self) -> str | None:
        """The smallest id of all."""

    # As a store's, of what is in it now; `Accepted` compares places of the stream.

    async def search(self, query: LogQuery) -> Page: ...

    def whole(self, page: Page) -> AsyncIterator[Sequence[LogEntry]]: ...

    def scan(self, query: LogQuery) -> AsyncIterator[Sequence[LogEntry]]: ...

    async def stats(self, query: StatsQuery) -> Stats: ...

    async def values(self, field: str, where: Sequence[Condition], prefix: str, limit: int) -> Sequence[ValueCount]: ...

    async def patterns(self, query: LogQuery, zone: tzinfo) -> Patterns: ...

    async def get(self, id_or_trace: str) -> LogEntry | None: ...

    async def prune(self, where: Sequence[Condition], *, dry_run: bool) -> Pruned: ...
