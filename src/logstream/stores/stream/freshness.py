"""How far the store has come, and waiting until it has all that was acknowledged when somebody asked.

What the indexer announces makes waiting short; what counts is what the store itself says, for it may be a copy of the
one that was written to.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Final

from logstream.store import SearchTimeout, StoreUnavailable
from logstream.stores.spool.tended import DatabaseRefused
from logstream.stores.stream.filled import Filled
from logstream.stores.stream.stream import Stream

log = logging.getLogger("logstream.stream")

LOOK_SECONDS: Final = 1.0
"""How often the store is asked how far it has come."""

HURRY_SECONDS: Final = 0.05
"""How often while somebody waits for that."""

RETRY_SECONDS: Final = 0.5
ANSWER_SECONDS: Final = 3.0
"""How long the store may take to say how far it has come: longer, and it counts as away."""


class Freshness:
    """Of `store`, which is filled from `stream`; `hurry` tells whoever fills it that somebody waits."""

    def __init__(self, store: Filled, stream: Stream, hurry: Callable[[], None] = lambda: None) -> None:
        self._hurry = hurry
        self._store = store
        self._stream = stream
        self._prepared = False
        self._changed = asyncio.Condition()
        self._wake = asyncio.Event()
        self._waiting = 0
        self._announced = 0
        self._task: asyncio.Task[None] | None = None
        self.progress = 0
        """The last message that is known to be in the store."""
        self.next = 1
        """The first message of which nothing is known to be in it."""
        self.away: str | None = None
        """Why the store can't be used; None while it can."""

    async def start(self) -> None:
        """Raises StoreUnavailable where waiting for the store would be in vain; one that is away is waited for."""
        try:
            await self._look()
        except DatabaseRefused as error:
            raise StoreUnavailable(str(error)) from None
        except StoreUnavailable as error:
            self._lost(error)

    def watch(self) -> None:
        self._task = asyncio.ensure_future(self._watch_forever())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def announce(self, sequence: int) -> None:
        """The store is said to have come so far."""
        if sequence > self._announced:
            self._announced = sequence
            if self._waiting:
                self._wake.set()

    def check(self) -> None:
        """Something failed that may be an outage: look at once."""
        self._wake.set()

    async def all_stored(self) -> None:
        """Return when the store has all that any node had acknowledged before this call. Raises StoreUnavailable."""
        await self.reached(await self._stream.last_sequence())

    async def reached(self, sequence: int) -> None:
        """Return when the store has this message. Raises StoreUnavailable."""
        if self.progress >= sequence and self.away is None:
            return
        self._waiting += 1
        self._wake.set()
        try:
            async with asyncio.timeout(self._store.search_timeout), self._changed:
                await self._changed.wait_for(lambda: self.progress >= sequence or self.away is not None)
        except TimeoutError:
            behind = sequence - self.progress
            raise SearchTimeout(f"{behind} messages of the stream are not in the database yet") from None
        finally:
            self._waiting -= 1
        if self.away is not None:
            raise StoreUnavailable(self.away, retry_after=5)

    async def _watch_forever(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pause()):
                    await self._wake.wait()
            self._wake.clear()
            try:
                await self._look()
            except DatabaseRefused as error:
                self.away = str(error)
            except StoreUnavailable as error:
                self._lost(error)
            except Exception as error:
                log.exception("looking after the store failed")
                self.away = f"looking after the store failed: {error}"
            async with self._changed:
                self._changed.notify_all()

    def _pause(self) -> float:
        if self.away is not None:
            return RETRY_SECONDS
        return HURRY_SECONDS if self._waiting else LOOK_SECONDS

    async def _look(self) -> None:
        if not self._prepared:
            await self._store.prepare()
            self._prepared = True
        if self._waiting:
            self._hurry()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                standing = await self._store.standing()
        except TimeoutError:
            raise StoreUnavailable("the database does not answer in time", retry_after=5) from None
        self.progress, self.next = max(self.progress, standing.progress), max(self.next, standing.next)
        if self.away is not None:
            log.warning("the database is back")
            self.away = None

    def _lost(self, error: StoreUnavailable) -> None:
        if self.away is None:
            log.error("%s; entries wait in the stream until it is back", error)
        self.away = str(error)
