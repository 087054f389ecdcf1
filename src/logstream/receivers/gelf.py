"""GELF (Graylog Extended Log Format 1.1): a JSON object a message, over HTTP one a request; glued ones are read too."""

from typing import Final

from msgspec import Raw

from logstream.formats.clock import Clock
from logstream.formats.fields import Fields, bounded
from logstream.formats.json_times import time_of
from logstream.formats.levels import level_of
from logstream.formats.objects import Object, object_of_line, text_of
from logstream.receivers.exceptions import is_stack, of_stack, split_message, take_exception
from logstream.receivers.json_values import values_of
from logstream.receivers.request import Answer, Records, Request, always

_OWN: Final = frozenset(("version", "host", "short_message", "full_message", "timestamp", "level"))
_SERVICES: Final = ("_app", "_application", "_service", "_container_name", "facility")
_LOGGERS: Final = ("_logger", "logger", "_logger_name", "facility")
_TRACES: Final = ("_trace_id", "_traceId")
_LEVELS: Final = {0: "critical", 1: "critical", 2: "critical", 3: "error", 4: "warning", 5: "notice", 6: "info"}

accepted = always(Answer(202))


def decode(request: Request) -> Records:
    values, wrong = values_of(request.body)
    records = Records()
    for why in wrong:
        records.refuse(why)
    for value in values:
        members = object_of_line(value)
        if members is None:
            records.refuse("a message that is no object")
        else:
            records.fields.append(fields_of(members, request.clock))
    return records


def fields_of(members: Object, clock: Clock) -> Fields:
    short, full = _text(members, "short_message"), _text(members, "full_message")
    fields = Fields(short or full or _text(members, "message") or _text(members, "_message") or "")
    used = {"short_message", "version"}
    if not short and not full:
        used |= {"message", "_message"}
    fields.level = _level(members.get("level"))
    if fields.level is not None:
        used.add("level")
    if "timestamp" in members and (found := time_of(members["timestamp"], clock)) is not None:
        fields.timestamp = found[0]
        used.add("timestamp")
    fields.host = _text(members, "host")
    fields.service = next((text for name in _SERVICES if (text := _text(members, name))), None)
    for name in _LOGGERS:
        if (text := _text(members, name)) is not None:
            fields.category = text
            used.add(name)
            break
    for name in _TRACES:
        if fields.trace_id is None and (text := _text(members, name)):
            fields.trace_id = text
            used.add(name)
    if (text := _text(members, "_user_agent")) is not None:
        fields.user_agent = text
        used.add("_user_agent")
    exception = None
    if full is not None:
        if full.strip() == fields.message.strip():
            used.add("full_message")
        elif is_stack(full):
            exception = of_stack(full.removeprefix(fields.message + "\n").strip("\n"))
            used.add("full_message")
    context = [
        (name[1:] if name[:1] == "_" and len(name) > 1 else name, bounded(value))
        for name, value in members.items()
        if name not in used and bytes(value) != b"null"
    ]
    for name, value in context:
        fields.add_raw(name, value)
    if exception is not None:
        fields.add("exception", exception)
    else:
        split_message(fields)
        take_exception(fields)
    if fields.level is None:
        fields.level = "info"
    return fields


def _text(members: Object, name: str) -> str | None:
    raw = members.get(name)
    if raw is None or bytes(raw) == b"null":
        return None
    text = text_of(raw)
    return text if text is not None else bytes(raw).decode(errors="replace")


def _level(raw: Raw | None) -> str | None:
    """A syslog severity; words and numbers as texts are understood too."""
    if raw is None:
        return None
    text = text_of(raw)
    value = bytes(raw).decode(errors="replace") if text is None else text
    if value.isascii() and value.isdigit() and len(value) < 5:
        return _LEVELS.get(int(value), "debug")
    return level_of(value)
