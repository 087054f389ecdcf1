"""What had to be dropped: counted by reason, told to the server once it takes entries again, and to standard error."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from enum import Enum

STDERR_SECONDS = 60.0
"""At most one line in this time."""


class Reason(Enum):
    QUEUE_FULL = "queue full"
    SPOOL_FULL = "spool full"
    REFUSED = "refused by the server"
    TOO_LARGE = "too large for the server"
    UNREADABLE = "no entry could be made of the record"
    EXIT = "not delivered at exit"


class Drops:
    """Reentrant, as everything that is called where something is logged."""

    def __init__(self, stderr: bool) -> None:
        self._lock = threading.RLock()
        self._stderr = stderr
        self._all: Counter[Reason] = Counter()
        self._unreported: Counter[Reason] = Counter()
        self._unsaid: Counter[Reason] = Counter()
        self._detail = ""
        self._trouble = ""
        self._said_at = -STDERR_SECONDS

    def add(self, reason: Reason, count: int, detail: str = "") -> None:
        if count > 0:
            with self._lock:
                for counter in (self._all, self._unreported, self._unsaid):
                    counter[reason] += count
                self._detail = detail or self._detail

    def trouble(self, text: str) -> None:
        """Something that keeps entries from being delivered, and may end."""
        self._trouble = text

    def totals(self) -> dict[str, int]:
        with self._lock:
            return {reason.value: count for reason, count in self._all.items()}

    def take_unreported(self) -> dict[str, int]:
        """By reason, what the server was not told yet, and is told now."""
        if not self._unreported:
            return {}
        with self._lock:
            taken, self._unreported = self._unreported, Counter()
        return {reason.value: count for reason, count in taken.items()}

    def say(self, at_once: bool = False) -> None:
        """A line on standard error, if there is something to say and none was said for a minute.

        `at_once`: about drops in any case. Not on `sys.stderr`, which some applications turn into log entries.
        """
        now = time.monotonic()
        said_until = 0.0 if at_once and self._unsaid else self._said_at + STDERR_SECONDS
        if not (self._unsaid or self._trouble) or now < said_until:
            return
        with self._lock:
            unsaid, self._unsaid = self._unsaid, Counter()
        trouble, self._trouble = self._trouble, ""
        self._said_at = now
        parts = [f"{count} entries dropped: {reason.value}" for reason, count in unsaid.items()]
        if unsaid and self._detail:
            parts.append(self._detail)
        if trouble:
            parts.append(trouble)
        if self._stderr and sys.__stderr__ is not None:
            try:
                sys.__stderr__.write(f"logstream-handler: {'; '.join(parts)}\n")
                sys.__stderr__.flush()
            except (OSError, ValueError):  # closed, or a pipe that nobody reads
                pass
