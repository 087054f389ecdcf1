"""What was accepted and waits to be judged: so much, and of more only up to where it must be read from the store."""

from collections import deque
from typing import Final

from logstream.entries.entry import Batch

MOST_BYTES: Final = 8 * 1024 * 1024
"""Bytes of entries that may wait."""


class Backlog:
    """Batches in the order in which they were accepted."""

    def __init__(self) -> None:
        self.position = ""
        """Entries up to this place in the order of acceptance have been published, or were stored before this process
        began."""
        self.missed_until = ""
        """Entries up to this place don't wait here."""
        self._is_open = False
        """Whether batches are taken; without alerts they cost nothing."""
        self._batches: deque[Batch] = deque()
        self._bytes = 0

    def __bool__(self) -> bool:
        return bool(self._batches)

    @property
    def first(self) -> Batch:
        return self._batches[0]

    def open(self) -> None:
        """Take what comes from here on."""
        self._is_open, self.missed_until = True, self.position

    def close(self) -> None:
        """Take nothing until further notice."""
        self._is_open = False
        self._clear()

    def add(self, batch: Batch) -> bool:
        """Whether there is something to judge now."""
        self.position = batch.position
        if not self._is_open:
            return False
        self._batches.append(batch)
        self._bytes += len(batch.lines)
        if self._bytes > MOST_BYTES:
            self.missed_until = self.position
            self._clear()
        return True

    def take(self) -> Batch:
        """The first, which no longer waits."""
        batch = self._batches.popleft()
        self._bytes -= len(batch.lines)
        return batch

    def _clear(self) -> None:
        self._batches.clear()
        self._bytes = 0
