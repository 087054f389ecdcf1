"""MariaDB as what stands behind a spool: made ready, asked whether it takes writes, and filled."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

from logstream.entries.ids import id_before
from logstream.stores.mariadb.database import Database, is_read_only
from logstream.stores.mariadb.drain import Drain
from logstream.stores.mariadb.faults import raised_as_away
from logstream.stores.mariadb.insertion import purge_claims
from logstream.stores.mariadb.migrations import set_up
from logstream.stores.mariadb.rows import last_id
from logstream.stores.spool.spool import Spool

CHECK_SECONDS: Final = 5.0
PURGE_SECONDS: Final = 60.0

DAY: Final = 86_400_000
"""In milliseconds."""


class Tending:
    """`database` behind `spool`."""

    def __init__(self, database: Database, spool: Spool) -> None:
        self._database = database
        self._drain = Drain(database, spool)
        self.last_id: str | None = None
        """The greatest recent id in it, known once it is prepared."""

    async def prepare(self) -> None:
        now = time.time_ns() // 1_000_000
        with raised_as_away(self._database.address):
            async with self._database.write() as connection:
                await set_up(connection)
                self.last_id = await last_id(connection, id_before(now - 7 * DAY), id_before(now + DAY))

    async def takes_writes(self) -> bool:
        with raised_as_away(self._database.address):
            async with asyncio.timeout(CHECK_SECONDS), self._database.write() as connection:
                return not await is_read_only(connection)

    async def drain(self, on_portion: Callable[[], Awaitable[None]]) -> None:
        with raised_as_away(self._database.address):
            await self._drain.run(on_portion)

    async def tidy(self) -> None:
        with raised_as_away(self._database.address):
            async with asyncio.timeout(PURGE_SECONDS), self._database.write() as connection:
                await purge_claims(connection)
