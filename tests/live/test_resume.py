"""The hand-over from stored to live entries, at moments that chance rarely finds."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from logstream.entries.entry import LogEntry
from logstream.live.hub import Hub
from logstream.live.resume import resume
from logstream.live.sse import EventStream
from logstream.query.conditions import Accepted, Equals, LogQuery
from logstream.query.predicate import predicate
from logstream.query.results import Page
from logstream.store import StoreUnavailable
from tests.live.client import batch_of, until

NONE = "00" + 24 * "0"


class Stored:
    """A history in memory that waits before each portion until it is told to go on."""

    def __init__(self, entries: Sequence[LogEntry], portion: int) -> None:
        self._entries = entries
        self._portion = portion
        self.go_on = asyncio.Semaphore(0)

    async def position_of(self, entry_id: str) -> str:
        return entry_id

    async def search(self, query: LogQuery) -> Page:
        raise StoreUnavailable("not asked for here")

    async def whole(self, page: Page) -> AsyncIterator[Sequence[LogEntry]]:
        yield page.entries

    async def scan(self, query: LogQuery) -> AsyncIterator[Sequence[LogEntry]]:
        [place] = [condition for condition in query.where if isinstance(condition, Accepted)]
        matches = predicate([condition for condition in query.where if condition is not place]) or (lambda entry: True)
        found = [entry for entry in self._entries if place.after < entry.id <= place.until and matches(entry)]
        for start in range(0, len(found), self._portion):
            await self.go_on.acquire()
            yield found[start : start + self._portion]


def sent_ids(stream: EventStream) -> list[str]:
    lines = b"".join(stream._unsent).split(b"\n")
    return [line.removeprefix(b"id: ").decode() for line in lines if line.startswith(b"id: ")]


def test_a_filter_changed_between_two_portions_holds_for_all_that_is_still_to_come() -> None:
    async def test() -> None:
        batch = batch_of(1, 10)
        stored = Stored(batch.entries, 2)
        hub = Hub(batch.entries[-1].id)
        stream = EventStream()
        hub.add(stream.viewer)
        hub.hold(stream.viewer)
        resuming = asyncio.ensure_future(resume(hub, stream.viewer, stored, NONE))
        stored.go_on.release()
        await until(lambda: len(sent_ids(stream)) == 2)
        hub.add(stream.viewer, (Equals("app_key", "billing-api"),))  # the entries have it: the rest must come
        for _ in range(20):
            stored.go_on.release()
        await resuming
        assert sent_ids(stream) == [entry.id for entry in batch.entries]

    asyncio.run(test())


def test_the_newest_id_never_goes_back_when_the_last_viewer_leaves_between_two_batches() -> None:
    async def test() -> None:
        hub = Hub()
        stream = EventStream()
        hub.add(stream.viewer)
        hub.publish(batch_of(1, 1))
        hub.remove(stream.viewer)
        hub.publish(batch_of(2, 1))
        newest: Any = batch_of(2, 1).entries[-1].id
        next_one = EventStream()
        hub.add(next_one.viewer)
        assert hub.last_id == next_one.viewer.since == newest

    asyncio.run(test())
