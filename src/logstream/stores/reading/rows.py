"""What searching asks of a database: pages, counts, and whether it decides what is asked for exactly."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import msgspec

from logstream.entries.entry import LogEntry
from logstream.query.conditions import Condition, LogQuery
from logstream.query.paging import Place
from logstream.stores.patterns import Level

LARGE = 32 * 1024
"""Bytes of what an entry says, beyond which pages have it without: a thousand of the largest would be gigabytes."""


class LargeEntry(LogEntry, gc=False):
    """A large entry without its message and context."""

    message_max: int | None
    """How many characters of its message are wanted; None: all."""


class Chunk(list[LogEntry]):
    """Entries of a page, with the place of the last in the stream they came from; 0 for what comes from none."""

    def __init__(self, entries: Iterable[LogEntry], position: int = 0) -> None:
        super().__init__(entries)
        self.position = position


class PlaceInStream(Place):
    """A place that also stands in the order of a stream."""

    position: int

    def __new__(cls, place: Place, position: int) -> "PlaceInStream":
        made = super().__new__(cls, *place)
        made.position = position
        return made


class Sampled(msgspec.Struct, frozen=True):
    """The entry is one of a share of its level; the same entries each time."""

    shares: Mapping[str, float]


class WithLiteral(msgspec.Struct, frozen=True):
    """The message, as it is searched, contains one of these texts in just this case."""

    texts: Sequence[str]


Among = Sampled | WithLiteral


class Rows(Protocol):
    """The entries of a database. Every method is a statement, and may raise StoreUnavailable."""

    @property
    def search_timeout(self) -> float:
        """Seconds that a search may take."""

    def decides(self, where: Sequence[Condition]) -> bool:
        """Whether the database finds just what fulfils the conditions; otherwise it lets through more."""

    async def settled(self, where: Sequence[Condition]) -> "Rows | None":
        """The same entries, of which it decides, where it leaves none of them open; None where that is not known."""

    async def page(
        self, query: LogQuery, *, after: Place | None = None, among: Among | None = None, without_large: bool = False
    ) -> list[LogEntry]:
        """What it lets through, in the order of the query: as many as its limit, behind its offset, or behind a place.

        Messages are cut to the query's `message_max`. `without_large`: with a LargeEntry in the place of large ones.
        """

    async def count(self, where: Sequence[Condition]) -> int:
        """How many it lets through."""

    async def levels(self, where: Sequence[Condition]) -> list[Level]:
        """How many of each level it lets through, and from when to when."""

    async def by_ids(self, ids: Sequence[str], query: LogQuery) -> list[LogEntry]:
        """The entries with these ids, without contexts that are large; messages are cut as in `page`."""
