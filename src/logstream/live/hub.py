"""Who gets what: every batch, once it is durable, goes to every viewer.

Frames are made once for all and written straight to each transport, never awaited. A viewer that doesn't keep up skips
entries and is told how many; it costs nobody else anything but its bounded buffer.
"""

import asyncio
import fcntl
import socket
import sys
import termios
from collections.abc import Sequence
from typing import Final

from logstream.entry import Batch
from logstream.live import frames

HIGH_WATER: Final = 4 * 1024 * 1024
"""Bytes that may wait for one viewer (plus one piece, see frames.PIECE_BYTES): some 8,000 entries, so that a viewer on
a slow line rides out a burst. Viewers that wait share the bytes, so this is rarely the memory of each."""

LOW_WATER: Final = 1024 * 1024
"""A viewer that fell behind goes on when this is left: late enough for few gaps, early enough not to run dry."""

PING_SECONDS: Final = 20
"""A viewer is pinged this often and has as long to answer: proxies drop connections that are silent for a minute."""

CLOSE_SECONDS: Final = 2
"""How long a viewer has to end its side after our close frame."""


class Viewer:
    """One connection's side of the hub. Whoever owns the transport calls `pause`, `resume`, `heard` and `lost`."""

    __slots__ = (
        "_ahead",
        "_closer",
        "_dropped",
        "_last_id",
        "_newest",
        "_pinged_at",
        "_transport",
        "_written",
        "behind",
        "closing",
        "gone",
    )

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._dropped = 0
        self._newest: frames.Piece | None = None
        self._last_id: str | None = None
        self._written = 0
        self._pinged_at: int | None = None  # the value of _written ahead of a ping that is not answered
        self._ahead = 0  # bytes that the peer had yet to take before that ping, when last looked
        self._closer: asyncio.TimerHandle | None = None
        self.behind = False
        self.closing = False
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when the connection has ended."""
        transport.set_write_buffer_limits(HIGH_WATER, LOW_WATER)

    def take(self, pieces: Sequence[frames.Piece]) -> None:
        """Write these entries, or count them as dropped."""
        for piece in pieces:
            if self.behind:
                self._dropped += piece.entries
                self._newest = piece._replace(blob=b"")
            elif self._write(piece.blob):
                self._last_id = piece.last_id

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
        newest, dropped = self._newest, self._dropped - 1
        self._newest, self._dropped = None, 0
        if newest is not None:
            gap = frames.gap(dropped, self._last_id, newest.last_id) if dropped else b""
            self._last_id = newest.last_id
            self._write(gap + newest.last_frame)

    def heard(self) -> None:
        """A frame came from the peer: it is alive."""
        self._pinged_at = None

    def check(self) -> None:
        """Ping the peer, or end the connection if the last ping was not answered.

        A slow peer can't answer a ping that is stuck behind entries, so while some are ahead of it, taking them is
        answer enough.
        """
        if self._pinged_at is None:
            self._pinged_at, self._ahead = self._written, self._waiting()
            self._write(frames.PING)
            return
        ahead = max(0, self._pinged_at - (self._written - self._waiting()))
        if ahead >= self._ahead:
            self._transport.abort()
        self._ahead = ahead

    def close(self, code: int | None) -> None:
        """Send a close frame behind whatever still waits, and end our side; the peer then ends its own.

        Closing at once would let the kernel reset the connection while the peer still sends, and the reset can overtake
        the close frame.
        """
        if self.closing or self._transport.is_closing():
            return
        self._write(frames.close(code))
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
        if self._closer is not None:
            self._closer.cancel()
        if not self.gone.done():
            self.gone.set_result(None)

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


def _unacknowledged(connection: socket.socket) -> int:
    try:
        return int.from_bytes(fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, bytes(4)), sys.byteorder)
    except OSError:  # a system that can't tell, or a connection that has just ended
        return 0


class Group:
    """Viewers that get the same entries, and so share one set of frames."""

    def __init__(self) -> None:
        self.viewers: set[Viewer] = set()

    def deliver(self, batches: Sequence[Batch]) -> None:
        if self.viewers:
            pieces = frames.pieces(batches)
            for viewer in self.viewers:
                viewer.take(pieces)


class Hub:
    """All viewers. Everything is called on the event loop's thread."""

    def __init__(self) -> None:
        self._everything = Group()  # filters will make more groups
        self._pending: list[Batch] = []
        self._checks: asyncio.TimerHandle | None = None
        self._closed = False

    @property
    def connections(self) -> int:
        """How many viewers there are."""
        return len(self._everything.viewers)

    def add(self, viewer: Viewer) -> None:
        """From here on this viewer gets what is published. A hub that was closed sends it away."""
        if self._closed:
            viewer.close(frames.GOING_AWAY)
            return
        self._flush()
        self._everything.viewers.add(viewer)
        if self._checks is None:
            self._checks = asyncio.get_running_loop().call_later(PING_SECONDS, self._check)

    def remove(self, viewer: Viewer) -> None:
        self._everything.viewers.discard(viewer)

    def publish(self, batch: Batch) -> None:
        """Hand on a durable batch; what comes in one turn of the event loop is written to each viewer at once."""
        if not self._everything.viewers:
            return
        if not self._pending:
            asyncio.get_running_loop().call_soon(self._flush)
        self._pending.append(batch)

    async def close(self) -> None:
        """Tell all viewers that the server goes away, and wait until they have gone: CLOSE_SECONDS at most."""
        self._flush()
        self._closed = True
        if self._checks is not None:
            self._checks.cancel()
        viewers = list(self._everything.viewers)
        self._everything.viewers.clear()
        for viewer in viewers:
            viewer.close(frames.GOING_AWAY)
        if viewers:
            await asyncio.wait([viewer.gone for viewer in viewers], timeout=CLOSE_SECONDS + 1)

    def _flush(self) -> None:
        if self._pending:
            batches, self._pending = self._pending, []
            self._everything.deliver(batches)

    def _check(self) -> None:
        for viewer in list(self._everything.viewers):
            viewer.check()
        self._checks = None
        if self._everything.viewers:
            self._checks = asyncio.get_running_loop().call_later(PING_SECONDS, self._check)
