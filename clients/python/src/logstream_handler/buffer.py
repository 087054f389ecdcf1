"""Entries on their way from the threads that log to the worker: bounded, and never waited for.

Reentrant on purpose: a signal handler or a finaliser may log in the middle of `put`. The lock is an RLock, the worker
is woken by a SimpleQueue, whose `put` is reentrant. At worst such an interruption makes the count of bytes wrong until
the buffer is empty again.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from queue import SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")


class Buffer(Generic[T]):
    """`wake` gets None when there is something to do; the worker's other messages (T) come the same way."""

    def __init__(self, most: tuple[int, int], batch: tuple[int, int]) -> None:
        """Both as entries and bytes: what fits, and what makes a batch."""
        self._lock = threading.RLock()
        self._lines: deque[bytes] = deque()
        self._bytes = 0
        self._most_entries, self._most_bytes = most
        self._batch_entries, self._batch_bytes = batch
        self.since = 0.0
        """When the oldest entry came (time.monotonic)."""
        self.wake: SimpleQueue[T | None] = SimpleQueue()

    def __len__(self) -> int:
        return len(self._lines)

    def put(self, line: bytes) -> bool:
        """False when there is no room: the line is not taken."""
        with self._lock:
            count = len(self._lines)
            before = self._bytes
            after = before + len(line)
            if count >= self._most_entries or after > self._most_bytes:
                return False
            self._lines.append(line)
            self._bytes = after
            if count == 0:
                self.since = time.monotonic()
            due = count == 0 or count + 1 == self._batch_entries or before < self._batch_bytes <= after
        if due:
            self.wake.put(None)
        return True

    @property
    def full_batch(self) -> bool:
        return len(self._lines) >= self._batch_entries or self._bytes >= self._batch_bytes

    def take(self) -> list[bytes]:
        """The oldest entries, as many as make a batch; empty when there are none."""
        taken: list[bytes] = []
        size = 0
        with self._lock:
            while self._lines and len(taken) < self._batch_entries:
                size += len(self._lines[0])
                if taken and size > self._batch_bytes:
                    size -= len(self._lines[0])
                    break
                taken.append(self._lines.popleft())
            self._bytes = self._bytes - size if self._lines else 0
            self.since = time.monotonic()
        return taken
