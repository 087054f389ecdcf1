"""JSON objects of a sender's own as records: read as any logger's, with exceptions and stacks in their place."""

from typing import Final

from msgspec import Raw

from logstream.entries.entry import MAX_TRACE_ID
from logstream.formats.clock import Clock
from logstream.formats.fields import Fields
from logstream.formats.objects import Object, object_of_line, text_of
from logstream.formats.reading import read_line, read_object
from logstream.receivers.exceptions import split_message, take_exception

_TRACES: Final = frozenset(("trace_id", "traceId", "traceID", "TraceId", "trace.id"))


def read_value(value: bytes, clock: Clock) -> Fields | None:
    """One value of a body: an object, or a text that is a line; None for a value that says nothing."""
    first = value[:1]
    if first == b"{":
        members = object_of_line(value)
        return None if members is None else read_members(members, clock, value.decode(errors="replace"))
    if first == b'"':
        from_text = object_of_line(b'{"line":' + value + b"}")
        return None if from_text is None else read_members(from_text, clock)
    if value in (b"null", b""):
        return None
    return read_line(value, clock)


def read_members(members: Object, clock: Clock, text: str | None = None) -> Fields:
    fields = read_object(members, clock, text)
    finish(fields)
    return fields


def finish(fields: Fields) -> None:
    """Bring exception and trace to their places, wherever they were said; an exception without a level is an error."""
    found = split_message(fields) if "\n" in fields.message else False
    if fields.context:
        take_exception(fields)
        if fields.trace_id is None:
            _take_trace(fields)
    if fields.level is None and (found or any(name == "exception" for name, _ in fields.context)):
        fields.level = "error"


def _take_trace(fields: Fields) -> None:
    """That of the logger's own context, as Monolog's, whose members are the entry's."""
    for at, (name, value) in enumerate(fields.context):
        if name in _TRACES and (text := text_of(value)) and len(text) <= MAX_TRACE_ID:
            fields.trace_id = text
            fields.context = fields.context[:at] + fields.context[at + 1 :]
            return


def without_nulls(members: Object) -> Object:
    return {name: value for name, value in members.items() if bytes(value) != b"null"}


def is_empty(value: Raw) -> bool:
    return bytes(value) in (b"null", b'""', b"{}", b"[]")
