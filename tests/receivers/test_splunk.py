"""Splunk's HTTP Event Collector: glued events, raw lines, and its numbered answers."""

import json
from typing import Any

import pytest

from logstream.receivers.request import Failure
from tests.receivers.records import answer, context, decoded, entries, entry, request, row

EVENT = {"time": "1768487000.123", "host": "web-1", "source": "shop", "sourcetype": "app", "index": "main"}


def test_an_event_of_text_is_an_entry() -> None:
    made = entry("Splunk", {**EVENT, "event": "order 42 placed"})
    assert (made.message, made.level, made.timestamp) == ("order 42 placed", "info", "2026-01-15T14:23:20.123Z")
    assert (made.app_key, made.app_id, made.category) == ("shop", "web-1", "app")
    assert context(made) == {"index": "main", "source": "shop", "host": "web-1"}


@pytest.mark.parametrize(
    ("event", "level", "more"),
    [
        ({"message": "order", "severity": "warn"}, "warning", {}),
        ({"message": {"msg": "order", "meta": {"user_id": 7, "level": "warn", "message": "order"}}, "severity": "warn"}, "warning", {"user_id": 7}),
        ({"message": {"text": "order"}, "severity": "error"}, "error", {}),
        ({"line": "order", "source": "stdout", "tag": "c0ffee"}, "info", {"source": "stdout", "tag": "c0ffee"}),
    ],
)  # fmt: skip
def test_events_of_every_client_have_their_text(event: Any, level: str, more: dict[str, Any]) -> None:
    made = entry("Splunk", {"event": event})
    assert (made.message, made.level) == ("order", level)
    assert context(made) == (more or None)


def test_glued_events_are_told_apart_and_a_broken_one_costs_itself() -> None:
    body = b'{"event":"a } { b"}{"event":"two"}\n{"event":"three"} [{"event":"four"}]'
    assert [made.message for made in entries("Splunk", body)] == ["a } { b", "two", "three", "four"]
    records = decoded("Splunk", b'{"event":"one"}{"event":\n{"event":"two"}')
    assert ([fields.message for fields in records.fields], records.refused) == (["one", "two"], 1)


def test_fields_are_kept_and_give_level_and_trace() -> None:
    made = entry("Splunk", {"event": "a", "fields": {"level": "error", "trace_id": "4bf9", "n": 1}})
    assert (made.level, made.trace_id) == ("error", "4bf9")
    assert context(made) == {"n": 1}


def test_an_event_with_a_stack_and_no_level_is_an_error() -> None:
    made = entry("Splunk", {"event": "failed\nTraceback (most recent call last):\n  File\nKeyError: 1"})
    assert (made.message, made.level) == ("failed", "error")
    assert context(made)["exception"]["type"] == "KeyError"


def test_raw_lines_take_their_source_from_the_query() -> None:
    query = {"source": "shop", "host": "web-1", "sourcetype": "app"}
    first, second = entries("Splunk", b"one\n\nERROR: two\n", "/services/collector/raw/1.0", query)
    assert (first.message, first.app_key, first.app_id, first.category) == ("one", "shop", "web-1", "app")
    assert second.level == "error"


def test_the_answers_have_the_numbers_of_splunk() -> None:
    assert json.loads(answer("Splunk", b'{"event":"a"}').body) == {"text": "Success", "code": 0}
    failed = row("Splunk").failed
    told = [failed(request("Splunk", b"", **headers), Failure(status, "why")) for status, headers in (
        (401, {}), (401, {"authorization": "Splunk x"}), (503, {}), (400, {}),
    )]  # fmt: skip
    assert [(one.status, json.loads(one.body)["code"]) for one in told] == [(401, 2), (403, 4), (503, 9), (400, 6)]
