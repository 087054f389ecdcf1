"""Keeps the index in step with the journal, in a thread of its own, and tells who waits how far it has come.

The lock order, on which the journal, compression and pruning rely: event loop and workers, then index thread, then
writer thread. Who stands further left may hand work to one further right and wait for it; never the other way round.

- Files of days are replaced in the index thread alone (`Indexer.exclusively`), which hands the replacing itself to the
  writer thread and waits for it there (`Journal.change(…).result()`). Meanwhile nothing is read for the index and
  nothing written; outside of it, the index thread may take for granted that the files of a day
  only grow, unless somebody changes them by hand.
- The writer thread waits for the disk and for the ledger's lock, and for nobody else. It tells that the journal has
  grown (`Indexer.grown`) through a lock that the index thread never holds while it works.
- The event loop waits for both by futures alone, and so never stops for them.
"""

import asyncio
import contextlib
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final, TypeVar

import duckdb

from logstream.store import StoreUnavailable
from logstream.stores.index.index import Index
from logstream.stores.journal.journal import Journal

log = logging.getLogger("logstream.index")

GATHER_SECONDS: Final = 0.25
GATHER_BYTES: Final = 1024 * 1024
"""How long fewer new lines than this wait for company while nobody searches: a transaction costs milliseconds, however
small, and at some thousand single entries a second that is a fifth of a core."""

MAX_LAG_BYTES: Final = 16 * 1024 * 1024
"""How far the index may fall behind before `append` waits: less than a second of indexing."""

RETRY_SECONDS: Final = 2.0
STOP_BACKLOG: Final = 64 * 1024 * 1024
"""A stop indexes what is left up to this size; more is left to the next start."""

NICENESS: Final = 5

Result = TypeVar("Result")


def yield_processor() -> None:
    """Let the rest of the process go first: called in the threads that open the index.

    DuckDB's workers inherit it, so that indexing and writing out the index don't delay what is accepted and streamed.
    """
    with contextlib.suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


class Indexer:
    """Runs `index.step` whenever the journal has grown."""

    def __init__(
        self, index: Index, journal: Journal, on_indexed: Callable[[float], None] = lambda seconds: None
    ) -> None:
        self.index = index
        self._on_indexed = on_indexed
        self._grown_at: float | None = None
        self.position = 0
        """The journal position up to which everything can be found."""
        self.catching_up = True
        """Until the index has come near the journal for the first time; it doesn't hold up `append` till then."""
        self._journal = journal
        self._wake = threading.Condition()
        self._grown = True
        self._urgent = False
        self._stopping = False
        self._damaged = False
        self._forgotten = False
        self._fault: str | None = None
        self._total = 0
        self._waiters: list[tuple[int, asyncio.Future[None]]] = []
        self._in_task = False
        self._tasks: deque[tuple[Callable[[], Any], Future[Any]]] = deque()
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="index", daemon=True)

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._total = self.index.backlog()
        self._thread.start()

    async def stop(self) -> None:
        with self._wake:
            self._stopping = True
            self._wake.notify()
        await asyncio.to_thread(self._thread.join)
        self._wake_waiters()

    def grown(self) -> None:
        """The journal has grown. Called in the journal's thread."""
        if self._grown:
            return  # it has been told already and not yet looked
        with self._wake:
            self._grown = True
            self._grown_at = time.monotonic()
            self._wake.notify()

    def damaged(self, error: Exception) -> None:
        """A search found the file damaged: rebuild it."""
        with self._wake:
            if not self._damaged:
                log.warning("the search index is damaged and will be rebuilt: %s", str(error).splitlines()[0])
            self._damaged = True
            self._wake.notify()

    def exclusively(self, work: "Callable[[], Result]") -> "Future[Result]":
        """Run `work` in the index thread, while nothing is being indexed. Files of days are replaced in here alone.

        It may wait for the writer thread: see the lock order above. However far the index falls behind meanwhile, new
        entries don't wait for it. Raises StoreUnavailable when the thread has ended.
        """
        future: Future[Result] = Future()
        with self._wake:
            if self._ended:
                raise StoreUnavailable("the server is stopping")
            self._tasks.append((work, future))
            self._wake.notify()
        return future

    def forget(self, name: str) -> None:
        """Have a day read anew; searches wait for it. In the index thread."""
        self._forgotten = True
        self.index.progress.forget(name)

    @property
    def lags(self) -> bool:
        """Whether the index is so far behind that new entries have to wait for it."""
        return self._lag > MAX_LAG_BYTES and not (self.catching_up or self._in_task) and self._fault is None

    async def catch_up(self) -> None:
        """Wait until the index is near enough to the journal."""
        await self.reach(self._journal.position - MAX_LAG_BYTES)

    async def reach(self, position: int) -> None:
        """Return when everything up to this journal position can be found."""
        if self.position >= position and not (self.catching_up or self._damaged or self._forgotten):
            return
        future = self._loop.create_future()
        waiter = (position, future)
        self._waiters.append(waiter)
        with self._wake:
            self._urgent = True
            self._wake.notify()
        try:
            await future
        finally:
            if waiter in self._waiters:
                self._waiters.remove(waiter)

    def delay_reason(self) -> str | None:
        """Why a search has to wait for the index, for people; None when it doesn't."""
        if self._fault is not None:
            return self._fault
        if self.catching_up and self._total:
            done = 100 * (1 - self.index.backlog() / max(self._total, 1))
            return f"the search index is being built from the journal: {max(0, min(99, int(done)))} % done"
        return None

    def _wake_waiters(self) -> None:
        still: list[tuple[int, asyncio.Future[None]]] = []
        for position, future in self._waiters:
            if future.done():
                continue
            if self._fault is not None and self._stopping:
                future.set_exception(StoreUnavailable("the server is stopping"))
            elif self.position >= position and not self.catching_up:
                future.set_result(None)
            else:
                still.append((position, future))
        self._waiters = still

    def _run(self) -> None:
        yield_processor()
        failures = 0
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._grown or self._is_urgent() or not self.index.is_tidy)
                gathers = self.index.is_tidy and not self._is_urgent()
                if gathers and self._lag < GATHER_BYTES:
                    self._wake.wait_for(self._is_urgent, GATHER_SECONDS)
                self._grown = self._urgent = False
                grown_at, self._grown_at = self._grown_at, None
                stopping, damaged = self._stopping, self._damaged
            if stopping and (failures or self.catching_up or self.index.backlog() > STOP_BACKLOG):
                break
            try:
                if damaged:
                    self._reopen(rebuild=True)
                self._run_tasks()
                position = self._journal.position
                self.index.step()
                self.position = position
                self._forgotten = False
                if self.index.backlog() < MAX_LAG_BYTES:
                    self.catching_up = False
                failures, self._fault = 0, None
                if grown_at is not None:
                    self._on_indexed(time.monotonic() - grown_at)
            except Exception as error:
                failures += 1
                self._fail(error, failures)
            if self._waiters or self._stopping:
                self._loop.call_soon_threadsafe(self._wake_waiters)
            if stopping:
                break
            try:
                self._tidy()
            except Exception as error:
                failures += 1
                self._fail(error, failures)
        with self._wake:
            self._ended = True
        for _, future in self._tasks:
            future.set_exception(StoreUnavailable("the server is stopping"))
        self.index.close()

    def _is_urgent(self) -> bool:
        return bool(self._urgent or self._stopping or self._damaged or self._tasks)

    def _tidy(self) -> None:
        """Where little else is to be done, do what makes searches faster."""
        while not self.index.is_tidy and self._has_time():
            self.index.tidy(self._has_time)

    def _has_time(self) -> bool:
        return self._fault is None and not self._is_urgent() and self._lag < GATHER_BYTES

    @property
    def _lag(self) -> int:
        return self._journal.position - self.position

    def _run_tasks(self) -> None:
        while self._tasks:
            work, future = self._tasks.popleft()
            self._in_task = True
            try:
                future.set_result(work())
            except BaseException as error:
                future.set_exception(error)
                if isinstance(error, duckdb.Error):
                    raise  # the file may want to be opened anew
            finally:
                self._in_task = False

    def _fail(self, error: Exception, failures: int) -> None:
        reason = str(error).splitlines()[0]
        if failures == 1:
            log.error("the search index can't be brought up to date, trying again: %s", reason)
        self._fault = f"the search index can't be brought up to date: {reason}"
        full = "No space left" in str(error) or isinstance(error, duckdb.OutOfMemoryException)
        with self._wake:
            self._wake.wait_for(lambda: self._stopping, RETRY_SECONDS)
            self._grown = True
        try:
            # After some faults DuckDB refuses everything until the file is opened anew. A second time, distrust it.
            self._reopen(rebuild=failures > 1 and not full)
        except Exception as again:
            self._fault = f"the search index can't be opened: {str(again).splitlines()[0]}"

    def _reopen(self, *, rebuild: bool) -> None:
        if rebuild:
            self.catching_up = True
        self.index.close()
        if rebuild:
            self.index.remove()
        self.index.open()
        self._total = self.index.backlog()
        with self._wake:
            self._damaged = False
