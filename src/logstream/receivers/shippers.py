"""Shippers without a protocol of their own (Fluent Bit, Vector, syslog-ng over `http`; curl): whatever they post.

The first byte tells: JSON as a list, lines or glued, msgpack, else text, a line or several that belong together.
"""

from typing import Any, Final

import msgspec

from logstream.formats.clock import Clock
from logstream.formats.fields import Fields, encode
from logstream.formats.levels import level_of
from logstream.formats.multiline import joiner
from logstream.formats.objects import Object
from logstream.formats.reading import read_line
from logstream.receivers.json_values import utf8, values_of
from logstream.receivers.msgpack import MsgpackError, decode_msgpack
from logstream.receivers.objects import finish, read_members, read_value
from logstream.receivers.request import Answer, Records, Request, json_answer

_SYSLOG_LEVEL: Final = b"x-syslog-level"


def decode(request: Request) -> Records:
    records = Records()
    body = request.body
    start = body.lstrip(b" \t\r\n\0\xef\xbb\xbf")[:1]
    if not start:
        return records
    if start in (b"{", b"[", b'"'):
        values, wrong = values_of(body)
        if not values and start == b"[":
            _read_text(utf8(body), request, records)  # `[2026-01-01 …] text` is no list
            return records
        for why in wrong:
            records.refuse(why)
        _read_values(values, request.clock, records)
    elif start[0] >= 0x80 and _read_msgpack(body, request.clock, records):
        pass
    else:
        _read_text(utf8(body), request, records)
    return records


def _read_values(values: list[bytes], clock: Clock, records: Records) -> None:
    for value in values:
        fields = read_value(value, clock)
        if fields is None:
            records.refuse("a value that says nothing")
        else:
            records.fields.append(fields)


def _read_msgpack(body: bytes, clock: Clock, records: Records) -> bool:
    """Fluent Bit's msgpack: `[time, record]` or `[[time, options], record]`, one after the other."""
    try:
        values = decode_msgpack(body)
    except (MsgpackError, msgspec.DecodeError, RecursionError, IndexError):
        return False
    for value in _events(values):
        fields = _of_event(value, clock)
        if fields is None:
            records.refuse("an event that is no object")
        else:
            records.fields.append(fields)
    return True


def _events(values: list[Any]) -> list[Any]:
    found: list[Any] = []
    for value in values:
        if isinstance(value, list) and value and all(isinstance(one, dict | list) for one in value):
            pair = len(value) == 2 and isinstance(value[0], list) and isinstance(value[1], dict)
            found += [value] if pair else value
        else:
            found.append(value)
    return found


def _of_event(value: Any, clock: Clock) -> Fields | None:
    when = None
    if isinstance(value, list) and len(value) >= 2 and isinstance(value[1], dict):
        when = value[0][0] if isinstance(value[0], list) and value[0] else value[0]
        value = value[1]
    if not isinstance(value, dict):
        return None
    if isinstance(when, int | float) and not {"date", "time", "timestamp", "@timestamp"} & value.keys():
        value = {"date": when, **value}
    members: Object = msgspec.json.decode(encode(value), type=Object)
    return read_members(members, clock)


def _read_text(body: bytes, request: Request, records: Records) -> None:
    lines = joiner("auto")
    for record, _, _ in [*lines.feed(body.split(b"\n")), *lines.flush()]:
        fields = read_line(record, request.clock)
        if fields is None:
            continue
        finish(fields)
        _take_syslog_headers(fields, request)
        records.fields.append(fields)


def _take_syslog_headers(fields: Fields, request: Request) -> None:
    """What syslog-ng says of a bare message in its headers."""
    if not any(name.startswith(b"x-syslog-") for name in request.headers):
        return
    fields.level = level_of(request.header(_SYSLOG_LEVEL)) or fields.level
    fields.service = request.header(b"x-syslog-program") or fields.service
    fields.host = request.header(b"x-syslog-host") or fields.host
    facility = request.header(b"x-syslog-facility")
    if facility:
        fields.category = fields.category or facility
        fields.add("facility", facility)


def accepted(request: Request, records: Records) -> Answer:
    """Short: Fluent Bit prints it."""
    content: dict[str, Any] = {"saved": len(records.fields)}
    if records.refused:
        content |= {"refused": records.refused, "errors": records.refusals}
    return json_answer(200, content)
