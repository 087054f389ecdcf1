"""Viewers over Server-Sent Events: the hub's side of an HTTP response that does not end.

A connection writes to a transport; an ASGI response is sent piecemeal, more of it when the peer has taken what went
before. `EventStream` is the transport in between: what is written waits here, bounded as for every viewer.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Final

from logstream.live.connection import Connection
from logstream.live.sse_format import SSE_FORMAT
from logstream.live.viewer import Viewer

LEAST_PIECE: Final = 32 * 1024
PIECES: Final = 8
"""What may wait for a viewer is handed on in so many ASGI messages: smaller writes are joined, larger ones cut, for
they are shared by viewers and what is handed on is a copy. The connection takes one in each turn of the event loop."""


class EventStream:
    """A live.transport.Transport, with the viewer it belongs to. Not thread-safe."""

    def __init__(self, peer: str = "") -> None:
        self._unsent: deque[bytes] = deque()
        self._sent = 0
        """Bytes of the first that are sent already."""
        self._size = 0
        """Bytes that are unsent or being sent."""
        self._high = self._low = 0
        self._paused = False
        self._ended = False
        self._wake = asyncio.Event()
        self.connection = Connection(self, SSE_FORMAT)
        self.viewer = Viewer(self.connection, peer)

    def write(self, data: bytes) -> None:
        self._unsent.append(data)
        self._size += len(data)
        if self._size > self._high and not self._paused:
            self._paused = True
            self.connection.pause()
        self._wake.set()

    def write_eof(self) -> None:
        self._ended = True
        self._wake.set()

    def abort(self) -> None:
        self._unsent.clear()
        self._sent = self._size = 0
        self.write_eof()

    def is_closing(self) -> bool:
        return self._ended

    def get_write_buffer_size(self) -> int:
        return self._size

    def set_write_buffer_limits(self, high: int, low: int) -> None:
        self._high, self._low = high, low

    def get_extra_info(self, name: str) -> None:
        """It has no socket of its own."""

    async def body(self) -> AsyncIterator[bytes]:
        """What is written, until the stream ends. Whoever asks for more has got rid of what came before."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._unsent:
                data = self._take()
                yield data
                self._size -= len(data)
                if self._paused and self._size <= self._low:
                    self._paused = False
                    self.connection.resume()
            self.connection.heard()
            if self._ended:
                return

    def _take(self) -> bytes:
        first, most = self._unsent[0], max(LEAST_PIECE, self._high // PIECES)
        if len(first) > self._sent + most:
            piece = first[self._sent : self._sent + most]
            self._sent += most
            return piece
        parts = [first[self._sent :]]
        size = len(parts[0])
        self._unsent.popleft()
        self._sent = 0
        while self._unsent and size + len(self._unsent[0]) <= most:
            parts.append(self._unsent.popleft())
            size += len(parts[-1])
        return b"".join(parts)
