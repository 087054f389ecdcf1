"""JSON objects as lines have them: taken apart into raw members, with what other people's JSON does wrong set right.

Python writes NaN and Infinity, containers cut lines in the middle: one odd value costs one value.
"""

import re
from collections.abc import Callable
from typing import Any, Final

import msgspec
from msgspec import Raw

from logstream.entries.json_text import InvalidJson, checked

Object = dict[str, Raw]

_decode: Final = msgspec.json.Decoder(Object).decode
_decode_list: Final = msgspec.json.Decoder(list[Raw]).decode
decode_value: Final = msgspec.json.Decoder(Any).decode
CONSTANT_NAMES: Final = (b"NaN", b"Infinity", b"nan", b"inf")
decode_text: Final = msgspec.json.Decoder(str).decode
_CONSTANTS: Final = re.compile(
    rb'("[^"\\]*+(?:\\.[^"\\]*+)*+")|(?<![\w."])-?(?:NaN|Infinity|nan|inf)(?![\w"])', re.DOTALL
)
_TEXTS: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_CONTROLS: Final = re.compile(rb"[\x00-\x1f]")
_PIECES: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?$)|[\[{]|[\]}]|,', re.DOTALL)
_CUT_TEXT: Final = re.compile(rb'\s*("[^"\\]*+(?:\\.[^"\\]*+)*+")\s*:\s*("[^"\\]*+(?:\\.[^"\\]*+)*+\\?)', re.DOTALL)


def object_of_line(line: bytes) -> Object | None:
    """The members of a JSON object; None when `line` is none. Of a doubled name the last value counts."""
    found = strict_object(line)
    return found if found is not None or line[:1] != b"{" else _repaired_object(line)


def strict_object(line: bytes) -> Object | None:
    """The members of a JSON object that is right to the letter; None when `line` is none."""
    try:
        return _decode(checked(line))
    except (ValueError, RecursionError):
        return None


def _repaired_object(line: bytes) -> Object | None:
    """An object with what programs write that is no JSON: NaN, control characters in texts, a comma behind it."""
    repaired = line[:-1] if line[-2:] == b"}," else line
    if has_constants(repaired):
        repaired = constants_as_text(repaired)
    if _CONTROLS.search(repaired) is not None:
        repaired = _TEXTS.sub(lambda match: _CONTROLS.sub(_escaped, match[0]), repaired)
    return None if repaired is line else strict_object(repaired)


def _escaped(match: re.Match[bytes]) -> bytes:
    return b"\\u%04x" % match[0][0]


def objects_in_line(line: bytes) -> list[bytes] | None:
    """The objects that stand one behind the other on a line; None for a line of anything else, or of one alone."""
    if b"}{" not in line and b"} {" not in line:
        return None
    found: list[bytes] = []
    level = begin = 0
    for match in _PIECES.finditer(line):
        sign = line[match.start() : match.start() + 1]
        if sign in (b"{", b"["):
            level += 1
        elif sign in (b"}", b"]"):
            level -= 1
            if not level:
                item = line[begin : match.end()].strip(b", ")
                if object_of_line(item) is None:
                    return None
                found.append(item)
                begin = match.end()
    return found if len(found) > 1 and not line[begin:].strip(b", \r\n") else None


def has_constants(body: bytes) -> bool:
    """Whether there may be one of the numbers that JSON doesn't have, in a text perhaps."""
    return any(name in body for name in CONSTANT_NAMES)


def constants_as_text(body: bytes, write: Callable[[bytes], bytes] = lambda name: b'"%b"' % name) -> bytes:
    """JSON in which NaN and Infinity, as Python writes them, are strings; `write` makes the string of a name."""
    return _CONSTANTS.sub(lambda match: match[1] or write(match[0]), body)


def cut_object(line: bytes) -> Object | None:
    """The members of a JSON object whose end is missing, a text cut off in the middle included."""
    level = 0
    last = -1
    for match in _PIECES.finditer(line):
        first = line[match.start() : match.start() + 1]
        if first in (b"{", b"["):
            level += 1
        elif first in (b"}", b"]"):
            level -= 1
            if not level:
                return None
        elif first == b"," and level == 1:
            last = match.start()
    text = _CUT_TEXT.fullmatch(line, 1 if last < 0 else last + 1)
    if last < 0 and text is None:
        return None
    found = {} if last < 0 else object_of_line(line[:last] + b"}")
    if found is not None and text is not None:
        try:
            name = msgspec.json.decode(text[1], type=str)
            found[name] = Raw(msgspec.json.encode(_cut_text(text[2])))
        except (ValueError, InvalidJson):
            pass
    return found


def _cut_text(literal: bytes) -> str:
    """The text of a literal without its end, without an escape that is cut in two."""
    for missing in range(7):
        try:
            return str(msgspec.json.decode(checked(literal[: len(literal) - missing] + b'"'), type=str))
        except ValueError:
            continue
    raise InvalidJson("no text")


def list_of_objects(line: bytes) -> list[bytes] | None:
    """The objects of a JSON list that holds nothing else; None for any other line."""
    try:
        items = _decode_list(checked(line))
    except (ValueError, RecursionError):
        return None
    found = [bytes(item) for item in items]
    return found if found and all(item[:1] == b"{" for item in found) else None


def text_of(raw: Raw) -> str | None:
    """The value of a JSON string; None for anything else."""
    value = bytes(raw)
    return decode_text(value) if value[:1] == b'"' else None


def members_of(raw: Raw) -> Object | None:
    """The members of a JSON object; None for anything else."""
    if bytes(raw)[:1] != b"{":
        return None
    try:
        return _decode(raw)
    except (ValueError, RecursionError):
        return None
