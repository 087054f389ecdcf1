"""The entries of MariaDB, as searching asks for them."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Select, and_, case, func, null, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from logstream.entries.entry import NULL, LogEntry, cut
from logstream.entries.timestamps import format_timestamp
from logstream.query.conditions import Beyond, Condition, LogQuery
from logstream.query.paging import Place
from logstream.stores.mariadb import sql
from logstream.stores.mariadb.database import Database
from logstream.stores.mariadb.schema import ENTRIES
from logstream.stores.patterns import Level
from logstream.stores.reading.order import in_stream
from logstream.stores.reading.rows import LARGE, Among, Chunk, LargeEntry, PlaceInStream, WithLiteral

MOST_AT_ONCE: Final = 1000
"""Rows that are decoded on the event loop; more, in a thread."""

BY_TIME: Final = {"statement_prefix": "SET STATEMENT optimizer_switch = 'index_merge_intersection=off' FOR "}
"""For pages in order of time: walking along an index in order beats merging two and sorting, 20 to 500 ms a million."""

_C: Final = ENTRIES.c
_HASHES: Final = 2**32
_BEFORE: Final = (_C.id, _C.trace_id, _C.batch_id, _C.app_key, _C.app_id, _C.user_agent, _C.level, _C.category)
_MESSAGE: Final = case((_C.message_whole.is_(None), _C.message), else_=_C.message_whole)


class MariaDbRows:
    """The entries of `database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def search_timeout(self) -> float:
        return self._database.search_timeout

    def decides(self, where: Sequence[Condition]) -> bool:
        return sql.where(where).exact

    async def settled(self, where: Sequence[Condition]) -> None:
        """It would have to be read to say so."""

    async def page(
        self, query: LogQuery, *, after: Place | None = None, among: Among | None = None, without_large: bool = False
    ) -> list[LogEntry]:
        clause = and_(sql.where(query.where, ascending=query.ascending).clause, _after(query, after), _among(among))
        row = _row_without_large(query) if without_large else _row(query)
        ordered = _ordered(row.add_columns(_C.position).where(clause), query)
        rows = await self._database.rows(ordered, BY_TIME)
        decoded = _decoded(rows, query) if len(rows) <= MOST_AT_ONCE else await asyncio.to_thread(_decoded, rows, query)
        return Chunk(decoded, (rows[-1][-1] or 0) if rows else 0)

    async def count(self, where: Sequence[Condition]) -> int:
        counted = select(func.count()).select_from(ENTRIES).where(sql.where(where).clause)
        ((count,),) = await self._database.rows(counted)
        return int(count)

    async def levels(self, where: Sequence[Condition]) -> list[Level]:
        counted = select(_C.level, func.count(), func.min(_C.timestamp), func.max(_C.timestamp))
        rows = await self._database.rows(counted.where(sql.where(where).clause).group_by(_C.level))
        return [Level(*row) for row in rows]

    async def by_ids(self, ids: Sequence[str], query: LogQuery) -> list[LogEntry]:
        context = case((func.octet_length(_C.context) > LARGE, null()), else_=_C.context)
        row = select(*_BEFORE, _message(query), context, _C.timestamp, _C.created_at)
        return _decoded(await self._database.rows(row.where(_C.id.in_(ids))), query)


async def last_id(connection: AsyncConnection, after: str, until: str) -> str | None:
    """The greatest id between two."""
    rows = await connection.execute(select(func.max(_C.id)).where(_C.id > after, _C.id <= until))
    return rows.scalar()  # type: ignore[no-any-return]


def _after(query: LogQuery, place: Place | None) -> sql.Clause:
    """What comes behind a place in the order of the query."""
    if place is None:
        return true()
    if not query.by_id:
        return sql.where([Beyond(place.moment, place.id)], ascending=query.ascending).clause
    if isinstance(place, PlaceInStream) and in_stream(query.where):
        position, after = func.coalesce(_C.position, 0), place.position
        if query.ascending:
            return or_(_C.position > after, and_(position == after, _C.id > place.id))
        return or_(position < after, and_(position == after, _C.id < place.id))
    return _C.id > place.id if query.ascending else _C.id < place.id


def _among(among: Among | None) -> sql.Clause:
    if among is None:
        return true()
    if isinstance(among, WithLiteral):
        return or_(*(sql.has_literal(text) for text in among.texts))
    bounds = {level: int(share * _HASHES) for level, share in among.shares.items()}
    return func.crc32(_C.id) < case(bounds, value=_C.level, else_=_HASHES)


def _ordered(rows: Select[Any], query: LogQuery) -> Select[Any]:
    order: tuple[Any, ...] = (_C.id,) if query.by_id else (_C.timestamp, _C.id)
    if query.by_id and in_stream(query.where):  # null, of what was stored before the stream, comes first
        order = (_C.position, _C.id)
    if not query.ascending:
        order = tuple(column.desc() for column in order)
    return rows.order_by(*order).limit(query.limit).offset(query.offset)


def _row(query: LogQuery) -> Select[Any]:
    return select(*_BEFORE, _message(query), _C.context, _C.timestamp, _C.created_at)


def _row_without_large(query: LogQuery) -> Select[Any]:
    """A row that tells at its end whether it is large, and then has no message and context."""
    message = _message(query)
    is_large = func.octet_length(message) + func.coalesce(func.octet_length(_C.context), 0) > LARGE
    texts = case((is_large, ""), else_=message), case((is_large, null()), else_=_C.context)
    return select(*_BEFORE, *texts, _C.timestamp, _C.created_at, is_large)


def _message(query: LogQuery) -> sql.Clause:
    """Of one that is too long, one character more than is wanted, by which it is known."""
    return _MESSAGE if query.message_max is None else func.left(_MESSAGE, query.message_max + 1)


def decode_row(row: Sequence[Any]) -> LogEntry:
    """The entry of a row of `_row` or `_row_without_large`."""
    context = NULL if row[9] is None else msgspec.Raw(row[9].encode())
    return LogEntry(*row[:9], context, format_timestamp(row[10]), format_timestamp(row[11]))  # type: ignore[call-arg]


def _decoded(rows: Sequence[Any], query: LogQuery) -> list[LogEntry]:
    entries = [_large(row, query) if len(row) > 13 and row[12] else decode_row(row) for row in rows]
    return entries if query.message_max is None else [cut(entry, query.message_max) for entry in entries]


def _large(row: Sequence[Any], query: LogQuery) -> LogEntry:
    times = format_timestamp(row[10]), format_timestamp(row[11])
    return LargeEntry(*row[:8], "", NULL, *times, query.message_max)  # type: ignore[call-arg]
