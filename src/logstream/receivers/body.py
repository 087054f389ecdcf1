"""Request bodies as they travel: content encodings undone, never to more than a given number of bytes."""

import zlib
from typing import Final

import zstandard

ZSTD_MAX_WINDOW: Final = 8 * 1024 * 1024
"""What every decoder must support, RFC 8878 section 3.1.1.1.2; more would be memory for the sender to take."""

MAX_MEMBERS: Final = 1000
"""Members of a gzip body, or frames of a zstd body: senders make one, or one each time they flush."""

MAX_BLOCKS: Final = 100_000
"""Blocks of a zstd body, each of up to 128 KiB."""

STEP: Final = 64 * 1024
"""Compressed bytes that are unpacked at a time."""

_GZIP: Final = zlib.MAX_WBITS | 16
"""zlib's window for a gzip header and trailer."""

_SKIPPABLE: Final = b"\x2a\x4d\x18"
"""The magic number of a skippable zstd frame, little-endian, without its first byte, 0x50 to 0x5F."""

_RLE: Final = 1
"""The kind of zstd block that repeats one byte, however large it says it is."""

_CHECKSUM_BYTES: Final = 4


class BodyTooLarge(ValueError):
    """More bytes than allowed after decompression."""


class BodyUnreadable(ValueError):
    """The bytes are not what Content-Encoding says."""


class UnknownEncoding(ValueError):
    """A Content-Encoding that is not understood; the text is its name."""


def packing_of(body: bytes, declared: str) -> str:
    """The Content-Encoding that a body has by its first bytes, whatever it is said to have; empty for none.

    GELF's senders say nothing of their zlib, or `gzip,deflate`, and proxies unpack without saying so.
    """
    if body[:2] == b"\x1f\x8b":
        return "gzip"
    if body[:4] == b"\x28\xb5\x2f\xfd" or (body[1:4] == _SKIPPABLE and body[0] & 0xF0 == 0x50):
        return "zstd"
    if body[:1] == b"\x78" and body[1:2] in (b"\x01", b"\x5e", b"\x9c", b"\xda"):
        return "deflate"
    declared = declared.strip().lower()
    if declared in ("deflate", "snappy") and body.lstrip()[:1] not in (b"{", b"["):
        return declared
    return ""


def decoded(body: bytes, encoding: str, limit: int) -> bytes:
    """`body` with its Content-Encoding undone. Raises BodyTooLarge, BodyUnreadable or UnknownEncoding.

    It may take some 30 ms for each 4 MiB that come out: not on the event loop.
    """
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return body
    try:
        match encoding:
            case "gzip" | "x-gzip":
                return _inflate(body, limit, _GZIP)
            case "deflate":
                return _deflate(body, limit)
            case "zstd":
                return _zstd(body, limit)
    except (zlib.error, zstandard.ZstdError, EOFError) as error:
        raise BodyUnreadable(f"not {encoding}: {error}") from None
    raise UnknownEncoding(encoding)


def _inflate(body: bytes, limit: int, window: int) -> bytes:
    """All members of a stream, fed in steps: what zlib leaves of a step it copies, and members may be tiny."""
    parts: list[bytes] = []
    size = place = 0
    for _ in range(MAX_MEMBERS):
        stream = zlib.decompressobj(window)
        step = b""
        while not stream.eof:
            step = stream.unconsumed_tail or body[place : place + STEP]
            if not step:
                raise EOFError("the data ends too early")
            if not stream.unconsumed_tail:
                place += len(step)
            parts.append(stream.decompress(step, limit + 1 - size))
            size += len(parts[-1])
            if size > limit:
                raise BodyTooLarge
        place -= len(stream.unused_data)
        if place == len(body) or window != _GZIP:
            return b"".join(parts)
    raise BodyUnreadable(f"more than {MAX_MEMBERS} gzip members")


def _deflate(body: bytes, limit: int) -> bytes:
    """The zlib format as RFC 9110 says, or the bare stream that some clients send."""
    try:
        return _inflate(body, limit, zlib.MAX_WBITS)
    except zlib.error:
        return _inflate(body, limit, -zlib.MAX_WBITS)


def _zstd(body: bytes, limit: int) -> bytes:
    _check_frames(body)
    decompressor = zstandard.ZstdDecompressor(max_window_size=ZSTD_MAX_WINDOW)
    with decompressor.stream_reader(body, read_across_frames=True) as reader:
        parts: list[bytes] = []
        size = 0
        while part := reader.read(min(1 << 20, limit + 1 - size)):
            parts.append(part)
            size += len(part)
            if size > limit:
                raise BodyTooLarge
    return b"".join(parts)


def _check_frames(body: bytes) -> None:
    """Walk along frames and blocks (RFC 8878, sections 3.1.1 and 3.1.2) without unpacking them.

    A reader takes a cut frame for the end of the data, and spends most of its time on frames and blocks that hold
    next to nothing. Raises EOFError or BodyUnreadable.
    """
    if not body:
        raise EOFError("the data ends too early")
    place = frames = blocks = 0
    while place < len(body):
        frames += 1
        if frames > MAX_MEMBERS:
            raise BodyUnreadable(f"more than {MAX_MEMBERS} zstd frames")
        if body[place : place + 4][1:] == _SKIPPABLE and body[place] & 0xF0 == 0x50:
            place += 8 + int.from_bytes(body[place + 4 : place + 8], "little")
        else:
            header = body[place : place + 18]
            place += zstandard.frame_header_size(header)
            last = 0
            while not last:
                blocks += 1
                if blocks > MAX_BLOCKS:
                    raise BodyUnreadable(f"more than {MAX_BLOCKS} zstd blocks")
                block = int.from_bytes(body[place : place + 3], "little")
                if len(body) < place + 3:
                    raise EOFError("the data ends too early")
                last, kind, size = block & 1, block >> 1 & 3, block >> 3
                place += 3 + (1 if kind == _RLE else size)
            if zstandard.get_frame_parameters(header).has_checksum:
                place += _CHECKSUM_BYTES
        if place > len(body):
            raise EOFError("the data ends too early")
