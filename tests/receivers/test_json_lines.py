"""JSON lines over TCP, and what else senders of lines write."""

import json

import pytest

from logstream.formats.clock import Clock
from logstream.receivers.json_lines import Session
from tests.receivers.records import context
from tests.receivers.sessions import MOST, NOW, PEER, arrivals, entries, entry, in_pieces

LOGSTASH = {
    "@timestamp": "2026-01-15T19:45:20.438Z", "@version": "1", "message": 'grüße "quoted"\nline two', "host": "web-1",
    "type": "shop", "level": "WARNING", "logger_name": "shop.checkout", "user_id": 7,
}  # fmt: skip


@pytest.mark.parametrize("size", [1, 11, 10_000])
def test_an_object_a_line_is_an_entry_a_line(size: int) -> None:
    line = json.dumps(LOGSTASH).encode()
    for one in entries(Session, *in_pieces(line + b"\n" + line + b"\r\n\n" + line, size)):
        assert (one.message, one.level) == (LOGSTASH["message"], "warning")
        assert one.timestamp == LOGSTASH["@timestamp"]
        assert (one.app_key, one.app_id, one.category) == ("shop", "web-1", "shop.checkout")
        assert context(one)["user_id"] == 7
    assert len(entries(Session, *in_pieces((line + b"\n") * 3, size))) == 3


def test_monologs_lists_are_events_also_without_a_newline() -> None:
    event = b'["shop.checkout",1768506320,{"message":"paid","context":{"id":42,"trace_id":"4bf9"},"level":300,"level_name":"WARNING"}]'
    for one in entries(Session, event * 3):
        assert (one.message, one.level, one.timestamp) == ("paid", "warning", "2026-01-15T19:45:20.000Z")
        assert (one.app_key, one.app_id, one.category, one.trace_id) == ("shop", PEER, "checkout", "4bf9")
    assert len(entries(Session, event * 3)) == 3


def test_monologs_channel_is_program_and_category() -> None:
    one = entry(Session, b'{"message":"paid","channel":"shop.checkout","level":400,"level_name":"ERROR"}\n')
    assert (one.level, one.app_key, one.category) == ("error", "shop", "shop.checkout")


def test_text_is_read_as_lines_and_those_that_belong_together_are_one() -> None:
    text = (
        b'2026-01-15T19:45:20Z ERROR failed\nTraceback (most recent call last):\n  File "x.py", line 1\nKeyError: 7\n'
    )
    first, last = entries(Session, text + b'{"message":"next"}\n')
    assert (first.level, first.app_id) == ("error", PEER)
    assert context(first)["exception"]["type"] == "KeyError"
    assert last.message == "next"
    assert [one.message for one in entries(Session, b"{broken\n[also\n7\n")] == ["{broken", "[also", "7"]


def test_a_line_without_an_end_waits_and_one_too_long_is_cut() -> None:
    session = Session(Clock(NOW), PEER, MOST)
    assert session.feed(b'{"message":"x"}') == []
    assert session.patience
    assert session.flush() == [b'{"message":"x"}']
    assert session.patience is None
    (arrival,) = arrivals(Session, *in_pieces(b"x" * 3000 + b"\nnext\n", 100), most=1000)
    assert [len(fields.message) for fields in arrival.records.fields] == [1000, 4]
    assert arrival.records.refused == 1
