"""Who gets what: every batch, once it is durable, goes to every viewer whose filter it passes.

Frames are made once for all viewers with the same filter and written straight to each transport, never awaited. A
viewer that doesn't keep up skips entries and is told how many; it costs nobody else anything but its bounded buffer.
Filters run within a budget of processor time: what goes beyond waits, and is missed if it waits too long. All buffers
together stay within a share of the memory: the more viewers there are, the less may wait for each.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Final

from logstream.entries.entry import Batch, LogEntry
from logstream.live import connection
from logstream.live.budget import TURN_SECONDS, FilterBudget
from logstream.live.chunks import CHUNK_BYTES
from logstream.live.close_codes import GOING_AWAY
from logstream.live.connection import CLOSE_SECONDS
from logstream.live.group import EVERYTHING, FilteredGroup, Group, Wanted
from logstream.live.portions import portions
from logstream.live.viewer import Viewer
from logstream.memory import Loan, Share
from logstream.query.conditions import Condition

log = logging.getLogger("logstream")

PING_SECONDS: Final = 20
"""A viewer is pinged this often and has as long to answer: proxies drop connections that are silent for a minute."""

MAX_RESUMING: Final = 4
"""Viewers for which missed entries are fetched at one time."""


VIEWER_BYTES: Final = 32 * 1024
"""The least that may wait for a viewer: where there would be less, no more viewers are let in."""

NO_ROOM: Final = "too many viewers for MEMORY_MAX; come again later"


class Hub:
    """All viewers. Everything is called on the event loop's thread."""

    def __init__(
        self,
        position: str = "",
        on_gap: Callable[[int], None] = lambda dropped: None,
        share: Share | None = None,
        readers: Share | None = None,
    ) -> None:
        self.readers = readers or Share("readers", 1_000_000_000)
        """What fetching missed entries takes its memory from."""
        self._share = share or Share("viewers", 1_000_000_000)
        self._share.measure = lambda: sum(viewer.waiting for viewer in self._viewers)
        self._bound = connection.HIGH_WATER
        """Bytes that may wait for each viewer."""
        self.position = position
        """Entries up to here have been given out, or were stored before this process began: a place in the order of
        acceptance, as the store that hands on the batches names it."""
        self.last_id = position
        """The newest entry of them, or a bound that the store can place as well."""
        self._on_gap = on_gap
        self.resuming = asyncio.Semaphore(MAX_RESUMING)
        """Whoever fetches missed entries for a viewer holds it."""
        self._viewers: dict[Viewer, Group] = {}
        self._unfiltered = Group()
        self._filtered: dict[Wanted, FilteredGroup] = {}
        """By what is wanted; the first is the first to look at what waits."""
        self._pending: list[Batch] = []
        self._budget = FilterBudget()
        self._ping_timer: asyncio.TimerHandle | None = None
        self._filter_timer: asyncio.TimerHandle | None = None
        self._closed = False

    @property
    def connections(self) -> int:
        """How many viewers on WebSockets there are."""
        return len([viewer for viewer in self._viewers if viewer.connection.format.is_websocket])

    @property
    def filters(self) -> int:
        """How many different filters the viewers have, no filter being one."""
        return len(self._filtered) if self._unfiltered.empty else len(self._filtered) + 1

    @property
    def viewers(self) -> int:
        """How many viewers of all kinds there are."""
        return len(self._viewers)

    def room(self, peer: str) -> Loan | None:
        """What a viewer at this address needs in order to be let in, to be given back when it goes; None: no room."""
        loan = self._share.loan(peer)
        if loan.take(VIEWER_BYTES):
            return loan
        self._share.refused += 1
        return None

    def add(self, viewer: Viewer, where: tuple[Condition, ...] = ()) -> None:
        """From here on this viewer gets what is published and passes the filter; one that is here changes its filter.

        A hub that was closed sends it away.
        """
        if self._closed:
            viewer.connection.close(GOING_AWAY)
            return
        self._flush()
        self._leave_group(viewer)
        group = self._group(Wanted(where, viewer.message_max))
        group.add(viewer)
        if viewer not in self._viewers:
            self._viewers[viewer] = group
            self._share_out(viewer)
        self._viewers[viewer] = group
        viewer.where, viewer.since = where, self.position
        viewer.on_gap = self._on_gap
        if viewer.holding:
            viewer.hold()
        if self._ping_timer is None:
            self._ping_timer = asyncio.get_running_loop().call_later(PING_SECONDS, self._check)

    def hold(self, viewer: Viewer) -> None:
        """From here on keep live entries back for this viewer: what came before is sent to it from the store."""
        self._flush()
        viewer.since = self.position
        viewer.hold()

    def remove(self, viewer: Viewer) -> None:
        self._leave_group(viewer)
        if self._viewers.pop(viewer, None) is not None:
            self._share_out()

    def publish(self, batch: Batch) -> None:
        """Hand on a durable batch; what comes in one turn of the event loop is written to each viewer at once."""
        if not self._viewers and not self._pending:
            self.position, self.last_id = batch.position, batch.last_id
            return
        if not self._pending:
            asyncio.get_running_loop().call_soon(self._flush)
        self._pending.append(batch)

    async def close(self) -> None:
        """Tell all viewers that the server goes away, and wait until they have gone: CLOSE_SECONDS at most."""
        self._flush()
        self._closed = True
        for timer in (self._ping_timer, self._filter_timer):
            if timer is not None:
                timer.cancel()
        viewers = list(self._viewers)
        self._viewers.clear()
        self._unfiltered = Group()
        self._filtered.clear()
        for viewer in viewers:
            viewer.connection.close(GOING_AWAY)
        if viewers:
            await asyncio.wait([viewer.connection.gone for viewer in viewers], timeout=CLOSE_SECONDS + 1)

    def _group(self, wanted: Wanted) -> Group:
        if wanted == EVERYTHING:
            return self._unfiltered
        group = self._filtered.get(wanted)
        if group is None:
            group = self._filtered[wanted] = FilteredGroup(wanted)
            group.chunk_bytes = self._chunk_bytes
        return group

    @property
    def _chunk_bytes(self) -> int:
        """A chunk may come on top of what waits, so it must not be much beside that."""
        return min(CHUNK_BYTES, self._bound // 4)

    def _share_out(self, newcomer: Viewer | None = None) -> None:
        """Let as much wait for each viewer as the memory allows, in steps of two, so that it rarely changes."""
        count, limit, bound = len(self._viewers), self._share.limit, self._bound
        while (bound + bound // 4) * count > limit and bound > VIEWER_BYTES:
            bound //= 2
        while bound < connection.HIGH_WATER and 3 * bound * count <= limit:
            bound *= 2
        if bound == self._bound:
            if newcomer is not None:
                newcomer.connection.limit(bound)
            return
        fewer, self._bound = bound < self._bound, bound
        self._unfiltered.chunk_bytes = self._chunk_bytes
        for group in self._filtered.values():
            group.chunk_bytes = self._chunk_bytes
        for viewer in self._viewers:
            viewer.connection.limit(bound)
        if fewer:
            self._free_room()

    def _free_room(self) -> None:
        """What waits from when more was allowed may be more than all have now: end those for whom most waits."""
        waiting = sorted(((viewer.waiting, viewer) for viewer in self._viewers), key=lambda pair: -pair[0])
        excess = sum(size for size, _ in waiting) - self._share.limit
        for size, viewer in waiting:
            if excess <= 0:
                break
            excess -= size
            self._share.refused += 1
            log.warning("a viewer that %d bytes wait for is disconnected: viewers need the memory (MEMORY_MAX)", size)
            viewer.connection.abort()

    def _leave_group(self, viewer: Viewer) -> None:
        group = self._viewers.get(viewer)
        if group is not None:
            group.remove(viewer)
            if group.empty:
                self._filtered.pop(group.wanted, None)

    def _flush(self) -> None:
        if not self._pending:
            return
        batches, self._pending = self._pending, []
        self.position, self.last_id = batches[-1].position, batches[-1].last_id
        if not self._viewers:
            return
        lines = list(chain.from_iterable(batch.split_lines() for batch in batches))
        entries = list(chain.from_iterable(batch.entries for batch in batches))
        if not self._unfiltered.empty:
            self._unfiltered.deliver(lines, entries, self.position)
        if self._filtered:
            self._offer(lines, entries)
            self._run_filters()

    def _offer(self, lines: Sequence[bytes], entries: Sequence[LogEntry]) -> None:
        for portion in portions(lines, entries, self.position):
            for group in self._filtered.values():
                group.offer(portion)

    def _run_filters(self) -> None:
        """Let the filters look at what waits, now and as often as it takes."""
        if self._filter_timer is not None:
            self._filter_timer.cancel()
            self._filter_timer = None
        groups = list(self._filtered.values())
        if not groups:
            return
        self._budget.run(groups)
        if any(group.waiting for group in groups):
            self._move_to_end(groups[0])
            self._filter_timer = asyncio.get_running_loop().call_later(TURN_SECONDS, self._run_filters)

    def _move_to_end(self, group: FilteredGroup) -> None:
        """Whoever came first comes last the next time."""
        del self._filtered[group.wanted]
        self._filtered[group.wanted] = group

    def _check(self) -> None:
        for viewer in list(self._viewers):
            viewer.connection.check()
        self._free_room()
        self._ping_timer = None
        if self._viewers:
            self._ping_timer = asyncio.get_running_loop().call_later(PING_SECONDS, self._check)
