"""The spool as what ClickHouse is filled from."""

import asyncio

from logstream.entries.entry import LogEntry
from logstream.stores.spool.spool import Portion, Spool


class SpoolSource:
    """The entries of `spool`; a `filling.Source`."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool

    async def next(self, most_entries: int, most_bytes: int) -> Portion | None:
        return await asyncio.to_thread(self._spool.next, most_entries, most_bytes)

    async def sending(self, block: Portion) -> None:
        await self._spool.sending(block)

    async def sent(self, block: Portion) -> None:
        await self._spool.drained(block)

    async def reject(self, entry: LogEntry, reason: str) -> None:
        await asyncio.to_thread(self._spool.reject, entry, reason)

    @property
    def waiting_bytes(self) -> int:
        return self._spool.size
