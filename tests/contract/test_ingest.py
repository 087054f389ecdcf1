"""POST /api/logs: every shape of body, every rule for a field, every error."""

import gzip
import json
import re
import socket
import threading
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import zstandard

from tests.harness import Server, running

all_stores = True
cluster_too = True

KEYS = [
    "id", "trace_id", "batch_id", "app_key", "app_id", "user_agent", "level", "category", "message", "context",
    "timestamp", "created_at",
]  # fmt: skip
APP = {"app_key": "shop", "app_id": "production"}
STAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.([0-9]{3}|[0-9]{6})Z")


def stored(server: Server, **fields: Any) -> dict[str, Any]:
    """The entry that the server makes of these fields; what it answers is what search finds."""
    answer = server.post({**APP, **fields})
    assert answer.status_code == 201, answer.text
    (entry,) = answer.json()["entries"]
    assert server.get(f"/api/logs/{entry['id']}").text == json.dumps(entry, ensure_ascii=False, separators=(",", ":"))
    return dict(entry)


# -- shapes


def test_a_single_entry_is_answered_whole(shared_server: Server) -> None:
    answer = shared_server.post({**APP, "message": "hello"})
    assert answer.status_code == 201
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert list(body) == ["saved", "entries", "errors"]
    assert (body["saved"], body["errors"]) == (1, None)
    (entry,) = body["entries"]
    assert list(entry) == KEYS
    assert UUID(entry["trace_id"]).version == 4
    assert (entry["level"], entry["category"], entry["message"], entry["context"]) == ("info", "general", "hello", None)
    assert STAMP.fullmatch(entry["timestamp"])
    assert STAMP.fullmatch(entry["created_at"])


def test_a_frame_gives_its_fields_to_entries_that_lack_them(shared_server: Server) -> None:
    logs = [
        {"message": "a"},
        {"message": "b", "app_key": "own", "app_id": "own", "batch_id": "own", "user_agent": "own"},
    ]
    body = {**APP, "batch_id": "frame", "logs": logs}
    first, second = shared_server.post(body).json()["entries"]
    assert (first["app_key"], first["app_id"], first["batch_id"]) == ("shop", "production", "frame")
    assert [second[name] for name in ("app_key", "app_id", "batch_id", "user_agent")] == ["own"] * 4


@pytest.mark.file_storage
def test_a_bare_list_and_ndjson_take_the_app_from_entries_headers_or_query(shared_server: Server) -> None:
    own = {"app_key": "own", "app_id": "x"}
    headers = {"X-App-Key": "header", "X-App-Id": "x"}
    path = "/api/logs?app_key=query&app_id=x"
    for body, kind in (
        (json.dumps([own, {}]).encode(), "application/json"),
        (json.dumps(own).encode() + b"\n\n{}\r\n", "application/x-ndjson"),
        (json.dumps(own).encode() + b"\n{}", "Application/X-NDJSON; charset=utf-8"),
    ):
        for extra, where, expected in ((headers, path, "header"), ({}, path, "query")):
            answer = shared_server.post(body, where, headers={"Content-Type": kind, **extra})
            assert [entry["app_key"] for entry in answer.json()["entries"]] == ["own", expected]


def test_a_bad_line_of_ndjson_is_an_error_for_that_line(shared_server: Server) -> None:
    body = b'{"message":"a"}\n{"message":\n5\n{"message":"b"}\n'
    headers = {"Content-Type": "application/x-ndjson", "X-App-Key": "k", "X-App-Id": "i"}
    answer = shared_server.post(body, headers=headers).json()
    assert [entry["message"] for entry in answer["entries"]] == ["a", "b"]
    assert answer["saved"] == 2
    assert [error[:9] for error in answer["errors"]] == ["Entry #1:", "Entry #2:"]


@pytest.mark.parametrize("logs", [5, "text", {"a": 1}, None, True])
def test_logs_that_is_no_list_makes_the_body_one_entry(shared_server: Server, logs: Any) -> None:
    assert stored(shared_server, logs=logs, message="one")["message"] == "one"


def test_the_content_type_is_not_checked(shared_server: Server) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "nonsense"):
        assert shared_server.post(APP, headers={"Content-Type": kind}).status_code == 201


# -- fields


@pytest.mark.parametrize(
    ("given", "level"),
    [
        *[(level, level) for level in ("debug", "info", "notice", "warning", "error", "critical")],
        ("ERROR", "error"), (" Warning ", "warning"), ("trace", "debug"), ("verbose", "debug"), ("information", "info"),
        ("warn", "warning"), ("err", "error"),
        *[(word, "critical") for word in ("crit", "fatal", "alert", "emerg", "emergency", "panic")],
        (0, "critical"), (1, "critical"), (2, "critical"), (3, "error"), (4, "warning"), (5, "notice"), (6, "info"),
        (7, "debug"), ("3", "error"), (8, "info"), (-1, "info"), (2.5, "info"), (True, "info"), (None, "info"),
        ("", "info"), ("loud", "info"), ([], "info"), ({"a": 1}, "info"), (10**30, "info"),
    ],
)  # fmt: skip
def test_levels_are_understood_in_every_spelling(shared_server: Server, given: Any, level: str) -> None:
    assert stored(shared_server, level=given)["level"] == level


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("text", "text"), (None, ""), (5, "5"), (1.0, "1.0"), (True, "true"), ([1, "a"], '[1,"a"]'),
        ({"a": {"b": 1}}, '{"a":{"b":1}}'), ("a\n\tb\0", "a\n\tb\0"), ("x" * 100_000, "x" * 100_000), ("é😀", "é😀"),
    ],
)  # fmt: skip
def test_a_message_that_is_no_text_is_kept_as_json(shared_server: Server, given: Any, message: str) -> None:
    assert stored(shared_server, message=given)["message"] == message


def nested(depth: int) -> str:
    return '{"a":' * (depth - 1) + "{}" + "}" * (depth - 1)


@pytest.mark.parametrize(
    ("given", "context"),
    [
        ('{"b":1.0,"a":{"big":123456789012345678901234567890,"e":1e5,"f":1.10,"m":-0}}', None),
        ('[1,{"a":null}]', None),
        ("{}", None),
        ("[]", None),
        ("null", None),
        ('{ "a" : [ 1 , 2 ] }', '{"a":[1,2]}'),
        ('"{\\"z\\": 1.0, \\"a\\": [1]}"', '{"z":1.0,"a":[1]}'),
        ('"[1]"', "[1]"),
        ('"plain"', '{"value":"plain"}'),
        ('"{broken"', '{"value":"{broken"}'),
        ('""', '{"value":""}'),
        ("5", '{"value":5}'),
        ("1.0", '{"value":1.0}'),
        ("true", '{"value":true}'),
        ('{"a":"\\ud800","b":"\\ud83d\\ude00"}', '{"a":"\\ufffd","b":"\\ud83d\\ude00"}'),
        (nested(30), None),
        (nested(31), '{"value":' + json.dumps(nested(31)) + "}"),
        ("[" * 200 + "]" * 200, '{"value":"' + "[" * 200 + "]" * 200 + '"}'),
    ],
)
def test_the_context_is_answered_to_the_letter(shared_server: Server, given: str, context: str | None) -> None:
    body = b'{"app_key":"shop","app_id":"context","context":' + given.encode() + b"}"
    answer = shared_server.post(body)
    assert answer.status_code == 201
    entry = re.search(r'"entries":\[(.*)\],"errors"', answer.text)
    assert entry is not None
    assert f'"context":{given if context is None else context},"timestamp"' in entry[1]
    assert shared_server.get(f"/api/logs/{answer.json()['entries'][0]['id']}").text == entry[1]


@pytest.mark.parametrize(
    ("given", "kept"),
    [("yesterday", '"yesterday"'), (True, "true"), ([1], "[1]"), ({"a": 1}, '{"a":1}'), ("1969-01-01", '"1969-01-01"')],
)
def test_a_timestamp_not_understood_is_the_time_of_receipt_and_kept(
    shared_server: Server, given: Any, kept: str
) -> None:
    entry = stored(shared_server, timestamp=given, context={"a": 1})
    assert entry["timestamp"][:10] == entry["created_at"][:10]
    assert json.dumps(entry["context"], separators=(",", ":")) == '{"a":1,"_timestamp":' + kept + "}"
    assert stored(shared_server, timestamp=given, context=[1])["context"] == {"value": [1], "_timestamp": given}


def test_a_timestamp_is_written_in_utc(shared_server: Server) -> None:
    assert stored(shared_server, timestamp="2026-01-31 23:30:00.5-01:00")["timestamp"] == "2026-02-01T00:30:00.500Z"
    assert stored(shared_server, timestamp=1700000000123)["timestamp"] == "2023-11-14T22:13:20.123Z"


def test_user_agent_and_category_are_cut_and_fall_back(shared_server: Server) -> None:
    entry = stored(shared_server, user_agent="ü" * 300, category="ß" * 101)
    assert (entry["user_agent"], entry["category"]) == ("ü" * 255, "ß" * 100)
    answer = shared_server.post({**APP, "user_agent": "frame", "logs": [{}]}, headers={"User-Agent": "header"}).json()
    assert answer["entries"][0]["user_agent"] == "header"
    answer = shared_server.post({**APP, "user_agent": "frame", "logs": [{}]}, headers={"User-Agent": ""}).json()
    assert answer["entries"][0]["user_agent"] == "frame"
    assert stored(shared_server, category=None)["category"] == "general"
    assert stored(shared_server, category="")["category"] == "general"


@pytest.mark.parametrize("empty", [None, ""])
def test_an_empty_trace_or_batch_is_none(shared_server: Server, empty: Any) -> None:
    entry = stored(shared_server, trace_id=empty, batch_id=empty)
    assert UUID(entry["trace_id"]).version == 4
    assert entry["batch_id"] is None


def test_ids_are_monotonic_ulids_made_by_the_server(shared_server: Server) -> None:
    answers = [shared_server.post({**APP, "logs": [{"id": "mine"}] * 50}).json()["entries"] for _ in range(5)]
    ids = [entry["id"] for entries in answers for entry in entries]
    assert ids == sorted(set(ids))
    assert all(re.fullmatch("[0-7][0-9A-HJKMNP-TV-Z]{25}", one) for one in ids)


# -- errors


@pytest.mark.file_storage
@pytest.mark.parametrize(
    ("entry", "why"),
    [
        (5, "not an object"), (None, "not an object"), ([], "not an object"), ("x", "not an object"),
        ({"app_key": "x" * 101}, "app_key has 101 characters; at most 100 are allowed"),
        ({"app_id": "x" * 101}, "app_id has 101 characters; at most 100 are allowed"),
        ({"app_key": [5]}, "app_key is not a string"), ({"app_id": True}, "app_id is not a string"),
    ],
)  # fmt: skip
def test_a_bad_entry_is_named_and_the_good_ones_are_kept(shared_server: Server, entry: Any, why: str) -> None:
    answer = shared_server.post({**APP, "logs": [{"message": "first"}, entry, {"message": "last"}]})
    assert answer.status_code == 201
    assert answer.json()["saved"] == 2
    assert [one["message"] for one in answer.json()["entries"]] == ["first", "last"]
    assert answer.json()["errors"] == [f"Entry #1: {why}"]
    alone = shared_server.post({**APP, "logs": [entry]})
    assert alone.status_code == 400
    assert alone.json() == {"saved": 0, "entries": [], "errors": [f"Entry #0: {why}"]}


@pytest.mark.file_storage
def test_an_entry_without_an_app_is_an_error_for_that_entry(shared_server: Server) -> None:
    answer = shared_server.post([APP, {"message": "whose?"}])
    assert answer.json()["errors"] == ["Entry #1: app_key and app_id are required"]
    assert answer.json()["saved"] == 1


@pytest.mark.file_storage
@pytest.mark.parametrize("body", [{}, [], [{}], {"logs": [{}]}, {"app_key": "a"}, {"app_key": "", "app_id": "x"}])
def test_no_app_at_all_is_an_error_of_the_request(shared_server: Server, body: Any) -> None:
    answer = shared_server.post(body)
    assert answer.status_code == 400
    assert answer.json() == {"error": "app_key and app_id are required"}


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"nul", b"5", b'"x"', b"{'a': 1}", b'{"message":"\xff"}', b'{"a":1}{"b":2}', b'{"a":"\n"}', b"[" * 9999,
     b'{"message":"\xed\xa0\x80"}', b'{"a":01}', b'{"a":nAn}', b'{"a":"\\x"}', b'{"a":1}{"b":2}\n{', b"{\n{}\n"],
)  # fmt: skip
def test_a_body_that_is_no_json_is_a_400_that_says_where(shared_server: Server, body: bytes) -> None:
    answer = shared_server.post(body, headers={"X-App-Key": "k", "X-App-Id": "i"})
    assert answer.status_code == 400
    assert answer.json()["error"] == "Invalid JSON body"
    assert answer.json()["reason"]


def test_too_many_bad_entries_are_counted_rather_than_listed(shared_server: Server) -> None:
    answer = shared_server.post({**APP, "logs": [0] * 1500})
    assert len(answer.json()["errors"]) == 1001
    assert answer.json()["errors"][-1] == "500 more entries were refused"
    assert shared_server.post({**APP, "logs": [0] * 100_001}).status_code == 413


# -- odd values, which cost one value


def warned(server: Server, body: Any, **headers: str) -> tuple[list[dict[str, Any]], list[str]]:
    """The entries that the server makes of a body, all of which it takes, and what it warns of."""
    answer = server.post(body, headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.json()["errors"] is None
    return answer.json()["entries"], answer.json().get("warnings", [])


@pytest.mark.parametrize(
    ("given", "fields", "context", "warning"),
    [
        ({"host": "web-1", "n": 1}, {}, {"host": "web-1", "n": 1}, "host, n: moved to the context"),
        ({"a": 2, "b": 3, "context": {"a": 1}}, {}, {"a": 1, "b": 3}, "a: left out, as the context has the same name"),
        ({"a": 2, "context": [1]}, {}, {"value": [1], "a": 2}, "a: moved to the context"),
        ({"a": 2, "context": "x"}, {}, {"value": "x", "a": 2}, "a: moved to the context"),
        ({"trace_id": "x" * 37}, {}, {"_trace_id": "x" * 37}, "trace_id has 37 characters"),
        ({"trace_id": 5}, {}, {"_trace_id": 5}, "trace_id is of another type"),
        ({"batch_id": "x" * 37}, {"batch_id": "frame"}, {"_batch_id": "x" * 37}, "batch_id has 37 characters"),
        ({"batch_id": [1]}, {"batch_id": "frame"}, {"_batch_id": [1]}, "batch_id is of another type"),
        ({"app_id": 1.50}, {"app_id": "1.5"}, None, None), ({"app_id": -5}, {"app_id": "-5"}, None, None),
        ({"category": 5}, {"category": "5"}, None, None),
        ({"category": {}}, {"category": "general"}, {"_category": {}}, "category is of another type"),
        ({"category": "c" * 101}, {"category": "c" * 100}, None, "category has 101 characters: cut to 100"),
        ({"user_agent": "c" * 256}, {"user_agent": "c" * 255}, None, "user_agent has 256 characters: cut to 255"),
        ({"user_agent": True}, {}, {"_user_agent": True}, "user_agent is of another type"),
        ({"level": "loud"}, {"level": "info"}, {"_level": "loud"}, "level is not understood"),
        ({"level": [1], "context": {"_level": 0}}, {}, {"_level": 0, "__level": [1]}, "level is of another type"),
        ({"timestamp": True}, {}, {"_timestamp": True}, "timestamp is of another type"),
        ({"timestamp": "soon"}, {}, {"_timestamp": "soon"}, "timestamp is not understood"),
        ({"id": "order-7", "created_at": None}, {}, {"_id": "order-7"}, "id is given by the server"),
        ({"id": "01KF1C2J5XQ0V7ZJ3M8N4R6T9W", "created_at": "2026-01-15T14:22:00.000Z"}, {}, None, None),
        ({"x": json.loads(nested(31))}, {}, {"x": nested(31)}, "x: moved to the context"),
    ],
)  # fmt: skip
def test_an_odd_value_costs_one_value_and_is_told_of(
    shared_server: Server, given: Any, fields: dict[str, Any], context: Any, warning: str | None
) -> None:
    logs = [{"message": "first"}, {"message": "odd", **given}, {"message": "last"}]
    entries, warnings = warned(shared_server, {"app_key": "odd", "app_id": "x", "batch_id": "frame", "logs": logs})
    assert [entry["message"] for entry in entries] == ["first", "odd", "last"]
    assert {name: entries[1][name] for name in fields} == fields
    assert entries[1]["context"] == context
    assert [entry["context"] for entry in entries[::2]] == [None, None]
    if warning is None:
        assert warnings == []
    else:
        assert warnings[-1].startswith("Entry #1: " + warning)
    alone, same = warned(shared_server, {"app_key": "odd", "app_id": "x", **given, "message": "alone"})
    assert alone[0]["context"] == context
    assert [text.replace("#0", "#1") for text in same] == warnings


def test_numbers_that_json_does_not_have_are_kept_as_text(shared_server: Server) -> None:
    odd = b'{"message":"NaN","context":{"a":NaN,"b":[-Infinity,1.0],"c":"NaN"},"x":Infinity}'
    for body, kind in (
        (b'{"app_key":"nan","app_id":"x","logs":[{"message":"a"},' + odd + b"]}", "application/json"),
        (b'[{"message":"a"},' + odd + b"]", "application/json"),
        (b'{"message":"a"}\n' + odd, "application/x-ndjson"),
        (b'{"message":"a"}\n' + odd, "text/plain"),
    ):
        headers = {"X-App-Key": "nan", "X-App-Id": "x", "Content-Type": kind}
        answer = shared_server.post(body, headers=headers)
        assert '"context":{"a":"NaN","b":["-Infinity",1.0],"c":"NaN","x":"Infinity"}' in answer.text
        assert answer.json()["saved"] == 2
        assert answer.json()["warnings"][0] == "Entry #1: NaN and Infinity are no JSON: kept as text"


@pytest.mark.file_storage
def test_ndjson_is_known_by_its_look(shared_server: Server) -> None:
    headers = {"X-App-Key": "look", "X-App-Id": "x"}
    bom = b"\xef\xbb\xbf"
    for body, messages in (
        (b'{"message":"a"}\n{"message":"b","x":1}\r\n', ["a", "b"]),
        (b'\n{"message":"a"}\n\n{"message":"b"}', ["a", "b"]),
        (bom + b'{"message":"a"}\n' + bom + b'{"message":"b"}', ["a", "b"]),
        (bom + b'{"message":\n"a"}', ["a"]),
        (bom + b'[{"message":"a"}]', ["a"]),
    ):
        for kind in ("application/json", "application/x-ndjson") if b":\n" not in body else ("text/plain",):
            entries, _ = warned(shared_server, body, **headers, **{"Content-Type": kind})
            assert [entry["message"] for entry in entries] == messages
    framed = json.dumps({**APP, "logs": [{"message": "a"}]}).encode()
    entries, _ = warned(shared_server, framed, **{"Content-Type": "application/x-ndjson"})
    assert [(entry["app_key"], entry["message"]) for entry in entries] == [("shop", "a")]
    answer = shared_server.post(b'{"message":"a"}\n{"message"', headers=headers).json()
    assert (answer["saved"], answer["errors"][0][:23]) == (1, "Entry #1: invalid JSON:")


@pytest.mark.parametrize(
    ("given", "message", "level", "stamp", "context"),
    [
        ({"msg": "a", "level": 50, "time": 1700000000123, "pid": 7, "hostname": "w"}, "a", "error",
         "2023-11-14T22:13:20.123Z", {"pid": 7, "hostname": "w"}),
        ({"@t": "2026-01-15T14:22:00Z", "@mt": "hi {User}", "User": "me", "@l": "Warning"}, "hi me", "warning",
         "2026-01-15T14:22:00.000Z", {"@mt": "hi {User}", "User": "me"}),
        ({"short_message": "a", "context": {"k": 1}, "_x": 1}, "a", "info", None, {"k": 1, "_x": 1}),
        ({"event": "login", "timestamp": "soon"}, "login", "info", None, {"timestamp": "soon"}),
        ({"message": "own", "msg": "other", "time": 5}, "own", "info", None, {"msg": "other", "time": 5}),
        ({"message": "", "msg": "other"}, "", "info", None, {"msg": "other"}),
        ({"msg": 5}, "", "info", None, {"msg": 5}),
    ],
)  # fmt: skip
def test_an_object_without_a_message_is_read_as_its_logger_means_it(
    shared_server: Server, given: Any, message: str, level: str, stamp: str | None, context: Any
) -> None:
    for body in ({**APP, **given}, {**APP, "logs": [given]}):
        (entry,), warnings = warned(shared_server, body)
        assert (entry["message"], entry["level"], entry["context"]) == (message, level, context)
        assert (entry["app_key"], entry["app_id"]) == ("shop", "production")
        assert stamp is None or entry["timestamp"] == stamp
        assert "moved to the context" in warnings[0]


def test_what_a_frame_says_in_vain_is_told(shared_server: Server) -> None:
    frame = {"app_key": "x", "app_id": 5, "batch_id": 7, "level": "error", "host": "a", "logs": [{}, {"batch_id": "b"}]}
    entries, warnings = warned(shared_server, frame)
    assert [(entry["app_id"], entry["level"], entry["batch_id"]) for entry in entries] == [
        ("5", "info", None),
        ("5", "info", "b"),
    ]
    assert [entry["context"] for entry in entries] == [{"_batch_id": 7}, None]
    assert [text.split(":")[0] for text in warnings] == ["Request"] * 2
    assert "level, host" in warnings[1]


def test_large_values_are_kept_whole(tmp_path: Path) -> None:
    with running(tmp_path / "server", MAX_BODY_BYTES="16MB") as server:
        controls = "".join(map(chr, range(1, 32))) * 25_000
        answer = server.post({**APP, "message": controls, "context": {"large": "x" * 1_500_000}})
        assert answer.status_code == 201
        (entry,) = server.search(app_key="shop")["entries"]
        assert (entry["message"], len(entry["context"]["large"])) == (controls, 1_500_000)


def test_a_time_too_far_ahead_is_that_of_receipt_whoever_sends_it(tmp_path: Path) -> None:
    ahead = datetime.now(UTC) + timedelta(hours=2)
    far, near = f"{ahead:%Y-%m-%dT%H:%M:%S}.000Z", f"{ahead - timedelta(hours=1.5):%Y-%m-%dT%H:%M:%S}.000Z"
    with running(tmp_path / "server", MAX_FUTURE="1h") as server:
        entries, warnings = warned(server, {**APP, "logs": [{"timestamp": far}, {"timestamp": near}]})
        assert entries[0]["timestamp"] == entries[0]["created_at"]
        assert entries[0]["context"] == {"_timestamp": far}
        assert (entries[1]["timestamp"], entries[1]["context"]) == (near, None)
        assert warnings == ["Entry #0: timestamp is too far ahead: moved to context._timestamp"]
        gelf = {"version": "1.1", "host": "h", "short_message": "gelf", "timestamp": ahead.timestamp()}
        assert server.post(gelf, "/gelf").status_code == 202
        (entry,) = server.search(search="gelf")["entries"]
        assert entry["timestamp"] == entry["created_at"]
        assert entry["context"]["_timestamp"][:16] == far[:16]
        assert "logstream_future_timestamps_total 2.0" in server.get("/metrics").text
        assert server.log.count("MAX_FUTURE") == 1


# -- options


def test_minimal_answers_leave_the_entries_out(shared_server: Server) -> None:
    for prefer in ("return=minimal", "respond-async, Return=Minimal", 'return="minimal"; wait=5'):
        answer = shared_server.post(APP, headers={"Prefer": prefer})
        assert answer.status_code == 201
        assert answer.json() == {"saved": 1, "errors": None}


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd"])
def test_compressed_bodies_are_understood(shared_server: Server, encoding: str) -> None:
    encoders: dict[str, Callable[[bytes], bytes]] = {
        "gzip": gzip.compress,
        "deflate": zlib.compress,
        "zstd": zstandard.compress,
    }
    encode = encoders[encoding]
    body = json.dumps({**APP, "message": encoding}).encode()
    answer = shared_server.post(encode(body), headers={"Content-Encoding": encoding})
    assert answer.json()["entries"][0]["message"] == encoding
    assert shared_server.post(encode(bytes(5_000_000)), headers={"Content-Encoding": encoding}).status_code == 413
    cut = shared_server.post(encode(body)[:-3], headers={"Content-Encoding": encoding})
    assert (cut.status_code, cut.json()["error"]) == (400, "Invalid compressed body")


def test_an_unknown_encoding_is_415(shared_server: Server) -> None:
    answer = shared_server.post(APP, headers={"Content-Encoding": "br"})
    assert answer.status_code == 415
    assert "'br'" in answer.json()["reason"]


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_the_limit_is_413(tmp_path: Path, chunked: bool) -> None:
    with running(tmp_path / "server", MAX_BODY_BYTES="10000") as server:
        for size, status in ((9_000, 201), (10_100, 413), (200_000, 413)):
            body = json.dumps({**APP, "message": "x" * size}).encode()
            content = iter([body[:100], body[100:]]) if chunked else body
            answer = server.post(content) if isinstance(content, bytes) else _post_parts(server, content)
            assert answer.status_code == status
        assert "MAX_BODY_BYTES" in answer.json()["reason"]
        assert server.search()["total"] == 1


def _post_parts(server: Server, parts: Any) -> Any:

    return server.request("POST", "/api/logs", content=parts)


# -- idempotency


def test_the_same_key_stores_once_and_answers_the_same_also_after_a_restart(server: Server) -> None:
    headers = {"Idempotency-Key": "once"}
    first = server.post({**APP, "logs": [{"message": "a"}, 5]}, headers=headers)
    again = server.post({**APP, "logs": [{"message": "a"}, 5]}, headers=headers)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    server.stop()
    server.start()
    assert server.post({**APP, "logs": [{"message": "a"}, 5]}, headers=headers).content == first.content
    server.kill()
    server.start()
    assert server.post({**APP, "logs": [{"message": "a"}, 5]}, headers=headers).content == first.content
    assert server.search()["total"] == 1


def test_the_same_key_at_the_same_time_stores_once(shared_server: Server) -> None:
    answers: list[bytes] = []
    body = {"app_key": "at-once", "app_id": "x", "logs": [{}] * 50}

    def post() -> None:
        answers.append(shared_server.post(body, headers={"Idempotency-Key": "at-once"}).content)

    threads = [threading.Thread(target=post) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(answers)) == 1
    assert shared_server.search(app_key="at-once")["total"] == 50


def test_a_refused_request_leaves_its_key_free(shared_server: Server) -> None:
    headers = {"Idempotency-Key": "free"}
    assert shared_server.post(b"{", headers=headers).status_code == 400
    assert shared_server.post({"app_key": "free", "app_id": "x"}, headers=headers).status_code == 201
    assert shared_server.post(APP, headers={"Idempotency-Key": "x" * 256}).status_code == 400


# -- on disk and on the wire


@pytest.mark.file_storage
def test_the_journal_holds_the_bytes_of_the_answer(server: Server) -> None:
    logs = [
        {"message": str(n), "timestamp": f"2026-01-0{n % 3 + 1}T00:00:00Z", "context": {"n": 1.0}} for n in range(9)
    ]
    answer = server.post({**APP, "logs": logs})
    lines = server.journal_lines()
    assert sorted(path.relative_to(server.log_path).as_posix() for path in server.log_path.glob("2*/*/*")) == [
        "2026/01/01.jsonl", "2026/01/02.jsonl", "2026/01/03.jsonl",
    ]  # fmt: skip
    assert b'{"saved":9,"entries":[' + b",".join(sorted(lines)) + b'],"errors":null}' == answer.content


def test_a_request_cut_off_in_its_body_stores_nothing(shared_server: Server) -> None:
    with socket.create_connection(("127.0.0.1", shared_server.http_port)) as client:
        client.sendall(
            b'POST /api/logs HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"app_key":"cut","app_id":"x"'
        )
    assert shared_server.get("/api/health").status_code == 200
    assert shared_server.search(app_key="cut")["total"] == 0
