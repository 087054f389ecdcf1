"""How much processor time filters may take: a share of it together, and a fair part of that each.

A filter within its own part is never held up by others; one beyond it may use what the others leave. Whatever exceeds
the share waits, so that no number of filters can slow down what is accepted.
"""

import time
from collections.abc import Callable, Sequence
from typing import Final

from logstream.live.group import FilteredGroup

Clock = Callable[[], float]

FILTER_SHARE: Final = 0.25
"""Part of the event loop's time that all filters may take while more than that is asked of them."""

FILTER_BURST: Final = 0.1
"""Seconds of processor time that filters may save up."""

TURN_SECONDS: Final = 0.01
"""Processor time that filters take in one turn of the event loop, before others have theirs."""


class FilterBudget:
    """Credit is processor time in seconds: one for all filters here, and one for each, kept in its group."""

    def __init__(self, clock: Clock = time.monotonic, processor_clock: Clock = time.thread_time) -> None:
        self._clock = clock
        self._processor_clock = processor_clock
        self._credit = FILTER_BURST
        self._refilled_at = clock()

    def run(self, groups: Sequence[FilteredGroup]) -> None:
        """Let the groups look at what waits, a portion each in turn, for as long as they may."""
        self._refill(groups)
        spent = 0.0
        before = self._processor_clock()
        busy = [group for group in groups if group.waiting]
        while busy:
            stepped = False
            for group in busy:
                if self._credit <= 0 and group.credit <= 0:
                    continue
                group.step()
                stepped = True
                now = self._processor_clock()
                self._charge(group, now - before)
                spent += now - before
                before = now
                if spent >= TURN_SECONDS:
                    return
            if not stepped:
                return
            busy = [group for group in busy if group.waiting]

    def _refill(self, groups: Sequence[FilteredGroup]) -> None:
        now = self._clock()
        earned = FILTER_SHARE * (now - self._refilled_at)
        self._refilled_at = now
        self._credit = min(self._credit + earned, FILTER_BURST)
        for group in groups:
            group.credit = min(group.credit + earned / len(groups), FILTER_BURST / len(groups))

    def _charge(self, group: FilteredGroup, seconds: float) -> None:
        group.credit = max(group.credit - seconds, -FILTER_BURST)
        self._credit = max(self._credit - seconds, -FILTER_BURST)
