"""Viewers with the same filter: they share one evaluation of it and the bytes that come out."""

from collections import deque
from collections.abc import Sequence
from typing import Final, NamedTuple

from logstream.entries.entry import LogEntry
from logstream.live.chunks import Format, pieces
from logstream.live.viewer import Viewer
from logstream.query.conditions import Condition
from logstream.query.predicate import TooCostly, predicate

WAITING_BYTES: Final = 4 * 1024 * 1024
"""Bytes of entries that may wait to be looked at, when filters take more time than they may."""


class Portion(NamedTuple):
    """Entries in the order accepted, with their JSON."""

    lines: Sequence[bytes]
    entries: Sequence[LogEntry]
    size: int


class Group:
    """`credit` is the processor time in seconds that evaluating this filter may still take; the hub's to keep."""

    def __init__(self, where: tuple[Condition, ...]) -> None:
        self.where = where
        self.viewers: set[Viewer] = set()
        self.credit = 0.0
        self._predicate = predicate(where)
        self._waiting: deque[Portion] = deque()
        self._waiting_bytes = 0
        self._missed = 0
        self._looked_at: str | None = None
        """The last entry before those that were missed."""

    @property
    def filtered(self) -> bool:
        return self._predicate is not None

    @property
    def waiting(self) -> bool:
        """Whether there are entries to look at."""
        return bool(self._waiting)

    def offer(self, portion: Portion) -> None:
        """Take entries to be looked at by `step`. When too many wait, the oldest are missed."""
        self._waiting.append(portion)
        self._waiting_bytes += portion.size
        while self._waiting_bytes > WAITING_BYTES and len(self._waiting) > 1:
            oldest = self._waiting.popleft()
            self._waiting_bytes -= oldest.size
            self._missed += len(oldest.entries)

    def step(self) -> None:
        """Look at the portion that has waited longest, and write what matches to every viewer."""
        portion = self._waiting.popleft()
        self._waiting_bytes -= portion.size
        matches = self._predicate
        if matches is None:
            self._deliver(portion.lines, portion.entries)
            return
        entries = portion.entries
        if self._missed:
            self._tell_missed(entries[0].id)
        try:
            found = [number for number, entry in enumerate(entries) if matches(entry)]
        except TooCostly:
            self._step_around(portion)
        else:
            if found:
                self._deliver([portion.lines[number] for number in found], [entries[number] for number in found])
        if not self._missed:
            self._looked_at = entries[-1].id

    def _step_around(self, portion: Portion) -> None:
        """Entry by entry; those that are too costly to decide on are missed."""
        matches = self._predicate
        assert matches is not None
        for line, entry in zip(portion.lines, portion.entries, strict=True):
            try:
                found = matches(entry)
            except TooCostly:
                self._missed += 1
                continue
            if self._missed:
                self._tell_missed(entry.id)
            self._looked_at = entry.id
            if found:
                self._deliver([line], [entry])

    def _tell_missed(self, before: str) -> None:
        for viewer in self.viewers:
            viewer.miss(self._missed, self._looked_at, before)
        self._missed = 0

    def _deliver(self, lines: Sequence[bytes], entries: Sequence[LogEntry]) -> None:
        made: dict[int, tuple[Format, list[Viewer]]] = {}
        for viewer in self.viewers:
            made.setdefault(id(viewer.format), (viewer.format, []))[1].append(viewer)
        for made_by, viewers in made.values():
            ready = pieces(made_by, lines, entries)
            for viewer in viewers:
                viewer.take(ready)
