"""Viewers with the same filter: they share one evaluation of it and the bytes that come out."""

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

from logstream.entries.entry import LogEntry
from logstream.live.chunks import CHUNK_BYTES, Encoded, chunks
from logstream.live.format import Format
from logstream.live.portions import Portion
from logstream.live.viewer import Viewer
from logstream.query.conditions import Condition
from logstream.query.predicate import TooCostly, predicate

WAITING_BYTES: Final = 4 * 1024 * 1024
"""Bytes of entries that may wait to be looked at, when filters take more time than they may."""


class Group:
    """Viewers that get all they are delivered."""

    def __init__(self, where: tuple[Condition, ...] = ()) -> None:
        self.where = where
        self.chunk_bytes = CHUNK_BYTES
        """Bytes of a chunk: the hub's to change."""
        self._viewers: dict[Format, set[Viewer]] = {}

    @property
    def empty(self) -> bool:
        return not self._viewers

    def viewers(self) -> Iterator[Viewer]:
        return chain.from_iterable(self._viewers.values())

    def add(self, viewer: Viewer) -> None:
        self._viewers.setdefault(viewer.connection.format, set()).add(viewer)

    def remove(self, viewer: Viewer) -> None:
        format = viewer.connection.format
        self._viewers[format].remove(viewer)
        if not self._viewers[format]:
            del self._viewers[format]

    def deliver(self, lines: Sequence[bytes], entries: Sequence[LogEntry], encoded: Encoded | None = None) -> None:
        """Write these entries, whose JSON is given, to every viewer; they are encoded once for each format."""
        for format, viewers in self._viewers.items():
            made = chunks(format, lines, entries, self.chunk_bytes, encoded)
            for viewer in viewers:
                viewer.take(made)


class FilteredGroup(Group):
    """Viewers that get what passes their filter, which looks at entries when its turn comes."""

    def __init__(self, where: tuple[Condition, ...]) -> None:
        matches = predicate(where)
        if matches is None:
            raise ValueError("a group without a filter is a Group")
        super().__init__(where)
        self._matches = matches
        self.credit = 0.0
        """The processor time in seconds that evaluating this filter may still take; the budget's to keep."""
        self._waiting: deque[Portion] = deque()
        self._waiting_bytes = 0
        self._missed = 0
        self._last_seen: str | None = None
        """The last entry before those that were missed."""

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
        lines, entries, matches = portion.lines, portion.entries, self._matches
        if self._missed:
            self._tell_missed(entries[0].id)
        try:
            matching = [number for number, entry in enumerate(entries) if matches(entry)]
        except TooCostly:
            self._step_one_by_one(portion)
            return
        if matching:
            self.deliver(
                [lines[number] for number in matching], [entries[number] for number in matching], portion.encoded
            )
        self._last_seen = entries[-1].id

    def _step_one_by_one(self, portion: Portion) -> None:
        """Deliver entry by entry; those that are too costly to decide on are missed."""
        for line, entry in zip(portion.lines, portion.entries, strict=True):
            try:
                matches = self._matches(entry)
            except TooCostly:
                self._missed += 1
                continue
            if self._missed:
                self._tell_missed(entry.id)
            self._last_seen = entry.id
            if matches:
                self.deliver([line], [entry], portion.encoded)

    def _tell_missed(self, before: str) -> None:
        for viewer in self.viewers():
            viewer.miss(self._missed, self._last_seen, before)
        self._missed = 0
