"""A message of the stream: what a node accepted together, as its canonical lines, with the claim that came with it.

    "LSM" version (1 byte) | length of the head (4 bytes, big-endian) | head: MessagePack | body: zstd

The body is the lines of the entries, and behind them the receipt of a claim, which repeats them and so costs little. A
body that is too long for one message lies in parts before it: messages of their own that nobody reads until the last
message, which names them, is there. So all of a batch is in the stream, or nothing.
"""

from collections.abc import Sequence
from typing import Final

import msgspec
import zstandard

from logstream.entries.entry import Batch, LogEntry, decode_entry
from logstream.store import Claim, Receipt, StoreUnavailable
from logstream.stores.reading.order import is_place, place_number, place_text

MAGIC: Final = b"LSM"
VERSION: Final = 1
OFFSET_BITS: Final = 20
MAX_ENTRIES: Final = 1 << OFFSET_BITS
"""Entries of a message, at most: a place in the order is the message's sequence and the place in it."""

_LONG: Final = 1 << 19
"""Bytes from which on the plain compressor no longer sees that a receipt repeats the lines."""


class Head(msgspec.Struct, array_like=True, frozen=True):
    """What can be known of a message without unpacking it: first of all, who stored it."""

    message: str
    """Of this one alone."""
    node: str
    entries: int
    last_id: str
    """The greatest id in it."""
    lines: int
    """Bytes of the lines; what follows them is the content of the receipt."""
    client: str = ""
    key: str | None = None
    code: int = 0
    parts: tuple[int, ...] = ()
    """The sequences of the messages in which the body begins."""


class Foreign(Exception):
    """A message that no server of this kind has written."""


class NewerVersion(StoreUnavailable):
    """A message of a newer server: what is in it must wait for one that can read it."""


def position_text(sequence: int, offset: int) -> str:
    """A place in the order of acceptance."""
    return place_text((sequence << OFFSET_BITS) + offset)


def end_of(sequence: int) -> str:
    """The place behind all entries of a message."""
    return position_text(sequence, MAX_ENTRIES - 1)


def sequence_of(position: str) -> int | None:
    """The message of a place; None for a place before the stream."""
    return place_number(position) >> OFFSET_BITS if is_place(position) else None


class StreamBatch(Batch):
    """Entries of a message. Decoded only when somebody looks at them: most nodes have nobody who does."""

    __slots__ = ("_decoded", "_last_id", "_length", "first", "sequence")

    def __init__(self, sequence: int, first: int, lines: bytes, length: int, last_id: str) -> None:
        self.sequence = sequence
        self.first = first
        """The place of its first entry in the message."""
        self.lines = lines
        self._split = None
        self._decoded: list[LogEntry] | None = None
        self._length = length
        self._last_id = last_id

    @classmethod
    def of(cls, batch: Batch, sequence: int, first: int) -> "StreamBatch":
        """A batch that was accepted here, now that it has its place."""
        placed = cls(sequence, first, batch.lines, len(batch), batch.last_id)
        placed._split, placed._decoded = batch._split, batch.entries
        return placed

    def __len__(self) -> int:
        return self._length

    @property
    def entries(self) -> list[LogEntry]:  # type: ignore[override]
        if self._decoded is None:
            self._decoded = [decode_entry(line) for line in self.split_lines()]
        return self._decoded

    @property
    def last_id(self) -> str:
        return self._last_id

    def position_at(self, index: int) -> str:
        return position_text(self.sequence, self.first + index)


def encode(head: Head, body: bytes) -> bytes:
    packed = msgspec.msgpack.encode(head)
    return b"".join((MAGIC, bytes((VERSION,)), len(packed).to_bytes(4), packed, body))


def decode(payload: bytes) -> tuple[Head, bytes]:
    """The head, and the body or its end. Raises Foreign or NewerVersion."""
    if payload[:3] != MAGIC or len(payload) < 8:
        raise Foreign(f"it begins with {payload[:4]!r}, not with {MAGIC!r}")
    if payload[3] != VERSION:
        raise NewerVersion(f"the stream has messages of version {payload[3]}, and this node reads {VERSION}: update it")
    end = 8 + int.from_bytes(payload[4:8])
    return msgspec.msgpack.decode(payload[8:end], type=Head), payload[end:]


def pack(batches: Sequence[Batch], receipt: Receipt | None) -> bytes:
    """The body of a message."""
    plain = b"".join([*(batch.lines for batch in batches), b"" if receipt is None else receipt.content])
    if receipt is None or len(plain) < _LONG:
        return zstandard.ZstdCompressor(level=1).compress(plain)
    far = zstandard.ZstdCompressionParameters.from_level(1, window_log=27, enable_ldm=True)
    return zstandard.ZstdCompressor(compression_params=far).compress(plain)


def unpack(head: Head, body: bytes) -> tuple[bytes, bytes]:
    """The lines, and the content of the receipt."""
    plain = zstandard.ZstdDecompressor(max_window_size=1 << 27).decompress(body)
    return plain[: head.lines], plain[head.lines :]


def claim_of(head: Head, content: bytes) -> Claim | None:
    return None if head.key is None else Claim(head.client, head.key, Receipt(head.code, content))
