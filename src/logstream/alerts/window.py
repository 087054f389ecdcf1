"""How many there were within the last so many seconds: exact for the first 64, then to a 64th of the window.

What it holds is bounded whatever the number, and small enough to be written with every change of an alert.
"""

from collections import deque
from collections.abc import Iterable
from typing import Final

SLOTS: Final = 64


class Window:
    """Counts by moment, in seconds since 1970. Moments that go back count as the last one."""

    __slots__ = ("_grain", "_seconds", "slots", "total")

    def __init__(self, seconds: float, slots: Iterable[tuple[float, int]] = ()) -> None:
        self._seconds = seconds
        self._grain = seconds / SLOTS
        self.slots = deque(slots)
        """Since when, and how many."""
        self.total = sum(count for _, count in self.slots)

    def add(self, moment: float, count: int = 1) -> None:
        slots = self.slots
        self.total += count
        if slots:
            start, held = slots[-1]
            if moment <= start or (len(slots) >= SLOTS and moment - start < self._grain):
                slots[-1] = (start, held + count)
                return
        slots.append((moment, count))

    def expire(self, moment: float) -> None:
        """Forget what is no longer within the window."""
        gone = moment - self._seconds
        slots = self.slots
        while slots and slots[0][0] <= gone:
            self.total -= slots.popleft()[1]

    def below_at(self, n: int) -> float:
        """When fewer than `n` will be left if no more come; already, with fewer than that, is minus infinity."""
        left = self.total
        if left < n:
            return float("-inf")
        for start, count in self.slots:
            left -= count
            if left < n:
                return start + self._seconds
        raise AssertionError("what is counted is in the slots")

    def shift(self, seconds: float) -> None:
        """Let the time stand still for so long."""
        self.slots = deque((start + seconds, count) for start, count in self.slots)
