"""Filling ClickHouse from a source, in order: in blocks that `sending` sends, each entry exactly once."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import Final, Generic, Protocol

from logstream.stores.clickhouse.sending import Account, AnyBlock, Sender

BLOCK_ENTRIES: Final = 50_000
BLOCK_BYTES: Final = 16 * 1024 * 1024
"""What is sent at one time, at most: fewer, larger parts cost less to write and to merge."""

GATHER_SECONDS: Final = 1.0
"""How long entries gather that nobody waits for: each block is a part that ClickHouse has to merge."""


class Source(Account[AnyBlock], Protocol[AnyBlock]):
    """Where entries come from, in order.

    A block that `sending` was told of, and `sent` was not, is given again by `next` with the same entries, and as
    doubtful, also after a crash.
    """

    async def next(self, most_entries: int, most_bytes: int) -> AnyBlock | None:
        """The next entries; None when there are none."""

    @property
    def waiting_bytes(self) -> int:
        """How much waits to be sent."""


class Filler(Generic[AnyBlock]):
    """Fills a database from `source` through `sender`, and tells how long each block took."""

    def __init__(
        self,
        sender: Sender[AnyBlock],
        source: Source[AnyBlock],
        on_sent: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        self._sender = sender
        self._source = source
        self._on_sent = on_sent
        self._sent_at = 0.0

    async def run(self, hurry: asyncio.Event, on_block: Callable[[], Awaitable[None]]) -> None:
        """Send what there is until there is nothing; `on_block` is called after every block.

        Until `hurry` is set, what little there is may gather. Raises Fault, or OSError of the source.
        """
        while True:
            await self._gather(hurry)
            hurry.clear()
            block = await self._source.next(BLOCK_ENTRIES, BLOCK_BYTES)
            if block is None:
                return
            began = time.perf_counter()
            await self._sender.send(block)
            self._on_sent(time.perf_counter() - began)
            self._sent_at = time.monotonic()
            await on_block()

    async def _gather(self, hurry: asyncio.Event) -> None:
        seconds = self._sent_at + GATHER_SECONDS - time.monotonic()
        if seconds > 0 and self._source.waiting_bytes < BLOCK_BYTES:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await hurry.wait()
