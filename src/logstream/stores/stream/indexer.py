"""Fills the store from the stream: one node at a time, every message exactly once.

Each portion is written with the message up to which it goes, in one transaction that compares what stood there before.
So it does not matter who else believes to be the one, or whether a commit that was cut off took place.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable
from typing import Final

from logstream.entries.entry import LogEntry
from logstream.store import StoreUnavailable
from logstream.stores.spool.spool import Keyed
from logstream.stores.stream.connection import Connection
from logstream.stores.stream.consumer import Consumer, Delivered
from logstream.stores.stream.filled import Filled, Overtaken, Portion
from logstream.stores.stream.lease import RENEW_SECONDS, Lease
from logstream.stores.stream.message import UnknownVersion
from logstream.stores.stream.rejected import Rejected
from logstream.stores.stream.stream import Stream
from logstream.stores.stream.tail import opened

log = logging.getLogger("logstream.stream")

PORTION_ENTRIES: Final = 5000
PORTION_BYTES: Final = 4 * 1024 * 1024
"""What one transaction takes at most, unless a single message has more."""

TRIM_SECONDS: Final = 5.0
TIDY_SECONDS: Final = 600.0
RETRY_SECONDS: Final = 0.5
PASS_SECONDS: Final = 2.0
"""How long a node that could not fill the store leaves it to others."""


class Indexer:
    """From `stream` into `store`, while `lease` is held; `progressed` is told of every message that is in it now.

    What the store does not take goes to `rejected`.
    """

    def __init__(
        self,
        connection: Connection,
        stream: Stream,
        store: Filled,
        rejected: Rejected,
        lease: Lease,
        progressed: Callable[[int], None],
        on_commit: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        self._connection = connection
        self._stream = stream
        self._store = store
        self._rejected = rejected
        self._lease = lease
        self._progressed = progressed
        self._on_commit = on_commit
        self._task: asyncio.Task[None] | None = None
        self._filled_to = 0
        self.fault: str | None = None
        """Why the store is not filled though it is this node's turn."""

    def start(self) -> None:
        self._task = asyncio.ensure_future(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            await self._lease.give_back()

    @property
    def leads(self) -> bool:
        """Whether this node fills the store."""
        return self._lease.held

    async def _run(self) -> None:
        while True:
            if await self._lease.take():
                await self._lead()
            else:
                self.fault = None
            await self._lease.wait()

    async def _lead(self) -> None:
        log.info("this node fills the store from the stream")
        filling = asyncio.ensure_future(self._fill_forever())
        tidying = asyncio.ensure_future(self._tidy_forever())
        try:
            while await self._lease.take():
                await asyncio.wait((filling,), timeout=RENEW_SECONDS)
                if filling.done():  # this node can't reach the store: another one may
                    await self._lease.give_back()
                    await asyncio.sleep(PASS_SECONDS)
                    return
            log.info("another node fills the store")
        finally:
            for task in (filling, tidying):
                task.cancel()
            await asyncio.wait((filling, tidying))

    async def _fill_forever(self) -> None:
        """Until that fails in a way that may not be so for another node."""
        while True:
            try:
                await self._fill()
            except Overtaken:
                log.info("the store was filled by another node meanwhile")
            except StoreUnavailable as error:
                if self.fault is None:
                    log.warning("filling the store waits: %s", error)
                self.fault = str(error)
                return
            except Exception as error:
                log.exception("filling the store failed; it is tried again")
                self.fault = f"filling the store failed: {error}"
                return
            await asyncio.sleep(RETRY_SECONDS)

    async def _fill(self) -> None:
        progress = await self._store.progress()
        state = (await self._stream.look()).state
        if progress > state.last_seq:
            raise StoreUnavailable(
                f"the store has message {progress}, and the stream {self._stream.name} only {state.last_seq}: "
                "it is not the stream that filled this store"
            )
        if progress + 1 < state.first_seq and progress:
            log.error("messages %d to %d are gone from the stream", progress + 1, state.first_seq - 1)
        self._filled_to = progress
        self._progressed(progress)
        consumer = Consumer(self._connection, self._stream, progress + 1)
        async with contextlib.aclosing(consumer.portions()) as arrivals:  # type: ignore[type-var]
            async for portion in self._portions(arrivals, progress):
                began = time.perf_counter()
                await self._store.fill(portion, self._rejected.keep)
                self._on_commit(time.perf_counter() - began)
                self.fault = None
                self._filled_to = portion.until
                self._progressed(portion.until)

    async def _portions(self, arrivals: AsyncIterator[list[Delivered]], progress: int) -> AsyncIterator[Portion]:
        async for arrived in arrivals:
            entries: list[LogEntry] = []
            positions: list[str] = []
            claims: list[Keyed] = []
            size = 0
            until = progress
            for delivered in arrived:
                until = delivered.sequence
                if delivered.is_part:
                    continue
                try:
                    batch, claim = await opened(self._stream, delivered)
                except UnknownVersion as error:
                    log.error("message %d of the stream is left out: %s", delivered.sequence, error)
                    continue
                if claim is not None:
                    claims.append(Keyed(claim, batch.entries[0].id))
                positions += [batch.position_at(index) for index in range(len(batch))]
                entries += batch.entries
                size += len(batch.lines)
                if len(entries) >= PORTION_ENTRIES or size >= PORTION_BYTES:
                    yield Portion(progress, until, entries, positions, claims)
                    progress, size = until, 0
                    entries, positions, claims = [], [], []
            if until > progress:
                yield Portion(progress, until, entries, positions, claims)
                progress = until

    async def _tidy_forever(self) -> None:
        """Take out of the stream what the store has, and out of the store what no longer holds."""
        tidied_at = 0.0
        while True:
            await asyncio.sleep(TRIM_SECONDS)
            try:
                await self._stream.trim(self._filled_to)
                if time.monotonic() - tidied_at > TIDY_SECONDS:
                    tidied_at = time.monotonic()
                    await self._store.tidy()
            except StoreUnavailable as error:
                log.info("tidying up waits: %s", error)
            except Exception:
                log.exception("tidying up failed; it is tried again")
