"""ExportLogsServiceRequest in protobuf (opentelemetry-proto, logs.proto and common.proto), taken apart by hand.

Texts that are not UTF-8 are repaired instead of losing the whole request, as the official library would.
"""

import base64
import math
import struct
from typing import Any, Final

from logstream.entries.entry import MAX_CONTEXT_DEPTH
from logstream.formats.clock import Clock
from logstream.receivers.otlp_record import Attribute, LogRecord, fields_of, source_of
from logstream.receivers.protobuf import BYTES, FIXED64, VARINT, ProtobufError, fields, signed, varint
from logstream.receivers.request import Records, Undecodable

DEEPEST: Final = 2 * MAX_CONTEXT_DEPTH
_double: Final = struct.Struct("<d").unpack_from
_fixed64: Final = struct.Struct("<Q").unpack_from
_fixed32: Final = struct.Struct("<I").unpack_from


def decode(body: bytes, clock: Clock) -> Records:
    """The records of a request. Raises Undecodable."""
    records = Records()
    try:
        for number, kind, at, end in fields(body, 0, len(body)):
            if number == 1 and kind == BYTES:
                _read_resource_logs(body, at, end, records, clock)
    except (ProtobufError, IndexError, struct.error) as error:
        raise Undecodable(f"not a protobuf message: {error}") from None
    return records


def _read_resource_logs(data: bytes, at: int, end: int, records: Records, clock: Clock) -> None:
    resource: list[Attribute] = []
    scopes: list[tuple[int, int]] = []
    for number, kind, start, stop in fields(data, at, end):
        if kind != BYTES:
            continue
        if number == 1:
            resource += _attributes(data, start, stop, 1)
        elif number == 2 or number == 1000:
            scopes.append((start, stop))
    for start, stop in scopes:
        _read_scope_logs(data, start, stop, resource, records, clock)


def _read_scope_logs(data: bytes, at: int, end: int, resource: list[Attribute], records: Records, clock: Clock) -> None:
    name = version = ""
    attributes: list[Attribute] = []
    logs: list[tuple[int, int]] = []
    for number, kind, start, stop in fields(data, at, end):
        if kind != BYTES:
            continue
        if number == 1:
            for inner, inner_kind, first, last in fields(data, start, stop):
                if inner_kind == BYTES and inner == 1:
                    name = data[first:last].decode(errors="replace")
                elif inner_kind == BYTES and inner == 2:
                    version = data[first:last].decode(errors="replace")
            attributes = _attributes(data, start, stop, 3)
        elif number == 2:
            logs.append((start, stop))
    source = source_of(resource, name, version, attributes)
    add = records.fields.append
    for start, stop in logs:
        add(fields_of(_record(data, start, stop), source, clock))


def _record(data: bytes, at: int, end: int) -> LogRecord:
    # the hot path: what `protobuf.fields` does, without a generator
    record = LogRecord()
    attributes: list[Attribute] = []
    while at < end:
        key = data[at]
        at += 1
        if key >= 0x80:
            key, at = varint(data, at - 1)
        kind = key & 7
        if kind == BYTES:
            size = data[at]
            at += 1
            if size >= 0x80:
                size, at = varint(data, at - 1)
            stop = at + size
            if stop > end:
                raise ProtobufError("a field goes past the end of its message")
            if key == 50:
                attributes.append(_key_value(data, at, stop))
            elif key == 42:
                record.body = _value(data, at, stop, 0)
            elif key == 26:
                record.text = data[at:stop].decode(errors="replace")
            elif key == 74:
                record.trace_id = data[at:stop].hex()
            elif key == 82:
                record.span_id = data[at:stop].hex()
            elif key == 98:
                record.event_name = data[at:stop].decode(errors="replace")
            at = stop
        elif kind == FIXED64:
            if key == 9:
                (record.time,) = _fixed64(data, at)
            elif key == 89:
                (record.observed,) = _fixed64(data, at)
            at += 8
        elif kind == VARINT:
            value, at = varint(data, at)
            if key == 16:
                record.number = value
            elif key == 56:
                record.dropped = value
        elif kind == 5:
            if key == 69:
                (record.flags,) = _fixed32(data, at)
            at += 4
        else:
            raise ProtobufError(f"wire type {kind}")
    if at != end:
        raise ProtobufError("a field goes past the end of its message")
    record.attributes = attributes
    return record


def _attributes(data: bytes, at: int, end: int, wanted: int) -> list[Attribute]:
    return [
        _key_value(data, start, stop)
        for number, kind, start, stop in fields(data, at, end)
        if number == wanted and kind == BYTES
    ]


_names: dict[bytes, str] = {}


def _key_value(data: bytes, at: int, end: int, depth: int = 0) -> Attribute:
    name = ""
    value: Any = None
    while at < end:
        key = data[at]
        if key != 10 and key != 18:
            return _odd_key_value(data, at, end, name, value, depth)
        size = data[at + 1]
        at += 2
        if size >= 0x80:
            size, at = varint(data, at - 1)
        stop = at + size
        if stop > end:
            raise ProtobufError("a field goes past the end of its message")
        if key == 10:
            raw = data[at:stop]
            known = _names.get(raw)
            if known is None:
                known = raw.decode(errors="replace")
                if len(_names) < 10_000 and len(raw) <= 100:
                    _names[raw] = known
            name = known
        elif size > 1 and data[at] == 10 and data[at + 1] == size - 2 < 0x80:
            value = data[at + 2 : stop].decode(errors="replace")  # a short text, most attributes
        else:
            value = _value(data, at, stop, depth)
        at = stop
    return name, value


def _odd_key_value(data: bytes, at: int, end: int, name: str, value: Any, depth: int) -> Attribute:
    for number, kind, start, stop in fields(data, at, end):
        if kind == BYTES and number == 1:
            name = data[start:stop].decode(errors="replace")
        elif kind == BYTES and number == 2:
            value = _value(data, start, stop, depth)
    return name, value


def _value(data: bytes, at: int, end: int, depth: int) -> Any:
    """An AnyValue as a plain value: the one field that it has, as encoders write it, or else by all of them."""
    if at == end:
        return None
    key = data[at]
    if key == 10 or key == 50:
        size = data[at + 1]
        start = at + 2
        if size >= 0x80:
            size, start = varint(data, at + 1)
        if start + size == end:
            if key == 10:
                return data[start:end].decode(errors="replace")
            if depth < DEEPEST:
                return _map(data, start, end, depth + 1)
    elif key == 24:
        number, stop = varint(data, at + 1)
        if stop == end:
            return number if number < 1 << 63 else signed(number)
    return _any_value(data, at, end, depth)


def _map(data: bytes, at: int, end: int, depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    while at < end:
        if data[at] != 10:
            found.update(
                _key_value(data, start, stop, depth)
                for number, kind, start, stop in fields(data, at, end)
                if number == 1 and kind == BYTES
            )
            return found
        size = data[at + 1]
        at += 2
        if size >= 0x80:
            size, at = varint(data, at - 1)
        if at + size > end:
            raise ProtobufError("a field goes past the end of its message")
        name, value = _key_value(data, at, at + size, depth)
        found[name] = value
        at += size
    return found


def _any_value(data: bytes, at: int, end: int, depth: int) -> Any:
    """What nests too deeply to be in a context is base64."""
    if depth > DEEPEST:
        return base64.b64encode(data[at:end]).decode()
    value: Any = None
    for number, kind, start, stop in fields(data, at, end):
        if kind == BYTES:
            if number == 1:
                value = data[start:stop].decode(errors="replace")
            elif number == 5:
                value = [
                    _value(data, first, last, depth + 1)
                    for inner, inner_kind, first, last in fields(data, start, stop)
                    if inner == 1 and inner_kind == BYTES
                ]
            elif number == 6:
                value = _map(data, start, stop, depth + 1)
            elif number == 7:
                value = base64.b64encode(data[start:stop]).decode()
        elif kind == VARINT and number == 2:
            value = bool(start)
        elif kind == VARINT and number == 3:
            value = signed(start)
        elif kind == FIXED64 and number == 4:
            (value,) = _double(data, start)
            if not math.isfinite(value):
                value = "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    return value
