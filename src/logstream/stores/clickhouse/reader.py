"""Reading ClickHouse: what is in it now, whoever has put it there."""

import time
from collections.abc import AsyncIterator, Sequence
from datetime import tzinfo
from typing import Final

import msgspec

from logstream.entries.entry import LogEntry
from logstream.entries.ids import id_before
from logstream.query.conditions import Condition, LogQuery
from logstream.query.results import Page, Patterns, Stats, ValueCount
from logstream.query.statistics import StatsQuery
from logstream.stores.clickhouse import quoting, statistics
from logstream.stores.clickhouse.database import Database
from logstream.stores.clickhouse.rows import ClickHouseRows
from logstream.stores.clickhouse.schema import ENTRIES
from logstream.stores.reading import patterns, search

START_SECONDS: Final = 30.0

DAY: Final = 86_400_000
"""In milliseconds."""


class ClickHouseReader:
    """The entries of `database`. Methods are those of a store."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._rows = ClickHouseRows(database)

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
