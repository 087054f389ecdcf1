"""What a day is on disk: `DD.jsonl.zst` where it was compressed, then `DD.jsonl` with what has come since.

Offsets into a day count through both, so that compressing changes none of them and neither index nor search notices.
A compressed file is Zstandard as any tool reads it. Ours end in a seal, a frame that tools skip (RFC 8878, 3.1.2): it
says how much there is, and which plain file was taken in, by which what a crash left behind is told from late lines.
"""

import hashlib
import os
import re
import struct
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

import zstandard

from logstream.stores.journal.flushed_file import NewFile

DAY_FILE: Final = re.compile(r"[0-9]{4}/[0-9]{2}/[0-9]{2}\.jsonl")

BLOCK: Final = 1024 * 1024
"""Bytes that are read and compressed at a time."""

LEVEL: Final = 3
"""Of 483 MB of entries 98 MB are left, in 1.2 s. Level 9 would leave 89 MB, in 7.4 s."""

_SEAL: Final = struct.Struct("<II8sQ16sQ16s")
_SEAL_START: Final = (0x184D2A57, _SEAL.size - 8, b"logstrm1")


class UnreadableDay(OSError):
    """A compressed file that doesn't hold what it should; the text says why."""


class Seal(NamedTuple):
    """What the end of a compressed file says of it."""

    size: int
    """Bytes of its content, and their digest."""
    digest: bytes
    taken: int
    """Length of the plain file that went into it last, and its digest."""
    taken_digest: bytes


class Compressed(NamedTuple):
    """A compressed file: bytes of whole lines in it, and on disk; what is wrong with it, if anything."""

    size: int
    disk_size: int
    fault: str | None = None


def compressed_path(root: Path, name: str) -> Path:
    return root / f"{name}.zst"


def names(root: Path) -> list[str]:
    """The names of all days, `YYYY/MM/DD.jsonl` whether compressed or not, oldest first."""
    found = {path.relative_to(root).as_posix() for path in root.glob("[0-9]*/[0-9]*/[0-9]*.jsonl*")}
    return sorted({name for path in found if DAY_FILE.fullmatch(name := path.removesuffix(".zst"))})


def read_seal(path: Path) -> Seal | None:
    """The seal of a compressed file; None for one that has none: it was made elsewhere, or is not whole."""
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        packed = os.pread(file.fileno(), _SEAL.size, max(0, size - _SEAL.size))
    if len(packed) < _SEAL.size:
        return None
    *start, content_size, digest, taken, taken_digest = _SEAL.unpack(packed)
    return Seal(content_size, digest, taken, taken_digest) if tuple(start) == _SEAL_START else None


def inspect(path: Path) -> Compressed:
    """What a compressed file holds. One that was made elsewhere is read through, at some 1 GB/s."""
    disk_size = path.stat().st_size
    if (seal := read_seal(path)) is not None:
        return Compressed(seal.size, disk_size)
    size = whole = 0
    fault = None
    try:
        for block in decompressed(path):
            end = block.rfind(b"\n") + 1
            whole = size + end if end else whole
            size += len(block)
        if whole < size or (disk_size and not size):
            fault = "it ends in the middle of a line"
    except zstandard.ZstdError as error:
        fault = str(error)
    return Compressed(whole, disk_size, fault)


def blocks(root: Path, name: str, base: int, start: int, end: int, size: int = BLOCK) -> Iterator[bytes]:
    """The content of a day from one offset to another, `base` bytes of it being compressed.

    Raises UnreadableDay when a compressed file holds less than that, FileNotFoundError when a file is gone. A plain
    file that has become shorter ends it.
    """
    if start < base:
        yield from _part(decompressed(compressed_path(root, name), size), start, min(end, base))
    if end > base:
        with open(root / name, "rb") as file:
            yield from plain_blocks(file, max(start - base, 0), end - base, size)


def plain_blocks(file: BinaryIO, start: int, end: int, size: int = BLOCK) -> Iterator[bytes]:
    """A part of an open plain file."""
    while start < end and (block := os.pread(file.fileno(), min(size, end - start), start)):
        yield block
        start += len(block)


def whole_lines(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes, each piece ending where a line does."""
    rest: list[bytes] = []
    for part in parts:
        end = part.rfind(b"\n") + 1
        if end:
            yield b"".join((*rest, part[:end]))
            rest = [part[end:]] if end < len(part) else []
        else:
            rest.append(part)
    if rest:
        yield b"".join(rest)


def decompressed(path: Path, size: int = BLOCK) -> Iterator[bytes]:
    """The content of a compressed file. Raises zstandard.ZstdError."""
    with (
        open(path, "rb") as file,
        zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True) as reader,
    ):
        while block := reader.read(size):
            yield block


def _part(content: Iterator[bytes], start: int, end: int) -> Iterator[bytes]:
    place = 0
    if end <= start:
        return
    try:
        for block in content:
            if place + len(block) > start:
                yield block[max(start - place, 0) : end - place]
            place += len(block)
            if place >= end:
                next(content, None)  # compares the checksum behind the last block
                return
    except zstandard.ZstdError as error:
        raise UnreadableDay(str(error)) from None
    raise UnreadableDay(f"it ends after {place} of {end} bytes")


class CompressedWriter:
    """Writes a compressed file to `path`; without `seal` it is worth nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = NewFile(path)
        compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)
        self._writer = compressor.stream_writer(self._file, closefd=False)  # type: ignore[arg-type]
        self._digest = new_digest()
        self.size = 0

    def write(self, block: bytes) -> None:
        self._writer.write(block)
        self._digest.update(block)
        self.size += len(block)

    def seal(self, taken: int = 0, taken_digest: bytes = bytes(16), go_on: Callable[[], None] = lambda: None) -> None:
        """Finish the file, flush it to the disk and read it back. Raises UnreadableDay when it reads otherwise."""
        self._writer.close()  # type: ignore[no-untyped-call]
        digest = self._digest.digest()
        self._file.write(_SEAL.pack(*_SEAL_START, self.size, digest, taken, taken_digest))
        self._file.sync()
        back = new_digest()
        for block in _part(decompressed(self._path), 0, self.size):
            go_on()
            back.update(block)
        if back.digest() != digest:
            raise UnreadableDay(f"{self._path} does not read as what was written")

    def close(self) -> None:
        self._file.close()


def new_digest() -> "hashlib.blake2b":
    """By which content is known in a seal."""
    return hashlib.blake2b(digest_size=16)


def sync_folder(folder: Path) -> None:
    """Make what was created, renamed and removed in a folder durable."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
