"""How texts and numbers are compared, with one meaning for SQL and for live entries."""

import json
import math
import re
from typing import Final
from unicodedata import normalize

NUMBER: Final = r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
"""A number as JSON writes it, and what counts as one in a text; for RE2 and for Python."""

_NUMBER: Final = re.compile(NUMBER)


EXACT_UP_TO: Final = 2**53
"""Doubles tell whole numbers below this apart."""

COLOURS: Final = r"(?-i:\x1b\[[0-9;:]*[A-Za-z])"
"""The codes by which terminals show colours, which may stand inside of words; for RE2, Python, and PCRE.

With its case: to a collation that ignores it, U+017F is a letter of ASCII.
"""

_COLOURS: Final = re.compile(COLOURS)


def number_of(text: str) -> int | float | None:
    """The number that a text is, as JSON writes numbers; None when it is not one, or too large for a double."""
    if not _NUMBER.fullmatch(text):
        return None
    number = float(text)
    if not math.isfinite(number):
        return None
    if text.lstrip("-").isdigit():
        whole = int(text.lstrip("-0") or "0")  # without the zeros, which Python takes no more than 4,300 of
        return -whole if text[0] == "-" else whole
    return number


def uncoloured(text: str) -> str:
    """A message as it is searched: without the codes for colours."""
    return _COLOURS.sub("", text) if "\x1b" in text else text


def spellings(text: str) -> list[str]:
    """A text, folded, in the forms in which é is one character or two."""
    if text.isascii():
        return [fold(text)]
    return list(dict.fromkeys(fold(form) for form in (text, normalize("NFC", text), normalize("NFD", text))))


def json_spellings(text: str) -> list[str]:
    """The same as JSON may write it: as it is, with escapes for all but ASCII, and with an escaped slash."""
    forms = [text, normalize("NFC", text), normalize("NFD", text)]
    written = [json.dumps(form, ensure_ascii=ascii)[1:-1] for form in forms for ascii in (False, True)]
    return list(dict.fromkeys(fold(form) for one in written for form in (one, one.replace("/", "\\/"))))


def fold(text: str) -> str:
    """The form in which texts are compared case-insensitively.

    Character by character: lower case of upper case where both are one character, so that all forms of sigma are equal
    and so are the Kelvin sign and k, while lengths never change. DuckDB's lower(upper(…)) does the same, see
    tests/stores/index/test_sql.py.
    """
    if text.isascii():
        return text.lower()
    return "".join(map(_fold_character, text))


def _fold_character(character: str) -> str:
    upper = character.upper()
    if len(upper) != 1:
        upper = character
    return upper.lower()[0]  # the capital I with a dot alone has a longer lower case
