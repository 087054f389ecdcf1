"""What viewers missed, read from the stream: as long as it reaches back, and also while the database is away."""

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Sequence
from typing import Final

from logstream.entries.entry import LogEntry, cut
from logstream.query.conditions import Accepted, LogQuery
from logstream.query.predicate import predicate
from logstream.stores.stream.connection import Connection
from logstream.stores.stream.message import StreamBatch, sequence_of
from logstream.stores.stream.stream import Stream
from logstream.stores.stream.tail import read

AT_ONCE: Final = 500
"""Entries that are looked at on the event loop; more, in a thread."""


def place_in(query: LogQuery) -> Accepted | None:
    """The part of the stream that a query in the order of acceptance is about; None for any other query."""
    if not query.by_id or not query.ascending:
        return None
    found = [condition for condition in query.where if isinstance(condition, Accepted)]
    return found[0] if len(found) == 1 else None


async def scan(
    connection: Connection, stream: Stream, query: LogQuery, place: Accepted
) -> AsyncIterator[Sequence[LogEntry]]:
    """Everything that matches between two places of the stream, up to the query's limit, in its order."""
    rest = [condition for condition in query.where if condition is not place]
    matches = predicate(rest, max_steps=math.inf)
    left = query.limit

    def matching(batch: StreamBatch) -> list[LogEntry]:
        return [
            cut(entry, query.message_max)
            for number, entry in enumerate(batch.entries)
            if place.after < batch.position_at(number) <= place.until and (matches is None or matches(entry))
        ]

    after, until = sequence_of(place.after), sequence_of(place.until)
    assert after is not None
    assert until is not None
    batches = read(connection, stream, after - 1, until)
    async with contextlib.aclosing(batches):  # type: ignore[type-var]
        async for batch in batches:
            entries = matching(batch) if len(batch) <= AT_ONCE else await asyncio.to_thread(matching, batch)
            if entries:
                yield entries[:left]
                left -= len(entries)
            if left <= 0:
                return
