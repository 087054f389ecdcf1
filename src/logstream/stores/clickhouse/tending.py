"""ClickHouse as what stands behind a spool: made ready, asked whether it answers, and filled."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from logstream.stores.clickhouse.database import Database
from logstream.stores.clickhouse.faults import raised_as_away
from logstream.stores.clickhouse.filling import Filler
from logstream.stores.clickhouse.migrations import set_up
from logstream.stores.clickhouse.reader import last_id
from logstream.stores.clickhouse.shared import tidy
from logstream.stores.spool.tended import Away

CHECK_SECONDS: Final = 5.0


class Tending:
    """`database`, filled by `filler`, which may gather entries until `hurry` is set."""

    def __init__(self, database: Database, filler: Filler[Any]) -> None:
        self._database = database
        self._filler = filler
        self.hurry = asyncio.Event()
        self.last_id: str | None = None
        """The greatest recent id in it, known once it is prepared."""

    async def prepare(self) -> None:
        with raised_as_away(self._database.address):
            await set_up(self._database)
            self.last_id = await last_id(self._database)

    async def takes_writes(self) -> bool:
        with raised_as_away(self._database.address):
            await self._database.ask("SELECT 1", CHECK_SECONDS)
        return True  # a server that is read-only is found out by writing

    async def drain(self, on_portion: Callable[[], Awaitable[None]]) -> None:
        with raised_as_away(self._database.address):
            try:
                await self._filler.run(self.hurry, on_portion)
            except OSError as error:
                raise Away("the spool can't be used", f"the spool can't be used: {error}") from None

    async def tidy(self) -> None:
        """Remove what was left of documents that are gone."""
        with raised_as_away(self._database.address):
            await tidy(self._database)
