"""How texts and numbers are compared, with one meaning for SQL and for live entries."""

import math
import re
from typing import Final

NUMBER: Final = r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
"""A number as JSON writes it, and what counts as one in a text; for RE2 and for Python."""

_NUMBER: Final = re.compile(NUMBER)


def number_of(text: str) -> float | None:
    """The number that a text is, as JSON writes numbers; None when it is not one, or too large for a double."""
    if not _NUMBER.fullmatch(text):
        return None
    number = float(text)
    return number if math.isfinite(number) else None


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
