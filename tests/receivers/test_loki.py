"""Loki's push API: labels, lines and structured metadata, in JSON and in protobuf."""

import json
from typing import Any

import pytest

from logstream.receivers.labels import parse_labels
from logstream.receivers.request import Undecodable
from tests.receivers.records import answer, context, decoded, entries, entry, push_request, snappy

TIME = "1768487000123456789"


def push(line: str, labels: dict[str, Any], metadata: Any = None) -> dict[str, Any]:
    value = [TIME, line] if metadata is None else [TIME, line, metadata]
    return {"streams": [{"stream": labels, "values": [value]}]}


def test_a_line_of_text_takes_level_logger_and_names_from_its_labels() -> None:
    made = entry(
        "Loki", push("order 42 placed", {"application": "shop", "severity": "warning", "logger": "shop.checkout"})
    )
    assert (made.message, made.level, made.category, made.app_key) == (
        "order 42 placed",
        "warning",
        "shop.checkout",
        "shop",
    )
    assert made.timestamp == "2026-01-15T14:23:20.123456Z"
    assert context(made) == {"application": "shop"}


def test_a_line_of_json_is_read_and_labels_come_beside_it() -> None:
    line = '{"level":30,"time":1768487000123,"name":"shop.checkout","pid":1,"user_id":7,"msg":"order 42 placed"}'
    made = entry("Loki", push(line, {"level": "info", "hostname": "web-1", "app": "shop", "env": "prod"}))
    assert (made.message, made.category, made.app_key, made.app_id) == (
        "order 42 placed",
        "shop.checkout",
        "shop",
        "web-1",
    )
    assert context(made) == {"pid": 1, "user_id": 7, "hostname": "web-1", "app": "shop", "env": "prod"}


def test_structured_metadata_is_kept_and_what_repeats_the_line_is_not() -> None:
    line = '{"cart":{"vip":true},"level":"info","message":"order","user_id":7}'
    metadata = {"user_id": "7", "cart": '{"vip":true}', "level": "info", "trace_id": "4bf9", "n": {"a": 1.50}}
    made = entry("Loki", push(line, {"app": "shop"}, metadata))
    assert made.trace_id == "4bf9"
    assert context(made) == {"cart": {"vip": True}, "user_id": 7, "n": {"a": 1.5}, "app": "shop"}


def test_a_label_that_the_line_has_too_is_kept_beside_it() -> None:
    made = entry("Loki", push('{"msg":"a","job":"inner"}', {"job": "outer", "level": "info"}))
    assert context(made) == {"job": "inner", "_job": "outer"}


def test_a_trace_behind_the_message_is_the_exception() -> None:
    line = (
        'payment failed\nTraceback (most recent call last):\n  File "x.py", line 6\nZeroDivisionError: division by zero'
    )
    made = entry("Loki", push(line, {"severity": "error"}))
    assert made.message == "payment failed"
    assert context(made)["exception"]["type"] == "ZeroDivisionError"
    assert context(made)["exception"]["stack"].startswith("Traceback")


def test_protobuf_packed_with_snappy_is_the_same() -> None:
    labels = r'{level="info", app="sh\"op\n", env=`prod`}'
    data = push_request(labels, (int(TIME), "first", {}), (int(TIME) + 10**9, "second", {"traceID": "4bf9"}))
    first, second = entries("Loki", snappy(data), content_type="application/x-protobuf")
    assert (first.message, first.level, first.app_key, first.timestamp) == (
        "first",
        "info",
        'sh"op\n',
        "2026-01-15T14:23:20.123456Z",
    )
    assert (second.timestamp, second.trace_id) == ("2026-01-15T14:23:21.123456Z", "4bf9")
    assert context(first) == {"app": 'sh"op\n', "env": "prod"}


def test_labels_that_are_none_are_kept() -> None:
    assert [(name, json.loads(bytes(value))) for name, value in parse_labels('{a="1", nonsense}')] == [
        ("a", "1"),
        ("labels", '{a="1", nonsense}'),
    ]


def test_a_bad_line_costs_that_line() -> None:
    body = {"streams": [{"stream": {}, "values": [[TIME, "good"], 5, [TIME]]}, {"stream": 5, "values": []}]}
    records = decoded("Loki", body)
    assert [fields.message for fields in records.fields] == ["good"]
    assert records.refused == 3


@pytest.mark.parametrize("body", [b"{", b"\x05hello", b"\xff\xff\xff\xff\xff", b"\x02\x00\x0a"])
def test_what_is_neither_encoding_is_refused(body: bytes) -> None:
    with pytest.raises(Undecodable):
        decoded("Loki", body)


def test_success_is_204_and_nothing_else() -> None:
    told = answer("Loki", json.dumps(push("a", {})).encode())
    assert (told.status, told.body, told.media_type) == (204, b"", None)
