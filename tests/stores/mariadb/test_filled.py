"""MariaDB filled from a stream: what it does not take is told from what did not reach it."""

import asyncio
import threading

import msgspec

from logstream.entries.entry import LogEntry
from logstream.stores.mariadb.filled import FilledMariaDb
from tests.cluster.wire import Wire
from tests.database import MariaDb, address_of
from tests.live.client import batch_of


def test_connections_that_are_cut_off_make_no_entry_one_that_the_database_does_not_take(mariadb: MariaDb) -> None:
    with mariadb.database() as settings, Wire(mariadb.port) as wire:
        filled = FilledMariaDb(address_of({**settings, "DB_PORT": str(wire.port)}), "S")
        done = threading.Event()

        def cut() -> None:
            while not done.wait(0.003):
                wire.mend()

        cutting = threading.Thread(target=cut)

        async def keep(entry: LogEntry, reason: str) -> None:
            raise AssertionError(reason)

        async def find() -> None:
            await filled.prepare()
            cutting.start()
            try:
                for _ in range(12):
                    await filled._find_rejected(batch_of(1, 30).entries, keep)
            finally:
                done.set()
                await filled.close()

        asyncio.run(find())
        cutting.join()
        assert filled._rejected == set()


def test_an_entry_that_no_column_takes_is_left_out_and_the_others_are_there(mariadb: MariaDb) -> None:
    kept: dict[str, str] = {}

    async def keep(entry: LogEntry, reason: str) -> None:
        kept[entry.id] = reason

    async def fill(entries: list[LogEntry]) -> set[str]:
        await filled.prepare()
        await filled._find_rejected(entries, keep)
        await filled.close()
        return filled._rejected

    entries = batch_of(1, 3).entries
    entries[1] = msgspec.structs.replace(entries[1], app_id="x" * 101)
    with mariadb.database() as settings:
        filled = FilledMariaDb(address_of(settings), "S")
        assert asyncio.run(fill(entries)) == {entries[1].id} == set(kept)
        assert "app_id" in kept[entries[1].id]
