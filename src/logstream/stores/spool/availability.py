"""Whether the database can be used: notices when it can't, gets it back, and has the spool drained into it.

One task looks after all of this, so that an outage costs the writer one time-out and nothing more until it is over.
"""

import asyncio
import contextlib
import logging
import time
from typing import Final

from logstream.store import SearchTimeout, StoreUnavailable
from logstream.stores.spool.spool import Spool
from logstream.stores.spool.tended import Away, DatabaseRefused, Tended

log = logging.getLogger("logstream.database")

RETRY_SECONDS: Final = 0.5
CHECK_SECONDS: Final = 2.0

TIDY_EVERY: Final = 600.0


class Availability:
    """Looks after `database`, while entries go to `spool` when it is away.

    `hurry` is set while somebody waits for what the spool holds.
    """

    def __init__(self, database: Tended, spool: Spool, hurry: asyncio.Event | None = None) -> None:
        self._database = database
        self._spool = spool
        self._prepared = False
        self._wake = asyncio.Event()
        self._drained = asyncio.Condition()
        self._tidied_at = 0.0
        self._hurry = hurry or asyncio.Event()
        self.away: str | None = None
        """Why the database can't be used; None while it can."""

    async def start(self) -> None:
        """Begin; raises DatabaseRefused when the settings are wrong. A database that is away is waited for."""
        try:
            await self._connect()
        except Away as away:
            if away.refusal is not None:
                raise away.refusal from None
            self.lost(away)
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

    def lost(self, away: Away) -> None:
        """A write failed: the database is away until it takes writes again."""
        if self.away is None:
            log.error("%s; entries go to the spool until it is back", away.detail)
        self.away = str(away)
        self._wake.set()

    def check(self) -> None:
        """Something failed that may be an outage, or there is something to drain: look at once."""
        self._wake.set()

    async def all_in_database(self, seconds: float) -> None:
        """Return when all that was acknowledged by now can be found in the database. Raises StoreUnavailable."""
        if self.takes_entries:
            return
        mark = self._spool.mark
        if self.away is None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds), self._drained:
                    await self._drained.wait_for(lambda: self._is_in_database(mark) or self.away is not None)
        if self.away is not None:
            raise StoreUnavailable(self.away, retry_after=5)
        if self._spool.drained_to < mark:
            raise SearchTimeout(f"{self._spool.size} bytes wait to be written to the database")

    def _is_in_database(self, mark: int) -> bool:
        if self._spool.drained_to >= mark:
            return True
        self._hurry.set()
        return False

    async def _tend_forever(self) -> None:
        while True:
            if self.away is not None or self._spool.is_empty:
                await self._pause()
            self._wake.clear()
            try:
                await self._tend()
            except DatabaseRefused as error:
                self.away = str(error)
            except Away as away:
                self.lost(away)
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
            await self._database.drain(self._portion_drained)
        else:
            await self._tidy()

    async def _tidy(self) -> None:
        if time.monotonic() - self._tidied_at > TIDY_EVERY:
            self._tidied_at = time.monotonic()
            await self._database.tidy()

    async def _connect(self) -> None:
        """Return when the database answers and is ready; with an empty spool, it is back then if it takes writes."""
        if not self._prepared:
            await self._database.prepare()
            self._prepared = True
        takes_writes = await self._database.takes_writes()
        if self.away is not None and takes_writes and not self._spool.size:
            self._back()

    async def _portion_drained(self) -> None:
        if self.away is not None:
            self._back()
        await self._notify()
        await self._tidy()  # where entries keep coming, the spool of some databases is never empty

    def _back(self) -> None:
        log.warning("the database is back")
        self.away = None

    async def _notify(self) -> None:
        async with self._drained:
            self._drained.notify_all()
