"""Regular expressions in linear time: RE2, the engine that DuckDB has built in, with the same bounds.

The two copies of RE2 differ only in CJK Extension I, which the older one does not know to be letters.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import re2

from logstream.query.comparison import spellings

RegexError = re2.error


@lru_cache(1000)
def compiled(pattern: str, *, ignore_case: bool = False) -> Any:
    """The compiled expression, an `re2` pattern object. Raises RegexError."""
    options = re2.Options()
    options.case_sensitive = not ignore_case
    options.log_errors = False
    return re2.compile(pattern, options)


def word_forms(parts: Sequence[str]) -> list[list[str]]:
    """The parts of a word in each of their `spellings`."""
    return [form.split("*") for form in spellings("*".join(part.replace("*", "") for part in parts))]


def longest_of(parts: Sequence[str]) -> str:
    """The text that rules out most of what a word doesn't match, at many times the speed of the expression."""
    return max(parts, key=len)


def word_like(parts: Sequence[str]) -> str:
    """The expression for a word that is made of these parts, see `conditions.WordLike`."""
    begin = r"(?:^|[^\pL\pN_])" if parts[0] else ""
    end = r"(?:$|[^\pL\pN_])" if parts[-1] else ""
    return begin + r"[\pL\pN_]*".join(re2.escape(part) for part in parts) + end


def like(parts: Sequence[str]) -> str:
    """The expression for a whole text that is made of these parts, with anything in between."""
    return "(?s)^" + ".*".join(re2.escape(part) for part in parts) + r"\z"
