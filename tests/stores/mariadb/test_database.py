"""Connections to MariaDB that end at an awkward moment."""

import asyncio
import contextlib
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.pool import Pool

from logstream.stores.mariadb.database import Database
from tests.database import MariaDb, address_of
from tests.harness import eventually


@contextlib.contextmanager
def at_return_to_the_pool(mariadb: MariaDb, lost: list[int]) -> Iterator[None]:
    """Within this, the server closes each connection after its transaction, before the pool has it back."""

    def lose(connection: Any, record: Any, state: Any) -> None:
        number = connection.driver_connection.thread_id()
        mariadb.ask(f"KILL CONNECTION {number}")
        gone = "SELECT COUNT(*) FROM information_schema.processlist WHERE id = %s"
        eventually(lambda: mariadb.ask(gone, number) == [(0,)], "the connection to be closed")
        lost.append(number)

    event.listen(Pool, "reset", lose)
    try:
        yield
    finally:
        event.remove(Pool, "reset", lose)


def test_a_connection_lost_after_its_commit_is_no_fault_and_the_next_one_works(
    mariadb: MariaDb, caplog: pytest.LogCaptureFixture
) -> None:
    lost: list[int] = []

    async def work(database: Database) -> None:
        with at_return_to_the_pool(mariadb, lost):
            async with database.write() as connection:
                await connection.exec_driver_sql("CREATE TABLE kept (number INT)")
                await connection.exec_driver_sql("INSERT INTO kept VALUES (1)")
        async with database.write() as connection:
            await connection.exec_driver_sql("INSERT INTO kept VALUES (2)")
        await database.close()

    with mariadb.database() as settings, ThreadPoolExecutor(1) as thread:  # Playwright's event loop runs in this one
        thread.submit(lambda: asyncio.run(work(Database(address_of(settings))))).result()
        stored = mariadb.ask("SELECT number FROM kept ORDER BY number", database=settings["DB_NAME"])
    assert stored == [(1,), (2,)]
    assert len(lost) == 1
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []
