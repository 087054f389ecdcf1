"""What Bloom filters know of traces and contexts, as tokens: a trace, a key, and a key with its value.

A member of a context is read where it stands, in JSON without white space, however deep: `"id":7` is one token wherever
it is. What JSON may write in several ways has no token: who looks for it gets none, and where `is_odd` says that there
is JSON that is written otherwise, tokens rule out nothing. Numbers are those of `comparison.number_of`, so that `42.0`
and `"42"` are 42.
"""

import re
from typing import Final

import numpy as np
import numpy.typing as npt
import re2

from logstream.query.comparison import EXACT_UP_TO, number_of
from logstream.stores.index.bits import Hashes, Ranges, Text, hash_of

Array = npt.NDArray[np.int64]

_TRACE: Final = 0x94D049BB133111EB
_KEY: Final = 0x9FB21C651E98DF25
_VALUE: Final = 0xD6E8FEB86659FD93
"""Odd numbers that tell a trace, a key, and a key with a value apart."""

_LF: Final = ord("\n")

_MASK: Final = 2**64 - 1
_QUOTE, _COLON, _ZERO, _MINUS = b'":0-'

_ENDS: Final = np.zeros(256, np.bool_)
_ENDS[list(b",}]\n")] = True
"""Bytes behind a value that is no text."""

_FOREIGN: Final = 1 << 32
_NOT_DIGITS: Final = np.full(256, _FOREIGN, np.int64)
_NOT_DIGITS[list(b"0123456789-")] = 0
_NOT_DIGITS[list(b"+.eE")] = 1
"""Added up over a value: less than _FOREIGN for a number, nothing for a whole one."""

_ODD: Final = re2.compile(rb'[^\\]"[ \t]*:[ \t]|[^\\]"[ \t]+:|\\u00[2-7]')
"""White space around a colon, and an escape for a character of ASCII that needs none."""

_WRITTEN_ONE_WAY: Final = re.compile(r"[ !#-.0-\[\]-~]*")
"""Printable ASCII without quotes, backslashes and slashes, which JSON may escape."""


def is_odd(contexts: bytes) -> bool:
    """Whether members may be written in ways that `members_in` doesn't read."""
    return _ODD.search(contexts) is not None


def traces_in(text: Text) -> Hashes:
    """The tokens of traces, a line each."""
    ends = np.flatnonzero(text == _LF)
    starts = np.concatenate(([0], ends[:-1] + 1))
    return Ranges(text).hashes(starts, ends) * np.uint64(_TRACE)


def trace_token(trace: str) -> int:
    return hash_of(trace.encode()) * _TRACE & _MASK


def members_in(text: Text) -> Hashes:
    """The tokens of contexts, a line each."""
    colons = np.flatnonzero((text[:-1] == _QUOTE) & (text[1:] == _COLON))
    quotes = np.flatnonzero(text == _QUOTE)
    before = np.searchsorted(quotes, colons) - 1
    colons, before = colons[before >= 0], before[before >= 0]
    ranges = Ranges(text)
    keys = ranges.hashes(quotes[before] + 1, colons)
    starts, ends = _values(text, colons + 2, quotes, before)
    starts, ends, keys_of_values = starts[ends > starts], ends[ends > starts], keys[ends > starts]
    values = ranges.hashes(starts, ends)
    _spell_numbers(text, starts, ends, values)
    return np.concatenate((_keys(np.unique(keys)), _members(keys_of_values, values)))


def _values(text: Text, starts: Array, quotes: Array, before: Array) -> tuple[Array, Array]:
    """Where values begin and end, texts without their quotes."""
    is_text = text[starts] == _QUOTE
    last = len(quotes) - 1
    ends = np.flatnonzero(_ENDS[text])
    bare = ends[np.minimum(np.searchsorted(ends, starts), len(ends) - 1)]
    quoted = quotes[np.minimum(before + 3, last)]  # behind the two of the key, and that which opens the value
    return starts + is_text, np.where(is_text, quoted, bare)


def _spell_numbers(text: Text, starts: Array, ends: Array, values: Hashes) -> None:
    """Of numbers that are not whole, or written as if they were not, take the hash of how they are spelled here."""
    sums = np.concatenate(([0], np.cumsum(_NOT_DIGITS[text])))
    others = sums[ends] - sums[starts]
    first, second = text[starts], text[np.minimum(starts + 1, len(text) - 1)]
    has_zeros = (first == _ZERO) | ((first == _MINUS) & (second == _ZERO))
    for at in np.flatnonzero((others < _FOREIGN) & ((others > 0) | has_zeros)):
        values[at] = _hash_of_value(text[starts[at] : ends[at]].tobytes().decode())


def _hash_of_value(value: str) -> int:
    number = number_of(value)
    return hash_of((value if number is None else _spelled(number)).encode())


def _spelled(number: int | float) -> str:
    """A number, whole or not, as it is spelled in tokens."""
    return str(int(number)) if number == int(number) else repr(float(number))


def _keys(keys: Hashes) -> Hashes:
    return keys * np.uint64(_KEY)


def _members(keys: Hashes, values: Hashes) -> Hashes:
    return keys * np.uint64(_VALUE) + values


def key_token(key: str) -> int | None:
    """The token of a key; None where it may be written in several ways."""
    return hash_of(key.encode()) * _KEY & _MASK if _WRITTEN_ONE_WAY.fullmatch(key) else None


def member_token(key: str, value: str) -> int | None:
    """The token of a key with a value that is this text, or a number equal to it; None as above."""
    number = number_of(value)
    if number is not None and abs(number) >= EXACT_UP_TO:
        return None
    if not value or not _WRITTEN_ONE_WAY.fullmatch(key) or not _WRITTEN_ONE_WAY.fullmatch(value):
        return None
    return (hash_of(key.encode()) * _VALUE + _hash_of_value(value)) & _MASK
