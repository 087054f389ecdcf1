"""What a connection of a protocol without requests says, piece by piece: the signature of all receivers of streams.

A session finds where messages end and what they say; sockets, time and storing are the business of `sockets/`.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from logstream.receivers.request import Records


class Arrival(msgspec.Struct):
    """What arrived together and is stored together. `key`: the same when a sender sends it again."""

    records: Records
    key: str = ""
    reply: bytes = b""
    """What the sender is told once the records are durable."""


class Broken(ValueError):
    """The connection can't go on; what came before is kept. The text is the reason."""


class Session(Protocol):
    """One connection. `feed` and `flush` are quick; `read` may take long for a large message."""

    @property
    def held(self) -> int:
        """Bytes that wait for more."""

    @property
    def patience(self) -> float | None:
        """Seconds without more bytes after which `flush` is to be called; None while nothing waits."""

    def feed(self, data: bytes) -> list[bytes]:
        """The messages that these bytes complete. Raises Broken."""

    def flush(self) -> list[bytes]:
        """What waits, as far as it is a message: no more bytes came for a while. Raises Broken."""

    def end(self) -> list[bytes]:
        """What waits, as far as it is a message: no more bytes will come."""

    def read(self, messages: Sequence[bytes]) -> list[Arrival]:
        """What messages say."""
