"""A segment: the compressed file of a day, Zstandard as any tool reads it.

Ours end in a seal, a frame that tools skip (RFC 8878, 3.1.2). It says how much there is, and which plain file was taken
in: by that, recovery tells what a crash left behind from lines that came late.
"""

import hashlib
import os
import struct
from bisect import bisect_right
from collections.abc import Callable, Iterator
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import zstandard

from logstream.stores.journal import frames
from logstream.stores.journal.blocks import BLOCK, plain_blocks
from logstream.stores.journal.flushed_file import FlushedFile

LEVEL: Final = 3
"""Of 483 MB of entries 98 MB are left, in 1.2 s. Level 9 would leave 89 MB, in 7.4 s."""

FRAME_BYTES: Final = 1024 * 1024
"""Bytes of content that are compressed on their own: damage costs no more than these, and the result is no larger."""

_SEAL: Final = struct.Struct("<II8sQ16sQ16s")
_SEAL_START: Final = (0x184D2A57, _SEAL.size - 8, b"logstrm1")


class UnreadableDay(OSError):
    """A file of a day does not hold what it should; the text says why."""


class Seal(NamedTuple):
    """What the end of a segment says of it."""

    size: int
    """Bytes of its content, and their digest."""
    digest: bytes
    taken: int
    """Length of the plain file that went into it last, and its digest."""
    taken_digest: bytes


class Segment(msgspec.Struct, frozen=True):
    """What was found in the segment at `path`."""

    path: Path
    size: int
    """Bytes of whole lines in it."""
    disk_size: int
    fault: str | None = None
    """What is wrong with it, if anything; then it counts as what unpacks of it, and `size` says how much that is."""

    def blocks(self, start: int, end: int, size: int = BLOCK) -> Iterator[bytes]:
        """Its content from one offset to another. Raises UnreadableDay when there is less than that.

        Of a segment with a seal, damage is found out here; then comes all that unpacks before it.
        """
        return _window(decompressed(self.path, size) if self.fault is None else frames.salvaged(self.path), start, end)

    def blocks_from(self, start: int) -> Iterator[bytes]:
        """Its content from an offset on; what comes before the frame with it is not unpacked. Raises UnreadableDay."""
        if self.fault is not None:
            yield from self.blocks(start, self.size)
            return
        known = _frame_starts(self.path, self.disk_size, self.path.stat().st_mtime_ns)
        content_start, file_start = known[bisect_right(known, start, key=itemgetter(0)) - 1]
        yield from _window(decompressed(self.path, start=file_start), start - content_start, self.size - content_start)

    def salvaged(self, start: int) -> Iterator[bytes]:
        """The whole lines that unpack behind `start`, where reading it has come upon damage."""
        offset = 0
        for lines in frames.salvaged(self.path):
            offset += len(lines)
            if offset > start:
                yield lines[max(0, len(lines) - (offset - start)) :]


def inspect(path: Path) -> Segment:
    """What a segment holds. One that was made elsewhere is read through, at some 1 GB/s."""
    disk_size = path.stat().st_size
    if (seal := read_seal(path)) is not None:
        return Segment(path, seal.size, disk_size)
    size = whole = 0
    fault = None
    try:
        for block in decompressed(path):
            end = block.rfind(b"\n") + 1
            if end:
                whole = size + end
            size += len(block)
        if whole < size or (disk_size and not size):
            fault = "it ends in the middle of a line"
    except zstandard.ZstdError as error:
        fault = str(error)
    if fault is not None:
        whole = sum(map(len, frames.salvaged(path)))
    return Segment(path, whole, disk_size, fault)


def read_seal(path: Path) -> Seal | None:
    """The seal of a segment; None where there is none: it was made elsewhere, or is not whole."""
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        packed = os.pread(file.fileno(), _SEAL.size, max(0, size - _SEAL.size))
    if len(packed) < _SEAL.size:
        return None
    *start, content_size, digest, taken, taken_digest = _SEAL.unpack(packed)
    if tuple(start) != _SEAL_START:
        return None
    return Seal(content_size, digest, taken, taken_digest)


def was_taken_in(plain: Path, seal: Seal) -> bool:
    """Whether a plain file is the one that went into the segment last."""
    return plain.stat().st_size == seal.taken and begins_with_taken(plain, seal)


def begins_with_taken(plain: Path, seal: Seal) -> bool:
    """Whether a plain file begins with what went into the segment last."""
    return begins_with(plain, seal.taken, seal.taken_digest)


def begins_with(plain: Path, size: int, expected: bytes) -> bool:
    """Whether the first `size` bytes of a plain file, which are some, have this digest."""
    if not 0 < size <= plain.stat().st_size:
        return False
    digest = new_digest()
    with open(plain, "rb") as file:
        for block in plain_blocks(file, 0, size):
            digest.update(block)
    return digest.digest() == expected


def reads_as(path: Path, seal: Seal) -> bool:
    """Whether a segment can be read, and is what its seal says."""
    digest = new_digest()
    try:
        for block in _window(decompressed(path), 0, seal.size):
            digest.update(block)
    except UnreadableDay:
        return False
    return digest.digest() == seal.digest


@lru_cache(256)
def _frame_starts(path: Path, disk_size: int, changed: int) -> list[tuple[int, int]]:
    """Of each frame of the segment as it was found: where it starts in the content, and in the file."""
    return list(frames.starts(path)) or [(0, 0)]


def decompressed(path: Path, size: int = BLOCK, start: int = 0) -> Iterator[bytes]:
    """The content of a compressed file, from the frame on that starts at this offset of the file.

    Raises zstandard.ZstdError where it is damaged, after all that comes before.
    """
    done = 0
    with (
        open(path, "rb") as file,
        zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True) as reader,
    ):
        file.seek(start)
        try:
            while block := reader.read(size):
                done += len(block)
                yield block
        except zstandard.ZstdError:
            for block in frames.up_to_damage(path, start):
                if len(block) > done:
                    yield block[done:]
                done = max(0, done - len(block))
            raise


def _window(content: Iterator[bytes], start: int, end: int) -> Iterator[bytes]:
    offset = 0
    if end <= start:
        return
    try:
        for block in content:
            if offset + len(block) > start:
                yield block[max(start - offset, 0) : end - offset]
            offset += len(block)
            if offset >= end:
                next(content, None)  # compares the checksum behind the last block
                return
    except zstandard.ZstdError as error:
        raise UnreadableDay(str(error)) from None
    raise UnreadableDay(f"it ends after {offset} of {end} bytes")


class SegmentWriter:
    """Writes a segment to `path`; until `seal` has returned it is worth nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = FlushedFile(path)
        self._compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)
        self._writer = self._compressor.stream_writer(self._file, closefd=False)  # type: ignore[arg-type]
        self._digest = new_digest()
        self._frame_size = 0
        self.size = 0

    def write(self, block: bytes) -> None:
        if self._frame_size >= FRAME_BYTES:
            self._writer.close()  # type: ignore[no-untyped-call]
            self._writer = self._compressor.stream_writer(self._file, closefd=False)  # type: ignore[arg-type]
            self._frame_size = 0
        self._frame_size += len(block)
        self._writer.write(block)
        self._digest.update(block)
        self.size += len(block)

    def seal(self, taken: int = 0, taken_digest: bytes = bytes(16), go_on: Callable[[], None] = lambda: None) -> None:
        """Finish the file, flush it to the disk and read it back. Raises UnreadableDay when it reads otherwise."""
        self._writer.close()  # type: ignore[no-untyped-call]
        digest = self._digest.digest()
        self._file.write(_SEAL.pack(*_SEAL_START, self.size, digest, taken, taken_digest))
        self._file.sync()
        read_back = new_digest()
        for block in _window(decompressed(self._path), 0, self.size):
            go_on()
            read_back.update(block)
        if read_back.digest() != digest:
            raise UnreadableDay(f"{self._path} does not read as what was written")

    def close(self) -> None:
        self._file.close()


def new_digest() -> "hashlib.blake2b":
    """By which content is known in a seal."""
    return hashlib.blake2b(digest_size=16)
