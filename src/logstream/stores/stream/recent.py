"""Where the newest entries stand in the stream, in memory: whoever resumes mostly asks for one of them."""

from collections import deque
from typing import Final

from logstream.entries.entry import LINE_ID, MAX_ID
from logstream.stores.stream.message import StreamBatch, position_text

MAX_ENTRIES: Final = 100_000
"""Entries that are remembered: at 26 bytes each, or 190 where each came alone."""


class Recent:
    """The ids of the last entries with their places."""

    def __init__(self) -> None:
        self._batches: deque[tuple[bytes, int, int]] = deque()
        """Of each batch the ids in their order, which is that of their values, its message and its place in it."""
        self._entries = 0

    def add(self, batch: StreamBatch) -> None:
        ids = b"".join([line[LINE_ID] for line in batch.split_lines()])
        self._batches.append((ids, batch.sequence, batch.first))
        self._entries += len(batch)
        while self._entries > MAX_ENTRIES and len(self._batches) > 1:
            self._entries -= len(self._batches.popleft()[0]) // MAX_ID

    def position_of(self, entry_id: str) -> str | None:
        wanted = entry_id.encode()
        if len(wanted) != MAX_ID:
            return None
        for ids, sequence, first in reversed(self._batches):
            if ids[:MAX_ID] <= wanted <= ids[-MAX_ID:]:
                found = ids.find(wanted)
                while found > 0 and found % MAX_ID:  # the end of one id and the beginning of the next
                    found = ids.find(wanted, found + 1)
                if found >= 0:
                    return position_text(sequence, first + found // MAX_ID)
        return None
