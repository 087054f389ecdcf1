"""Log text made harmless for a terminal: what would control it, or hide in it, is shown instead.

C0 control characters and DEL become their control pictures (U+2400 and on), everything else an escape such as `\\x9b`,
`\\u202e` or `\\U000e0041`. Characters that can't be seen make different texts look alike, turn the direction of writing
(CVE-2021-42574) or carry words for a machine that no person reads; they stay where a script or an emoji is written with
them, and so shows them.
"""

import re
import unicodedata
from typing import Final

_HIDDEN: Final = (
    "\x7f-\x9f\xad"  # DEL, C1, soft hyphen
    "\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f"  # zero width, lines, directions, invisible operators
    "\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"  # blanks, variation selectors, byte order mark, annotations
    "\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufffe\uffff"  # surrogates, private use, no characters
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff\U000f0000-\U0010ffff"  # tags, more variation selectors, private use
)
"""Unicode's Default_Ignorable_Code_Point, what is blank, controls, or means something in private only."""

_EMOJI: Final = (
    "\xa9\xae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff"
    "\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
_IDEOGRAPH: Final = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_ARABIC: Final = "\u0620-\u06d3\u06ee-\u06ff\u0750-\u077f\u08a0-\u08c9"
_VIRAMA: Final = "\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca"
_SUBDIVISIONS: Final = [
    "".join(chr(0xE0000 + ord(letter)) for letter in f"{region}\x7f") for region in ("gbeng", "gbsct", "gbwls")
]

_WRITTEN_WITH: Final = "|".join(
    (
        f"(?:(?<=[{_EMOJI}])|(?<=[{_EMOJI}]\ufe0f))\u200d(?=[{_EMOJI}])",  # emoji of several (UTS 51)
        f"(?<=[{_EMOJI}])[\ufe0e\ufe0f]",
        "(?<=[0-9#*])\ufe0f(?=\u20e3)",  # keycaps
        f"(?<=\U0001f3f4)(?:{'|'.join(_SUBDIVISIONS)})",  # flags of England, Scotland, Wales
        f"(?<=[{_IDEOGRAPH}])[\ufe00-\ufe02\U000e0100-\U000e01ef]",  # variants of ideographs (UTS 37)
        f"(?<=[{_ARABIC}])[\u200c\u200d](?=[{_ARABIC}])",  # joining in Arabic and Indic scripts (RFC 5892, A.1 and A.2)
        f"(?<=[{_VIRAMA}])[\u200c\u200d](?=[\u0900-\u0dff])",
        "(?<=[\u1820-\u18aa])[\u180b-\u180d\u180f]",  # forms of Mongolian letters
    )
)

_ON_ONE_LINE: Final = re.compile(f"(?P<written>{_WRITTEN_WITH})|[\x00-\x1f{_HIDDEN}]")
_ON_LINES: Final = re.compile(f"(?P<written>{_WRITTEN_WITH})|[\x00-\x08\x0b-\x1f{_HIDDEN}]")
_IN_JSON: Final = re.compile(f"(?P<written>{_WRITTEN_WITH})|[{_HIDDEN}]")


def visible(text: str) -> str:
    """The text on one line."""
    return text if _is_plain(text) else _ON_ONE_LINE.sub(_shown, text)


def visible_lines(text: str) -> str:
    """The text with its line breaks and tabs; CR LF becomes LF."""
    return text if _is_plain(text) else _ON_LINES.sub(_shown, text.replace("\r\n", "\n"))


def visible_json(line: bytes) -> bytes:
    """The same value as JSON that a terminal can be given: what JSON lets stand is escaped as JSON does."""
    if line.isascii() and b"\x7f" not in line:
        return line
    return _IN_JSON.sub(_shown_in_json, line.decode("utf-8", "replace")).encode()


def _is_plain(text: str) -> bool:
    """Whether there is nothing to look for; not `isprintable` alone, which passes what is blank."""
    return text.isascii() and text.isprintable()


def _shown(match: re.Match[str]) -> str:
    if match["written"]:
        return match[0]
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _shown_in_json(match: re.Match[str]) -> str:
    if match["written"]:
        return match[0]
    units = match[0].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))


def columns(text: str) -> int:
    """How many columns of a terminal the text takes: wide East Asian characters two, those within others none."""
    return sum(map(_columns_of_character, text))


def _columns_of_character(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
