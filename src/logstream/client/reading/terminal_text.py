"""Log text made harmless for a terminal: what would control it is shown instead of obeyed.

C0 control characters and DEL become their control pictures (U+2400 and on), C1 ones `\\x9b`, and the characters that
turn the direction of writing, with which text can pose as other text (CVE-2021-42574), `\\u202e`.
"""

import re
import unicodedata
from typing import Final

_DIRECTIONS: Final = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
_PICTURES: Final = {
    **{code: chr(0x2400 + code) for code in range(0x20)},
    0x7F: "\u2421",
    **{code: f"\\x{code:02x}" for code in range(0x80, 0xA0)},
    **{code: f"\\u{code:04x}" for code in _DIRECTIONS},
}
_KEPT_IN_TEXT: Final = {code: picture for code, picture in _PICTURES.items() if chr(code) not in "\n\t"}
_IN_JSON: Final = re.compile("[\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def visible(text: str) -> str:
    """The text on one line."""
    return text if text.isprintable() else text.translate(_PICTURES)


def visible_lines(text: str) -> str:
    """The text with its line breaks and tabs; CR LF becomes LF."""
    return text if text.isprintable() else text.replace("\r\n", "\n").translate(_KEPT_IN_TEXT)


def visible_json(line: bytes) -> bytes:
    """The same value as JSON that a terminal can be given: what JSON lets stand is escaped as JSON does."""
    if line.isascii() and b"\x7f" not in line:
        return line
    return _IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", line.decode("utf-8", "replace")).encode()


def columns(text: str) -> int:
    """How many columns of a terminal the text takes: wide East Asian characters two, combining ones none."""
    return sum(map(_columns_of_character, text))


def _columns_of_character(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
