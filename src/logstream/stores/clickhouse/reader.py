"""Reading ClickHouse: what is in it now, whoever has put it there."""

import time
from collections.abc import Sequence
from typing import Final

import msgspec

from logstream.entries.ids import id_before
from logstream.query.conditions import Condition
from logstream.query.results import Stats, ValueCount
from logstream.query.statistics import StatsQuery
from logstream.stores.clickhouse import quoting, statistics
from logstream.stores.clickhouse.database import Database
from logstream.stores.clickhouse.rows import ClickHouseRows
from logstream.stores.clickhouse.schema import ENTRIES
from logstream.stores.reading.reader import Reader

START_SECONDS: Final = 30.0

DAY: Final = 86_400_000
"""In milliseconds."""


class ClickHouseReader(Reader):
    """The entries of `database`. Methods are those of a store."""

    def __init__(self, database: Database) -> None:
        super().__init__(ClickHouseRows(database))
        self.database = database

    async def stats(self, query: StatsQuery) -> Stats:
        return await statistics.stats(self.database, query)

    async def values(self, field: str, where: Sequence[Condition], prefix: str, limit: int) -> Sequence[ValueCount]:
        return await statistics.values(self.database, field, where, prefix, limit)


async def last_id(database: Database) -> str | None:
    """The greatest recent id, at most a day from now. Raises Fault."""
    now = time.time_ns() // 1_000_000
    after, until = id_before(now - 7 * DAY), id_before(now + DAY)
    said = await database.ask(
        f"SELECT max(id) FROM {ENTRIES} WHERE id > {quoting.text(after)} AND id <= {quoting.text(until)}",
        START_SECONDS,
    )
    ((last,),) = msgspec.json.Decoder(tuple[str]).decode_lines(said)
    return last or None
