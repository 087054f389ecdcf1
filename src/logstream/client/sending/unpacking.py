"""Files that are compressed, told by their first bytes and never by their name."""

import bz2
import gzip
import io
import lzma
import zlib
from typing import BinaryIO, Final

import zstandard

ERRORS: Final = (OSError, EOFError, zlib.error, lzma.LZMAError, zstandard.ZstdError)
"""What reading a damaged archive, or one that is cut short, raises."""


def kind_of(head: bytes) -> str | None:
    """`gzip`, `zstd`, `bzip2`, `xz`, by the first bytes of a file; None for any other file."""
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    return None


_STARTS: Final = (
    (b"\x1f\x8b\x08", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
)


Unpacked = gzip.GzipFile | io.BufferedReader | bz2.BZ2File | lzma.LZMAFile


def unpacked(file: BinaryIO, kind: str) -> Unpacked:
    """What is in an archive, all of its members one after the other. Reading it raises one of ERRORS."""
    if kind == "gzip":
        return gzip.GzipFile(fileobj=file)
    if kind == "zstd":
        return io.BufferedReader(_Zstandard(file))
    return bz2.BZ2File(file) if kind == "bzip2" else lzma.LZMAFile(file)


class _Zstandard(io.RawIOBase):
    """Zstandard's own reader takes a file that is cut short for one that ends there."""

    STEP: Final = 1024
    """Compressed bytes taken at once: they make 32 MiB at most (RFC 8878: blocks of 4 bytes and more hold 128 KiB)."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._frame: zstandard.ZstdDecompressionObj | None = None
        self._packed = b""
        self._waiting = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview[int]") -> int:  # type: ignore[override]
        while not self._waiting:
            packed = self._packed or self._file.read(self.STEP)
            if not packed:
                if self._frame is not None:
                    raise EOFError("Compressed file ended before the end-of-stream marker was reached")
                return 0
            self._frame = self._frame or zstandard.ZstdDecompressor().decompressobj()
            self._waiting = self._frame.decompress(packed)
            self._packed = b""
            if self._frame.eof:
                self._packed, self._frame = self._frame.unused_data, None
        size = min(len(buffer), len(self._waiting))
        buffer[:size], self._waiting = self._waiting[:size], self._waiting[size:]
        return size
