"""The ClickHouse store: entries go through the spool, durable at once, and from there into ClickHouse in blocks.

So senders never wait for ClickHouse, and it gets entries as it likes them: many at a time. A search waits until what
was acknowledged before it is there.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import tzinfo
from pathlib import Path
from typing import Final, TypeVar

from logstream.entries.entry import Batch, LogEntry
from logstream.metrics import Metrics
from logstream.query.conditions import Condition, LogQuery
from logstream.query.results import Page, Patterns, Stats, ValueCount
from logstream.query.statistics import StatsQuery
from logstream.store import Claim, Pruned, Receipt, StoreUnavailable
from logstream.stores.backpressure import Backpressure
from logstream.stores.clickhouse import pruning
from logstream.stores.clickhouse.address import Address
from logstream.stores.clickhouse.database import Database
from logstream.stores.clickhouse.filling import BLOCK_BYTES, Filler
from logstream.stores.clickhouse.reader import ClickHouseReader
from logstream.stores.clickhouse.sending import Sender
from logstream.stores.clickhouse.spool_source import SpoolSource
from logstream.stores.clickhouse.tending import Tending
from logstream.stores.own_order import OwnOrder
from logstream.stores.spool.availability import Availability
from logstream.stores.spool.spool import Spool
from logstream.stores.spool.tended import DatabaseRefused
from logstream.stores.turns import Turns

BEHIND_BYTES: Final = 4 * BLOCK_BYTES
"""Bytes that wait for the database before that is worth telling: some always do."""

STOP_SECONDS: Final = 5
"""How long a stop waits for what the spool holds."""

Result = TypeVar("Result")


class ClickHouseStore(OwnOrder):
    """Entries in the database at `address`, filled from `spool`."""

    def __init__(
        self,
        address: Address,
        spool: Path,
        *,
        sync: bool = True,
        spool_bytes: int = 1_000_000_000,
        search_timeout: float = 30,
        metrics: Metrics | None = None,
    ) -> None:
        super().__init__()
        metrics = metrics or Metrics()
        self.database = Database(address, search_timeout=search_timeout)
        self._reader = ClickHouseReader(self.database)
        self._spool = Spool(spool, spool_bytes, sync=sync, keeps_claims=True, fills_files=True)
        source = SpoolSource(self._spool)
        self._sender = Sender(self.database, source)
        self._tending = Tending(self.database, Filler(self._sender, source, metrics.commit.observe))
        self._availability = Availability(self._tending, self._spool, self._tending.hurry)
        self._backpressure = Backpressure("the spool")
        metrics.gauge("spool_bytes", "Bytes that wait in the spool for the database", lambda: self._spool.size)
        metrics.gauge(
            "database_away", "1 while the database can't be used", lambda: self._availability.away is not None
        )
        self._turns = Turns(metrics)

    async def start(self) -> None:
        await asyncio.to_thread(self._spool.open)
        self._spool.start()
        try:
            await self._availability.start()
        except DatabaseRefused as error:
            await self._spool.close()
            await self.database.close()
            raise StoreUnavailable(str(error)) from None

    def last_id(self) -> str | None:
        return max(filter(None, (self._tending.last_id, self._spool.last_id())), default=None)

    async def stop(self) -> None:
        """What the spool still holds stays there for the next start."""
        with contextlib.suppress(StoreUnavailable):
            await self._availability.all_in_database(STOP_SECONDS)
        await self._availability.stop()
        await self._spool.close()
        await self.database.close()

    @property
    def degraded(self) -> str | None:
        if self._availability.away is None and self._spool.size > BEHIND_BYTES:
            return "the spool is being written to the database"
        return self._availability.away

    @property
    def faults(self) -> list[str]:
        return []

    @property
    def waiting(self) -> int:
        return self._spool.entries

    @property
    def busy(self) -> bool:
        return self._backpressure.is_high

    async def admit(self) -> None:
        await self._backpressure.wait(self.database.search_timeout)

    async def append(
        self, batch: Batch, claim: Claim | None = None, on_durable: Callable[[], None] = lambda: None
    ) -> None:
        self._spool.cover(batch.last_id)
        size = len(batch.lines)
        self._backpressure.add(size)
        try:
            (fault,) = await self._spool.append([(batch, claim, self._handing_on(batch, on_durable))])
        finally:
            self._backpressure.remove(size)
        if fault is not None:
            raise fault
        self._availability.check()

    async def receipt_for(self, client: str, key: str) -> Receipt | None:
        return await self._spool.receipt_for(client, key)

    async def search(self, query: LogQuery) -> Page:
        return await self._ask(lambda: self._reader.search(query))

    def whole(self, page: Page) -> AsyncIterator[Sequence[LogEntry]]:
        return self._reader.whole(page)

    async def scan(self, query: LogQuery) -> AsyncIterator[Sequence[LogEntry]]:
        await self._up_to_date()
        async for entries in self._reader.scan(query):
            yield entries

    async def stats(self, query: StatsQuery) -> Stats:
        return await self._ask(lambda: self._reader.stats(query))

    async def values(self, field: str, where: Sequence[Condition], prefix: str, limit: int) -> Sequence[ValueCount]:
        return await self._ask(lambda: self._reader.values(field, where, prefix, limit))

    async def patterns(self, query: LogQuery, zone: tzinfo) -> Patterns:
        return await self._ask(lambda: self._reader.patterns(query, zone))

    async def get(self, id_or_trace: str) -> LogEntry | None:
        return await self._ask(lambda: self._reader.get(id_or_trace))

    async def prune(self, where: Sequence[Condition], *, dry_run: bool) -> Pruned:
        await self._up_to_date()
        return await pruning.prune(self.database, where, dry_run=dry_run, paused=self._sender.paused)

    async def _up_to_date(self) -> None:
        await self._availability.all_in_database(self.database.search_timeout)

    async def _ask(self, work: Callable[[], Awaitable[Result]]) -> Result:
        """Run `work`, whose reads keep to SEARCH_TIMEOUT, on all that was acknowledged before."""
        with self._turns.turn():
            try:
                await self._up_to_date()
                return await work()
            except StoreUnavailable:
                self._availability.check()
                raise
