"""Elasticsearch's bulk API: one item an action, and what shippers ask before they send."""

import json
from typing import Any

import pytest

from logstream.receivers import elasticsearch
from tests.receivers.records import answer, context, decoded, entry, request


def bulk(*lines: Any) -> bytes:
    return b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines)


def test_a_document_is_an_entry() -> None:
    body = bulk(
        {"create": {"_index": "logs"}},
        {
            "@timestamp": "2026-01-15T14:23:20+00:00", "message": "order 42 placed", "log.level": "warn", "n": 1.10,
            "service": {"name": "shop"}, "host": {"name": "web-1"}, "trace.id": "4bf92f3577b34da6a3ce929d0e0e4736",
        },
    )  # fmt: skip
    made = entry("Elasticsearch", body)
    assert (made.message, made.level, made.timestamp) == ("order 42 placed", "warning", "2026-01-15T14:23:20.000Z")
    assert (made.app_key, made.app_id, made.trace_id) == ("shop", "web-1", "4bf92f3577b34da6a3ce929d0e0e4736")
    assert context(made) == {"n": 1.1, "service": {"name": "shop"}, "host": {"name": "web-1"}, "_index": "logs"}


def test_the_index_names_the_app_where_nothing_else_does() -> None:
    assert entry("Elasticsearch", bulk({"index": {}}, {"message": "a"}), "/app-logs/_bulk").app_key == "app-logs"


def test_every_action_has_its_item_in_order() -> None:
    body = bulk(
        {"index": {"_index": "a", "_id": "1"}, "attempts": 0}, {"message": "one"},
        {"delete": {"_index": "a", "_id": "2"}},
        {"update": {"_index": "a", "_id": "3"}}, {"doc": {}},
        b"", b"  ",
        {"create": {"_index": "a"}}, b"nonsense",
        {"create": {"_index": "a"}}, {"message": "last"},
    )  # fmt: skip
    told = json.loads(answer("Elasticsearch", body).body)
    assert told["errors"] is True
    assert [(name, item[name]["status"]) for item in told["items"] for name in item] == [
        ("index", 201), ("delete", 400), ("update", 400), ("create", 400), ("create", 201),
    ]  # fmt: skip
    records = decoded("Elasticsearch", body)
    assert [fields.message for fields in records.fields] == ["one", "last"]
    assert records.refused == 3


def test_success_is_said_without_a_space_for_vector() -> None:
    told = answer(
        "Elasticsearch",
        bulk({"create": {}}, {"message": "a"}),
        accept="application/vnd.elasticsearch+json; compatible-with=9",
    )
    assert b'"errors":false' in told.body
    assert told.media_type == "application/vnd.elasticsearch+json; compatible-with=9"
    assert told.headers["X-Elastic-Product"] == "Elasticsearch"


def test_the_last_document_needs_no_line_end_and_a_space_before_the_text_is_dropped() -> None:
    made = entry("Elasticsearch", bulk({"index": {}}) + b'{"message":" order"}')
    assert made.message == "order"


def test_an_error_object_is_the_exception() -> None:
    error = {"type": "E", "message": "m", "stack_trace": "E: m\n  at x", "code": 5}
    made = entry("Elasticsearch", bulk({"create": {}}, {"message": "a", "error": error}))
    assert context(made) == {"exception": {"type": "E", "message": "m", "stack": "E: m\n  at x", "code": 5}}


@pytest.mark.parametrize(
    ("headers", "shipper"),
    [
        ({"accept": "text/html,application/xhtml+xml", "user_agent": "Mozilla/5.0"}, False),
        ({"accept": "*/*", "user_agent": "curl/8"}, False),
        ({"accept": "*/*", "user_agent": "Elastic-filebeat/8.17.0 (linux)"}, True),
        ({"accept": "application/vnd.elasticsearch+json; compatible-with=9"}, True),
        ({"user_agent": "Vector/0.40"}, True),
    ],
)
def test_the_root_is_the_page_unless_a_shipper_asks(headers: dict[str, str], shipper: bool) -> None:
    assert elasticsearch.is_shipper(request("Elasticsearch", b"", "/", **headers)) is shipper


def test_a_shipper_is_told_its_own_version() -> None:
    told = elasticsearch.root(request("Elasticsearch", b"", "/", user_agent="Elastic-filebeat/8.17.3 (linux)"))
    assert json.loads(told.body)["version"]["number"] == "8.17.3"
