"""JSON as it is really sent, made safe to store: UTF-8 checked, lone surrogates replaced, whitespace removed.

Values are kept as raw JSON text wherever possible, so that key order, `1.0` and big integers survive untouched.
"""

import operator
import re
from itertools import accumulate, compress
from typing import Final

import msgspec

from logstream.entries.entry import MAX_CONTEXT_DEPTH, NULL

_ESCAPES: Final = re.compile(
    rb"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|\\u[dD][89a-fA-F][0-9a-fA-F]{2}|\\.", re.DOTALL
)
_TOKENS: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)
_SPACE, _LF, _TAB, _CR, _BACKSLASH = b" \n\t\r\\"  # as numbers: searching for an int is 14 times faster than for bytes
_NO_STRUCTURE: Final = bytes(byte for byte in range(256) if byte not in b"{}[],")
_STEPS: Final = [(byte in b"{[") - (byte in b"}]") for byte in range(256)]
_COMMAS: Final = bytes(byte == ord(",") for byte in range(256))
_BLOCK: Final = 64 * 1024
_Members = dict[str, msgspec.Raw]
_decode_text: Final = msgspec.json.Decoder(str).decode


class InvalidJson(ValueError):
    """The bytes are not JSON; the message says what is wrong and where."""


def checked(body: bytes) -> bytes:
    """`body` as valid UTF-8 without lone surrogate escapes. Raises InvalidJson if it is not UTF-8."""
    if not body.isascii():
        try:
            body.decode()
        except UnicodeDecodeError as error:
            raise InvalidJson(f"not UTF-8: byte 0x{body[error.start]:02x} (byte {error.start})") from None
    if _BACKSLASH in body and (b"\\ud" in body or b"\\uD" in body):
        body = _ESCAPES.sub(
            lambda m: m[0] if m[1] or m[0][1:2] != b"u" or not _is_surrogate(m[0]) else b"\\ufffd", body
        )
    return body


def _is_surrogate(escape: bytes) -> bool:
    return len(escape) == 6


def explain(error: Exception) -> str:
    """A decoding error as text for `reason`."""
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return str(error)


def compact(raw: bytes) -> bytes:
    """The same JSON without whitespace outside strings; numbers and strings keep their text."""
    if _SPACE in raw or _LF in raw or _TAB in raw or _CR in raw:
        return bytes(msgspec.json.format(raw, indent=-1))
    return raw


def depth(raw: bytes) -> int:
    """The nesting depth of lists and objects; `{}` and `[]` count as 1. Not recursive."""
    deepest = level = 0
    for match in _TOKENS.finditer(raw):
        first = raw[match.start()]
        if first in b"[{":
            level += 1
            deepest = max(deepest, level)
        elif first in b"]}":
            level -= 1
    return deepest


def count_items(raw: bytes) -> int:
    """How many items a list has, without making any of them, or how many at most, where it isn't JSON to its end.

    Some 0.1 us a byte at worst, a block at a time: not on the event loop.
    """
    raw = raw.replace(b"\\\\", b"").replace(b'\\"', b"")
    commas = depth = inside = 0
    for start in range(0, len(raw), _BLOCK):
        parts = raw[start : start + _BLOCK].split(b'"')
        structure = b"".join(parts[inside::2]).translate(None, _NO_STRUCTURE)
        inside ^= ~len(parts) & 1
        depths = list(accumulate(map(_STEPS.__getitem__, structure), initial=depth))
        depth = depths[-1]
        commas += operator.countOf(compress(depths[1:], structure.translate(_COMMAS)), 1)
    return commas + 1


def context_of(raw: msgspec.Raw) -> msgspec.Raw:
    """The context to store for the value as sent: an object, a list or null, as compact JSON."""
    value = bytes(raw)
    first = value[:1]
    if first == b"{" or first == b"[":
        value = compact(value)
        if len(value) > 2 * MAX_CONTEXT_DEPTH and value.count(b"{") + value.count(b"[") > MAX_CONTEXT_DEPTH:
            return _bounded(value)
        return msgspec.Raw(value)
    if value == b"null":
        return NULL
    if first == b'"':
        return _from_text(_decode_text(value), value)
    return msgspec.Raw(b'{"value":' + value + b"}")


def _bounded(value: bytes) -> msgspec.Raw:
    if depth(value) <= MAX_CONTEXT_DEPTH:
        return msgspec.Raw(value)
    return msgspec.Raw(b'{"value":' + msgspec.json.encode(value.decode()) + b"}")


def _from_text(text: str, literal: bytes) -> msgspec.Raw:
    """A string that contains a JSON object or list is decoded; any other becomes `{"value": …}`."""
    stripped = text.strip(" \t\r\n")
    if stripped[:1] in ("{", "["):
        try:
            inner = checked(stripped.encode())
            msgspec.json.decode(inner, type=msgspec.Raw)
            return _bounded(bytes(msgspec.json.format(inner, indent=-1)))
        except (InvalidJson, msgspec.DecodeError, RecursionError):
            pass
    return msgspec.Raw(b'{"value":' + literal + b"}")


def with_member(context: msgspec.Raw, name: str, value: bytes) -> msgspec.Raw:
    """`context` with one more member, under its name with `_` before it where that is taken."""
    raw = object_around(context)
    while (member := msgspec.json.encode(name) + b":") in raw and name in msgspec.json.decode(raw, type=_Members):
        name = "_" + name
    return msgspec.Raw(joined(raw, member + value))


def object_around(context: msgspec.Raw) -> bytes:
    """A context as an object: null as `{}`; a list moves into `value`, as text if it would nest too deeply."""
    raw = bytes(context)
    if raw == b"null":
        return b"{}"
    if raw[:1] == b"[":
        text = depth(raw) >= MAX_CONTEXT_DEPTH
        return b'{"value":' + (msgspec.json.encode(raw.decode()) if text else raw) + b"}"
    return raw


def joined(raw: bytes, members: bytes) -> bytes:
    """An object with more members, which are JSON without the braces."""
    return raw[:-1] + (b"" if raw == b"{}" else b",") + members + b"}"
