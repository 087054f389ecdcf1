"""Removing what fulfils conditions, a bounded number of rows in each transaction, so that nobody waits for long.

What is stored after the call began is left alone, however long the call takes: a run removes what its dry run counts.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import and_, delete, func, select

from logstream.entries.timestamps import parse_timestamp
from logstream.query.conditions import NO_LIMIT, Beyond, Condition, LogQuery
from logstream.store import Pruned
from logstream.stores.mariadb import sql
from logstream.stores.mariadb.database import Database
from logstream.stores.mariadb.faults import raised_as_unavailable
from logstream.stores.mariadb.rows import BY_TIME, MariaDbRows
from logstream.stores.mariadb.schema import ENTRIES
from logstream.stores.reading.search import scan

MAX_ROWS: Final = 2000
"""Rows that one transaction removes: some 50 ms."""

_C: Final = ENTRIES.c


async def prune(database: Database, where: Sequence[Condition], *, dry_run: bool) -> Pruned:
    """Remove, or in a dry run count, what matches. Raises StoreUnavailable; what was removed before it is gone.

    Ids are found first and then removed by primary key: a DELETE with the conditions would lock all it looks at.
    """
    if not where:
        return Pruned(0)
    began = datetime.now(UTC)
    exact = sql.where(where).exact
    if exact and dry_run:
        return Pruned(await _count(database, where, began))
    matching_ids = _ids_by_clause if exact else _ids_by_scan
    removed = 0
    async for ids in matching_ids(database, where, began):
        for start in range(0, len(ids), MAX_ROWS):
            removing = ids[start : start + MAX_ROWS]
            removed += len(removing) if dry_run else await _remove(database, removing)
            await asyncio.sleep(0)
    return Pruned(removed)


def _stored_before(where: Sequence[Condition], began: datetime) -> sql.Clause:
    return and_(sql.where(where, ascending=True).clause, _C.created_at <= began.replace(tzinfo=None))


async def _count(database: Database, where: Sequence[Condition], began: datetime) -> int:
    counted = select(func.count()).select_from(ENTRIES).where(_stored_before(where, began))
    ((count,),) = await database.rows(counted)
    return int(count)


async def _ids_by_clause(database: Database, where: Sequence[Condition], began: datetime) -> AsyncIterator[list[str]]:
    """The ids of what the clause alone decides."""
    after_last: list[Condition] = []
    while True:
        matching = select(_C.timestamp, _C.id).where(_stored_before([*where, *after_last], began))
        rows = await database.rows(matching.order_by(_C.timestamp, _C.id).limit(MAX_ROWS), BY_TIME)
        if rows:
            yield [row.id for row in rows]
            after_last = [Beyond(rows[-1].timestamp, rows[-1].id)]
        if len(rows) < MAX_ROWS:
            return


async def _ids_by_scan(database: Database, where: Sequence[Condition], began: datetime) -> AsyncIterator[list[str]]:
    """The ids of what has to be read to decide."""
    async for entries in scan(MariaDbRows(database), LogQuery(where, limit=NO_LIMIT, ascending=True)):
        yield [entry.id for entry in entries if (parse_timestamp(entry.created_at) or began) <= began]


async def _remove(database: Database, ids: Sequence[str]) -> int:
    with raised_as_unavailable():
        async with database.write() as connection:
            return int((await connection.execute(delete(ENTRIES).where(_C.id.in_(ids)))).rowcount)
