"""What the server says on a WebSocket, as finished frames (RFC 6455 section 5.2, from server to client: unmasked).

Frames are made once and written to every viewer as they are: pure functions, no I/O.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import msgspec

TEXT: Final = 0x81
CLOSE: Final = 0x88
PONG: Final = 0x8A

GOING_AWAY: Final = 1001
TOO_BIG: Final = 1009
UNAUTHORIZED: Final = 4401

PIECE_BYTES: Final = 1024 * 1024
"""Size at which a blob of frames ends: the step in which a viewer's bound is watched."""

_LOG_START: Final = b'{"type":"log","data":'
_LOG_END: Final = b"}"
_log_heads: dict[int, bytes] = {}


class Piece(NamedTuple):
    """Log frames back to back: `entries` of them, the last of them with `last_id` and `last_frame`."""

    blob: bytes
    entries: int
    last_id: str
    last_frame: bytes


def header(first_byte: int, length: int) -> bytes:
    """A frame's header for a payload of `length` bytes."""
    if length < 126:
        return bytes((first_byte, length))
    if length < 65536:
        return bytes((first_byte, 126)) + length.to_bytes(2)
    return bytes((first_byte, 127)) + length.to_bytes(8)


def message(content: object) -> bytes:
    """A text frame with `content` as JSON."""
    payload = msgspec.json.encode(content)
    return header(TEXT, len(payload)) + payload


def close(code: int) -> bytes:
    return header(CLOSE, 2) + code.to_bytes(2)


def pong(payload: bytes) -> bytes:
    return header(PONG, len(payload)) + payload


def connected(connections: int) -> bytes:
    return message({"type": "connected", "connections": connections})


def stats(connections: int) -> bytes:
    return message({"type": "stats", "data": {"connections": connections}})


def error(text: str) -> bytes:
    return message({"type": "error", "message": text})


def gap(dropped: int, after: str | None, before: str) -> bytes:
    return message({"type": "gap", "dropped": dropped, "after": after, "before": before})


def log_frame(line: bytes) -> bytes:
    """The frame of one entry, given its JSON."""
    return _log_head(len(line)) + line + _LOG_END


def pieces(lines: Sequence[bytes], ids: Sequence[str]) -> list[Piece]:
    """The log frames of entries, given their JSON, in pieces of some PIECE_BYTES; 0.2 us an entry."""
    made: list[Piece] = []
    start = size = 0
    for end, line in enumerate(lines, 1):
        size += len(line)
        if size >= PIECE_BYTES or end == len(lines):
            made.append(Piece(_join(lines[start:end]), end - start, ids[end - 1], log_frame(lines[end - 1])))
            start, size = end, 0
    return made


def _join(lines: Iterable[bytes]) -> bytes:
    heads, end = _log_heads, _LOG_END
    parts: list[bytes] = []
    for line in lines:
        length = len(line)
        parts += (heads.get(length) or _log_head(length), line, end)
    return b"".join(parts)


def _log_head(length: int) -> bytes:
    """Frame header and the start of the message, remembered by length: entries have a few hundred lengths."""
    head = header(TEXT, len(_LOG_START) + length + len(_LOG_END)) + _LOG_START
    if length < 65536:
        _log_heads[length] = head
    return head
