"""What unpacks of a damaged Zstandard file: block by block, and frame by frame (RFC 8878, 3.1).

The library gives nothing of a portion in which it finds damage. Fed with one block at a time, it gives all blocks
before the damaged one; and frames behind it are found by how they begin, and tried as well.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

import zstandard

_MAGIC: Final = (0xFD2FB528).to_bytes(4, "little")
_LONGEST_HEADER: Final = 18
_RLE: Final = 1


def salvaged(path: Path) -> Iterator[bytes]:
    """All whole lines that unpack; what was damaged between two is left out."""
    with open(path, "rb") as file:
        rest, is_cut = b"", False
        for block in _unpacked(file):
            if block is None:
                rest, is_cut = b"", True
                continue
            rest += block
            if is_cut:  # behind the damage, the first line may have lost its beginning
                start = 0 if rest.startswith(b"{") else rest.find(b"\n") + 1
                if not start and not rest.startswith(b"{"):
                    continue
                rest, is_cut = rest[start:], False
            end = rest.rfind(b"\n") + 1
            if end:
                yield rest[:end]
                rest = rest[end:]


def up_to_damage(path: Path, start: int = 0) -> Iterator[bytes]:
    """All that unpacks before the first damage, from the frame on that starts at this offset of the file."""
    with open(path, "rb") as file:
        for block in _unpacked(file, start):
            if block is None:
                return
            yield block


def starts(path: Path) -> Iterator[tuple[int, int]]:
    """Where each frame starts, up to the first damage: in the content, and in the file."""
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        offset = content = 0
        while offset < size:
            head = os.pread(file.fileno(), _LONGEST_HEADER, offset)
            if _is_skippable(head):
                offset += 8 + int.from_bytes(head[4:8], "little")
                continue
            pieces = _pieces(file, offset, head)
            if not pieces:
                return
            yield content, offset
            decompressor = zstandard.ZstdDecompressor().decompressobj()
            for start, end in pieces:
                try:
                    content += len(decompressor.decompress(os.pread(file.fileno(), end - start, start)))
                except zstandard.ZstdError:
                    return
            offset = pieces[-1][1]


def _is_skippable(head: bytes) -> bool:
    """Whether a frame that begins so is to be skipped, such as our seal."""
    return head[1:4] == b"\x2a\x4d\x18" and head[0] & 0xF0 == 0x50


def _unpacked(file: BinaryIO, offset: int = 0) -> Iterator[bytes | None]:
    """What blocks hold, one after another, from this offset on; None for a gap of unknown length."""
    size = os.fstat(file.fileno()).st_size
    while offset < size:
        head = os.pread(file.fileno(), _LONGEST_HEADER, offset)
        if _is_skippable(head):
            offset += 8 + int.from_bytes(head[4:8], "little")
            continue
        pieces = _pieces(file, offset, head) if head.startswith(_MAGIC) else []
        if not pieces:
            yield None
            offset = _next_frame(file, offset + 1, size)
            continue
        decompressor = zstandard.ZstdDecompressor().decompressobj()
        offset = pieces[-1][1]
        for start, end in pieces:
            try:
                if block := decompressor.decompress(os.pread(file.fileno(), end - start, start)):
                    yield block
            except zstandard.ZstdError:
                yield None
                offset = _next_frame(file, start + 1, size)  # its lengths may be damaged as well
                break


def _pieces(file: BinaryIO, offset: int, head: bytes) -> list[tuple[int, int]]:
    """Where the pieces of the frame at `offset` begin and end: its header, its blocks, its checksum.

    The last one ends where the frame does, or where no block can be told.
    """
    try:
        parameters = zstandard.get_frame_parameters(head)
        start = offset + zstandard.frame_header_size(head)
    except zstandard.ZstdError:
        return []
    pieces = [(offset, start)]
    is_last = False
    while not is_last:
        packed = os.pread(file.fileno(), 3, start)
        header = int.from_bytes(packed, "little")
        is_last, kind, length = bool(header & 1), header >> 1 & 3, header >> 3
        if len(packed) < 3 or kind == 3:
            return pieces
        end = start + 3 + (1 if kind == _RLE else length)
        pieces.append((start, end))
        start = end
    if parameters.has_checksum:
        pieces.append((start, start + 4))
    return pieces


def _next_frame(file: BinaryIO, offset: int, size: int) -> int:
    """Where the next frame seems to begin; the end of the file when none does."""
    step = 1024 * 1024
    while offset < size:
        found = os.pread(file.fileno(), step + len(_MAGIC) - 1, offset).find(_MAGIC)
        if found >= 0:
            return offset + found
        offset += step
    return size
