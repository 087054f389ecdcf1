"""Where the newest entries stand in the stream, in memory: whoever resumes mostly asks for one of them."""

from collections import deque
from typing import Final

from logstream.entries.entry import LINE_ID, MAX_ID
from logstream.stores.stream.message import StreamBatch

MAX_ENTRIES: Final = 100_000
"""Entries that are remembered, at 26 bytes each."""


class Recent:
    """The ids of the last entries with their places."""

    def __init__(self) -> None:
        self._ids: deque[tuple[bytes, bytes, bytes, StreamBatch]] = deque()
        """Smallest and greatest id of a batch, all of them in order, and the batch itself without what it says."""
        self._entries = 0

    def add(self, batch: StreamBatch) -> None:
        ids = b"".join([line[LINE_ID] for line in batch.split_lines()])
        place = StreamBatch(batch.sequence, batch.first, b"", len(batch), batch.last_id)
        self._ids.append((ids[:MAX_ID], ids[-MAX_ID:], ids, place))
        self._entries += len(batch)
        while self._entries > MAX_ENTRIES and len(self._ids) > 1:
            self._entries -= len(self._ids.popleft()[3])

    def position_of(self, entry_id: str) -> str | None:
        wanted = entry_id.encode()
        for first, last, ids, batch in reversed(self._ids):
            if first <= wanted <= last:
                found = ids.find(wanted)
                while found % MAX_ID:  # across two ids
                    found = ids.find(wanted, found + 1) if found >= 0 else 0
                if ids[found : found + MAX_ID] == wanted:
                    return batch.position_at(found // MAX_ID)
        return None
