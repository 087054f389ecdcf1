"""The bytes of a file, plain or compressed, from an offset on, and whether they are those that were read before."""

import os
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from logstream.client.sending.positions import FIRST_BYTES, LAST_BYTES, Position, mark
from logstream.client.sending.unpacking import ERRORS, Unpacked, kind_of, unpacked

CHUNK: Final = 256 * 1024


class Cut(Exception):
    """The file is no longer the one that was read so far."""


class Content:
    """The bytes of a file, plain or compressed, from an offset on. Raises OSError, and one of unpacking.ERRORS."""

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        head = os.pread(self._handle, 8, 0)
        self.was_empty = not head
        """Whether there was nothing yet by which its kind is told."""
        self._kind = kind_of(head)
        self._packed: BinaryIO | None = None if self._kind is None else os.fdopen(os.dup(self._handle), "rb")
        self._modified = 0
        self.go_to_start()

    def go_to_start(self) -> None:
        """Reading begins anew."""
        self._archive: Unpacked | None = None
        if self._kind is not None and self._packed is not None:
            self._packed.seek(0)
            self._archive = unpacked(self._packed, self._kind)
        self._kept = bytearray()
        """What was read last, for `before`."""
        self.first = b""
        self._beginning = b""
        """What must be there when reading begins."""
        self.offset = 0

    @property
    def is_archive(self) -> bool:
        return self._archive is not None

    @property
    def packed_offset(self) -> int:
        """How far the file itself was read."""
        return self.offset if self._packed is None else self._packed.tell()

    @property
    def real_path(self) -> str:
        """Where the file is now, whatever links lead there; "" if the system doesn't say."""
        try:
            return os.readlink(f"/proc/self/fd/{self._handle}")
        except OSError:
            return ""

    @property
    def status(self) -> os.stat_result:
        return os.fstat(self._handle)

    def close(self) -> None:
        if self._packed is not None:
            self._packed.close()
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def is_at(self, position: Position) -> bool:
        """Whether this is the file of that position, as its content shows. Then reading goes on there, else anew."""
        try:
            is_there = self._go_to(position)
        except ERRORS:
            is_there = False
        if not is_there:
            self.go_to_start()
        return is_there

    def _go_to(self, position: Position) -> bool:
        if self._archive is not None:
            if len(self.first) < FIRST_BYTES:
                self._read_first()
            if not self.begins_as(position):
                return False
            if self.offset > position.offset:
                self.go_to_start()
            while self.offset < position.offset and self.read(min(CHUNK, position.offset - self.offset)):
                self.keep_from(self.offset)
        else:
            self.first = os.pread(self._handle, min(FIRST_BYTES, position.offset), 0)
            self._kept = bytearray(os.pread(self._handle, position.last_size, position.offset - position.last_size))
            self.offset = position.offset
            self._beginning = os.pread(self._handle, position.first_size, 0)
            if mark(self._beginning) != position.first:
                return False
        return (
            self.offset == position.offset and mark(self._kept[len(self._kept) - position.last_size :]) == position.last
        )

    def _read_first(self) -> None:
        """What an archive begins with, which reading may give in parts."""
        self.go_to_start()
        while len(self.first) < FIRST_BYTES and self.read(FIRST_BYTES - len(self.first)):
            pass

    def begun(self, position: Position) -> Position:
        """That position, at offset 0, with what the file begins with."""
        if self._archive is not None:
            self._read_first()
            first = self.first
            self.go_to_start()
        else:
            first = self._beginning = os.pread(self._handle, FIRST_BYTES, 0)
        return msgspec.structs.replace(position, first_size=len(first), first=mark(first))

    def begins_as(self, position: Position) -> bool:
        """Whether the first bytes are those of the file of that position."""
        first = self.first if self._archive is not None else os.pread(self._handle, position.first_size, 0)
        return len(first) >= position.first_size and mark(first[: position.first_size]) == position.first

    def whole_size(self) -> int | None:
        """Reads on to the end, and says where that is; None for an archive that breaks off before."""
        try:
            while self.read():
                self.keep_from(self.offset)
        except ERRORS:
            return None
        return self.offset

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
            chunk = self._archive.read1(size)  # where it breaks off, `read` would lose what is before
        else:
            chunk = os.pread(self._handle, size, self.offset)
            tail = self._kept[-LAST_BYTES:]
            if tail and os.pread(self._handle, len(tail), self.offset - len(tail)) != tail:
                raise Cut
            if not self.offset and not chunk.startswith(self._beginning):
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
