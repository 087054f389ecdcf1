"""Several servers change what people share in one ClickHouse at once: all changes are there, in one order."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from logstream.retention.policy import Policy
from logstream.retention.run_log import Run
from logstream.shared import Outdated, Put, Remove
from logstream.stores.clickhouse.clients import SharedClientTable
from logstream.stores.clickhouse.database import Database
from logstream.stores.clickhouse.migrations import set_up
from logstream.stores.clickhouse.retention import SharedPolicies, SharedRuns
from logstream.stores.clickhouse.schema import SHARED
from logstream.stores.clickhouse.shared import ClickHouseShared
from tests.clickhouse import ClickHouse, clickhouse_of

SERVERS = 3

Settings = dict[str, str]


@contextlib.asynccontextmanager
async def servers(settings: Settings) -> AsyncIterator[list[ClickHouseShared]]:
    databases = [Database(clickhouse_of(settings)) for _ in range(SERVERS)]
    await set_up(databases[0])
    try:
        yield [ClickHouseShared(database) for database in databases]
    finally:
        for database in databases:
            await database.close()


def run(settings: Settings, work: Callable[[list[ClickHouseShared]], Awaitable[Any]]) -> Any:
    async def main() -> Any:
        async with servers(settings) as made:
            return await work(made)

    with ThreadPoolExecutor(1) as thread:  # Playwright's event loop runs in this one
        return thread.submit(lambda: asyncio.run(main())).result()


def test_of_changes_to_one_document_at_once_none_is_lost(settings: Settings) -> None:
    async def count_up(shared: ClickHouseShared) -> int:
        outdated = done = 0
        while done < 10:
            document = await shared.get("a", "count")
            revision, value = (0, 0) if document is None else (document.revision, int(document.body))
            try:
                changes = [Put("a", "count", b"%d" % (value + 1), revision), Put("b", f"{value}", b"")]
                assert await shared.write(changes) == [revision + 1, 1]
                done += 1
            except Outdated:
                outdated += 1
        return outdated

    async def work(made: list[ClickHouseShared]) -> None:
        outdated = sum(await asyncio.gather(*map(count_up, made)))
        document = await made[0].get("a", "count")
        assert document is not None
        assert (document.body, document.revision) == (b"30", 30)
        assert len(await made[0].listed("b")) == 30
        assert outdated > 0

    run(settings, work)


def test_equal_changes_of_several_servers_are_made_by_one(settings: Settings) -> None:
    async def add(shared: ClickHouseShared, name: str) -> bool:
        try:
            await shared.write([Put("a", name, b"{}", 0)])
        except Outdated:
            return False
        return True

    async def work(made: list[ClickHouseShared]) -> None:
        for number in range(10):
            done = await asyncio.gather(*(add(shared, f"{number}") for shared in made))
            assert sorted(done) == [False, False, True]

    run(settings, work)


def test_a_database_that_was_put_back_takes_changes(clickhouse: ClickHouse, settings: Settings) -> None:
    async def work(made: list[ClickHouseShared]) -> None:
        for number in range(5):
            await made[0].write([Put("a", f"{number}", b"{}")])
        clickhouse.ask(f"DELETE FROM {SHARED} WHERE change > 2", clickhouse_of(settings).name)
        await asyncio.gather(*(shared.write([Put("a", "new", b"{}")]) for shared in made))
        assert [(each.name, each.revision) for each in await made[1].listed("a")] == [("0", 1), ("1", 1), ("new", 3)]
        await made[2].write([Remove("a", "new")])

    run(settings, work)


def test_policies_runs_and_clients_that_are_changed_at_once_are_all_there(settings: Settings) -> None:
    async def work(made: list[ClickHouseShared]) -> None:
        books, runs = [SharedPolicies(shared, 24) for shared in made], [SharedRuns(shared) for shared in made]

        async def add(number: int) -> None:
            book = books[number % SERVERS]
            before = (await book.load()).policies
            await book.save([*before, Policy(f"p{number}", older_than_days=number + 1)], before)
            await runs[number % SERVERS].record(Run("2026-01-01T00:00:00.000Z", (), 0))

        await asyncio.gather(*map(add, range(9)))
        loaded = (await books[0].load()).policies
        assert [policy.name for policy in loaded] == [f"p{number}" for number in range(9)]
        assert len(await runs[0].latest(20)) == 9
        changed = [Policy("p0", older_than_days=99), *loaded[1:]]
        await books[1].save(changed, loaded)
        with pytest.raises(Outdated):
            await books[2].save([Policy("p0", older_than_days=98), *loaded[1:]], loaded)
        tables = [SharedClientTable(shared, None) for shared in made]  # type: ignore[arg-type]
        await tables[0].add("first", "shop", "hash")
        await asyncio.gather(
            tables[0].change("shop", name="other", active=None),
            tables[1].change("shop", name=None, active=False),
            tables[2].set_token("shop", "new hash"),
        )
        client = await tables[0].get("shop")
        assert client is not None
        assert (client.name, client.active) == ("other", False)
        assert [known.token for known in await tables[0].known()] == ["new hash"]

    run(settings, work)
