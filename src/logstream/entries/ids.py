"""Entry ids: strictly monotonic ULIDs, so that sorting by id is sorting by acceptance.

The format is that of the ULID specification (48 bits of milliseconds, 80 bits of randomness, Crockford base 32). Within
a process, ids of the same millisecond count up from a random start, and they never go back when the clock does. A batch
takes all its ids at once: 0.2 us per id, against 1.9 us for making each from scratch.
"""

import random
import time
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LAST_ID: Final = "7" + 25 * "Z"
"""The greatest possible ULID."""

_PAIRS: Final = [a + b for a in ALPHABET for b in ALPHABET]
_RANDOM_BITS: Final = 80
_TAIL: Final = 1 << 20  # the last four characters count up; the 22 before them rarely change
_randbits: Final = random.Random(random.SystemRandom().getrandbits(256)).getrandbits
"""Ids are not secrets, and the system's generator releases the interpreter lock, which costs more than the id."""


def new_trace_id() -> str:
    """A random UUID, version 4 (RFC 9562)."""
    digits = f"{_randbits(128):032x}"
    return (
        f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{'89ab'[int(digits[16], 16) & 3]}{digits[17:20]}-{digits[20:]}"
    )


def encode(number: int) -> str:
    """A 128-bit number as 26 characters."""
    return "".join([_PAIRS[number >> shift & 1023] for shift in range(120, -1, -10)])


def decode(text: str) -> int:
    """The 128-bit number encoded by 26 characters. Raises ValueError for anything else."""
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
    """A bound: ids made before this time (since 1970) are smaller, ids made at or after it are greater."""
    return encode((milliseconds << _RANDOM_BITS) - 1)


def id_time(text: str) -> float | None:
    """When an id was given out, in seconds since 1970; None when it is not a ULID."""
    try:
        return (decode(text) >> _RANDOM_BITS) / 1000
    except ValueError:
        return None


class IdSource:
    """Hands out ids, each greater than all before it. Not thread-safe: only one thread makes batches."""

    def __init__(self) -> None:
        self._last = 0

    def seed(self, last_id: str) -> None:
        """Continue after `last_id`, the greatest of an earlier run, if it is a ULID and less than a day from now."""
        try:
            number = decode(last_id)
        except ValueError:
            return
        if abs((number >> _RANDOM_BITS) - time.time_ns() // 1_000_000) < 86_400_000:
            self._last = max(self._last, number)

    @property
    def last_id(self) -> str:
        """The greatest id handed out or, if greater, a bound between all earlier ids and the next ones."""
        now = id_before(time.time_ns() // 1_000_000)
        return max(encode(self._last), now)

    def take(self, count: int) -> list[str]:
        """`count` new ids in ascending order."""
        now = time.time_ns() // 1_000_000
        if now > self._last >> _RANDOM_BITS:
            # The top bit of the random part stays clear, so that counting up can't overflow.
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
