"""What a connection or a datagram says, without a socket."""

from collections.abc import Callable, Sequence
from datetime import datetime

from logstream.entries.entry import LogEntry
from logstream.formats.clock import Clock
from logstream.receivers.fitting import Names, received
from logstream.receivers.session import Arrival, Session

NOW = datetime(2026, 1, 15, 20, 0)
NOW_TEXT = "2026-01-15T20:00:00.000Z"
PEER = "192.0.2.7"
MOST = 1_000_000

Make = Callable[[Clock, str, int], Session]


def arrivals(make: Make, *pieces: bytes, most: int = MOST) -> list[Arrival]:
    """What a connection says that sends these pieces and ends."""
    session = make(Clock(NOW), PEER, most)
    messages = [message for piece in pieces for message in session.feed(piece)]
    return session.read([*messages, *session.end()])


def entries(make: Make, *pieces: bytes, most: int = MOST) -> list[LogEntry]:
    return [entry for arrival in arrivals(make, *pieces, most=most) for entry in made(arrival)]


def made(arrival: Arrival) -> list[LogEntry]:
    if not arrival.records.fields:
        return []
    making = received(arrival.records.fields, Names())
    for _ in making.make(NOW_TEXT):
        pass
    assert making.errors == []
    return making.entries


def entry(make: Make, *pieces: bytes) -> LogEntry:
    (one,) = entries(make, *pieces)
    return one


def in_pieces(data: bytes, size: int) -> Sequence[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]
