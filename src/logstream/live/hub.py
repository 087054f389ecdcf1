"""Who gets what: every batch, once it is durable, goes to every viewer.

Frames are made once for all and written straight to each transport, never awaited. A viewer that doesn't keep up skips
entries and is told how many; it costs nobody else anything but its bounded buffer.
"""

import asyncio
from typing import Final

from logstream.entry import Batch
from logstream.live import frames

HIGH_WATER: Final = 4 * 1024 * 1024
"""Bytes that may wait for one viewer: some 8,000 entries, a second of a busy day on a slow line."""

LOW_WATER: Final = 1024 * 1024
"""A viewer that fell behind goes on when no more than this waits."""

STALLED_SECONDS: Final = 60
"""A viewer that takes nothing for so long is disconnected: its buffer is memory."""

CLOSE_SECONDS: Final = 2
"""How long viewers have to answer the close of a stopping server."""


class Viewer:
    """One connection's side of the hub. Whoever owns the transport calls `pause` and `resume`."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._paused = False  # by the transport
        self._newest: frames.Piece | None = None
        self._dropped = 0
        self._last_id: str | None = None
        self._loop = asyncio.get_running_loop()
        self.behind_since: float | None = None
        """The loop's time at which this viewer fell behind, or None."""
        transport.set_write_buffer_limits(HIGH_WATER, LOW_WATER)

    def take(self, pieces: list[frames.Piece]) -> None:
        """Write these entries, or count them as dropped."""
        for piece in pieces:
            if self.behind_since is not None:
                self._dropped += piece.entries
                self._newest = piece
                continue
            self._transport.write(piece.blob)
            self._last_id = piece.last_id
            if self._transport.get_write_buffer_size() > HIGH_WATER:
                self._fall_behind()

    def reply(self, frame: bytes) -> None:
        """Write an answer; a viewer that doesn't read its answers gets no more of them."""
        if self.behind_since is None:
            self._transport.write(frame)
            if self._transport.get_write_buffer_size() > HIGH_WATER:
                self._fall_behind()

    def pause(self) -> None:
        self._paused = True
        if self.behind_since is None:
            self._fall_behind()

    def resume(self) -> None:
        self._paused = False
        self._catch_up()

    def close(self, code: int) -> None:
        """Send a close frame, behind whatever still waits."""
        if not self._transport.is_closing():
            self._transport.write(frames.close(code))

    def abort(self) -> None:
        self._transport.abort()

    def _fall_behind(self) -> None:
        self.behind_since = self._loop.time()
        self._loop.call_soon(self._look_again)

    def _look_again(self) -> None:
        """The transport tells of its buffer only once it has tried to send; until then nobody else would."""
        if self.behind_since is None or self._paused or self._transport.is_closing():
            return
        if self._transport.get_write_buffer_size() <= LOW_WATER:
            self._catch_up()
        else:
            self._loop.call_later(0.01, self._look_again)

    def _catch_up(self) -> None:
        """Go on with the newest entry and tell what lies between, so that a gap never waits for the next entry."""
        self.behind_since = None
        newest, dropped = self._newest, self._dropped - 1
        self._newest, self._dropped = None, 0
        if newest is None or self._transport.is_closing():
            return
        if dropped > 0:
            self._transport.write(frames.gap(dropped, self._last_id, newest.last_id))
        self._transport.write(newest.last_frame)
        self._last_id = newest.last_id


class Hub:
    """All viewers. Everything is called on the event loop's thread."""

    def __init__(self) -> None:
        self._viewers: set[Viewer] = set()
        self._pending: list[Batch] = []
        self._empty = asyncio.Event()
        self._watch: asyncio.TimerHandle | None = None

    @property
    def connections(self) -> int:
        """How many viewers there are."""
        return len(self._viewers)

    def add(self, viewer: Viewer) -> None:
        """From here on this viewer gets what is published."""
        self._flush()
        self._viewers.add(viewer)
        if self._watch is None:
            self._watch = asyncio.get_running_loop().call_later(STALLED_SECONDS / 4, self._drop_stalled)

    def remove(self, viewer: Viewer) -> None:
        self._viewers.discard(viewer)
        if not self._viewers:
            self._empty.set()

    def publish(self, batch: Batch) -> None:
        """Hand on a durable batch; what comes in one turn of the event loop is written to each viewer at once."""
        if not self._viewers:
            return
        if not self._pending:
            asyncio.get_running_loop().call_soon(self._flush)
        self._pending.append(batch)

    async def close(self) -> None:
        """Tell all viewers that the server goes away, and wait until they have gone."""
        self._flush()
        if self._watch is not None:
            self._watch.cancel()
        if not self._viewers:
            return
        self._empty.clear()
        for viewer in self._viewers:
            viewer.close(frames.GOING_AWAY)
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._empty.wait()
        except TimeoutError:
            for viewer in list(self._viewers):
                viewer.abort()

    def _flush(self) -> None:
        batches, self._pending = self._pending, []
        if not batches or not self._viewers:
            return
        lines = [line for batch in batches for line in batch.split_lines()]
        ids = [entry.id for batch in batches for entry in batch.entries]
        pieces = frames.pieces(lines, ids)
        for viewer in self._viewers:
            viewer.take(pieces)

    def _drop_stalled(self) -> None:
        self._watch = None
        loop = asyncio.get_running_loop()
        for viewer in list(self._viewers):
            if viewer.behind_since is not None and loop.time() - viewer.behind_since > STALLED_SECONDS:
                viewer.abort()
        if self._viewers:
            self._watch = loop.call_later(STALLED_SECONDS / 4, self._drop_stalled)
