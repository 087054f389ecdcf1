"""Rows are pruned while others arrive: what arrives stays, and a run removes what its dry run counted."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from logstream.entries.entry import Batch, LogEntry
from logstream.entries.ids import IdSource
from logstream.entries.timestamps import format_timestamp, utc_now
from logstream.query.conditions import And, Compare, Condition, ContextEquals, Equals, LogQuery, Not
from logstream.stores.mariadb.store import MariaDbStore
from tests.database import MariaDb, address_of

pytestmark = pytest.mark.heavy

OLD = datetime(2026, 1, 15, tzinfo=UTC)
IDS = IdSource()


def batch_of(count: int, level: str, moment: datetime) -> Batch:
    created = format_timestamp(utc_now())
    context = msgspec.Raw(b'{"keep":true}')
    entries = [
        LogEntry(
            entry_id, "trace", None, "shop", "x", None, level, "general", f"{level} {n}", context,
            format_timestamp(moment + timedelta(milliseconds=n)), created,
        )
        for n, entry_id in enumerate(IDS.take(count))
    ]  # fmt: skip
    return Batch(entries)


async def prune_under_load(store: MariaDbStore) -> None:
    for hour in range(20):
        for level in ("debug", "error"):
            await store.append(batch_of(1000, level, OLD + timedelta(hours=hour)))
    sent = 0
    enough, stopping = asyncio.Event(), asyncio.Event()

    async def send() -> None:
        nonlocal sent
        while not stopping.is_set():
            await store.append(batch_of(50, "debug", OLD))  # just such entries as are being pruned
            sent += 50
            if sent >= 500:
                enough.set()
            await asyncio.sleep(0.01)  # 5,000 a second

    sending = asyncio.ensure_future(send())
    await enough.wait()
    where: list[Condition] = [Equals("level", "debug"), Compare("timestamp", "<", datetime(2026, 1, 16))]
    undecided: Condition = Not(ContextEquals(("keep",), "false"))  # MariaDB alone can't tell
    before = sent
    pruned = await store.prune([*where, undecided], dry_run=False)
    assert 20_000 + before <= pruned.entries <= 20_000 + sent
    stopping.set()
    await sending
    left = await store.search(LogQuery(where, limit=1))
    assert left.total == 20_000 + sent - pruned.entries
    assert (await store.search(LogQuery([Equals("level", "error")], limit=1))).total == 20_000
    counted = await store.prune([And(tuple(where))], dry_run=True)
    assert (await store.search(LogQuery(where, limit=1))).total == counted.entries == left.total
    assert await store.prune(where, dry_run=False) == counted
    assert (await store.search(LogQuery(where, limit=1))).total == 0
    assert (await store.prune([], dry_run=False)).entries == 0


def test_what_arrives_while_rows_are_pruned_stays(mariadb: MariaDb, tmp_path: Path) -> None:
    with mariadb.database() as settings, asyncio.Runner() as runner:
        store = MariaDbStore(address_of(settings), tmp_path)
        runner.run(store.start())
        try:
            runner.run(prune_under_load(store))
        finally:
            runner.run(store.stop())
