"""Conditions as a predicate on live entries: what a store finds in SQL, decided for one entry in Python.

The same answers as SQL gives for every condition, which tests/contract/test_agreement.py proves on real stores.
"""

import operator
from collections.abc import Callable, Sequence
from typing import Any, Final

from logstream.entries.entry import LogEntry
from logstream.query.comparison import fold, json_spellings, number_of, spellings, uncoloured
from logstream.query.conditions import (
    And,
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
    WordLike,
)
from logstream.query.context_values import MISSING, ContextPlace, numeric
from logstream.query.patterns import longest_literal, pattern_of
from logstream.query.regex import compiled, like, longest_of, word_forms, word_like

Predicate = Callable[[LogEntry], bool]

MAX_STEPS: Final = 10_000_000
"""Characters of a message times instructions of a regular expression, at worst some 5 ns each: 50 ms."""

_OPERATORS: Final = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}


class TooCostly(Exception):
    """Deciding on this entry could hold up everybody: its message is very long and the regular expression large."""


def predicate(conditions: Sequence[Condition], *, max_steps: float = MAX_STEPS) -> Predicate | None:
    """Whether an entry fulfils all conditions; None without conditions.

    It may raise TooCostly, unless `max_steps` is infinite.
    """
    if not conditions:
        return None
    return _compile(conditions[0] if len(conditions) == 1 else And(tuple(conditions)), max_steps)


def _compile(condition: Condition, max_steps: float) -> Predicate:
    match condition:
        case Equals(field=field, value=value):
            get = operator.attrgetter(field)
            return lambda entry: get(entry) == value
        case OneOf(field=field, values=values):
            get, wanted = operator.attrgetter(field), frozenset(values)
            return lambda entry: get(entry) in wanted
        case Contains(field=field, text=text):
            return _contains(field, spellings(text))
        case WordLike(parts=parts):
            return _word_like(parts, max_steps)
        case Matches(pattern=pattern, ignore_case=ignore_case):
            return _matches(pattern, ignore_case=ignore_case, max_steps=max_steps)
        case HasPattern(pattern=pattern):
            return _has_pattern(pattern)
        case Compare(operator=name, moment=moment):
            compare, bound = _OPERATORS[name], moment.isoformat(timespec="microseconds")
            return lambda entry: compare(entry.timestamp[:-1].ljust(26, "0"), bound)
        case Present(field=field):
            get = operator.attrgetter(field)
            return lambda entry: get(entry) is not None
        case Not(condition=negated):
            inner = _compile(negated, max_steps)
            return lambda entry: not inner(entry)
        case And(conditions=parts):
            return _all([_compile(part, max_steps) for part in parts])
        case Or(conditions=parts):
            return _any([_compile(part, max_steps) for part in parts])
        case ContextContains(text=text):
            return _context_contains(json_spellings(text))
        case ContextEquals() | ContextCompare() | ContextPresent() | ContextLike() | ContextNull():
            return _context(condition)
    raise AssertionError(f"no predicate for {condition!r}")


def _all(parts: list[Predicate]) -> Predicate:
    if len(parts) == 2:
        first, second = parts
        return lambda entry: first(entry) and second(entry)

    def decide(entry: LogEntry) -> bool:
        for part in parts:  # noqa: SIM110 -- half the time of all() over a generator
            if not part(entry):
                return False
        return True

    return decide


def _any(parts: list[Predicate]) -> Predicate:
    def decide(entry: LogEntry) -> bool:
        for part in parts:  # noqa: SIM110
            if part(entry):
                return True
        return False

    return decide


def _contains(field: str, texts: list[str]) -> Predicate:
    first, others = texts[0], texts[1:]
    if field == "message":

        def decide_message(entry: LogEntry) -> bool:
            message = fold(uncoloured(entry.message))
            return first in message or any(text in message for text in others)

        return decide_message
    get = operator.attrgetter(field)

    def decide(entry: LogEntry) -> bool:
        value = get(entry)
        if value is None:
            return False
        folded = fold(value)
        return first in folded or any(text in folded for text in others)

    return decide


def _word_like(parts: tuple[str, ...], max_steps: float) -> Predicate:
    forms = [(longest_of(form), compiled(word_like(form))) for form in word_forms(parts)]
    searches = [(text, expression.search) for text, expression in forms]
    longest = max_steps / sum(expression.programsize for _, expression in forms)

    def decide(entry: LogEntry) -> bool:
        message = fold(uncoloured(entry.message))
        for text, search in searches:
            if text in message:
                if len(message) > longest:
                    raise TooCostly
                if search(message) is not None:
                    return True
        return False

    return decide


def _context_contains(texts: list[str]) -> Predicate:
    def decide(entry: LogEntry) -> bool:
        context = bytes(entry.context)
        if context == b"null":
            return False
        folded = fold(context.decode())
        return any(text in folded for text in texts)

    return decide


def _matches(pattern: str, *, ignore_case: bool, max_steps: float) -> Predicate:
    expression = compiled(pattern, ignore_case=ignore_case)
    search, longest = expression.search, max_steps / expression.programsize

    def decide(entry: LogEntry) -> bool:
        if len(entry.message) > longest:
            raise TooCostly
        return search(entry.message) is not None

    return decide


def _has_pattern(pattern: str) -> Predicate:
    literal = longest_literal(pattern)

    def decide(entry: LogEntry) -> bool:
        message = entry.message
        return (literal in message or "\x1b" in message) and pattern_of(message) == pattern

    return decide


def _context(condition: ContextEquals | ContextCompare | ContextPresent | ContextLike | ContextNull) -> Predicate:
    place = ContextPlace(condition.path)
    match condition:
        case ContextEquals(value=text):
            decide = _equals(text)
        case ContextLike(parts=parts):
            decide = _like(parts)
        case ContextNull():

            def decide(value: Any) -> bool:
                return value is None

        case ContextCompare(operator=name, number=number):
            compare = _OPERATORS[name]

            def decide(value: Any) -> bool:
                own = numeric(value)
                return own is not None and compare(own, number)

        case _:

            def decide(value: Any) -> bool:
                return value is not None

    def on_entry(entry: LogEntry) -> bool:
        value = place.in_context(entry.context)
        return value is not MISSING and decide(value)

    return on_entry


def _like(parts: tuple[str, ...]) -> Callable[[Any], bool]:
    search = compiled(like(parts)).search

    def decide(value: Any) -> bool:
        if type(value) is int and -(2**63) <= value < 2**64:
            value = str(value)
        return type(value) is str and search(value) is not None

    return decide


def _equals(text: str) -> Callable[[Any], bool]:
    number = number_of(text)
    if number is not None:
        return lambda value: numeric(value) == number

    def decide(value: Any) -> bool:
        if isinstance(value, bool):
            return text == ("true" if value else "false")
        return isinstance(value, str) and value == text  # an _Infinite is its text

    return decide
