"""Regular expressions in linear time: RE2, the engine that DuckDB has built in, with the same bounds.

The two copies of RE2 differ only in CJK Extension I, which the older one does not know to be letters.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import re2

from logstream.query.comparison import spellings

RegexError = re2.error

_TOKEN: Final = re.compile(
    r"(?:\\(?P<escaped>[!-/:-@\[-`{-~])|\\.|\[\^?\]?(?:\\.|\[:\^?[a-z]+:\]|[^\]\\])*\]|(?P<text>.))"
    r"(?P<repeated>[*?+]|\{[0-9,]*\})?\??",
    re.DOTALL,
)
"""What an expression is made of: a character, escaped or not, or a class; and how often it may come."""

_NOT_LOOKED_INTO: Final = re.compile(r"\\[0-7xpPQC]|\|")
"""Escapes that reach beyond the next character, and alternatives."""


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


def literals_of(pattern: str) -> list[str]:
    """Texts that whatever matches the expression has, in any case of letters; perhaps fewer than there are.

    What stands in groups, and any expression with alternatives, is not looked into.
    """
    if _NOT_LOOKED_INTO.search(pattern):
        return []
    found, depth = [""], 0
    for token in _TOKEN.finditer(pattern):
        text, repeated = token["text"], token["repeated"]
        depth += (text == "(") - (text == ")")
        literal = token["escaped"] or (text if text and text.isascii() and text not in "()[.^$*+?{" else "")
        if depth == 0 and literal and repeated in (None, "+"):
            found[-1] += literal
        if depth or not literal or repeated:
            found.append("")
    return [text for text in found if text]
