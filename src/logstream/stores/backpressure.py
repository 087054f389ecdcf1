"""How much waits to become durable, and waiting outside while that is too much."""

import asyncio
from typing import Final

from logstream.store import StoreUnavailable

MAX_WAITING_BYTES: Final = 32 * 1024 * 1024
"""Bytes that wait to be written before new entries have to wait outside."""


class Backpressure:
    """Of a store that is written to by what is named here, for people."""

    def __init__(self, written_to: str) -> None:
        self._written_to = written_to
        self._waiting_bytes = 0
        self._room = asyncio.Event()

    @property
    def is_high(self) -> bool:
        """Whether new entries have to wait."""
        return self._waiting_bytes > MAX_WAITING_BYTES

    def add(self, size: int) -> None:
        """So many bytes more wait."""
        self._waiting_bytes += size

    def remove(self, size: int) -> None:
        """So many bytes wait no longer, whatever became of them."""
        self._waiting_bytes -= size
        self._room.set()

    async def wait(self, seconds: float) -> None:
        """Wait until less waits. Raises StoreUnavailable if that takes longer than so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                while self.is_high:
                    self._room.clear()
                    await self._room.wait()
        except TimeoutError:
            raise StoreUnavailable(f"{self._written_to} can't keep up") from None
