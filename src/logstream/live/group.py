"""Viewers that want the same: they share one evaluation of their filter and the bytes that come out."""

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final, NamedTuple

from logstream.entries.entry import LogEntry, cut, encode_entry
from logstream.live.chunks import CHUNK_BYTES, Encoded, chunks
from logstream.live.format import Format
from logstream.live.held import Gap
from logstream.live.portions import Portion
from logstream.live.viewer import Viewer
from logstream.query.conditions import Condition
from logstream.query.predicate import TooCostly, predicate

WAITING_BYTES: Final = 4 * 1024 * 1024
"""Bytes of entries that may wait to be looked at, when filters take more time than they may."""


class Wanted(NamedTuple):
    """What a viewer gets: what passes a filter, and so many characters of its messages (None: all)."""

    where: tuple[Condition, ...] = ()
    message_max: int | None = None


EVERYTHING: Final = Wanted()


class Group:
    """Viewers that get all they are delivered."""

    def __init__(self, wanted: Wanted = EVERYTHING) -> None:
        self.wanted = wanted
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

    def deliver(
        self, lines: Sequence[bytes], entries: Sequence[LogEntry], position: str, encoded: Encoded | None = None
    ) -> None:
        """Write these entries, whose JSON is given, to every viewer; they are encoded once for each format."""
        for format, viewers in self._viewers.items():
            made = chunks(format, lines, entries, self.chunk_bytes, encoded, position)
            for viewer in viewers:
                viewer.take(made)


class FilteredGroup(Group):
    """Viewers that get what passes their filter, cut as they want it: made for them when their turn comes."""

    def __init__(self, wanted: Wanted) -> None:
        if wanted == EVERYTHING:
            raise ValueError("a group that wants everything is a Group")
        super().__init__(wanted)
        self._matches = predicate(wanted.where) or (lambda entry: True)
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
            self._tell_missed(entries[0].id, portion.position)
        try:
            matching = [number for number, entry in enumerate(entries) if matches(entry)]
        except TooCostly:
            self._step_one_by_one(portion)
            return
        if matching:
            self._deliver_matching(
                [lines[number] for number in matching], [entries[number] for number in matching], portion
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
                self._tell_missed(entry.id, portion.position)
            self._last_seen = entry.id
            if matches:
                self._deliver_matching([line], [entry], portion)

    def _deliver_matching(self, lines: Sequence[bytes], entries: Sequence[LogEntry], portion: Portion) -> None:
        message_max = self.wanted.message_max
        if message_max is None:
            self.deliver(lines, entries, portion.position, portion.encoded)
            return
        cut_entries = [cut(entry, message_max) for entry in entries]
        cut_lines = [
            line if cut_entry is entry else encode_entry(cut_entry)
            for line, entry, cut_entry in zip(lines, entries, cut_entries, strict=True)
        ]
        self.deliver(cut_lines, cut_entries, portion.position)

    def _tell_missed(self, before: str, position: str) -> None:
        for viewer in self.viewers():
            viewer.miss(Gap(self._missed, self._last_seen, before, position))
        self._missed = 0
