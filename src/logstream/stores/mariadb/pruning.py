"""Removing what fulfils conditions, a bounded number of rows in each transaction, so that nobody waits for long.

What is stored after the call began is left alone, however long the call takes: a run removes what its dry run counts.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Select, and_, delete, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from logstream.entries.timestamps import parse_timestamp
from logstream.query.conditions import Beyond, Condition, LogQuery
from logstream.store import Pruned, StoreUnavailable
from logstream.stores.mariadb import search, sql
from logstream.stores.mariadb.database import Database, fetch, reason_of
from logstream.stores.mariadb.schema import ENTRIES

CHUNK: Final = 2000
"""Rows that one transaction removes: some 50 ms."""

_EVERYTHING: Final = 2**62
_C: Final = ENTRIES.c


async def prune(database: Database, where: Sequence[Condition], *, dry_run: bool) -> Pruned:
    """Remove, or in a dry run count, what matches. Raises StoreUnavailable; what was removed till then is gone.

    Ids are found first and removed then, by primary key: a DELETE with the conditions would lock all it looks at.
    """
    if not where:
        return Pruned(0)
    began = datetime.now(UTC)
    exact = sql.where(where).exact
    if exact and dry_run:
        return Pruned(await database.read(lambda connection: _count(connection, where, began)))
    removed = 0
    async for ids in _exact_ids(database, where, began) if exact else _decided_ids(database, where, began):
        for start in range(0, len(ids), CHUNK):
            chunk = ids[start : start + CHUNK]
            removed += len(chunk) if dry_run else await _remove(database, chunk)
            await asyncio.sleep(0)
    return Pruned(removed)


def _stored_before(where: Sequence[Condition], began: datetime) -> sql.Clause:
    return and_(sql.where(where, ascending=True).clause, _C.created_at <= began.replace(tzinfo=None))


async def _count(connection: AsyncConnection, where: Sequence[Condition], began: datetime) -> int:
    counted = select(func.count()).select_from(ENTRIES).where(_stored_before(where, began))
    return int((await connection.execute(counted)).scalar_one())


async def _exact_ids(database: Database, where: Sequence[Condition], began: datetime) -> AsyncIterator[list[str]]:
    last: list[Condition] = []
    while True:
        chosen: Select[Any] = select(_C.timestamp, _C.id).where(_stored_before([*where, *last], began))
        chosen = chosen.order_by(_C.timestamp, _C.id).limit(CHUNK)
        rows = await database.read(lambda connection, chosen=chosen: fetch(connection, chosen, search.BY_TIME))  # type: ignore[misc]
        if rows:
            yield [row[1] for row in rows]
            last = [Beyond(rows[-1][0], rows[-1][1])]
        if len(rows) < CHUNK:
            return


async def _decided_ids(database: Database, where: Sequence[Condition], began: datetime) -> AsyncIterator[list[str]]:
    async for entries in search.scan(database, LogQuery(where, limit=_EVERYTHING, ascending=True)):
        yield [entry.id for entry in entries if (parse_timestamp(entry.created_at) or began) <= began]


async def _remove(database: Database, ids: Sequence[str]) -> int:
    try:
        async with database.write() as connection:
            return int((await connection.execute(delete(ENTRIES).where(_C.id.in_(ids)))).rowcount)
    except (SQLAlchemyError, OSError) as error:
        raise StoreUnavailable(reason_of(error)) from None
