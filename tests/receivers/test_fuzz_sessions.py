"""Broken bytes on every kind of connection: nothing is raised but Broken, what is read makes entries, and all ends."""

import gzip
import json
import random

import msgspec
import pytest

from logstream.entries.entry import Batch
from logstream.formats.clock import Clock
from logstream.receivers import forward, gelf, json_lines, syslog
from logstream.receivers.session import Broken
from tests.fuzz.mutation import broken
from tests.receivers.sessions import NOW, PEER, Make, in_pieces, made
from tests.receivers.test_fuzz import EVENT, TEXT

ROUNDS = 1000
"""Broken streams a protocol: some 3 s for all of them."""

MOST = 2000
LINE = f'<132>1 2026-01-15T14:23:20Z host app 7 - [a@1 b="c\\"d"] {TEXT}'.encode()
OLD = b'<11>Jan 15 14:23:20 host app[7]: {"message":"x","level":30}'
PACKED = msgspec.msgpack.encode([1768487000, EVENT])

STREAMS: dict[str, tuple[Make, list[bytes]]] = {
    "syslog": (
        syslog.Session,
        [LINE + b"\n" + OLD + b"\n", b"%d %b%d %b" % (len(LINE), LINE, len(OLD), OLD), OLD + b"\nmore\0" + OLD + OLD],
    ),
    "GELF": (gelf.Session, [json.dumps({"short_message": TEXT, "_a": EVENT}).encode() + b"\0"]),
    "forward": (
        forward.Session,
        [
            msgspec.msgpack.encode(["a.b", msgspec.msgpack.Ext(0, bytes(range(8))), EVENT]),
            msgspec.msgpack.encode(["a.b", [[1768487000, EVENT]], {"chunk": "c"}]),
            msgspec.msgpack.encode(["a.b", gzip.compress(PACKED), {"compressed": "gzip", "chunk": "c"}]),
            msgspec.msgpack.encode(["a.b", PACKED]) + b"\xc0",
        ],
    ),
    "JSON lines": (
        json_lines.Session,
        [
            json.dumps(EVENT).encode() + b"\n" + b'["a.b",1768487000,{"message":"x"}]',
            b'["a.b",1e999,{"message":"y"}]\n',
        ],
    ),
}


@pytest.mark.parametrize("name", STREAMS)
def test_a_broken_stream_is_read_as_far_as_it_goes(name: str) -> None:
    make, streams = STREAMS[name]
    chance = random.Random(f"logstream sockets {name}")
    read = 0
    for _ in range(ROUNDS):
        data = broken(b"".join(chance.choices(streams, k=2)), chance)
        session = make(Clock(NOW), PEER, MOST)
        messages: list[bytes] = []
        try:
            for piece in in_pieces(data, chance.randint(1, len(data) or 1)):
                messages += session.feed(piece)
                if session.patience is not None and chance.random() < 0.1:
                    messages += session.flush()
            messages += session.end()
        except Broken:
            pass
        for arrival in session.read(messages):
            entries = made(arrival)
            for line in Batch(entries).split_lines() if entries else ():
                json.loads(line.decode())
            read += len(entries)
        assert session.held <= max(MOST, len(data))
    assert read > ROUNDS / 4


def test_broken_datagrams_are_read_or_refused() -> None:
    chance = random.Random("logstream datagrams")
    chunks = gelf.Chunks(5000, 20)
    body = json.dumps({"short_message": TEXT}).encode()
    streams = [b"\x1e\x0f12345678\0\2" + body[:9], b"\x1e\x0f12345678\1\2" + body[9:], gzip.compress(body), body]
    for _ in range(ROUNDS):
        data = broken(chance.choice(streams), chance)
        whole = chunks.add(data, "a", 1.0)[0] if data[:2] == gelf.CHUNKED else data
        if whole is not None:
            gelf.decode_messages([whole], Clock(NOW), PEER, MOST)
        assert chunks.held <= 5000
        syslog.decode(syslog.messages_of(broken(LINE, chance), MOST), Clock(NOW), PEER)
