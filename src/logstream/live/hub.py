"""Who gets what: every batch, once it is durable, goes to every viewer whose filter it passes.

Frames are made once for all viewers with the same filter and written straight to each transport, never awaited. A
viewer that doesn't keep up skips entries and is told how many; it costs nobody else anything but its bounded buffer.
Filters may take a share of the processor together and each a fair part of it: what goes beyond waits, and is missed if
it waits too long, so that no number of filters can slow down what is accepted.
"""

import asyncio
import time
from collections.abc import Callable
from itertools import chain
from typing import Final

from logstream.entries.entry import Batch
from logstream.live import websocket_format
from logstream.live.group import Group, Portion
from logstream.live.viewer import CLOSE_SECONDS, Viewer
from logstream.query.conditions import Condition

PING_SECONDS: Final = 20
"""A viewer is pinged this often and has as long to answer: proxies drop connections that are silent for a minute."""

FILTER_SHARE: Final = 0.25
"""Part of the event loop's time that all filters may take while more than that is asked of them."""

FILTER_BURST: Final = 0.1
"""Seconds of processor time that filters may save up."""

TURN_SECONDS: Final = 0.01
"""Processor time that filters take in one turn of the event loop, before others have theirs."""

MAX_RESUMING: Final = 4
"""Viewers for which missed entries are fetched at one time."""

PORTION: Final = 500
"""Entries that a filter looks at in one go."""


class Hub:
    """All viewers. Everything is called on the event loop's thread."""

    def __init__(self, last_id: str = "", on_gap: Callable[[int], None] = lambda dropped: None) -> None:
        self.last_id = last_id
        """Entries up to here have been given out, or were stored before this process began."""
        self._on_gap = on_gap
        self.resuming = asyncio.Semaphore(MAX_RESUMING)
        """Whoever fetches missed entries for a viewer holds it."""
        self._groups: dict[tuple[Condition, ...], Group] = {}
        self._viewers: dict[Viewer, Group] = {}
        self._pending: list[Batch] = []
        self._checks: asyncio.TimerHandle | None = None
        self._more: asyncio.TimerHandle | None = None
        self._credit = FILTER_BURST
        self._credited = time.monotonic()
        self._closed = False

    @property
    def connections(self) -> int:
        """How many viewers on WebSockets there are."""
        return sum(viewer.format is websocket_format for viewer in self._viewers)

    @property
    def filters(self) -> int:
        """How many different filters the viewers have, no filter being one."""
        return len(self._groups)

    @property
    def viewers(self) -> int:
        """How many viewers of all kinds there are."""
        return len(self._viewers)

    def add(self, viewer: Viewer, where: tuple[Condition, ...] = ()) -> None:
        """From here on this viewer gets what is published and passes the filter; one that is here changes its filter.

        A hub that was closed sends it away.
        """
        if self._closed:
            viewer.close(websocket_format.GOING_AWAY)
            return
        self._flush()
        self._leave(viewer)
        group = self._groups.get(where)
        if group is None:
            group = self._groups[where] = Group(where)
        group.viewers.add(viewer)
        self._viewers[viewer] = group
        viewer.where, viewer.since = where, self.last_id
        viewer.on_gap = self._on_gap
        if viewer.holding:
            viewer.hold()
        if self._checks is None:
            self._checks = asyncio.get_running_loop().call_later(PING_SECONDS, self._check)

    def hold(self, viewer: Viewer) -> None:
        """From here on keep live entries back for this viewer: what came before is sent to it from the store."""
        self._flush()
        viewer.since = self.last_id
        viewer.hold()

    def remove(self, viewer: Viewer) -> None:
        self._leave(viewer)
        self._viewers.pop(viewer, None)

    def publish(self, batch: Batch) -> None:
        """Hand on a durable batch; what comes in one turn of the event loop is written to each viewer at once."""
        if not self._viewers and not self._pending:
            self.last_id = batch.entries[-1].id
            return
        if not self._pending:
            asyncio.get_running_loop().call_soon(self._flush)
        self._pending.append(batch)

    async def close(self) -> None:
        """Tell all viewers that the server goes away, and wait until they have gone: CLOSE_SECONDS at most."""
        self._flush()
        self._closed = True
        for timer in (self._checks, self._more):
            if timer is not None:
                timer.cancel()
        viewers = list(self._viewers)
        self._viewers.clear()
        self._groups.clear()
        for viewer in viewers:
            viewer.close(websocket_format.GOING_AWAY)
        if viewers:
            await asyncio.wait([viewer.gone for viewer in viewers], timeout=CLOSE_SECONDS + 1)

    def _leave(self, viewer: Viewer) -> None:
        group = self._viewers.get(viewer)
        if group is not None:
            group.viewers.discard(viewer)
            if not group.viewers:
                del self._groups[group.where]

    def _flush(self) -> None:
        if not self._pending:
            return
        batches, self._pending = self._pending, []
        self.last_id = batches[-1].entries[-1].id
        if not self._groups:
            return
        lines = list(chain.from_iterable(batch.split_lines() for batch in batches))
        entries = list(chain.from_iterable(batch.entries for batch in batches))
        everything = self._groups.get(())
        if everything is not None:
            everything.offer(Portion(lines, entries, 0))
            everything.step()
        if len(self._groups) > (everything is not None):
            starts = range(0, len(lines), PORTION)
            portions = [(lines[start : start + PORTION], entries[start : start + PORTION]) for start in starts]
            made = [Portion(some, them, sum(map(len, some))) for some, them in portions]
            for group in self._groups.values():
                if group.filtered:
                    for portion in made:
                        group.offer(portion)
            self._filter()

    def _filter(self) -> None:
        """Let the filters look at what waits, for as long as they may."""
        if self._more is not None:
            self._more.cancel()
            self._more = None
        groups = [group for group in self._groups.values() if group.filtered]
        if not groups:
            return
        self._refill(groups)
        turn = 0.0
        started = time.thread_time()
        busy = [group for group in groups if group.waiting]
        while busy and turn < TURN_SECONDS:
            stepped = False
            for group in busy:
                if self._credit <= 0 and group.credit <= 0:
                    continue
                group.step()
                stepped = True
                now = time.thread_time()
                took, started = now - started, now
                turn += took
                group.credit = max(group.credit - took, -FILTER_BURST)
                self._credit = max(self._credit - took, -FILTER_BURST)
                if turn >= TURN_SECONDS:
                    break
            if not stepped:
                break
            busy = [group for group in busy if group.waiting]
        if any(group.waiting for group in groups):
            self._rotate(groups)
            self._more = asyncio.get_running_loop().call_later(TURN_SECONDS, self._filter)

    def _refill(self, groups: list[Group]) -> None:
        now = time.monotonic()
        earned, self._credited = FILTER_SHARE * (now - self._credited), now
        self._credit = min(self._credit + earned, FILTER_BURST)
        for group in groups:
            group.credit = min(group.credit + earned / len(groups), FILTER_BURST / len(groups))

    def _rotate(self, groups: list[Group]) -> None:
        """Who came first comes last the next time."""
        first = groups[0]
        del self._groups[first.where]
        self._groups[first.where] = first

    def _check(self) -> None:
        for viewer in list(self._viewers):
            viewer.check()
        self._checks = None
        if self._viewers:
            self._checks = asyncio.get_running_loop().call_later(PING_SECONDS, self._check)
