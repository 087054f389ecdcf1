"""Removing what fulfils conditions: whole days by dropping their partitions, the rest by one DELETE.

Where other nodes may write meanwhile, a day can't be dropped: it goes by a mutation, which leaves alone what comes
after it began, reads no more than the conditions need, and writes nothing of a part of which all goes.

What is stored after the call began is left alone, however long the call takes: a run removes what its dry run counts.
Where entries come from a stream, the conditions say up to which of its places.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Final

import msgspec

from logstream.entries.timestamps import parse_timestamp
from logstream.query.conditions import NO_LIMIT, Condition, LogQuery
from logstream.store import Pruned
from logstream.stores.clickhouse import quoting, sql
from logstream.stores.clickhouse.database import Database
from logstream.stores.clickhouse.faults import raised_as_unavailable
from logstream.stores.clickhouse.rows import ClickHouseRows
from logstream.stores.clickhouse.schema import ENTRIES, Schema
from logstream.stores.reading.search import scan

MAX_IDS: Final = 20_000
"""Entries that one DELETE names."""

MAX_DAYS: Final = 100
"""Days that one mutation empties; each mutation is waited for."""

DELETE_SECONDS: Final = 120
"""How long a DELETE is waited for; what it has begun it goes on with."""


Paused = Callable[[], AbstractAsyncContextManager[None]]


class _Day(msgspec.Struct, array_like=True):
    """A partition, how many of its entries match, and how many there are."""

    day: int
    matching: int
    there: int


async def prune(
    database: Database, where: Sequence[Condition], *, dry_run: bool, paused: Paused | None = None
) -> Pruned:
    """Remove, or in a dry run count, what matches. Raises StoreUnavailable; what was removed before it is gone.

    `paused`: within it nobody writes; None: others may write, and the conditions say what came before the call.
    """
    if not where:
        return Pruned(0)
    began = None if paused is None else datetime.now(UTC)
    decision = sql.where(where)
    if not decision.exact:
        return await _prune_by_scan(database, where, began, dry_run=dry_run)
    clause = decision.may
    if began is not None:
        clause = f"{clause} AND created_at <= {quoting.moment(began.replace(tzinfo=None))}"
    days = await _days(database, clause)
    if dry_run:
        return Pruned(sum(day.matching for day in days))
    stored = Schema(database.address.cluster)
    removed = dropped = 0
    whole = [day for day in days if day.matching == day.there]
    if paused is None:
        await _empty(database, stored, whole, clause)
        removed, dropped = sum(day.matching for day in whole), len(whole)
    else:
        for day in whole:
            gone = await _drop(database, paused, stored, day.day, clause)
            removed, dropped = removed + gone, dropped + (gone > 0)
    left = sum(day.matching for day in await _days(database, clause)) if dropped < len(days) else 0
    if left:
        await _delete(database, stored, clause)
    return Pruned(removed + left, files_removed=dropped)


async def _days(database: Database, clause: str, among: str = "1") -> list[_Day]:
    statement = (
        f"SELECT toYYYYMMDD(timestamp) AS day, countIf({clause}) AS matching, count() FROM {ENTRIES} "
        f"WHERE {among} GROUP BY day HAVING matching > 0 ORDER BY day"
    )
    return await database.rows(statement, _Day)


async def _empty(database: Database, schema: Schema, days: Sequence[_Day], clause: str) -> None:
    """Remove what matches of days of which nearly all does."""
    for start in range(0, len(days), MAX_DAYS):
        parts = [f"DELETE IN PARTITION {day.day} WHERE {clause}" for day in days[start : start + MAX_DAYS]]
        with raised_as_unavailable():
            await database.execute(
                f"ALTER TABLE {schema.stored}{schema.on_cluster} {', '.join(parts)}",
                {"mutations_sync": "2", "max_query_size": "16777216"},
                DELETE_SECONDS,
            )


async def _drop(database: Database, paused: Paused, schema: Schema, day: int, clause: str) -> int:
    """Drop a day of which all matches, while nothing is written to it; returns how many entries it had."""
    async with paused():
        days = await _days(database, clause, f"toYYYYMMDD(timestamp) = {day}")
        if not days or days[0].matching != days[0].there:
            return 0  # something came meanwhile
        with raised_as_unavailable():
            await database.execute(f"ALTER TABLE {schema.stored}{schema.on_cluster} DROP PARTITION {day}")
        return days[0].matching


async def _delete(database: Database, schema: Schema, clause: str) -> None:
    with raised_as_unavailable():
        await database.execute(
            f"DELETE FROM {schema.stored}{schema.on_cluster} WHERE {clause}",
            {"lightweight_deletes_sync": "2", "max_query_size": "16777216"},
            DELETE_SECONDS,
        )


async def _prune_by_scan(
    database: Database, where: Sequence[Condition], began: datetime | None, *, dry_run: bool
) -> Pruned:
    """What has to be read to decide."""
    removed, ids = 0, list[str]()

    async def remove() -> None:
        if ids and not dry_run:
            await _delete(database, Schema(database.address.cluster), f"id IN {quoting.texts(ids)}")
        ids.clear()

    async for entries in scan(ClickHouseRows(database), LogQuery(where, limit=NO_LIMIT, ascending=True)):
        found = [
            entry.id for entry in entries if began is None or (parse_timestamp(entry.created_at) or began) <= began
        ]
        removed += len(found)
        ids += found
        if len(ids) >= MAX_IDS:
            await remove()
    await remove()
    return Pruned(removed)
