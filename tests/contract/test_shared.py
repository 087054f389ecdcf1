"""What people share is kept: documents with revisions, changed in transactions, in a file and in databases."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from logstream.shared import Outdated, Put, Remove, SharedState, Trim
from logstream.stores.clickhouse import database as clickhouse
from logstream.stores.clickhouse import migrations
from logstream.stores.clickhouse.shared import ClickHouseShared
from logstream.stores.file.shared import FileShared
from logstream.stores.mariadb.database import Database
from logstream.stores.mariadb.migrations import set_up
from logstream.stores.mariadb.shared import DatabaseShared
from tests.clickhouse import clickhouse_of
from tests.database import address_of

Run = Callable[[Callable[[SharedState], Awaitable[None]]], None]


@pytest.fixture(params=["file", "mariadb", "clickhouse"])
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Run]:
    """Runs something on an empty state."""
    if request.param == "file":

        async def on_file(work: Callable[[SharedState], Awaitable[None]]) -> None:
            state = FileShared(tmp_path)
            await work(state)
            await state.close()

        yield lambda work: asyncio.run(on_file(work))
        return
    if request.param == "clickhouse":
        with request.getfixturevalue("clickhouse").database() as settings:

            async def on_clickhouse(work: Callable[[SharedState], Awaitable[None]]) -> None:
                database = clickhouse.Database(clickhouse_of(settings))
                await migrations.set_up(database)
                await work(ClickHouseShared(database))
                await database.close()

            yield lambda work: asyncio.run(on_clickhouse(work))
        return
    mariadb = request.getfixturevalue("mariadb")
    with mariadb.database() as settings:

        async def on_database(work: Callable[[SharedState], Awaitable[None]]) -> None:
            database = Database(address_of(settings))
            async with database.write() as connection:
                await set_up(connection)
            await work(DatabaseShared(database))
            await database.close()

        yield lambda work: asyncio.run(on_database(work))


def on(*changes: Any) -> list[Any]:
    return list(changes)


def test_documents_are_kept_by_kind_and_name_with_their_revisions(run: Run) -> None:
    async def work(state: SharedState) -> None:
        assert await state.write(on(Put("a", "2", '{"ü":1}'.encode()), Put("a", "1", b"{}"), Put("b", "1", b"[]"))) == [
            1,
            1,
            1,
        ]
        assert await state.write(on(Put("a", "2", b"[2]"), Remove("b", "1"), Remove("b", "none"))) == [2, 0, 0]
        found = await state.listed("a")
        assert [(each.name, each.body, each.revision) for each in found] == [("1", b"{}", 1), ("2", b"[2]", 2)]
        assert found[0].updated_at <= found[1].updated_at
        assert [each.name for each in await state.listed("a", 1)] == ["2"]
        assert await state.get("b", "1") is None
        one = await state.get("a", "2")
        assert one is not None
        assert one.body == b"[2]"
        assert await state.get("A", "2") is None

    run(work)


def test_all_changes_are_made_or_none(run: Run) -> None:
    async def work(state: SharedState) -> None:
        await state.write(on(Put("a", "1", b"1", expected=0)))
        for outdated in (
            Put("a", "1", b"2", expected=0),
            Put("a", "1", b"2", expected=2),
            Put("a", "2", b"2", expected=1),
            Remove("a", "1", expected=7),
        ):
            with pytest.raises(Outdated):
                await state.write(on(Put("a", "3", b"3"), outdated))
        assert [(each.name, each.body) for each in await state.listed("a")] == [("1", b"1")]
        await state.write(on(Put("a", "1", b"2", expected=1)))
        await state.write(on(Remove("a", "1", expected=2)))
        assert await state.listed("a") == []

    run(work)


def test_a_kind_is_trimmed_to_its_last(run: Run) -> None:
    async def work(state: SharedState) -> None:
        await state.write([Put(kind, f"{number}", b"0") for number in range(5) for kind in ("a", "b")])
        await state.write(on(Trim("a", 2), Trim("a", 9)))
        assert [each.name for each in await state.listed("a")] == ["3", "4"]
        await state.write(on(Trim("a")))
        assert (len(await state.listed("a")), len(await state.listed("b"))) == (0, 5)

    run(work)


def test_of_two_who_change_the_same_one_succeeds(run: Run) -> None:
    async def work(state: SharedState) -> None:
        for expected in (0, 1):
            told = await asyncio.gather(
                *(state.write(on(Put("a", "1", b"%d" % number, expected))) for number in range(5)),
                return_exceptions=True,
            )
            assert sorted(isinstance(each, Outdated) for each in told) == [False, True, True, True, True], told

    run(work)


def test_a_damaged_file_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "shared.sqlite").write_bytes(b"no database at all" * 100)

    async def work() -> None:
        state = FileShared(tmp_path)
        await state.write(on(Put("a", "1", b"1")))
        assert len(await state.listed("a")) == 1
        await state.close()

    asyncio.run(work())
    assert len(list(tmp_path.glob("shared.sqlite.damaged-*"))) == 1
    assert (tmp_path / "shared.sqlite").stat().st_mode & 0o777 == 0o640
