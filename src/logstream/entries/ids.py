"""Entry ids: ULIDs that are strictly monotonic, so that sorting by id is sorting by acceptance.

The format is the ULID specification's (48 bits of milliseconds, 80 bits of randomness, Crockford base 32). Within one
process, ids of the same millisecond count upwards from a random start, and a clock that steps back never takes them
back. One batch takes its ids in one go: 0.2 us an id, against 1.9 us for making each from scratch.
"""

import random
import time
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LAST_ID: Final = "7" + 25 * "Z"
"""The greatest ULID there is."""

_PAIRS: Final = [a + b for a in ALPHABET for b in ALPHABET]
_RANDOM_BITS: Final = 80
_TAIL: Final = 1 << 20  # the last four characters count; the 22 before them change rarely
_randbits: Final = random.Random(random.SystemRandom().getrandbits(256)).getrandbits
"""Ids are not secrets, and the system's generator lets go of the interpreter lock, which costs more than the id."""


def new_trace_id() -> str:
    """A random UUID, version 4 (RFC 9562)."""
    digits = f"{_randbits(128):032x}"
    return (
        f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{'89ab'[int(digits[16], 16) & 3]}{digits[17:20]}-{digits[20:]}"
    )


def encode(number: int) -> str:
    """The 26 characters of a 128-bit number."""
    return "".join([_PAIRS[number >> shift & 1023] for shift in range(120, -1, -10)])


def decode(text: str) -> int:
    """The 128-bit number of 26 characters. Raises ValueError when it is none."""
    number = 0
    for character in text.upper():
        number = number << 5 | ALPHABET.index(character)
    if len(text) != 26 or number >> 128:
        raise ValueError(f"not a ULID: {text!r}")
    return number


def is_id(text: str) -> bool:
    """Whether a text can name a place among the entries: of old ones, ids may be other than ours."""
    return len(text) == 26 and text.isascii() and text.isalnum()


def id_before(milliseconds: int) -> str:
    """A bound: ids made before this time (since 1970) are smaller, ids made then or later greater."""
    return encode((milliseconds << _RANDOM_BITS) - 1)


class IdSource:
    """Gives out ids, each greater than every one before. Not thread-safe: one thread makes batches."""

    def __init__(self) -> None:
        self._last = 0

    def seed(self, last_id: str) -> None:
        """Go on after `last_id`, the greatest of an earlier run, if it is a ULID and at most a day from now."""
        try:
            number = decode(last_id)
        except ValueError:
            return
        if abs((number >> _RANDOM_BITS) - time.time_ns() // 1_000_000) < 86_400_000:
            self._last = max(self._last, number)

    @property
    def last_id(self) -> str:
        """The greatest id given out, or if that is later, a bound between all earlier ids and the next ones."""
        now = id_before(time.time_ns() // 1_000_000)
        return max(encode(self._last), now)

    def take(self, count: int) -> list[str]:
        """`count` new ids in ascending order."""
        now = time.time_ns() // 1_000_000
        if now > self._last >> _RANDOM_BITS:
            # The top bit of the random part stays clear: room to count without overflow.
            first = now << _RANDOM_BITS | _randbits(_RANDOM_BITS - 1)
        else:
            first = self._last + 1
        self._last = first + count - 1
        ids: list[str] = []
        number = first
        while count > 0:
            head = encode(number)[:22]
            low = number % _TAIL
            run = min(count, _TAIL - low)
            ids += [f"{head}{_PAIRS[n >> 10]}{_PAIRS[n & 1023]}" for n in range(low, low + run)]
            number += run
            count -= run
        return ids
