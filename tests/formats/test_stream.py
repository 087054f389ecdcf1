"""Lines of a source as entries to send."""

import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logstream.formats.clock import Clock
from logstream.formats.stream import Stream, entry_of
from logstream.formats.wire import MOST_BYTES

NOW = datetime(2026, 3, 1, 12, 0, 0)
LEVELS = {"debug", "info", "notice", "warning", "error", "critical"}


def entry(line: bytes, category: str | None = None) -> Any:
    encoded = entry_of(line, Clock(NOW), category)
    return None if encoded is None else json.loads(encoded)


@pytest.mark.parametrize("line", [b"", b"\n", b"\r\n", b"   \t \n", b"\0\0\0\n"])
def test_lines_of_white_space_are_no_entries(line: bytes) -> None:
    assert entry(line) is None


@pytest.mark.parametrize(
    "line",
    [
        b'{"message":"x","context":{"b":1.0,"a":123456789012345678901234567890}}',
        b'{"level":"Warning","message":"x","timestamp":"2026-01-02T03:04:05+01:00","trace_id":"t"}',
        b'{"message":"x","level":3,"timestamp":1767323045.5}',
        b'{"id":"x","trace_id":"t","batch_id":null,"app_key":"a","app_id":"b","user_agent":null,"level":"info",'
        b'"category":"general","message":"m","context":null,"timestamp":"2026-01-02T03:04:05.678Z","created_at":"x"}',
    ],
)
def test_an_entry_of_ours_goes_through_to_the_letter(line: bytes) -> None:
    assert entry_of(b"  " + line + b" \r\n", Clock(NOW), "cat") == line


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'{"message":"x","level":"SEVERE"}', {"message": "x", "level": "error"}),
        (b'{"message":"x","level":50}', {"message": "x", "level": "error"}),
        (b'{"message":"x","level":true}', {"message": "x", "context": {"level": True}}),
        (
            b'{"message":"x","timestamp":"2026-01-02 03:04:05,678"}',
            {"message": "x", "timestamp": "2026-01-02T03:04:05.678Z"},
        ),
        (b'{"message":"x","timestamp":"soon"}', {"message": "x", "context": {"timestamp": "soon"}}),
        (b'{"level":"error"}', {"message": '{"level":"error"}', "level": "error"}),
        (b'{"message":"x","user":1.0}', {"message": "x", "context": {"user": 1.0}}),
        (b'{"message":"x","app_id":5,"user":1}', {"message": "x", "app_id": "5", "context": {"user": 1}}),
        (b'{"message":"x","a":NaN}', {"message": "x", "context": {"a": "NaN"}}),
        (b'{"message":"x","level":"error"},', {"message": "x", "level": "error"}),
        (b'{"message":"x\ty","level":"error"}', {"message": "x\ty", "level": "error"}),
    ],
)
def test_an_entry_that_is_not_quite_ours_is_read(line: bytes, said: dict[str, Any]) -> None:
    assert entry(line) == said


@pytest.mark.parametrize("line", [b"[1,2]", b'"text"', b"5", b"{broken", b'{"a":1}{"b":2}', b"null"])
def test_other_json_and_broken_json_is_a_message(line: bytes) -> None:
    assert entry(line) == {"message": line.decode()}


def test_bytes_that_are_not_utf_8_become_replacement_characters() -> None:
    assert entry(b"caf\xe9 \xff\n", "kitchen") == {"message": "caf\ufffd \ufffd", "category": "kitchen"}
    assert entry(b'{"message":"caf\xe9","level":"error"}') == {"message": "caf\ufffd", "level": "error"}


def test_a_category_is_for_text_and_for_objects_without_one() -> None:
    assert entry(b"Mar  1 01:02:03 web sshd[7]: x")["category"] == "sshd"
    assert entry(b"Mar  1 01:02:03 web sshd[7]: x", "mine")["category"] == "mine"
    assert entry(b'{"msg":"x","logger":"a.b"}', "mine")["category"] == "a.b"
    assert entry(b'{"msg":"x","a":1}', "mine")["category"] == "mine"
    assert "category" not in entry(b'{"message":"x"}', "mine")


def test_nuls_and_a_byte_order_mark_before_a_line_are_not_of_it() -> None:
    stream = Stream(Clock(NOW))
    lines = [b"\xef\xbb\xbf2026-01-02 03:04:05 ERROR x\n", b"\0" * 64 + b"<11>Jan  2 03:04:05 w a: x\n"]
    first, second = (json.loads(line) for line, _ in stream.feed(lines, NOW) + stream.flush())
    assert (first["message"], first["level"]) == ("2026-01-02 03:04:05 ERROR x", "error")
    assert (second["message"], second["level"]) == ("<11>Jan  2 03:04:05 w a: x", "error")


def test_an_object_that_was_cut_keeps_what_there_is_of_it() -> None:
    line = b'{"level":"error","time":"2026-01-02T03:04:05Z","user":1,"msg":"a long te'
    assert entry(line) == {
        "message": "a long te",
        "level": "error",
        "timestamp": "2026-01-02T03:04:05.000Z",
        "context": {"user": 1},
    }


def test_the_rest_of_an_entry_has_the_time_and_level_of_its_head() -> None:
    rest = entry_of(b"    at a.b(C.java:7)", Clock(NOW), None, b"2026-01-02 03:04:05 ERROR boom")
    assert rest is not None
    assert json.loads(rest) == {
        "message": "    at a.b(C.java:7)",
        "level": "error",
        "timestamp": "2026-01-02T03:04:05.000Z",
    }


def test_control_characters_fit_into_a_request() -> None:
    encoded = entry_of(b"\x01" * 750_000 + b" ERROR end\n", Clock(NOW))
    assert encoded is not None
    assert len(encoded) <= MOST_BYTES
    assert json.loads(encoded)["message"] == "\u2401" * 750_000 + " ERROR end"


def test_a_long_object_is_whole_and_a_huge_one_is_cut_and_says_so() -> None:
    long = json.dumps({"level": "error", "msg": "x" * 1_300_000, "k": 1}).encode()
    assert entry(long) == {"message": "x" * 1_300_000, "level": "error", "context": {"k": 1}}
    huge = json.dumps({"level": "error", "msg": "é" * 4_000_000, "k": 1, "big": ["y" * 2_000_000]}).encode()
    encoded = entry_of(huge, Clock(NOW))
    assert encoded is not None
    assert len(encoded) <= MOST_BYTES
    said = json.loads(encoded)
    assert (said["level"], said["context"]["k"], said["context"]["_cut"]) == ("error", 1, ["big", "message"])


def test_entries_come_with_the_numbers_of_their_lines() -> None:
    stream = Stream(Clock(NOW), multiline="off")
    assert [number for _, number in stream.feed([b"a\n", b"\n", b"  b\n"], NOW) + stream.flush()] == [1, 3]


@given(st.binary() | st.text().map(str.encode) | st.from_regex(r"[\[<0-9A-Z :,.+\]-]{0,60}").map(str.encode))
def test_any_bytes_are_taken(line: bytes) -> None:
    encoded = entry_of(line, Clock(NOW))
    if encoded is not None:
        assert json.loads(encoded).get("level", "info") in LEVELS or line.strip().startswith(b"{")


def test_objects_one_behind_the_other_are_entries_of_their_own() -> None:
    stream = Stream(Clock(NOW))
    lines = [b'{"message":"a","level":"error"}{"message":"b"} {"msg":"c","x":"}{"}\n', b'{"x":"}{"}\n']
    found = stream.feed(lines, NOW) + stream.flush()
    assert [(json.loads(entry)["message"], number) for entry, number in found] == [
        ("a", 1),
        ("b", 1),
        ("c", 1),
        ('{"x":"}{"}', 2),
    ]
