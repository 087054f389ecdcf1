"""Heroku's log drains (logplex): syslog messages of RFC 5424 without structured data, each behind its length."""

from typing import Final

from logstream.formats.clock import Clock
from logstream.formats.fields import Fields
from logstream.formats.reading import read_line
from logstream.formats.syslog import message_of
from logstream.receivers.objects import finish
from logstream.receivers.request import Answer, Records, Request, always

_DIGITS: Final = 10

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
    fields = read_line(text, clock)
    if fields is None:
        return None
    found = message_of(text, clock)
    if found is not None and fields.message == text:
        fields.message = text[found.at :].lstrip()
        if found.program is not None:
            fields.service = found.program
    parts = text.split(" ", 6)
    if len(parts) >= 6 and parts[0][:1] == "<":
        _, _, host, program, process = parts[:5]
        fields.service, fields.host = program, host
        if process != "-":
            fields.category = process
            fields.add("procid", process)
        fields.host = process if process != "-" else host
        fields.add("hostname", host)
    finish(fields)
    return fields
