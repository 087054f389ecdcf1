"""What can be asked: conditions on entries, and the page that is wanted.

A query is a tree of conditions. Stores turn it into their own language (see stores/sql.py).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec


class Equals(msgspec.Struct, frozen=True, tag=True):
    """The field is exactly this text, upper and lower case told apart."""

    field: str
    value: str


class OneOf(msgspec.Struct, frozen=True, tag=True):
    """The field is exactly one of these texts."""

    field: str
    values: tuple[str, ...]


class ContextEquals(msgspec.Struct, frozen=True, tag=True):
    """What the path of keys and list positions leads to in the context is this text, or a number equal to it."""

    path: tuple[str, ...]
    value: str


class Beyond(msgspec.Struct, frozen=True, tag=True):
    """The entry comes after this place in the order of the query."""

    moment: datetime
    id: str


class Contains(msgspec.Struct, frozen=True, tag=True):
    """The field contains this text, upper and lower case alike in all of Unicode."""

    field: str
    text: str


class Compare(msgspec.Struct, frozen=True, tag=True):
    """The timestamp lies on this side of a moment (naive, UTC), inclusive."""

    field: Literal["timestamp"]
    operator: Literal[">=", "<="]
    moment: datetime


Condition = Equals | OneOf | Contains | Compare | ContextEquals | Beyond

MAX_LIMIT = 1000
DEFAULT_LIMIT = 100


class LogQuery(msgspec.Struct, frozen=True):
    """Conditions that all must hold, and the page that is wanted, newest first unless `ascending`."""

    where: Sequence[Condition] = ()
    limit: int = DEFAULT_LIMIT
    offset: int = 0
    ascending: bool = False
    counted: bool = True


def fold(text: str) -> str:
    """The form in which texts are compared without regard to case.

    Character by character: lower case of upper case where both are one character, so that the forms of sigma or the
    Kelvin sign are alike, while lengths never change. DuckDB's lower(upper(…)) does the same, see
    tests/stores/test_sql.py.
    """
    if text.isascii():
        return text.lower()
    return "".join(map(_fold_character, text))


def _fold_character(character: str) -> str:
    upper = character.upper()
    if len(upper) != 1:
        upper = character
    return upper.lower()[0]  # the capital I with a dot alone has a longer lower case
