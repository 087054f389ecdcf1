"""All connections of all sockets: how many there may be, in all and of one address, and who makes room.

When there are too many, the one that has been silent longest goes: senders keep connections open for days.
"""

import time
from typing import Final, Protocol

MOST: Final = 2000
MOST_OF_PEER: Final = 1000
"""Connections at the same time, in all and of one peer address."""

IDLE_SECONDS: Final = 60.0
"""A connection that has been silent for so long may be ended to make room."""


class Held(Protocol):
    """A connection, as far as it matters here."""

    peer: str
    heard_at: float

    @property
    def idle(self) -> bool:
        """Whether nothing of it waits to be read or stored."""

    def end(self, reason: str) -> None:
        """Close it."""


class Connections:
    """Those there are."""

    def __init__(self, most: int = MOST, most_of_peer: int = MOST_OF_PEER) -> None:
        self._most = most
        self._most_of_peer = most_of_peer
        self._held: set[Held] = set()
        self._coming: dict[str, int] = {}
        self._total = 0

    def come(self, peer: str) -> bool:
        """Count one more of a peer; false when there are too many."""
        if self._coming.get(peer, 0) >= self._most_of_peer:
            return False
        if self._total >= self._most and not self._make_room():
            return False
        self._total += 1
        self._coming[peer] = self._coming.get(peer, 0) + 1
        return True

    def go(self, peer: str) -> None:
        self._total -= 1
        left = self._coming[peer] - 1
        if left:
            self._coming[peer] = left
        else:
            del self._coming[peer]

    def add(self, connection: Held) -> None:
        self._held.add(connection)

    def remove(self, connection: Held) -> None:
        self._held.discard(connection)

    def _make_room(self) -> bool:
        silent = [connection for connection in self._held if connection.idle]
        oldest = min(silent, key=lambda connection: connection.heard_at, default=None)
        if oldest is None or time.monotonic() - oldest.heard_at < IDLE_SECONDS:
            return False
        oldest.end("silent for long, and others come")
        return True
