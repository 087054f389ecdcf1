"""Viewers over Server-Sent Events: the hub's side of an HTTP response that does not end.

The hub writes to a transport; an ASGI response is sent part by part, each when the peer has taken the one before.
`EventStream` is the transport in between: what the hub writes waits here, bounded as for every viewer.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

from logstream.live import sse_format
from logstream.live.viewer import Viewer


class EventStream:
    """The part of a transport that a Viewer uses. Not thread-safe."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0
        self._high = self._low = 0
        self._paused = False
        self._ended = False
        self._wake = asyncio.Event()
        self.viewer = Viewer(cast(asyncio.Transport, self), sse_format)

    def write(self, data: bytes) -> None:
        self._parts.append(data)
        self._size += len(data)
        if self._size > self._high and not self._paused:
            self._paused = True
            self.viewer.pause()
        self._wake.set()

    def write_eof(self) -> None:
        """End the stream behind what waits."""
        self._ended = True
        self._wake.set()

    def abort(self) -> None:
        """End the stream now."""
        self._parts.clear()
        self._size = 0
        self.write_eof()

    def is_closing(self) -> bool:
        return self._ended

    def get_write_buffer_size(self) -> int:
        return self._size

    def set_write_buffer_limits(self, high: int, low: int) -> None:
        self._high, self._low = high, low

    def get_extra_info(self, name: str) -> Any:
        return None

    async def parts(self) -> AsyncIterator[bytes]:
        """What is written, until the stream ends. Whoever asks for the next part has got rid of the one before."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._parts:
                part = self._take()
                yield part
                self._size -= len(part)
                if self._paused and self._size <= self._low:
                    self._paused = False
                    self.viewer.resume()
            self.viewer.heard()
            if self._ended:
                return

    def _take(self) -> bytes:
        """Small parts joined; a large one as it is."""
        if len(self._parts[0]) >= 65536 or len(self._parts) == 1:
            return self._parts.pop(0)
        parts, self._parts = self._parts, []
        return b"".join(parts)
