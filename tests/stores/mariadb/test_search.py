"""Searching where MariaDB can't decide what matches, over more than one chunk."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from logstream.entries.entry import Batch, LogEntry
from logstream.entries.ids import IdSource
from logstream.entries.timestamps import format_timestamp
from logstream.query.conditions import LogQuery, Matches
from logstream.stores.mariadb.store import MariaDbStore
from tests.database import MariaDb, address_of

COUNT = 600


def batch() -> Batch:
    """Entries whose timestamps go the other way than their ids."""
    start = datetime(2026, 1, 15, tzinfo=UTC)
    entries = [
        LogEntry(
            entry_id, "trace", None, "shop", "x", None, "info", "general", f"order {n}", msgspec.Raw(b"null"),
            format_timestamp(start - timedelta(seconds=n)), format_timestamp(start),
        )
        for n, entry_id in enumerate(IdSource().take(COUNT))
    ]  # fmt: skip
    return Batch(entries)


@pytest.mark.parametrize("ascending", [True, False])
@pytest.mark.parametrize("by_id", [True, False])
def test_entries_are_counted_and_paged_in_every_order(
    mariadb: MariaDb, tmp_path: Path, ascending: bool, by_id: bool
) -> None:
    entries = batch()

    async def search(store: MariaDbStore) -> None:
        await store.start()
        try:
            await store.append(entries)
            where = [Matches(r"order \d+$", False)]
            page = await store.search(LogQuery(where, limit=100, offset=400, ascending=ascending, by_id=by_id))
        finally:
            await store.stop()
        order = sorted(entries.entries, key=lambda entry: entry.id if by_id else entry.timestamp, reverse=not ascending)
        assert [entry.id for entry in page.entries] == [entry.id for entry in order[400:500]]
        assert page.total == COUNT

    with mariadb.database() as settings, ThreadPoolExecutor(1) as thread:  # Playwright's event loop runs in this one
        thread.submit(lambda: asyncio.run(search(MariaDbStore(address_of(settings), tmp_path)))).result()
