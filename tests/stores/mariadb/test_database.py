"""Connections to MariaDB that end at an awkward moment."""

import asyncio
import contextlib
import logging
import socket
import struct
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import uvloop
from sqlalchemy import event
from sqlalchemy.pool import Pool

from logstream.stores.mariadb.address import Address
from logstream.stores.mariadb.database import Database
from logstream.stores.mariadb.faults import FAULTS, reason_of
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


@contextlib.contextmanager
def ending_at_once() -> Iterator[int]:
    """The port of a server that ends each connection as soon as it is there, as one does that is being killed."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def end_all() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    connection.close()

        thread = threading.Thread(target=end_all)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_a_connection_that_is_ended_at_once_is_a_fault_of_the_database() -> None:
    async def work(port: int) -> None:
        database = Database(Address("127.0.0.1", port, "x", "u", "p"))
        for _ in range(50):
            with pytest.raises(FAULTS) as raised:
                async with database.write():
                    pass
            assert reason_of(raised.value) == "the database can't be reached"
        await database.close()

    with ending_at_once() as port:
        uvloop.run(work(port))


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
