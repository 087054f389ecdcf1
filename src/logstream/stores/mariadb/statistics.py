"""Statistics over the entries that match in MariaDB: each count in its own query, so that each can use its own index.

Where MariaDB can't decide what matches, the entries are read and counted here.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, desc, func, literal_column, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from logstream.entries.timestamps import parse_timestamp
from logstream.query.comparison import fold
from logstream.query.conditions import VALUED, Condition, LogQuery
from logstream.query.results import Stats, ValueCount
from logstream.stores.buckets import EPOCH, TOP, TOP_COUNT, interval_for, made_of, stated_range
from logstream.stores.mariadb import search, sql
from logstream.stores.mariadb.database import Database
from logstream.stores.mariadb.schema import ENTRIES

_C: Final = ENTRIES.c
_COUNT: Final[ColumnElement[int]] = func.count()
_EVERYTHING: Final = 2**62


async def stats(database: Database, where: Sequence[Condition], buckets: int) -> Stats:
    """All counts; the range of time is asked for first where the filters don't state it."""
    decision = sql.where(where)
    if not decision.exact:
        return await _stats_by_reading(database, where, buckets)
    return await database.read(lambda connection: _stats(connection, where, decision.clause, buckets))


async def _stats(connection: AsyncConnection, where: Sequence[Condition], clause: sql.Clause, buckets: int) -> Stats:
    start, end = stated_range(where)
    if start is None or end is None:
        row = (await connection.execute(select(func.min(_C.timestamp), func.max(_C.timestamp)).where(clause))).one()
        start, end = start or row[0] or EPOCH, end or row[1] or EPOCH
    end = max(start, end)
    interval = interval_for((end - start).total_seconds() + 1, buckets)
    seconds = func.timestampdiff(text("SECOND"), literal_column("'1970-01-01'"), _C.timestamp)
    bucket = func.floor(seconds / literal_column(str(interval))).label("bucket")
    counts = await connection.execute(select(bucket, _C.level, _COUNT).where(clause).group_by(text("bucket"), _C.level))
    top = {name: await _values(connection, name, clause, TOP_COUNT) for name in TOP}
    return made_of([tuple(row) for row in counts], top, interval, start, end)


async def _stats_by_reading(database: Database, where: Sequence[Condition], buckets: int) -> Stats:
    seconds: Counter[tuple[int, str]] = Counter()
    values: dict[str, Counter[str]] = {name: Counter() for name in TOP}
    first, last = datetime.max, datetime.min
    async for entries in search.scan(database, LogQuery(where, limit=_EVERYTHING)):
        for entry in entries:
            moment = parse_timestamp(entry.timestamp)
            assert moment is not None
            naive = moment.replace(tzinfo=None)
            first, last = min(first, naive), max(last, naive)
            seconds[int((naive - EPOCH).total_seconds() // 1), entry.level] += 1
            for name in TOP:
                values[name][getattr(entry, name)] += 1
    start, end = stated_range(where)
    start, end = start or (first if seconds else EPOCH), end or (last if seconds else EPOCH)
    end = max(start, end)
    interval = interval_for((end - start).total_seconds() + 1, buckets)
    counts = [(second // interval, level, count) for (second, level), count in seconds.items()]
    return made_of(counts, {name: _most(values[name], TOP_COUNT) for name in TOP}, interval, start, end)


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
    """Told apart and sorted by their characters, whatever the collation; from the column's index alone."""
    counted = select(sql.exactly(_C[field]).label("value"), _COUNT.label("entries")).where(clause)
    ordered = counted.group_by(text("value")).order_by(desc(text("entries")), text("value"))
    rows = await connection.execute(ordered.limit(limit))
    return [ValueCount(row[0], row[1]) for row in rows]


async def _values_by_reading(
    database: Database, field: str, where: Sequence[Condition], prefix: str, limit: int
) -> list[ValueCount]:
    found: Counter[str] = Counter()
    folded = fold(prefix)
    async for entries in search.scan(database, LogQuery(where, limit=_EVERYTHING)):
        for entry in entries:
            value = getattr(entry, field)
            if value is not None and fold(value).startswith(folded):
                found[value] += 1
    return _most(found, limit)


def _most(found: Counter[str], limit: int) -> list[ValueCount]:
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return [ValueCount(value, count) for value, count in ordered[:limit]]
