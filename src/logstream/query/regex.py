"""Regular expressions in linear time: RE2, the engine that DuckDB has built in, with the same bounds.

The two copies of RE2 differ only in CJK Extension I, which the older one does not know to be letters.
"""

from functools import lru_cache
from typing import Any

import re2

RegexError = re2.error


@lru_cache(1000)
def compiled(pattern: str, *, ignore_case: bool = False) -> Any:
    """The compiled expression, an `re2` pattern object. Raises RegexError."""
    options = re2.Options()
    options.case_sensitive = not ignore_case
    options.log_errors = False
    return re2.compile(pattern, options)


def word_prefix(text: str) -> str:
    """The expression for a word that begins with this text."""
    return rf"(?:^|[^\pL\pN_]){re2.escape(text)}"
