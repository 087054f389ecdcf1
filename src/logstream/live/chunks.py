"""Entries made ready for viewers: joined once into chunks of bounded size, which every viewer of a kind is written.

What the bytes look like is the business of a format: websocket_format.py or sse_format.py.
"""

from bisect import bisect_right
from collections.abc import MutableMapping, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from logstream.entries.entry import LogEntry
from logstream.live.format import Format

CHUNK_BYTES: Final = 1024 * 1024
"""Bytes of entries after which a chunk ends: the step in which a viewer's bound is watched."""


class Chunk(NamedTuple):
    """`entry_count` entries back to back as `data`; the last has `last_id` and is `last` on its own.

    All of them stand at or before `position` in the order of acceptance.
    """

    data: bytes
    entry_count: int
    last_id: str
    last: bytes
    position: str


Encoded = MutableMapping[tuple[Format, str], bytes]
"""Entries that are longer than a chunk, by format and id: made once for all viewers, however many filters they pass."""


def chunks(
    format: Format,
    lines: Sequence[bytes],
    entries: Sequence[LogEntry],
    most: int = CHUNK_BYTES,
    encoded: Encoded | None = None,
    position: str = "",
) -> list[Chunk]:
    """All entries in order, in chunks of at most so many bytes of JSON (or one entry that is longer)."""
    ends = list(accumulate(map(len, lines)))
    made: list[Chunk] = []
    start = done = 0
    while start < len(lines):
        end = max(start + 1, bisect_right(ends, done + most))
        if encoded is not None and ends[start] > done + most:
            data = encoded.get((format, entries[start].id)) or format.join(lines[start:end], entries[start:end])
            encoded[format, entries[start].id] = data
        else:
            data = format.join(lines[start:end], entries[start:end])
        last = data if end == start + 1 else format.join(lines[end - 1 : end], entries[end - 1 : end])
        made.append(Chunk(data, end - start, entries[end - 1].id, last, position))
        start, done = end, ends[end - 1]
    return made
