"""Searching MariaDB: pages by keyset, counts, and everything that matches in chunks of bounded size.

Where a clause is not exact, what it lets through is read in chunks, in the order of the query, and the predicate of
live entries decides, in a thread, so that neither a large result nor a costly expression holds up the event loop.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Select, and_, case, func, null, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from logstream.entries.entry import NULL, LogEntry, cut
from logstream.entries.timestamps import format_timestamp
from logstream.query.conditions import Beyond, Condition, LogQuery
from logstream.query.paging import ChunkSize, Place, page_without_count, without_place
from logstream.query.predicate import Predicate, predicate
from logstream.query.results import Page, completed, marked
from logstream.stores.mariadb import sql
from logstream.stores.mariadb.database import Database
from logstream.stores.mariadb.schema import ENTRIES

MAX_ENTRIES: Final = 5_000
"""Entries of a chunk."""

BY_TIME: Final = {"statement_prefix": "SET STATEMENT optimizer_switch = 'index_merge_intersection=off' FOR "}
"""For pages in order of time: walking along an index in order beats merging two and sorting, 20 to 500 ms a million."""

LARGE: Final = 32 * 1024
"""Bytes of what an entry says, beyond which pages have it without: a thousand of the largest would be gigabytes."""

_C: Final = ENTRIES.c
_BEFORE: Final = (_C.id, _C.trace_id, _C.batch_id, _C.app_key, _C.app_id, _C.user_agent, _C.level, _C.category)
_MESSAGE: Final = case((_C.message_whole.is_(None), _C.message), else_=_C.message_whole)


class LargeEntry(LogEntry, gc=False):
    """A large entry without its message and context."""

    message_max: int | None
    """How many characters of its message are wanted; None: all."""


async def search(database: Database, query: LogQuery) -> Page:
    """One page, and how many match."""
    return await database.read(lambda connection: _search(connection, query))


async def _search(connection: AsyncConnection, query: LogQuery) -> Page:
    decision = sql.where(query.where, ascending=query.ascending)
    if not decision.exact:
        return await _search_through(connection, query)
    statement = _page(query, decision.clause, query.limit, query.offset, of=_row_without_large(query))
    entries = _decoded((await connection.execute(statement, execution_options=BY_TIME)).all(), query)
    page = page_without_count(query, entries)
    return marked(page if page is not None else Page(await _count(connection, query), entries), LargeEntry)


def whole(database: Database, page: Page) -> AsyncIterator[Sequence[LogEntry]]:
    """The entries of a page with all that they say, of which only a chunk is in memory."""

    async def read(large: LargeEntry) -> LogEntry | None:
        statement = _page(LogQuery(message_max=large.message_max), sql.equal(_C.id, large.id), 1)
        row = await database.read(lambda connection: _first(connection, statement))
        return None if row is None else cut(decode_row(row), large.message_max)

    return completed(page.entries, LargeEntry, read)


async def _first(connection: AsyncConnection, statement: Select[Any]) -> Sequence[Any] | None:
    row: Sequence[Any] | None = (await connection.execute(statement)).first()
    return row


async def _count(connection: AsyncConnection, query: LogQuery) -> int:
    counted = select(func.count()).select_from(ENTRIES).where(sql.where(without_place(query.where)).clause)
    return int((await connection.execute(counted)).scalar_one())


async def _search_through(connection: AsyncConnection, query: LogQuery) -> Page:
    """A page where MariaDB can't decide. It is counted to the end only when somebody asks."""
    decide = decider(query.where)
    end = query.offset + query.limit
    entries: list[LogEntry] = []
    matched = 0
    candidates = Candidates(_whole(query))
    while matched < end and not candidates.done:
        matching = await candidates.matching(connection, decide)
        found = matching[max(0, query.offset - matched) : max(0, end - matched)]
        entries += [_without_texts(cut(entry, query.message_max), query) for entry in found]
        matched += len(matching)
    page = page_without_count(query, entries)
    if page is not None:
        return marked(page, LargeEntry)
    everywhere = without_place(query.where)
    if len(everywhere) < len(query.where):  # the page does not begin at the start: count from there
        candidates, decide, matched = Candidates(LogQuery(everywhere)), decider(everywhere), 0
    while not candidates.done:
        matched += len(await candidates.matching(connection, decide))
    return marked(Page(matched, entries), LargeEntry)


def _without_texts(entry: LogEntry, query: LogQuery) -> LogEntry:
    if len(entry.message) + len(bytes(entry.context)) <= LARGE:
        return entry
    fields = msgspec.structs.asdict(entry)
    shared = {name: fields[name] for name in LogEntry.__struct_fields__}
    return LargeEntry(**{**shared, "message": "", "context": NULL}, message_max=query.message_max)


def _whole(query: LogQuery) -> LogQuery:
    """With whole messages, as the predicate needs them."""
    return msgspec.structs.replace(query, message_max=None)


def decider(where: Sequence[Condition]) -> Predicate:
    """The predicate for what `sql.where` leaves to decide; places in the order are always exact."""
    undecided = [condition for condition in where if not sql.where([condition]).exact]
    return predicate(undecided, max_steps=math.inf) or (lambda entry: True)


class Candidates:
    """Everything that the clause of a query lets through, in its order, chunk after chunk by keyset."""

    def __init__(self, query: LogQuery, among: sql.Clause | None = None) -> None:
        self._query = query
        self._among = true() if among is None else among
        self._size = ChunkSize(MAX_ENTRIES)
        self._last: Place | None = None
        self.done = False

    async def next(self, connection: AsyncConnection) -> list[LogEntry]:
        """The next chunk; after the last one, `done` is true."""
        query, wanted = self._query, self._size.entries
        clause = sql.where(query.where, ascending=query.ascending).clause
        page = _page(query, and_(clause, self._among, self._after_last()), wanted)
        rows = (await connection.execute(page, execution_options=BY_TIME)).all()
        self.done = len(rows) < wanted
        if not rows:
            return []
        self._last = Place(rows[-1].timestamp, rows[-1].id)
        return await asyncio.to_thread(self._chunk, rows)

    def _chunk(self, rows: Sequence[Any]) -> list[LogEntry]:
        entries = _decoded(rows, self._query)
        self._size.fit(entries)
        return entries

    async def matching(self, connection: AsyncConnection, decide: Predicate) -> list[LogEntry]:
        """What the predicate leaves of the next chunk."""
        entries = await self.next(connection)
        return await asyncio.to_thread(_matching, entries, decide)

    def _after_last(self) -> sql.Clause:
        if self._last is None:
            return true()
        if not self._query.by_id:
            return sql.where([Beyond(*self._last)], ascending=self._query.ascending).clause
        return _C.id > self._last.id if self._query.ascending else _C.id < self._last.id


def _matching(entries: list[LogEntry], decide: Predicate) -> list[LogEntry]:
    return [entry for entry in entries if decide(entry)]


async def scan(
    database: Database, query: LogQuery, among: sql.Clause | None = None
) -> AsyncIterator[Sequence[LogEntry]]:
    """Everything that matches, up to the query's limit; no connection is held between chunks.

    `among`: only of entries that fulfil this too.
    """
    exact = sql.where(query.where, ascending=query.ascending).exact
    decide = None if exact else decider(query.where)
    left = query.limit
    candidates = Candidates(query if exact else _whole(query), among)
    while left > 0 and not candidates.done:
        entries = await database.read(candidates.next)
        if decide is not None:  # without the connection
            entries = await asyncio.to_thread(_matching, entries, decide)
        if entries:
            yield [cut(entry, query.message_max) for entry in entries[:left]]
            left -= len(entries)


async def get(database: Database, id_or_trace: str) -> LogEntry | None:
    """The entry with this id, any case, else the newest of this trace."""

    async def ask(connection: AsyncConnection) -> LogEntry | None:
        for column, value in ((_C.id, id_or_trace.upper()), (_C.id, id_or_trace), (_C.trace_id, id_or_trace)):
            row = (await connection.execute(_page(LogQuery(), sql.equal(column, value), 1))).first()
            if row is not None:
                return decode_row(row)
        return None

    return await database.read(ask)


async def by_ids(database: Database, ids: Sequence[str], query: LogQuery) -> list[LogEntry]:
    """The entries with these ids, without contexts that are large."""
    context = case((func.octet_length(_C.context) > LARGE, null()), else_=_C.context)
    row = select(*_BEFORE, _message(query), context, _C.timestamp, _C.created_at)
    return _decoded(await database.rows(row.where(_C.id.in_(ids))), query)


async def last_id(connection: AsyncConnection, after: str, until: str) -> str | None:
    """The greatest id between two."""
    rows = await connection.execute(select(func.max(_C.id)).where(_C.id > after, _C.id <= until))
    return rows.scalar()  # type: ignore[no-any-return]


def _page(
    query: LogQuery, clause: sql.Clause, limit: int, offset: int = 0, of: Select[Any] | None = None
) -> Select[Any]:
    """`of`: the columns, if not those of `_row`."""
    order: tuple[Any, ...] = (_C.id,) if query.by_id else (_C.timestamp, _C.id)
    if not query.ascending:
        order = tuple(column.desc() for column in order)
    return (_row(query) if of is None else of).where(clause).order_by(*order).limit(limit).offset(offset)


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
    entries = [_large(row, query) if len(row) > 12 and row[12] else decode_row(row) for row in rows]
    return entries if query.message_max is None else [cut(entry, query.message_max) for entry in entries]


def _large(row: Sequence[Any], query: LogQuery) -> LogEntry:
    times = format_timestamp(row[10]), format_timestamp(row[11])
    return LargeEntry(*row[:8], "", NULL, *times, query.message_max)  # type: ignore[call-arg]
