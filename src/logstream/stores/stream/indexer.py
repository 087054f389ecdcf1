"""Fills the store from the stream: one node at a time, every message exactly once.

Each portion is written with the message up to which it goes, and only if the store stands where it begins. So it does
not matter who else believes to be the one, or whether a commit that was cut off took place.
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
from logstream.stores.stream.filled import Filled, Overtaken, Portion, Standing
from logstream.stores.stream.lease import RENEW_SECONDS, Lease
from logstream.stores.stream.message import Foreign, NewerVersion
from logstream.stores.stream.rejected import Rejected
from logstream.stores.stream.stream import Stream
from logstream.stores.stream.tail import opened

log = logging.getLogger("logstream.stream")

TRIM_SECONDS: Final = 5.0
TIDY_SECONDS: Final = 600.0
RETRY_SECONDS: Final = 0.5
PASS_SECONDS: Final = 2.0
"""How long a node that could not fill the store leaves it to others."""


class Indexer:
    """From `stream` into `store`, while `lease` is held; `progressed` is told of every message that is in it now.

    What the store does not take goes to `rejected`. `hurry` is set when somebody waits for what comes.
    """

    def __init__(
        self,
        connection: Connection,
        stream: Stream,
        store: Filled,
        rejected: Rejected,
        lease: Lease,
        progressed: Callable[[int], None],
        hurry: asyncio.Event,
        on_commit: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        self._connection = connection
        self._stream = stream
        self._store = store
        self._rejected = rejected
        self._lease = lease
        self._progressed = progressed
        self._hurry = hurry
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
        standing = await self._store.standing()
        state = (await self._stream.look()).state
        if standing.progress > state.last_seq:
            raise StoreUnavailable(
                f"the store has message {standing.progress}, and the stream {self._stream.name} only "
                f"{state.last_seq}: it is not the stream that filled this store"
            )
        if standing.progress + 1 < state.first_seq and standing.progress:
            log.error("messages %d to %d are gone from the stream", standing.progress + 1, state.first_seq - 1)
        self._filled_to = standing.progress
        self._progressed(standing.progress)
        if standing.begun is not None and standing.begun < state.first_seq:
            # what was begun with is gone: it ends there
            await self._write(Portion(standing.progress, standing.begun, (), (), (), is_begun=True))
            return
        consumer = Consumer(self._connection, self._stream, standing.progress + 1)
        async with contextlib.aclosing(consumer.portions()) as arrivals:  # type: ignore[type-var]
            async for portion in self._portions(arrivals, standing):
                await self._write(portion)
                if len(portion.entries) < self._store.portion_size.entries:
                    await self._gather()

    async def _write(self, portion: Portion) -> None:
        began = time.perf_counter()
        await self._store.fill(portion, self._rejected.keep)
        self._on_commit(time.perf_counter() - began)
        self.fault = None
        self._filled_to = portion.until
        self._progressed(portion.until)

    async def _gather(self) -> None:
        """Let more come to what the store takes at one time, unless somebody waits for it."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._store.portion_size.gather_seconds):
                await self._hurry.wait()
        self._hurry.clear()

    async def _portions(self, arrivals: AsyncIterator[list[Delivered]], standing: Standing) -> AsyncIterator[Portion]:
        size = self._store.portion_size
        begun = standing.begun
        taken = _Taken(standing.progress)
        async for arrived in arrivals:
            for delivered in arrived:
                if begun is not None and delivered.sequence > begun:
                    yield taken.portion(begun, is_begun=True)
                    begun = None
                try:
                    await self._take(delivered, taken)
                except NewerVersion:
                    if begun is None and taken.until > taken.after:
                        yield taken.portion(taken.until)
                    raise
                is_full = len(taken.entries) >= size.entries or taken.bytes >= size.bytes
                if delivered.sequence == begun or (is_full and begun is None):
                    yield taken.portion(delivered.sequence, is_begun=begun is not None)
                    begun = None
            if begun is None and taken.until > taken.after:
                yield taken.portion(taken.until)

    async def _take(self, delivered: Delivered, taken: "_Taken") -> None:
        try:
            batch, claim = (None, None) if delivered.is_part else await opened(self._stream, delivered)
        except Foreign as error:
            log.error("message %d of the stream is left out: %s", delivered.sequence, error)
            batch = claim = None
        taken.until = delivered.sequence
        if batch is None:
            return
        if claim is not None:
            taken.claims.append(Keyed(claim, batch.entries[0].id))
        taken.positions += [batch.position_at(index) for index in range(len(batch))]
        taken.entries += batch.entries
        taken.bytes += len(batch.lines)
        await asyncio.sleep(0)  # what has gathered is decoded beside requests

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


class _Taken:
    """What was taken of the stream behind the message `after`, up to `until`, and is in no portion yet."""

    def __init__(self, after: int) -> None:
        self.after = self.until = after
        self._clear()

    def _clear(self) -> None:
        self.entries: list[LogEntry] = []
        self.positions: list[str] = []
        self.claims: list[Keyed] = []
        self.bytes = 0

    def portion(self, until: int, *, is_begun: bool = False) -> Portion:
        """All of it, and of what comes nothing more."""
        made = Portion(self.after, until, self.entries, self.positions, self.claims, is_begun)
        self.after = self.until = until
        self._clear()
        return made
