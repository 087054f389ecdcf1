"""Entries made ready for viewers: joined once into pieces of bounded size, which every viewer of a kind is written.

What the bytes look like is the business of a format: websocket_format.py or sse_format.py.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Final, NamedTuple, Protocol

from logstream.entries.entry import LogEntry

PIECE_BYTES: Final = 1024 * 1024
"""Bytes of entries after which a piece ends: the step in which a viewer's bound is watched."""


class Format(Protocol):
    """How entries and notices are put into bytes. Pure functions; modules serve as formats."""

    PING: bytes

    def join(self, lines: Sequence[bytes], entries: Sequence[LogEntry], /) -> bytes:
        """The entries, whose JSON is given, back to back."""

    def gap(self, dropped: int, after: str | None, before: str, /) -> bytes:
        """`dropped` entries are missing between the entries `after` (None: there was none) and `before`."""

    def close(self, code: int | None, /) -> bytes:
        """The last words to a viewer."""


class Piece(NamedTuple):
    """Entries back to back: `entries` of them, the last with `last_id`; `last` is the last one alone."""

    blob: bytes
    entries: int
    last_id: str
    last: bytes


def pieces(made_by: Format, lines: Sequence[bytes], entries: Sequence[LogEntry]) -> list[Piece]:
    """All entries in order, in pieces of at most PIECE_BYTES of JSON (or one entry that is longer)."""
    ends = list(accumulate(map(len, lines)))
    made: list[Piece] = []
    start = done = 0
    while start < len(lines):
        end = max(start + 1, bisect_right(ends, done + PIECE_BYTES))
        blob = made_by.join(lines[start:end], entries[start:end])
        last = blob if end == start + 1 else made_by.join(lines[end - 1 : end], entries[end - 1 : end])
        made.append(Piece(blob, end - start, entries[end - 1].id, last))
        start, done = end, ends[end - 1]
    return made
