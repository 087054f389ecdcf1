"""Reading MariaDB: what is in it now, whoever has put it there."""

from collections.abc import AsyncIterator, Sequence
from datetime import tzinfo

from logstream.entries.entry import LogEntry
from logstream.query.conditions import Condition, LogQuery
from logstream.query.results import Page, Patterns, Stats, ValueCount
from logstream.query.statistics import StatsQuery
from logstream.store import Pruned, Receipt
from logstream.stores.mariadb import insertion, pruning, statistics
from logstream.stores.mariadb.database import Database
from logstream.stores.mariadb.rows import MariaDbRows
from logstream.stores.reading import patterns, search


class MariaDbReader:
    """The entries of `database`, and taking them out. Methods are those of a store."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._rows = MariaDbRows(database)

    async def receipt_for(self, client: str, key: str) -> Receipt | None:
        return await self.database.read(lambda connection: insertion.receipt_for(connection, client, key))

    async def search(self, query: LogQuery) -> Page:
        return await search.search(self._rows, query)

    def whole(self, page: Page) -> AsyncIterator[Sequence[LogEntry]]:
        return search.whole(self._rows, page)

    def scan(self, query: LogQuery) -> AsyncIterator[Sequence[LogEntry]]:
        return search.scan(self._rows, query)

    async def stats(self, query: StatsQuery) -> Stats:
        return await statistics.stats(self.database, query)

    async def values(self, field: str, where: Sequence[Condition], prefix: str, limit: int) -> Sequence[ValueCount]:
        return await statistics.values(self.database, field, where, prefix, limit)

    async def patterns(self, query: LogQuery, zone: tzinfo) -> Patterns:
        return await patterns.find(self._rows, query, zone)

    async def get(self, id_or_trace: str) -> LogEntry | None:
        return await search.get(self._rows, id_or_trace)

    async def prune(self, where: Sequence[Condition], *, dry_run: bool) -> Pruned:
        return await pruning.prune(self.database, where, dry_run=dry_run)
