"""By what entries are told apart: the values of fields, also of the context, as texts."""

from collections.abc import Callable, Sequence
from operator import attrgetter

from logstream.entries.entry import LogEntry
from logstream.query.conditions import Condition, ContextEquals, ContextPresent, Equals, Not, Present
from logstream.query.context_values import ContextPlace, scalar_text
from logstream.query.fields import CONTEXT, context_path

Values = tuple[str | None, ...]


def value_reader(field: str) -> Callable[[LogEntry], str | None]:
    """What an entry has for the field; None where it has none, null, or in its context an object or a list."""
    if not field.startswith(CONTEXT):
        get: Callable[[LogEntry], str | None] = attrgetter(field)
        return get
    place = ContextPlace(context_path(field.removeprefix(CONTEXT)))
    return lambda entry: scalar_text(place.in_context(entry.context))


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
