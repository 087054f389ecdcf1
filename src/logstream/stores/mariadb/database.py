"""Connections to MariaDB: how they are opened, what their faults mean, and how a query that takes too long is ended.

Times are UTC and isolation is READ COMMITTED on every connection: nobody here reads twice in one transaction, and
locks on gaps would make pruning hold up what arrives.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Final, TypeVar

import msgspec
from sqlalchemy import event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from logstream.store import SearchTimeout, StoreUnavailable

Result = TypeVar("Result")

logging.getLogger("asyncmy").setLevel(logging.ERROR)  # it prints every warning of the server's

LEAST_VERSION: Final = (10, 10)
"""The first with collations of Unicode 14, which fold case as query.fold does."""

CONNECT_SECONDS: Final = 5
READERS: Final = 8
"""Connections for searching, and so searches at one time."""

_SESSION: Final = (
    "SET SESSION time_zone = '+00:00', sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO', "
    "innodb_lock_wait_timeout = 10, wait_timeout = 3600"
)

_REFUSED: Final = {
    1044: "the user may not use the database",
    1045: "the user or the password is wrong",
    1049: "there is no such database",
    1698: "the user or the password is wrong",
}
"""Faults of the settings, which waiting does not mend."""

TIMED_OUT: Final = 1969
"""max_statement_time exceeded."""


class Address(msgspec.Struct, frozen=True):
    """Where a database is and who we are there."""

    host: str
    port: int
    name: str
    user: str
    password: str | None

    def __str__(self) -> str:
        return f"{self.user}@{self.host}:{self.port}/{self.name}"

    def __repr__(self) -> str:
        return f"Address({self})"  # never the password


class DatabaseRefused(Exception):
    """The database does not let us in with these settings; the text says why and which to look at."""


class Database:
    """One MariaDB database. `read` connections are many and bounded in time, the `write` connection is one."""

    def __init__(self, address: Address, *, search_timeout: float = 30) -> None:
        self.address = address
        self.search_timeout = search_timeout
        self._readers = _engine(address, READERS, f", max_statement_time = {search_timeout:f}")
        self._writers = _engine(address, 2, "")

    async def close(self) -> None:
        await self._readers.dispose()
        await self._writers.dispose()

    @contextlib.asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction, committed at the end. Raises SQLAlchemyError or OSError."""
        async with self._writers.begin() as connection:
            yield connection

    async def read(self, work: Callable[[AsyncConnection], Awaitable[Result]]) -> Result:
        """What `work(connection)` returns, within the time a search may take; a cancel ends the query at the server.

        Raises StoreUnavailable, or SearchTimeout.
        """
        try:
            async with asyncio.timeout(self.search_timeout), self._readers.connect() as connection:
                try:
                    return await work(connection)
                except asyncio.CancelledError:
                    self._kill(connection)
                    raise
        except TimeoutError:
            raise self._timed_out() from None
        except (SQLAlchemyError, OSError) as error:
            if number_of(error) == TIMED_OUT:
                raise self._timed_out() from None
            raise StoreUnavailable(reason_of(error), retry_after=2) from None

    def _timed_out(self) -> SearchTimeout:
        return SearchTimeout(f"the search took too long (SEARCH_TIMEOUT is {self.search_timeout:g} s)")

    def _kill(self, connection: AsyncConnection) -> None:
        """End what the connection is doing at the server, beside all else: nobody waits for it any more."""
        pooled = connection.sync_connection and connection.sync_connection.connection
        driver: Any = pooled and pooled.driver_connection
        if driver is None:
            return
        number = int(driver.thread_id())
        task = asyncio.ensure_future(self._kill_query(number))
        _KILLING.add(task)
        task.add_done_callback(_KILLING.discard)

    async def _kill_query(self, number: int) -> None:
        with contextlib.suppress(SQLAlchemyError, OSError, TimeoutError):
            async with asyncio.timeout(CONNECT_SECONDS), self._writers.connect() as connection:
                await connection.exec_driver_sql(f"KILL QUERY {number}")


async def fetch(connection: AsyncConnection, statement: Any, options: dict[str, Any] | None = None) -> Sequence[Any]:
    """All rows of a statement."""
    rows: Sequence[Any] = (await connection.execute(statement, execution_options=options)).all()
    return rows


_KILLING: Final[set[asyncio.Future[None]]] = set()


def _engine(address: Address, connections: int, more: str) -> AsyncEngine:
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
        pool_reset_on_return=None,  # each transaction is ended before: a second rollback costs a round trip, or fails
        connect_args={"connect_timeout": CONNECT_SECONDS},
        hide_parameters=True,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _(connection: Any, record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute(_SESSION + more)
        cursor.close()

    @event.listens_for(engine.sync_engine, "before_cursor_execute", retval=True)
    def _(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> tuple[str, Any]:
        prefix = context.execution_options.get("statement_prefix", "") if context is not None else ""
        return prefix + statement, parameters

    return engine


def number_of(error: BaseException) -> int | None:
    """The server's or the client's error number."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    arguments: tuple[Any, ...] = getattr(cause, "args", ())
    return arguments[0] if arguments and isinstance(arguments[0], int) else None


_REASONS: Final = {
    1040: "has no connection free",
    1203: "has no connection free",
    1226: "has no connection free",
    1021: "has no space left",
    1114: "has no space left",
    1142: "refuses a statement to the user",
    1205: "waits for a lock",
    1213: "met a deadlock",
    1290: "is read-only",
    1792: "is read-only",
    1836: "is read-only",
    1969: "took too long",
}
_UNREACHABLE: Final = frozenset(
    (1053, 1077, 1152, 1153, 1158, 1159, 1160, 1161, 1927, 2002, 2003, 2006, 2013, 2014, 2055)
)


def reason_of(error: BaseException) -> str:
    """A fault in one line for everybody: no address, no statement."""
    if isinstance(error, TimeoutError | PoolTimeout):
        return "the database does not answer in time"
    number = number_of(error)
    if number in _REASONS:
        return f"the database {_REASONS[number]}"
    if number is None or number in _UNREACHABLE or isinstance(error, OSError):
        return "the database can't be reached"
    return f"the database reports error {number}"


def detail_of(error: BaseException, address: Address) -> str:
    """A fault in one line for the operator: with the address and what the server says, without the statement."""
    cause: Any = error.orig if isinstance(error, DBAPIError) else error
    arguments: tuple[Any, ...] = getattr(cause, "args", ())
    text = str(arguments[1] if len(arguments) > 1 else cause).strip().splitlines()
    return f"{reason_of(error)} ({address}: {text[0] if text else type(cause).__name__})"


def refused(error: BaseException, address: Address) -> DatabaseRefused | None:
    """The fault of the settings that an error is, if it is one."""
    number = number_of(error)
    if number not in _REFUSED:
        return None
    return DatabaseRefused(
        f"MariaDB {address}: {_REFUSED[number]}; look at DB_HOST, DB_PORT, DB_NAME, DB_USER and DB_PASS ({number})"
    )


_CUT_OFF: Final = frozenset((1153, 2006, 2013, 2055))


def is_cut_off(error: BaseException) -> bool:
    """Whether the connection was closed in the middle, as it is for a statement above max_allowed_packet."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    lost = isinstance(cause, ConnectionError | EOFError)
    return lost or number_of(error) in _CUT_OFF


_DATA_FAULTS: Final = frozenset((1048, 1062, 1118, 1153, 1264, 1265, 1292, 1366, 1406, 1411, 4025))


def is_data_fault(error: BaseException) -> bool:
    """Whether an error says that the database is there and dislikes what it was given."""
    return number_of(error) in _DATA_FAULTS
