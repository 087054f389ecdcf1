"""What goes wrong with the database: by the error numbers of server and driver, what it means and what to say of it.

People get a reason without address or statement; the operator's log gets the server's own words too.
"""

import contextlib
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from logstream.store import StoreUnavailable
from logstream.stores.mariadb.address import Address
from logstream.stores.spool.tended import Away, DatabaseRefused

FAULTS: Final = (SQLAlchemyError, OSError)
"""What a database that fails raises. A TimeoutError is an OSError."""

STATEMENT_TIMEOUT: Final = 1969
"""max_statement_time was exceeded."""

NOT_PERMITTED: Final = frozenset((1044, 1142))
"""The user may not use the database, or may not run the statement."""

_WRONG_SETTINGS: Final = {
    1044: "the user may not use the database",
    1045: "the user or the password is wrong",
    1049: "there is no such database",
    1698: "the user or the password is wrong",
}
"""What waiting does not mend."""

_REASONS: Final = {
    1040: "has no connection free",
    1203: "has no connection free",
    1226: "has no connection free",
    1021: "has no space left",
    1114: "has no space left",
    1142: "denies a statement to the user",
    1205: "waits for a lock",
    1213: "met a deadlock",
    1290: "is read-only",
    1792: "is read-only",
    1836: "is read-only",
    STATEMENT_TIMEOUT: "took too long",
}
_UNREACHABLE: Final = frozenset(
    (1053, 1077, 1152, 1153, 1158, 1159, 1160, 1161, 1927, 2002, 2003, 2006, 2013, 2014, 2055)
)
_CUT_OFF: Final = frozenset((1153, 2006, 2013, 2055))
_DATA_FAULTS: Final = frozenset((1048, 1062, 1118, 1153, 1264, 1265, 1292, 1366, 1406, 1411, 4025))


def error_number(error: BaseException) -> int | None:
    """The number that the server or the driver gave an error, if any."""
    arguments = _arguments(error)
    return arguments[0] if arguments and isinstance(arguments[0], int) else None


def reason_of(error: BaseException) -> str:
    """A fault in one line for everybody: no address, no statement."""
    if isinstance(error, TimeoutError | PoolTimeout):
        return "the database does not answer in time"
    number = error_number(error)
    if number in _REASONS:
        return f"the database {_REASONS[number]}"
    if number is None or number in _UNREACHABLE or isinstance(error, OSError):
        return "the database can't be reached"
    return f"the database reports error {number}"


def detail_of(error: BaseException, address: Address) -> str:
    """A fault in one line for the operator: with the address and what the server says, without the statement."""
    arguments = _arguments(error)
    lines = str(arguments[1] if len(arguments) > 1 else _cause(error)).strip().splitlines()
    said = lines[0] if lines else type(_cause(error)).__name__
    return f"{reason_of(error)} ({address}: {said})"


def wrong_settings(error: BaseException, address: Address) -> DatabaseRefused | None:
    """The refusal to raise for an error that the settings cause; None for any other error."""
    number = error_number(error)
    if number not in _WRONG_SETTINGS:
        return None
    return DatabaseRefused(
        f"MariaDB {address}: {_WRONG_SETTINGS[number]}; check DB_HOST, DB_PORT, DB_NAME, DB_USER and DB_PASS ({number})"
    )


def away_of(error: BaseException, address: Address) -> Away:
    """A fault as that of a database that is away."""
    return Away(reason_of(error), detail_of(error, address), wrong_settings(error, address))


@contextlib.contextmanager
def raised_as_away(address: Address) -> Iterator[None]:
    """Raises Away for the faults of what runs within."""
    try:
        yield
    except FAULTS as error:
        raise away_of(error, address) from None


def is_cut_off(error: BaseException) -> bool:
    """Whether the connection was closed in the middle, as it is for a statement above max_allowed_packet."""
    return isinstance(_cause(error), ConnectionError | EOFError) or error_number(error) in _CUT_OFF


def is_data_fault(error: BaseException) -> bool:
    """Whether the database works, and refuses just what it was given."""
    return error_number(error) in _DATA_FAULTS


@contextlib.contextmanager
def raised_as_unavailable() -> Iterator[None]:
    """Raises StoreUnavailable for the faults of what runs within."""
    try:
        yield
    except FAULTS as error:
        raise StoreUnavailable(reason_of(error)) from None


def _cause(error: BaseException) -> BaseException:
    """The driver's error inside of SQLAlchemy's."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        return error.orig
    return error


def _arguments(error: BaseException) -> tuple[Any, ...]:
    return getattr(_cause(error), "args", ())
