"""Heroku's log drains (logplex): syslog messages of RFC 5424 without structured data, each behind its length."""

import re
from typing import Final

from logstream.formats.clock import Clock
from logstream.formats.fields import Fields
from logstream.formats.json_times import time_of_text
from logstream.formats.levels import level_of_priority
from logstream.formats.reading import read_line
from logstream.receivers.objects import finish
from logstream.receivers.request import Answer, Records, Request, always

_DIGITS: Final = 10
_MESSAGE: Final = re.compile(r"<(\d{1,3})>1 (\S+) (\S+) (\S+) (\S+) \S+ ?(.*)", re.DOTALL)

accepted = always(Answer(204))


def frames(body: bytes) -> tuple[list[bytes], str | None]:
    """Messages behind their lengths (RFC 6587, octet counting), and what is wrong where they end too early."""
    found: list[bytes] = []
    at = 0
    while at < len(body):
        space = body.find(b" ", at, at + _DIGITS + 1)
        if space < 0 or not body[at:space].isdigit():
            rest = body[at:].strip()
            if rest:
                found += [line for line in rest.split(b"\n") if line.strip()]
            return found, None
        size = int(body[at:space])
        end = space + 1 + size
        found.append(body[space + 1 : end])
        if end > len(body):
            return found, "the last message is shorter than its length says"
        at = end
    return found, None


def decode(request: Request) -> Records:
    records = Records()
    messages, wrong = frames(request.body)
    if wrong is not None:
        records.refuse(wrong, 0)
    drain = request.header(b"logplex-drain-token")
    for message in messages:
        fields = _fields(message, request.clock)
        if fields is not None:
            fields.app_id = request.query.get("host") or None
            if drain:
                fields.add("drain_token", drain)
            records.fields.append(fields)
    return records


def _fields(message: bytes, clock: Clock) -> Fields | None:
    text = message.decode(errors="replace").rstrip("\r\n")
    match = _MESSAGE.fullmatch(text)
    if match is None:
        fields = read_line(text, clock)
        if fields is not None:
            finish(fields)
        return fields
    priority, time, host, program, process, rest = match.groups()
    fields = read_line(rest, clock) or Fields(rest)
    if fields.level is None:
        fields.level = level_of_priority(int(priority))
    if (found := time_of_text(time, clock)) is not None:
        fields.timestamp = found[0]
    fields.category = fields.category or process
    fields.service = program
    fields.host = process if process != "-" else host
    fields.add("hostname", host)
    fields.add("app", program)
    fields.add("process", process)
    finish(fields)
    return fields
