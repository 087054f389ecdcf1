"""Extents: where lines lie, or will lie, in the journal, and what is there instead after a crash.

An extent knows the length and checksum of each line, so that "this was not finished" can be proven: what is there is
what was to be written, up to where it ends or a block was lost. Anything else was changed by somebody or something.
"""

import os
import re
import zlib
from array import array
from enum import Enum, auto
from pathlib import Path
from typing import Final, NamedTuple

from logstream.entries.entry import LINE_HEAD

SECTOR: Final = 512
"""What a disk writes as a whole: a lost block begins and ends at a multiple of this."""

_LOST: Final = re.compile(rb"\0+")


class Found(Enum):
    """What was found where an extent was to be."""

    WHOLE = auto()
    UNFINISHED = auto()
    """The beginning of it, or all but blocks that never reached the disk; and nothing behind."""
    NOTHING = auto()
    """The file ends where it was to begin."""
    CHANGED = auto()
    """Anything else."""


class Extent(NamedTuple):
    """Where lines lie, or will lie, in the journal, and how to tell that they are the ones."""

    name: str
    offset: int
    """In the plain file."""
    length: int
    head: bytes
    """The first bytes, which hold the first id: nobody else's lines start like this."""
    crc: int
    lines: bytes = b""
    """The length and the CRC-32 of each line, as 32-bit numbers. Earlier versions kept none: then nothing is proven."""

    @classmethod
    def of(cls, name: str, offset: int, lines: bytes) -> "Extent":
        """That of lines in the file of this name, from this offset on."""
        table = array("I")
        for line in lines.split(b"\n")[:-1]:
            table.extend((len(line) + 1, zlib.crc32(line)))
        return cls(name, offset, len(lines), lines[:LINE_HEAD], zlib.crc32(lines), table.tobytes())

    @property
    def end(self) -> int:
        return self.offset + self.length

    def without_lines(self) -> "Extent":
        """The same, for finding it again alone."""
        return self._replace(lines=b"")

    def find(self, root: Path, last: int) -> Found:
        """What is in its place, where the lines that were written together with it end at `last`."""
        try:
            with open(root / self.name, "rb") as file:
                size = os.fstat(file.fileno()).st_size
                content = os.pread(file.fileno(), self.length, self.offset)
        except FileNotFoundError:
            return Found.NOTHING if self.offset == 0 else Found.CHANGED
        if zlib.crc32(content) == self.crc and len(content) == self.length:
            return Found.WHOLE
        if size == self.offset:
            return Found.NOTHING
        is_unfinished = self.offset < size <= last and self._is_unfinished(content, size)
        return Found.UNFINISHED if is_unfinished else Found.CHANGED

    def is_begun(self, root: Path) -> bool:
        """Whether its first line is in its place, and, for all that can be told, the others behind it."""
        try:
            with open(root / self.name, "rb") as file:
                is_long_enough = bool(self.lines) or os.fstat(file.fileno()).st_size >= self.end
                return is_long_enough and os.pread(file.fileno(), len(self.head), self.offset) == self.head
        except FileNotFoundError:
            return False

    def _is_unfinished(self, content: bytes, size: int) -> bool:
        """Whether the content is what was to be written, except for where it ends and for blocks that were lost."""
        table = array("I", self.lines)
        if not table or not self._only_blocks_are_lost(content, size):
            return False
        at = 0
        for length, crc in zip(table[::2], table[1::2], strict=True):
            line = content[at : at + length]
            is_as_written = len(line) == length and line[-1:] == b"\n" and zlib.crc32(line[:-1]) == crc
            is_torn = len(line) < length and b"\n" not in line
            if not (is_as_written or is_torn or b"\0" in line):
                return False
            at += length
        return True

    def _only_blocks_are_lost(self, content: bytes, size: int) -> bool:
        """Whether zeros, which no line has, are where blocks would be."""
        for zeros in _LOST.finditer(content):
            start, end = self.offset + zeros.start(), self.offset + zeros.end()
            begins = start % SECTOR == 0 or zeros.start() == 0
            if not begins or not (end % SECTOR == 0 or end in (size, self.end)):
                return False
        return True
