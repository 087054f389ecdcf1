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


def on_path(condition: OnPath) -> Decision:
    """What the predicate decides where `is_odd`, or where a key may be one of several."""
    keys = condition.path
    if any(key.isdigit() or '"' in key or "\\" in key or not key.isprintable() for key in keys):
        return Decision(sure="0", may="context != ''")  # a position in a list is a key of an object too
    last = msgspec.json.encode(keys[-1]).decode()[1:] + ":"
    has_key = f"position(context, {quoting.text(last)}) > 0"
    doubled = [f"countSubstrings(context, {quoting.text(_written(key))}) > 1" for key in dict.fromkeys(keys)]
    dotted = [f"position(context, {quoting.text(text)}) > 0" for text in may_be_dotted(keys)] if len(keys) > 1 else []
    open_to_doubt = f"({' OR '.join([*doubled, *dotted])})"
    has_texts = " AND ".join(
        [has_key, *(f"position(context, {quoting.text(text)}) > 0" for text in _required(condition))]
    )
    clause, is_enough = _nested(condition)
    may = f"(is_odd OR ({has_texts} AND ({clause} OR {open_to_doubt})))"
    sure = f"(NOT is_odd AND {has_texts} AND {clause} AND NOT {open_to_doubt})" if is_enough else "0"
    return Decision(sure, f"(context != '' AND {may})")


def _required(condition: OnPath) -> list[str]:
    """Texts that a context which is not odd has, if it fulfils the condition."""
    if not isinstance(condition, ContextEquals):
        return []
    number = number_of(condition.value)
    if number is None:
        return [condition.value] if condition.value else []
    text = str(abs(number))
    return [text] if text.isdigit() else []


def _written(key: str) -> str:
    return msgspec.json.encode(key).decode() + ":"


def _nested(condition: OnPath) -> tuple[str, bool]:
    """A clause for nested keys that stand once, and whether it lets through just what fulfils the condition."""
    keys = "".join(f", {quoting.text(key)}" for key in condition.path)
    kind, raw = f"JSONType(context{keys})", f"JSONExtractRaw(context{keys})"
    if isinstance(condition, ContextPresent):
        return f"{kind} != 'Null'", True
    if isinstance(condition, ContextNull):
        return f"{raw} = 'null'", True
    value = f"JSONExtractString(context{keys})"
    is_number = f"({kind} IN ('Int64', 'UInt64', 'Double') OR {kind} = 'String' AND match({value}, {_JSON_NUMBER}))"
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
