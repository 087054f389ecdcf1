"""From what arrived to what is stored: entries made, taken in by the one door, and tried again while we can't store.

Senders on sockets can't be told to come again. So a connection waits, unread, until its entries are durable.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from logstream.accept import Acceptor
from logstream.entries.entry import Batch, LogEntry
from logstream.formats.fields import Fields
from logstream.memory import Loan, NoRoom
from logstream.metrics import Metrics
from logstream.receivers.fitting import Names, received
from logstream.receivers.making import Horizon, TooManyDays, made
from logstream.receivers.session import Arrival
from logstream.store import Receipt, StoreUnavailable

log = logging.getLogger("logstream.sockets")

MOST: Final = 10_000
"""Entries that are handed to the store at a time."""

RETRY_SECONDS: Final = 2.0
"""The longest pause between two attempts."""

SAY_SECONDS: Final = 60.0
"""How often the log tells that entries wait."""

STOPPING_SECONDS: Final = 0.5
"""The pause between two attempts while the server stops."""


class GivenUp(Exception):
    """The server stops and still can't store; the number is that of the entries that are lost."""

    def __init__(self, entries: int) -> None:
        super().__init__(f"{entries} entries")
        self.entries = entries


class Storing:
    """Stores what arrives at all sockets."""

    def __init__(self, acceptor: Acceptor, metrics: Metrics, horizon: Horizon) -> None:
        self._acceptor = acceptor
        self._metrics = metrics
        self._horizon = horizon
        self._stopping = asyncio.Event()
        self._deadline = float("inf")
        self._said_at = -SAY_SECONDS

    def stop_by(self, deadline: float) -> None:
        """Give up by then (monotonic clock)."""
        self._deadline = deadline
        self._stopping.set()

    async def store(self, arrival: Arrival, client: str | None = None) -> None:
        """Return once everything is durable. Raises GivenUp."""
        records = arrival.records
        if records.refused:
            self._metrics.rejected("invalid entry", records.refused)
        if not records.fields:
            return
        names = Names(client=client)
        if not arrival.key:
            await self._store(records.fields, names)
            return
        key = (client or "", f"Forward:{arrival.key}")
        *first, last = _parts(records.fields)
        for part in first:
            await self._store(part, names)
        try:
            await self._until_stored(lambda: self._once(key, last, names), len(last))
        except TooManyDays:
            await self._store(last, names)

    async def _once(self, key: tuple[str, str], fields: Sequence[Fields], names: Names) -> None:
        async def work() -> Receipt:
            entries, created_at = await self._made(fields, names)
            return await self._acceptor.accept(entries, _receipt, key, created_at)

        await self._acceptor.once(key, work)

    async def _store(self, fields: Sequence[Fields], names: Names) -> None:
        for part in _parts(fields):
            try:
                entries, created_at = await self._made(part, names)
            except TooManyDays:
                half = len(part) // 2
                await self._store(part[:half], names)
                await self._store(part[half:], names)
                continue
            await self._until_stored(
                lambda entries=entries, at=created_at: self._acceptor.accept(entries, _receipt, None, at),  # type: ignore[misc]
                len(part),
            )

    async def _made(self, fields: Sequence[Fields], names: Names) -> tuple[list[LogEntry], str]:
        making = received(fields, names)
        created_at = await made(making, self._horizon)
        return making.entries, created_at

    async def _until_stored(self, attempt: Callable[[], Awaitable[object]], count: int) -> None:
        while True:
            try:
                await attempt()
                return
            except StoreUnavailable as error:
                self._say(str(error))
                pause = min(max(error.retry_after, 1), RETRY_SECONDS)
            if self._stopping.is_set():
                pause = STOPPING_SECONDS
                if time.monotonic() + pause > self._deadline:
                    raise GivenUp(count)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await (asyncio.sleep(pause) if self._stopping.is_set() else self._stopping.wait())

    def _say(self, reason: str) -> None:
        now = time.monotonic()
        if now - self._said_at > SAY_SECONDS:
            self._said_at = now
            log.warning("entries from sockets wait, their senders are not read: %s", reason)


def _parts(fields: Sequence[Fields]) -> list[Sequence[Fields]]:
    return [fields[at : at + MOST] for at in range(0, len(fields), MOST)]


def _receipt(batch: Batch) -> Receipt:
    return Receipt(200, b"")


async def patiently(loan: Loan, size: int) -> None:
    """Wait for room in memory however long it takes: nobody can be told to come again."""
    while True:
        with contextlib.suppress(NoRoom):
            await loan.wait(size)
            return
        await asyncio.sleep(1)
