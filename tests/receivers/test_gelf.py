"""GELF messages."""

import gzip
import zlib

from logstream.formats.clock import Clock
from logstream.receivers.gelf import Chunks, Session, decode_messages
from tests.receivers import sessions
from tests.receivers.records import NOW, answer, context, decoded, entry
from tests.receivers.sessions import PEER

TRACE = 'Traceback (most recent call last):\n\n  File "a.py", line 6, in f\n\nZeroDivisionError: division by zero\n'


def test_a_message_is_an_entry_and_its_fields_lose_their_underscore() -> None:
    sent = {
        "version": "1.1", "host": "web-1", "short_message": "order", "timestamp": 1768487000.123, "level": 4,
        "_app": "shop", "_logger": "shop.checkout", "_trace_id": "4bf9", "_vip": True, "_cart": {"n": [1, 2.50]},
        "_nothing": None, "line": 5,
    }  # fmt: skip
    made = entry("GELF", sent)
    assert (made.message, made.level, made.timestamp) == ("order", "warning", "2026-01-15T14:23:20.123Z")
    assert (made.app_key, made.app_id, made.category, made.trace_id) == ("shop", "web-1", "shop.checkout", "4bf9")
    assert context(made) == {"host": "web-1", "app": "shop", "vip": True, "cart": {"n": [1, 2.5]}, "line": 5}


def test_a_full_message_that_is_a_stack_is_the_exception() -> None:
    made = entry("GELF", {"short_message": "failed", "full_message": TRACE, "level": 3, "facility": "shop"})
    assert (made.level, made.category) == ("error", "shop")
    said = context(made)["exception"]
    assert (said["type"], said["message"], said["stack"]) == ("ZeroDivisionError", "division by zero", TRACE.strip())


def test_a_full_message_of_prose_is_kept_unless_it_is_the_short_one() -> None:
    assert context(entry("GELF", {"short_message": "a", "full_message": "a, at length"})) == {
        "full_message": "a, at length"
    }
    assert context(entry("GELF", {"short_message": "a", "full_message": "a"})) is None


def test_without_a_level_a_message_is_information() -> None:
    assert entry("GELF", {"short_message": "a"}).level == "info"


def test_success_is_202_and_what_is_no_object_is_counted() -> None:
    assert answer("GELF", b'{"short_message":"a"}').status == 202
    assert decoded("GELF", b"5").refused == 1


def chunks(data: bytes, size: int, name: bytes = b"12345678") -> list[bytes]:
    parts = [data[at : at + size] for at in range(0, len(data), size)]
    return [b"\x1e\x0f" + name + bytes((number, len(parts))) + part for number, part in enumerate(parts)]


def test_chunks_are_put_together_in_whatever_order_they_come_and_in_time() -> None:
    waiting = Chunks(10_000)
    one, two, three = chunks(b"abcdef", 2)
    assert [waiting.add(part, "a", 1.0) for part in (three, one, one, two)] == [(None, 0)] * 3 + [(b"abcdef", 0)]
    assert waiting.add(chunks(b"alone", 10)[0], "a", 1.0) == (b"alone", 0)
    assert waiting.held == 0
    waiting.add(one, "a", 1.0)
    assert waiting.add(two, "b", 2.0) == (None, 0)  # another sender's
    assert waiting.add(two, "a", 10.0) == (None, 2)  # the first chunks were given up
    for wrong in (b"\x1e\x0f", one[:11], one[:10] + b"\x05\x03", one[:10] + b"\x00\x00", one[:10] + b"\x00\xff"):
        assert waiting.add(wrong, "a", 10.0)[1] == 1


def test_chunks_that_are_never_whole_are_bounded() -> None:
    waiting = Chunks(10_000, 50)
    given_up = sum(waiting.add(chunks(bytes(600), 300, b"%8d" % n)[0], "a", 1.0)[1] for n in range(1000))
    assert waiting.held <= 10_000
    assert given_up >= 950


def test_messages_of_a_connection_end_with_a_nul() -> None:
    stream = b'{"short_message":"one","host":"h"}\0{"short_message":\n"two"}\0\0{"short_message":"three"}'
    found = sessions.entries(Session, *sessions.in_pieces(stream, 7))
    assert [(one.message, one.app_id) for one in found] == [("one", "h"), ("two", PEER), ("three", PEER)]


def test_datagrams_are_unpacked_by_their_first_bytes_and_within_bounds() -> None:
    plain = b'{"short_message":"x","_logger":"shop"}'
    packed = [plain, zlib.compress(plain), gzip.compress(plain), zlib.compress(bytes(5000)), b"\x1f\x8bbroken", b"5"]
    records = decode_messages(packed, Clock(NOW), PEER, 1000)
    assert [(one.message, one.category, one.host) for one in records.fields] == [("x", "shop", PEER)] * 3
    assert records.refused == 3
