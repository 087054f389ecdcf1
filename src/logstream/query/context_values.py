"""What a path leads to in the context of one entry, and which number that is: as SQL finds it in each store."""

import json
import math
import re
from typing import Any, Final

import msgspec

from logstream.query import context_path
from logstream.query.comparison import EXACT_UP_TO, number_of

MISSING: Final = object()

MAX_VALUE: Final = 200
"""Characters by which values are told apart."""

_LONG_NUMBER: Final = re.compile(rb"[0-9]{300}")
_decode: Final = msgspec.json.Decoder().decode


class ContextPlace:
    """A path through contexts."""

    def __init__(self, path: tuple[str, ...]) -> None:
        self._path = path
        self._end = (msgspec.json.encode(path[-1]) + b":")[1:]
        self._ways = context_path.spellings(path)
        self._dotted = [text.encode() for text in context_path.may_be_dotted(path)] if len(path) > 1 else []

    def in_context(self, context: msgspec.Raw) -> Any:
        """What the path leads to, or MISSING. Of a key that stands twice in an object, the last counts."""
        raw = bytes(context)
        if self._end not in raw and b"\\" not in raw and not self._path[-1].isdigit():
            return MISSING  # nearly always, and ten times as fast as decoding
        try:
            value = _decode_slowly(raw) if _LONG_NUMBER.search(raw) else _decode(raw)
        except msgspec.DecodeError:
            value = _decode_slowly(raw)  # a number too large for msgspec
        if not any(text in raw for text in self._dotted):
            return _walk(value, self._path)
        found = MISSING
        for keys in self._ways:
            one = _walk(value, keys)
            if one is not MISSING and one is not None:
                return one
            found = None if one is None else found
        return found


def _walk(value: Any, keys: tuple[str, ...]) -> Any:
    for key in keys:
        if isinstance(value, dict):
            value = value.get(key, MISSING)
        elif isinstance(value, list) and key.isascii() and key.isdigit() and (key == "0" or key[0] != "0"):
            value = value[int(key)] if len(key) < 10 and int(key) < len(value) else MISSING
        else:
            return MISSING
    return value


def numeric(value: Any) -> int | float | None:
    """The number that a value is, or that its text is."""
    if isinstance(value, str):
        if type(value) is _Infinite:
            return None
        return number_of(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value


def measured(value: Any) -> tuple[bool, float | None]:
    """Whether there is a value, and the number that it is."""
    if value is MISSING or value is None:
        return False, None
    number = numeric(value)
    return True, None if number is None else float(number)


def scalar_text(value: Any) -> str | None:
    """A value as values are told apart, see `spelled`; None for what is not there, null, an object or a list."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return spelled(str(value))
    return None


def spelled(text: str) -> str:
    """How values are told apart: numbers that are equal have one spelling, and long texts are cut."""
    number = number_of(text)
    if isinstance(number, float) and not (number.is_integer() and abs(number) < EXACT_UP_TO):
        return repr(number)
    return text[:MAX_VALUE] if number is None else str(int(number))


class _Infinite(str):
    """A number that no double can hold, as it is written."""

    __slots__ = ()


def _read_number(text: str) -> int | float | _Infinite:
    number = float(text)
    if math.isinf(number):
        return _Infinite(text)
    return int(text) if text.lstrip("-").isdigit() else number


_slow: Final = json.JSONDecoder(parse_int=_read_number, parse_float=_read_number, strict=False)


def _decode_slowly(raw: bytes) -> Any:
    return _slow.decode(raw.decode())
