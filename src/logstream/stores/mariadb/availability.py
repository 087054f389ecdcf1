"""Whether the database can be used: notices when it can't, gets it back, and has the spool drained into it.

One task looks after all of this, so that an outage costs the writer one time-out and nothing more until it is over.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from logstream.store import SearchTimeout, StoreUnavailable
from logstream.stores.mariadb.database import Database, is_read_only
from logstream.stores.mariadb.drain import Drain
from logstream.stores.mariadb.faults import FAULTS, DatabaseRefused, detail_of, reason_of, wrong_settings
from logstream.stores.mariadb.insertion import purge_claims
from logstream.stores.mariadb.spool import Spool

log = logging.getLogger("logstream.mariadb")

CONNECT_SECONDS: Final = 5.0
RETRY_SECONDS: Final = 0.5
CHECK_SECONDS: Final = 2.0

PURGE_EVERY: Final = 600.0
PURGE_SECONDS: Final = 60.0


class Availability:
    """Looks after `database`, while entries go to `spool` when it is away. `prepare` makes it ready to be used."""

    def __init__(self, database: Database, spool: Spool, prepare: Callable[[AsyncConnection], Awaitable[None]]) -> None:
        self._database = database
        self._spool = spool
        self._drain = Drain(database, spool)
        self._prepare = prepare
        self._prepared = False
        self._wake = asyncio.Event()
        self._drained = asyncio.Condition()
        self._purged_at = 0.0
        self.away: str | None = None
        """Why the database can't be used; None while it can."""

    async def start(self) -> None:
        """Begin; raises DatabaseRefused when the settings are wrong. A database that is away is waited for."""
        try:
            await self._connect()
        except FAULTS as error:
            refusal = wrong_settings(error, self._database.address)
            if refusal is not None:
                raise refusal from None
            self.lost(error)
        self._task = asyncio.ensure_future(self._tend_forever())

    async def stop(self) -> None:
        """What the spool holds stays there for the next start."""
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    @property
    def takes_entries(self) -> bool:
        """Whether entries may go to the database directly: it is there, and nothing in the spool has to go first."""
        return self.away is None and self._spool.is_empty

    def lost(self, error: BaseException) -> None:
        """A write failed: the database is away until it takes writes again."""
        if self.away is None:
            log.error("%s; entries go to the spool until it is back", detail_of(error, self._database.address))
        self.away = reason_of(error)
        self._wake.set()

    def check(self) -> None:
        """Something failed that may be an outage: look at once whether the database is there."""
        self._wake.set()

    async def all_in_database(self, seconds: float) -> None:
        """Return when all that was acknowledged can be found in the database. Raises StoreUnavailable."""
        if self.takes_entries:
            return
        if self.away is None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds), self._drained:
                    await self._drained.wait_for(lambda: self._spool.is_empty or self.away is not None)
        if self.away is not None:
            raise StoreUnavailable(self.away, retry_after=5)
        if not self._spool.is_empty:
            raise SearchTimeout(f"{self._spool.size} bytes wait to be written to the database")

    async def _tend_forever(self) -> None:
        while True:
            if self.away is not None or self._spool.is_empty:
                await self._pause()
            self._wake.clear()
            try:
                await self._tend()
            except DatabaseRefused as error:
                self.away = str(error)
            except FAULTS as error:
                self.lost(error)
            except Exception as error:
                log.exception("tending the database failed")
                self.away = f"tending the database failed: {error}"
            await self._notify()

    async def _pause(self) -> None:
        """Until it is time to look again, or somebody asks for it."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CHECK_SECONDS if self.away is None else RETRY_SECONDS):
                await self._wake.wait()
        if self._wake.is_set() and self.away is not None:
            await asyncio.sleep(RETRY_SECONDS)

    async def _tend(self) -> None:
        if self.away is not None or self._spool.is_empty:
            await self._connect()
        if self._spool.size:
            await self._drain.run(self._portion_drained)
        elif time.monotonic() - self._purged_at > PURGE_EVERY:
            async with asyncio.timeout(PURGE_SECONDS), self._database.write() as connection:
                await purge_claims(connection)
            self._purged_at = time.monotonic()

    async def _connect(self) -> None:
        """Return when the database answers and is ready; with an empty spool, it is back then if it takes writes."""
        async with asyncio.timeout(CONNECT_SECONDS if self._prepared else None):  # a migration takes its time
            async with self._database.write() as connection:
                if not self._prepared:
                    await self._prepare(connection)
                    self._prepared = True
                read_only = await is_read_only(connection)
        if self.away is not None and not read_only and not self._spool.size:
            self._back()

    async def _portion_drained(self) -> None:
        if self.away is not None:
            self._back()
        await self._notify()

    def _back(self) -> None:
        log.warning("the database is back")
        self.away = None

    async def _notify(self) -> None:
        async with self._drained:
            self._drained.notify_all()
