"""Records as entries: names, limits, and what a request asks for beside its protocol."""

from datetime import datetime
from typing import Any

import pytest

from logstream.formats.clock import Clock
from logstream.formats.fields import Fields
from logstream.receivers.fitting import Names, received
from logstream.receivers.options import options_of
from tests.receivers.records import NOW_TEXT, context, entry, request, row


def made(fields: Fields, names: Names = Names()) -> Any:
    making = received([fields], names)
    list(making.make(NOW_TEXT))
    (one,) = making.entries
    return one


def test_names_come_from_the_request_then_from_the_record() -> None:
    fields = Fields("a", service="service", host="host")
    assert (made(fields).app_key, made(fields).app_id) == ("service", "host")
    assert (made(fields, Names("k", "i")).app_key, made(fields, Names("k", "i")).app_id) == ("k", "i")
    assert made(fields, Names("k", "i", "client")).app_key == "client"
    assert (made(Fields("a")).app_key, made(Fields("a")).app_id) == ("unknown", "unknown")


def test_what_is_too_long_is_cut_and_kept_whole_in_the_context() -> None:
    long = "x" * 300
    one = made(Fields("a", service=long, host=long, category=long, user_agent=long, trace_id=long))
    assert (one.app_key, one.app_id, one.category, one.user_agent) == (long[:100], long[:100], long[:100], long[:255])
    assert context(one) == dict.fromkeys(("trace_id", "app_key", "app_id", "user_agent", "category"), long)


@pytest.mark.parametrize("by", ["query", "headers"])
def test_a_request_can_name_its_fields(by: str) -> None:
    wanted = {
        "message_field": "what,a.text", "time_field": "when", "level_field": "how", "drop_fields": "secret,a.b",
        "add_fields": "team=pay,region=eu",
    }  # fmt: skip
    headers = {b"x-" + name.replace("_", "-").encode(): value.encode() for name, value in wanted.items()}
    options = options_of(wanted, {}) if by == "query" else options_of({}, headers)
    body = b'{"a":{"text":"order","b":1,"c":2},"when":1768487000123,"how":"warn","secret":1}'
    clock = Clock(datetime(2026, 1, 15))
    (fields,) = row("Shippers").decode(request("Shippers", body)).fields
    options.apply(fields, clock)
    one = made(fields)
    assert (one.message, one.level, one.timestamp) == ("order", "warning", "2026-01-15T14:23:20.123Z")
    said = context(one)
    assert {name: said[name] for name in ("a", "team", "region")} == {"a": {"c": 2}, "team": "pay", "region": "eu"}
    assert "secret" not in said


def test_a_trace_id_that_fits_is_kept_to_the_letter() -> None:
    assert entry("GELF", {"short_message": "a", "_trace_id": "any thing"}).trace_id == "any thing"
