"""Server-Sent Events, cut anywhere."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from logstream.client.reading.sse_parser import Event, EventParser
from logstream.live import sse_format

STREAM = (
    sse_format.connected("01A")
    + b'event: log\nid: 01B\ndata: {"a":1}\n\n: ping\n\n'
    + b'event: log\nid: 01C\ndata: {"a":2}\n\n'
    + sse_format.SSE_FORMAT.gap(3, None, "01D")
    + b"data:one\ndata: two\n\n"
)
TOLD = [
    Event(b"connected", b"", b'{"after":"01A"}'),
    Event(b"log", b"01B", b'{"a":1}'),
    Event(b"log", b"01C", b'{"a":2}'),
    Event(b"gap", b"", b'{"dropped":3,"after":null,"before":"01D"}'),
    Event(b"message", b"", b"one\ntwo"),
]


def test_events_are_told_apart_and_comments_left_out() -> None:
    assert EventParser().feed(STREAM) == TOLD


@given(st.lists(st.integers(0, len(STREAM))))
def test_chunks_may_be_cut_anywhere(cuts: list[int]) -> None:
    parser = EventParser()
    places = [0, *sorted(cuts), len(STREAM)]
    chunks = [STREAM[start:end] for start, end in itertools.pairwise(places)]
    assert [event for chunk in chunks for event in parser.feed(chunk)] == TOLD


def test_an_event_is_given_when_it_is_whole_and_not_before() -> None:
    parser = EventParser()
    for byte in STREAM[:-1]:
        last = parser.feed(bytes([byte]))
    assert last == []
    assert parser.feed(STREAM[-1:]) == TOLD[-1:]
