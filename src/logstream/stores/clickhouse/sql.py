"""Conditions in ClickHouse's SQL: what surely fulfils them, and what may.

Where the two differ (RE2 and JSON have corners where ClickHouse goes its own way), the predicate that live entries go
through decides on what lies between. So the two agree by construction, and SQL only makes it fast.
tests/contract/test_agreement.py holds it to the predicate.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from logstream.entries.entry import LEVELS
from logstream.query.comparison import json_spellings, spellings
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
from logstream.query.patterns import longest_literal
from logstream.query.regex import word_forms, word_like
from logstream.stores.clickhouse import quoting
from logstream.stores.clickhouse.context_sql import on_path
from logstream.stores.clickhouse.decision import ALWAYS, NEVER, Decision, all_of, any_of, exactly
from logstream.stores.clickhouse.schema import SEARCHED
from logstream.stores.reading.order import is_place, place_number

LEAST_TOKEN: Final = 4
"""Characters that a text must have for the index on words to find it inside of words."""

_TOKEN: Final = re.compile(r"[0-9A-Za-z\x80-\U0010ffff]+")
"""What the index takes for a word."""

_NULLABLE: Final = ("batch_id", "user_agent")


def where(conditions: Sequence[Condition], *, ascending: bool = False) -> Decision:
    """All conditions together."""
    return all_of([_decide(condition, ascending) for condition in conditions])


def has_literal(text: str) -> str:
    """Whether the message, as it is searched, may contain a text in just this case."""
    return f"(position(message, {quoting.text(text)}) > 0 OR position(message, '\\x1b') > 0)"


def searched(field: str) -> str:
    """A field in the form of comparison.fold, of a message without its codes for colours."""
    return SEARCHED if field == "message" else f"coalesce(folded_{field}, lower({field}))"


def _decide(condition: Condition, ascending: bool) -> Decision:
    match condition:
        case Equals(field="level", value=value):
            return exactly(f"level = {quoting.text(value)}") if value in LEVELS else NEVER
        case OneOf(field="level", values=values):
            known = [level for level in LEVELS if level in values]
            return exactly(f"level IN {quoting.texts(known)}") if known else NEVER
        case OneOf(field=field, values=values):
            return _present(field, f"{field} IN {quoting.texts(values)}") if values else NEVER
        case Equals(field=field, value=value):
            return _present(field, f"{field} = {quoting.text(value)}")
        case Contains(field=field, text=text):
            return _present(field, _contains(searched(field), spellings(text)))
        case ContextContains(text=text):
            return exactly(f"(context != '' AND {_contains(searched('context'), json_spellings(text))})")
        case WordLike(parts=parts):
            forms = [
                f"({_contains(SEARCHED, form)} AND match({SEARCHED}, {_expression(word_like(form))}))"
                for form in word_forms(parts)
            ]
            return exactly(f"({' OR '.join(forms)})")
        case Matches(pattern=pattern, ignore_case=ignore_case):
            return exactly(f"match(message, {_expression(pattern, ignore_case=ignore_case)})")
        case HasPattern(pattern=pattern):
            return Decision(sure="0", may=has_literal(longest_literal(pattern)))
        case Compare(operator=operator, moment=moment):
            return exactly(f"timestamp {operator} {quoting.moment(moment)}")
        case Present(field=field):
            return exactly(f"{field} IS NOT NULL") if field in _NULLABLE else ALWAYS
        case Beyond(moment=moment, id=entry_id):
            return exactly(_beside(">" if ascending else "<", moment, entry_id, inclusive=False))
        case UpTo(moment=moment, id=entry_id):
            return exactly(_beside("<" if ascending else ">", moment, entry_id, inclusive=True))
        case Accepted(after=after, until=until):
            return exactly(f"({_accepted(after, until)})")
        case Not(condition=negated):
            inner = _decide(negated, ascending)
            return Decision(sure=f"(NOT {inner.may})", may=f"(NOT {inner.sure})")
        case And(conditions=parts):
            return all_of([_decide(part, ascending) for part in parts])
        case Or(conditions=parts):
            return any_of([_decide(part, ascending) for part in parts])
        case ContextEquals() | ContextCompare() | ContextPresent() | ContextLike() | ContextNull():
            return on_path(condition)
    raise AssertionError(f"no SQL for {condition!r}")


def _accepted(after: str, until: str) -> str:
    """What was stored before there was a stream comes before all that came from it, in the order of the ids."""
    if not is_place(until):
        return f"id > {quoting.text(after)} AND id <= {quoting.text(until)}"
    up_to = f"position IS NOT NULL AND position <= {place_number(until)}"
    if is_place(after):
        return f"{up_to} AND position > {place_number(after)}"
    return f"({up_to}) OR (position IS NULL AND id > {quoting.text(after)})"


def _present(field: str, clause: str) -> Decision:
    """What is null does not hold, and never is null itself."""
    return exactly(f"ifNull({clause}, 0)" if field in _NULLABLE else clause)


def _contains(field: str, texts: Sequence[str]) -> str:
    """Whether a folded field contains one of the texts; of several words, the longest is one that the index knows."""
    clauses = []
    for one in texts:
        clause = f"{field} LIKE {quoting.pattern(one)}"
        word = max(_TOKEN.findall(one), key=len, default="")
        if LEAST_TOKEN <= len(word) < len(one):
            clause = f"({field} LIKE {quoting.pattern(word)} AND {clause})"
        clauses.append(clause)
    return f"({' OR '.join(clauses)})"


def _expression(pattern: str, *, ignore_case: bool = False) -> str:
    """For `match`, in which a dot is a line feed too unless it is told otherwise."""
    return quoting.text(f"(?{'i' if ignore_case else ''}-s){pattern}")


def _beside(operator: str, moment: datetime, entry_id: str, *, inclusive: bool) -> str:
    """What lies on one side of a place in the order of time. The first half is there for the sorting key."""
    time, entry = quoting.moment(moment), quoting.text(entry_id)
    by_id = f"id {operator}{'=' if inclusive else ''} {entry}"
    return f"(timestamp {operator}= {time} AND (timestamp {operator} {time} OR {by_id}))"
