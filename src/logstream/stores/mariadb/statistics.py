"""Statistics over the entries that match in MariaDB: each count is a query of its own, to have an index of its own.

Where MariaDB can't decide what matches, the entries are read and counted here.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Final

from sqlalchemy import ColumnElement, Integer, desc, func, literal_column, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from logstream.entries.timestamps import parse_timestamp
from logstream.query.comparison import fold
from logstream.query.conditions import NO_LIMIT, VALUED, Condition, LogQuery
from logstream.query.results import Stats, ValueCount
from logstream.stores.buckets import EPOCH, TOP, TOP_COUNT, Buckets, made_of, stated_range
from logstream.stores.mariadb import search, sql
from logstream.stores.mariadb.database import Database
from logstream.stores.mariadb.schema import ENTRIES

_C: Final = ENTRIES.c
_COUNT: Final[ColumnElement[int]] = func.count()
_SECOND: Final = timedelta(seconds=1)
_INTERVALS: Final = "(timestampdiff(SECOND, '1970-01-01', timestamp) - {start}) DIV {interval}"


async def stats(database: Database, where: Sequence[Condition], most: int, zone: tzinfo) -> Stats:
    """All counts; the range of time is queried first where the filters don't state it."""
    decision = sql.where(where)
    if not decision.exact:
        return await _stats_by_reading(database, where, most, zone)
    return await database.read(lambda connection: _stats(connection, where, decision.clause, most, zone))


async def _stats(
    connection: AsyncConnection, where: Sequence[Condition], clause: sql.Clause, most: int, zone: tzinfo
) -> Stats:
    start, end = stated_range(where)
    if start is None or end is None:
        ends = select(func.min(_C.timestamp), func.max(_C.timestamp)).where(clause)
        oldest, newest = (await connection.execute(ends)).one()
        start = start or oldest or EPOCH
        end = end or newest or EPOCH
    buckets = Buckets(start, max(start, end), most, zone)
    bucket = literal_column(buckets.sql("timestamp", _INTERVALS), Integer()).label("bucket")
    counts = await connection.execute(select(bucket, _C.level, _COUNT).where(clause).group_by(text("bucket"), _C.level))
    top = {name: await _values(connection, name, clause, TOP_COUNT) for name in TOP}
    return made_of([tuple(row) for row in counts], top, buckets)


async def _stats_by_reading(database: Database, where: Sequence[Condition], most: int, zone: tzinfo) -> Stats:
    seconds: Counter[tuple[int, str]] = Counter()
    values: dict[str, Counter[str]] = {name: Counter() for name in TOP}
    oldest, newest = datetime.max, datetime.min
    async for entries in search.scan(database, LogQuery(where, limit=NO_LIMIT)):
        for entry in entries:
            moment = parse_timestamp(entry.timestamp)
            assert moment is not None
            naive = moment.replace(tzinfo=None)
            oldest, newest = min(oldest, naive), max(newest, naive)
            seconds[(naive - EPOCH) // _SECOND, entry.level] += 1
            for name in TOP:
                values[name][getattr(entry, name)] += 1
    if not seconds:
        oldest = newest = EPOCH
    start, end = stated_range(where)
    start, end = start or oldest, end or newest
    buckets = Buckets(start, max(start, end), most, zone)
    counts = [(buckets.number_of(second), level, count) for (second, level), count in seconds.items()]
    return made_of(counts, {name: _most_frequent(values[name], TOP_COUNT) for name in TOP}, buckets)


async def values(
    database: Database, field: str, where: Sequence[Condition], prefix: str, limit: int
) -> Sequence[ValueCount]:
    """The values of a field of VALUED, null left out, the most frequent first."""
    assert field in VALUED, field
    decision = sql.where(where)
    if not decision.exact:
        return await _values_by_reading(database, field, where, prefix, limit)
    clause = decision.clause & _C[field].is_not(None)
    if prefix:
        clause &= func.locate(fold(prefix), sql.folded(_C[field])) == 1
    return await database.read(lambda connection: _values(connection, field, clause, limit))


async def _values(connection: AsyncConnection, field: str, clause: sql.Clause, limit: int) -> list[ValueCount]:
    """Distinguished and sorted by their characters, whatever the collation; from the column's index alone."""
    counted = select(sql.exactly(_C[field]).label("value"), _COUNT.label("entries")).where(clause)
    ordered = counted.group_by(text("value")).order_by(desc(text("entries")), text("value"))
    rows = await connection.execute(ordered.limit(limit))
    return [ValueCount(row[0], row[1]) for row in rows]


async def _values_by_reading(
    database: Database, field: str, where: Sequence[Condition], prefix: str, limit: int
) -> list[ValueCount]:
    counts: Counter[str] = Counter()
    folded = fold(prefix)
    async for entries in search.scan(database, LogQuery(where, limit=NO_LIMIT)):
        for entry in entries:
            value = getattr(entry, field)
            if value is not None and fold(value).startswith(folded):
                counts[value] += 1
    return _most_frequent(counts, limit)


def _most_frequent(counts: Counter[str], limit: int) -> list[ValueCount]:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [ValueCount(value, count) for value, count in ordered[:limit]]
