"""Bodies of shippers without a protocol: whatever they are, each record is found."""

import json

import msgspec
import pytest

from tests.receivers.records import context, decoded, entries, entry


@pytest.mark.parametrize(
    "body",
    [
        b'[{"date":1768487000.123,"log":"one"},{"date":1768487000.123,"log":"two"}]',
        b'{"date":1768487000.123,"log":"one"}\n{"date":1768487000.123,"log":"two"}\n',
        b'{"date":1768487000.123,"log":"one"}{"date":1768487000.123,"log":"two"}',
        b'[["app.tag",1768487000,{"date":1768487000.123,"log":"one"}]]'[:0]
        + b'[{"date":1768487000.123,"log":"one"}][{"date":1768487000.123,"log":"two"}]',
        msgspec.msgpack.encode([1768487000.123, {"log": "one"}])
        + msgspec.msgpack.encode([1768487000.123, {"log": "two"}]),
        msgspec.msgpack.encode([[1768487000.123, {}], {"log": "one"}])
        + msgspec.msgpack.encode([1768487000.123, {"log": "two"}]),
        msgspec.msgpack.encode([{"date": 1768487000.123, "log": "one"}, {"date": 1768487000.123, "log": "two"}]),
    ],
)
def test_every_body_of_fluent_bit_and_vector_is_read(body: bytes) -> None:
    made = entries("Shippers", body)
    assert [(one.message, one.timestamp) for one in made] == [
        ("one", "2026-01-15T14:23:20.123Z"),
        ("two", "2026-01-15T14:23:20.123Z"),
    ]


def test_the_time_of_fluentd_is_an_extension() -> None:
    event = b"\x92" + b"\xd7\x00" + (1768487000).to_bytes(4, "big") + (123_000_000).to_bytes(4, "big")
    made = entry("Shippers", event + msgspec.msgpack.encode({"log": "one", "n": b"\x00"}))
    assert (made.message, made.timestamp) == ("one", "2026-01-15T14:23:20.123Z")


def test_lines_of_text_are_entries_and_a_trace_stays_with_its_line() -> None:
    body = b"2026-01-15 14:23:20 ERROR failed\nTraceback (most recent call last):\n  File\nKeyError: 1\n2026-01-15 14:23:21 INFO next\n"
    first, second = entries("Shippers", body)
    assert (first.level, second.level) == ("error", "info")
    assert context(first)["exception"]["type"] == "KeyError"


def test_the_headers_of_syslog_ng_say_what_its_text_does_not() -> None:
    headers = {
        "x_syslog_host": "web-1",
        "x_syslog_program": "shop",
        "x_syslog_level": "warning",
        "x_syslog_facility": "local0",
    }
    made = entry("Shippers", "order grüße".encode(), **headers)
    assert (made.message, made.level, made.app_key, made.app_id) == ("order grüße", "warning", "shop", "web-1")


def test_numbers_stay_as_they_came() -> None:
    made = entry("Shippers", b'{"msg":"a","n":1.10,"big":123456789012345678901234567890,"e":1e5,"nan":NaN}')
    assert bytes(made.context) == b'{"n":1.10,"big":123456789012345678901234567890,"e":1e5,"nan":"NaN"}'


def test_a_value_that_says_nothing_is_counted() -> None:
    records = decoded("Shippers", json.dumps([None, {"msg": "a"}]).encode())
    assert ([fields.message for fields in records.fields], records.refused) == (["a"], 1)
