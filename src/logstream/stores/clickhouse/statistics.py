"""Statistics over the entries that match in ClickHouse; where it can't decide, they are read and counted."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from logstream.query.comparison import fold
from logstream.query.conditions import NO_LIMIT, VALUED, Condition
from logstream.query.results import Stats, ValueCount
from logstream.query.statistics import StatsQuery
from logstream.stores.buckets import EPOCH, TOP, TOP_COUNT, Buckets, made_of, stated_range
from logstream.stores.clickhouse import quoting
from logstream.stores.clickhouse.breakdown import Breakdown
from logstream.stores.clickhouse.database import Database
from logstream.stores.clickhouse.rows import ClickHouseRows
from logstream.stores.clickhouse.schema import ENTRIES
from logstream.stores.reading import statistics as reading
from logstream.stores.turns import within

_INTERVALS: Final = "intDiv(toUnixTimestamp64Second(timestamp) - {start}, {interval})"
_BOUND: Final = "toDateTime64('{bound}', 6, 'UTC')"


class _Ends(msgspec.Struct, array_like=True):
    count: int
    oldest: datetime
    newest: datetime


class _Counts(msgspec.Struct, array_like=True):
    level: str
    bucket: int
    entries: int


class _Value(msgspec.Struct, array_like=True):
    value: str
    entries: int


async def stats(database: Database, query: StatsQuery) -> Stats:
    """All counts; the range of time is queried first where the filters don't state it."""
    async with within(database.search_timeout):
        rows = await _deciding(database, query.where)
        if rows.decides(query.where):
            clause = rows.clause(query.where)
            breakdown = Breakdown(database, query, clause)
            if await breakdown.can_tell():
                return await _stats(database, query, clause, breakdown)
        return await reading.stats(rows, query)


async def _deciding(database: Database, where: Sequence[Condition]) -> ClickHouseRows:
    """The entries, where possible such that all is decided."""
    rows = ClickHouseRows(database)
    return rows if rows.decides(where) else await rows.settled(where) or rows


async def _stats(database: Database, query: StatsQuery, clause: str, breakdown: Breakdown) -> Stats:
    start, end = stated_range(query.where)
    if start is None or end is None:
        ends = f"SELECT count(), min(timestamp), max(timestamp) FROM {ENTRIES} WHERE {clause}"
        (found,) = await database.rows(ends, _Ends)
        oldest, newest = (found.oldest, found.newest) if found.count else (EPOCH, EPOCH)
        start, end = start or oldest.replace(tzinfo=None), end or newest.replace(tzinfo=None)
    buckets = Buckets(start, max(start, end), query.buckets, query.zone)
    bucket = buckets.sql("timestamp", _INTERVALS, _BOUND)
    counted = f"SELECT level, {bucket} AS bucket, count() FROM {ENTRIES} WHERE {clause} GROUP BY level, bucket"
    rows = await database.rows(counted, _Counts)
    top = {name: await _values(database, name, clause, TOP_COUNT) for name in TOP}
    stats = made_of([(row.bucket, row.level, row.entries) for row in rows], top, buckets)
    return await breakdown.added_to(stats, buckets, bucket)


async def values(
    database: Database, field: str, where: Sequence[Condition], prefix: str, limit: int
) -> Sequence[ValueCount]:
    """The values of a field of VALUED, null left out, the most frequent first."""
    assert field in VALUED, field
    async with within(database.search_timeout):
        rows = await _deciding(database, where)
        if not rows.decides(where):
            return await reading.values(rows, field, where, prefix, limit)
        clause, folded = f"{rows.clause(where)} AND {field} IS NOT NULL", fold(prefix)
        if not prefix:
            return await _values(database, field, clause, limit)
        # Of what is not ASCII, fold decides: there is little of it.
        text = f"toString({field})"
        clause += f" AND (startsWith(lower({text}), {quoting.text(folded)}) OR NOT isValidASCII({text}))"
        found = await _values(database, field, clause, NO_LIMIT)
        return [one for one in found if fold(one.value).startswith(folded)][:limit]


async def _values(database: Database, field: str, clause: str, limit: int) -> list[ValueCount]:
    statement = (
        f"SELECT toString({field}) AS value, count() AS entries FROM {ENTRIES} WHERE {clause} "
        f"GROUP BY value ORDER BY entries DESC, value LIMIT {limit}"
    )
    return [ValueCount(row.value, row.entries) for row in await database.rows(statement, _Value)]
