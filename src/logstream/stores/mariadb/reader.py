"""Reading MariaDB: what is in it now, whoever has put it there."""

from collections.abc import Sequence

from logstream.query.conditions import Condition
from logstream.query.results import Stats, ValueCount
from logstream.query.statistics import StatsQuery
from logstream.store import Pruned, Receipt
from logstream.stores.mariadb import insertion, pruning, statistics
from logstream.stores.mariadb.database import Database
from logstream.stores.mariadb.rows import MariaDbRows
from logstream.stores.reading.reader import Reader


class MariaDbReader(Reader):
    """The entries of `database`, and taking them out. Methods are those of a store."""

    def __init__(self, database: Database) -> None:
        super().__init__(MariaDbRows(database))
        self.database = database

    async def receipt_for(self, client: str, key: str) -> Receipt | None:
        return await self.database.read(lambda connection: insertion.receipt_for(connection, client, key))

    async def stats(self, query: StatsQuery) -> Stats:
        return await statistics.stats(self.database, query)

    async def values(self, field: str, where: Sequence[Condition], prefix: str, limit: int) -> Sequence[ValueCount]:
        return await statistics.values(self.database, field, where, prefix, limit)

    async def prune(self, where: Sequence[Condition], *, dry_run: bool) -> Pruned:
        return await pruning.prune(self.database, where, dry_run=dry_run)
