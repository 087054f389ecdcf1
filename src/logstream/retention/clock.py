"""Whether the clock can be trusted to say how old entries are: a wrong one makes all of them old enough to go.

It is held against a clock that nobody sets, and at a start against the last that is known to have happened here.
"""

import time
from collections.abc import Callable
from typing import Final

DAY: Final = 86_400.0

SLACK: Final = DAY
"""Seconds that the clock may be set forward while we run: policies count in days."""

ABSENCE: Final = 7 * DAY
"""Seconds for which a server may have been stopped, or have had nothing to store."""


def _boot_time() -> float:
    """Seconds since the machine started, those asleep included; where there is no such clock, without them."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Clock:
    """Compares `wall`, seconds since 1970 and set by people and programs, with `steady`, which only goes on."""

    def __init__(self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = _boot_time) -> None:
        self._wall = wall
        self._steady = steady
        self.started = wall()
        self._steady_start = steady()
        self._known: float | None = None  # it was this late at least, when `steady` said `_known_at`
        self._known_at = self._steady_start
        self._slack = ABSENCE

    @property
    def known(self) -> float | None:
        """The last time that it is known to have been right at, or before."""
        return self._known

    def know(self, last: float) -> None:
        """Something happened here at `last`, before this process began."""
        if self._known is None or last > self._known:
            self._known, self._known_at, self._slack = last, self._steady_start, ABSENCE

    def trust(self) -> None:
        """It is right now."""
        self._known, self._known_at, self._slack = self._wall(), self._steady(), SLACK

    def doubt(self) -> str | None:
        """Why it is probably wrong, for people; None, and from now on trusted, when nothing speaks against it."""
        if self._known is not None:
            ahead = self._wall() - self._known - (self._steady() - self._known_at)
            if ahead > self._slack:
                return f"the clock is {ahead / DAY:,.0f} days ahead of the last that is known to have happened here"
        self.trust()
        return None
