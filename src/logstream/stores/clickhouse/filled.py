"""ClickHouse as the store that a stream fills: portions as blocks, each entry exactly once, and claims.

There are no transactions to compare the progress in, so a portion is begun, sent and filled in steps that can be
repeated: see stream_progress.py and sending.py. Who holds the lease fills; another one that still does sends the same
blocks under the same tokens, of which ClickHouse keeps one, or learns that it was overtaken before it sends anything.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

import msgspec

from logstream.entries.entry import LogEntry
from logstream.query.conditions import Accepted, Condition
from logstream.store import Pruned, Receipt
from logstream.stores.clickhouse import claims, pruning, quoting
from logstream.stores.clickhouse.address import Address
from logstream.stores.clickhouse.database import Database
from logstream.stores.clickhouse.faults import raised_as_away, raised_as_unavailable
from logstream.stores.clickhouse.filling import BLOCK_BYTES, BLOCK_ENTRIES, GATHER_SECONDS
from logstream.stores.clickhouse.migrations import set_up
from logstream.stores.clickhouse.reader import ClickHouseReader, last_id
from logstream.stores.clickhouse.schema import ENTRIES
from logstream.stores.clickhouse.sending import Sender, SentEntry
from logstream.stores.clickhouse.shared import tidy
from logstream.stores.clickhouse.stream_progress import StreamProgress
from logstream.stores.reading.order import place_number, place_text
from logstream.stores.spool.tended import Away
from logstream.stores.stream.filled import KeepRejected, Portion, PortionSize, Standing
from logstream.stores.stream.message import end_of

FILL_SECONDS: Final = 15.0
"""How long a day's part of a portion may take: longer, and another node is to try."""

PORTION_SECONDS: Final = 60.0
"""How long after its beginning parts of a portion are sent: a node that was frozen must not go on where it was."""


class _Place(msgspec.Struct, array_like=True):
    position: int | None


class _Oldest(msgspec.Struct, array_like=True):
    id: str


class _Block(msgspec.Struct, frozen=True):
    """A portion as it is sent."""

    portion: Portion
    entries: Sequence[LogEntry]
    is_doubtful: bool


class _Account:
    """Keeps account of the portions that are sent; a sending.Account."""

    def __init__(self, database: Database, progress: StreamProgress, keep_rejected: KeepRejected) -> None:
        self._database = database
        self._progress = progress
        self._keep_rejected = keep_rejected

    async def sending(self, block: _Block) -> None:
        await self._progress.begin(block.portion.after, block.portion.until)

    async def sent(self, block: _Block) -> None:
        portion = block.portion
        await claims.keep_claims(self._database, portion.claims, portion.until)
        await self._progress.end(portion.after, portion.until)

    async def reject(self, entry: LogEntry, reason: str) -> None:
        await self._keep_rejected(_as_accepted(entry), reason)


class FilledClickHouse(ClickHouseReader):
    """The database at `address`, filled from the stream of this name; a stores.stream.filled.Filled."""

    portion_size = PortionSize(BLOCK_ENTRIES, BLOCK_BYTES, GATHER_SECONDS)

    def __init__(self, address: Address, stream: str, *, search_timeout: float = 30) -> None:
        super().__init__(Database(address, search_timeout=search_timeout))
        self._progress = StreamProgress(self.database, stream)

    @property
    def search_timeout(self) -> float:
        return self.database.search_timeout

    async def prepare(self) -> None:
        try:
            with raised_as_away(self.database.address):
                await set_up(self.database)
        except Away as away:
            raise away.fault from None

    async def close(self) -> None:
        await self.database.close()

    async def standing(self) -> Standing:
        with raised_as_unavailable():
            return await self._progress.standing()

    async def fill(self, portion: Portion, keep_rejected: KeepRejected) -> None:
        entries = await asyncio.to_thread(_placed, portion)
        account = _Account(self.database, self._progress, keep_rejected)
        with raised_as_unavailable():
            sender = Sender(self.database, account, FILL_SECONDS, PORTION_SECONDS)
            await sender.send(_Block(portion, entries, portion.is_begun))

    async def tidy(self) -> None:
        with raised_as_unavailable():
            await tidy(self.database)

    async def last_id(self) -> str | None:
        with raised_as_unavailable():
            return await last_id(self.database)

    async def receipt_for(self, client: str, key: str) -> Receipt | None:
        return await claims.receipt_for(self.database, client, key)

    async def position_of(self, entry_id: str) -> str | None:
        statement = f"SELECT position FROM {ENTRIES} WHERE id = {quoting.text(entry_id)} LIMIT 1"
        rows = await self.database.rows(statement, _Place)
        if not rows:
            return None
        return entry_id if rows[0].position is None else place_text(rows[0].position)

    async def oldest_id(self) -> str | None:
        (oldest,) = await self.database.rows(f"SELECT min(id) FROM {ENTRIES}", _Oldest)
        return oldest.id or None

    async def prune(self, where: Sequence[Condition], *, dry_run: bool) -> Pruned:
        if not where:
            return Pruned(0)
        progress = (await self.standing()).progress  # what comes later is left alone, whatever its node's clock says
        return await pruning.prune(self.database, [*where, Accepted("", end_of(progress))], dry_run=dry_run)


def _placed(portion: Portion) -> list[LogEntry]:
    numbers = map(place_number, portion.positions)
    return [
        SentEntry(**msgspec.structs.asdict(entry), position=number)
        for entry, number in zip(portion.entries, numbers, strict=True)
    ]


def _as_accepted(entry: LogEntry) -> LogEntry:
    """The entry without what it was sent with."""
    return LogEntry(*(getattr(entry, field) for field in LogEntry.__struct_fields__))
