"""By what entries are told apart: the values of fields, also of the context, as texts."""

from collections.abc import Callable, Sequence
from operator import attrgetter

import msgspec

from logstream.entries.entry import LogEntry
from logstream.query.conditions import Condition, ContextEquals, ContextPresent, Equals, Not, Present
from logstream.query.fields import CONTEXT, context_path
from logstream.query.predicate import MISSING, ContextPlace

Values = tuple[str | None, ...]

MAX_VALUE = 200
"""Characters of a value of the context by which entries are told apart."""


def value_reader(field: str) -> Callable[[LogEntry], str | None]:
    """What an entry has for the field; None where it has none, or null. Objects and lists are their JSON text."""
    if not field.startswith(CONTEXT):
        get: Callable[[LogEntry], str | None] = attrgetter(field)
        return get
    place = ContextPlace(context_path(field.removeprefix(CONTEXT)))

    def read(entry: LogEntry) -> str | None:
        value = place.in_context(entry.context)
        if value is MISSING or value is None:
            return None
        text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
        return text[:MAX_VALUE]

    return read


def values_reader(fields: Sequence[str]) -> Callable[[LogEntry], Values]:
    readers = [value_reader(field) for field in fields]
    if len(readers) == 1:
        only = readers[0]
        return lambda entry: (only(entry),)
    return lambda entry: tuple(read(entry) for read in readers)


def having(fields: Sequence[str], values: Values) -> list[Condition]:
    """The conditions that entries of these values fulfil."""
    return [_has(field, value) for field, value in zip(fields, values, strict=True)]


def _has(field: str, value: str | None) -> Condition:
    if field.startswith(CONTEXT):
        path = context_path(field.removeprefix(CONTEXT))
        return Not(ContextPresent(path)) if value is None else ContextEquals(path, value)
    return Not(Present(field)) if value is None else Equals(field, value)
