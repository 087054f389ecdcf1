"""The JSON values of a body as senders really write it: a list, lines, objects glued together, bad UTF-8, NaN.

Each value is kept as raw JSON, so that numbers stay as they came; one broken value costs that value alone.
"""

import json
from typing import Any, Final

import msgspec
from msgspec import Raw

from logstream.entries.json_text import InvalidJson, checked
from logstream.formats.objects import constants_as_text

_decode_list: Final = msgspec.json.Decoder(list[Raw]).decode
_decode_lines: Final = msgspec.json.Decoder(Raw).decode_lines
_scan: Final = json.JSONDecoder().raw_decode
_SPACE: Final = " \t\r\n\0\ufeff,"
_WRONG: Final = (ValueError, RecursionError)


def utf8(body: bytes) -> bytes:
    """The body as UTF-8 without lone surrogates; bytes that are none become U+FFFD."""
    if body[:3] == b"\xef\xbb\xbf":
        body = body[3:]
    try:
        return checked(body)
    except InvalidJson:
        return checked(body.decode(errors="replace").encode())


def decode_json(body: bytes, kind: Any = Any) -> Any:
    """One JSON value. Raises ValueError or RecursionError."""
    body = utf8(body)
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError:
        raise
    except _WRONG:
        if b"NaN" not in body and b"Infinity" not in body:
            raise
        return msgspec.json.decode(constants_as_text(body), type=kind)


def values_of(body: bytes) -> tuple[list[bytes], list[str]]:
    """The values of a body, each as JSON, and why others can't be read."""
    body = utf8(body).strip(b" \t\r\n\0")
    if not body:
        return [], []
    if body[:1] == b"[":
        try:
            return [bytes(raw) for raw in _decode_list(body)], []
        except _WRONG:
            pass
    else:
        try:
            values = [bytes(raw) for raw in _decode_lines(body)]
            if not any(value[:1] == b"[" for value in values):
                return values, []
        except _WRONG:
            pass
    if b"NaN" in body or b"Infinity" in body:
        body = constants_as_text(body)
    return _scanned(body.decode(errors="replace"))


def _scanned(text: str) -> tuple[list[bytes], list[str]]:
    """Values one after the other, in lists, with or without anything between them."""
    values: list[bytes] = []
    wrong: list[str] = []
    at, end = 0, len(text)
    while True:
        while at < end and text[at] in _SPACE:
            at += 1
        if at >= end:
            return values, wrong
        try:
            _, after = _scan(text, at)
        except _WRONG as error:
            wrong.append(f"invalid JSON at character {at}: {str(error)[:100]}")
            after = text.find("\n", at)
            at = end if after < 0 else after + 1
            continue
        value = text[at:after].encode(errors="replace")
        at = after
        if value[:1] == b"[":
            try:
                values += [bytes(raw) for raw in _decode_list(value)]
                continue
            except _WRONG:
                pass
        values.append(value)
