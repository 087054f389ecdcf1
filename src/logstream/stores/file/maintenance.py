"""What is done with days that are there already: compressing and sealing them when they are old enough, and pruning.

In threads of their own, one thing at a time: so a pruning never meets a compression.
"""

import asyncio
import contextlib
import logging
import sqlite3
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

import duckdb

from logstream.query.conditions import Condition
from logstream.store import Pruned, StoreUnavailable
from logstream.stores.file import compression, sealing
from logstream.stores.file.pruning import Pruning
from logstream.stores.index.indexer import Indexer, yield_processor
from logstream.stores.index.large_texts import Moved
from logstream.stores.journal.journal import Journal

log = logging.getLogger("logstream.days")

ROUND_EVERY: Final = 600
"""Seconds between two rounds."""


class Maintenance:
    """Compresses days `compress_after` days after they ended (-1: never), seals them, and prunes when asked to."""

    def __init__(self, journal: Journal, indexer: Indexer, compress_after: int) -> None:
        self._journal = journal
        self._indexer = indexer
        self._compress_after = compress_after
        self._one_at_a_time = threading.Lock()
        # Pruning holds the interpreter lock most of the time: were it to wait for a processor then, all would wait.
        self._pruner = ThreadPoolExecutor(1, thread_name_prefix="pruning")
        self._compressor = ThreadPoolExecutor(1, thread_name_prefix="compression", initializer=yield_processor)
        self._rounds: asyncio.Task[None] | None = None
        self._stopping = False
        self._failed: dict[tuple[str, str], str] = {}

    @property
    def faults(self) -> list[str]:
        """What could not be done with which days."""
        return list(self._failed.copy().values())

    def start(self) -> None:
        self._rounds = asyncio.create_task(self._go_round(compress=self._compress_after >= 0))

    async def stop(self) -> None:
        """End what runs, leaving everything as it was before or as it is to be."""
        self._stopping = True
        if self._rounds is not None:
            self._rounds.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._rounds
        for worker in (self._pruner, self._compressor):
            await asyncio.to_thread(worker.shutdown, cancel_futures=True)

    async def prune(self, where: Sequence[Condition], *, dry_run: bool) -> Pruned:
        """Days whose large entries are not where the index says are read anew. Raises StoreUnavailable."""
        read_anew: set[str] = set()
        while True:
            await self._indexer.reach(self._journal.position)
            try:
                return await self._pruned(Pruning(self._journal, self._indexer, where, self._go_on), dry_run=dry_run)
            except Moved as moved:
                name = moved.name
            if name in read_anew:
                raise StoreUnavailable(f"{name} can't be read")
            read_anew.add(name)
            log.warning("%s is not what was indexed; reading it anew", name)
            await asyncio.wrap_future(self._indexer.exclusively(partial(self._indexer.forget, name)))

    async def _pruned(self, pruning: Pruning, *, dry_run: bool) -> Pruned:
        try:
            running = self._pruner.submit(self._prune, pruning, dry_run=dry_run)
        except RuntimeError:
            raise StoreUnavailable("the server is stopping") from None
        try:
            return await asyncio.wrap_future(running)  # cancelled, it is not begun any more, or goes on
        except duckdb.Error as error:
            raise StoreUnavailable(f"the search index can't be queried: {str(error).splitlines()[0]}") from None

    async def compress(self, now: datetime) -> int:
        """One round; returns how many days were compressed."""
        await self._indexer.reach(self._journal.position)
        with contextlib.suppress(OSError):  # said when they were compressed
            await asyncio.wrap_future(self._journal.remove_leftovers())
        after = timedelta(days=self._compress_after)
        names = await asyncio.to_thread(compression.due, self._journal, self._indexer.index, after, now)
        compressed = 0
        for name in names:
            if await asyncio.wrap_future(self._compressor.submit(self._compress, name)):
                compressed += 1
        return compressed

    def _prune(self, pruning: Pruning, *, dry_run: bool) -> Pruned:
        with self._one_at_a_time:
            return pruning.run(dry_run=dry_run)

    def _compress(self, name: str) -> bool:
        try:
            with self._one_at_a_time:
                day = self._journal.day(name)
                if day is None or not day.path.exists():
                    return False  # pruned meanwhile
                compressed = compression.compress(self._journal, self._indexer, day, self._go_on)
        except (OSError, sqlite3.Error) as error:
            self._say_once(name, "compressed and was left unchanged", error)
            return False
        self._failed.pop((name, "compressed and was left unchanged"), None)
        return compressed

    async def seal(self, now: datetime) -> int:
        """Seal what is closed and has settled; returns how many days that were."""
        names = await asyncio.wrap_future(self._compressor.submit(sealing.due, self._journal, now))
        sealed = 0
        for name in names:
            if await asyncio.wrap_future(self._compressor.submit(self._seal, name)):
                sealed += 1
        return sealed

    def _seal(self, name: str) -> bool:
        try:
            with self._one_at_a_time:
                day = self._journal.day(name)
                if day is None:
                    return False  # pruned meanwhile
                sealing.seal(self._journal, day, self._go_on)
        except OSError as error:
            self._say_once(name, "sealed", error)
            return False
        self._failed.pop((name, "sealed"), None)
        return True

    def _say_once(self, name: str, what: str, error: Exception) -> None:
        text = f"{name} can't be {what}: {error}"
        if self._failed.get((name, what)) != text:
            log.error("%s", text)
        self._failed[name, what] = text

    async def _go_round(self, *, compress: bool) -> None:
        while True:
            try:
                now = datetime.now(UTC)
                if compress:
                    await self.compress(now)
                await self.seal(now)
            except StoreUnavailable:
                return  # stopping
            except Exception:
                log.exception("days could not be compressed or sealed; trying again")
            await asyncio.sleep(ROUND_EVERY)

    def _go_on(self) -> None:
        if self._stopping:
            raise StoreUnavailable("the server is stopping")
