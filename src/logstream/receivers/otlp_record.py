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
from logstream.formats.stamps import epoch_stamp
from logstream.receivers.exceptions import NAMES as EXCEPTION_NAMES
from logstream.receivers.exceptions import take_exception

Attribute = tuple[str, Any]

_SERVICE: Final = ("service.name",)
_HOST: Final = (
    *("service.instance.id", "host.name", "k8s.pod.name", "container.name"),
    *("deployment.environment.name", "deployment.environment", "host.id"),
)
_AGENT: Final = ("user_agent.original", "http.user_agent")
_RESOURCE: Final = "resource"
_SCOPE: Final = "scope"
_FIRST_NUMBERS: Final = frozenset((0, 1, 5, 9, 13, 17, 21))
"""Severity numbers that say no more than the level does: the others are the steps between."""


class Source(msgspec.Struct):
    """A resource and a scope in it: what all of their records share."""

    service: str | None = None
    host: str | None = None
    scope: str | None = None
    context: Members = []


class LogRecord(msgspec.Struct, gc=False):
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
        context.append((_RESOURCE, bounded(Raw(encode(named)))))
    scope: dict[str, Any] = {}
    if scope_version:
        scope["version"] = scope_version
    if scope_attributes:
        scope["attributes"] = dict(scope_attributes)
    if scope:
        context.append((_SCOPE, bounded(Raw(encode(scope)))))
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
    # the hot path: some 4 us a record with six attributes
    body, attributes, text = record.body, record.attributes, record.text
    level = OPENTELEMETRY.get(record.number)
    worded = _level_of(text) if text else None
    if level is None:
        level = worded
    special = _special
    context: Members = []
    odd = False
    for name, value in attributes:
        kind = type(value)
        raw = Raw(encode(value))
        context.append((name, bounded(raw) if kind is dict or kind is list else raw))
        odd = odd or name in special
    if len(context) > 1 and len(dict(context)) < len(context):
        context = list(dict(context).items())
    inner: Members = []
    if type(body) is str and body[:1] != "{" and level is not None:
        fields = Fields(body, level, category=source.scope, context=context)
    else:
        fields = _of_text(body, clock) if type(body) is str else _of_value(body, clock)
        inner, fields.context = fields.context, context
        for name, raw in inner:
            fields.add_raw(name, raw)
        fields.level = level or fields.level
        fields.category = source.scope or fields.category
    timestamp = stamp(record.time) or stamp(record.observed)
    if timestamp is not None:
        fields.timestamp = timestamp
    if record.trace_id.strip("0"):
        fields.trace_id = record.trace_id
    fields.service = source.service
    fields.host = source.host
    _add_rest(fields, record, worded != level or (text != "" and text[0] in "Tt"))
    if odd:
        _take_attributes(fields, attributes)
    if inner or odd:
        for name, raw in source.context:
            fields.add_raw(name, raw)
    else:
        fields.context.extend(source.context)
    return fields


_levels: dict[str, str | None] = {}


def _level_of(text: str) -> str | None:
    """`level_of`, remembered: there are few words for a level."""
    try:
        return _levels[text]
    except KeyError:
        if len(_levels) > 1000:
            _levels.clear()
        found = _levels[text] = level_of(text)
        return found


def _add_rest(fields: Fields, record: LogRecord, told: bool) -> None:
    """What has no place of its own. `told`: the word for the level says more than the level."""
    if record.span_id.strip("0"):
        fields.add("span_id", record.span_id)
    if told and record.text:
        fields.add("severity_text", record.text)
    if record.number not in _FIRST_NUMBERS:
        fields.add("severity_number", record.number)
    if record.time and record.observed and abs(record.observed - record.time) >= 1_000_000_000:
        fields.add("observed_timestamp", stamp(record.observed) or str(record.observed))
    if record.event_name:
        fields.add("event_name", record.event_name)
    if record.dropped:
        fields.add("dropped_attributes_count", record.dropped)


_special: Final = frozenset((*_AGENT, *EXCEPTION_NAMES, _RESOURCE, _SCOPE))
"""Attributes that are looked for one by one, or whose name the context has for something else."""


def _take_attributes(fields: Fields, attributes: Sequence[Attribute]) -> None:
    for name, value in attributes:
        if name in _AGENT and isinstance(value, str) and fields.user_agent is None:
            fields.user_agent = value
            fields.context = [member for member in fields.context if member[0] != name]
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
