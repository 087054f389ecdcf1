"""Connections to MariaDB: how they are opened, and how a query that takes too long is ended.

Every connection is in UTC and READ COMMITTED: no transaction here reads twice, and gap locks would let pruning hold up
what arrives.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Final, TypeVar

import asyncmy
from sqlalchemy import Executable, event
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from logstream.store import StoreUnavailable
from logstream.stores.mariadb.address import Address
from logstream.stores.mariadb.faults import FAULTS, STATEMENT_TIMEOUT, error_number, reason_of
from logstream.stores.turns import took_too_long, within

Result = TypeVar("Result")

logging.getLogger("asyncmy").setLevel(logging.ERROR)  # it passes on every warning of the server

CONNECT_SECONDS: Final = 5
READERS: Final = 8
"""Connections for searching, and so searches at one time."""

_SESSION: Final = (
    "SET SESSION time_zone = '+00:00', sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO', "
    "innodb_lock_wait_timeout = 10, wait_timeout = 3600"
)


class Database:
    """One MariaDB database. `read` is bounded in time; `write` has connections that no search can take."""

    def __init__(self, address: Address, *, search_timeout: float = 30) -> None:
        self.address = address
        self.search_timeout = search_timeout
        self._readers = _engine(address, READERS, f", max_statement_time = {search_timeout:f}")
        self._writers = _engine(address, 2, "")
        self._killing: set[asyncio.Future[None]] = set()

    async def close(self) -> None:
        await self._readers.dispose()
        await self._writers.dispose()

    @contextlib.asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction, committed at the end. Raises FAULTS."""
        async with self._writers.begin() as connection:
            yield connection

    async def read(self, work: Callable[[AsyncConnection], Awaitable[Result]]) -> Result:
        """What `work(connection)` returns, within the time a search may take; a cancel ends the query at the server.

        Raises StoreUnavailable, or SearchTimeout.
        """
        try:
            async with within(self.search_timeout), self._readers.connect() as connection:
                try:
                    return await work(connection)
                except asyncio.CancelledError:
                    self._kill(connection)
                    raise
        except FAULTS as error:
            if error_number(error) == STATEMENT_TIMEOUT:
                raise took_too_long(self.search_timeout) from None
            raise StoreUnavailable(reason_of(error), retry_after=2) from None

    async def rows(self, statement: Executable, options: dict[str, Any] | None = None) -> Sequence[Any]:
        """All rows of a statement, read as `read` does; `options` are SQLAlchemy's for its execution."""

        async def work(connection: AsyncConnection) -> Sequence[Any]:
            return (await connection.execute(statement, execution_options=options)).all()

        return await self.read(work)

    def _kill(self, connection: AsyncConnection) -> None:
        """Have the server end what the connection is doing, and don't wait for that: nobody wants the answer."""
        sync_connection = connection.sync_connection
        driver: Any = None if sync_connection is None else sync_connection.connection.driver_connection
        if driver is None:
            return
        task = asyncio.ensure_future(self._kill_query(int(driver.thread_id())))
        self._killing.add(task)
        task.add_done_callback(self._killing.discard)

    async def _kill_query(self, thread_id: int) -> None:
        with contextlib.suppress(*FAULTS):
            async with asyncio.timeout(CONNECT_SECONDS), self._writers.connect() as connection:
                await connection.exec_driver_sql(f"KILL QUERY {thread_id}")


async def is_read_only(connection: AsyncConnection) -> bool:
    """Whether the server takes no writes, except from its administrators."""
    return bool((await connection.exec_driver_sql("SELECT @@global.read_only")).scalar())


async def _connect(**options: Any) -> Any:
    """A connection of the driver, which takes one that is ended as soon as it is there for a fault of its own."""
    try:
        return await asyncmy.connect(**options)
    except RuntimeError as error:
        raise ConnectionResetError(f"the connection was ended at once: {error}") from error


def _engine(address: Address, connections: int, more_session: str) -> AsyncEngine:
    url = URL.create(
        "mysql+asyncmy",
        username=address.user,
        password=address.password,
        host=address.host,
        port=address.port,
        database=address.name,
        query={"charset": "utf8mb4"},
    )
    engine = create_async_engine(
        url,
        isolation_level="READ COMMITTED",
        pool_size=connections,
        max_overflow=0,
        pool_timeout=CONNECT_SECONDS,
        pool_recycle=1800,
        pool_pre_ping=True,  # after an outage, what is in the pool is dead
        pool_reset_on_return=None,  # each transaction has ended by then: a second rollback costs a round trip, or fails
        connect_args={"connect_timeout": CONNECT_SECONDS, "async_creator_fn": _connect},
        hide_parameters=True,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _(connection: Any, record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute(_SESSION + more_session)
        cursor.close()

    @event.listens_for(engine.sync_engine, "before_cursor_execute", retval=True)
    def _(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> tuple[str, Any]:
        prefix = context.execution_options.get("statement_prefix", "") if context is not None else ""
        return prefix + statement, parameters

    return engine
