"""Seq: compact log events (CLEF, clef-json.org) one a line, or the older `{"Events": […]}`, at the same paths."""

from typing import Final

import msgspec
from msgspec import Raw

from logstream.entries.json_text import explain
from logstream.formats.clock import Clock
from logstream.formats.fields import Fields, encode
from logstream.formats.objects import Object, members_of, object_of_line, text_of
from logstream.receivers.json_values import decode_json, values_of
from logstream.receivers.objects import read_members
from logstream.receivers.request import Answer, Failure, Records, Request, Undecodable, json_answer

_SERVICES: Final = ("Application", "app", "application", "service", "ServiceName", "service.name")
_LOGGERS: Final = ("SourceContext", "LoggerName", "name", "logger")
_HOSTS: Final = ("MachineName", "hostname", "host", "Host", "Environment")
_TRACES: Final = ("TraceId", "trace_id", "traceId")
_SPANS: Final = ("@sp", "SpanId")
_AGENTS: Final = ("UserAgent", "user_agent")
_EXTRA: Final = "Extra_"
"""What seqlog puts before the names of a record's own fields."""


class _Events(msgspec.Struct):
    Events: list[Raw]


def decode(request: Request) -> Records:
    body = request.body
    records = Records()
    if b'"Events"' in body[:100]:
        try:
            events = decode_json(body, _Events).Events
        except (ValueError, RecursionError) as error:
            raise Undecodable(explain(error)) from None
        values = [bytes(event) for event in events]
    else:
        values, wrong = values_of(body)
        for why in wrong:
            records.refuse(why)
    for value in values:
        members = object_of_line(value)
        if members is None:
            records.refuse("an event that is no object")
        else:
            records.fields.append(_fields(members, request.clock))
    return records


def _fields(members: Object, clock: Clock) -> Fields:
    properties = members_of(members["Properties"]) if "Properties" in members else None
    if properties is None:
        clef = {_unescaped(name): value for name, value in members.items()}
        return _named(clef, clef, clock)
    own = {_plain(name): value for name, value in properties.items()}
    head = {name: value for name, value in members.items() if name not in ("Properties", "MessageTemplate")}
    template = members.get("RenderedMessage") or members.get("MessageTemplate")
    flat: Object = {}
    for name, value in own.items():
        flat["_" + name if name in head or name in ("@mt", "@m", "@t") else name] = value
    flat = {**head, **flat}
    if template is not None:
        flat["@mt"] = template
    return _named(flat, own, clock, bool("RenderedMessage" in members))


def _named(flat: Object, own: Object, clock: Clock, rendered: bool = False) -> Fields:
    """The event read as CLEF, with names from its properties."""
    text_members = dict(flat)
    level = _text(text_members, ("@l", "Level"))
    template = text_members.pop("@mt", None)
    message = text_members.get("@m")
    if template is not None and message is None:
        text = text_of(template) or ""
        if rendered or "{" not in text:
            text_members["@m"] = Raw(encode(text))
        else:
            text_members["@mt"] = template
    elif template is not None and message is not None and bytes(template) != bytes(message):
        text_members["_mt"] = template
    for name in ("message", "msg", "Message", "text", "event", "log", "body", "timestamp", "time", "date"):
        if name in text_members:  # properties of the event, not its text or time
            text_members["\0" + name] = text_members.pop(name)
    severity = {name: text_members.pop(name) for name in ("level", "severity") if name in text_members and level}
    fields = read_members(text_members, clock)
    fields.context = [(name.lstrip("\0"), value) for name, value in fields.context if name != "@r"]
    fields.context = [("template" if name in ("@mt", "_mt") else name, value) for name, value in fields.context]
    for name, value in severity.items():
        fields.add_raw(name, value)
    if level is None and fields.level in (None, "error"):
        fields.level = fields.level or "info"
    fields.service = _text(own, _SERVICES)
    fields.host = _text(own, _HOSTS)
    logger = next((name for name in _LOGGERS if _text(own, (name,))), None)
    if logger is not None:
        fields.category = _text(own, (logger,))
        if fields.service is None and logger != "name":
            fields.service = _text(own, ("name",))
        if fields.service is None and logger == "name":
            fields.service = fields.category
        fields.context = [member for member in fields.context if member[0] != logger]
    fields.trace_id = fields.trace_id or _text(own, _TRACES)
    fields.context = [member for member in fields.context if not _repeats(member, fields.trace_id)]
    if (agent := _text(own, _AGENTS)) is not None:
        fields.user_agent = agent
        fields.context = [member for member in fields.context if member[0] not in _AGENTS]
    fields.context = [("span_id" if name in _SPANS else name, value) for name, value in fields.context]
    return fields


def _repeats(member: tuple[str, Raw], trace_id: str | None) -> bool:
    """Whether it is the trace again: seq-logging names it in the event, pino in the properties."""
    return member[0] in _TRACES and text_of(member[1]) == trace_id


def _plain(name: str) -> str:
    return name[len(_EXTRA) :] if name.startswith(_EXTRA) and len(name) > len(_EXTRA) else name


def _unescaped(name: str) -> str:
    """`@@x` is a property `@x`."""
    return _plain(name[1:] if name.startswith("@@") else name)


def _text(members: Object, names: tuple[str, ...]) -> str | None:
    for name in names:
        if name in members and (text := text_of(members[name])):
            return text
    return None


def accepted(request: Request, records: Records) -> Answer:
    """No level is asked for: the sender goes on to send all of its own."""
    return json_answer(201, {"MinimumLevelAccepted": None})


def failed(request: Request, failure: Failure) -> Answer:
    return json_answer(failure.status, {"Error": failure.reason})
