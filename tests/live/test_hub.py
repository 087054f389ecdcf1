"""Who gets what, with real viewers over loopback."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
import uvloop

from logstream.live import chunks, connection, hub, websocket_format, websocket_listener
from logstream.live.hub import Hub
from logstream.live.transport import untaken_bytes
from logstream.live.viewer import Viewer
from logstream.live.websocket import serve_websocket
from logstream.memory import Share
from logstream.query.conditions import Condition
from tests.live.client import CLOSE, NO_HISTORY, PING, PONG, RawViewer, batch_of, masked, split_frames, until

Run = Callable[[Callable[[], Coroutine[Any, Any, None]]], None]


@pytest.fixture(params=["uvloop", "asyncio"])
def run(request: pytest.FixtureRequest) -> Run:
    """Runs a test on either event loop: they tell of full buffers at different moments."""

    def run_test(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
        async def bounded() -> None:
            async with asyncio.timeout(30):
                await test()

        (uvloop.run if request.param == "uvloop" else asyncio.run)(bounded())

    return run_test


class WatchedHub(Hub):
    """A hub that shows its viewers in the order they came."""

    def __init__(self, share: Share | None = None) -> None:
        super().__init__(share=share)
        self.seen: list[Viewer] = []

    def add(self, viewer: Viewer, where: tuple[Condition, ...] = ()) -> None:
        super().add(viewer, where)
        self.seen.append(viewer)


@asynccontextmanager
async def listening(share: Share | None = None) -> AsyncIterator[tuple[WatchedHub, int]]:
    watched = WatchedHub(share)
    server = await serve_websocket(watched, NO_HISTORY, lambda *_: None, "127.0.0.1", 0)
    try:
        yield watched, server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for viewer in watched.seen:
            viewer.connection.abort_later()
        await watched.close()
        for viewer in watched.seen:
            viewer.connection._transport.abort()
        await asyncio.gather(*(viewer.connection.gone for viewer in watched.seen))


async def connected(port: int, receive_buffer: int | None = None) -> RawViewer:
    viewer = await RawViewer.connect(port, receive_buffer=receive_buffer)
    assert (await viewer.message())["type"] == "connected"
    return viewer


async def read_until(viewer: RawViewer, newest: str) -> tuple[list[str], list[dict[str, Any]]]:
    """The ids of the entries that come, up to `newest`, and the gaps."""
    ids: list[str] = []
    gaps = []
    while newest not in ids[-1:]:
        message = await viewer.message()
        if message["type"] == "gap":
            gaps.append(message)
        else:
            ids.append(message["data"]["id"])
    return ids, gaps


async def fall_behind(watched: WatchedHub, count: int = 0) -> int:
    """Publish from entry `count` on until the first viewer doesn't keep up. Returns the next entry's number."""
    while not watched.seen[0].connection.behind:
        watched.publish(batch_of(count, 1000, 500))
        count += 1000
        await asyncio.sleep(0)
    return count


def test_every_viewer_gets_the_bytes_of_every_line_in_order(run: Run) -> None:
    async def test() -> None:
        async with listening() as (watched, port):
            with await connected(port) as one, await connected(port) as other:
                batches = [batch_of(start * 10, 10) for start in range(20)]
                for number, batch in enumerate(batches):
                    watched.publish(batch)
                    if number % 3 == 0:
                        await asyncio.sleep(0)
                lines = [line for batch in batches for line in batch.split_lines()]
                for viewer in (one, other):
                    assert [await viewer.entry() for _ in lines] == lines

    run(test)


def test_a_viewer_gets_what_is_published_after_it_came(run: Run) -> None:
    async def test() -> None:
        async with listening() as (watched, port):
            with await connected(port) as early:
                watched.publish(batch_of(0, 1))
                await early.entry()
                with await connected(port) as late:
                    watched.publish(batch_of(1, 1))
                    assert await late.entry() == await early.entry() == batch_of(1, 1).split_lines()[0]

    run(test)


def test_what_was_published_in_the_same_turn_before_a_viewer_came_is_not_its(run: Run) -> None:
    async def test() -> None:
        async with listening() as (watched, port):
            with await connected(port) as early, await connected(port) as late:
                watched.remove(watched.seen[1])
                watched.publish(batch_of(0, 1))
                watched.add(watched.seen[1])
                watched.publish(batch_of(1, 1))
                assert await early.entry() == batch_of(0, 1).split_lines()[0]
                assert await late.entry() == await early.entry() == batch_of(1, 1).split_lines()[0]

    run(test)


def test_without_viewers_nothing_is_kept(run: Run) -> None:
    async def test() -> None:
        watched = Hub()
        watched.publish(batch_of(0, 1))
        assert watched._pending == []

    run(test)


def test_a_slow_viewer_is_told_what_it_missed_and_ends_with_the_newest_while_others_get_all(run: Run) -> None:
    async def test() -> None:
        async with listening() as (watched, port):
            with await connected(port, receive_buffer=65536) as slow, await connected(port) as quick:
                count = most = 0
                dropped_at = None
                received = 0
                while dropped_at is None or count < dropped_at + 20_000:
                    watched.publish(batch_of(count, 1000, 500))
                    count += 1000
                    while received < count:
                        await quick.entry()
                        received += 1
                    most = max(most, watched.seen[0].connection._transport.get_write_buffer_size())
                    if dropped_at is None and watched.seen[0].connection.behind:
                        dropped_at = count
                assert most <= connection.HIGH_WATER + chunks.CHUNK_BYTES * 1.1
                newest = f"01{count - 1:024d}"

                ids, [gap] = await read_until(slow, newest)
                assert ids[-1] == gap["before"] == newest
                assert ids[-2] == gap["after"]
                assert ids[:-1] == [f"01{number:024d}" for number in range(len(ids) - 1)]
                assert len(ids) + gap["dropped"] == count

                watched.publish(batch_of(count, 1))
                assert await slow.entry() == batch_of(count, 1).split_lines()[0]

    run(test)


def test_many_gaps_add_up(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HIGH_WATER", 256 * 1024)
    monkeypatch.setattr(connection, "LOW_WATER", 64 * 1024)

    async def test() -> None:
        async with listening() as (watched, port):
            with await connected(port, receive_buffer=65536) as slow:
                count = 0
                ids: list[str] = []
                gaps: list[dict[str, Any]] = []
                for _ in range(3):
                    count = await fall_behind(watched, count)
                    watched.publish(batch_of(count, 10))
                    count += 10
                    some_ids, some_gaps = await read_until(slow, f"01{count - 1:024d}")
                    ids += some_ids
                    gaps += some_gaps
                assert len(gaps) >= 3
                assert ids == sorted(set(ids))
                assert len(ids) + sum(gap["dropped"] for gap in gaps) == count
                for gap in gaps:
                    assert ids.index(gap["before"]) == ids.index(gap["after"]) + 1
                    assert int(gap["before"]) - int(gap["after"]) == gap["dropped"] + 1

    run(test)


def test_a_viewer_that_asks_and_does_not_read_fills_no_memory(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HIGH_WATER", 256 * 1024)
    monkeypatch.setattr(connection, "LOW_WATER", 64 * 1024)
    monkeypatch.setattr(websocket_listener, "CONTROL_AT_ONCE", 1_000_000_000)

    async def test() -> None:
        async with listening() as (watched, port):
            # A receive buffer of its own would not give way: Linux then drops segments with the acknowledgements in
            # them, and the two sides wait for each other.
            with await connected(port) as rude:
                flood = masked(PING, b"x" * 125) * 1000
                while not watched.seen[0].connection.behind:
                    await rude.send(flood)
                for _ in range(20):
                    await rude.send(flood)
                assert watched.seen[0].connection._transport.get_write_buffer_size() < 2 * connection.HIGH_WATER
                # What is published meanwhile has no predecessor to name, and is not lost.
                watched.publish(batch_of(0, 2))
                while True:
                    opcode, payload = await rude.frame()
                    if opcode != PONG:
                        break
                assert msgspec.json.decode(payload) == {
                    "type": "gap",
                    "dropped": 1,
                    "after": None,
                    "before": f"01{1:024d}",
                }
                assert await rude.entry() == batch_of(1, 1).split_lines()[0]

    run(test)


def test_a_peer_that_answers_no_ping_is_disconnected(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "PING_SECONDS", 0.05)

    async def test() -> None:
        async with listening() as (watched, port):
            with await connected(port) as dead:
                assert split_frames(await dead.rest()) == [(websocket_format.FINAL_PING, b"")]
                await until(lambda: watched.connections == 0)

    run(test)


def test_a_peer_that_answers_pings_stays(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "PING_SECONDS", 0.2)

    async def test() -> None:
        async with listening() as (watched, port):
            with await connected(port) as alive:
                for _ in range(5):
                    assert await alive.frame() == (PING, b"")
                    await alive.send(masked(PONG, b""))
                assert watched.connections == 1

    run(test)


def test_a_slow_viewer_that_still_reads_is_not_taken_for_dead(run: Run) -> None:
    async def test() -> None:
        async with listening() as (watched, port):
            with await connected(port, receive_buffer=65536) as slow:
                peer = watched.seen[0].connection
                await fall_behind(watched)
                peer.check()
                for _ in range(3):
                    before = untaken_bytes(peer._transport)
                    while untaken_bytes(peer._transport) >= before:
                        await asyncio.get_running_loop().sock_recv(slow.socket, 65536)
                    peer.check()
                    assert not peer._transport.is_closing()
                # The system may take some more on its own; then nothing moves until the viewer reads.
                before = -1
                while before != (before := untaken_bytes(peer._transport)):  # noqa: ASYNC110
                    await asyncio.sleep(0.3)
                peer.check()
                peer.check()
                await peer.gone

    run(test)


def test_close_tells_every_viewer_and_waits_for_it(run: Run) -> None:
    async def test() -> None:
        async with listening() as (watched, port):
            with await connected(port) as one, await connected(port) as other:
                watched.publish(batch_of(0, 1))
                closing = asyncio.create_task(watched.close())
                for viewer in (one, other):
                    assert await viewer.entry() == batch_of(0, 1).split_lines()[0]
                    assert await viewer.frame() == (CLOSE, (1001).to_bytes(2))
                assert not closing.done()
                one.socket.close()
                other.socket.close()
                await closing
                assert watched.connections == 0
                assert all(viewer.connection.gone.done() for viewer in watched.seen)

    run(test)


def test_close_waits_only_so_long_for_a_viewer_that_reads_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "CLOSE_SECONDS", 0.1)

    async def test() -> None:
        async with listening() as (watched, port):
            with await connected(port, receive_buffer=65536):
                await fall_behind(watched)
                await watched.close()
                assert watched.seen[0].connection.gone.done()

    run(test)


def test_a_closed_hub_sends_a_newcomer_away(run: Run) -> None:
    async def test() -> None:
        async with listening() as (watched, port):
            await watched.close()
            with await RawViewer.connect(port) as late:
                assert await late.frame() == (CLOSE, (1001).to_bytes(2))
                assert watched.connections == 0

    run(test)


# -- memory


class Unread:
    """A transport to a peer that takes nothing."""

    def __init__(self) -> None:
        self.size = 0
        self.aborted = False

    def write(self, data: bytes) -> None:
        self.size += len(data)

    def write_eof(self) -> None:
        """Nobody reads it."""

    def abort(self) -> None:
        self.aborted = True

    def is_closing(self) -> bool:
        return self.aborted

    def get_write_buffer_size(self) -> int:
        return 0 if self.aborted else self.size

    def set_write_buffer_limits(self, high: int, low: int) -> None:
        """Connection.write looks by itself."""

    def get_extra_info(self, name: str) -> None:
        """It has no socket."""


def test_the_more_viewers_there_are_the_less_waits_for_each(run: Run) -> None:
    async def test() -> None:
        share = Share("viewers", 8 * 1024 * 1024)
        shared = Hub(share=share)
        peers: list[Unread] = []
        published = 0
        for count in (1, 4, 100):
            while len(peers) < count:
                peers.append(Unread())
                shared.add(Viewer(connection.Connection(peers[-1], websocket_format.WEBSOCKET_FORMAT)))
            for _ in range(20):
                shared.publish(batch_of(published, 500, 2000))
                published += 500
                await asyncio.sleep(0)
            assert share.measure() <= 1.5 * share.limit
            shared._check()
            assert share.measure() <= share.limit
        assert all(peer.size > 32 * 1024 for peer in peers)
        assert any(peer.aborted for peer in peers)  # more waited for it than may for anybody now
        shared._ping_timer.cancel()  # type: ignore[union-attr]

    run(test)


def test_viewers_there_is_no_memory_for_are_sent_away_with_the_reason_until_others_go(run: Run) -> None:
    async def test() -> None:
        share = Share("viewers", 3 * hub.VIEWER_BYTES)
        async with listening(share) as (watched, port):
            with await connected(port) as one, await connected(port):
                with await RawViewer.connect(port) as late:
                    assert (await late.message())["type"] == "error"
                    opcode, payload = await late.frame()
                    assert (opcode, payload[:2]) == (CLOSE, (1013).to_bytes(2))
                    assert payload[2:] == hub.NO_ROOM.encode()
                one.socket.close()
                await until(lambda: share.used == hub.VIEWER_BYTES)
                with await connected(port):
                    assert watched.connections == 2

    run(test)
