"""Writing to one peer: bounded, pinged, and ended so that the last words arrive.

Nothing here waits for a slow peer. Whoever writes looks at `behind`, and leaves out what the peer could not take.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from logstream.live.format import Format
from logstream.live.liveness import Liveness
from logstream.live.transport import Transport, untaken_bytes

HIGH_WATER: Final = 4 * 1024 * 1024
"""Bytes that may wait for one peer (plus one chunk, see chunks.CHUNK_BYTES): some 8,000 entries, so that a viewer on a
slow line rides out a burst. Where many share the memory it is less, see `bound`."""

LOW_WATER: Final = 1024 * 1024
"""A peer that fell behind goes on when this, or a quarter of its bound, is left: late enough for few gaps, early enough
not to run dry."""

CLOSE_SECONDS: Final = 2
"""How long a peer has to end its side after our last words."""


class Connection:
    """Whoever owns the transport calls `pause`, `resume`, `heard` and `lost`."""

    __slots__ = (
        "_closer",
        "_liveness",
        "_transport",
        "_writable",
        "_written",
        "behind",
        "bound",
        "closing",
        "format",
        "gone",
        "on_resume",
    )

    def __init__(self, transport: Transport, format: Format) -> None:
        self.format = format
        self.behind = False
        """Whether so much waits for the peer that it gets nothing more."""
        self.bound = HIGH_WATER
        """Bytes that may wait for the peer; see `limit`."""
        self.closing = False
        """Whether nothing more is written."""
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when the connection has ended."""
        self.on_resume: Callable[[], None] = lambda: None
        """Called when a peer that was behind can take more."""
        self._transport = transport
        self._written = 0
        self._liveness = Liveness()
        self._closer: asyncio.TimerHandle | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        transport.set_write_buffer_limits(HIGH_WATER, LOW_WATER)

    def write(self, data: bytes) -> bool:
        """Write whatever waits already; False, with nothing written, when the connection is ending."""
        transport = self._transport
        if self.closing or transport.is_closing():
            return False
        self._written += len(data)
        transport.write(data)
        # Usually `pause` has been called by now; not if the transport was paused before this connection was made.
        if transport.get_write_buffer_size() > self.bound:
            self.behind = True
        return True

    def limit(self, bound: int) -> None:
        """Let only so many bytes wait from now on; what waits already stays."""
        self.bound = bound
        self._transport.set_write_buffer_limits(bound, min(LOW_WATER, bound // 4))

    @property
    def waiting(self) -> int:
        """Bytes that wait for the peer."""
        return self._transport.get_write_buffer_size()

    def abort(self) -> None:
        """End the connection at once: the peer takes too little to be told anything."""
        self.closing = True
        self._transport.abort()

    def reply(self, data: bytes) -> None:
        """Write an answer. A peer that doesn't read gets none, so asking can't fill the memory."""
        if not self.behind:
            self.write(data)

    async def caught_up(self) -> None:
        """Wait until a peer that is behind can take more, or has gone."""
        self._writable.clear()
        await self._writable.wait()

    def pause(self) -> None:
        """The transport's buffer is over the bound."""
        self.behind = True

    def resume(self) -> None:
        """The transport's buffer is low."""
        self.behind = False
        self._writable.set()
        self.on_resume()

    def heard(self) -> None:
        """The peer gave a sign of life."""
        self._liveness.heard()

    def check(self) -> None:
        """Ping the peer, or end the connection if the last ping was not answered."""
        taken = self._written - untaken_bytes(self._transport)
        if not self._liveness.unanswered:
            self._liveness.ping(self._written, taken)
            self.write(self.format.ping)
        elif self._liveness.stalled(taken):
            self._transport.abort()

    def close(self, code: int | None, reason: str = "") -> None:
        """Send the last words behind whatever still waits, and end our side; the peer then ends its own.

        Closing at once would let the kernel reset the connection while the peer still sends, and the reset can overtake
        them.
        """
        if self.closing or self._transport.is_closing():
            return
        self.write(self.format.close(code, reason))
        self.closing = True
        self._transport.write_eof()
        self.abort_later()

    def abort_later(self) -> None:
        """End the connection after CLOSE_SECONDS, whatever the peer does; nothing more is written."""
        self.closing = True
        if self._closer is None:
            self._closer = asyncio.get_running_loop().call_later(CLOSE_SECONDS, self._transport.abort)

    def lost(self) -> None:
        """The connection has ended."""
        self.closing = True
        self._writable.set()
        if self._closer is not None:
            self._closer.cancel()
        if not self.gone.done():
            self.gone.set_result(None)
