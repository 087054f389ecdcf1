"""A stream of which every message is the same each time: four entries of two days in turn, every third with a key.

Each has greater ids than the next one or than the one before, as of nodes whose clocks differ.
"""

from collections.abc import Callable

from logstream.entries.entry import LogEntry
from logstream.store import Claim, Receipt
from logstream.stores.clickhouse.filled import FilledClickHouse
from logstream.stores.spool.spool import Keyed
from logstream.stores.stream.filled import Portion
from logstream.stores.stream.message import position_text
from tests.stores.clickhouse.entries import batch

STREAM = "S"
ENTRIES = 4
"""Of a message."""


def portion(after: int, until: int, *, is_begun: bool = False) -> Portion:
    entries: list[LogEntry] = []
    positions: list[str] = []
    claims: list[Keyed] = []
    for message in range(after + 1, until + 1):
        made = batch(first_of(message), ENTRIES).entries
        entries += made
        positions += [position_text(message, offset) for offset in range(ENTRIES)]
        if message % 3 == 0:
            claims.append(Keyed(Claim("shop", f"key {message}", receipt(message)), made[0].id))
    return Portion(after, until, entries, positions, claims, is_begun)


def first_of(message: int) -> int:
    """The number of the first entry of a message."""
    return (message - 1 ^ 1) * ENTRIES


def receipt(message: int) -> Receipt:
    return Receipt(201, b"\xff\x00 answer to %d" % message)


async def refuse(entry: LogEntry, reason: str) -> None:
    raise AssertionError(reason)


async def fill_next(store: FilledClickHouse, until: int, choose: Callable[[int], int] | None = None) -> bool:
    """Fill the next portion, as an indexer does: what was begun with first. Whether there was one up to `until`."""
    standing = await store.standing()
    if standing.begun is not None:
        await store.fill(portion(standing.progress, standing.begun, is_begun=True), refuse)
        return True
    if standing.progress >= until:
        return False
    end = until if choose is None else min(until, choose(standing.progress))
    await store.fill(portion(standing.progress, end), refuse)
    return True
