"""One viewer's side of the hub: what is written to its transport, and what is left out when it doesn't keep up."""

import asyncio
import fcntl
import socket
import sys
import termios
from collections.abc import Callable, Sequence
from typing import Final

from logstream.live import websocket_format
from logstream.live.chunks import Format, Piece
from logstream.query.conditions import Condition

HIGH_WATER: Final = 4 * 1024 * 1024
"""Bytes that may wait for one viewer (plus one piece, see pieces.PIECE_BYTES): some 8,000 entries, so that a viewer on
a slow line rides out a burst. Viewers that wait share the bytes, so this is rarely the memory of each."""

LOW_WATER: Final = 1024 * 1024
"""A viewer that fell behind goes on when this is left: late enough for few gaps, early enough not to run dry."""

HELD_BYTES: Final = 4 * 1024 * 1024
"""Bytes of live entries kept for a viewer that is still being sent what it missed."""

CLOSE_SECONDS: Final = 2
"""How long a viewer has to end its side after our close frame."""


class Viewer:
    """Whoever owns the transport calls `pause`, `resume`, `heard` and `lost`."""

    __slots__ = (
        "_ahead",
        "_closer",
        "_dropped",
        "_held",
        "_held_bytes",
        "_last_id",
        "_newest",
        "_pinged_at",
        "_transport",
        "_writable",
        "_written",
        "behind",
        "closing",
        "format",
        "gone",
        "on_gap",
        "since",
        "where",
    )

    def __init__(self, transport: asyncio.Transport, made_by: Format = websocket_format) -> None:
        self.format = made_by
        self.where: tuple[Condition, ...] = ()
        """The filter; the hub's to change."""
        self.since = ""
        """Entries up to this id are none of its business; the hub's to change."""
        self.on_gap: Callable[[int], None] = lambda dropped: None
        """Called with the number of entries left out, whenever the viewer is told of some; the hub's to change."""
        self._transport = transport
        self._dropped = 0
        self._newest: Piece | None = None
        self._held: list[Piece] | None = None
        self._held_bytes = 0
        self._last_id: str | None = None
        self._written = 0
        self._pinged_at: int | None = None  # the value of _written ahead of a ping that is not answered
        self._ahead = 0  # bytes that the peer had yet to take before that ping, when last looked
        self._closer: asyncio.TimerHandle | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self.behind = False
        self.closing = False
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when the connection has ended."""
        transport.set_write_buffer_limits(HIGH_WATER, LOW_WATER)

    def take(self, pieces: Sequence[Piece]) -> None:
        """Write these live entries, or keep them for later, or count them as dropped."""
        for piece in pieces:
            if piece.last_id <= self.since:
                continue
            if self._held is not None:
                self._hold(piece)
            elif self.behind:
                self._dropped += piece.entries
                self._newest = piece._replace(blob=b"")
            elif self._write(piece.blob):
                self._last_id = piece.last_id

    def miss(self, dropped: int, after: str | None, before: str) -> None:
        """Entries that nobody could look at are missing, matching or not."""
        if before <= self.since or self.closing:
            return
        gap = self._gap(dropped, after, before)
        if self._held is not None:
            self._hold(Piece(gap, 0, after or "", b""))
        elif self.behind:
            self._dropped += dropped
        else:
            self._write(gap)

    @property
    def holding(self) -> bool:
        """Whether live entries are kept back."""
        return self._held is not None

    def hold(self) -> None:
        """Keep live entries back from now on, until `release`: older ones are on their way."""
        self._held, self._held_bytes = [], 0

    def release(self) -> bool:
        """Go live with what was held back; False when it was too much, and was dropped."""
        held, self._held = self._held, None
        if held is None or self._held_bytes > HELD_BYTES:
            return False
        for piece in held:
            if self.behind:
                self._dropped += piece.entries
                self._newest = piece._replace(blob=b"") if piece.entries else self._newest
            elif self._write(piece.blob) and piece.entries:
                self._last_id = piece.last_id
        return True

    async def replay(self, pieces: Sequence[Piece]) -> None:
        """Write older entries, waiting as long as the peer needs. Raises ConnectionError when it has gone."""
        for piece in pieces:
            if not self._write(piece.blob):
                raise ConnectionError("the viewer has gone")
            self._last_id = piece.last_id
            if self.behind:
                self._writable.clear()
                await self._writable.wait()

    def reply(self, frame: bytes) -> None:
        """Write an answer. A viewer that doesn't read gets none, so asking can't fill the memory."""
        if not self.behind:
            self._write(frame)

    def pause(self) -> None:
        """The transport's buffer is over HIGH_WATER."""
        self.behind = True

    def resume(self) -> None:
        """The transport's buffer is down to LOW_WATER: tell what was dropped and go on with the newest entry.

        The newest is kept for this moment, so that neither it nor the gap waits for the next entry to arrive.
        """
        self.behind = False
        self._writable.set()
        newest, dropped = self._newest, self._dropped - 1
        self._newest, self._dropped = None, 0
        if newest is not None:
            gap = self._gap(dropped, self._last_id, newest.last_id) if dropped else b""
            self._last_id = newest.last_id
            self._write(gap + newest.last)

    def heard(self) -> None:
        """The peer gave a sign of life."""
        self._pinged_at = None

    def check(self) -> None:
        """Ping the peer, or end the connection if the last ping was not answered.

        A slow peer can't answer a ping that is stuck behind entries, so while some are ahead of it, taking them is
        answer enough.
        """
        if self._pinged_at is None:
            self._pinged_at, self._ahead = self._written, self._waiting()
            self._write(self.format.PING)
            return
        ahead = max(0, self._pinged_at - (self._written - self._waiting()))
        if ahead >= self._ahead:
            self._transport.abort()
        self._ahead = ahead

    def close(self, code: int | None) -> None:
        """Send the last words behind whatever still waits, and end our side; the peer then ends its own.

        Closing at once would let the kernel reset the connection while the peer still sends, and the reset can overtake
        them.
        """
        if self.closing or self._transport.is_closing():
            return
        self._write(self.format.close(code))
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

    def tell_gap(self, dropped: int, after: str | None, before: str) -> None:
        """Older entries are left out."""
        self._write(self._gap(dropped, after, before))

    def _gap(self, dropped: int, after: str | None, before: str) -> bytes:
        self.on_gap(dropped)
        return self.format.gap(dropped, after, before)

    def _hold(self, piece: Piece) -> None:
        assert self._held is not None
        self._held_bytes += len(piece.blob)
        if self._held_bytes > HELD_BYTES:
            self._held.clear()
        else:
            self._held.append(piece)

    def _write(self, data: bytes) -> bool:
        if self.closing or self._transport.is_closing():
            return False
        self._written += len(data)
        self._transport.write(data)
        # Usually the transport has called `pause` by now; not if it was paused before it was a viewer's.
        if self._transport.get_write_buffer_size() > HIGH_WATER:
            self.behind = True
        return True

    def _waiting(self) -> int:
        """Bytes that were written and that the peer's system has not taken."""
        return self._transport.get_write_buffer_size() + _unacknowledged(self._transport.get_extra_info("socket"))


def _unacknowledged(connection: socket.socket | None) -> int:
    if connection is None:
        return 0
    try:
        return int.from_bytes(fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, bytes(4)), sys.byteorder)
    except OSError:  # a system that can't tell, or a connection that has just ended
        return 0
