"""Statistics over the entries that match in ClickHouse; where it can't decide, they are read and counted."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from logstream.query.comparison import fold
from logstream.query.conditions import NO_LIMIT, VALUED, Condition
from logstream.query.results import Stats, ValueCount
from logstream.query.statistics import StatsQuery
from logstream.stores.breakdown import ABSENT, REST, split_of
from logstream.stores.buckets import EPOCH, TOP, TOP_COUNT, Buckets, made_of, stated_range
from logstream.stores.clickhouse import quoting
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
    kind: str | int
    bucket: int
    entries: int


class _Value(msgspec.Struct, array_like=True):
    value: str
    entries: int


async def stats(database: Database, query: StatsQuery) -> Stats:
    """All counts; the range of time is queried first where the filters don't state it."""
    async with within(database.search_timeout):
        rows = await _deciding(database, query.where)
        by_path = query.metric is not None or (query.split is not None and query.split not in VALUED)
        if by_path or not rows.decides(query.where):
            return await reading.stats(rows, query)
        return await _stats(database, query, rows.clause(query.where))


async def _deciding(database: Database, where: Sequence[Condition]) -> ClickHouseRows:
    """The entries, where possible such that all is decided."""
    rows = ClickHouseRows(database)
    return rows if rows.decides(where) else await rows.settled(where) or rows


async def _stats(database: Database, query: StatsQuery, clause: str) -> Stats:
    start, end = stated_range(query.where)
    if start is None or end is None:
        ends = f"SELECT count(), min(timestamp), max(timestamp) FROM {ENTRIES} WHERE {clause}"
        (found,) = await database.rows(ends, _Ends)
        oldest, newest = (found.oldest, found.newest) if found.count else (EPOCH, EPOCH)
        start, end = start or oldest.replace(tzinfo=None), end or newest.replace(tzinfo=None)
    buckets = Buckets(start, max(start, end), query.buckets, query.zone)
    counts = await _counts(database, "level", clause, buckets)
    top = {name: await _values(database, name, clause, TOP_COUNT) for name in TOP}
    counted = made_of([(row.bucket, str(row.kind), row.entries) for row in counts], top, buckets)
    if query.split is None:
        return counted
    field = query.split
    present = await _values(database, field, f"{clause} AND {field} IS NOT NULL", query.series)
    values = [one.value for one in present]
    numbered = [f"{field} = {quoting.text(value)}, {number}" for number, value in enumerate(values)]
    series = f"multiIf({', '.join([f'{field} IS NULL, {ABSENT}', *numbered, str(REST)])})"
    rows = [(int(row.kind), row.bucket, row.entries) for row in await _counts(database, series, clause, buckets)]
    return msgspec.structs.replace(counted, split=split_of(field, values, rows, buckets))


async def _counts(database: Database, kind: str, clause: str, buckets: Buckets) -> list[_Counts]:
    """How many there are of each kind in each bucket."""
    bucket = buckets.sql("timestamp", _INTERVALS, _BOUND)
    statement = (
        f"SELECT {kind} AS kind, {bucket} AS bucket, count() FROM {ENTRIES} WHERE {clause} GROUP BY kind, bucket"
    )
    return await database.rows(statement, _Counts)


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
