"""Statistics where the database can't count: what matches is read and counted here."""

import asyncio
from collections import Counter
from collections.abc import Sequence

from logstream.query.comparison import fold
from logstream.query.conditions import NO_LIMIT, Condition, LogQuery
from logstream.query.results import Stats, ValueCount
from logstream.query.statistics import StatsQuery
from logstream.stores.reading.rows import Rows
from logstream.stores.reading.search import scan
from logstream.stores.reading.tally import Tally, most_frequent
from logstream.stores.turns import within


async def stats(rows: Rows, query: StatsQuery) -> Stats:
    tally = Tally(query)
    async with within(rows.search_timeout):
        async for entries in scan(rows, LogQuery(query.where, limit=NO_LIMIT, message_max=1)):
            await asyncio.to_thread(tally.add, entries)
        return await asyncio.to_thread(tally.stats)


async def values(rows: Rows, field: str, where: Sequence[Condition], prefix: str, limit: int) -> list[ValueCount]:
    """The values of a field of VALUED that begin so, null left out, the most frequent first."""
    counts: Counter[str] = Counter()
    folded = fold(prefix)
    async for entries in scan(rows, LogQuery(where, limit=NO_LIMIT, message_max=1)):
        for entry in entries:
            value = getattr(entry, field)
            if value is not None and fold(value).startswith(folded):
                counts[value] += 1
    return most_frequent(counts, limit)
