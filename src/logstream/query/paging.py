"""How what matches is cut up: into pages for those who leaf through it, into chunks for those who read all of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from logstream.entries.entry import LogEntry
from logstream.query.conditions import Beyond, Condition, LogQuery
from logstream.query.results import Page

FIRST_CHUNK: Final = 250
"""Entries of the first chunk: few, so that it comes at once."""

CHUNK_BYTES: Final = 1024 * 1024
"""Bytes that later chunks aim at."""

OTHER_BYTES: Final = 200
"""Bytes of an entry besides its message and context, roughly."""


class Place(NamedTuple):
    """Where an entry stands in the order of time: its timestamp (naive, UTC), and its id among those of one time."""

    moment: datetime
    id: str


def without_place(where: Sequence[Condition]) -> list[Condition]:
    """The conditions without the place where the page begins: what every page of a query has in common."""
    return [condition for condition in where if not isinstance(condition, Beyond)]


def page_without_count(query: LogQuery, entries: Sequence[LogEntry]) -> Page | None:
    """The page with these entries, if nothing has to be counted for it; None where the store has to count.

    Nobody asks for the total, or the page is the last one and was reached by its offset, which then tells the total.
    """
    if not query.counted:
        return Page(None, entries)
    from_start = len(without_place(query.where)) == len(query.where)
    ends_here = len(entries) < query.limit and (len(entries) > 0 or query.offset == 0)
    if from_start and ends_here:
        return Page(query.offset + len(entries), entries)
    return None


class ChunkSize:
    """How many entries the next chunk is to have, at most `most`: few first, then as many as make up CHUNK_BYTES."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.entries = FIRST_CHUNK

    def fit(self, chunk: Sequence[LogEntry]) -> None:
        """Go by the entries of the last chunk, of which there is at least one; grow fourfold at most."""
        content = sum(len(entry.message) + len(bytes(entry.context)) for entry in chunk)
        mean = content / len(chunk) + OTHER_BYTES
        self.entries = max(1, min(int(CHUNK_BYTES / mean), 4 * self.entries, self._most))

    def shrink(self) -> None:
        """The last chunk was too much."""
        self.entries = max(1, self.entries // 16)
