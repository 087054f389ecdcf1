"""The seam between the server and where entries are kept. Every store passes tests/contract.

Small protocols, so that each part of the server names just what it needs of a store.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Protocol

import msgspec

from logstream.entries.entry import Batch, LogEntry
from logstream.query.conditions import Condition, LogQuery
from logstream.query.results import Page, Stats, ValueCount


class StoreUnavailable(Exception):
    """The store can't do it now; nothing was stored. The text is the reason; `retry_after` is in seconds."""

    def __init__(self, reason: str, retry_after: int = 1) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class SearchTimeout(StoreUnavailable):
    """A search took longer than SEARCH_TIMEOUT and was interrupted."""


class SearchTooLarge(StoreUnavailable):
    """A search needs more memory than it may have."""


class Receipt(msgspec.Struct, frozen=True):
    """What the sender of a request with an Idempotency-Key was told, to be told again: a code and bytes.

    No store looks into it.
    """

    code: int
    content: bytes


class Claim(msgspec.Struct, frozen=True):
    """One use of an Idempotency-Key: whose, which key, and the receipt if it is stored."""

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
    """Takes entries."""

    def last_id(self) -> str | None:
        """The greatest id of the last days, up to one from now, for new ids to go on after. After `start`."""

    @property
    def busy(self) -> bool:
        """Whether new entries have to wait: call `admit` first."""

    async def admit(self) -> None:
        """Wait until the store can keep up. Raises StoreUnavailable when it can't for too long."""

    async def append(self, batch: Batch, claim: Claim | None = None, on_durable: Callable[[], None] = ...) -> None:
        """Return once the batch is durable; batches become durable in the order of the calls.

        `on_durable` is called on the event loop just before that, in the same order. The claim, if given, is durable
        exactly when the batch is. Raises StoreUnavailable: then nothing is stored.
        """

    async def receipt_for(self, client: str, key: str) -> Receipt | None:
        """The receipt given for this client's Idempotency-Key in the last 24 hours."""


class Reader(Protocol):
    """Finds entries. Whatever is asked sees all that was acknowledged before."""

    async def search(self, query: LogQuery) -> Page:
        """The page of entries that match."""

    def scan(self, query: LogQuery) -> AsyncIterator[Sequence[LogEntry]]:
        """Everything that matches, up to the query's limit, in its order and in chunks of bounded size.

        What arrives meanwhile may or may not be among it. Raises StoreUnavailable when a chunk can't be read.
        """

    async def stats(self, where: Sequence[Condition], buckets: int) -> Stats:
        """What the entries that match look like as a whole, over time in at most so many buckets (and one)."""

    async def values(self, field: str, where: Sequence[Condition], prefix: str, limit: int) -> Sequence[ValueCount]:
        """The values of a field that begin with a prefix, case-insensitively, the most frequent first."""

    async def get(self, id_or_trace: str) -> LogEntry | None:
        """The entry with this id (any case), else the newest of this trace."""


class Prunable(Protocol):
    """Lets go of entries."""

    async def prune(self, where: Sequence[Condition], *, dry_run: bool) -> Pruned:
        """Remove what fulfils all conditions, everything acknowledged before the call included; a dry run only counts.

        An empty `where` removes nothing. What could not be pruned stays and stands in the warnings. Raises
        StoreUnavailable when nothing can be pruned now.
        """


class Health(Protocol):
    """Says how it is."""

    @property
    def degraded(self) -> str | None:
        """Why entries are taken, but not to where they belong, such as a database; None when all is well."""

    @property
    def waiting(self) -> int:
        """Entries that wait to be brought to where they belong."""


class Store(Appender, Reader, Prunable, Health, Protocol):
    """Where entries are kept. All methods are called on the event loop's thread."""

    async def start(self) -> None:
        """Open the store and recover what a crash left. Raises StoreUnavailable when it can't be used."""

    async def stop(self) -> None:
        """Finish what was accepted, flush and close."""
