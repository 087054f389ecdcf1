"""Who may search and for how long, alike in every store.

At most MAX_WAITING searches run or wait, which bounds the memory that a flood of them takes and how long the last of
them waits.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Final

from logstream.metrics import Metrics
from logstream.store import SearchTimeout, StoreUnavailable

MAX_WAITING: Final = 64
"""Searches that run or wait; more are refused at once."""


class Turns:
    """Gives out turns to search, and measures them: the gauge `searches`, and how long each search took."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._waiting = 0
        metrics.gauge("searches", "Searches that run or wait", lambda: self._waiting)

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Held while a search waits and runs. Raises StoreUnavailable at once when too many do."""
        if self._waiting >= MAX_WAITING:
            raise StoreUnavailable("too many searches are running")
        self._waiting += 1
        began = time.perf_counter()
        try:
            yield
        finally:
            self._waiting -= 1
            self._metrics.search.observe(time.perf_counter() - began)


@contextlib.asynccontextmanager
async def within(search_timeout: float, delayed_by: Callable[[], str | None] = lambda: None) -> AsyncIterator[None]:
    """Cancel what runs in here after SEARCH_TIMEOUT seconds. Raises SearchTimeout.

    `delayed_by` may then say what held it up, if that is not the search itself.
    """
    try:
        async with asyncio.timeout(search_timeout):
            yield
    except TimeoutError:
        raise took_too_long(search_timeout, delayed_by()) from None


def took_too_long(search_timeout: float, reason: str | None = None) -> SearchTimeout:
    return SearchTimeout(f"{reason or 'the search took too long'} (SEARCH_TIMEOUT is {search_timeout:g} s)")
