"""Which texts and values a block of entries has, as bits: the part of a Bloom filter that knows no entries.

Every four bytes in a row of a text (a gram) set one bit, every token, such as a key of a context with its value, four.
What is looked for is ruled out where one of its bits is not set; where all are, it may be there. (B. H. Bloom,
"Space/time trade-offs in hash coding with allowable errors", 1970.) Bits are found by multiplicative hashing, whose
upper bits depend on all that is hashed, so a table is halved by joining its neighbours.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
Text = npt.NDArray[np.uint8]
Places = npt.NDArray[np.uint32]
"""Places of bits in a table of MOST_BITS."""

GRAM: Final = 4
"""Bytes of a gram: a rare word has one that no other text has, and numbers and hexadecimal digits mostly do."""

MOST_BITS: Final = 18
"""The size of a table as it is filled, as a power of two; 32 KiB."""

LEAST_BITS: Final = 12
FULL: Final = 0.3
"""The share of bits that are set beyond which a table is not halved."""

PIECE: Final = 64 * 1024
"""Bytes that are hashed at once."""

_GRAM_FACTOR: Final = 0x9E3779B1
"""2^32 divided by the golden ratio, D. E. Knuth, The Art of Computer Programming, volume 3, section 6.4."""

_PRIME: Final = 0x100000001B3
_TOKEN_FACTORS: Final = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD95)
"""Odd numbers with bits set all over, one for each bit of a token."""

_MASK: Final = 2**64 - 1


def _powers(base: int) -> Hashes:
    """The powers of a number up to that of PIECE, modulo 2^64."""
    powers = np.full(PIECE + 1, base, np.uint64)
    powers[0] = 1
    return np.multiply.accumulate(powers)


_POWERS: Final = _powers(_PRIME)
_INVERSES: Final = _powers(pow(_PRIME, -1, 2**64))


def lines_of(text: bytes) -> Iterator[Text]:
    """Lines, each shorter than PIECE, in pieces of at most so many bytes; each ends with a line feed."""
    text += b"\n"
    start = 0
    while start < len(text):
        end = text.rfind(b"\n", start, start + PIECE) + 1
        yield np.frombuffer(text, np.uint8, end - start, start)
        start = end


class Ranges:
    """Hashes of ranges of one piece of text: each in a few steps, however long the range is."""

    def __init__(self, text: Text) -> None:
        self._sums = np.zeros(len(text) + 1, np.uint64)
        np.cumsum((text + np.uint64(1)) * _POWERS[: len(text)], out=self._sums[1:])

    def hashes(self, starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]) -> Hashes:
        return (self._sums[ends] - self._sums[starts]) * _INVERSES[starts]


def hash_of(text: bytes) -> int:
    """The hash of a text, as `Ranges` has it of a range."""
    power = 1
    total = 0
    for byte in text:
        total += (byte + 1) * power
        power = power * _PRIME & _MASK
    return total & _MASK


def grams_in(text: bytes) -> Iterator[Places]:
    """The places of all grams of a text, piece by piece."""
    for start in range(0, len(text) - GRAM + 1, PIECE):
        count = min(PIECE, len(text) - GRAM + 1 - start)
        grams: Places = np.ndarray(count, "<u4", text, start, (1,))
        yield (grams * np.uint32(_GRAM_FACTOR)) >> np.uint32(32 - MOST_BITS)


def grams_of(text: bytes) -> list[int]:
    """The places of the grams of a text that is looked for; none of a shorter one."""
    grams = {int.from_bytes(text[at : at + GRAM], "little") for at in range(len(text) - GRAM + 1)}
    return [(gram * _GRAM_FACTOR & 0xFFFFFFFF) >> (32 - MOST_BITS) for gram in grams]


def places_in(tokens: Hashes) -> Iterator[Places]:
    """The places of tokens."""
    mixed = tokens ^ (tokens >> np.uint64(32))
    for factor in _TOKEN_FACTORS:
        yield (mixed * np.uint64(factor) >> np.uint64(64 - MOST_BITS)).astype(np.uint32)


def places_of(token: int) -> list[int]:
    """The places of a token that is looked for."""
    mixed = token ^ token >> 32
    return [(mixed * factor & _MASK) >> (64 - MOST_BITS) for factor in _TOKEN_FACTORS]


class BitTable:
    """Bits that are being set."""

    def __init__(self) -> None:
        self._bits = np.zeros(1 << MOST_BITS, np.bool_)

    def set(self, places: Iterable[Places]) -> None:
        for some in places:
            self._bits[some] = True

    def take(self) -> bytes:
        """The table, halved as often as it has room, as bytes, lowest bit first; a power of two of them. Then begin
        anew."""
        bits = self._bits
        count = int(np.count_nonzero(bits))
        while len(bits) > 1 << LEAST_BITS and count < FULL * len(bits) / 2:
            bits = bits[0::2] | bits[1::2]
            count = int(np.count_nonzero(bits))
        packed = np.packbits(bits, bitorder="little").tobytes()
        self._bits[:] = False
        return packed
