"""Searching MariaDB: pages by keyset, counts, and everything that matches in portions of bounded size.

Where a clause is not exact, rows come in portions in the order of the query and the predicate of live entries decides,
in a thread, so that neither a large result nor an expensive expression holds up the event loop.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Select, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from logstream.entries.entry import NULL, LogEntry
from logstream.entries.ids import LAST_ID
from logstream.entries.timestamps import format_timestamp
from logstream.query.conditions import Accepted, Beyond, Condition, LogQuery
from logstream.query.predicate import Predicate, predicate
from logstream.query.results import Page
from logstream.stores.mariadb import sql
from logstream.stores.mariadb.database import Database
from logstream.stores.mariadb.schema import ENTRIES

FIRST_PORTION: Final = 250
MAX_PORTION: Final = 5_000
PORTION_BYTES: Final = 1024 * 1024
"""A portion is few entries first, then as many as make up so many bytes."""

Place = tuple[datetime, str]
"""Timestamp and id of an entry."""

_C: Final = ENTRIES.c
_ROW: Final = select(
    *(_C.id, _C.trace_id, _C.batch_id, _C.app_key, _C.app_id, _C.user_agent, _C.level, _C.category),
    case((_C.message_whole.is_(None), _C.message), else_=_C.message_whole),
    *(_C.context, _C.timestamp, _C.created_at),
)
BY_TIME: Final = {"statement_prefix": "SET STATEMENT optimizer_switch = 'index_merge_intersection=off' FOR "}
"""For pages in order of time: walking along an index in order beats merging two and sorting, 20 to 500 ms a million."""


def entry_of(row: Sequence[Any]) -> LogEntry:
    """The entry of a row of `_ROW`."""
    context = NULL if row[9] is None else msgspec.Raw(row[9].encode())
    return LogEntry(*row[:9], context, format_timestamp(row[10]), format_timestamp(row[11]))  # type: ignore[call-arg]


async def search(database: Database, query: LogQuery) -> Page:
    """One page, and how many match."""
    return await database.read(lambda connection: _search(connection, query))


async def _search(connection: AsyncConnection, query: LogQuery) -> Page:
    decision = sql.where(query.where, ascending=query.ascending)
    if not decision.exact:
        return await _search_through(connection, query)
    rows = await connection.execute(_page(query, decision.clause, query.limit, query.offset), execution_options=BY_TIME)
    entries = [entry_of(row) for row in rows]
    if not query.counted:
        return Page(None, entries)
    if _is_whole(query) and len(entries) < query.limit and (entries or query.offset == 0):
        return Page(query.offset + len(entries), entries)  # the last page: no need to count
    return Page(await _count(connection, query), entries)


def _is_whole(query: LogQuery) -> bool:
    return not any(isinstance(condition, Beyond) for condition in query.where)


def _uncut(query: LogQuery) -> list[Condition]:
    """What matches wherever the page begins."""
    return [condition for condition in query.where if not isinstance(condition, Beyond)]


async def _count(connection: AsyncConnection, query: LogQuery) -> int:
    clause = sql.where(_uncut(query)).clause
    return int((await connection.execute(select(func.count()).select_from(ENTRIES).where(clause))).scalar_one())


async def _search_through(connection: AsyncConnection, query: LogQuery) -> Page:
    """A page where MariaDB can't decide. It is counted to the end only when somebody asks."""
    decide = decider(query.where)
    wanted = query.offset + query.limit
    entries: list[LogEntry] = []
    found = 0
    reading = Reading(msgspec.structs.replace(query, limit=MAX_PORTION))
    while not reading.done and found < wanted:
        matching = await asyncio.to_thread(_matching, await reading.next(connection), decide)
        entries += matching[max(0, query.offset - found) : max(0, wanted - found)]
        found += len(matching)
    if not query.counted:
        return Page(None, entries)
    if not _is_whole(query):
        reading, found = Reading(LogQuery(_uncut(query))), 0
        decide = decider(reading.query.where)
    while not reading.done:
        found += len(await asyncio.to_thread(_matching, await reading.next(connection), decide))
    return Page(found, entries)


def decider(where: Sequence[Condition]) -> Predicate:
    """The predicate for what `sql.where` leaves to decide; places in the order are always exact."""
    rest = [condition for condition in where if not sql.where([condition]).exact]
    return predicate(rest, max_steps=math.inf) or (lambda entry: True)


def _matching(entries: list[LogEntry], decide: Predicate) -> list[LogEntry]:
    return [entry for entry in entries if decide(entry)]


def _page(query: LogQuery, clause: sql.Clause, limit: int, offset: int = 0) -> Select[Any]:
    order: tuple[Any, ...] = (_C.id,) if query.by_id else (_C.timestamp, _C.id)
    if not query.ascending:
        order = tuple(column.desc() for column in order)
    return _ROW.where(clause).order_by(*order).limit(limit).offset(offset)


class Reading:
    """All rows that may match, in the order of the query, portion after portion by keyset."""

    def __init__(self, query: LogQuery) -> None:
        self.query = query
        self._step = FIRST_PORTION
        self._last: Place | None = None
        self.done = False

    async def next(self, connection: AsyncConnection) -> list[LogEntry]:
        """The next rows; after the last, `done` is true."""
        query = self.query
        where = [*query.where, *self._beyond()]
        clause = sql.where(where, ascending=query.ascending).clause
        rows = (await connection.execute(_page(query, clause, self._step), execution_options=BY_TIME)).all()
        self.done = len(rows) < self._step
        if not rows:
            return []
        self._last = (rows[-1][10], rows[-1][0])
        size = sum(len(row[8]) + len(row[9] or "") for row in rows) / len(rows) + 200
        self._step = max(1, min(int(PORTION_BYTES / size), 4 * self._step, MAX_PORTION))
        return await asyncio.to_thread(_entries, rows)

    def _beyond(self) -> list[Condition]:
        if self._last is None:
            return []
        moment, entry_id = self._last
        if self.query.by_id:
            assert self.query.ascending
            return [Accepted(entry_id, LAST_ID)]
        return [Beyond(moment, entry_id)]


def _entries(rows: Sequence[Sequence[Any]]) -> list[LogEntry]:
    return [entry_of(row) for row in rows]


async def scan(database: Database, query: LogQuery) -> AsyncIterator[Sequence[LogEntry]]:
    """Everything that matches, up to the query's limit; no connection is held between portions."""
    exact = sql.where(query.where, ascending=query.ascending).exact
    decide = None if exact else decider(query.where)
    left = query.limit
    reading = Reading(query)
    while not reading.done and left > 0:
        entries = await database.read(reading.next)
        if decide is not None:
            entries = await asyncio.to_thread(_matching, entries, decide)
        if entries:
            yield entries[:left]
            left -= len(entries)


async def get(database: Database, id_or_trace: str) -> LogEntry | None:
    """The entry with this id, any case, else the newest of this trace."""

    async def ask(connection: AsyncConnection) -> LogEntry | None:
        for column, value in ((_C.id, id_or_trace.upper()), (_C.id, id_or_trace), (_C.trace_id, id_or_trace)):
            clause = sql.equal(column, value)
            row = (await connection.execute(_page(LogQuery(), clause, 1))).first()
            if row is not None:
                return entry_of(row)
        return None

    return await database.read(ask)


async def last_id(connection: AsyncConnection, after: str, until: str) -> str | None:
    """The greatest id between two."""
    rows = await connection.execute(select(func.max(_C.id)).where(_C.id > after, _C.id <= until))
    return rows.scalar()  # type: ignore[no-any-return]
