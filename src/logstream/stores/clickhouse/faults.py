"""What goes wrong with ClickHouse: by its error codes, what it means and what to say of it.

People get a reason without address or statement; the operator's log gets the server's own words too.
"""

import contextlib
import re
from collections.abc import Iterator
from typing import Final

from logstream.store import StoreUnavailable
from logstream.stores.clickhouse.address import Address
from logstream.stores.spool.tended import Away, DatabaseRefused

TIMED_OUT: Final = frozenset((159, 160))
"""max_execution_time was exceeded, or is expected to be."""

NOT_PERMITTED: Final = 497
"""The user may not run the statement."""

CUT_OFF: Final = 0
"""A request that was not answered."""

TOO_SLOW: Final = -1
"""A request that was not answered in time."""

_WRONG_SETTINGS: Final = {
    81: "there is no such database",
    192: "the user or the password is wrong",
    193: "the user or the password is wrong",
    194: "the user or the password is wrong",
    516: "the user or the password is wrong",
}
"""What waiting does not mend."""

_REASONS: Final = {
    CUT_OFF: "can't be reached",
    TOO_SLOW: "does not answer in time",
    159: "took too long",
    160: "took too long",
    164: "is read-only",
    202: "runs too many queries",
    241: "has no memory left",
    242: "is read-only",
    243: "has no space left",
    252: "can't merge as fast as it is written to",
    NOT_PERMITTED: "denies a statement to the user",
}
_DATA_FAULTS: Final = frozenset((6, 26, 27, 38, 41, 53, 72, 117, 131, 321, 469, 691))
"""What it was given can't be read."""


class Fault(Exception):
    """ClickHouse has refused a statement, or did not answer; the text is in its own words, `code` its number."""

    def __init__(self, code: int, said: str) -> None:
        super().__init__(said)
        self.code = code

    @property
    def reason(self) -> str:
        """In one line for everybody: no address, no statement."""
        return f"the database {_REASONS.get(self.code) or f'reports error {self.code}'}"

    @property
    def is_of_data(self) -> bool:
        """Whether the database works, and refuses just what it was given."""
        return self.code in _DATA_FAULTS

    def detail(self, address: Address) -> str:
        """In one line for the operator: with the address and what the server says, without the statement."""
        return f"{self.reason} ({address}: {_without_statement(str(self))})"

    def refusal(self, address: Address) -> DatabaseRefused | None:
        """What to raise where the settings are the cause."""
        cause = _WRONG_SETTINGS.get(self.code)
        return None if cause is None else DatabaseRefused(f"ClickHouse {address}: {cause}; check CLICKHOUSE_URL")


def _without_statement(said: str) -> str:
    """The server repeats parts of a statement, in which entries may be, behind these words."""
    line = (said.strip().splitlines() or ["no answer"])[0]
    return re.split(r"\. Expression: |: (?:While|while|In scope|\(while|Syntax error|Cannot parse)|\(query:", line)[0][
        :300
    ]


@contextlib.contextmanager
def raised_as_away(address: Address) -> Iterator[None]:
    """Raises Away for the faults of what runs within."""
    try:
        yield
    except Fault as fault:
        raise Away(fault.reason, fault.detail(address), fault.refusal(address)) from None


@contextlib.contextmanager
def raised_as_unavailable() -> Iterator[None]:
    """Raises StoreUnavailable for the faults of what runs within."""
    try:
        yield
    except Fault as fault:
        raise StoreUnavailable(fault.reason, retry_after=2) from None
