"""Splunk's HTTP Event Collector: events as JSON objects glued together, or raw lines.

The content type says nothing: clients call it a form, or don't say.
"""

from typing import Any, Final

from msgspec import Raw

from logstream.formats.clock import Clock
from logstream.formats.fields import Fields, bounded, encode
from logstream.formats.json_times import time_of
from logstream.formats.levels import level_of
from logstream.formats.objects import Object, members_of, object_of_line, text_of
from logstream.formats.reading import read_line, read_object
from logstream.receivers.json_values import utf8, values_of
from logstream.receivers.objects import finish
from logstream.receivers.request import Answer, Failure, Records, Request, json_answer

SUCCESS: Final = {"text": "Success", "code": 0}
_META: Final = frozenset(("event", "time", "host", "source", "fields"))
_CODES: Final = {
    400: (400, 6, "Invalid data format"),
    401: (401, 2, "Token is required"),
    403: (403, 4, "Invalid token"),
    503: (503, 9, "Server is busy"),
}
_LEVELS: Final = ("severity", "level", "levelname", "log_level")


def decode(request: Request) -> Records:
    return _decode_raw(request) if "/raw" in request.path else _decode_events(request)


def _decode_events(request: Request) -> Records:
    values, wrong = values_of(request.body)
    records = Records()
    for why in wrong:
        records.refuse(why)
    for value in values:
        members = object_of_line(value)
        if members is None:
            records.refuse("an event that is no object")
        else:
            records.fields.append(_event(members, request.clock))
    return records


def _decode_raw(request: Request) -> Records:
    """A line an event; what the query says of all of them."""
    query = request.query
    records = Records()
    for line in utf8(request.body).split(b"\n"):
        fields = read_line(line, request.clock)
        if fields is not None:
            finish(fields)
            fields.service = query.get("source") or query.get("index") or fields.service
            fields.host = query.get("host") or fields.host
            for name in ("source", "sourcetype", "index", "host"):
                if query.get(name):
                    fields.add(name, query[name])
            fields.category = fields.category or query.get("sourcetype")
            records.fields.append(fields)
    return records


def _event(members: Object, clock: Clock) -> Fields:
    fields = _of_event(members.get("event", Raw(b"null")), clock)
    for name, value in (members_of(members.get("fields", Raw(b"{}"))) or {}).items():
        text = text_of(value)
        if name in ("trace_id", "traceId") and text and fields.trace_id is None:
            fields.trace_id = text
        elif name in _LEVELS and text and (level := level_of(text)) is not None:
            fields.level = level
        else:
            fields.add_raw(name, bounded(value))
    if "time" in members:
        if (found := _time(members["time"], clock)) is not None:
            stated, fields.timestamp = fields.timestamp, found
            if stated is not None and stated[:19] != found[:19]:
                fields.add("timestamp", stated)
        elif bytes(members["time"]) != b"null":
            fields.add("time", members["time"])
    source, kind = (_text(members.get(name)) for name in ("source", "sourcetype"))
    if kind and fields.category is None:
        fields.category = kind
    fields.service = source or _text(members.get("index")) or fields.service
    fields.host = _text(members.get("host")) or fields.host
    for name, value in members.items():
        if name not in _META and not (name == "sourcetype" and fields.category == kind):
            fields.add_raw(name, bounded(value))
    if source:
        fields.add("source", source)
    if text_of(members.get("host", Raw(b"null"))):
        fields.add("host", members["host"])
    finish(fields)
    return fields


def _of_event(event: Raw, clock: Clock) -> Fields:
    """The event itself: a text, an object, or an object in an object, as the clients for Node make."""
    text = text_of(event)
    if text is not None:
        return read_line(text, clock) or Fields(text)
    members = members_of(event)
    if members is None:
        return Fields("" if bytes(event) == b"null" else bytes(event).decode(errors="replace"))
    inside = members_of(members["message"]) if "message" in members else None
    if inside is None:
        return read_object(members, clock, bytes(event).decode(errors="replace"))
    outer = {name: value for name, value in members.items() if name != "message"}
    meta = members_of(inside["meta"]) if "meta" in inside else None
    flat = {name: value for name, value in inside.items() if name != "meta"}
    for name, value in (meta or {}).items():
        if flat.get(name) is None or bytes(flat[name]) == bytes(value):
            flat[name] = value
        else:
            flat["_" + name] = value
    message = next((text for name in ("msg", "message", "text", "line") if (text := _text(flat.get(name)))), None)
    for name in ("msg", "message", "text", "line"):
        if message is not None and _text(flat.get(name)) == message:
            del flat[name]
    flat = {**outer, **{name: value for name, value in flat.items() if name != "level" or "severity" not in outer}}
    if message is not None:
        flat["message"] = Raw(encode(message))
    return read_object(flat, clock, bytes(event).decode(errors="replace"))


def _time(raw: Raw, clock: Clock) -> str | None:
    """Seconds, as a number or a text; larger numbers are of smaller units."""
    found = time_of(raw, clock)
    if found is None and (text := text_of(raw)) is not None:
        found = time_of(Raw(text.encode()), clock) if text.replace(".", "", 1).isdigit() else None
    return None if found is None else found[0]


def _text(raw: Any) -> str | None:
    return None if raw is None else text_of(raw)


def accepted(request: Request, records: Records) -> Answer:
    return json_answer(200, SUCCESS)


def failed(request: Request, failure: Failure) -> Answer:
    status, code, text = _CODES.get(failure.status, (failure.status, 8, failure.reason))
    if status == 401 and request.header(b"authorization"):
        status, code, text = 403, 4, "Invalid token"
    content = {"text": text, "code": code}
    if failure.reason != text:
        content["reason"] = failure.reason
    return json_answer(status, content)


def health(request: Request) -> Answer:
    return json_answer(200, {"text": "HEC is healthy", "code": 17})


def options(request: Request) -> Answer:
    """Docker's driver asks so before it starts a container, and wants 200."""
    return Answer(200, b"", None, {"Allow": "GET, OPTIONS, POST"})
