"""Group commit into the database, and what becomes of entries while it is away.

One task writes: it takes every batch that waits, inserts them in one transaction and answers all. When the database
does not take them, they go into the spool instead, in the same order, and so does everything after them until the
spool has been drained; so entries become durable, visible and stored in the order in which they were accepted,
whatever happens. Whether a commit that was cut off took place does not matter: what is drained is compared by id.
"""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from logstream.entries.entry import Batch, LogEntry
from logstream.store import Claim, SearchTimeout, StoreUnavailable
from logstream.stores.mariadb.database import (
    Database,
    DatabaseRefused,
    detail_of,
    is_cut_off,
    is_data_fault,
    reason_of,
    refused,
)
from logstream.stores.mariadb.insertion import Keyed, insert, insert_missing, purge_claims, take_claims
from logstream.stores.mariadb.spool import Portion, Spool

log = logging.getLogger("logstream.mariadb")

MAX_GROUP_ENTRIES: Final = 2000
MAX_GROUP_BYTES: Final = 4 * 1024 * 1024
"""What one transaction takes at most: longer ones only make the first of them wait."""

MAX_WAITING_BYTES: Final = 32 * 1024 * 1024
"""Bytes that wait to be written before new entries have to wait outside."""

WRITE_SECONDS: Final = 5.0
"""How long a group may take before the database counts as away."""

DRAIN_SECONDS: Final = 60.0
RETRY_SECONDS: Final = 0.5
CHECK_SECONDS: Final = 2.0
PURGE_SECONDS: Final = 600.0

LARGE: Final = 250_000
"""Bytes of an entry that may be too much for the database."""

FAULTS: Final = (SQLAlchemyError, OSError, TimeoutError)


class Write(NamedTuple):
    """A batch on its way."""

    batch: Batch
    claim: Claim | None
    on_durable: Callable[[], None]
    future: "asyncio.Future[None]"


class Writer:
    """Writes batches to `database`, or to `spool` while it is away. `prepare` makes a database ready to be used."""

    def __init__(
        self,
        database: Database,
        spool: Spool,
        prepare: Callable[[AsyncConnection], Awaitable[None]],
        on_commit: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        self._database = database
        self._spool = spool
        self._prepare = prepare
        self._on_commit = on_commit
        self._queue: deque[Write] = deque()
        self._queued = asyncio.Event()
        self._room = asyncio.Event()
        self._waiting_bytes = 0
        self._stopping = False
        self._prepared = False
        self._wake = asyncio.Event()
        self._drained = asyncio.Condition()
        self._purged_at = 0.0
        self.away: str | None = None
        """Why the database can't be used; None while it can."""

    async def start(self) -> None:
        """Begin; raises DatabaseRefused when the settings are wrong. A database that is away is waited for."""
        try:
            await self._reconnect()
        except FAULTS as error:
            if (wrong := refused(error, self._database.address)) is not None:
                raise wrong from None
            self._lost(error)
        self._tasks = [asyncio.ensure_future(self._write_forever()), asyncio.ensure_future(self._tend_forever())]

    async def stop(self) -> None:
        """Write what waits; what the database does not take stays in the spool."""
        self._stopping = True
        self._queued.set()
        await self._tasks[0]
        self._tasks[1].cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._tasks[1]

    @property
    def lags(self) -> bool:
        return self._waiting_bytes > MAX_WAITING_BYTES

    async def catch_up(self) -> None:
        """Wait until less waits."""
        while self.lags:
            self._room.clear()
            await self._room.wait()

    async def append(self, batch: Batch, on_durable: Callable[[], None], claim: Claim | None) -> None:
        """Return when the batch is durable, here or there. Raises StoreUnavailable: nothing is stored."""
        future = asyncio.get_running_loop().create_future()
        self._queue.append(Write(batch, claim, on_durable, future))
        self._waiting_bytes += len(batch.lines)
        self._queued.set()
        await future

    async def all_in_database(self, seconds: float) -> None:
        """Return when all that was acknowledged can be found in the database. Raises StoreUnavailable."""
        if self.away is None and self._spool.is_empty:
            return
        if self.away is None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds), self._drained:
                    await self._drained.wait_for(lambda: self._spool.is_empty or self.away is not None)
        if self.away is not None:
            raise StoreUnavailable(self.away, retry_after=5)
        if not self._spool.is_empty:
            raise SearchTimeout(f"{self._spool.size} bytes wait to be written to the database")

    def check(self) -> None:
        """Somebody met a fault: look at once whether the database is there."""
        self._wake.set()

    async def _write_forever(self) -> None:
        while True:
            await self._queued.wait()
            self._queued.clear()
            while self._queue:
                group, size = self._take()
                faults = await self._store(group)
                _settle(group, faults)
                self._waiting_bytes -= size
                self._room.set()
            if self._stopping:
                return

    def _take(self) -> tuple[list[Write], int]:
        group: list[Write] = []
        entries = size = 0
        while self._queue:
            batch = self._queue[0].batch
            if group and (entries + len(batch) > MAX_GROUP_ENTRIES or size + len(batch.lines) > MAX_GROUP_BYTES):
                break
            entries += len(batch)
            size += len(batch.lines)
            group.append(self._queue.popleft())
        return group, size

    async def _store(self, group: list[Write]) -> list[StoreUnavailable | None]:
        """Make a group durable; the fault of each write that could not be. Calls `on_durable` of those in the spool."""
        if self.away is None and self._spool.is_empty:
            began = time.perf_counter()
            try:
                async with asyncio.timeout(WRITE_SECONDS), self._database.write() as connection:
                    entries = [entry for write in group for entry in write.batch.entries]
                    await insert(connection, entries, [_keyed(write) for write in group if write.claim is not None])
            except FAULTS as error:
                if is_data_fault(error):  # it is there: it will be found out what it dislikes
                    log.warning("a group of entries goes through the spool: %s", reason_of(error))
                else:
                    self._lost(error)
            else:
                self._on_commit(time.perf_counter() - began)
                for write in group:
                    _call(write)
                return [None] * len(group)
        try:
            return await self._spool.append([(w.batch, w.claim, lambda w=w: _call(w)) for w in group])  # type: ignore[misc]
        except StoreUnavailable as fault:
            return [fault] * len(group)
        except Exception as error:
            log.exception("the spool failed")
            return [StoreUnavailable(f"the spool can't be written: {error}", retry_after=5)] * len(group)

    def _lost(self, error: BaseException) -> None:
        if self.away is None:
            log.error("%s; entries go to the spool until it is back", detail_of(error, self._database.address))
        self.away = reason_of(error)
        self._wake.set()

    async def _tend_forever(self) -> None:
        """Look whether the database is there, get it back, and drain the spool into it."""
        while True:
            if self.away is not None or self._spool.is_empty:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(CHECK_SECONDS if self.away is None else RETRY_SECONDS):
                        await self._wake.wait()
                if self._wake.is_set() and self.away is not None:
                    await asyncio.sleep(RETRY_SECONDS)
            self._wake.clear()
            try:
                await self._tend()
            except DatabaseRefused as error:
                self.away = str(error)
            except FAULTS as error:
                self._lost(error)
            except Exception as error:
                log.exception("tending the database failed")
                self.away = f"tending the database failed: {error}"
            async with self._drained:
                self._drained.notify_all()

    async def _tend(self) -> None:
        if self.away is not None or self._spool.is_empty:
            await self._reconnect()
        if self._spool.size:
            await self._drain()
        elif time.monotonic() - self._purged_at > PURGE_SECONDS:
            async with asyncio.timeout(DRAIN_SECONDS), self._database.write() as connection:
                await purge_claims(connection)
            self._purged_at = time.monotonic()

    async def _reconnect(self) -> None:
        """Return when the database answers and takes writes."""
        async with asyncio.timeout(WRITE_SECONDS if self._prepared else None):  # a migration takes its time
            async with self._database.write() as connection:
                if not self._prepared:
                    await self._prepare(connection)
                    self._prepared = True
                read_only = (await connection.exec_driver_sql("SELECT @@global.read_only")).scalar()
        if read_only and self.away is not None:
            return  # still away; what it said stands
        if self.away is not None and not self._spool.size:
            self._back()

    def _back(self) -> None:
        log.warning("the database is back")
        self.away = None

    async def _drain(self) -> None:
        """Write portions of the spool to the database until it is empty."""
        drained, began = 0, time.monotonic()
        while (portion := self._spool.next()) is not None:
            await self._write_portion(portion)
            self._spool.drained(portion)
            drained += len(portion.entries)
            if self.away is not None:
                self._back()
            async with self._drained:
                self._drained.notify_all()
        if drained:
            log.info("%d entries of the spool are in the database, after %.1f s", drained, time.monotonic() - began)

    async def _write_portion(self, portion: Portion) -> None:
        if not portion.entries:
            return
        try:
            await self._insert(portion, portion.entries)
        except FAULTS as error:
            if not is_data_fault(error) and len(portion.entries) > 1 and not await self._answers():
                raise
            log.warning("a part of the spool is written one by one: %s", detail_of(error, self._database.address))
            for entry in portion.entries:
                await self._insert_or_reject(portion, entry)

    async def _insert_or_reject(self, portion: Portion, entry: LogEntry) -> None:
        for attempt in range(3):
            try:
                return await self._insert(portion, [entry])
            except FAULTS as error:
                # Above max_allowed_packet the connection is just closed. A lock or a full disk is waited for.
                large = is_cut_off(error) and _size_of(entry) > LARGE and await self._answers()
                if not is_data_fault(error) and not (large and attempt == 2):
                    if large:
                        continue
                    raise
                self._spool.reject(entry, detail_of(error, self._database.address))
                return None

    async def _insert(self, portion: Portion, entries: list[LogEntry]) -> None:
        async with asyncio.timeout(DRAIN_SECONDS), self._database.write() as connection:
            late = await take_claims(connection, portion.claims)
            leave = {entry_id for first in late for entry_id in portion.groups[first]}
            kept = [entry for entry in entries if entry.id not in leave]
            if kept:
                await insert_missing(connection, kept)

    async def _answers(self) -> bool:
        """Whether the database takes writes at this moment."""
        try:
            async with asyncio.timeout(WRITE_SECONDS), self._database.write() as connection:
                read_only = (await connection.exec_driver_sql("SELECT @@global.read_only")).scalar()
                await connection.exec_driver_sql("DELETE FROM idempotency_claims WHERE client = ''")
                return not read_only
        except FAULTS:
            return False


def _size_of(entry: LogEntry) -> int:
    return len(entry.message) + len(bytes(entry.context))


def _keyed(write: Write) -> Keyed:
    assert write.claim is not None
    return Keyed(write.claim, write.batch.entries[0].id)


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
