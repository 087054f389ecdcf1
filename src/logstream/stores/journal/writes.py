"""What waits for the writer thread: lines, and steps of other work between two groups of them."""

import asyncio
import contextlib
import logging
import os
import queue
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, Final, NamedTuple

from logstream.store import Claim, StoreUnavailable
from logstream.stores.journal.extent import Extent
from logstream.stores.journal.idempotency import Placed

log = logging.getLogger("logstream.journal")

MAX_GROUP_BYTES: Final = 16 * 1024 * 1024
"""Bytes one group commit writes at most: longer groups only make the first of them wait."""


class Write(NamedTuple):
    """Lines on their way to disk, by the name of the day they go to."""

    lines: dict[str, bytes]
    size: int
    claim: Claim | None
    last_id: str
    on_durable: Callable[[], None]
    future: "asyncio.Future[None]"


class Step(NamedTuple):
    """Work for the writer thread between two groups."""

    work: Callable[[], Any]
    future: "Future[Any]"

    def run(self) -> None:
        try:
            self.future.set_result(self.work())
        except BaseException as error:
            self.future.set_exception(error)


class Waiting:
    """Writes and steps in the order of the calls. Any thread puts, the writer thread takes."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Write | Step] = queue.SimpleQueue()
        self._next_step: Step | None = None  # it ended a group and comes now

    def put(self, item: Write | Step) -> None:
        self._queue.put(item)

    def take(self) -> Step | list[Write]:
        """Wait for a step, or for a group: the writes that wait up to the next step."""
        item = self._next_step or self._queue.get()
        self._next_step = None
        if isinstance(item, Step):
            return item
        group, size = [item], item.size
        with contextlib.suppress(queue.Empty):
            while size < MAX_GROUP_BYTES:
                following = self._queue.get_nowait()
                if isinstance(following, Step):
                    self._next_step = following
                    break
                group.append(following)
                size += following.size
        return group

    def refuse_steps(self, fault: StoreUnavailable) -> None:
        """Tell all steps that wait that they won't be done."""
        if self._next_step is not None:
            self._next_step.future.set_exception(fault)
            self._next_step = None
        with contextlib.suppress(queue.Empty):
            while True:
                item = self._queue.get_nowait()
                if isinstance(item, Step):
                    item.future.set_exception(fault)


def settle(group: Sequence[Write], fault: StoreUnavailable | None) -> None:
    """Tell all of a group, on the event loop, that they are durable, or why they are not stored."""
    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
        group[0].future.get_loop().call_soon_threadsafe(_settle, group, fault)


def _settle(group: Sequence[Write], fault: StoreUnavailable | None) -> None:
    for write in group:
        if fault is None:
            try:
                write.on_durable()
            except Exception:  # what is durable is acknowledged, whatever becomes of the viewers
                log.exception("a stored batch could not be handed on")
        if write.future.done():  # cancelled: whoever waited has gone, what was stored stays
            continue
        if fault is None:
            write.future.set_result(None)
        else:
            write.future.set_exception(fault)


def needs_record(write: Write) -> bool:
    """Whether more is to be known of it after a crash than where it was torn, which the end of a file tells."""
    return write.claim is not None or len(write.lines) > 1


def by_shared_days(group: Sequence[Write]) -> list[list[Write]]:
    """Writes that have a day in common, directly or by others between them; in order within each list."""
    parts: list[tuple[set[str], list[int]]] = []
    for number, write in enumerate(group):
        days, numbers = set(write.lines), [number]
        apart: list[tuple[set[str], list[int]]] = []
        for part in parts:
            if days.isdisjoint(part[0]):
                apart.append(part)
            else:
                days |= part[0]
                numbers += part[1]
        parts = [*apart, (days, numbers)]
    return [[group[number] for number in sorted(numbers)] for _, numbers in parts]


def placed(group: list[Write], sizes: dict[str, int]) -> list[Placed]:
    """The claim of each write of a group, and where its lines lie, in files that had these sizes."""
    ends = dict(sizes)
    found: list[Placed] = []
    for write in group:
        extents: list[Extent] = []
        for name, lines in write.lines.items():
            if name in ends:
                extents.append(Extent.of(name, ends[name], lines))
                ends[name] += len(lines)
        found.append((write.claim, extents))
    return found


def write_all(fd: int, contents: Sequence[bytes]) -> int:
    """Write contents one after another, at once if the system lets us; returns how many bytes that is."""
    view = memoryview(b"".join(contents) if len(contents) > 1 else contents[0])
    size = len(view)
    while view:
        view = view[os.write(fd, view) :]
    return size
