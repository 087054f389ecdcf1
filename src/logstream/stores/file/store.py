"""The file store: the journal, which is the truth, and the index, which finds things in it."""

import asyncio
import contextlib
import logging
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import tzinfo
from functools import partial
from itertools import count
from pathlib import Path
from typing import Final, TypeVar

import duckdb
import msgspec

from logstream.entries.entry import Batch, LogEntry
from logstream.entries.ids import id_before
from logstream.metrics import Metrics
from logstream.query.conditions import Condition, Equals, LogQuery
from logstream.query.paging import page_without_count, without_place
from logstream.query.results import Page, Patterns, Stats, ValueCount, completed, marked
from logstream.query.statistics import StatsQuery
from logstream.store import Claim, Pruned, Receipt, SearchTooLarge, StoreUnavailable
from logstream.stores.file.maintenance import Maintenance
from logstream.stores.index import sql, statistics
from logstream.stores.index.index import Index
from logstream.stores.index.indexer import Indexer, yield_processor
from logstream.stores.index.large_texts import LargeTexts, Moved
from logstream.stores.index.narrowing import is_narrowed
from logstream.stores.index.patterns import PatternSearch
from logstream.stores.index.progress import Damage
from logstream.stores.index.scan import Scan
from logstream.stores.index.sql import LargeEntry
from logstream.stores.journal.folder_lock import LockedError
from logstream.stores.journal.idempotency import IdempotencyLedger
from logstream.stores.journal.journal import Journal
from logstream.stores.journal.naming import lines_by_day
from logstream.stores.own_order import OwnOrder
from logstream.stores.turns import Turns, within

log = logging.getLogger("logstream.store")

MAX_SEARCHES: Final = 4
"""Searches that run at one time: DuckDB spreads each over the cores already."""

MOST_NAMED: Final = 10
"""Damaged lines that GET /api/health names, and days likewise."""

TRIM_EVERY: Final = 16
"""Ranges that a scan reads before it gives back memory."""

MOVING_SECONDS: Final = 0.05
MOVING_TRIES: Final = 40
"""How often, and how often at most, a line that is not in its place is looked for before its day is read anew."""

DAY: Final = 86_400_000
"""In milliseconds."""

Result = TypeVar("Result")
Work = Callable[["Asking"], Result]


class FileStore(OwnOrder):
    """Entries in `root`."""

    def __init__(
        self,
        root: Path,
        *,
        sync: bool = True,
        index_memory: int = 1_000_000_000,
        search_timeout: float = 30,
        compress_after_days: int = -1,
        metrics: Metrics | None = None,
    ) -> None:
        super().__init__()
        self.root = root
        self._timeout = search_timeout
        self._metrics = metrics or Metrics()
        self._ledger = IdempotencyLedger.of(root, sync=sync)
        self._journal = Journal(root, sync=sync, ledger=self._ledger, on_written=self._metrics.fsync.observe)
        self.state_folder = self._journal.state_folder
        self._index = Index(self._journal, index_memory)
        self._texts = LargeTexts(self._journal, self._index.blooms)
        self._indexer = Indexer(self._index, self._journal, self._metrics.index_lag.observe)
        self.maintenance = Maintenance(self._journal, self._indexer, compress_after_days)
        self._measure()
        self._turns = Turns(self._metrics)
        self._running = asyncio.Semaphore(MAX_SEARCHES)
        self._looking: asyncio.Future[None] | None = None

    def _measure(self) -> None:
        gauge = self._metrics.gauge
        gauge("journal_bytes", "Size of all day files on disk", self._journal.disk_bytes)
        gauge("journal_files", "Number of day files", lambda: len(self._journal.days()))
        gauge("index_bytes", "Size of the search index on disk", self._index.size)
        gauge("index_lag_bytes", "Journal bytes that are durable and not yet searchable", self._index.backlog)

    async def start(self) -> None:
        try:
            with ThreadPoolExecutor(1, initializer=yield_processor) as opener:
                await asyncio.get_running_loop().run_in_executor(opener, self._open)
        except LockedError as error:
            raise StoreUnavailable(str(error)) from None
        except OSError as error:
            raise StoreUnavailable(f"LOG_PATH={str(self.root)!r} can't be used: {error.strerror or error}") from None
        except (sqlite3.Error, duckdb.Error) as error:
            raise StoreUnavailable(f"LOG_PATH={str(self.root)!r} can't be used: {str(error).splitlines()[0]}") from None
        self._journal.start(self._indexer.grown)
        self._indexer.start()
        self.maintenance.start()

    def _open(self) -> None:
        for note in self._journal.open():
            log.warning("%s", note)
        self._index.open()

    def last_id(self) -> str | None:
        ids = self._journal.ids
        now = time.time_ns() // 1_000_000
        after, until = id_before(now - 7 * DAY), id_before(now + DAY)
        found = [ids.last_id, self._index.last_id(after, until)]
        if ids.last_id is None:  # of an earlier version, or lost; and the index may not have come so far yet
            found += [last_id for day in self._journal.days() if after < (last_id := day.last_id() or "") <= until]
        with contextlib.suppress(OSError):  # said when the first entry comes
            ids.begin()
        return max(filter(None, found), default=None)

    async def stop(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait((self._looking,))
        await self.maintenance.stop()
        await asyncio.to_thread(self._journal.close)
        await self._indexer.stop()

    @property
    def degraded(self) -> str | None:
        return None

    @property
    def waiting(self) -> int:
        return 0

    @property
    def faults(self) -> list[str]:
        found = [_of_line(one) for one in self._index.damage[:MOST_NAMED]]
        if (more := len(self._index.damage) - len(found)) > 0:
            found.append(f"{more:,} more lines are damaged and left out of searches; logstream verify names them")
        damaged = [f"{day.name}.zst is damaged: {day.fault}" for day in self._journal.days() if day.fault is not None]
        return found + damaged[:MOST_NAMED] + self.maintenance.faults[:MOST_NAMED]

    @property
    def busy(self) -> bool:
        return self._indexer.lags

    async def admit(self) -> None:
        try:
            async with asyncio.timeout(self._timeout):
                await self._indexer.catch_up()
        except TimeoutError:
            raise StoreUnavailable(self._indexer.delay_reason() or "the search index can't keep up") from None

    async def append(
        self, batch: Batch, claim: Claim | None = None, on_durable: Callable[[], None] = lambda: None
    ) -> None:
        await self._journal.append(lines_by_day(batch), self._handing_on(batch, on_durable), claim, batch.last_id)

    async def receipt_for(self, client: str, key: str) -> Receipt | None:
        return await asyncio.to_thread(self._ledger.receipt_for, client, key)

    async def search(self, query: LogQuery) -> Page:
        return await self._ask(lambda asking: asking.search(query))

    def whole(self, page: Page) -> AsyncIterator[Sequence[LogEntry]]:
        return self._whole(page.entries)

    async def scan(self, query: LogQuery) -> AsyncIterator[Sequence[LogEntry]]:
        scan = Scan(query, self._texts)
        ranges = 0
        while not scan.done:
            try:
                entries = await self._ask(lambda asking: scan.next(asking.cursor, asking.go_on))
            except SearchTooLarge:
                scan.smaller()
            else:
                async for chunk in self._whole(entries):
                    yield chunk
                ranges += 1
                if ranges % TRIM_EVERY == 0:
                    await asyncio.to_thread(self._index.trim)

    async def stats(self, query: StatsQuery) -> Stats:
        return await self._ask(lambda asking: asking.stats(query))

    async def values(self, field: str, where: Sequence[Condition], prefix: str, limit: int) -> Sequence[ValueCount]:
        return await self._ask(
            lambda asking: statistics.values(asking.cursor, field, asking.decided(where), prefix, limit)
        )

    async def patterns(self, query: LogQuery, zone: tzinfo) -> Patterns:
        return await self._ask(lambda asking: asking.patterns(query, zone))

    async def prune(self, where: Sequence[Condition], *, dry_run: bool) -> Pruned:
        return await self.maintenance.prune(where, dry_run=dry_run)

    async def get(self, id_or_trace: str) -> LogEntry | None:
        for same in (Equals("id", id_or_trace.upper()), Equals("id", id_or_trace), Equals("trace_id", id_or_trace)):
            found = await self.search(LogQuery([same], limit=1, counted=False))
            async for entries in self.whole(found):
                if entries:
                    return entries[0]
        return None

    def _whole(self, entries: Sequence[LogEntry]) -> AsyncIterator[Sequence[LogEntry]]:
        """They were found: nothing newer needs to be indexed for them, nor is it another search."""
        return completed(entries, LargeEntry, lambda entry: self._answer(partial(Asking.whole, entry=entry), 0))

    async def _ask(self, work: "Work[Result]") -> Result:
        """Run `work` in a thread, on all acknowledged before, within SEARCH_TIMEOUT; a cancel interrupts it."""
        with self._turns.turn():
            found = await self._answer(work, self._journal.position)
        if self._texts.doubled_keys.is_asked and (self._looking is None or self._looking.done()):
            self._looking = asyncio.ensure_future(self._look_through())
        return found

    async def _look_through(self) -> None:
        """After an answer, which need not wait for it: the next on the same path comes in half the time."""
        with contextlib.suppress(StoreUnavailable, SearchTooLarge):
            async with self._running:
                await self._run(lambda asking: self._texts.doubled_keys.look_through(asking.cursor))

    async def _answer(self, work: "Work[Result]", position: int) -> Result:
        """Run `work` on what was stored up to a position of the journal."""
        async with within(self._timeout, self._indexer.delay_reason):
            for tries in count():
                await self._indexer.reach(position)  # without a turn, which others can use meanwhile
                async with self._running:
                    await self._indexer.reach(position)  # a day may have been forgotten while it waited for its turn
                    try:
                        return await self._run(work)
                    except Moved as moved:
                        name = moved.name
                await self._after_moving(name, tries)
        raise AssertionError("it is tried for ever")

    async def _after_moving(self, name: str, tries: int) -> None:
        """Wait for the files of a day that are being replaced; else they were changed by somebody: read them anew."""
        if tries > MOVING_TRIES:
            raise StoreUnavailable(f"{name} can't be read")
        if tries == MOVING_TRIES - 1:  # a pruning that puts them in place takes as long as it takes
            await asyncio.wrap_future(self._indexer.exclusively(lambda: None))
        elif tries == MOVING_TRIES:
            log.warning("%s is not what was indexed; reading it anew", name)
            await asyncio.wrap_future(self._indexer.exclusively(lambda: self._indexer.forget(name)))
        else:
            await asyncio.sleep(MOVING_SECONDS)

    async def _run(self, work: "Work[Result]") -> Result:
        running: list[Asking] = []

        def run() -> Result:
            began = time.monotonic()
            try:
                with self._index.reading() as cursor:
                    running.append(Asking(cursor, self._texts))
                    return work(running[0])
            finally:
                self._index.give_back(time.monotonic() - began)

        task = asyncio.ensure_future(asyncio.to_thread(run))
        try:
            await asyncio.wait((task,))  # a shield that is cancelled leaves the exception to nobody
            return task.result()
        except asyncio.CancelledError:
            interrupting = asyncio.ensure_future(_interrupt(task, running))
            while not interrupting.done():  # a cancel may come again and again
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.wait((interrupting,))
            raise
        except duckdb.OutOfMemoryException:
            raise SearchTooLarge("the search needs more memory than INDEX_MEMORY allows") from None
        except (duckdb.InterruptException, duckdb.ConnectionException):
            raise StoreUnavailable("the search index is being reopened") from None
        except (
            duckdb.IOException,
            duckdb.FatalException,
            duckdb.InternalException,
            duckdb.SerializationException,
        ) as e:
            self._indexer.damaged(e)
            raise StoreUnavailable("the search index is damaged and is being rebuilt", retry_after=5) from None


class Asking:
    """One asking of the index; where there are large entries, all its queries see the same ones in the same places."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, texts: LargeTexts) -> None:
        self.cursor = cursor
        self.is_interrupted = False
        self._texts = texts

    def go_on(self) -> None:
        """Raises duckdb.InterruptException when nobody waits for it any more."""
        if self.is_interrupted:
            raise duckdb.InterruptException("interrupted")

    def decided(self, where: Sequence[Condition]) -> Sequence[Condition]:
        return self._texts.decided(self.cursor, where, self.go_on)

    def search(self, query: LogQuery) -> Page:
        decided = self._texts.decided_query(self.cursor, query, self.go_on)
        page = self._counted_page(decided) if query.counted and is_narrowed(decided) else None
        if page is None:
            entries = sql.decode_rows(self.cursor.execute(*sql.page(decided)).fetchall(), query)
            page = page_without_count(query, entries)
        if page is None:
            row = self.cursor.execute(*sql.count(decided)).fetchone()
            page = Page(int(row[0]) if row else 0, entries)
        return marked(page, LargeEntry)

    def _counted_page(self, query: LogQuery) -> Page | None:
        """The page and how many there are, by one reading; None where it does not tell."""
        if len(without_place(query.where)) < len(query.where):
            return None
        rows = self.cursor.execute(*sql.counted_page(query)).fetchall()
        if not rows:
            return None
        return Page(rows[0][-1], sql.decode_rows([row[:-1] for row in rows], query))

    def stats(self, query: StatsQuery) -> Stats:
        decided = msgspec.structs.replace(query, where=self.decided(query.where))
        return statistics.stats(self.cursor, decided, self._texts, self.go_on)

    def patterns(self, query: LogQuery, zone: tzinfo) -> Patterns:
        return PatternSearch(self.cursor, self._texts, self.go_on).find(query, zone)

    def whole(self, entry: LargeEntry) -> LogEntry | None:
        return self._texts.whole(self.cursor, entry)


async def _interrupt(task: "asyncio.Future[Result]", running: list[Asking]) -> None:
    """End work that nobody waits for any more."""
    while not task.done():
        for asking in running:
            asking.is_interrupted = True
            with contextlib.suppress(duckdb.ConnectionException):  # closed: the work has just ended
                asking.cursor.interrupt()
        await asyncio.wait([task], timeout=0.05)
    if not task.cancelled():
        task.exception()


def _of_line(damage: Damage) -> str:
    place = damage.name if damage.line is None else f"{damage.name}, line {damage.line}"
    return f"{place}: damaged and left out of searches"
