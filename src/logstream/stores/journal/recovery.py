"""What a crash may have left in a journal folder, put right before anything is read or written.

A torn line was never acknowledged and is cut off. Where compressing or decompressing ended between making the new file
and removing the old one, the old one goes; and so do files that were not finished.
"""

import os
from pathlib import Path

import msgspec
import zstandard

from logstream.stores.journal import naming, segment
from logstream.stores.journal.blocks import last_line_end, plain_blocks
from logstream.stores.journal.day import segment_path
from logstream.stores.journal.flushed_file import sync_folder
from logstream.stores.journal.segment import Seal


def mend(root: Path, name: str) -> str | None:
    """Put the files of one day right; returns what was mended."""
    plain, compressed = root / name, segment_path(root, name)
    if not plain.exists():
        return None
    if compressed.exists():
        seal = segment.read_seal(compressed)
        if seal is not None and _was_taken_in(plain, seal):
            plain.unlink()
            sync_folder(plain.parent)
            return None
        if _holds_all(plain, compressed, seal):
            compressed.unlink()
            sync_folder(plain.parent)
    return _mend_tail(plain)


def remove_unfinished(root: Path) -> None:
    """Remove what was being written to replace a file of a day."""
    for path in naming.unfinished_in(root):
        path.unlink()


def cut(path: Path, size: int) -> None:
    """Shorten a plain file to `size` bytes, durably."""
    with open(path, "r+b") as file:
        file.truncate(size)
        os.fsync(file.fileno())


def _was_taken_in(plain: Path, seal: Seal) -> bool:
    """Whether the plain file is the one that went into the segment last."""
    return plain.stat().st_size == seal.taken and _begins_with(plain, seal.taken, seal.taken_digest)


def _begins_with(plain: Path, size: int, expected: bytes) -> bool:
    digest = segment.new_digest()
    with open(plain, "rb") as file:
        for block in plain_blocks(file, 0, size):
            digest.update(block)
    return digest.digest() == expected


def _holds_all(plain: Path, compressed: Path, seal: Seal | None) -> bool:
    """Whether the plain file begins with all that is compressed, as decompressing leaves it for a moment."""
    length = plain.stat().st_size
    if seal is not None:
        return length >= seal.size and _begins_with(plain, seal.size, seal.digest)
    size, digest = 0, segment.new_digest()
    try:
        for block in segment.decompressed(compressed):
            size += len(block)
            digest.update(block)
    except zstandard.ZstdError:
        return False
    return 0 < size <= length and _begins_with(plain, size, digest.digest())


def _mend_tail(path: Path) -> str | None:
    """Cut a line torn by a crash; end a last line that is whole but lacks its LF, as in files made elsewhere."""
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        whole = last_line_end(file.fileno(), size)
        if whole == size:
            return None
        tail = os.pread(file.fileno(), size - whole, whole)
    if not _is_object(tail):
        cut(path, whole)
        return f"{path}: cut {size - whole} bytes of a torn last line"
    with open(path, "r+b") as file:
        os.pwrite(file.fileno(), b"\n", size)
        os.fsync(file.fileno())
    return None


def _is_object(line: bytes) -> bool:
    """Whether the bytes are one whole JSON object."""
    if not line.lstrip().startswith(b"{"):
        return False
    try:
        msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return False
    return True
