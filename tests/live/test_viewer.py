"""What a viewer that is behind is told of entries that nobody could look at: each once, and never nothing."""

import asyncio
import re
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec

from logstream.live import connection
from logstream.live.chunks import chunks
from logstream.live.held import Gap
from logstream.live.sse import EventStream
from logstream.live.sse_format import SSE_FORMAT
from tests.live.client import batch_of, until


def behind() -> tuple[EventStream, list[int]]:
    """A viewer for which too much waits, and what it is told of gaps."""
    stream, gaps = EventStream(), list[int]()
    stream.viewer.on_gap = gaps.append
    stream.connection.write(b":" * connection.HIGH_WATER + b"\n\n")
    assert stream.connection.behind
    return stream, gaps


async def read(stream: EventStream) -> list[tuple[str, Any]]:
    """The ids of entries and the gaps that the peer gets, which then has taken everything."""
    parts: list[bytes] = []

    async def take_all() -> None:
        async for part in stream.body():
            parts.append(part)

    reading = asyncio.ensure_future(take_all())
    await until(lambda: not stream.get_write_buffer_size())
    reading.cancel()
    events = re.findall(rb"event: (log|gap)\n(?:id: (\w+)\n)?data: (.*)\n", b"".join(parts))
    return [(kind.decode(), number.decode() or msgspec.json.decode(data)) for kind, number, data in events]


def take(stream: EventStream, start: int, count: int) -> None:
    batch = batch_of(start, count)
    stream.viewer.take(chunks(SSE_FORMAT, batch.split_lines(), batch.entries, position=batch.position))


def number(of: int) -> str:
    return f"01{of:024d}"


def gap(dropped: int, after: int | None, before: int) -> tuple[str, Any]:
    return "gap", {
        "dropped": dropped,
        "after": None if after is None else number(after),
        "before": number(before),
    }


def missed(dropped: int, after: str | None, before: str) -> Gap:
    return Gap(dropped, after, before, before)


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 20))


def test_what_was_missed_is_told_once_when_the_viewer_can_take_more_though_nothing_follows() -> None:
    async def test() -> None:
        stream, gaps = behind()
        stream.viewer.miss(missed(5, None, number(6)))
        stream.viewer.miss(missed(7, None, number(13)))
        assert gaps == []
        assert await read(stream) == [gap(12, None, 13)]
        assert gaps == [12]

    run(test)


def test_what_was_missed_before_and_after_the_newest_is_told_where_it_belongs() -> None:
    async def test() -> None:
        stream, gaps = behind()
        take(stream, 1, 3)
        stream.viewer.miss(missed(5, number(3), number(9)))
        take(stream, 9, 2)
        stream.viewer.miss(missed(4, number(10), number(15)))
        assert await read(stream) == [gap(9, None, 10), ("log", number(10)), gap(4, 10, 15)]
        assert gaps == [9, 4]

    run(test)


def test_what_was_missed_while_a_viewer_resumed_is_told_though_it_is_behind_then() -> None:
    async def test() -> None:
        stream, gaps = behind()
        stream.viewer.hold()
        take(stream, 1, 1)
        stream.viewer.miss(missed(5, number(1), number(7)))
        assert gaps == []
        assert stream.viewer.release()
        assert await read(stream) == [("log", number(1)), gap(5, 1, 7)]
        assert gaps == [5]

    run(test)


def test_a_viewer_that_keeps_up_is_told_at_once() -> None:
    async def test() -> None:
        stream, gaps = EventStream(), list[int]()
        stream.viewer.on_gap = gaps.append
        take(stream, 1, 1)
        stream.viewer.miss(missed(5, number(1), number(7)))
        assert gaps == [5]
        assert await read(stream) == [("log", number(1)), gap(5, 1, 7)]

    run(test)
