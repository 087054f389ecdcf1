"""Fluent forward: four modes, times, acknowledgements, and the handshake."""

import gzip
import hashlib
import struct
from typing import Any

import msgspec
import pytest

from logstream.formats.clock import Clock
from logstream.receivers.forward import Handshake, Ping, Session, ping_of
from logstream.receivers.session import Broken
from tests.receivers.records import context
from tests.receivers.sessions import MOST, NOW, PEER, arrivals, entries, entry, in_pieces

pack = msgspec.msgpack.encode
SECONDS = 1768506320
TIME = "2026-01-15T19:45:20.000Z"
EXACT = msgspec.msgpack.Ext(0, struct.pack(">II", SECONDS, 846_525_999))
EVENT = {"message": "grüße 你好 😀", "level": "warn", "user_id": 7, "cart": {"items": [1, 2.5, None]}}


def packed(*events: tuple[Any, Any]) -> bytes:
    return b"".join(pack(list(event)) for event in events)


@pytest.mark.parametrize("size", [1, 5, 10_000])
@pytest.mark.parametrize(
    "message",
    [
        ["shop.checkout", SECONDS, EVENT],
        ["shop.checkout", SECONDS, EVENT, {}],
        ["shop.checkout", SECONDS, EVENT, None],
        ["shop.checkout", [[SECONDS, EVENT]], {"size": 1}],
        ["shop.checkout", [[SECONDS, EVENT]]],
        ["shop.checkout", packed((SECONDS, EVENT)), {"size": 1}],
        ["shop.checkout", [[[SECONDS, {"a": 1}], EVENT]]],
        ["shop.checkout", gzip.compress(packed((SECONDS, EVENT))), {"compressed": "gzip"}],
        ["shop.checkout", gzip.compress(packed((SECONDS, EVENT))) * 2, {"compressed": "gzip"}],
    ],
)
def test_events_of_every_mode_are_entries(message: Any, size: int) -> None:
    found = entries(Session, *in_pieces(pack(message), size))
    assert len(found) in (1, 2)
    for one in found:
        assert (one.message, one.level, one.timestamp) == (EVENT["message"], "warning", TIME)
        assert (one.app_key, one.app_id, one.category) == ("shop", PEER, "checkout")
        said = context(one)
        assert (said["user_id"], said["cart"], said["tag"]) == (7, EVENT["cart"], "shop.checkout")


def test_a_time_with_nanoseconds_and_one_that_the_record_says_more_exactly() -> None:
    assert entry(Session, pack(["shop", EXACT, {"message": "x"}])).timestamp == "2026-01-15T19:45:20.846525Z"
    exact = {"message": "x", "time": "2026-01-15T19:45:20.123Z"}
    assert entry(Session, pack(["shop", SECONDS, exact])).timestamp == "2026-01-15T19:45:20.123Z"
    other = entry(Session, pack(["shop", SECONDS, {"message": "x", "time": "2026-01-15T10:00:00Z"}]))
    assert other.timestamp == TIME
    assert context(other)["time"] == "2026-01-15T10:00:00.000Z"
    assert entry(Session, pack(["shop", SECONDS + 0.25, {"log": "x"}])).timestamp == "2026-01-15T19:45:20.250Z"


def test_dockers_records_are_lines_of_a_container() -> None:
    record = {
        "container_id": "0a1b",
        "container_name": "/shop-1",
        "source": "stderr",
        "log": '{"level":"error","msg":"x"}',
    }
    one = entry(Session, pack(["0a1b", EXACT, record]))
    assert (one.message, one.level) == ("x", "error")
    assert "shop-1" in one.app_key


def test_what_has_a_chunk_is_acknowledged_by_its_name_and_stored_by_itself() -> None:
    stream = (
        pack(["a", SECONDS, EVENT])
        + pack(["b", SECONDS, EVENT])
        + pack(["c", [[SECONDS, EVENT]] * 3, {"chunk": "p8n9"}])
        + pack(["d", packed((SECONDS, EVENT)), {"chunk": b"\xff\x00"}])
        + pack(["e", SECONDS, EVENT])
    )
    found = arrivals(Session, stream)
    assert [len(one.records.fields) for one in found] == [2, 3, 1, 1]
    assert [one.reply for one in found] == [b"", pack({"ack": "p8n9"}), pack({"ack": b"\xff\x00"}), b""]
    assert len({one.key for one in found}) == 3
    assert found[1].key


def test_what_can_never_be_stored_is_counted_and_acknowledged() -> None:
    for events in (b"\xc1", gzip.compress(b"x" * 9) + b"y", gzip.compress(bytes(2 * MOST))):
        (one,) = arrivals(Session, pack(["shop", events, {"chunk": "a", "compressed": "gzip"}]))
        assert one.records.refused
        assert not one.records.fields
        assert one.reply == pack({"ack": "a"})
    (one,) = arrivals(Session, pack(["shop", [[SECONDS, "text"], [SECONDS, EVENT], 5]]) + pack(None) + pack(7))
    assert (len(one.records.fields), one.records.refused) == (1, 3)


def test_a_stream_that_is_no_msgpack_ends_and_what_came_before_is_kept() -> None:
    session = Session(Clock(NOW), PEER, MOST)
    assert len(session.feed(pack(["a", SECONDS, EVENT]) + b"\xc1")) == 1
    with pytest.raises(Broken):
        session.feed(b"")
    for data, most in ((b"\xc1", MOST), (b"\xdd\xff\xff\xff\xff", MOST), (b"\xc6\x00\x01\x00\x00", 100)):
        with pytest.raises(Broken):
            Session(Clock(NOW), PEER, most).feed(data)
    session = Session(Clock(NOW), PEER, MOST)
    assert session.feed(pack(["a", SECONDS, EVENT])[:-1]) == []
    with pytest.raises(Broken):
        session.end()


def test_a_handshake_proves_the_key_on_both_sides() -> None:
    ours = Handshake(b"key", "logs", b"salt")
    hello = msgspec.msgpack.decode(ours.greeting)
    assert hello[0] == "HELO"
    assert hello[1]["auth"] == b"salt"
    assert len(hello[1]["nonce"]) == 16

    def digest(*parts: bytes) -> str:
        return hashlib.sha512(b"".join(parts)).hexdigest()

    ping = Ping(b"", b"", b"", b"", b"")
    for key, right in ((b"wrong", False), (b"key", True)):
        told = digest(b"s", b"web-1", hello[1]["nonce"], key)
        found = ping_of(pack(["PING", "web-1", b"s", told, "", ""]))
        assert found is not None
        ping = found
        assert ours.knows_key(ping) is right
    assert msgspec.msgpack.decode(ours.answer(ping)) == ["PONG", True, "", "logs", digest(b"s", b"logs", hello[1]["nonce"], b"key")]  # fmt: skip
    assert msgspec.msgpack.decode(ours.answer(ping, "no")) == ["PONG", False, "no", "", ""]
    assert ping_of(pack(["shop", SECONDS, EVENT])) is None
    assert ping_of(pack(["PING", "a"])) is None
