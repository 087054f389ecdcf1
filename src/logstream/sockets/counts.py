"""What one listener had to refuse, drop or cut, counted by reason, and told in the log once a minute."""

import logging
import time
from collections import Counter
from typing import Final

from logstream.metrics import Metrics

log = logging.getLogger("logstream.sockets")

SAY_SECONDS: Final = 60.0


class Counts:
    """The counts of the listener `name`. All of it is in /metrics; `tell` says in the log what came since."""

    def __init__(self, name: str, metrics: Metrics) -> None:
        self.name = name
        self._metrics = metrics
        self._untold: Counter[str] = Counter()
        self._told_at = -SAY_SECONDS
        self._example = ""
        self.dropped_at = -3600.0
        """When a datagram was dropped last, by the monotonic clock."""
        self.dropped = 0

    def drop(self, reason: str, count: int = 1) -> None:
        """Datagrams, or messages in them, that are lost."""
        self._metrics.datagrams_dropped(self.name, reason, count)
        self._untold[f"datagrams dropped: {reason}"] += count
        self.dropped += count
        self.dropped_at = time.monotonic()

    def refuse(self, reason: str, example: str = "") -> None:
        """A connection that was refused or ended; of the examples the last is told."""
        self._metrics.connection_refused(self.name, reason)
        self._example = example or self._example
        self._untold[f"connections refused: {reason}"] += 1

    def lose(self, entries: int) -> None:
        """Entries that were taken and could not be stored until the stop."""
        log.error("%s: %d entries could not be stored before the stop and are lost", self.name, entries)

    def tell(self, now: float) -> None:
        """Say what came since, unless something was said in the last minute."""
        if self._untold and now - self._told_at >= SAY_SECONDS:
            told = ", ".join(f"{what} ({count})" for what, count in self._untold.items())
            log.warning("%s: %s%s", self.name, told, f"; such as {self._example}" if self._example else "")
            self._untold.clear()
            self._example = ""
            self._told_at = now
