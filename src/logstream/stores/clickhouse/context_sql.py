"""Conditions on paths through the context.

Of nearly all contexts that have the keys, JSON functions tell at once. What they may see otherwise (a key with a dot,
one that stands twice, of which ClickHouse takes the first, escapes, numbers that are no doubles) is left undecided.
"""

import math
from typing import Final

import msgspec

from logstream.query.comparison import EXACT_UP_TO, number_of
from logstream.query.conditions import ContextCompare, ContextEquals, ContextNull, ContextPresent, OnPath
from logstream.query.context_path import may_be_dotted
from logstream.stores.clickhouse import quoting
from logstream.stores.clickhouse.decision import Decision

_JSON_NUMBER: Final = quoting.text(r"^-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$")


class Place:
    """Where a path leads to, in SQL."""

    def __init__(self, path: tuple[str, ...]) -> None:
        self.is_plain: Final = not any(
            key.isdigit() or '"' in key or "\\" in key or not key.isprintable() for key in path
        )
        """Whether SQL may be asked: a position in a list is a key of an object too."""
        last = msgspec.json.encode(path[-1]).decode()[1:] + ":"
        self.has_key: Final = f"position(context, {quoting.text(last)}) > 0"
        """What every context has that it leads to something in, unless it `is_odd`."""
        doubled = [f"countSubstrings(context, {quoting.text(_written(key))}) > 1" for key in dict.fromkeys(path)]
        texts = may_be_dotted(path) if len(path) > 1 else []
        dotted = [f"position(context, {quoting.text(text)}) > 0" for text in texts]
        self.is_open: Final = f"({' OR '.join([*doubled, *dotted])})"
        """Whether a key may be one of several, of contexts that have the last one and are not odd."""
        keys = "".join(f", {quoting.text(key)}" for key in path)
        self.kind: Final = f"JSONType(context{keys})"
        self.raw: Final = f"JSONExtractRaw(context{keys})"
        self.text: Final = f"JSONExtractString(context{keys})"

    def is_number(self, kind: str, text: str) -> str:
        """Whether a value, or its text, is written as JSON writes numbers."""
        return f"({kind} IN ('Int64', 'UInt64', 'Double') OR {kind} = 'String' AND match({text}, {_JSON_NUMBER}))"


def on_path(condition: OnPath) -> Decision:
    """What the predicate decides where `is_odd`, or where a key may be one of several."""
    place = Place(condition.path)
    if not place.is_plain:
        return Decision(sure="0", may="context != ''")
    has_key, open_to_doubt = place.has_key, place.is_open
    has_texts = " AND ".join([has_key, *_required(condition)])
    clause, is_enough = _nested(condition, place)
    may = f"(is_odd OR ({has_texts} AND ({clause} OR {open_to_doubt})))"
    sure = f"(NOT is_odd AND {has_texts} AND {clause} AND NOT {open_to_doubt})" if is_enough else "0"
    return Decision(sure, f"(context != '' AND {may})")


def _required(condition: OnPath) -> list[str]:
    """What is so of every context that fulfils the condition and is not odd, and is quickly looked for."""
    if not isinstance(condition, ContextEquals) or not condition.value:
        return []
    number = number_of(condition.value)
    text = condition.value if number is None else str(abs(number))
    if number is not None and not text.isdigit():
        return []
    return [f"(position(context, {quoting.text(text)}) > 0 OR is_written_otherwise)"]


def _written(key: str) -> str:
    return msgspec.json.encode(key).decode() + ":"


def _nested(condition: OnPath, place: Place) -> tuple[str, bool]:
    """A clause for nested keys that stand once, and whether it lets through just what fulfils the condition."""
    kind, raw, value = place.kind, place.raw, place.text
    if isinstance(condition, ContextPresent):
        return f"{kind} != 'Null'", True
    if isinstance(condition, ContextNull):
        return f"{raw} = 'null'", True
    is_number = place.is_number(kind, value)
    if isinstance(condition, ContextCompare):
        return _compared(value, condition.operator, condition.number, is_number)
    if isinstance(condition, ContextEquals):
        number = number_of(condition.value)
        if number is not None:
            return _compared(value, "=", number, is_number)
        is_text = f"({kind} = 'String' AND {value} = {quoting.text(condition.value)})"
        if condition.value in ("true", "false"):
            return f"({is_text} OR {raw} = '{condition.value}')", True
        return is_text, True
    return f"{kind} != 'Null'", False


def _compared(value: str, operator: str, number: int | float, is_number: str) -> tuple[str, bool]:
    double = f"toFloat64OrZero({value})"
    if abs(number) < EXACT_UP_TO:
        return f"({double} {operator} {_double(float(number))} AND isFinite({double}) AND {is_number})", True
    # Whole numbers beyond 2^53 may be equal here, and are not.
    return f"({double} {operator[0] + '=' if operator != '=' else '='} {_double(float(number))} AND {is_number})", False


def _double(number: float) -> str:
    return f"toFloat64('{number!r}')" if math.isfinite(number) else "inf"
