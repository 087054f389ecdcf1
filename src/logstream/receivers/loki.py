"""Loki's push API (loki-http-api.md): streams of lines under labels, in JSON or in protobuf packed with snappy.

JSON is told by its first byte. Senders repeat for ever what gets an error, so a bad line is taken and counted.
"""

from typing import Any, Final

import msgspec
from msgspec import Raw

from logstream.entries.json_text import explain
from logstream.formats.clock import Clock
from logstream.formats.fields import Fields, Members, encode
from logstream.formats.objects import constants_as_text
from logstream.formats.reading import read_line
from logstream.formats.stamps import epoch_stamp
from logstream.receivers.exceptions import split_message, take_exception
from logstream.receivers.json_values import utf8
from logstream.receivers.labels import Labels, parse_labels
from logstream.receivers.protobuf import BYTES, VARINT, ProtobufError, fields, varint
from logstream.receivers.request import Answer, Failure, Records, Request, Undecodable, always
from logstream.receivers.snappy import SnappyError, length_of, unpack

MAX_UNPACKED: Final = 64 * 1024 * 1024
"""Bytes of a block: Loki's own bound is 100 MB, and its senders make some 1 MiB."""


class _Stream(msgspec.Struct, gc=False):
    stream: Raw = Raw(b"{}")
    values: Raw = Raw(b"[]")
    labels: str = ""
    entries: list[dict[str, Raw]] = []


class _Push(msgspec.Struct, gc=False):
    streams: list[_Stream] | None = None


_decode_push: Final = msgspec.json.Decoder(_Push).decode
_decode_labels: Final = msgspec.json.Decoder(dict[str, Raw]).decode
_decode_values: Final = msgspec.json.Decoder(list[Raw]).decode
_decode_pairs: Final = msgspec.json.Decoder(list[tuple[str, str]]).decode
_decode_any: Final = msgspec.json.Decoder(Any).decode
_WRONG: Final = (ValueError, RecursionError)

accepted = always(Answer(204))


def failed(request: Request, failure: Failure) -> Answer:
    """Plain text, as Loki has it."""
    return Answer(failure.status, failure.reason.encode() + b"\n", "text/plain; charset=utf-8")


def decode(request: Request) -> Records:
    body = request.body
    start = body.lstrip(b" \t\r\n\xef\xbb\xbf")[:1]
    if not body:
        return Records()
    if start == b"{":
        return _decode_json(body, request.clock)
    return _decode_protobuf(body, request.clock)


def _decode_json(body: bytes, clock: Clock) -> Records:
    body = utf8(body)
    try:
        try:
            push = _decode_push(body)
        except msgspec.ValidationError:
            raise
        except _WRONG:
            push = _decode_push(constants_as_text(body))
    except _WRONG as error:
        raise Undecodable(explain(error)) from None
    records = Records()
    for stream in push.streams or ():
        try:
            members = list(_decode_labels(stream.stream).items())
            if stream.labels:
                members = parse_labels(stream.labels) + members
            pairs = _pairs_of(stream.values)
            values = [] if pairs is not None else _decode_values(stream.values)
        except _WRONG as error:
            records.refuse(f"a stream that is none: {explain(error)}")
            continue
        labels = Labels(members)
        if pairs is not None:
            add = records.fields.append
            for when, text in pairs:
                seconds, nanos = _time(when)
                add(fields_of(text, seconds, nanos, labels, [], clock))
        for raw in values:
            _add_value(raw, labels, clock, records)
        for entry in stream.entries:  # the older form
            pair = [entry.get("ts", Raw(b'""')), entry.get("line", Raw(b'""'))]
            _add_value(Raw(encode(pair)), labels, clock, records)
    return records


def _pairs_of(values: Raw) -> list[tuple[str, str]] | None:
    """The lines of a stream, when none has more than a time and a text."""
    try:
        return _decode_pairs(values)
    except _WRONG:
        return None


def _add_value(raw: Raw, labels: Labels, clock: Clock, records: Records) -> None:
    try:
        parts = _decode_values(raw)
        if len(parts) < 2:
            raise ValueError("a line needs a time and a text")
        when, line = _decode_any(parts[0]), _decode_any(parts[1])
        metadata: Members = list(_decode_labels(parts[2]).items()) if len(parts) > 2 else []
    except _WRONG as error:
        records.refuse(f"a line that is none: {explain(error)}")
        return
    text = line if isinstance(line, str) else bytes(parts[1]).decode()
    seconds, nanos = _time(when)
    records.fields.append(fields_of(text, seconds, nanos, labels, metadata, clock))


def _time(value: Any) -> tuple[int, int]:
    """Nanoseconds as a text or a number; a time in any other form is not one that Loki has."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 20:
        return divmod(int(value), 1_000_000_000)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e20:
        return divmod(int(value), 1_000_000_000)
    return 0, 0


def fields_of(text: str, seconds: int, nanos: int, labels: Labels, metadata: Members, clock: Clock) -> Fields:
    """A line under its labels: what Loki's sender says of it counts more than what the line says."""
    about = Labels(metadata) if metadata else None
    level = (about.level if about is not None else None) or labels.level
    if text[:1] == "{" or level is None or "=" in text[:70]:
        fields = read_line(text, clock) or Fields(text)
        fields.service = fields.host = None
    else:
        fields = Fields(text)
    stated = fields.timestamp
    if 0 < seconds < 253_402_300_800:
        fields.timestamp = epoch_stamp(seconds, f"{nanos:09}")
        if stated is not None and fields.exact and stated[:19] != fields.timestamp[:19] and fields.message != text:
            fields.add("time", stated)
    if about is not None:
        about.label(fields)
        labels.label(fields, weak=about.level is not None)
    else:
        labels.label(fields)
    if "\n" in fields.message:
        split_message(fields)
    if fields.context:
        take_exception(fields)
    return fields


# -- protobuf


def _decode_protobuf(body: bytes, clock: Clock) -> Records:
    try:
        size, _ = length_of(body)
        data = unpack(body, MAX_UNPACKED) if size else b""
    except (SnappyError, IndexError) as error:
        raise Undecodable(f"neither JSON nor a snappy block: {error}") from None
    records = Records()
    try:
        for number, kind, at, end in fields(data, 0, len(data)):
            if number == 1 and kind == BYTES:
                _read_stream(data, at, end, records, clock)
    except (ProtobufError, IndexError) as error:
        raise Undecodable(f"not a protobuf message: {error}") from None
    return records


def _read_stream(data: bytes, at: int, end: int, records: Records, clock: Clock) -> None:
    labels: Members = []
    entries: list[tuple[int, int]] = []
    for number, kind, start, stop in fields(data, at, end):
        if kind == BYTES and number == 1:
            labels = parse_labels(data[start:stop].decode(errors="replace"))
        elif kind == BYTES and number == 2:
            entries.append((start, stop))
    read = Labels(labels)
    for start, stop in entries:
        records.fields.append(_read_entry(data, start, stop, read, clock))


def _read_entry(data: bytes, at: int, end: int, labels: Labels, clock: Clock) -> Fields:
    seconds = nanos = 0
    line = ""
    metadata: Members = []
    for number, kind, start, stop in fields(data, at, end):
        if kind != BYTES:
            continue
        if number == 1:
            while start < stop:
                key = data[start]
                value, start = varint(data, start + 1)
                if key & 7 != VARINT:
                    raise ProtobufError("a time that is none")
                if key == 8:
                    seconds = value
                elif key == 16:
                    nanos = value if value < 1_000_000_000 else 0
        elif number == 2:
            line = data[start:stop].decode(errors="replace")
        elif number == 3:
            name = value_text = ""
            for inner, inner_kind, first, last in fields(data, start, stop):
                if inner_kind == BYTES and inner == 1:
                    name = data[first:last].decode(errors="replace")
                elif inner_kind == BYTES and inner == 2:
                    value_text = data[first:last].decode(errors="replace")
            metadata.append((name, Raw(encode(value_text))))
    return fields_of(line, seconds, nanos, labels, metadata, clock)


def ready(request: Request) -> Answer:
    return Answer(200, b"ready\n", "text/plain; charset=utf-8")
