"""What a body of a wire format says, without a server, and encoders of what no sender here writes for us."""

import json
import struct
from datetime import datetime
from typing import Any

from logstream.entries.entry import LogEntry
from logstream.formats.clock import Clock
from logstream.receivers.fitting import Names, received
from logstream.receivers.request import Answer, Records, Request
from logstream.receivers.table import FORMATS, WireFormat

NOW = datetime(2026, 1, 15, 20, 0)
NOW_TEXT = "2026-01-15T20:00:00.000Z"


def row(name: str) -> WireFormat:
    return next(row for row in FORMATS if row.name == name)


def request(name: str, body: bytes, path: str = "", query: Any = None, **headers: str) -> Request:
    given = {key.replace("_", "-").encode(): value.encode() for key, value in headers.items()}
    return Request(path or row(name).paths[0], body, Clock(NOW), query or {}, given)


def decoded(name: str, body: Any, path: str = "", query: Any = None, **headers: str) -> Records:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return row(name).decode(request(name, sent, path, query, **headers))


def entries(name: str, body: Any, path: str = "", query: Any = None, **headers: str) -> list[LogEntry]:
    records = decoded(name, body, path, query, **headers)
    assert records.refused == 0, records.refusals
    making = received(records.fields, Names())
    for _ in making.make(NOW_TEXT):
        pass
    assert making.errors == []
    return making.entries


def entry(name: str, body: Any, path: str = "", query: Any = None, **headers: str) -> LogEntry:
    (one,) = entries(name, body, path, query, **headers)
    return one


def context(entry: LogEntry) -> Any:
    return json.loads(bytes(entry.context))


def answer(name: str, body: bytes, path: str = "", **headers: str) -> Answer:
    asked = request(name, body, path, **headers)
    return row(name).accepted(asked, row(name).decode(asked))


# -- protobuf


def varint(number: int) -> bytes:
    out = bytearray()
    number &= 0xFFFFFFFFFFFFFFFF
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*out, number))


def message(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def any_value(value: Any) -> bytes:
    """An AnyValue of OpenTelemetry."""
    match value:
        case bool():
            return b"\x10" + varint(value)
        case int():
            return b"\x18" + varint(value)
        case float():
            return b"\x21" + struct.pack("<d", value)
        case str():
            return message(1, value.encode())
        case bytes():
            return message(7, value)
        case list():
            return message(5, b"".join(message(1, any_value(item)) for item in value))
        case dict():
            return message(6, b"".join(message(1, key_value(name, item)) for name, item in value.items()))
    return b""


def key_value(name: str, value: Any) -> bytes:
    return message(1, name.encode()) + message(2, any_value(value))


def log_record(body: Any, number: Any = 9, text: str = "INFO", time: Any = 0, trace: Any = b"", **more: Any) -> bytes:
    """A LogRecord; attributes by name, with `__` for the dot."""
    parts = [b"\x09" + struct.pack("<Q", time), b"\x10" + varint(number), message(3, text.encode())]
    parts += [message(5, any_value(body))]
    parts += [message(6, key_value(name.replace("__", "."), value)) for name, value in more.items()]
    return b"".join(parts) + (message(9, trace) if trace else b"")


def export_request(*records: bytes, resource: dict[str, Any] | None = None, scope: str = "shop.checkout") -> bytes:
    """An ExportLogsServiceRequest."""
    about = b"".join(message(1, key_value(name, value)) for name, value in (resource or {}).items())
    logs = message(1, message(1, scope.encode())) + b"".join(message(2, record) for record in records)
    return message(1, message(1, about) + message(2, logs))


def snappy(data: bytes) -> bytes:
    """A block of literals alone, as long as they may be."""
    out = bytearray(varint(len(data)))
    for at in range(0, len(data), 60):
        part = data[at : at + 60]
        out += bytes((len(part) - 1 << 2,)) + part
    return bytes(out)


def push_request(labels: str, *lines: tuple[int, str, dict[str, str]]) -> bytes:
    """Loki's PushRequest, unpacked."""
    stream = message(1, labels.encode())
    for time, line, metadata in lines:
        when = b"\x08" + varint(time // 10**9) + b"\x10" + varint(time % 10**9)
        pairs = b"".join(
            message(3, message(1, name.encode()) + message(2, value.encode())) for name, value in metadata.items()
        )
        stream += message(2, message(1, when) + message(2, line.encode()) + pairs)
    return message(1, stream)
