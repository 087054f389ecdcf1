"""Request bodies as they travel: content encodings undone, never to more than a given number of bytes."""

import zlib
from collections.abc import Callable
from typing import Final

import zstandard

ZSTD_MAX_WINDOW: Final = 8 * 1024 * 1024
"""What every decoder must support, RFC 8878 section 3.1.1.1.2; more would be memory for the sender to take."""


class BodyTooLarge(ValueError):
    """More bytes than allowed after decompression."""


class BodyUnreadable(ValueError):
    """The bytes are not what Content-Encoding says."""


class UnknownEncoding(ValueError):
    """A Content-Encoding that is not understood; the text is its name."""


def decoded(body: bytes, encoding: str, limit: int) -> bytes:
    """`body` with its Content-Encoding undone. Raises BodyTooLarge, BodyUnreadable or UnknownEncoding."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return body
    decoder = _DECODERS.get(encoding)
    if decoder is None:
        raise UnknownEncoding(encoding)
    try:
        return decoder(body, limit)
    except (zlib.error, zstandard.ZstdError, EOFError) as error:
        raise BodyUnreadable(f"not {encoding}: {error}") from None


def _inflate(body: bytes, limit: int, window: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        stream = zlib.decompressobj(window)
        parts.append(stream.decompress(body, limit + 1 - size))
        size += len(parts[-1])
        if size > limit:
            raise BodyTooLarge
        if not stream.eof:
            raise EOFError("the data ends too early")
        body = stream.unused_data
        if not body or window != _GZIP:
            return b"".join(parts)


_GZIP: Final = zlib.MAX_WBITS | 16


def _gzip(body: bytes, limit: int) -> bytes:
    return _inflate(body, limit, _GZIP)


def _deflate(body: bytes, limit: int) -> bytes:
    """The zlib format as RFC 9110 says, or the bare stream that some clients send."""
    try:
        return _inflate(body, limit, zlib.MAX_WBITS)
    except zlib.error:
        return _inflate(body, limit, -zlib.MAX_WBITS)


def _zstd(body: bytes, limit: int) -> bytes:
    decompressor = zstandard.ZstdDecompressor(max_window_size=ZSTD_MAX_WINDOW)
    with decompressor.stream_reader(body, read_across_frames=True) as reader:
        parts: list[bytes] = []
        size = 0
        while part := reader.read(min(1 << 20, limit + 1 - size)):
            parts.append(part)
            size += len(part)
            if size > limit:
                raise BodyTooLarge
    if not body or not _ends_whole(body):
        raise EOFError("the data ends too early")
    return b"".join(parts)


def _ends_whole(body: bytes) -> bool:
    """Whether the last frame is complete: the stream reader takes a cut frame for the end of the data."""
    while body:
        frame = zstandard.ZstdDecompressor(max_window_size=ZSTD_MAX_WINDOW).decompressobj()
        frame.decompress(body)
        if not frame.eof:
            return False
        body = frame.unused_data
    return True


_DECODERS: Final[dict[str, Callable[[bytes, int], bytes]]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "zstd": _zstd,
}
