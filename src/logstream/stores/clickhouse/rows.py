"""The entries of ClickHouse, as searching asks for them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from logstream.entries.entry import NULL, LogEntry, cut
from logstream.query.conditions import Beyond, Condition, LogQuery
from logstream.query.paging import Place
from logstream.stores.clickhouse import quoting, sql
from logstream.stores.clickhouse.database import Database
from logstream.stores.clickhouse.schema import ENTRIES
from logstream.stores.patterns import Level
from logstream.stores.reading.order import in_stream
from logstream.stores.reading.rows import LARGE, Among, Chunk, LargeEntry, PlaceInStream, WithLiteral

_HASHES: Final = 2**32
_BEFORE: Final = "id, trace_id, batch_id, app_key, app_id, user_agent, level, category"
_POSITION: Final = "ifNull(position, 0)"
"""What was stored before the stream comes first."""

_IS_LARGE: Final = f"length({{message}}) + length(context) > {LARGE}"


class Row(msgspec.Struct, array_like=True, gc=False):
    """The columns of an entry, and whether it is large and without what it says."""

    id: str
    trace_id: str
    batch_id: str | None
    app_key: str
    app_id: str
    user_agent: str | None
    level: str
    category: str
    message: str
    context: str
    timestamp: str
    created_at: str
    is_large: int
    position: int | None = None


class _Counted(msgspec.Struct, array_like=True):
    count: int


class _Level(msgspec.Struct, array_like=True):
    level: str
    entries: int
    oldest: datetime
    newest: datetime


class ClickHouseRows:
    """The entries of `database`; with `is_settled`, what is not sure to fulfil conditions doesn't."""

    def __init__(self, database: Database, *, is_settled: bool = False) -> None:
        self._database = database
        self._is_settled = is_settled

    @property
    def search_timeout(self) -> float:
        return self._database.search_timeout

    def decides(self, where: Sequence[Condition]) -> bool:
        return self._is_settled or sql.where(where).exact

    async def settled(self, where: Sequence[Condition]) -> "ClickHouseRows | None":
        decision = sql.where(where)
        statement = f"SELECT 1 FROM {ENTRIES} WHERE {decision.may} AND NOT {decision.sure} LIMIT 1"
        is_open = await self._database.rows(statement, _Counted)
        return None if is_open else ClickHouseRows(self._database, is_settled=True)

    def clause(self, where: Sequence[Condition], *, ascending: bool = False) -> str:
        """What lets through what fulfils the conditions."""
        decision = sql.where(where, ascending=ascending)
        return decision.sure if self._is_settled else decision.may

    async def page(
        self, query: LogQuery, *, after: Place | None = None, among: Among | None = None, without_large: bool = False
    ) -> list[LogEntry]:
        direction = "ASC" if query.ascending else "DESC"
        order = f"id {direction}" if query.by_id else f"timestamp {direction}, id {direction}"
        if query.by_id and in_stream(query.where):
            order = f"{_POSITION} {direction}, id {direction}"
        clauses = [self.clause(query.where, ascending=query.ascending), *_after(query, after), *_among(among)]
        message = _message(query)
        is_large = _IS_LARGE.format(message=message) if without_large else "0"
        texts = (
            f"if({is_large}, '', {message}), if({is_large}, '', context)" if without_large else f"{message}, context"
        )
        statement = (
            f"SELECT {_BEFORE}, {texts}, timestamp, created_at, {is_large}, position FROM {ENTRIES} "
            f"WHERE {' AND '.join(clauses)} ORDER BY {order} LIMIT {query.limit} OFFSET {query.offset}"
        )
        rows = await self._database.rows(statement, Row)
        return Chunk([_decoded(row, query) for row in rows], (rows[-1].position or 0) if rows else 0)

    async def count(self, where: Sequence[Condition]) -> int:
        statement = f"SELECT count() FROM {ENTRIES} WHERE {self.clause(where)}"
        (row,) = await self._database.rows(statement, _Counted)
        return row.count

    async def levels(self, where: Sequence[Condition]) -> list[Level]:
        statement = (
            f"SELECT level, count(), min(timestamp), max(timestamp) FROM {ENTRIES} "
            f"WHERE {self.clause(where)} GROUP BY level"
        )
        rows = await self._database.rows(statement, _Level)
        return [
            Level(row.level, row.entries, row.oldest.replace(tzinfo=None), row.newest.replace(tzinfo=None))
            for row in rows
        ]

    async def by_ids(self, ids: Sequence[str], query: LogQuery) -> list[LogEntry]:
        if not ids:
            return []
        context = f"if(length(context) > {LARGE}, '', context)"
        statement = (
            f"SELECT {_BEFORE}, {_message(query)}, {context}, timestamp, created_at, 0 FROM {ENTRIES} "
            f"WHERE id IN {quoting.texts(ids)}"
        )
        return [_decoded(row, query) for row in await self._database.rows(statement, Row)]


def _after(query: LogQuery, place: Place | None) -> list[str]:
    """What comes behind a place in the order of the query."""
    if place is None:
        return []
    if not query.by_id:
        return [sql.where([Beyond(*place)], ascending=query.ascending).may]
    behind, entry = ">" if query.ascending else "<", quoting.text(place.id)
    if isinstance(place, PlaceInStream) and in_stream(query.where):
        clause = f"({_POSITION}, id) {behind} ({place.position}, {entry})"
        if query.ascending and place.position:  # for the index
            clause = f"position IS NOT NULL AND position >= {place.position} AND {clause}"
        return [clause]
    return [f"id {behind} {entry}"]


def _among(among: Among | None) -> list[str]:
    if among is None:
        return []
    if isinstance(among, WithLiteral):
        return [f"({' OR '.join(map(sql.has_literal, among.texts))})"]
    bounds = [f"level = '{level}', {int(share * _HASHES)}" for level, share in among.shares.items()]
    return [f"cityHash64(id) % {_HASHES} < multiIf({', '.join([*bounds, str(_HASHES)])})"]


def _message(query: LogQuery) -> str:
    """Of one that is too long, one character more than is wanted, by which it is known."""
    return "message" if query.message_max is None else f"leftUTF8(message, {query.message_max + 1})"


def _decoded(row: Row, query: LogQuery) -> LogEntry:
    fields: tuple[Any, ...] = msgspec.structs.astuple(row)
    times = _written(row.timestamp), _written(row.created_at)
    if row.is_large:
        return LargeEntry(*fields[:8], "", NULL, *times, query.message_max)  # type: ignore[call-arg]
    context = msgspec.Raw(row.context.encode()) if row.context else NULL
    entry = LogEntry(*fields[:9], context, *times)  # type: ignore[call-arg]
    return cut(entry, query.message_max)


def _written(moment: str) -> str:
    """A time in ISO 8601 with six decimals as entries have it."""
    return moment[:23] + "Z" if moment[23:26] == "000" else moment
