"""The MariaDB store: entries in the original's tables, taken even while the database is away."""

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
from logstream.stores.mariadb.address import Address
from logstream.stores.mariadb.database import Database
from logstream.stores.mariadb.faults import FAULTS
from logstream.stores.mariadb.neighbours import Neighbours
from logstream.stores.mariadb.reader import MariaDbReader
from logstream.stores.mariadb.tending import Tending
from logstream.stores.mariadb.writer import Writer
from logstream.stores.own_order import OwnOrder
from logstream.stores.spool.availability import Availability
from logstream.stores.spool.spool import Spool
from logstream.stores.spool.tended import DatabaseRefused
from logstream.stores.turns import Turns

RECEIPT_SECONDS: Final = 5

Result = TypeVar("Result")


class MariaDbStore(OwnOrder):
    """Entries in the database at `address`, or in `spool` while it is away."""

    def __init__(
        self,
        address: Address,
        spool: Path,
        *,
        sync: bool = True,
        spool_bytes: int = 1_000_000_000,
        search_timeout: float = 30,
        metrics: Metrics | None = None,
        node: str = "",
    ) -> None:
        super().__init__()
        self.database = Database(address, search_timeout=search_timeout)
        metrics = metrics or Metrics()
        self._reader = MariaDbReader(self.database)
        self._spool = Spool(spool, spool_bytes, sync=sync)
        self._tending = Tending(self.database, self._spool)
        self._availability = Availability(self._tending, self._spool)
        self._writer = Writer(self.database, self._spool, self._availability, metrics.commit.observe)
        metrics.gauge("spool_bytes", "Bytes that wait in the spool for the database", lambda: self._spool.size)
        metrics.gauge(
            "database_away", "1 while the database can't be used", lambda: self._availability.away is not None
        )
        self._neighbours = Neighbours(self.database, node) if node else None
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
        self._writer.start()
        if self._neighbours is not None:
            with contextlib.suppress(*FAULTS):
                await self._neighbours.look()  # said before anything is served
            self._neighbours.start()

    def last_id(self) -> str | None:
        return max(filter(None, (self._tending.last_id, self._spool.last_id())), default=None)

    async def stop(self) -> None:
        await self._writer.stop()
        if self._neighbours is not None:
            await self._neighbours.stop()
        await self._availability.stop()
        await self._spool.close()
        await self.database.close()

    @property
    def degraded(self) -> str | None:
        if self._availability.away is not None:
            return self._availability.away
        return None if self._spool.is_empty else "the spool is being written to the database"

    @property
    def faults(self) -> list[str]:
        return [] if self._neighbours is None else self._neighbours.warnings

    @property
    def waiting(self) -> int:
        return self._spool.entries

    @property
    def busy(self) -> bool:
        return self._writer.backpressure.is_high

    async def admit(self) -> None:
        await self._writer.backpressure.wait(self.database.search_timeout)

    async def position_of(self, entry_id: str) -> str | None:
        """The id: they sort in the order of acceptance, unless another server gives out ids as well."""
        if self._neighbours is not None and not self._neighbours.places(entry_id):
            return None
        return entry_id

    async def append(
        self, batch: Batch, claim: Claim | None = None, on_durable: Callable[[], None] = lambda: None
    ) -> None:
        self._spool.cover(batch.last_id)
        await self._writer.append(batch, self._handing_on(batch, on_durable), claim)

    def _hand_on(self, batch: Batch) -> None:
        if self._neighbours is not None:
            self._neighbours.accepted(batch)
        super()._hand_on(batch)

    async def receipt_for(self, client: str, key: str) -> Receipt | None:
        if self._availability.away is None:
            try:
                async with asyncio.timeout(RECEIPT_SECONDS):
                    given = await self._reader.receipt_for(client, key)
                if given is not None:
                    return given
            except (StoreUnavailable, TimeoutError):
                self._availability.check()  # a request that was stored before is recognised when the spool is drained
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
        return await self._reader.prune(where, dry_run=dry_run)

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
