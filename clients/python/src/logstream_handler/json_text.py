"""Any Python value as JSON, whatever is inside it: what can't be said exactly is said as text, and nothing raises.

The common case goes through the standard library's C encoder; only what that refuses (keys that are no text, cycles,
depth, NaN) is copied first, into what it takes.
"""

from __future__ import annotations

import json
import json.encoder
from collections.abc import Callable, Mapping
from datetime import date, time
from decimal import Decimal
from enum import Enum
from math import isfinite
from pathlib import PurePath
from typing import Any
from uuid import UUID

MAX_DEPTH = 20
MAX_TEXT = 10_000
"""Characters of an object's representation."""


def text_of(value: object, how: Callable[[object], str] = repr) -> str:
    """A representation, cut to MAX_TEXT; never raises."""
    try:
        text = how(value)
    except Exception as error:
        return f"<{type(value).__name__}, whose text raises {type(error).__name__}>"
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}… ({len(text)} characters)"


def _known(value: Any) -> Any:
    """What JSON has no form for, as what it has one for."""
    if isinstance(value, (bytes, bytearray)):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, (UUID, Decimal, PurePath)):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (set, frozenset)):
        return list(value)
    if isinstance(value, Mapping):
        return dict(value)
    return text_of(value)


quoted: Callable[[str], str] = json.encoder.encode_basestring
"""A text as JSON."""

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_known).encode


def encode(value: Any) -> bytes:
    """JSON in UTF-8, without line breaks."""
    return to_bytes(json_of(value))


def json_of(value: Any) -> str:
    try:
        return _encode(value)
    except Exception:
        return _encode(_plain(value, 0, ()))


def to_bytes(text: str) -> bytes:
    """JSON in UTF-8. A lone surrogate becomes its escape, which is JSON too."""
    return text.encode("utf-8", "backslashreplace")


def _plain(value: Any, depth: int, above: tuple[int, ...]) -> Any:
    """A copy that the encoder takes."""
    if value is None or type(value) in (bool, str):
        return value
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    if type(value) is int:
        return value if value.bit_length() < 10_000 else hex(value)[:MAX_TEXT]  # str() refuses thousands of digits
    if id(value) in above:
        return "<itself>"
    if depth == MAX_DEPTH:
        return text_of(value)
    above = (*above, id(value))
    try:
        if isinstance(value, Mapping):
            return {_name(name): _plain(inner, depth + 1, above) for name, inner in value.items()}
        if isinstance(value, (list, tuple, set, frozenset)):
            return [_plain(inner, depth + 1, above) for inner in value]
        known = _known(value)
        return known if type(known) is str else _plain(known, depth + 1, above)
    except Exception:  # a mapping or an object of somebody's own that can't be read
        return text_of(value)


def _name(value: object) -> str:
    return value if type(value) is str else text_of(value, str)
