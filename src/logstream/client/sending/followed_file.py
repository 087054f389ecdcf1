"""One file that grows, from a position on: its lines, its entries, its batches, and whether it was cut.

A batch ends where no entry is open, so that a position never falls into the middle of one. Every piece is checked after
it was read: the bytes before it must still be those that were there, else the file was cut, and maybe grown again.
"""

import os
import time
import uuid
from collections import deque
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from logstream.client.sending.line_source import CHUNK, MAX_LINE, MAX_OBJECT
from logstream.client.sending.positions import FIRST_BYTES, LAST_BYTES, Batch, Position, mark
from logstream.client.sending.unpacking import ERRORS, kind_of, unpacked
from logstream.formats.stream import Stream

HALF_LINE_SECONDS: Final = 5.0
"""A line without its end is sent after a silence as long as this; what still comes of it is the next line."""

FLUSH_SECONDS: Final = 0.5
"""How long an entry waits for company, and for lines that go on it."""

MAX_BATCH_BYTES: Final = 1024 * 1024


class Cut(Exception):
    """The file is no longer the one that was read so far."""


class Content:
    """The bytes of a file, plain or compressed, from an offset on. Raises OSError, and one of unpacking.ERRORS."""

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        self._kind = kind_of(os.pread(self._handle, 8, 0))
        self._packed: BinaryIO | None = None if self._kind is None else os.fdopen(os.dup(self._handle), "rb")
        self._modified = 0
        self._go_to_start()

    def _go_to_start(self) -> None:
        self._archive: BinaryIO | None = None
        if self._kind is not None and self._packed is not None:
            self._packed.seek(0)
            self._archive = unpacked(self._packed, self._kind)
        self._kept = bytearray()
        """What was read last, for `before`."""
        self.first = b""
        self.offset = 0

    @property
    def is_archive(self) -> bool:
        return self._archive is not None

    @property
    def status(self) -> os.stat_result:
        return os.fstat(self._handle)

    def close(self) -> None:
        if self._packed is not None:
            self._packed.close()
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def go_to(self, position: Position) -> bool:
        """Whether this is the file of that position, as its content shows. If so, reading goes on there."""
        if self._archive is not None:
            self.read(min(FIRST_BYTES, position.offset))
            if mark(self.first[: position.first_size]) != position.first:
                return False
            while self.offset < position.offset and self.read(min(CHUNK, position.offset - self.offset)):
                self.keep_from(self.offset)
        else:
            self.first = os.pread(self._handle, min(FIRST_BYTES, position.offset), 0)
            self._kept = bytearray(os.pread(self._handle, position.last_size, position.offset - position.last_size))
            self.offset = position.offset
        return (
            self.offset == position.offset
            and mark(self.first[: position.first_size]) == position.first
            and mark(self._kept[len(self._kept) - position.last_size :]) == position.last
        )

    def begins_as(self, position: Position) -> bool:
        """Whether the first bytes are those of the file of that position."""
        first = self.first if self._archive is not None else os.pread(self._handle, position.first_size, 0)
        return len(first) >= position.first_size and mark(first[: position.first_size]) == position.first

    def is_whole(self) -> bool:
        """Whether an archive can be read to its end. Reading begins anew."""
        try:
            while self.read():
                self.keep_from(self.offset)
        except ERRORS:
            return False
        finally:
            self._go_to_start()
        return True

    def go_to_end(self) -> None:
        """Reading goes on behind what there is."""
        size = self.status.st_size
        self.first = os.pread(self._handle, min(FIRST_BYTES, size), 0)
        self._kept = bytearray(os.pread(self._handle, LAST_BYTES, max(0, size - LAST_BYTES)))
        self.offset = size

    def read(self, size: int = CHUNK) -> bytes:
        """What comes next. Raises Cut."""
        modified = self.status.st_mtime_ns  # before reading: the file may be cut and written to right behind it
        if self._archive is not None:
            chunk = self._archive.read(size)
        else:
            chunk = os.pread(self._handle, size, self.offset)
            tail = self._kept[-LAST_BYTES:]
            if tail and os.pread(self._handle, len(tail), self.offset - len(tail)) != tail:
                raise Cut
        if chunk:
            self.offset += len(chunk)
            self._modified = modified
            self._kept += chunk
            if len(self.first) < FIRST_BYTES:
                self.first += chunk[: FIRST_BYTES - len(self.first)]
        return chunk

    def keep_from(self, offset: int) -> None:
        """Nothing will be asked about offsets before this one."""
        start = self.offset - len(self._kept)
        if offset - LAST_BYTES > start:
            del self._kept[: offset - LAST_BYTES - start]

    def marked(self, position: Position, offset: int) -> Position:
        """That position moved to an offset that was read, as it is to be known again."""
        start = self.offset - len(self._kept)
        first = self.first[: min(FIRST_BYTES, offset)]
        last = self._kept[max(0, offset - LAST_BYTES - start) : offset - start]
        status = self.status
        return msgspec.structs.replace(
            position,
            device=status.st_dev,
            inode=status.st_ino,
            offset=offset,
            first_size=len(first),
            first=mark(first),
            last_size=len(last),
            last=mark(last),
            modified=max(position.modified, self._modified),
        )


class FollowedFile:
    """A file, open. `stream` makes its entries, `position` says where they begin; both are this file's own."""

    def __init__(self, content: Content, stream: Stream, position: Position, *, batch: int) -> None:
        self.content = content
        self.position = position
        self._stream = stream
        self._batch = batch
        self._rest = b""
        self._line_start = position.offset
        self._unread: list[tuple[bytes, int]] = []
        """Lines that no batch had room for, each with the offset behind it."""
        self._lines: deque[int] = deque()
        """The offsets behind the lines that are not in a batch yet."""
        self._before = 0
        """The number of lines before those."""
        self._entries: list[bytes] = []
        self._size = 0
        self._since = 0.0
        self._grown_at = time.monotonic()
        self.moved_at: float | None = None
        """Since when the file is no longer at its place; None while it is."""

    def read(self) -> int:
        """Take what was added, as much as a batch has room for; the bytes read. Raises OSError, Cut."""
        if self._unread:
            self._feed()
            return 1
        chunk = self.content.read()
        if chunk:
            self._grown_at = time.monotonic()
            self._split(chunk)
        elif self._rest and time.monotonic() - self._grown_at >= HALF_LINE_SECONDS:
            self._take_rest()
        else:
            return 0
        self._feed()
        return len(chunk) or 1

    def read_position(self) -> Position:
        """The position as if all that was read were sent: by it, a copy of the file is known best."""
        return self.content.marked(self.position, self.content.offset)

    @property
    def quiet_for(self) -> float:
        """Seconds since anything came."""
        return time.monotonic() - self._grown_at

    def _split(self, chunk: bytes) -> None:
        *whole, self._rest = (self._rest + chunk).split(b"\n")
        for line in whole:
            self._line_start += len(line) + 1
            self._unread.append((line, self._line_start))
        if self._rest[:1] == b"\0":  # a hole, as a file has that was cut under a writer that doesn't append
            bare = self._rest.lstrip(b"\0")
            self._line_start += len(self._rest) - len(bare)
            self._rest = bare
        if len(self._rest) > (MAX_OBJECT if self._rest[:1] == b"{" else MAX_LINE):
            self._take_rest()

    def _take_rest(self) -> None:
        """What there is of a line becomes one."""
        if self._rest:
            self._line_start += len(self._rest)
            self._unread.append((self._rest, self._line_start))
            self._rest = b""

    def _feed(self) -> None:
        room = max(1, self._batch - len(self._entries))
        lines, self._unread = self._unread[:room], self._unread[room:]
        self._lines += [behind for _, behind in lines]
        self._take(self._stream.feed([line for line, _ in lines], datetime.now(UTC)))

    def _take(self, entries: list[tuple[bytes, int]]) -> None:
        if entries and not self._entries:
            self._since = time.monotonic()
        for entry, _ in entries:
            self._entries.append(entry)
            self._size += len(entry)

    def flush(self) -> None:
        """The entries that no line has gone on for a while."""
        self._take(self._stream.flush_after(FLUSH_SECONDS))
        if not self._entries and len(self._lines) > self._batch and self._stream.open_from is None:
            self.position = self._behind_whole_lines()  # blank lines, that no batch takes

    def end(self, *, half_line: bool) -> None:
        """All entries that wait are whole, and the line too that has no end, if `half_line`."""
        if half_line:
            self._take_rest()
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
