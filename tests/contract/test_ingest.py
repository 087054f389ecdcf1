"""POST /api/logs: every shape of body, every rule for a field, every error."""

import gzip
import json
import re
import socket
import threading
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import zstandard

from tests.harness import Server, running

both_stores = True

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
        ({"trace_id": "x" * 37}, "trace_id has 37 characters; at most 36 are allowed"),
        ({"batch_id": "x" * 37}, "batch_id has 37 characters; at most 36 are allowed"),
        ({"app_key": "x" * 101}, "app_key has 101 characters; at most 100 are allowed"),
        ({"app_id": "x" * 101}, "app_id has 101 characters; at most 100 are allowed"),
        ({"app_key": 5}, "app_key is not a string"), ({"trace_id": [1]}, "trace_id is not a string"),
        ({"category": {}}, "category is not a string"), ({"user_agent": True}, "user_agent is not a string"),
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
     b'{"message":"\xed\xa0\x80"}', b"\xef\xbb\xbf{}", b'{"a":01}', b'{"a":NaN}', b'{"a":"\\x"}'],
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
