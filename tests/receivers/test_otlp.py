"""OpenTelemetry logs in both encodings, and the answers that exporters understand."""

import json
from typing import Any

import pytest

from logstream.receivers.request import Failure, Undecodable
from tests.receivers.records import (
    answer,
    context,
    decoded,
    entries,
    entry,
    export_request,
    log_record,
    message,
    request,
    row,
)

TIME = 1_768_487_000_123_456_789
RESOURCE = {"service.name": "shop", "service.instance.id": "web-1", "deployment.environment.name": "prod"}


def as_json(*records: dict[str, Any], **scope: Any) -> dict[str, Any]:
    attributes = [{"key": name, "value": {"stringValue": value}} for name, value in RESOURCE.items()]
    logs = {"scope": {"name": "shop.checkout", **scope}, "logRecords": list(records)}
    return {"resourceLogs": [{"resource": {"attributes": attributes}, "scopeLogs": [logs]}]}


def test_a_record_in_protobuf_is_an_entry_with_all_it_says() -> None:
    trace = bytes.fromhex("4bf92f3577b34da6a3ce929d0e0e4736")
    record = log_record("order 42 placed", time=TIME, trace=trace, user_id=7, price=2.5, vip=True, tags=["a", 1])
    made = entry("OpenTelemetry", export_request(record, resource=RESOURCE))
    assert (made.message, made.level, made.category) == ("order 42 placed", "info", "shop.checkout")
    assert made.timestamp == "2026-01-15T14:23:20.123456Z"
    assert (made.trace_id, made.app_key, made.app_id) == (trace.hex(), "shop", "web-1")
    assert context(made) == {"user_id": 7, "price": 2.5, "vip": True, "tags": ["a", 1], "resource": RESOURCE}


def test_a_record_in_json_is_the_same_entry() -> None:
    record = {
        "timeUnixNano": str(TIME),
        "severityNumber": 9,
        "severityText": "INFO",
        "body": {"stringValue": "order 42 placed"},
        "traceId": "4BF92F3577B34DA6A3CE929D0E0E4736",
        "attributes": [
            {"key": "user_id", "value": {"intValue": "7"}},
            {"key": "big", "value": {"intValue": "9007199254740993"}},
            {"key": "cart", "value": {"kvlistValue": {"values": [{"key": "n", "value": {"doubleValue": 2.5}}]}}},
            {"key": "nothing", "value": {}},
            {"key": "missing"},
        ],
    }
    made = entry("OpenTelemetry", as_json(record))
    assert made.timestamp == "2026-01-15T14:23:20.123456Z"
    assert made.trace_id == "4bf92f3577b34da6a3ce929d0e0e4736"
    said = {"user_id": 7, "big": 9007199254740993, "cart": {"n": 2.5}, "nothing": None, "missing": None}
    assert context(made) == {**said, "resource": RESOURCE}


def test_json_with_the_names_of_the_proto_files_is_read_too() -> None:
    body = {
        "resource_logs": [
            {
                "scope_logs": [
                    {"log_records": [{"time_unix_nano": TIME, "severity_text": "warn", "body": {"string_value": "a"}}]}
                ]
            }
        ]
    }
    made = entry("OpenTelemetry", body)
    assert (made.message, made.level, made.timestamp) == ("a", "warning", "2026-01-15T14:23:20.123456Z")


@pytest.mark.parametrize(
    ("number", "level"), [(1, "debug"), (8, "debug"), (9, "info"), (13, "warning"), (17, "error"), (24, "critical")]
)
def test_the_number_of_a_severity_decides(number: int, level: str) -> None:
    assert entry("OpenTelemetry", export_request(log_record("a", number, ""))).level == level


def test_an_exception_is_under_its_own_name() -> None:
    said: dict[str, Any] = {
        "exception__type": "KeyError",
        "exception__message": "'x'",
        "exception__stacktrace": "Traceback…\nKeyError: 'x'",
    }
    made = entry("OpenTelemetry", export_request(log_record("failed", 17, "ERROR", **said)))
    assert context(made) == {"exception": {"type": "KeyError", "message": "'x'", "stack": "Traceback…\nKeyError: 'x'"}}


def test_a_body_that_is_a_map_has_its_text_as_the_message() -> None:
    made = entry(
        "OpenTelemetry",
        export_request(log_record({"text": "order placed", "n": 1}, user_agent__original="Mozilla/5.0")),
    )
    assert (made.message, made.user_agent) == ("order placed", "Mozilla/5.0")
    assert context(made) == {"n": 1}


def test_what_the_level_does_not_say_is_kept() -> None:
    made = entry("OpenTelemetry", export_request(log_record("a", 10, "INFO2")))
    assert context(made) == {"severity_text": "INFO2", "severity_number": 10}


def test_bad_utf8_is_replaced_and_costs_nothing_else() -> None:
    record = log_record("xx", user="y").replace(b"xx", b"\xffx")
    first, second = entries("OpenTelemetry", export_request(record, log_record("good")))
    assert (first.message, second.message) == ("\ufffdx", "good")


def test_bytes_and_numbers_that_are_none_are_texts() -> None:
    made = entry("OpenTelemetry", export_request(log_record("a", blob=b"\x00\xff", n=float("nan"), m=-5)))
    assert context(made) == {"blob": "AP8=", "n": "NaN", "m": -5}


def test_values_nested_too_deeply_are_kept_as_text() -> None:
    deep: Any = "end"
    for _ in range(200):
        deep = [deep]
    made = entry("OpenTelemetry", export_request(log_record("a", deep=deep)))
    assert isinstance(context(made)["deep"], str)


@pytest.mark.parametrize("body", [b"\x0a\xff\xff\xff\xff\x0f", b"\x0a\x05abc", b"\xff" * 20, b"nonsense", b"{", b"[1]"])
def test_what_is_neither_encoding_is_refused(body: bytes) -> None:
    with pytest.raises(Undecodable):
        decoded("OpenTelemetry", body)


def test_a_request_with_nothing_in_it_is_a_success() -> None:
    assert decoded("OpenTelemetry", b"").fields == []
    assert answer("OpenTelemetry", b"", content_type="application/x-protobuf").body == b""
    assert answer("OpenTelemetry", b"{}", content_type="application/json").body == b"{}"


def test_the_answer_has_the_type_of_the_request() -> None:
    record = export_request(log_record("a"))
    told = answer("OpenTelemetry", record, content_type="application/x-protobuf")
    assert (told.status, told.media_type, told.body) == (200, "application/x-protobuf", b"")


def test_refused_records_are_told_as_a_partial_success() -> None:
    body = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [5, {"body": {"stringValue": "a"}}]}]}]}).encode()
    told = json.loads(answer("OpenTelemetry", body, content_type="application/json").body)
    assert told == {"partialSuccess": {"rejectedLogRecords": "1", "errorMessage": "a log record is no object"}}


def test_an_error_is_a_status_message() -> None:
    failed, failure = row("OpenTelemetry").failed, Failure(503, "full")
    told = failed(request("OpenTelemetry", b"\x0a", content_type="application/x-protobuf"), failure)
    assert (told.status, told.body) == (503, b"\x08\x0e" + message(2, b"full"))
    told = failed(request("OpenTelemetry", b"{}", content_type="application/json"), failure)
    assert json.loads(told.body) == {"code": 14, "message": "full"}
