"""What the stream asks of the store that it fills: all its reading, and to be filled exactly once.

Databases implement it in their own rooms: stores/mariadb/filled.py, stores/clickhouse/filled.py.
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
    is_begun: bool = False
    """Whether the store said that it was begun with before, here or by another node."""


class Standing(msgspec.Struct, frozen=True):
    """How far a store has come.

    `progress` is the last message of the stream that is in it, 0 for one that was never filled. `begun`: a portion up
    to this message was begun with, and may be there in part: it has to come next, with the same bounds.
    """

    progress: int
    begun: int | None = None

    @property
    def next(self) -> int:
        """The first message of which nothing is in the store."""
        return max(self.progress, self.begun or 0) + 1


class PortionSize(msgspec.Struct, frozen=True):
    """What a portion has at most, unless a single message has more: entries, and bytes of their lines.

    Less than that may gather for `gather_seconds` while nobody waits for it.
    """

    entries: int
    bytes: int
    gather_seconds: float = 0


class Overtaken(Exception):
    """The store's standing is not what it was: another node fills it. Nothing was written."""


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

    @property
    def portion_size(self) -> PortionSize: ...

    async def standing(self) -> Standing: ...

    async def fill(self, portion: Portion, keep_rejected: KeepRejected) -> None:
        """Write a portion with its claims, and `until` as the progress.

        In one transaction, or so that it can be repeated by whoever finds it begun.

        What the store does not take is given to `keep_rejected` before, and left out.

        Raises Overtaken when the progress is not `after`, or another portion was begun there.
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
