"""MariaDB as the store that a stream fills: rows, claims and how far it has come in one transaction.

The progress is compared with what it is taken to be by the statement that changes it, which also holds its row: of two
nodes that fill at once, one waits for the other, and then has written nothing.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Final

from sqlalchemy import func, select, update

from logstream.entries.entry import LogEntry
from logstream.entries.ids import id_before
from logstream.stores.mariadb.address import Address
from logstream.stores.mariadb.database import Database, is_read_only
from logstream.stores.mariadb.drain import ATTEMPTS, LARGE, size_of
from logstream.stores.mariadb.faults import (
    FAULTS,
    detail_of,
    is_cut_off,
    is_data_fault,
    raised_as_away,
    raised_as_unavailable,
)
from logstream.stores.mariadb.insertion import insert, purge_claims, take_claims
from logstream.stores.mariadb.migrations import set_up
from logstream.stores.mariadb.reader import MariaDbReader
from logstream.stores.mariadb.rows import last_id
from logstream.stores.mariadb.schema import ENTRIES, PROGRESS
from logstream.stores.mariadb.tending import DAY
from logstream.stores.reading.order import place_number, place_text
from logstream.stores.spool.tended import Away
from logstream.stores.stream.filled import KeepRejected, Overtaken, Portion, PortionSize, Standing

FILL_SECONDS: Final = 15.0
"""How long a portion may take: longer, and another node is to try."""

_C: Final = PROGRESS.c


class FilledMariaDb(MariaDbReader):
    """The database at `address`, filled from the stream of this name; a stores.stream.filled.Filled."""

    def __init__(self, address: Address, stream: str, *, search_timeout: float = 30) -> None:
        super().__init__(Database(address, search_timeout=search_timeout))
        self._stream = stream
        self._rejected: set[str] = set()
        """Entries that the database does not take."""

    @property
    def search_timeout(self) -> float:
        return self.database.search_timeout

    async def prepare(self) -> None:
        try:
            with raised_as_away(self.database.address):
                async with self.database.write() as connection:
                    await set_up(connection)
                    begin = PROGRESS.insert().prefix_with("IGNORE").values(stream=self._stream, sequence=0)
                    await connection.execute(begin)
        except Away as away:
            raise away.fault from None

    async def close(self) -> None:
        await self.database.close()

    portion_size = PortionSize(entries=5000, bytes=4 * 1024 * 1024)
    """What one transaction takes."""

    async def standing(self) -> Standing:
        rows = await self.database.rows(select(_C.sequence).where(_C.stream == self._stream))
        return Standing(int(rows[0][0]) if rows else 0)

    async def fill(self, portion: Portion, keep_rejected: KeepRejected) -> None:
        try:
            await self._fill(portion)
        except FAULTS as error:
            if is_data_fault(error) or is_cut_off(error):
                await self._find_rejected(portion.entries, keep_rejected)
            with raised_as_unavailable():
                raise

    async def _fill(self, portion: Portion) -> None:
        async with asyncio.timeout(FILL_SECONDS), self.database.write() as connection:
            here = (_C.stream == self._stream, _C.sequence == portion.after)
            moved = await connection.execute(update(PROGRESS).where(*here).values(sequence=portion.until))
            if moved.rowcount != 1:
                raise Overtaken
            await take_claims(connection, portion.claims)
            entries, positions = portion.entries, list(map(place_number, portion.positions))
            if self._rejected:
                taken = [number for number, entry in enumerate(entries) if entry.id not in self._rejected]
                entries, positions = [entries[n] for n in taken], [positions[n] for n in taken]
            if entries:
                await insert(connection, entries, positions=positions)

    async def _find_rejected(self, entries: Sequence[LogEntry], keep_rejected: KeepRejected) -> None:
        """Try each entry alone: what the database never takes is kept elsewhere, and left out.

        A connection that is cut off says that only of a large entry, and only when it happens each time: databases and
        networks fail too, and then the portion is tried again.
        """
        for entry in entries:
            for attempt in range(1, ATTEMPTS + 1):
                try:
                    async with asyncio.timeout(FILL_SECONDS), self.database.write() as connection:
                        await insert(connection, [entry])
                        await connection.rollback()
                    break
                except FAULTS as error:
                    if not is_data_fault(error):
                        too_large = is_cut_off(error) and size_of(entry) > LARGE and await self._takes_writes()
                        if not too_large:
                            return
                        if attempt < ATTEMPTS:
                            continue
                    reason = detail_of(error, self.database.address)
                    await keep_rejected(entry, reason)
                    self._rejected.add(entry.id)
                    break

    async def _takes_writes(self) -> bool:
        try:
            async with asyncio.timeout(FILL_SECONDS), self.database.write() as connection:
                return not await is_read_only(connection)
        except FAULTS:
            return False

    async def tidy(self) -> None:
        with raised_as_unavailable():
            async with asyncio.timeout(FILL_SECONDS), self.database.write() as connection:
                await purge_claims(connection)

    async def last_id(self) -> str | None:
        now = time.time_ns() // 1_000_000
        return await self.database.read(
            lambda connection: last_id(connection, id_before(now - 7 * DAY), id_before(now + DAY))
        )

    async def position_of(self, entry_id: str) -> str | None:
        rows = await self.database.rows(select(ENTRIES.c.position).where(ENTRIES.c.id == entry_id))
        if not rows:
            return None
        return entry_id if rows[0][0] is None else place_text(rows[0][0])

    async def oldest_id(self) -> str | None:
        ((oldest,),) = await self.database.rows(select(func.min(ENTRIES.c.id)))
        return oldest  # type: ignore[no-any-return]
