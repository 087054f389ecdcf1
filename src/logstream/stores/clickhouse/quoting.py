"""Values in ClickHouse's SQL. Every text that comes from outside gets into a statement through here."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

LATEST: Final = datetime(2299, 12, 31, 23, 59, 59, 999_999)
"""What DateTime64 reaches to; MAX_FUTURE keeps entries well below."""

_ESCAPES: Final = str.maketrans({"\\": "\\\\", "'": "\\'", "\0": "\\0"})


def text(value: str) -> str:
    return f"'{value.translate(_ESCAPES)}'"


def texts(values: Iterable[str]) -> str:
    """At least one, in brackets."""
    return f"({', '.join(map(text, values))})"


def moment(value: datetime) -> str:
    """A naive time in UTC."""
    return f"toDateTime64('{min(value, LATEST)}', 6, 'UTC')"


def pattern(value: str) -> str:
    """The text as LIKE finds it anywhere."""
    escaped = value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return text(f"%{escaped}%")
