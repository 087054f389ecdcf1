"""Filling ClickHouse from a source, in order and each entry exactly once.

A block's bounds are noted durably before it is sent, and it goes day by day: what goes into one partition is there as a
whole or not at all. After a doubt (a crash, or an answer that did not come), its days are compared by id, and what is
not there is sent again under the same token, so that ClickHouse drops it if the first sending is only late.
"""

import asyncio
import contextlib
import hashlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from typing import Final, Generic, Protocol, TypeVar

import msgspec

from logstream.entries.entry import LogEntry, encode_lines
from logstream.query.comparison import fold, uncoloured
from logstream.store import StoreUnavailable
from logstream.stores.clickhouse import quoting
from logstream.stores.clickhouse.database import Database
from logstream.stores.clickhouse.faults import Fault
from logstream.stores.clickhouse.schema import ENTRIES

BLOCK_ENTRIES: Final = 50_000
BLOCK_BYTES: Final = 16 * 1024 * 1024
"""What is sent at one time, at most: fewer, larger parts cost less to write and to merge."""

BLOCK_SECONDS: Final = 60.0
"""How long the sending of a day's part may take."""

GATHER_SECONDS: Final = 1.0
"""How long entries gather that nobody waits for: each block is a part that ClickHouse has to merge."""

AT_ONCE: Final = 4
"""Days of a block that are sent side by side."""


class Block(Protocol):
    """Entries that are sent together."""

    @property
    def entries(self) -> Sequence[LogEntry]: ...

    @property
    def is_doubtful(self) -> bool:
        """Whether it was sent before, and what became of that is not known."""


AnyBlock = TypeVar("AnyBlock", bound=Block)


class Source(Protocol[AnyBlock]):
    """Where entries come from, in order: the spool, or a stream that keeps its own account of what was taken.

    A block that `sending` was told of, and `sent` was not, is given again by `next` with the same entries, and as
    doubtful, also after a crash.
    """

    async def next(self, most_entries: int, most_bytes: int) -> AnyBlock | None:
        """The next entries; None when there are none."""

    async def sending(self, block: AnyBlock) -> None:
        """Note durably that just these entries are on their way."""

    async def sent(self, block: AnyBlock) -> None:
        """Note durably that they are there."""

    async def reject(self, entry: LogEntry, reason: str) -> None:
        """Set aside an entry that the database does not take."""

    @property
    def waiting_bytes(self) -> int:
        """How much waits to be sent."""


class FoldedEntry(LogEntry, gc=False, omit_defaults=True):
    """An entry with its texts folded, of which SQL's lower() is not what comparison.fold is."""

    folded_message: str | None = None
    folded_category: str | None = None
    folded_user_agent: str | None = None
    folded_context: str | None = None


class Filler(Generic[AnyBlock]):
    """Fills `database` from `source`, and tells how long each block took. Only one may at a time."""

    def __init__(
        self,
        database: Database,
        source: Source[AnyBlock],
        on_sent: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        self._database = database
        self._source = source
        self._on_sent = on_sent
        self._sending = asyncio.Lock()
        self._in_doubt = False
        self._sent_at = 0.0

    async def run(self, hurry: asyncio.Event, on_block: Callable[[], Awaitable[None]]) -> None:
        """Send what there is until there is nothing; `on_block` is called after every block.

        Until `hurry` is set, what little there is may gather. Raises Fault, or OSError of the source.
        """
        while True:
            await self._gather(hurry)
            hurry.clear()
            async with self._sending:
                block = await self._source.next(BLOCK_ENTRIES, BLOCK_BYTES)
                if block is None:
                    return
                began = time.perf_counter()
                await self._send(block)
                self._on_sent(time.perf_counter() - began)
            self._sent_at = time.monotonic()
            await on_block()

    async def _gather(self, hurry: asyncio.Event) -> None:
        seconds = self._sent_at + GATHER_SECONDS - time.monotonic()
        if seconds > 0 and self._source.waiting_bytes < BLOCK_BYTES:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await hurry.wait()

    @contextlib.asynccontextmanager
    async def paused(self) -> AsyncIterator[None]:
        """Within this nothing is sent, nor on its way. Raises StoreUnavailable when that can't be said."""
        async with self._sending:
            if self._in_doubt:
                raise StoreUnavailable("what was sent to the database last may still be on its way", retry_after=5)
            yield

    async def _send(self, block: AnyBlock) -> None:
        is_doubtful = block.is_doubtful or self._in_doubt
        if not is_doubtful:
            await self._source.sending(block)
        self._in_doubt = True
        days: dict[str, list[LogEntry]] = {}
        for entry in block.entries:
            days.setdefault(entry.timestamp[:10], []).append(entry)
        parts = list(days.values())
        for start in range(0, len(parts), AT_ONCE):
            some = parts[start : start + AT_ONCE]
            faults = await asyncio.gather(
                *(self._send_part(part, is_doubtful) for part in some), return_exceptions=True
            )
            for fault in faults:
                if fault is not None:
                    raise fault
        await self._source.sent(block)
        self._in_doubt = False

    async def _send_part(self, entries: Sequence[LogEntry], is_doubtful: bool) -> None:
        """Send entries of one day. What the database does not take is looked for by halves, the same ones each time."""
        if is_doubtful:
            there = await self._there(entries)
            if len(there) == len(entries):
                return
            if there:  # an insert is there as a whole: these were sent in halves
                await self._send_halves(entries, is_doubtful)
                return
        try:
            await self._insert(entries)
        except Fault as fault:
            if not fault.is_of_data:
                raise
            if len(entries) > 1:
                await self._send_halves(entries, is_doubtful)
            else:
                await self._source.reject(entries[0], fault.detail(self._database.address))

    async def _send_halves(self, entries: Sequence[LogEntry], is_doubtful: bool) -> None:
        middle = len(entries) // 2
        await self._send_part(entries[:middle], is_doubtful)
        await self._send_part(entries[middle:], is_doubtful)

    async def _insert(self, entries: Sequence[LogEntry]) -> None:
        lines = await asyncio.to_thread(encoded, entries)
        # Ids are never given out twice, so the same token means the same entries, whatever became of the spool since.
        token = hashlib.sha256(lines).hexdigest()
        await self._database.insert(ENTRIES, lines, {"insert_deduplication_token": token}, BLOCK_SECONDS)

    async def _there(self, entries: Sequence[LogEntry]) -> set[str]:
        """The ids of those that are there; they are of one day."""
        ids = [entry.id for entry in entries]
        day = entries[0].timestamp[:10]
        statement = (
            f"SELECT id FROM {ENTRIES} WHERE toYYYYMMDD(timestamp) = {day.replace('-', '')} "
            f"AND id >= {quoting.text(min(ids))} AND id <= {quoting.text(max(ids))}"
        )
        said = await self._database.ask(statement, BLOCK_SECONDS)
        return {entry_id for (entry_id,) in msgspec.json.Decoder(tuple[str]).decode_lines(said)}


def encoded(entries: Iterable[LogEntry]) -> bytes:
    """The entries as lines for ClickHouse."""
    return encode_lines([_folded(entry) for entry in entries])


def _folded(entry: LogEntry) -> LogEntry:
    message, context = entry.message, bytes(entry.context)
    plain_message = message.isascii() and "\x1b" not in message
    agent = entry.user_agent
    if plain_message and context.isascii() and entry.category.isascii() and (agent is None or agent.isascii()):
        return entry
    return FoldedEntry(
        **msgspec.structs.asdict(entry),
        folded_message=None if plain_message else fold(uncoloured(message)),
        folded_category=None if entry.category.isascii() else fold(entry.category),
        folded_user_agent=None if agent is None or agent.isascii() else fold(agent),
        folded_context=None if context.isascii() else fold(context.decode()),
    )
