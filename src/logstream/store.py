"""The seam between the server and where entries are stored. Every store passes tests/contract.

The protocols are small, so that each part of the server names only what it needs from a store.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import tzinfo
from typing import Protocol

import msgspec

from logstream.entries.entry import Batch, LogEntry
from logstream.query.conditions import Condition, LogQuery
from logstream.query.results import Page, Patterns, Stats, ValueCount
from logstream.query.statistics import StatsQuery


class StoreUnavailable(Exception):
    """The store can't do this now; nothing was stored. The message is the reason; `retry_after` is in seconds."""

    def __init__(self, reason: str, retry_after: int = 1) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class SearchTimeout(StoreUnavailable):
    """A search took longer than SEARCH_TIMEOUT and was interrupted."""


class SearchTooLarge(StoreUnavailable):
    """A search needs more memory than it may use."""


class Receipt(msgspec.Struct, frozen=True):
    """The response to a request with an Idempotency-Key, to be repeated: a status code and a body.

    Stores treat it as opaque.
    """

    code: int
    content: bytes


class Claim(msgspec.Struct, frozen=True):
    """One use of an Idempotency-Key: the client, the key, and the receipt to keep if the batch is stored."""

    client: str
    key: str
    receipt: Receipt


class Pruned(msgspec.Struct, frozen=True):
    """What a pruning removed, or in a dry run would remove."""

    entries: int
    files_removed: int = 0
    files_rewritten: int = 0
    files_scanned: int = 0
    warnings: tuple[str, ...] = ()


class Appender(Protocol):
    """Stores entries."""

    def last_id(self) -> str | None:
        """The greatest recent id, at most a day from now, for new ids to continue after. Call after `start`."""

    @property
    def busy(self) -> bool:
        """Whether new entries have to wait: if so, call `admit` first."""

    async def admit(self) -> None:
        """Wait until the store has caught up. Raises StoreUnavailable if that takes too long."""

    def follow(self, publish: Callable[[Batch], None]) -> None:
        """Have every batch handed to `publish` once it is durable, on the event loop and in the order of acceptance.

        Also what other servers accept, if several share the store. To be called once the store has started, before
        anything is appended.
        """

    @property
    def position(self) -> str | None:
        """Where the order of acceptance stands at the start; None where ids sort in it."""

    async def append(
        self, batch: Batch, claim: Claim | None = None, on_durable: Callable[[], None] = ...
    ) -> Receipt | None:
        """Return once the batch is durable; batches become durable in the order of the calls.

        `on_durable` is called on the event loop just before that, in the same order. The claim, if given, is durable
        if and only if the batch is. Raises StoreUnavailable: then nothing is stored.

        Returns the receipt that was given for the same claim by another server meanwhile, if one was: then this batch
        is not stored.
        """

    async def receipt_for(self, client: str, key: str) -> Receipt | None:
        """The receipt given for this client's Idempotency-Key in the last 24 hours; None if there is none."""


class Reader(Protocol):
    """Finds entries. Every call sees everything acknowledged before it."""

    async def position_of(self, entry_id: str) -> str | None:
        """Where an entry stands in the order of acceptance: what `Accepted` and `Batch.position` compare.

        Also for an id that was never given out, where that can be said. None: it can't. Raises StoreUnavailable.
        """

    async def search(self, query: LogQuery) -> Page:
        """One page of matching entries; where it is not whole, `whole` gives the rest."""

    def whole(self, page: Page) -> AsyncIterator[Sequence[LogEntry]]:
        """The entries of a page with all that they say, in chunks of bounded size; pruned ones may be missing.

        Raises StoreUnavailable if a chunk can't be read.
        """

    def scan(self, query: LogQuery) -> AsyncIterator[Sequence[LogEntry]]:
        """Everything that matches, up to the query's limit, in its order and in chunks of bounded size.

        Entries that arrive meanwhile may or may not be included. Raises StoreUnavailable if a chunk can't be read.
        """

    async def stats(self, query: StatsQuery) -> Stats:
        """Statistics of the matching entries; see stores/buckets.py and stores/breakdown.py."""

    async def values(self, field: str, where: Sequence[Condition], prefix: str, limit: int) -> Sequence[ValueCount]:
        """The values of a field that start with a prefix (case-insensitive), most frequent first."""

    async def patterns(self, query: LogQuery, zone: tzinfo) -> Patterns:
        """The patterns of what matches, at most the query's limit, most frequent first; see stores/patterns.py.

        Of examples, which are whole but for what large entries say, messages are cut to the query's `message_max`.
        """

    async def get(self, id_or_trace: str) -> LogEntry | None:
        """The entry with this id (case-insensitive), else the newest of this trace."""


class Prunable(Protocol):
    """Removes entries."""

    async def prune(self, where: Sequence[Condition], *, dry_run: bool) -> Pruned:
        """Remove what meets all conditions, including all that was acknowledged before the call; a dry run only counts.

        An empty `where` removes nothing. What could not be pruned stays, and is named in the warnings. Raises
        StoreUnavailable if nothing can be pruned now.
        """


class Health(Protocol):
    """Reports its condition."""

    @property
    def degraded(self) -> str | None:
        """Why entries are accepted but not stored where they belong, such as a database; None if all is well."""

    @property
    def waiting(self) -> int:
        """The number of entries waiting to be moved to where they belong."""

    @property
    def faults(self) -> list[str]:
        """What is stored and damaged, one text each, of a bounded number."""


class Store(Appender, Reader, Prunable, Health, Protocol):
    """Where entries are stored. All methods are called on the event loop's thread."""

    async def start(self) -> None:
        """Open the store and recover after a crash. Raises StoreUnavailable if it can't be used."""

    async def stop(self) -> None:
        """Finish what was accepted, flush and close."""
