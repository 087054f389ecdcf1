"""One file that grows, from a position on: its lines, its entries, its batches, and whether it was cut.

A batch ends where no entry is open, so that a position never falls into the middle of one. Every piece is checked after
it was read: the bytes before it must still be those that were there, else the file was cut, and maybe grown again.
"""

import time
import uuid
from collections import deque
from datetime import UTC, datetime
from typing import Final

from logstream.client.sending.content import Content
from logstream.client.sending.encoding import Encoding
from logstream.client.sending.line_splitter import Line, LineSplitter
from logstream.client.sending.positions import Batch, Position
from logstream.formats.stream import Stream

HALF_LINE_SECONDS: Final = 5.0
"""A line without its end is sent after a silence as long as this; what still comes of it is the next line."""

FLUSH_SECONDS: Final = 0.5
"""How long an entry waits for company, and for lines that go on it."""

MAX_BATCH_BYTES: Final = 1024 * 1024


class FollowedFile:
    """A file, open. `stream` makes its entries, `position` says where they begin; both are this file's own."""

    def __init__(
        self, content: Content, stream: Stream, position: Position, *, batch: int, encoding: Encoding | None = None
    ) -> None:
        self.content = content
        self.position = position
        self._stream = stream
        self._batch = batch
        self._splitter = LineSplitter(encoding, offset=position.offset, head=content.first)
        self._unread: list[Line] = []
        """Lines that no batch had room for, each with the offset behind it."""
        self._lines: deque[int] = deque()
        """The offsets behind the lines that are not in a batch yet."""
        self._before = 0
        """The number of lines before those."""
        self._entries: list[bytes] = []
        self._size = 0
        self._since = 0.0
        self._grown_at = time.monotonic()
        self._is_at_end = False
        self.moved_at: float | None = None
        """Since when the file is no longer at its place; None while it is."""
        self.locate()

    def locate(self) -> None:
        """Look again where the file is."""
        self.real_path = self.content.real_path
        self._has_other_names = self.content.status.st_nlink > 1

    @property
    def is_settled(self) -> bool:
        """Whether more comes of it only when it is written to, in the folder where it is."""
        return (
            self._is_at_end
            and self.moved_at is None
            and not self._has_other_names
            and not self._entries
            and not self._unread
            and not self._splitter.has_rest
            and self._stream.open_from is None
        )

    def read(self) -> int:
        """Take what was added, as much as a batch has room for; the bytes read. Raises OSError, Cut, Binary."""
        self._is_at_end = False
        if self._unread:
            self._feed()
            return 1
        chunk = self.content.read()
        if chunk:
            self._grown_at = time.monotonic()
            self._unread += self._splitter.feed(chunk)
        elif self._splitter.has_rest and time.monotonic() - self._grown_at >= HALF_LINE_SECONDS:
            self._unread += self._splitter.end()
        else:
            self._is_at_end = True
            return 0
        self._feed()
        return len(chunk) or 1

    def read_position(self) -> Position:
        """The position as if all that was read were sent: by it, a copy of the file is known best."""
        offset = self.content.offset
        return self.content.marked(self.position, offset) if offset else self.position

    @property
    def quiet_for(self) -> float:
        """Seconds since anything came."""
        return time.monotonic() - self._grown_at

    def _feed(self) -> None:
        room = max(1, self._batch - len(self._entries))
        lines, self._unread = self._unread[:room], self._unread[room:]
        self._lines += [behind for _, behind in lines]
        self._take(self._stream.feed([line for line, _ in lines], datetime.now(UTC)))

    def _take(self, entries: list[tuple[bytes, int]], since: float | None = None) -> None:
        if entries and not self._entries:
            self._since = time.monotonic() if since is None else since
        for entry, _ in entries:
            self._entries.append(entry)
            self._size += len(entry)

    def flush(self) -> None:
        """The entries that no line has gone on for a while."""
        self._take(self._stream.flush_after(FLUSH_SECONDS), self._grown_at)  # company too had its time to come
        if not self._entries and len(self._lines) > self._batch and self._stream.open_from is None:
            self.position = self._behind_whole_lines()  # blank lines, that no batch takes

    def end(self, *, half_line: bool) -> None:
        """All entries that wait are whole, and the line too that has no end, if `half_line`."""
        if half_line:
            self._unread += self._splitter.end()
        while self._unread:
            self._feed()
        self._take(self._stream.flush())

    @property
    def is_full(self) -> bool:
        return len(self._entries) >= self._batch or self._size >= MAX_BATCH_BYTES

    @property
    def is_due(self) -> bool:
        """Whether a batch is to be sent now."""
        return self.is_full or (bool(self._entries) and time.monotonic() - self._since >= FLUSH_SECONDS)

    def take_batch(self) -> Batch | None:
        """The entries that are whole, and the position behind their lines; None if there are none."""
        if not self._entries:
            return None
        after = self._behind_whole_lines()
        key = f"{after.generation}-{self.position.offset}-{after.offset}"
        if after.offset == self.position.offset:  # more entries of one line
            key += f"-{uuid.uuid4().hex}"
        entries, self._entries, self._size = self._entries, [], 0
        return Batch(key, after, entries)

    def _behind_whole_lines(self) -> Position:
        open_from = self._stream.open_from
        if open_from == 0:  # entries of containers between each other: no line is free of them
            self._take(self._stream.flush_after(0))
            open_from = self._stream.open_from
        offset = self.position.offset
        while self._lines and (not open_from or self._before + 1 < open_from):
            offset = self._lines.popleft()
            self._before += 1
        after = self.content.marked(self.position, offset)
        self.content.keep_from(offset)
        return after
