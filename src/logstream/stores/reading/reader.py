"""Reading a database, whichever it is: what follows from its rows alone."""

from collections.abc import AsyncIterator, Sequence
from datetime import tzinfo

from logstream.entries.entry import LogEntry
from logstream.query.conditions import LogQuery
from logstream.query.results import Page, Patterns
from logstream.stores.reading import patterns, search
from logstream.stores.reading.rows import Rows


class Reader:
    """The entries of `rows`. Methods are those of a store."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def search(self, query: LogQuery) -> Page:
        return await search.search(self._rows, query)

    def whole(self, page: Page) -> AsyncIterator[Sequence[LogEntry]]:
        return search.whole(self._rows, page)

    def scan(self, query: LogQuery) -> AsyncIterator[Sequence[LogEntry]]:
        return search.scan(self._rows, query)

    async def patterns(self, query: LogQuery, zone: tzinfo) -> Patterns:
        return await patterns.find(self._rows, query, zone)

    async def get(self, id_or_trace: str) -> LogEntry | None:
        return await search.get(self._rows, id_or_trace)
