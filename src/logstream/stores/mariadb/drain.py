"""Draining the spool into the database, in order and each entry exactly once.

Portions are compared with the table by id, so one that was cut off is simply written again. What the database does not
take is looked for entry by entry and set aside, so that it does not hold up the rest.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Final

from logstream.entries.entry import LogEntry
from logstream.stores.mariadb.database import Database, is_read_only
from logstream.stores.mariadb.faults import FAULTS, detail_of, is_cut_off, is_data_fault
from logstream.stores.mariadb.insertion import insert_missing, take_claims
from logstream.stores.spool.spool import Portion, Spool

log = logging.getLogger("logstream.mariadb")

PORTION_SECONDS: Final = 60.0
PROBE_SECONDS: Final = 5.0

LARGE: Final = 250_000
"""Bytes of an entry that may be too much for the database."""

ATTEMPTS: Final = 3
"""How often a large entry is tried before it is set aside."""


class Drain:
    """From `spool` into `database`."""

    def __init__(self, database: Database, spool: Spool) -> None:
        self._database = database
        self._spool = spool

    async def run(self, on_portion: Callable[[], Awaitable[None]]) -> None:
        """Drain the spool until it is empty; `on_portion` is called after every portion. Raises FAULTS."""
        drained, began = 0, time.monotonic()
        while (portion := self._spool.next()) is not None:
            await self._write(portion)
            await self._spool.drained(portion)
            drained += len(portion.entries)
            await on_portion()
        if drained:
            log.info("%d entries of the spool are in the database, after %.1f s", drained, time.monotonic() - began)

    async def _write(self, portion: Portion) -> None:
        if not portion.entries:
            return
        try:
            await self._insert(portion, portion.entries)
        except FAULTS as error:
            one_by_one = is_data_fault(error) or len(portion.entries) == 1 or await self._takes_writes()
            if not one_by_one:
                raise
            log.warning("part of the spool is written entry by entry: %s", detail_of(error, self._database.address))
            for entry in portion.entries:
                await self._insert_or_reject(portion, entry)

    async def _insert_or_reject(self, portion: Portion, entry: LogEntry) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                await self._insert(portion, [entry])
                return
            except FAULTS as error:
                if not is_data_fault(error):
                    # Above max_allowed_packet the connection is just closed. A lock or a full disk is waited for.
                    too_large = is_cut_off(error) and _size_of(entry) > LARGE and await self._takes_writes()
                    if not too_large:
                        raise
                    if attempt < ATTEMPTS:
                        continue
                self._spool.reject(entry, detail_of(error, self._database.address))
                return

    async def _insert(self, portion: Portion, entries: list[LogEntry]) -> None:
        async with asyncio.timeout(PORTION_SECONDS), self._database.write() as connection:
            late = await take_claims(connection, portion.claims)
            stored_before = {entry_id for first_id in late for entry_id in portion.groups[first_id]}
            missing = [entry for entry in entries if entry.id not in stored_before]
            if missing:
                await insert_missing(connection, missing)

    async def _takes_writes(self) -> bool:
        """Whether the database takes writes at this moment."""
        try:
            async with asyncio.timeout(PROBE_SECONDS), self._database.write() as connection:
                read_only = await is_read_only(connection)
                await connection.exec_driver_sql("DELETE FROM idempotency_claims WHERE client = ''")
                return not read_only
        except FAULTS:
            return False


def _size_of(entry: LogEntry) -> int:
    return len(entry.message) + len(bytes(entry.context))
