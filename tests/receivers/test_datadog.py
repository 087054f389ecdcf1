"""Datadog's log intake."""

import json

from tests.receivers.records import answer, context, entries, entry

QUERY = {"service": "shop", "ddsource": "nodejs", "ddtags": "env:prod,team:pay", "hostname": "web-1"}


def test_a_log_takes_what_the_query_says_of_all() -> None:
    made = entry("Datadog", {"user_id": 7, "level": "warn", "message": "order"}, "/v1/input/KEY", QUERY)
    assert (made.message, made.level, made.app_key, made.app_id, made.category) == (
        "order",
        "warning",
        "shop",
        "web-1",
        "nodejs",
    )
    assert context(made) == {
        "user_id": 7,
        "service": "shop",
        "hostname": "web-1",
        "ddtags": {"env": "prod", "team": "pay"},
    }


def test_a_message_of_json_is_read() -> None:
    inner = json.dumps(
        {"level": 50, "time": 1768487000123, "msg": "failed", "err": {"type": "E", "message": "m", "stack": "s"}}
    )
    (made,) = entries("Datadog", [{"message": inner, "ddsource": "pino", "service": "shop", "ddtags": "env:prod"}])
    assert (made.message, made.level, made.timestamp) == ("failed", "error", "2026-01-15T14:23:20.123Z")
    assert context(made)["exception"] == {"type": "E", "message": "m", "stack": "s"}


def test_a_message_that_is_an_object_is_the_record() -> None:
    made = entry("Datadog", {"message": {"message": "order", "n": 1}, "service": "shop", "status": "error"})
    assert (made.message, made.level) == ("order", "error")
    assert context(made) == {"n": 1, "service": "shop"}


def test_success_is_202_and_an_empty_object() -> None:
    told = answer("Datadog", b"[]")
    assert (told.status, told.body) == (202, b"{}")
