"""A log record of OpenTelemetry (its log data model), whichever encoding it came in, as what an entry says.

The resource and the scope belong to every record of theirs, and are encoded once for all of them.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import Raw

from logstream.formats.clock import Clock
from logstream.formats.fields import Fields, Members, bounded, encode
from logstream.formats.json_names import OPENTELEMETRY
from logstream.formats.levels import level_of
from logstream.formats.objects import Object
from logstream.formats.reading import read_line, read_object
from logstream.formats.times import epoch_stamp
from logstream.receivers.exceptions import take_exception

Attribute = tuple[str, Any]

_SERVICE: Final = ("service.name",)
_HOST: Final = (
    *("service.instance.id", "host.name", "k8s.pod.name", "container.name"),
    *("deployment.environment.name", "deployment.environment", "host.id"),
)
_AGENT: Final = ("user_agent.original", "http.user_agent")
_FIRST_NUMBERS: Final = frozenset((0, 1, 5, 9, 13, 17, 21))
"""Severity numbers that say no more than the level does: the others are the steps between."""


class Source(msgspec.Struct):
    """A resource and a scope in it: what all of their records share."""

    service: str | None = None
    host: str | None = None
    scope: str | None = None
    context: Members = []


class LogRecord(msgspec.Struct):
    """A record as sent; times in nanoseconds since 1970."""

    time: int = 0
    observed: int = 0
    number: int = 0
    text: str = ""
    body: Any = None
    attributes: Sequence[Attribute] = ()
    trace_id: str = ""
    span_id: str = ""
    flags: int = 0
    dropped: int = 0
    event_name: str = ""


def source_of(
    resource: Sequence[Attribute],
    scope_name: str,
    scope_version: str,
    scope_attributes: Sequence[Attribute],
    schemas: tuple[str, str] = ("", ""),
) -> Source:
    named = dict(resource)
    context: Members = []
    if resource:
        context.append(("resource", bounded(Raw(encode(named)))))
    scope: dict[str, Any] = {}
    if scope_version:
        scope["version"] = scope_version
    if scope_attributes:
        scope["attributes"] = dict(scope_attributes)
    if scope:
        context.append(("scope", bounded(Raw(encode(scope)))))
    service = next((str(named[name]) for name in _SERVICE if named.get(name)), None)
    host = next((str(named[name]) for name in _HOST if named.get(name)), None)
    return Source(service, host, scope_name or None, context)


def stamp(nanoseconds: int) -> str | None:
    """The time as entries have it; None for 0 and for times that no calendar here has."""
    if not 0 < nanoseconds < 253_402_300_800_000_000_000:
        return None
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return epoch_stamp(seconds, f"{rest:09}")


def fields_of(record: LogRecord, source: Source, clock: Clock) -> Fields:
    # some 5 us a record with six attributes
    body = record.body
    attributes = record.attributes
    timestamp = stamp(record.time) or stamp(record.observed)
    level = OPENTELEMETRY.get(record.number)
    if level is None and record.text:
        level = level_of(record.text)
    context: Members = [(name, Raw(encode(value))) for name, value in attributes] if attributes else []
    if type(body) is str:
        fields = _of_text(body, clock) if body[:1] == "{" or level is None else Fields(body)
    else:
        fields = _of_value(body, clock)
    if len(context) > 1 and len({name for name, _ in context}) < len(context):
        context = list(dict(context).items())
    inner, fields.context = fields.context, context
    for name, value in inner:
        fields.add_raw(name, value)
    if record.span_id.strip("0"):
        fields.add("span_id", record.span_id)
    if record.text and (level_of(record.text) != level or record.text.lower().startswith("trace")):
        fields.add("severity_text", record.text)
    if record.number not in _FIRST_NUMBERS:
        fields.add("severity_number", record.number)
    if record.time and record.observed and abs(record.observed - record.time) >= 1_000_000_000:
        fields.add("observed_timestamp", stamp(record.observed) or str(record.observed))
    if record.event_name:
        fields.add("event_name", record.event_name)
    if record.dropped:
        fields.add("dropped_attributes_count", record.dropped)
    fields.level = level or fields.level
    fields.timestamp = timestamp or fields.timestamp
    trace_id = record.trace_id
    if trace_id.strip("0"):
        fields.trace_id = trace_id
    fields.category = source.scope or fields.category
    fields.service = source.service
    fields.host = source.host
    if attributes:
        _take_attributes(fields, attributes)
    for name, value in source.context:
        fields.add_raw(name, value)
    return fields


def _take_attributes(fields: Fields, attributes: Sequence[Attribute]) -> None:
    deep = False
    for name, value in attributes:
        if name in _AGENT and isinstance(value, str) and fields.user_agent is None:
            fields.user_agent = value
            fields.context = [member for member in fields.context if member[0] != name]
        deep = deep or type(value) is dict or type(value) is list
    if deep:
        fields.context = [(name, bounded(value)) for name, value in fields.context]
    take_exception(fields)


def _of_text(body: str, clock: Clock) -> Fields:
    fields = read_line(body, clock)
    if fields is None:
        return Fields(body)
    return fields


def _of_value(body: Any, clock: Clock) -> Fields:
    """A body that is no text: the text in a map, or the JSON of it."""
    if body is None:
        return Fields("")
    if not isinstance(body, dict):
        return Fields(encode(body).decode())
    text = encode(body)
    members: Object = msgspec.json.decode(text, type=Object)
    return read_object(members, clock, text.decode())
