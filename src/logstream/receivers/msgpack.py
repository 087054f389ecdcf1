"""Values in msgpack (msgpack.org) one after the other, as plain values that JSON can have.

`msgspec` decodes one value; where more follow, a walk over the lengths finds where each ends.
"""

import base64
import math
from typing import Any, Final

import msgspec

DEEPEST: Final = 60
_decode: Final = msgspec.msgpack.Decoder(ext_hook=lambda code, data: Extension(code, bytes(data))).decode
_FIXED: Final = {
    **dict.fromkeys((0xC0, 0xC2, 0xC3), 0),
    0xCA: 4,
    0xCB: 8,
    0xCC: 1,
    0xCD: 2,
    0xCE: 4,
    0xCF: 8,
    0xD0: 1,
    0xD1: 2,
    0xD2: 4,
    0xD3: 8,
    0xD4: 2,
    0xD5: 3,
    0xD6: 5,
    0xD7: 9,
    0xD8: 17,
}
_SIZED: Final = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4}
_EXTENDED: Final = {0xC7: 1, 0xC8: 2, 0xC9: 4}
_COUNTED: Final = {0xDC: (2, 1), 0xDD: (4, 1), 0xDE: (2, 2), 0xDF: (4, 2)}


class Extension(msgspec.Struct, frozen=True):
    """A value of a type of its own; 0 is Fluentd's EventTime: seconds and nanoseconds."""

    code: int
    data: bytes


class MsgpackError(ValueError):
    """The bytes are no msgpack."""


def decode_msgpack(data: bytes) -> list[Any]:
    """Every value of the data. Raises ValueError or RecursionError."""
    return [plain(value) for value in decode_each(data)]


def decode_each(data: bytes) -> list[Any]:
    """Every value of the data as msgpack has it, extensions included. Raises ValueError or RecursionError."""
    values: list[Any] = []
    at = 0
    while at < len(data):
        end = end_of(data, at)
        values.append(decode_one(data[at:end]))
        at = end
    return values


def end_of(data: bytes, at: int) -> int:
    """Where the value that begins at `at` ends. Raises MsgpackError when the data ends before."""
    at, missing = walk(data, at, 1)
    if missing or at > len(data):
        raise MsgpackError("the data ends too early")
    return at


def walk(data: bytes | bytearray, at: int, missing: int, most: int | None = None) -> tuple[int, int]:
    """Go on from `at` over values of which `missing` are still to come, as far as the data reaches.

    Returns both anew; `at` may lie behind the end of the data, inside a value. Raises MsgpackError for what is no
    msgpack, and for more values than `most`, by default the bytes there are.
    """
    end = len(data)
    most = end if most is None else most
    while missing and at < end:
        byte = data[at]
        start = at
        missing -= 1
        at += 1
        if byte < 0x80 or byte >= 0xE0:
            continue
        if byte < 0x90:
            missing += 2 * (byte & 15)
        elif byte < 0xA0:
            missing += byte & 15
        elif byte < 0xC0:
            at += byte & 31
        elif byte in _FIXED:
            at += _FIXED[byte]
        elif byte in _SIZED or byte in _EXTENDED:
            width = _SIZED.get(byte) or _EXTENDED[byte]
            if at + width > end:
                return start, missing + 1
            at += width + int.from_bytes(data[at : at + width], "big") + (byte in _EXTENDED)
        elif byte in _COUNTED:
            width, each = _COUNTED[byte]
            if at + width > end:
                return start, missing + 1
            missing += each * int.from_bytes(data[at : at + width], "big")
            at += width
        else:
            raise MsgpackError(f"byte 0x{byte:02x}")
        if missing > most:
            raise MsgpackError("more values than bytes")
    return at, missing


def decode_one(data: bytes) -> Any:
    """The value that the data is. Raises ValueError, IndexError or RecursionError."""
    try:
        return _decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _walk(data, 0, 0)[0]


def _walk(data: bytes, at: int, depth: int) -> tuple[Any, int]:
    """A value with texts that are not UTF-8, which `msgspec` refuses: they are repaired."""
    if depth > DEEPEST:
        raise MsgpackError("nested too deeply")
    byte = data[at]
    kind = byte & 0xF0
    if kind == 0x80 or byte in (0xDE, 0xDF):
        size, at = _count(data, at, 15)
        found: dict[str, Any] = {}
        for _ in range(size):
            name, at = _walk(data, at, depth + 1)
            found[name if isinstance(name, str) else str(plain(name))], at = _walk(data, at, depth + 1)
        return found, at
    if kind == 0x90 or byte in (0xDC, 0xDD):
        size, at = _count(data, at, 15)
        items = []
        for _ in range(size):
            item, at = _walk(data, at, depth + 1)
            items.append(item)
        return items, at
    end = end_of(data, at)
    if 0xA0 <= byte < 0xC0:
        return data[at + 1 : end].decode(errors="replace"), end
    if byte in (0xD9, 0xDA, 0xDB):
        return data[at + 1 + _SIZED[byte] : end].decode(errors="replace"), end
    return _decode(data[at:end]), end


def _count(data: bytes, at: int, mask: int) -> tuple[int, int]:
    if data[at] in _COUNTED:
        width, _ = _COUNTED[data[at]]
        return int.from_bytes(data[at + 1 : at + 1 + width], "big"), at + 1 + width
    return data[at] & mask, at + 1


def plain(value: Any, depth: int = 0) -> Any:
    """A value as JSON can have it: names as texts, bytes as text or base64, times as seconds."""
    if depth > DEEPEST:
        return str(value)
    if isinstance(value, dict):
        return {
            name if isinstance(name, str) else str(plain(name, depth + 1)): plain(inner, depth + 1)
            for name, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [plain(inner, depth + 1) for inner in value]
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return base64.b64encode(value).decode()
    if isinstance(value, Extension):
        if value.code == 0 and len(value.data) == 8:
            return int.from_bytes(value.data[:4], "big") + int.from_bytes(value.data[4:], "big") / 1e9
        return base64.b64encode(value.data).decode()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
