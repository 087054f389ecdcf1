r"""The pattern of a message: what varies in it is replaced by placeholders, so that messages of one kind have one.

MASKS are applied one after the other. They are written in what RE2 and Python's `re` have in common and mean alike, so
that the search index masks messages itself: tests/stores/index/test_pattern_sql.py proves both equal. What a message
that is made for it costs `re` is bounded by MAX_MESSAGE: some 20 ms.
"""

import re
from typing import Final, NamedTuple

from logstream.query.comparison import uncoloured

MAX_MESSAGE: Final = 2000
"""Characters of a message that its pattern is made of."""

MAX_PATTERN: Final = 500
"""Characters of a pattern: what comes behind is left out, and varies freely."""

_CLOCK: Final = r"[0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]+)?(?: ?(?:Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2}))?"
_MONTH: Final = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_WEEKDAY: Final = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_MEASURE: Final = r"[0-9]+(?:\.[0-9]+)?(?:ns|us|µs|ms|s|m|h|d|[kKMGT]?i?B)"


class Mask(NamedTuple):
    """What is replaced, and by what; only in texts that have `contained`, which are found much faster."""

    contained: str
    expression: str
    placeholder: str


MASKS: Final = (
    Mask('"', r'"[^"]*"', '"<*>"'),
    Mask("'", r"\B'[^']*'\B", "'<*>'"),  # no apostrophe: that stands within a word, or ends one
    Mask("://", r"\b[A-Za-z][A-Za-z0-9+.-]{1,20}://[^ \t\r\n\"'<>()\[\]]+", "<url>"),
    Mask("@", r"\b[A-Za-z0-9_.+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", "<email>"),
    Mask("/", r"\B/[A-Za-z_.~][^ \t\r\n\"'<>()\[\]{}|,;]*", "<path>"),
    Mask("\\", r"\b[A-Za-z]:\\[^ \t\r\n\"'<>|]+", "<path>"),
    Mask(
        ":",
        rf"\b(?:[0-9]{{4}}[-/.][0-9]{{2}}[-/.][0-9]{{2}}[T ]{_CLOCK}|(?:{_WEEKDAY},? )?"
        rf"(?:{_MONTH} [ 0-9][0-9]|[0-9]{{2}}[ /]{_MONTH}[ /][0-9]{{4}})[ :]{_CLOCK}(?: [0-9]{{4}})?|{_CLOCK})\b",
        "<time>",
    ),
    Mask("-", r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}\b", "<time>"),
    Mask("-", r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b", "<id>"),
    Mask(
        ".",
        r"\b[A-Za-z]*[0-9-][A-Za-z0-9-]*(?:\.[A-Za-z0-9-]+)*\.[a-z][a-z0-9-]*\.[a-z]{2,}\b",
        "<host>",
    ),
    Mask(".", r"\b[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?::[0-9]{1,5})?\b", "<ip>"),
    Mask(":", r"\b[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{0,4}){3,7}\b", "<ip>"),
    Mask(
        "",
        rf"(?:\B-)?\b(?:0[xX][0-9a-fA-F]+|(?:{_MEASURE})+|[0-9]+(?:[.,][0-9]+)+|[0-9][0-9a-fA-F]*"
        r"|[a-fA-F]{1,5}[0-9][0-9a-fA-F]{2,}|[a-fA-F][0-9a-fA-F]{7,})\b",
        "<n>",
    ),
    Mask("", r"\b[A-Za-z]*[0-9]+[A-Za-z]+[0-9][A-Za-z0-9]*\b", "<id>"),
    Mask("", "[0-9]+", "<n>"),
    Mask("_-", "_-<n>", "_<n>"),
)

_MASKS: Final = [(mask.contained, re.compile(mask.expression, re.ASCII).sub, mask.placeholder) for mask in MASKS]
_PLACEHOLDER: Final = re.compile(r"<[a-z*]+>|<[a-z*]*$")


def pattern_of(message: str) -> str:
    """The pattern of a message. Measured: 25 us for one of 80 characters."""
    text = uncoloured(message)[:MAX_MESSAGE]
    for contained, replaced, placeholder in _MASKS:
        if contained in text:
            text = replaced(placeholder, text)
    return text[:MAX_PATTERN]


def longest_literal(pattern: str) -> str:
    """A text that every message of the pattern has, without its colours; as long as can be, or none."""
    return max(_PLACEHOLDER.split(pattern), key=len)


def search_for(pattern: str) -> str:
    """What finds the messages of a pattern, in the search language."""
    escaped = pattern.replace("\\", "\\\\").replace('"', '\\"')
    return f'pattern:"{escaped}"'
