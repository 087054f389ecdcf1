"""Sending blocks of entries to ClickHouse, each entry exactly once.

A block's bounds are noted durably before it is sent, and it goes day by day: what goes into one partition is there as a
whole or not at all. After a doubt (a crash, or an answer that did not come), its days are compared by id, and what is
not there is sent again under the same token, so that ClickHouse drops it if the first sending is only late. For the
same reason two senders of the same block, such as two nodes of a cluster, do no harm.
"""

import asyncio
import contextlib
import hashlib
import math
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Final, Generic, Protocol, TypeVar

import msgspec

from logstream.entries.entry import LogEntry, encode_lines
from logstream.query.comparison import fold, uncoloured
from logstream.store import StoreUnavailable
from logstream.stores.clickhouse import quoting
from logstream.stores.clickhouse.database import Database
from logstream.stores.clickhouse.faults import TOO_SLOW, Fault
from logstream.stores.clickhouse.schema import ENTRIES

BLOCK_SECONDS: Final = 60.0
"""How long the sending of a day's part may take."""

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
Sent = TypeVar("Sent", bound=Block, contravariant=True)


class Account(Protocol[Sent]):
    """Keeps account of what was sent. A block that `sending` was told of, and `sent` was not, is doubtful."""

    async def sending(self, block: Sent) -> None:
        """Note durably that just these entries are on their way."""

    async def sent(self, block: Sent) -> None:
        """Note durably that they are there."""

    async def reject(self, entry: LogEntry, reason: str) -> None:
        """Set aside an entry that the database does not take."""


class SentEntry(LogEntry, gc=False, omit_defaults=True):
    """An entry as it is sent.

    With its place in a stream, if it came from one, and those of its texts folded of which SQL's lower() is not what
    comparison.fold is.
    """

    position: int | None = None
    folded_message: str | None = None
    folded_category: str | None = None
    folded_user_agent: str | None = None
    folded_context: str | None = None


class Sender(Generic[AnyBlock]):
    """Sends blocks to `database`, one at a time, as `account` keeps account of.

    A day's part may take `seconds`. After `block_seconds`, no more is sent of a block, as if there were no answer:
    somebody else may have sent it meanwhile.
    """

    def __init__(
        self,
        database: Database,
        account: Account[AnyBlock],
        seconds: float = BLOCK_SECONDS,
        block_seconds: float = math.inf,
    ) -> None:
        self._block_seconds = block_seconds
        self._until = math.inf
        self._database = database
        self._account = account
        self._seconds = seconds
        self._sending = asyncio.Lock()
        self._in_doubt = False
        """Whether something may be on its way of which it is not known what became of it."""

    async def send(self, block: AnyBlock) -> None:
        """Return once all of it is there, and noted to be. Raises Fault, or what the account raises."""
        async with self._sending:
            await self._send(block)

    @contextlib.asynccontextmanager
    async def paused(self) -> AsyncIterator[None]:
        """Within this nothing is sent, nor on its way. Raises StoreUnavailable when that can't be said."""
        async with self._sending:
            if self._in_doubt:
                raise StoreUnavailable("what was sent to the database last may still be on its way", retry_after=5)
            yield

    async def _send(self, block: AnyBlock) -> None:
        is_doubtful = block.is_doubtful
        self._until = time.monotonic() + self._block_seconds
        if not is_doubtful:
            await self._account.sending(block)
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
        await self._account.sent(block)
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
                await self._account.reject(entries[0], fault.detail(self._database.address))

    async def _send_halves(self, entries: Sequence[LogEntry], is_doubtful: bool) -> None:
        middle = len(entries) // 2
        await self._send_part(entries[:middle], is_doubtful)
        await self._send_part(entries[middle:], is_doubtful)

    async def _insert(self, entries: Sequence[LogEntry]) -> None:
        lines, token = await asyncio.to_thread(_with_token, entries)
        if time.monotonic() > self._until:
            raise Fault(TOO_SLOW, "a block takes too long")
        await self._database.insert(ENTRIES, lines, token=token, seconds=self._seconds)

    async def _there(self, entries: Sequence[LogEntry]) -> set[str]:
        """The ids of those that are there; they are of one day."""
        ids = {entry.id for entry in entries}
        day = entries[0].timestamp[:10]
        statement = (
            f"SELECT id FROM {ENTRIES} WHERE toYYYYMMDD(timestamp) = {day.replace('-', '')} "
            f"AND id >= {quoting.text(min(ids))} AND id <= {quoting.text(max(ids))}"
        )
        said = await self._database.ask(statement, self._seconds)
        between = {entry_id for (entry_id,) in msgspec.json.Decoder(tuple[str]).decode_lines(said)}
        return between & ids  # where several nodes give out ids, those of other blocks lie between


def _with_token(entries: Sequence[LogEntry]) -> tuple[bytes, str]:
    """Lines for ClickHouse and their token. Ids are never given out twice, so the same token means the same entries."""
    lines = encoded(entries)
    return lines, hashlib.sha256(lines).hexdigest()


def encoded(entries: Iterable[LogEntry]) -> bytes:
    """The entries as lines for ClickHouse."""
    return encode_lines([_folded(entry) for entry in entries])


def _folded(entry: LogEntry) -> LogEntry:
    message, context = entry.message, bytes(entry.context)
    plain_message = message.isascii() and "\x1b" not in message
    agent = entry.user_agent
    if plain_message and context.isascii() and entry.category.isascii() and (agent is None or agent.isascii()):
        return entry
    folded = {
        "folded_message": None if plain_message else fold(uncoloured(message)),
        "folded_category": None if entry.category.isascii() else fold(entry.category),
        "folded_user_agent": None if agent is None or agent.isascii() else fold(agent),
        "folded_context": None if context.isascii() else fold(context.decode()),
    }
    return SentEntry(**{**msgspec.structs.asdict(entry), **folded})
