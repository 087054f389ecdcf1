"""Conditions on paths through the context in DuckDB's SQL.

A path is looked for as nested keys in one step, which takes 0.2 us an entry. Only where the context has a text that a
dotted key would have are the other ways tried; to look for that text takes a third of it. DuckDB takes the first of
keys that stand twice in an object: contexts in which there may be some, see `doubled_keys`, are looked at key by key.
"""

from collections.abc import Callable
from typing import Final

from logstream.query.comparison import EXACT_UP_TO, NUMBER, number_of
from logstream.query.conditions import (
    Condition,
    ContextCompare,
    ContextEquals,
    ContextLike,
    ContextNull,
    ContextPresent,
    LastCounts,
    OnPath,
    Operator,
)
from logstream.query.context_path import may_be_dotted, spellings
from logstream.query.context_values import MAX_VALUE
from logstream.query.regex import like
from logstream.stores.index.doubled_keys import may_be_doubled

_ROOT: Final = "$"
_VALUE: Final = "json_extract_string(context, ?)"
_DIGITS: Final = 310
"""At most so many has a whole number that is not too large for a double."""


def context_clause(condition: Condition, parameters: list[object]) -> str | None:
    """The condition, if it is one on a path; its parameters are added."""
    if isinstance(condition, LastCounts):
        path = condition.condition.path
        last = _where_doubled(
            path, condition.none_until, parameters, lambda: _at(_ROOT, condition.condition, parameters)
        )
        return f"CASE {last} ELSE {_of_first(condition.condition, parameters)} END"
    return _of_first(condition, parameters) if isinstance(condition, OnPath) else None


def _of_first(condition: OnPath, parameters: list[object]) -> str:
    path = condition.path
    if len(path) == 1:
        return _at(_pointer(path), condition, parameters)
    dotted = may_be_dotted(path)
    parameters += dotted
    guard = " OR ".join(["contains(context, ?)"] * len(dotted))
    every = _every_way([_pointer(keys) for keys in spellings(path)], condition, parameters)
    return f"CASE WHEN {guard} THEN {every} ELSE {_at(_pointer(path), condition, parameters)} END"


def scalar(path: tuple[str, ...], none_until: int, parameters: list[object]) -> str:
    """What the path leads to, as `context_values.scalar_text` has it; its parameters are added.

    `none_until`: see `DoubledKeys`.
    """
    return _spelled(_value(path, none_until, parameters, _scalar_at))


def text(path: tuple[str, ...], none_until: int, parameters: list[object]) -> str:
    """The text of what the path leads to, null where there is nothing; its parameters are added."""
    return _value(path, none_until, parameters, _text_at)


def number(column: str) -> str:
    """The number that the text of a value is, or null, as `context_values.numeric` has it."""
    double = f"try_cast({column} AS DOUBLE)"
    is_number = f"{column} < ':' AND regexp_full_match({column}, '{NUMBER}') AND isfinite({double})"
    return f"CASE WHEN {is_number} THEN {double} END"


def _value(
    path: tuple[str, ...], none_until: int, parameters: list[object], at: Callable[[str, list[object]], str]
) -> str:
    """What `at` makes of what the path leads to."""
    last = _where_doubled(path, none_until, parameters, lambda: at(_ROOT, parameters))
    return f"CASE {last} ELSE {_first(path, parameters, at)} END"


def _where_doubled(path: tuple[str, ...], none_until: int, parameters: list[object], made: Callable[[], str]) -> str:
    """The case that a key of the path may stand twice: `made`, which asks what is at the root, is asked of the last."""
    is_doubled = may_be_doubled(path, parameters)
    ways = [_last(keys, parameters) for keys in spellings(path)]
    value = f"""list_transform([[{", ".join(ways)}]], lambda ways: coalesce(
        list_filter(ways, lambda way: json_type(way) <> 'NULL')[1], list_filter(ways, lambda way: way IS NOT NULL)[1]
    ))[1]"""
    asked = f"list_transform([{value}], lambda context: {made()})[1]"
    return f"WHEN load > {none_until} AND {is_doubled} THEN {asked}"


def _last(keys: tuple[str, ...], parameters: list[object]) -> str:
    """What the keys lead to, each to the last of its name."""
    found = "context"
    for key in keys:
        parameters += [key, _pointer((key,))]
        found = f"""list_transform([{found}], lambda value: CASE json_type(value)
            WHEN 'OBJECT' THEN json_extract(value, '$.*')[
                len(json_keys(value)) + 1 - list_position(list_reverse(json_keys(value)), ?)]
            ELSE json_extract(value, ?) END)[1]"""
    return found


def _first(path: tuple[str, ...], parameters: list[object], at: Callable[[str, list[object]], str]) -> str:
    """What `at` makes of the first way that leads to something other than null."""
    if len(path) == 1:
        return at(_pointer(path), parameters)
    dotted = may_be_dotted(path)
    parameters += dotted
    guard = " OR ".join(["contains(context, ?)"] * len(dotted))
    cases = ""
    for pointer in [_pointer(keys) for keys in spellings(path)]:
        parameters.append(pointer)
        cases += f" WHEN {_VALUE} IS NOT NULL THEN {at(pointer, parameters)}"
    return f"CASE WHEN {guard} THEN CASE{cases} END ELSE {at(_pointer(path), parameters)} END"


def _text_at(pointer: str, parameters: list[object]) -> str:
    parameters.append(pointer)
    return _VALUE


def _scalar_at(pointer: str, parameters: list[object]) -> str:
    parameters += [pointer, pointer]
    return f"CASE WHEN json_type(context, ?) NOT IN ('OBJECT', 'ARRAY') THEN {_VALUE} END"


def _spelled(text: str) -> str:
    """`context_values.spelled`, but for how doubles are written. In a lambda, whose parameter has a name to repeat.

    Texts that begin with a letter, and whole numbers, are told first, by what costs a tenth of the rest.
    """
    double = "try_cast(value AS DOUBLE)"
    return f"""list_transform([{text}], lambda value: CASE
        WHEN value >= ':' THEN left(value, {MAX_VALUE})
        WHEN try_cast(value AS BIGINT)::VARCHAR = value THEN value
        WHEN NOT regexp_full_match(value, '{NUMBER}') OR NOT isfinite({double}) THEN left(value, {MAX_VALUE})
        WHEN {double} = trunc({double}) AND abs({double}) < {EXACT_UP_TO} THEN {double}::BIGINT::VARCHAR
        WHEN regexp_full_match(value, '-?[0-9]+') THEN regexp_replace(value, '^(-?)0+', '\\1')
        ELSE {double}::VARCHAR END)[1]"""


def _every_way(pointers: list[str], condition: OnPath, parameters: list[object]) -> str:
    """The first way that leads to something other than null decides."""
    if isinstance(condition, ContextNull):
        parameters += [*pointers, *pointers]
        nothing = " AND ".join([f"{_VALUE} IS NULL"] * len(pointers))
        null = " OR ".join(["json_type(context, ?) = 'NULL'"] * len(pointers))
        return f"({nothing} AND ({null}))"
    cases = ""
    for pointer in pointers:
        parameters.append(pointer)
        cases += f" WHEN {_VALUE} IS NOT NULL THEN {_at(pointer, condition, parameters)}"
    return f"CASE{cases} ELSE false END"


def _pointer(keys: tuple[str, ...]) -> str:
    """A JSON pointer, RFC 6901, which leads to members and list positions alike."""
    return "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in keys)


def _at(pointer: str, condition: OnPath, parameters: list[object]) -> str:
    """A number is compared as a number, `42` finds 42, 42.0 and "42"; anything else as text."""
    match condition:
        case ContextCompare(operator=operator, number=number):
            return _compared(pointer, operator, number, parameters)
        case ContextEquals(value=text) if (equal := number_of(text)) is not None:
            return _compared(pointer, "=", equal, parameters)
        case ContextEquals(value=text):
            parameters += [pointer, text, pointer]
            return f"CASE WHEN {_VALUE} = ? THEN json_type(context, ?) NOT IN ('OBJECT', 'ARRAY') ELSE false END"
        case ContextLike(parts=parts):
            parameters += [pointer, like(parts), pointer]
            is_text = "json_type(context, ?) IN ('VARCHAR', 'UBIGINT', 'BIGINT')"
            return f"CASE WHEN regexp_matches({_VALUE}, ?) THEN {is_text} ELSE false END"
        case ContextNull():
            parameters.append(pointer)
            return "coalesce(json_type(context, ?) = 'NULL', false)"
        case ContextPresent():
            parameters.append(pointer)
            return f"{_VALUE} IS NOT NULL"


def _compared(pointer: str, operator: Operator | str, number: int | float, parameters: list[object]) -> str:
    # DuckDB reads more than JSON's numbers as numbers, such as `1_000`. CASE, unlike AND, looks only at what passed: a
    # third of the time.
    is_number = f"regexp_full_match({_VALUE}, '{NUMBER}')"
    double = f"try_cast({_VALUE} AS DOUBLE)"
    if abs(number) < EXACT_UP_TO:
        if operator == "=":
            parameters += [pointer, float(number), pointer]
            return f"CASE WHEN {double} = ? THEN {is_number} ELSE false END"
        parameters += [pointer, float(number), pointer, pointer]
        return f"CASE WHEN {double} {operator} ? THEN {is_number} AND isfinite({double}) ELSE false END"
    parameters += [pointer, pointer, pointer]
    whole = _whole_compared(pointer, operator, int(number), parameters)
    other = _double_compared(pointer, operator, int(number), parameters)
    return (
        f"CASE WHEN {is_number} AND isfinite({double}) THEN "
        f"CASE WHEN regexp_full_match({_VALUE}, '-?[0-9]+') THEN {whole} ELSE {other} END ELSE false END"
    )


_MIRRORED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}


def _whole_compared(pointer: str, operator: str, number: int, parameters: list[object]) -> str:
    """Whole numbers by their digits, exactly."""
    parameters += [pointer, pointer, str(abs(number)).rjust(_DIGITS, "0")]
    digits = f"lpad(regexp_replace({_VALUE}, '^-?0*', ''), {_DIGITS}, '0')"
    same_sign, meant = (
        (f"NOT starts_with({_VALUE}, '-')", operator)
        if number > 0
        else (
            f"starts_with({_VALUE}, '-')",
            _MIRRORED[operator],
        )
    )
    other_sign = "true" if operator in (("<", "<=") if number > 0 else (">", ">=")) else "false"
    return f"CASE WHEN {same_sign} THEN {digits} {meant} ? ELSE {other_sign} END"


def _double_compared(pointer: str, operator: str, number: int, parameters: list[object]) -> str:
    """Doubles with a whole number that may lie between two of them."""
    nearest = float(number)
    if nearest != number:
        if operator == "=":
            return "false"
        above = nearest > number
        operator = (">=" if above else ">") if operator[0] == ">" else ("<" if above else "<=")
    parameters += [pointer, nearest]
    return f"try_cast({_VALUE} AS DOUBLE) {operator} ?"
