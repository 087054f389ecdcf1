"""Searching a database: pages by keyset, counts, and everything that matches in chunks of bounded size.

Where it can't decide, what it lets through is read in chunks, in the order of the query, and the predicate of live
entries decides, in a thread, so that neither a large result nor a costly expression holds up the event loop.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Sequence
from typing import Final

import msgspec

from logstream.entries.entry import NULL, LogEntry, cut
from logstream.entries.timestamps import parse_timestamp
from logstream.query.conditions import Condition, Equals, LogQuery
from logstream.query.paging import ChunkSize, Place, page_without_count, without_place
from logstream.query.predicate import Predicate, predicate
from logstream.query.results import Page, completed, marked
from logstream.stores.reading.rows import LARGE, Among, Chunk, LargeEntry, PlaceInStream, Rows
from logstream.stores.turns import within

MAX_ENTRIES: Final = 5_000
"""Entries of a chunk."""


async def search(rows: Rows, query: LogQuery) -> Page:
    """One page, and how many match."""
    async with within(rows.search_timeout):
        if not rows.decides(query.where):
            settled = await rows.settled(without_place(query.where)) if query.counted else None
            if settled is None:
                return await _search_through(rows, query)
            rows = settled
        entries = await rows.page(query, without_large=True)
        page = page_without_count(query, entries)
        if page is None:
            page = Page(await rows.count(without_place(query.where)), entries)
        return marked(page, LargeEntry)


def whole(rows: Rows, page: Page) -> AsyncIterator[Sequence[LogEntry]]:
    """The entries of a page with all that they say, of which only a chunk is in memory."""

    async def read(large: LargeEntry) -> LogEntry | None:
        query = LogQuery([Equals("id", large.id)], limit=1, message_max=large.message_max)
        return next(iter(await rows.page(query)), None)

    return completed(page.entries, LargeEntry, read)


async def _search_through(rows: Rows, query: LogQuery) -> Page:
    """A page where the database can't decide. It is counted to the end only when somebody asks."""
    decide = decider(rows, query.where)
    end = query.offset + query.limit
    entries: list[LogEntry] = []
    matched = 0
    candidates = Candidates(rows, _whole(query))
    while matched < end and not candidates.done:
        matching = await candidates.matching(decide)
        found = matching[max(0, query.offset - matched) : max(0, end - matched)]
        entries += [_without_texts(cut(entry, query.message_max), query) for entry in found]
        matched += len(matching)
    page = page_without_count(query, entries)
    if page is not None:
        return marked(page, LargeEntry)
    everywhere = without_place(query.where)
    if len(everywhere) < len(query.where):  # the page does not begin at the start: count from there
        candidates, decide, matched = Candidates(rows, LogQuery(everywhere)), decider(rows, everywhere), 0
    while not candidates.done:
        matched += len(await candidates.matching(decide))
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


def decider(rows: Rows, where: Sequence[Condition]) -> Predicate:
    """The predicate for what the database leaves to decide; places in the order it always decides."""
    undecided = [condition for condition in where if not rows.decides([condition])]
    return predicate(undecided, max_steps=math.inf) or (lambda entry: True)


class Candidates:
    """Everything that the database lets through of a query, in its order, chunk after chunk by keyset."""

    def __init__(self, rows: Rows, query: LogQuery, among: Among | None = None) -> None:
        self._rows = rows
        self._query = query
        self._among = among
        self._size = ChunkSize(MAX_ENTRIES)
        self._last: Place | None = None
        self.done = False

    async def next(self) -> list[LogEntry]:
        """The next chunk; after the last one, `done` is true."""
        wanted = self._size.entries
        query = msgspec.structs.replace(self._query, limit=wanted, offset=0)
        entries = await self._rows.page(query, after=self._last, among=self._among)
        self.done = len(entries) < wanted
        if entries:
            self._last = place_of(entries[-1])
            if isinstance(entries, Chunk):
                self._last = PlaceInStream(self._last, entries.position)
            self._size.fit(entries)
        return entries

    async def matching(self, decide: Predicate) -> list[LogEntry]:
        """What the predicate leaves of the next chunk."""
        entries = await self.next()
        return await asyncio.to_thread(_matching, entries, decide)


def place_of(entry: LogEntry) -> Place:
    moment = parse_timestamp(entry.timestamp)
    assert moment is not None
    return Place(moment.replace(tzinfo=None), entry.id)


def _matching(entries: list[LogEntry], decide: Predicate) -> list[LogEntry]:
    return [entry for entry in entries if decide(entry)]


async def scan(rows: Rows, query: LogQuery, among: Among | None = None) -> AsyncIterator[Sequence[LogEntry]]:
    """Everything that matches, up to the query's limit; nothing is held between chunks.

    `among`: only of entries that fulfil this too.
    """
    exact = rows.decides(query.where)
    decide = None if exact else decider(rows, query.where)
    left = query.limit
    candidates = Candidates(rows, query if exact else _whole(query), among)
    while left > 0 and not candidates.done:
        entries = await candidates.next()
        if decide is not None:
            entries = await asyncio.to_thread(_matching, entries, decide)
        if entries:
            yield [cut(entry, query.message_max) for entry in entries[:left]]
            left -= len(entries)


async def get(rows: Rows, id_or_trace: str) -> LogEntry | None:
    """The entry with this id, any case, else the newest of this trace."""
    for same in (Equals("id", id_or_trace.upper()), Equals("id", id_or_trace), Equals("trace_id", id_or_trace)):
        for entry in await rows.page(LogQuery([same], limit=1)):
            return entry
    return None
