"""A bound on how often something may happen: a token bucket."""

import time
from collections.abc import Callable


class RateLimit:
    """Lets `burst` things happen at once, and `per_second` in the long run."""

    def __init__(self, burst: int, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._burst = burst
        self._per_second = per_second
        self._clock = clock
        self._tokens = float(burst)
        self._refilled_at = clock()

    def allows(self) -> bool:
        """Whether one more may happen now; if so, it counts."""
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._refilled_at) * self._per_second)
        self._refilled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
