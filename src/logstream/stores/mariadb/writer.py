"""Group commit into the database.

One task writes: it takes every batch that waits, inserts them in one transaction and answers all. When the database
does not take them, they go into the spool instead, in the same order, and so does everything after them until the
spool has been drained; so entries become durable, visible and stored in the order in which they were accepted,
whatever happens. Whether a commit that was cut off took place does not matter: what is drained is compared by id.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple

from logstream.entries.entry import Batch
from logstream.store import Claim, StoreUnavailable
from logstream.stores.backpressure import Backpressure
from logstream.stores.mariadb.database import Database
from logstream.stores.mariadb.faults import FAULTS, away_of, is_data_fault, reason_of
from logstream.stores.mariadb.insertion import insert
from logstream.stores.spool.availability import Availability
from logstream.stores.spool.spool import Keyed, Spool

log = logging.getLogger("logstream.mariadb")

MAX_GROUP_ENTRIES: Final = 2000
MAX_GROUP_BYTES: Final = 4 * 1024 * 1024
"""What one transaction takes at most: longer ones only make the first of them wait."""

WRITE_SECONDS: Final = 5.0
"""How long a group may take before the database counts as away."""


class Write(NamedTuple):
    """A batch on its way."""

    batch: Batch
    claim: Claim | None
    on_durable: Callable[[], None]
    future: "asyncio.Future[None]"


class Writer:
    """Writes batches to `database`, or to `spool` while that is away."""

    def __init__(
        self,
        database: Database,
        spool: Spool,
        availability: Availability,
        on_commit: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        self._database = database
        self._spool = spool
        self._availability = availability
        self._on_commit = on_commit
        self._queue: deque[Write] = deque()
        self._queued = asyncio.Event()
        self.backpressure = Backpressure("the database")
        self._stopping = False

    def start(self) -> None:
        self._task = asyncio.ensure_future(self._write_forever())

    async def stop(self) -> None:
        """Write what waits, to the database or to the spool."""
        self._stopping = True
        self._queued.set()
        await self._task

    async def append(self, batch: Batch, on_durable: Callable[[], None], claim: Claim | None) -> None:
        """Return when the batch is durable, here or there. Raises StoreUnavailable: nothing is stored."""
        future = asyncio.get_running_loop().create_future()
        self._queue.append(Write(batch, claim, on_durable, future))
        self.backpressure.add(len(batch.lines))
        self._queued.set()
        await future

    async def _write_forever(self) -> None:
        while True:
            await self._queued.wait()
            self._queued.clear()
            while self._queue:
                group, size = self._take()
                faults = await self._store(group)
                _settle(group, faults)
                self.backpressure.remove(size)
            if self._stopping:
                return

    def _take(self) -> tuple[list[Write], int]:
        """The next group, and its bytes."""
        group: list[Write] = []
        entries = size = 0
        while self._queue:
            batch = self._queue[0].batch
            full = entries + len(batch) > MAX_GROUP_ENTRIES or size + len(batch.lines) > MAX_GROUP_BYTES
            if group and full:
                break
            entries += len(batch)
            size += len(batch.lines)
            group.append(self._queue.popleft())
        return group, size

    async def _store(self, group: list[Write]) -> list[StoreUnavailable | None]:
        """Make a group durable, calling `on_durable` of each write that is; returns the fault of each that is not."""
        if self._availability.takes_entries and await self._commit(group):
            for write in group:
                _call(write)
            return [None] * len(group)
        try:
            return await self._spool.append([(write.batch, write.claim, partial(_call, write)) for write in group])
        except StoreUnavailable as fault:
            return [fault] * len(group)
        except Exception as error:
            log.exception("the spool failed")
            return [StoreUnavailable(f"the spool can't be written: {error}", retry_after=5)] * len(group)

    async def _commit(self, group: list[Write]) -> bool:
        """Whether the group is in the database now."""
        entries = [entry for write in group for entry in write.batch.entries]
        claims = [Keyed(write.claim, write.batch.entries[0].id) for write in group if write.claim is not None]
        began = time.perf_counter()
        try:
            async with asyncio.timeout(WRITE_SECONDS), self._database.write() as connection:
                await insert(connection, entries, claims)
        except FAULTS as error:
            if is_data_fault(error):  # draining finds out which entry it does not take
                log.warning("a group of entries goes through the spool: %s", reason_of(error))
            else:
                self._availability.lost(away_of(error, self._database.address))
            return False
        except Exception:  # else this task would end, and every sender wait for ever
            log.exception("a group of entries could not be written, it goes through the spool")
            return False
        self._on_commit(time.perf_counter() - began)
        return True


def _call(write: Write) -> None:
    try:
        write.on_durable()
    except Exception:  # what is durable is acknowledged, whatever becomes of the viewers
        log.exception("a stored batch could not be handed on")


def _settle(group: list[Write], faults: list[StoreUnavailable | None]) -> None:
    for write, fault in zip(group, faults, strict=True):
        if write.future.done():  # cancelled: whoever waited has gone, what was stored stays
            continue
        if fault is None:
            write.future.set_result(None)
        else:
            write.future.set_exception(fault)
