"""What the bytes of a source are: text in an encoding, told by a byte order mark or by the user, or no text at all."""

import codecs
from typing import Final, NamedTuple

HEAD_BYTES: Final = 8192
"""Bytes at the start of a source by which it is judged."""

MARK_BYTES: Final = 4
"""The length of the longest byte order mark."""


class Encoding(NamedTuple):
    """`codec` as Python names it; None for UTF-8, whose bytes are passed on as they are. `newline` in that encoding."""

    codec: str | None
    newline: bytes

    def utf8(self, line: bytes) -> bytes:
        """A line in UTF-8; what can't be decoded becomes U+FFFD."""
        return line if self.codec is None else line.decode(self.codec, errors="replace").encode()


UTF_8: Final = Encoding(None, b"\n")

_MARKS: Final = (
    (b"\xef\xbb\xbf", UTF_8),
    (b"\xff\xfe\0\0", Encoding("utf-32-le", b"\n\0\0\0")),
    (b"\0\0\xfe\xff", Encoding("utf-32-be", b"\0\0\0\n")),
    (b"\xff\xfe", Encoding("utf-16-le", b"\n\0")),
    (b"\xfe\xff", Encoding("utf-16-be", b"\0\n")),
)
_WITHOUT_MARK: Final = {"utf-16": "utf-16-le", "utf-32": "utf-32-le", "utf-8-sig": "utf-8"}

_FORMATS: Final = (
    (b"LPKSHHRH", "a systemd journal, which --journal sends"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"%PDF", "a PDF"),
    (b"\xd4\xc3\xb2\xa1", "a packet capture"),
)
_CONTROLS: Final = bytes(code for code in range(32) if code not in b"\t\n\v\f\r\b\x07\x1b")
MOST_CONTROLS: Final = 32
"""A control character that text has no use for in this many bytes: such a source is no text."""


class Binary(Exception):
    """A source is no text; the text says what it is instead."""


def named_encoding(name: str) -> Encoding:
    """The encoding that a user names, as Python spells it. Raises LookupError for one that is unknown or of no text."""
    name = _WITHOUT_MARK.get(name.lower().replace("_", "-"), name)
    newline = "\n".encode(name)
    return UTF_8 if "ä\n".encode(name, errors="replace") == "ä\n".encode() else Encoding(name, newline)


def marked_encoding(head: bytes) -> tuple[Encoding, int] | None:
    """The encoding that a byte order mark at the start of a source tells, and the mark's length."""
    return next(((encoding, len(mark)) for mark, encoding in _MARKS if head.startswith(mark)), None)


def may_become_mark(head: bytes) -> bool:
    """Whether more bytes may make a byte order mark of these, or another one."""
    return any(len(head) < len(mark) and mark.startswith(head) for mark, _ in _MARKS)


def check_text(head: bytes) -> None:
    """Raises Binary for the start of a source that is not UTF-8, nor any encoding that has ASCII in it."""
    for start, what in _FORMATS:
        if head.startswith(start):
            raise Binary(f"not a text file but {what}")
    head = head[:HEAD_BYTES].lstrip(b"\0")  # a hole, as a file has that was cut under a writer that doesn't append
    strange = len(head) - len(head.translate(None, _CONTROLS))
    if strange < 2 or strange * MOST_CONTROLS < len(head) or (0 not in head and _is_utf8(head)):
        return
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) * 3 > len(head) and min(even, odd) * 20 < len(head):
        raise Binary("looks like UTF-16 without a byte order mark: --encoding utf-16-le or utf-16-be says so")
    raise Binary(f"not a text file: {strange} of its first {len(head)} bytes are control characters")


def _is_utf8(head: bytes) -> bool:
    """Whether these bytes, of which the last may be the start of a character, are UTF-8."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True
