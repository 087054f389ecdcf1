"""Conditions in MariaDB's SQL: exact where possible, otherwise a clause that lets through at least all that match.

What MariaDB can't decide as conditions.py means it (RE2, JSON's numbers and booleans, letters of words) is decided on
what the clause lets through, by the predicate that live entries go through. So the two agree by construction, and the
clause only makes it fast. tests/contract/test_agreement.py holds the exact clauses to the predicate.
"""

import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Text, and_, case, cast, false, func, not_, or_, true
from sqlalchemy.dialects.mysql import DOUBLE
from sqlalchemy.sql import collate, literal

from logstream.entries.entry import LEVELS
from logstream.query.comparison import COLOURS, fold, json_spellings, number_of, spellings
from logstream.query.conditions import (
    Accepted,
    And,
    Beyond,
    Compare,
    Condition,
    Contains,
    ContextCompare,
    ContextContains,
    ContextEquals,
    ContextLike,
    ContextNull,
    ContextPresent,
    Equals,
    HasPattern,
    Matches,
    Not,
    OneOf,
    Or,
    Present,
    UpTo,
    WordLike,
)
from logstream.query.context_path import may_be_dotted
from logstream.query.patterns import longest_literal
from logstream.query.regex import literals_of, longest_of, word_forms
from logstream.stores.mariadb.schema import ENTRIES
from logstream.stores.reading.order import is_place, place_number

FOLDING: Final = "utf8mb4_uca1400_ai_ci"
"""LOWER(UPPER(…)) in this collation is comparison.fold of every character, see tests/stores/mariadb/test_sql.py."""

_BYTES: Final = "utf8mb4_bin"
_EXACT: Final = "utf8mb4_nopad_bin"
"""Compares as conditions.py says: every character, trailing spaces included."""

_COLUMNS: Final = ENTRIES.c
MESSAGE: Final[ColumnElement[str]] = func.coalesce(_COLUMNS.message_whole, _COLUMNS.message)

UNCOLOURED: Final[ColumnElement[str]] = case(
    (func.locate("\x1b", MESSAGE) > 0, func.regexp_replace(MESSAGE, COLOURS, "")), else_=MESSAGE
)
"""The message as it is searched."""

_PLAIN_KEY: Final = re.compile(r'(?!-)[^"\\*?\[\]\x00-\x1f]+')
Clause = ColumnElement[bool]


class Decision(NamedTuple):
    """A clause, and whether it lets through just what matches; otherwise it lets through more."""

    clause: Clause
    exact: bool


def where(conditions: Sequence[Condition], *, ascending: bool = False) -> Decision:
    """The clause for all conditions together."""
    return _all([_decide(condition, ascending) for condition in conditions])


def _all(parts: list[Decision]) -> Decision:
    return Decision(and_(true(), *(part.clause for part in parts)), _all_exact(parts))


def _any(parts: list[Decision]) -> Decision:
    return Decision(or_(false(), *(part.clause for part in parts)), _all_exact(parts))


def _all_exact(parts: list[Decision]) -> bool:
    return all(part.exact for part in parts)


def _text(value: str) -> ColumnElement[str]:
    return literal(value, Text())


def equal(column: ColumnElement[str], value: str) -> Clause:
    """Exactly the value, whatever the column's collation. The first half is there for the column's index."""
    return and_(column == _text(value), exactly(column) == _text(value))


def exactly(column: ColumnElement[str]) -> ColumnElement[str]:
    """The column, compared and sorted by its characters."""
    return collate(column, _EXACT)


def folded(column: ColumnElement[str]) -> ColumnElement[str]:
    """The column in the form of comparison.fold."""
    return collate(func.lower(func.upper(collate(column, FOLDING))), _BYTES)


def contains(column: ColumnElement[str], folded_text: str) -> Clause:
    return func.locate(_text(folded_text), folded(column)) > 0


def has_literal(text: str) -> Clause:
    """Whether the message, as it is searched, contains a text in just this case."""
    return func.locate(_text(text), collate(UNCOLOURED, _BYTES)) > 0


def _accepted(after: str, until: str) -> Clause:
    """What was stored before there was a stream comes before all that came from it, in the order of the ids."""
    if not is_place(until):
        return and_(_COLUMNS.id > after, _COLUMNS.id <= until)
    up_to = _COLUMNS.position <= place_number(until)
    if is_place(after):
        return and_(_COLUMNS.position > place_number(after), up_to)
    return or_(up_to, and_(_COLUMNS.position.is_(None), _COLUMNS.id > after))


def _decide(condition: Condition, ascending: bool) -> Decision:
    match condition:
        case Equals(field="level", value=value):
            return Decision(_COLUMNS.level == value if value in LEVELS else false(), True)
        case OneOf(field="level", values=values):
            known = [level for level in LEVELS if level in values]
            return Decision(_COLUMNS.level.in_(known) if known else false(), True)
        case OneOf(field=field, values=values):
            column: ColumnElement[str] = _COLUMNS[field]
            among = column.in_([_text(value) for value in values])  # for the column's index
            exactly_among = exactly(column).in_([_text(value) for value in values])
            return Decision(and_(column.is_not(None), among, exactly_among) if values else false(), True)
        case Equals(field="message", value=value):
            return Decision(exactly(MESSAGE) == _text(value), True)
        case Equals(field=field, value=value):
            return Decision(equal(_COLUMNS[field], value), True)
        case Contains(field=field, text=text):
            column = MESSAGE if field == "message" else _COLUMNS[field]
            if field == "message":
                column = UNCOLOURED
            clauses = [contains(column, form) for form in spellings(text)]
            return Decision(and_(column.is_not(None), or_(*clauses)), True)
        case ContextContains(text=text):
            clauses = [contains(_COLUMNS.context, form) for form in json_spellings(text)]
            return Decision(and_(_COLUMNS.context.is_not(None), or_(*clauses)), True)
        case WordLike(parts=parts):
            clauses = [contains(UNCOLOURED, longest_of(form)) for form in word_forms(parts)]
            return Decision(or_(*clauses), False)
        case Matches(pattern=pattern):
            text = max(literals_of(pattern), key=len, default="")
            return Decision(contains(MESSAGE, fold(text)) if text else true(), False)
        case HasPattern(pattern=pattern):
            return Decision(has_literal(longest_literal(pattern)), False)
        case Compare(operator=operator, moment=moment):
            return Decision(_COLUMNS.timestamp.bool_op(operator)(moment), True)
        case Present(field=field):
            return Decision(_COLUMNS[field].is_not(None), True)
        case Beyond(moment=moment, id=entry_id):
            return Decision(_beside(">" if ascending else "<", moment, entry_id, inclusive=False), True)
        case UpTo(moment=moment, id=entry_id):
            return Decision(_beside("<" if ascending else ">", moment, entry_id, inclusive=True), True)
        case Accepted(after=after, until=until):
            return Decision(_accepted(after, until), True)
        case Not(condition=negated):
            inner = _decide(negated, ascending)
            if not inner.exact:
                return Decision(true(), False)
            # What is null does not hold; its negation does.
            return Decision(not_(func.coalesce(inner.clause, false())), True)
        case And(conditions=parts):
            return _all([_decide(part, ascending) for part in parts])
        case Or(conditions=parts):
            return _any([_decide(part, ascending) for part in parts])
        case ContextLike() | ContextNull():
            return Decision(_COLUMNS.context.is_not(None), False)
        case ContextEquals() | ContextCompare() | ContextPresent():
            return Decision(_context(condition), False)
    raise AssertionError(f"no SQL for {condition!r}")


def _beside(operator: str, moment: datetime, entry_id: str, *, inclusive: bool) -> Clause:
    """What lies on one side of a place in the order of time. The first half is there for the index on it."""
    timestamp = _COLUMNS.timestamp
    by_id = _COLUMNS.id.bool_op(f"{operator}=" if inclusive else operator)
    return and_(
        timestamp.bool_op(f"{operator}=")(moment),
        or_(timestamp.bool_op(operator)(moment), by_id(entry_id)),
    )


def _context(condition: ContextEquals | ContextCompare | ContextPresent) -> Clause:
    """Lets through at least what fulfils the condition. MariaDB says 1 and 0 for true and false."""
    if not all(_PLAIN_KEY.fullmatch(key) and not key.isdigit() for key in condition.path):
        return _COLUMNS.context.is_not(None)  # a position in a list is a key of an object too
    texts = may_be_dotted(condition.path) if len(condition.path) > 1 else []
    dotted = [func.locate(_text(text), _COLUMNS.context) > 0 for text in texts]
    return or_(_nested(condition), *map(_is_doubled, condition.path), _has_escaped_key(), *dotted)


def _is_doubled(key: str) -> Clause:
    """Whether a key may stand twice: MariaDB takes the first. Keys that are written with escapes aside."""
    written = _text(f'"{key}"')
    return func.locate(written, _COLUMNS.context, func.locate(written, _COLUMNS.context) + 1) > 0


def _has_escaped_key() -> Clause:
    return _COLUMNS.context.regexp_match(_text(r'\\[^"]*":'))


def _nested(condition: ContextEquals | ContextCompare | ContextPresent) -> Clause:
    path = "$" + "".join("." + json.dumps(key, ensure_ascii=False) for key in condition.path)
    if isinstance(condition, ContextPresent):
        return func.json_exists(_COLUMNS.context, path) == 1
    value = func.json_value(_COLUMNS.context, path)
    if isinstance(condition, ContextCompare):  # whole numbers beyond 2^53 may be equal here, and are not
        return cast(value, DOUBLE).bool_op(condition.operator[0] + "=")(literal(float(condition.number)))
    if (number := number_of(condition.value)) is not None:
        return cast(value, DOUBLE) == literal(float(number))
    is_text = exactly(value) == _text(condition.value)
    as_boolean = {"true": "1", "false": "0"}.get(condition.value)
    return is_text if as_boolean is None else or_(is_text, value == as_boolean)
