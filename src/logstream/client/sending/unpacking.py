"""Files that are compressed, told by their first bytes and never by their name."""

import bz2
import gzip
import lzma
import zlib
from typing import BinaryIO, Final, cast

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


def unpacked(file: BinaryIO, kind: str) -> BinaryIO:
    """What is in an archive, all of its members one after the other. Reading it raises one of ERRORS."""
    if kind == "gzip":
        return cast(BinaryIO, gzip.GzipFile(fileobj=file))
    if kind == "zstd":
        return cast(BinaryIO, zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True))
    return cast(BinaryIO, bz2.BZ2File(file) if kind == "bzip2" else lzma.LZMAFile(file))
