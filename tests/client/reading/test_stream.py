"""Following a stream that breaks in every way."""

import itertools
import time

import httpx
import pytest

from logstream.client.http import Refused, connect
from logstream.client.reading.sse_parser import Event
from logstream.client.reading.stream import LONGEST_PAUSE, StreamFollower
from logstream.entries.ids import id_before
from logstream.live import sse_format
from tests.client.reading.server import Answer, Script, ScriptedServer
from tests.harness import free_ports

IDS = [f"{n:026}" for n in range(10)]


def log(id: str) -> bytes:
    return b'event: log\nid: %b\ndata: {"id":"%b"}\n\n' % (id.encode(), id.encode())


def stream(*parts: bytes) -> Script:
    """A connection that gives these parts and ends."""

    def script(answer: Answer) -> None:
        answer.begin()
        for part in parts:
            answer.write(part)

    return script


def error(status: int, body: bytes = b"{}", **headers: str) -> Script:
    def script(answer: Answer) -> None:
        answer.begin(status, Content_Type="application/json", **headers)
        answer.write(body)

    return script


class Followed:
    """What following a scripted server came to, up to the first `count` events."""

    def __init__(self, *scripts: Script, count: int) -> None:
        self.told: list[str] = []
        self.waits: list[float] = []
        with ScriptedServer(*scripts) as server, connect("tail", "secret") as client:
            follower = StreamFollower(
                client,
                server.url,
                {"app_key": "a b"},
                lost=lambda: self.told.append("lost"),
                reconnected=lambda: self.told.append("found"),
                sleep=self.waits.append,
            )
            arriving = follower.events()
            self.events: list[Event] = []
            while len(self.events) < count:
                self.events += next(arriving)
        self.requests = server.requests

    @property
    def ids(self) -> list[str]:
        return [event.id.decode() for event in self.events if event.name == b"log"]


def test_a_lost_connection_goes_on_behind_the_last_entry_seen() -> None:
    seen = Followed(
        stream(sse_format.connected(IDS[0]), log(IDS[1]) + log(IDS[2]), log(IDS[3])[:-5]),
        stream(sse_format.connected(IDS[4]) + log(IDS[3]) + log(IDS[4])),
        stream(sse_format.connected(IDS[5]) + log(IDS[5])),
        count=6,
    )
    assert seen.ids == IDS[1:6]
    assert [event.name for event in seen.events].count(b"connected") == 1
    assert [request.headers.get("last-event-id") for request in seen.requests] == [None, IDS[2], IDS[4]]
    assert {request.path for request in seen.requests} == {"/api/logs/stream?app_key=a+b"}
    assert {request.headers["authorization"] for request in seen.requests} == {"Bearer secret"}
    assert seen.told == ["lost", "found"] * 2


@pytest.mark.parametrize("newest", [IDS[0], None])
def test_lost_before_any_entry_it_goes_on_where_the_server_was(newest: str | None) -> None:
    seen = Followed(
        stream(sse_format.connected(newest)),
        stream(sse_format.connected(IDS[2])),  # lost again before what was missed came: the place stays
        stream(sse_format.connected(IDS[2]) + log(IDS[1])),
        count=2,
    )
    first, *others = (request.headers.get("last-event-id") for request in seen.requests)
    assert first is None
    if newest:
        assert others == [newest, newest]
    else:
        day_before = id_before((int(time.time()) - 86_400) * 1000)
        assert len(set(others)) == 1
        assert id_before(1_700_000_000_000) < str(others[0]) <= day_before


def test_a_server_that_can_not_just_now_is_asked_later_and_it_is_said_once() -> None:
    seen = Followed(
        stream(sse_format.connected(None), log(IDS[1])),
        error(503, Retry_After="7"),
        lambda answer: None,  # no answer at all
        error(502),
        stream(sse_format.connected(None) + log(IDS[2])),
        count=3,
    )
    assert seen.ids == IDS[1:3]
    assert seen.told == ["lost", "found"]
    assert seen.waits[1] >= 7


def test_waits_grow_to_a_bound_and_are_never_the_same() -> None:
    seen = Followed(
        stream(sse_format.connected(None)),
        *itertools.repeat(error(503), 40),
        stream(sse_format.connected(None), log(IDS[1])),
        count=2,
    )
    assert 0 <= seen.waits[0] <= 0.2
    assert len(set(seen.waits)) == len(seen.waits) == 41
    assert 0.5 < max(seen.waits) <= LONGEST_PAUSE


@pytest.mark.parametrize("status", [400, 401, 404])
def test_a_refusal_ends_it_also_when_it_comes_later(status: int) -> None:
    refused = error(status, b'{"error":"No","reason":"because","position":3}')
    with pytest.raises(Refused, match=f"HTTP {status}, No: because") as caught:
        Followed(refused, count=1)
    assert caught.value.position == 3
    with pytest.raises(Refused):
        Followed(stream(sse_format.connected(None)), refused, count=2)


def test_a_first_connection_that_can_not_be_made_is_an_error() -> None:
    with pytest.raises(Refused, match="HTTP 503"):
        Followed(error(503), count=1)
    with pytest.raises(httpx.TransportError):
        Followed(lambda answer: None, count=1)
    with pytest.raises(httpx.ConnectError), connect("tail", None) as client:
        next(StreamFollower(client, f"http://127.0.0.1:{free_ports(1)[0]}", {}).events())


def test_what_is_no_event_stream_is_refused() -> None:
    with pytest.raises(Refused, match="is this a logstream server"):
        Followed(lambda answer: answer.begin(Content_Type="text/html"), count=1)
    with pytest.raises(Refused, match="ended before it began"):
        Followed(stream(b": nothing\n\n"), count=1)
    with pytest.raises(Refused, match=r"go to https://logs\.example/"):
        Followed(error(301, b"", Location="https://logs.example/"), count=1)
