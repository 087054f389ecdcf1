"""How entries and notices are put into bytes: what a new kind of viewer has to bring."""

from collections.abc import Sequence
from typing import Protocol

from logstream.entries.entry import LogEntry


class Format(Protocol):
    """Pure functions, no I/O. One instance serves all viewers of a kind, which share the bytes it makes."""

    @property
    def is_websocket(self) -> bool:
        """Whether its viewers count as WebSocket connections."""

    @property
    def ping(self) -> bytes:
        """What keeps a connection alive, and asks the peer for a sign of life where the format can ask."""

    def join(self, lines: Sequence[bytes], entries: Sequence[LogEntry]) -> bytes:
        """The entries back to back, given the JSON of each."""

    def gap(self, dropped: int, after: str | None, before: str) -> bytes:
        """`dropped` entries are missing between the entries `after` (None: there was none) and `before`."""

    def close(self, code: int | None, reason: str = "") -> bytes:
        """The last words to a viewer; `code` is one of close_codes.py, or the client's own, or None as it gave none."""
