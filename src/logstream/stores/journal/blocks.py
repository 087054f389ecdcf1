"""Reading plain files: in blocks, in whole lines, and from the end."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

BLOCK: Final = 1024 * 1024
"""Bytes that are read, and compressed, at a time."""


def plain_blocks(file: BinaryIO, start: int, end: int, size: int = BLOCK) -> Iterator[bytes]:
    """The content of an open plain file from one offset to another, or to its end if that comes first."""
    while start < end and (block := os.pread(file.fileno(), min(size, end - start), start)):
        yield block
        start += len(block)


def whole_lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes, each time up to where a line ends."""
    rest: list[bytes] = []
    for block in blocks:
        end = block.rfind(b"\n") + 1
        if end:
            yield b"".join((*rest, block[:end]))
            rest = [block[end:]] if end < len(block) else []
        else:
            rest.append(block)
    if rest:
        yield b"".join(rest)


def first_line(blocks: Iterable[bytes]) -> bytes:
    """All up to the first LF, and with it if there is one."""
    line: list[bytes] = []
    for block in blocks:
        end = block.find(b"\n") + 1
        if end:
            return b"".join((*line, block[:end]))
        line.append(block)
    return b"".join(line)


def ends_a_line(path: Path) -> bool:
    """Whether the file ends where a line does."""
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        return size == 0 or os.pread(file.fileno(), 1, size - 1) == b"\n"


def last_line_end(fd: int, size: int) -> int:
    """The offset just behind the last LF of the first `size` bytes; 0 without any."""
    end = size
    while end > 0:
        start = max(0, end - 65536)
        offset = os.pread(fd, end - start, start).rfind(b"\n")
        if offset >= 0:
            return start + offset + 1
        end = start
    return 0
