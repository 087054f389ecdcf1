"""Conditions in MariaDB's SQL: exact where it can be, else a clause that holds for at least all that match.

What MariaDB can't decide as query.py means it (RE2, JSON's numbers and booleans, letters of words) the store decides on
what the clause lets through, with the predicate that live entries go through. So both agree by construction, and the
clause only makes it fast. tests/contract/test_agreement.py holds the exact ones to it.
"""

import json
import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Text, and_, cast, false, func, not_, or_, true
from sqlalchemy.dialects.mysql import DOUBLE
from sqlalchemy.sql import collate, literal

from logstream.entries.entry import LEVELS
from logstream.query.comparison import fold, number_of
from logstream.query.conditions import (
    Accepted,
    And,
    Beyond,
    Compare,
    Condition,
    Contains,
    ContextCompare,
    ContextEquals,
    ContextPresent,
    Equals,
    Matches,
    Not,
    OneOf,
    Or,
    Present,
    UpTo,
    WordPrefix,
)
from logstream.stores.mariadb.schema import ENTRIES

FOLDING: Final = "utf8mb4_uca1400_ai_ci"
"""LOWER(UPPER(…)) in this collation is comparison.fold for every character, see tests/stores/mariadb/test_sql.py."""

_BYTES: Final = "utf8mb4_bin"
_EXACT: Final = "utf8mb4_nopad_bin"
"""Compares as query.py does: every character, trailing spaces included."""

_COLUMNS: Final = ENTRIES.c
MESSAGE: Final[ColumnElement[str]] = func.coalesce(_COLUMNS.message_whole, _COLUMNS.message)

_PLAIN_KEY: Final = re.compile(r'[^"\\*?\[\]\x00-\x1f]+')
_TOKEN: Final = re.compile(
    r"\\(?P<escaped>[^A-Za-z0-9])|\\[dDwWsSbBAznrtfva]|\[\^?[^\[\]\\]+\]|\{[0-9,]*\}|[\^$.*+?()]"
    r"|(?P<plain>[^\\^$.|?*+()\[\]{}])"
)
"""A piece of a regular expression that means the same wherever it stands."""


Clause = ColumnElement[bool]


class Decision(NamedTuple):
    """A clause, and whether it holds just for what matches; else it holds for more."""

    clause: Clause
    exact: bool


def where(conditions: Sequence[Condition], *, ascending: bool = False) -> Decision:
    """The clause for all conditions together."""
    return _all([_decide(condition, ascending) for condition in conditions])


def _all(parts: list[Decision]) -> Decision:
    return Decision(and_(true(), *(part.clause for part in parts)), all(part.exact for part in parts))


def _text(value: str) -> ColumnElement[str]:
    return literal(value, Text())


def equal(column: ColumnElement[str], value: str) -> Clause:
    """Exactly the value, whatever the column's collation: the first half can use the column's index."""
    return and_(column == _text(value), exactly(column) == _text(value))


def exactly(column: ColumnElement[str]) -> ColumnElement[str]:
    """The column, compared and sorted by its characters."""
    return collate(column, _EXACT)


def folded(column: ColumnElement[str]) -> ColumnElement[str]:
    return collate(func.lower(func.upper(collate(column, FOLDING))), _BYTES)


def contains(column: ColumnElement[str], folded_text: str) -> Clause:
    return func.locate(_text(folded_text), folded(column)) > 0


def _decide(condition: Condition, ascending: bool) -> Decision:
    match condition:
        case Equals(field="level", value=value):
            return Decision(_COLUMNS.level == value if value in LEVELS else false(), True)
        case OneOf(field="level", values=values):
            known = [level for level in LEVELS if level in values]
            return Decision(_COLUMNS.level.in_(known) if known else false(), True)
        case Equals(field=field, value=value):
            return Decision(equal(_COLUMNS[field], value), True)
        case Contains(field=field, text=text):
            column = MESSAGE if field == "message" else _COLUMNS[field]
            clause = contains(column, fold(text))
            return Decision(and_(column.is_not(None), clause), True)
        case WordPrefix(text=text):
            return Decision(contains(MESSAGE, fold(text)), False)
        case Matches(pattern=pattern):
            piece = literal_piece(pattern)
            return Decision(contains(MESSAGE, fold(piece)) if piece else true(), False)
        case Compare(operator=operator, moment=moment):
            return Decision(_COLUMNS.timestamp.bool_op(operator)(moment), True)
        case Present(field=field):
            return Decision(_COLUMNS[field].is_not(None), True)
        case Beyond(moment=moment, id=entry_id):
            return Decision(_side(">" if ascending else "<", "", moment, entry_id), True)
        case UpTo(moment=moment, id=entry_id):
            return Decision(_side("<" if ascending else ">", "=", moment, entry_id), True)
        case Accepted(after=after, until=until):
            return Decision(and_(_COLUMNS.id > after, _COLUMNS.id <= until), True)
        case Not(condition=negated):
            inner = _decide(negated, ascending)
            # What is null does not hold; its negation does.
            return (
                Decision(not_(func.coalesce(inner.clause, false())), True) if inner.exact else Decision(true(), False)
            )
        case And(conditions=parts):
            return _all([_decide(part, ascending) for part in parts])
        case Or(conditions=parts):
            either = [_decide(part, ascending) for part in parts]
            return Decision(or_(false(), *(part.clause for part in either)), all(part.exact for part in either))
        case ContextEquals() | ContextCompare() | ContextPresent():
            return Decision(_context(condition), False)
    raise AssertionError(f"no SQL for {condition!r}")


def _side(operator: str, or_equal: str, moment: object, entry_id: str) -> Clause:
    column = _COLUMNS.timestamp
    return and_(
        column.bool_op(operator + "=")(moment),
        or_(column.bool_op(operator)(moment), _COLUMNS.id.bool_op(operator + or_equal)(entry_id)),
    )


def _context(condition: ContextEquals | ContextCompare | ContextPresent) -> Clause:
    """Holds at least wherever the condition does. MariaDB says 1 and 0 for true and false."""
    if not all(_PLAIN_KEY.fullmatch(key) and not key.isdigit() for key in condition.path):
        return _COLUMNS.context.is_not(None)  # a position in a list is a key of an object too
    path = "$" + "".join("." + json.dumps(key, ensure_ascii=False) for key in condition.path)
    if isinstance(condition, ContextPresent):
        return func.json_exists(_COLUMNS.context, path) == 1
    value = func.json_value(_COLUMNS.context, path)
    if isinstance(condition, ContextCompare):
        return cast(value, DOUBLE).bool_op(condition.operator)(literal(condition.number))
    if (number := number_of(condition.value)) is not None:
        return cast(value, DOUBLE) == literal(number)
    alike = {"true": "1", "false": "0"}.get(condition.value)
    is_value = exactly(value) == _text(condition.value)
    return is_value if alike is None else or_(is_value, value == alike)


def literal_piece(pattern: str) -> str:
    """A text that every match of a regular expression contains, case aside; as long as it is easily seen, else empty.

    Only what stands outside of groups counts, in an expression without alternatives.
    """
    if "|" in pattern or "(?" in pattern:
        return ""
    pieces, piece, depth, at = [""], "", 0, 0
    while at < len(pattern):
        token = _TOKEN.match(pattern, at)
        if token is None:  # something unusual: what comes after it may belong to it
            break
        at = token.end()
        depth += (token[0] == "(") - (token[0] == ")")
        character = token["escaped"] or token["plain"]
        repeated = pattern[at : at + 1] in ("*", "?", "{")
        if character and not depth and not repeated:
            piece += character
            if pattern[at : at + 1] != "+":
                continue
        pieces.append(piece)
        piece = ""
    return max([*pieces, piece], key=len)
