"""JSON objects of a sender's own as records: read as any logger's, with exceptions and stacks in their place."""

from msgspec import Raw

from logstream.formats.clock import Clock
from logstream.formats.fields import Fields
from logstream.formats.objects import Object, object_of_line
from logstream.formats.reading import read_line, read_object
from logstream.receivers.exceptions import split_message, take_exception


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
    """Bring an exception to its place, wherever it was said; an entry with one and no level is an error."""
    found = split_message(fields) if "\n" in fields.message else False
    if fields.context:
        take_exception(fields)
    if fields.level is None and (found or any(name == "exception" for name, _ in fields.context)):
        fields.level = "error"


def without_nulls(members: Object) -> Object:
    return {name: value for name, value in members.items() if bytes(value) != b"null"}


def is_empty(value: Raw) -> bool:
    return bytes(value) in (b"null", b'""', b"{}", b"[]")
