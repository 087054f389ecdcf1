"""Each entry comes into ClickHouse exactly once, wherever filling it is cut off."""

import asyncio
import contextlib
import signal
import subprocess
import sys
from collections.abc import Awaitable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from logstream.entries.entry import Batch
from logstream.query.conditions import Compare, Equals, HasPattern, LogQuery
from logstream.shared import Put, Remove
from logstream.store import StoreUnavailable
from logstream.stores.clickhouse.database import Database
from logstream.stores.clickhouse.faults import TOO_SLOW, Fault
from logstream.stores.clickhouse.schema import ENTRIES, SHARED
from logstream.stores.clickhouse.shared import ClickHouseShared
from logstream.stores.clickhouse.store import ClickHouseStore
from tests.clickhouse import ClickHouse, clickhouse_of
from tests.harness import ROOT, inherited
from tests.stores.clickhouse.dying import STEPS
from tests.stores.clickhouse.entries import batch

Settings = dict[str, str]


def run(work: Awaitable[Any]) -> Any:
    async def main() -> Any:
        return await work

    with ThreadPoolExecutor(1) as thread:  # Playwright's event loop runs in this one
        return thread.submit(lambda: asyncio.run(main())).result()


@contextlib.asynccontextmanager
async def opened(settings: Settings, folder: Path) -> Any:
    store = ClickHouseStore(clickhouse_of(settings), folder)
    await store.start()
    try:
        yield store
    finally:
        await store.stop()


def name_of(settings: Settings) -> str:
    return settings["CLICKHOUSE_URL"].rsplit("/", 1)[1]


def stored_in(clickhouse: ClickHouse, settings: Settings) -> list[int]:
    return [int(row[0]) for row in clickhouse.ask(f"SELECT message FROM {ENTRIES} ORDER BY id", name_of(settings))]


@pytest.mark.parametrize("step", STEPS)
def test_a_server_killed_behind_any_step_has_each_entry_once(
    clickhouse: ClickHouse, settings: Settings, tmp_path: Path, step: str
) -> None:
    program = [sys.executable, "-m", "tests.stores.clickhouse.dying", str(tmp_path), settings["CLICKHOUSE_URL"], step]
    killed = subprocess.run(program, cwd=ROOT, env=inherited(), capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr

    async def work() -> None:
        async with opened(settings, tmp_path) as store:
            await store.append(batch(40))
            assert (await store.search(LogQuery(limit=1))).total == 80

    run(work())
    assert stored_in(clickhouse, settings) == list(range(80))


def unreliable(monkeypatch: pytest.MonkeyPatch, *happenings: str) -> list[str]:
    """Inserts of entries meet these happenings, one each; returns those that they have met."""
    insert, met = Database.insert, list[str]()
    late: list[asyncio.Task[None]] = []

    async def insert_unreliably(self: Database, table: str, lines: bytes, **more: Any) -> None:
        happening = happenings[len(met)] if table == ENTRIES and len(met) < len(happenings) else "none"
        if table == ENTRIES and len(met) < len(happenings):
            met.append(happening)
        if happening == "late":  # it is on its way, and comes there whenever it does
            late.append(asyncio.ensure_future(insert(self, table, lines, **more)))
        elif happening != "lost":
            await insert(self, table, lines, **more)
        if happening in ("late", "lost", "unanswered"):
            raise Fault(TOO_SLOW, "no answer in time")

    monkeypatch.setattr(Database, "insert", insert_unreliably)
    return met


@pytest.mark.parametrize("happening", ["late", "lost", "unanswered"])
def test_a_block_whose_answer_does_not_come_is_stored_once(
    clickhouse: ClickHouse, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, happening: str
) -> None:
    met = unreliable(monkeypatch, happening, "none", happening)

    async def work() -> None:
        async with opened(settings, tmp_path) as store:
            await store.append(batch())
            while store.degraded is None:  # noqa: ASYNC110 -- there is no event for it
                await asyncio.sleep(0.01)
            while store.degraded is not None:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            await store._up_to_date()

    run(work())
    assert len(met) >= 2
    assert stored_in(clickhouse, settings) == list(range(40))


def test_the_same_entries_from_a_spool_that_was_begun_anew_are_dropped_and_others_are_not(
    clickhouse: ClickHouse, settings: Settings, tmp_path: Path
) -> None:
    async def fill(folder: Path, given: Batch) -> None:
        async with opened(settings, folder) as store:
            await store.append(given)

    run(fill(tmp_path / "first", batch()))
    run(fill(tmp_path / "second", batch()))  # a backup of the spool that was put back
    run(fill(tmp_path / "third", batch(40)))  # at the same places of files of the same names
    assert stored_in(clickhouse, settings) == list(range(80))


def test_a_day_is_dropped_as_a_whole_only_when_all_of_it_goes(
    clickhouse: ClickHouse, settings: Settings, tmp_path: Path
) -> None:
    async def work() -> tuple[Any, Any, Any]:
        async with opened(settings, tmp_path) as store:
            await store.append(batch())
            old = [Compare("timestamp", "<", datetime(2026, 1, 16))]
            counted = await store.prune(old, dry_run=True)
            dropped = await store.prune(old, dry_run=False)
            some = await store.prune([Equals("message", "1")], dry_run=False)
            read = await store.prune([HasPattern("<n>"), Equals("trace_id", "trace-3")], dry_run=False)
            assert read.entries == 1
            return counted, dropped, some

    counted, dropped, some = run(work())
    assert (counted.entries, counted.files_removed) == (20, 0)
    assert (dropped.entries, dropped.files_removed) == (20, 1)
    assert (some.entries, some.files_removed) == (1, 0)
    assert stored_in(clickhouse, settings) == list(range(5, 40, 2))


def test_nothing_is_dropped_while_a_block_may_be_on_its_way(
    clickhouse: ClickHouse, settings: Settings, tmp_path: Path
) -> None:
    async def work() -> None:
        async with opened(settings, tmp_path) as store:
            await store.append(batch())
            await store._up_to_date()
            store._sender._in_doubt = True
            with pytest.raises(StoreUnavailable, match="may still be on its way"):
                await store.prune([Equals("app_key", "shop")], dry_run=False)

    run(work())
    assert stored_in(clickhouse, settings) == list(range(40))


def test_what_is_left_of_documents_that_are_gone_is_tidied_away(
    clickhouse: ClickHouse, settings: Settings, tmp_path: Path
) -> None:
    async def work() -> None:
        async with opened(settings, tmp_path) as store:
            shared = ClickHouseShared(store.database)
            await shared.write([Put("a", "kept", b"1"), Put("a", "gone", b"1"), Put("a", "back", b"1")])
            await shared.write([Remove("a", "gone"), Remove("a", "back")])
            await shared.write([Put("a", "back", b"2")])
            await store._tending.tidy()
            assert [(each.name, each.body) for each in await shared.listed("a")] == [("back", b"2"), ("kept", b"1")]
            await store._tending.tidy()
            assert await shared.write([Put("a", "gone", b"3", 0)]) == [1]

    run(work())
    rows = clickhouse.ask(
        f"SELECT name, is_removed FROM {SHARED} FINAL WHERE kind = 'a' ORDER BY name", name_of(settings)
    )
    assert rows == [["back", "0"], ["gone", "0"], ["kept", "0"]]
