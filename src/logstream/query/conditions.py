"""What can be asked for: conditions on entries, and a page of those that fulfil them.

A query is a tree of conditions with two back ends, which tests/contract/test_agreement.py proves equal: SQL in each
store (its `sql.py`) and a predicate for live entries (predicate.py). A condition holds or does not: a field that
is null contains nothing and equals nothing, so its negation holds.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal

import msgspec

Operator = Literal[">", ">=", "<", "<="]


class Equals(msgspec.Struct, frozen=True, tag=True):
    """The field is exactly this text, case-sensitively."""

    field: str
    value: str


class OneOf(msgspec.Struct, frozen=True, tag=True):
    """The field is exactly one of these texts."""

    field: str
    values: tuple[str, ...]


class Contains(msgspec.Struct, frozen=True, tag=True):
    """The field contains this text, case-insensitively in all of Unicode."""

    field: str
    text: str


class WordLike(msgspec.Struct, frozen=True, tag=True):
    """A word of the message is made of these parts, with any letters, digits and _ in between, case-insensitively.

    `("conn", "")` begins with conn, `("", "conn")` ends so, `("con", "ion")` does both.
    """

    parts: tuple[str, ...]


class Matches(msgspec.Struct, frozen=True, tag=True):
    """The message matches this regular expression (RE2 syntax) somewhere."""

    pattern: str
    ignore_case: bool


class HasPattern(msgspec.Struct, frozen=True, tag=True):
    """The pattern of the message, see patterns.pattern_of, is this."""

    pattern: str


class Compare(msgspec.Struct, frozen=True, tag=True):
    """The timestamp lies on this side of a moment (naive, UTC)."""

    field: Literal["timestamp"]
    operator: Operator
    moment: datetime


class Present(msgspec.Struct, frozen=True, tag=True):
    """The field is not null."""

    field: str


class ContextEquals(msgspec.Struct, frozen=True, tag=True):
    """What the path of keys and list positions leads to in the context is this text, or a number equal to it."""

    path: tuple[str, ...]
    value: str


class ContextCompare(msgspec.Struct, frozen=True, tag=True):
    """What the path leads to in the context is a number, or text that is one, on this side of `number`."""

    path: tuple[str, ...]
    operator: Operator
    number: int | float


class ContextLike(msgspec.Struct, frozen=True, tag=True):
    """What the path leads to is a text, or a whole number, made of these parts with anything in between."""

    path: tuple[str, ...]
    parts: tuple[str, ...]


class ContextNull(msgspec.Struct, frozen=True, tag=True):
    """The path leads to null in the context."""

    path: tuple[str, ...]


class ContextContains(msgspec.Struct, frozen=True, tag=True):
    """The context contains this text somewhere, in a name or a value, case-insensitively."""

    text: str


class ContextPresent(msgspec.Struct, frozen=True, tag=True):
    """The path leads to something in the context that is not null."""

    path: tuple[str, ...]


OnPath = ContextEquals | ContextCompare | ContextPresent | ContextLike | ContextNull


class LastCounts(msgspec.Struct, frozen=True, tag=True):
    """The condition holds of the last of keys that stand twice, which SQL has to be told in the file store alone.

    Up to the load of its index of this number it has found no such key of the path.
    """

    condition: OnPath
    none_until: int


class Beyond(msgspec.Struct, frozen=True, tag=True):
    """The entry comes after this place in the order of the query."""

    moment: datetime
    id: str


class UpTo(msgspec.Struct, frozen=True, tag=True):
    """The entry comes before this place in the order of the query, or is there."""

    moment: datetime
    id: str


class Accepted(msgspec.Struct, frozen=True, tag=True):
    """The entry was accepted after `after` and no later than `until`: ids are given out in the order of acceptance."""

    after: str
    until: str


class Decided(msgspec.Struct, frozen=True, tag=True):
    """All of these hold; which large entries they hold for, the file store has found out before.

    `large` names them by the number of their day in the index and where their lines start.
    """

    conditions: tuple["Condition", ...]
    large: tuple[tuple[int, tuple[int, ...]], ...]


class Loaded(msgspec.Struct, frozen=True, tag=True):
    """The entry came to the index of the file store by one of these loads.

    It is added to conditions that nothing else fulfils, as the index knows: it says where to look.
    """

    loads: tuple[int, ...]


class Not(msgspec.Struct, frozen=True, tag=True):
    condition: "Condition"


class And(msgspec.Struct, frozen=True, tag=True):
    """All hold; always true without any."""

    conditions: tuple["Condition", ...]


class Or(msgspec.Struct, frozen=True, tag=True):
    """At least one holds; never true without any."""

    conditions: tuple["Condition", ...]


Condition = (
    Equals
    | OneOf
    | Contains
    | WordLike
    | Matches
    | HasPattern
    | Compare
    | Present
    | ContextEquals
    | ContextCompare
    | ContextPresent
    | ContextLike
    | ContextNull
    | ContextContains
    | LastCounts
    | Beyond
    | UpTo
    | Accepted
    | Decided
    | Loaded
    | Not
    | And
    | Or
)

MAX_LIMIT: Final = 1000
DEFAULT_LIMIT: Final = 100
NO_LIMIT: Final = 2**62


class LogQuery(msgspec.Struct, frozen=True):
    """Conditions that must all hold, and the page that is wanted, newest first unless `ascending`.

    The order is that of the timestamps, or with `by_id` that of acceptance.
    """

    where: Sequence[Condition] = ()
    limit: int = DEFAULT_LIMIT
    offset: int = 0
    ascending: bool = False
    counted: bool = True
    by_id: bool = False
    message_max: int | None = None
    """Characters of its message that an entry is answered with, see entry.cut; None: all."""


VALUED: Final = ("app_key", "app_id", "level", "category", "user_agent")
"""The fields whose values can be listed."""
