"""Statistics over the entries that match in MariaDB: each count is a query of its own, to have an index of its own.

Where MariaDB can't decide what matches, the entries are read and counted, see stores.reading.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Integer, Text, case, desc, func, literal, literal_column, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from logstream.query.comparison import fold
from logstream.query.conditions import VALUED, Condition
from logstream.query.results import Stats, ValueCount
from logstream.query.statistics import StatsQuery
from logstream.stores.breakdown import ABSENT, REST, split_of
from logstream.stores.buckets import EPOCH, TOP, TOP_COUNT, Buckets, made_of, stated_range
from logstream.stores.mariadb import sql
from logstream.stores.mariadb.database import Database
from logstream.stores.mariadb.rows import MariaDbRows
from logstream.stores.mariadb.schema import ENTRIES
from logstream.stores.reading import statistics as reading

_C: Final = ENTRIES.c
_COUNT: Final[ColumnElement[int]] = func.count()
_INTERVALS: Final = "(timestampdiff(SECOND, '1970-01-01', timestamp) - {start}) DIV {interval}"


async def stats(database: Database, query: StatsQuery) -> Stats:
    """All counts; the range of time is queried first where the filters don't state it."""
    decision = sql.where(query.where)
    by_path = query.metric is not None or (query.split is not None and query.split not in VALUED)
    if by_path or not decision.exact:
        return await reading.stats(MariaDbRows(database), query)
    return await database.read(lambda connection: _stats(connection, query, decision.clause))


async def _stats(connection: AsyncConnection, query: StatsQuery, clause: sql.Clause) -> Stats:
    start, end = stated_range(query.where)
    if start is None or end is None:
        ends = select(func.min(_C.timestamp), func.max(_C.timestamp)).where(clause)
        oldest, newest = (await connection.execute(ends)).one()
        start = start or oldest or EPOCH
        end = end or newest or EPOCH
    buckets = Buckets(start, max(start, end), query.buckets, query.zone)
    counts = await _counts(connection, _C.level, clause, buckets)
    top = {name: await _values(connection, name, clause, TOP_COUNT) for name in TOP}
    counted = made_of([(bucket, level, count) for level, bucket, count in counts], top, buckets)
    if query.split is None:
        return counted
    column = _C[query.split]
    values = [one.value for one in await _values(connection, query.split, clause & column.is_not(None), query.series)]
    numbered = ((sql.exactly(column) == literal(value, Text()), number) for number, value in enumerate(values))
    series = case((column.is_(None), ABSENT), *numbered, else_=REST)
    split = split_of(query.split, values, await _counts(connection, series, clause, buckets), buckets)
    return msgspec.structs.replace(counted, split=split)


async def _counts(
    connection: AsyncConnection, kind: ColumnElement[Any], clause: sql.Clause, buckets: Buckets
) -> list[tuple[Any, int, int]]:
    """How many there are of each kind in each bucket."""
    bucket = literal_column(buckets.sql("timestamp", _INTERVALS), Integer()).label("bucket")
    counted = select(kind.label("kind"), bucket, _COUNT).where(clause).group_by(text("kind"), text("bucket"))
    return [(row[0], row[1], row[2]) for row in await connection.execute(counted)]


async def values(
    database: Database, field: str, where: Sequence[Condition], prefix: str, limit: int
) -> Sequence[ValueCount]:
    """The values of a field of VALUED, null left out, the most frequent first."""
    assert field in VALUED, field
    decision = sql.where(where)
    if not decision.exact:
        return await reading.values(MariaDbRows(database), field, where, prefix, limit)
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
