"""Seq: compact log events and the older form, at the same path."""

import json
from typing import Any

from tests.receivers.records import answer, context, decoded, entries, entry

TIME = "2026-01-15T14:23:20.123Z"


def test_a_compact_event_is_an_entry() -> None:
    event = {
        "@t": TIME, "@mt": "order {OrderId} placed", "@l": "Warning", "OrderId": 42, "@tr": "4bf9", "@sp": "00f0",
        "SourceContext": "Shop.Checkout", "Application": "shop", "MachineName": "web-1",
    }  # fmt: skip
    made = entry("Seq", event)
    assert (made.message, made.level, made.timestamp) == ("order 42 placed", "warning", TIME)
    assert (made.trace_id, made.category, made.app_key, made.app_id) == ("4bf9", "Shop.Checkout", "shop", "web-1")
    said = context(made)
    assert said == {
        "OrderId": 42, "span_id": "00f0", "Application": "shop", "MachineName": "web-1", "template": "order {OrderId} placed",
    }  # fmt: skip


def test_an_event_without_a_level_is_information() -> None:
    assert entry("Seq", {"@t": TIME, "@m": "a"}).level == "info"
    assert entry("Seq", {"@t": TIME, "@m": "a", "@x": "E: m\n  at b"}).level in ("info", "error")


def test_compact_events_may_be_parted_by_any_line_end() -> None:
    body = b'{"@t":"2026-01-15T14:23:20.123Z","@m":"one"}\r\n{"@t":"2026-01-15T14:23:20.123Z","@m":"two"}'
    assert [made.message for made in entries("Seq", body, "/ingest/clef")] == ["one", "two"]


def legacy(**event: Any) -> dict[str, Any]:
    return {"Events": [{"Timestamp": "2026-01-15 14:23:20.123000+00:00", **event}]}


def test_the_older_form_is_read_with_its_properties_at_the_top() -> None:
    event = legacy(
        Level="INFO", MessageTemplate="order {OrderId} placed",
        Properties={"MachineName": "web-1", "LoggerName": "shop.checkout", "OrderId": 42, "Extra_user_id": 7},
    )  # fmt: skip
    made = entry("Seq", event)
    assert (made.message, made.level, made.timestamp) == ("order 42 placed", "info", TIME)
    assert (made.category, made.app_id) == ("shop.checkout", "web-1")
    assert context(made) == {
        "MachineName": "web-1", "OrderId": 42, "user_id": 7, "template": "order {OrderId} placed",
    }  # fmt: skip


def test_a_trace_that_the_older_form_names_twice_is_kept_once() -> None:
    event = legacy(MessageTemplate="a", TraceId="ab" * 16, SpanId="cd" * 8, Properties={"trace_id": "ab" * 16})
    made = entry("Seq", event)
    assert (made.trace_id, context(made)) == ("ab" * 16, {"span_id": "cd" * 8})


def test_an_exception_is_under_its_own_name() -> None:
    made = entry(
        "Seq", legacy(Level="Error", MessageTemplate="payment failed", Exception="TypeError: no\n    at x.js:1")
    )
    assert made.level == "error"
    assert context(made) == {
        "exception": {"type": "TypeError", "message": "no", "stack": "TypeError: no\n    at x.js:1"}
    }


def test_properties_named_like_a_text_or_time_stay_properties() -> None:
    made = entry("Seq", {"@t": TIME, "@mt": "said", "message": "inner", "time": 5, "level": "low"})
    assert made.message == "said"
    assert context(made) == {"message": "inner", "time": 5, "level": "low"}


def test_the_answer_asks_for_every_level() -> None:
    told = answer("Seq", b'{"@m":"a"}')
    assert (told.status, json.loads(told.body)) == (201, {"MinimumLevelAccepted": None})


def test_a_value_that_is_no_event_is_refused_alone() -> None:
    records = decoded("Seq", b'{"@m":"a"}\n5\n{"@m":"b"}')
    assert ([fields.message for fields in records.fields], records.refused) == (["a", "b"], 1)
