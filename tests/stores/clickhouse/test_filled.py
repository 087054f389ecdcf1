"""A stream fills ClickHouse: every entry once, at its place, whoever fills it and wherever that is cut off."""

import asyncio
import contextlib
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest

from logstream.entries.entry import LogEntry
from logstream.query import paging
from logstream.query.conditions import NO_LIMIT, Accepted, Compare, Equals, LogQuery
from logstream.store import StoreUnavailable
from logstream.stores.clickhouse import filled, sending
from logstream.stores.clickhouse.database import Database
from logstream.stores.clickhouse.faults import TOO_SLOW, Fault
from logstream.stores.clickhouse.filled import FilledClickHouse
from logstream.stores.clickhouse.schema import ENTRIES, PROGRESS
from logstream.stores.clickhouse.sending import encoded
from logstream.stores.clickhouse.stream_progress import StreamProgress
from logstream.stores.reading import search
from logstream.stores.stream.filled import Overtaken, Standing
from logstream.stores.stream.message import end_of, position_text
from tests.clickhouse import ClickHouse, clickhouse_of
from tests.harness import ROOT, inherited
from tests.stores.clickhouse.dying import STREAM_STEPS
from tests.stores.clickhouse.portions import ENTRIES as OF_A_MESSAGE
from tests.stores.clickhouse.portions import STREAM, fill_next, first_of, portion, receipt, refuse

Settings = dict[str, str]


@contextlib.asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[FilledClickHouse]:
    store = FilledClickHouse(clickhouse_of(settings), STREAM)
    await store.prepare()
    try:
        yield store
    finally:
        await store.close()


def run(settings: Settings, work: Callable[[FilledClickHouse], Awaitable[Any]]) -> Any:
    async def main() -> Any:
        async with opened(settings) as store:
            return await work(store)

    with ThreadPoolExecutor(1) as thread:  # Playwright's event loop runs in this one
        return thread.submit(lambda: asyncio.run(main())).result()


def stored_in(clickhouse: ClickHouse, settings: Settings) -> list[list[str]]:
    name = clickhouse_of(settings).name
    return clickhouse.ask(f"SELECT message, position FROM {ENTRIES} ORDER BY position, id", name)


def all_of(until: int) -> list[list[str]]:
    """What there is of the messages up to this one."""
    return [
        [str(first_of(message) + offset), str(int(position_text(message, offset)[1:], 16))]
        for message in range(1, until + 1)
        for offset in range(OF_A_MESSAGE)
    ]


@pytest.mark.parametrize("step", STREAM_STEPS)
def test_a_node_killed_behind_any_step_is_followed_by_one_that_has_each_entry_once(
    clickhouse: ClickHouse, settings: Settings, step: str
) -> None:
    program = [sys.executable, "-m", "tests.stores.clickhouse.dying", "-", settings["CLICKHOUSE_URL"], step]
    killed = subprocess.run(program, cwd=ROOT, env=inherited(), capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr

    async def work(store: FilledClickHouse) -> None:
        assert await store.standing() == (Standing(10) if step == "filled" else Standing(5, 10))
        while await fill_next(store, until=20):
            pass
        assert await store.standing() == Standing(20)
        assert await store.receipt_for("shop", "key 9") == receipt(9)
        assert await store.receipt_for("shop", "key 10") is None

    run(settings, work)
    assert stored_in(clickhouse, settings) == all_of(20)


def test_nodes_that_fill_at_the_same_time_do_each_other_no_harm(clickhouse: ClickHouse, settings: Settings) -> None:
    overtaken = 0

    async def index(number: int) -> None:
        nonlocal overtaken
        chance = random.Random(number)
        async with opened(settings) as store:
            going_on = True
            while going_on:
                try:
                    going_on = await fill_next(store, 80, lambda progress: progress + chance.randint(1, 4))
                except Overtaken:
                    overtaken += 1

    async def work(store: FilledClickHouse) -> None:
        await asyncio.gather(*map(index, range(3)))
        assert await store.standing() == Standing(80)

    run(settings, work)
    assert overtaken > 0
    assert stored_in(clickhouse, settings) == all_of(80)


def test_what_comes_late_of_a_node_that_was_overtaken_is_dropped(
    clickhouse: ClickHouse, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert = Database.insert
    late: list[Callable[[], Awaitable[None]]] = []

    async def insert_late(self: Database, table: str, lines: bytes, **more: Any) -> None:
        if table != ENTRIES:
            await insert(self, table, lines, **more)
            return
        late.append(lambda: insert(self, table, lines, **more))
        raise Fault(TOO_SLOW, "no answer in time")

    async def work(other: FilledClickHouse) -> None:
        async with opened(settings) as store:
            with monkeypatch.context() as patched:
                patched.setattr(Database, "insert", insert_late)
                with pytest.raises(StoreUnavailable, match="does not answer in time"):
                    await store.fill(portion(0, 6), refuse)
            with pytest.raises(Overtaken):
                await other.fill(portion(0, 9), refuse)
            while await fill_next(other, until=9):
                pass
            for each in late:
                await each()
            with pytest.raises(Overtaken):
                await store.fill(portion(6, 7), refuse)

    run(settings, work)
    assert len(late) == 2
    assert stored_in(clickhouse, settings) == all_of(9)


def test_a_node_that_was_frozen_sends_nothing_more_of_its_portion(
    clickhouse: ClickHouse, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(store: FilledClickHouse) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(filled, "PORTION_SECONDS", -1)
            with pytest.raises(StoreUnavailable, match="does not answer in time"):
                await store.fill(portion(0, 4), refuse)
        assert stored_in(clickhouse, settings) == []
        assert await store.standing() == Standing(0, 4)
        await store.fill(portion(0, 4, is_begun=True), refuse)

    run(settings, work)
    assert stored_in(clickhouse, settings) == all_of(4)


def test_a_database_that_was_put_back_is_filled_on_from_where_it_stands(
    clickhouse: ClickHouse, settings: Settings
) -> None:
    async def work(store: FilledClickHouse) -> None:
        for until in (4, 4, 6):
            await store.fill(portion(0, until), refuse)
            assert await store.standing() == Standing(until)
            clickhouse.ask(f"DELETE FROM {PROGRESS} WHERE 1", clickhouse_of(settings).name)
            assert await store.standing() == Standing(0)

    run(settings, work)


def test_a_portion_that_another_version_began_is_compared_by_id(
    clickhouse: ClickHouse, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(store: FilledClickHouse) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(sending, "encoded", lambda entries: encoded(entries) + b"\n")
            patched.setattr(StreamProgress, "end", dying_end)
            with pytest.raises(OSError, match="killed"):
                await store.fill(portion(0, 4), refuse)
        assert await store.standing() == Standing(0, 4)
        await store.fill(portion(0, 4, is_begun=True), refuse)

    async def dying_end(*arguments: Any) -> None:
        raise OSError("killed")

    run(settings, work)
    assert stored_in(clickhouse, settings) == all_of(4)


def test_what_is_refused_is_kept_elsewhere_and_left_out_also_when_that_is_repeated(
    clickhouse: ClickHouse, settings: Settings
) -> None:
    kept: list[LogEntry] = []

    async def keep(entry: LogEntry, reason: str) -> None:
        assert "database" in reason
        kept.append(entry)

    async def work(store: FilledClickHouse) -> None:
        name = clickhouse_of(settings).name
        clickhouse.ask(f"ALTER TABLE {ENTRIES} ADD CONSTRAINT c CHECK message != '5'", name)
        await store.fill(portion(0, 4), keep)
        clickhouse.ask(f"DELETE FROM {PROGRESS} WHERE is_filled", name)
        assert await store.standing() == Standing(0, 4)
        await store.fill(portion(0, 4, is_begun=True), keep)

    run(settings, work)
    assert kept == [entry for entry in portion(0, 4).entries if entry.message == "5"] * 2
    assert stored_in(clickhouse, settings) == [row for row in all_of(4) if row[0] != "5"]


def test_places_are_those_of_the_stream_and_what_was_stored_before_it_comes_first(
    clickhouse: ClickHouse, settings: Settings
) -> None:
    async def work(store: FilledClickHouse) -> None:
        before, behind = portion(0, 1).entries, portion(1, 40).entries
        assert await store.oldest_id() is None
        await store.fill(portion(1, 40), refuse)
        clickhouse.ask(
            f"INSERT INTO {ENTRIES} (id, trace_id, app_key, level, message, timestamp, created_at) "
            "SELECT concat('01KE000000000000000000000', toString(number)), '', 'old', 'info', toString(number), "
            "'2026-01-20 00:00:00', '2026-01-20 00:00:00' FROM numbers(3)",
            clickhouse_of(settings).name,
        )
        old = [f"01KE000000000000000000000{number}" for number in range(3)]
        assert [await store.position_of(each) for each in old] == old
        assert await store.position_of(behind[0].id) == position_text(2, 0)
        assert await store.position_of(before[0].id) is None
        assert await store.oldest_id() == old[0]
        for after, until, found in (
            ("", end_of(40), [*old, *(entry.id for entry in behind)]),
            (old[1], position_text(2, 1), [old[2], behind[0].id, behind[1].id]),
            (position_text(2, 1), position_text(3, 0), [entry.id for entry in behind[2:5]]),
            ("", old[1], old[:2]),
        ):
            query = LogQuery([Accepted(after, until)], by_id=True, ascending=True, limit=NO_LIMIT)
            assert [entry.id async for entries in store.scan(query) for entry in entries] == found
            newest = LogQuery([Accepted(after, until)], by_id=True, limit=2)
            assert [entry.id for entry in (await store.search(newest)).entries] == found[:-3:-1]

    run(settings, work)


def test_a_long_scan_goes_on_behind_the_last_place(
    clickhouse: ClickHouse, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "FIRST_CHUNK", 7)
    monkeypatch.setattr(search, "MAX_ENTRIES", 7)

    async def work(store: FilledClickHouse) -> None:
        await store.fill(portion(0, 20), refuse)
        for ascending in (True, False):
            query = LogQuery([Accepted("", end_of(20))], by_id=True, ascending=ascending, limit=NO_LIMIT)
            found = [entry.message async for entries in store.scan(query) for entry in entries]
            assert found == [row[0] for row in all_of(20)][:: 1 if ascending else -1]

    run(settings, work)


def test_a_day_is_emptied_without_what_comes_to_it_meanwhile(
    clickhouse: ClickHouse, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute, name = Database.execute, clickhouse_of(settings).name

    async def execute_late(self: Database, statement: str, *more: Any) -> None:
        clickhouse.ask(
            f"INSERT INTO {ENTRIES} (id, level, message, timestamp, position) "
            "VALUES ('01Z', 'info', '999', '2026-01-15 01:00:00', 99999999)",
            name,
        )
        await execute(self, statement, *more)

    async def work(store: FilledClickHouse) -> None:
        await store.fill(portion(0, 10), refuse)
        old = [Compare("timestamp", "<", datetime(2026, 1, 16))]
        assert (await store.prune(old, dry_run=True)).entries == 20
        with monkeypatch.context() as patched:
            patched.setattr(Database, "execute", execute_late)
            removed = await store.prune(old, dry_run=False)
        assert (removed.entries, removed.files_removed) == (20, 1)
        assert (await store.prune([Equals("message", "1")], dry_run=False)).entries == 1

    run(settings, work)
    numbers = [int(row[0]) for row in all_of(10)]
    left = [number for number in numbers if number % 2 and number != 1]
    assert [int(row[0]) for row in stored_in(clickhouse, settings)] == [*left, 999]
