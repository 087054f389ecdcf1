"""OpenTelemetry logs over HTTP (opentelemetry-proto, docs/specification.md), in JSON or protobuf.

The body's first byte tells the encoding, not the content type; the answer has the type that the request says it has.
"""

import base64
import math
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from logstream.entries.json_text import explain
from logstream.formats.clock import Clock
from logstream.formats.fields import encode
from logstream.receivers import otlp_protobuf
from logstream.receivers.json_values import decode_json
from logstream.receivers.otlp_record import Attribute, LogRecord, fields_of, source_of
from logstream.receivers.request import Answer, Failure, Records, Request, Undecodable

DEEPEST: Final = 64
"""Lists and maps inside each other that are read: protobuf's own libraries stop at 100 messages."""


def decode(request: Request) -> Records:
    body = request.body
    if not body:
        return Records()
    if body.lstrip(b" \t\r\n\xef\xbb\xbf")[:1] != b"{":
        return otlp_protobuf.decode(body, request.clock)
    try:
        frame = decode_json(body)
    except (ValueError, RecursionError) as error:
        raise Undecodable(explain(error)) from None
    records = Records()
    for part in _listed(frame, "resourceLogs", "resource_logs"):
        try:
            _read_resource(part, records, request.clock)
        except RecursionError:
            records.refuse("nested too deeply")
    return records


def _read_resource(part: Any, records: Records, clock: Clock) -> None:
    resource = _attributes(_get(_map(part), "resource"))
    for below in (*_listed(part, "scopeLogs", "scope_logs"), *_listed(part, "instrumentationLibraryLogs")):
        scope = _map(_get(_map(below), "scope"))
        source = source_of(resource, _text(scope.get("name")), _text(scope.get("version")), _attributes(scope))
        for record in _listed(below, "logRecords", "log_records"):
            if not isinstance(record, dict):
                records.refuse("a log record is no object")
                continue
            records.fields.append(fields_of(_record(record), source, clock))


def _record(found: Mapping[str, Any]) -> LogRecord:
    return LogRecord(
        _number(_get(found, "timeUnixNano", "time_unix_nano")),
        _number(_get(found, "observedTimeUnixNano", "observed_time_unix_nano")),
        _severity(_get(found, "severityNumber", "severity_number")),
        _text(_get(found, "severityText", "severity_text")),
        value_of(_get(found, "body")),
        _attributes(found),
        _hex(_get(found, "traceId", "trace_id"), 32),
        _hex(_get(found, "spanId", "span_id"), 16),
        _number(_get(found, "flags")),
        _number(_get(found, "droppedAttributesCount", "dropped_attributes_count")),
        _text(_get(found, "eventName", "event_name")),
    )


def _get(found: Mapping[str, Any], *names: str) -> Any:
    for name in names:
        value = found.get(name)
        if value is not None:
            return value
    return None


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _listed(value: Any, *names: str) -> list[Any]:
    found = _get(_map(value), *names)
    return found if isinstance(found, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else encode(value).decode()


def _number(value: Any) -> int:
    if isinstance(value, str):
        return int(value) if len(value) <= 20 and value.isascii() and value.isdigit() else 0
    if isinstance(value, float) and not math.isfinite(value):
        return 0
    return int(value) if isinstance(value, int | float) else 0


def _severity(value: Any) -> int:
    """The number, or the name of the enumeration: `SEVERITY_NUMBER_WARN2`."""
    if isinstance(value, str) and value.startswith("SEVERITY_NUMBER_"):
        word, _, step = _split_digit(value.removeprefix("SEVERITY_NUMBER_"))
        base = {"TRACE": 1, "DEBUG": 5, "INFO": 9, "WARN": 13, "ERROR": 17, "FATAL": 21}.get(word, 0)
        return base + step - 1 if base else 0
    return _number(value)


def _split_digit(name: str) -> tuple[str, str, int]:
    return (name[:-1], name, int(name[-1])) if name[-1:] in ("2", "3", "4") else (name, name, 1)


def _hex(value: Any, digits: int) -> str:
    """An id as hexadecimal digits; base64, as protobuf's JSON has bytes, is undone."""
    text = _text(value)
    if len(text) in (digits * 2 // 3 // 4 * 4 + 4, -(-digits // 2 * 4 // 3)) and text[-1:] == "=":
        try:
            decoded = base64.b64decode(text, validate=True)
        except ValueError:
            return text
        return decoded.hex() if len(decoded) * 2 == digits else text
    return text.lower()


def _attributes(found: Any) -> list[Attribute]:
    attributes: list[Attribute] = []
    for pair in _listed(found, "attributes"):
        name = _map(pair).get("key")
        if isinstance(name, str):
            attributes.append((name, value_of(pair.get("value"))))
    return attributes


def value_of(value: Any, depth: int = 0) -> Any:
    """An AnyValue as a plain value; unknown kinds stay as they are."""
    if not isinstance(value, dict):
        return value
    if not value:
        return None
    if depth > DEEPEST:
        return encode(value).decode()
    for kind, inner in value.items():
        match kind:
            case "stringValue" | "string_value" | "boolValue" | "bool_value" | "bytesValue" | "bytes_value":
                return inner
            case "intValue" | "int_value":
                return _whole(inner)
            case "doubleValue" | "double_value":
                return _double(inner)
            case "arrayValue" | "array_value":
                return [value_of(item, depth + 1) for item in _listed(inner, "values")]
            case "kvlistValue" | "kvlist_value":
                return {
                    pair["key"]: value_of(pair.get("value"), depth + 1)
                    for pair in _listed(inner, "values")
                    if isinstance(pair, dict) and isinstance(pair.get("key"), str)
                }
    return value


def _whole(value: Any) -> Any:
    if isinstance(value, str) and len(value) <= 20 and value.isascii() and value.removeprefix("-").isdigit():
        return int(value)
    return value


def _double(value: Any) -> Any:
    if isinstance(value, str) and value not in ("NaN", "Infinity", "-Infinity"):
        try:
            return float(value)
        except ValueError:
            return value
    return value


# -- answers


def accepted(request: Request, records: Records) -> Answer:
    reason = "; ".join(records.refusals)
    if _is_json(request):
        content: dict[str, Any] = {}
        if records.refused:
            content["partialSuccess"] = {"rejectedLogRecords": str(records.refused), "errorMessage": reason}
        return Answer(200, msgspec.json.encode(content), "application/json")
    body = b""
    if records.refused:
        partial = b"\x08" + _varint(records.refused) + _field(2, reason.encode())
        body = _field(1, partial)
    return Answer(200, body, "application/x-protobuf")


def failed(request: Request, failure: Failure) -> Answer:
    """A google.rpc.Status: code (of gRPC) and message."""
    code = {400: 3, 401: 16, 403: 7, 408: 4, 413: 8, 503: 14}.get(failure.status, 13 if failure.status >= 500 else 3)
    if _is_json(request):
        return Answer(
            failure.status, msgspec.json.encode({"code": code, "message": failure.reason}), "application/json"
        )
    body = b"\x08" + _varint(code) + _field(2, failure.reason.encode())
    return Answer(failure.status, body, "application/x-protobuf")


def _is_json(request: Request) -> bool:
    kind = request.media_type
    if kind == "application/x-protobuf" or kind == "application/protobuf":
        return False
    return kind.endswith("json") or request.body.lstrip()[:1] == b"{"


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _field(number: int, value: bytes) -> bytes:
    return bytes((number << 3 | 2,)) + _varint(len(value)) + value
