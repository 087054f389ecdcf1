"""ClickHouse as what stands behind a spool: made ready, asked whether it answers, and filled."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec

from logstream.entries.ids import id_before
from logstream.stores.clickhouse import quoting
from logstream.stores.clickhouse.database import Database
from logstream.stores.clickhouse.faults import raised_as_away
from logstream.stores.clickhouse.filling import Filler
from logstream.stores.clickhouse.migrations import set_up
from logstream.stores.clickhouse.schema import ENTRIES, SHARED, Schema
from logstream.stores.spool.tended import Away

CHECK_SECONDS: Final = 5.0
START_SECONDS: Final = 30.0

DAY: Final = 86_400_000
"""In milliseconds."""


class Tending:
    """`database`, filled by `filler`, which may gather entries until `hurry` is set."""

    def __init__(self, database: Database, filler: Filler[Any]) -> None:
        self._database = database
        self._filler = filler
        self.hurry = asyncio.Event()
        self.last_id: str | None = None
        """The greatest recent id in it, known once it is prepared."""

    async def prepare(self) -> None:
        now = time.time_ns() // 1_000_000
        after, until = id_before(now - 7 * DAY), id_before(now + DAY)
        with raised_as_away(self._database.address):
            await set_up(self._database)
            said = await self._database.ask(
                f"SELECT max(id) FROM {ENTRIES} WHERE id > {quoting.text(after)} AND id <= {quoting.text(until)}",
                START_SECONDS,
            )
        ((last,),) = msgspec.json.Decoder(tuple[str]).decode_lines(said)
        self.last_id = last or None

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
        """Remove what was left of documents that are gone: a row each."""
        stored, on_cluster = SHARED, Schema(self._database.address.cluster).on_cluster
        gone = f"(kind, name) IN (SELECT kind, name FROM {SHARED} FINAL WHERE is_removed)"
        with raised_as_away(self._database.address):
            if await self._database.ask(f"SELECT 1 FROM {SHARED} WHERE is_removed LIMIT 1", CHECK_SECONDS):
                await self._database.execute(f"DELETE FROM {stored}{on_cluster} WHERE {gone}", seconds=60)
