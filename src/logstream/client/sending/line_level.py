"""The levels that log lines state: a word counts only where loggers put levels, never inside prose.

That place is the start of the line or right after its time, behind at most a few process ids, threads or logger names;
there the word stands in brackets, in capitals, or before a colon.
"""

import re
from typing import Final

import msgspec

from logstream.entries.entry import LEVEL_ALIASES


class LevelAt(msgspec.Struct, frozen=True, gc=False):
    """A level, and where in the line the word that states it ends."""

    level: str
    end: int


_WORDS: Final[dict[str, str]] = {
    **{word: level for word, level in LEVEL_ALIASES.items() if word.isalpha()},
    # java.util.logging, loguru, log15, PHP
    **dict.fromkeys(("fine", "finer", "finest", "dbug"), "debug"),
    "success": "info",
    "eror": "error",
    "severe": "error",
    "fatal error": "critical",
}
_KLOG: Final = {"I": "info", "W": "warning", "E": "error", "F": "critical", "D": "debug", "A": "info"}
_REDIS: Final = {".": "debug", "-": "debug", "*": "notice", "#": "warning"}

_ANY: Final = "|".join(sorted((re.escape(word) for word in _WORDS), key=len, reverse=True))
_CAPITALS: Final = _ANY.upper()

_STATED: Final = rf"""
    (?: \[\s*(?:[\w.]+:)?((?i:{_ANY}))\s*\]               # [error] [INFO ] [core:error]
      | (?:[\w-]+\.)?({_CAPITALS})(?=[\s:|\]]|$)          # ERROR  WARN:  production.ERROR:
"""
_AFTER_TIME: Final = re.compile(
    rf"""
    [\s|:,;\])-]*
    (?: (?: \[[^\[\]]{{0,80}}\] | \([^()]{{0,80}}\)       # [main] [123] (Thread-1)
          | \#?\d{{1,10}}(?:\#\d+)?(?![\dA-Za-z.])        # 148  #1234
          | [\w.$:/-]{{1,80}}\ -(?=\s)                    # logger.name -
          | [^\s@\[]{{1,80}}@[^\s\[]{{1,80}}              # user@database
        ) [\s|:,;\])-]*
    ){{0,4}}?
    {_STATED}
      | (?:PHP\ )?((?i:{_ANY}))(?=:(?:\s|$)|\ \ |\t|\ *\|) # warning: msg   PHP Notice:  msg   Info    msg
      | (?P<postgresql>LOG|DEBUG[1-5])(?=:)
    )
    """,
    re.VERBOSE | re.ASCII,
)
_AFTER_TAG: Final = re.compile(
    rf"\[\s*((?i:{_ANY}))\s*\]|({_CAPITALS})(?=:)|(TRACE|DEBUG|INFO|WARN|WARNING|ERROR|CRITICAL|FATAL)(?=\s)", re.ASCII
)
"""Without a colon only the words that loggers write: `logrotate: ALERT exited abnormally` names no level."""


def level_of(word: str) -> str | None:
    """The level that a word alone means, in any case; digits are syslog severities."""
    word = word.lower()
    return _WORDS.get(word) or LEVEL_ALIASES.get(word)


def level_at(text: str, at: int = 0) -> LevelAt | None:
    """The level stated at the start of a line or behind its time."""
    match = _AFTER_TIME.match(text, at)
    if match is None:
        return None
    if match.lastgroup == "postgresql":
        level = "info" if match[match.lastgroup] == "LOG" else "debug"
    else:
        level = _WORDS[_stated_word(match)]
    return LevelAt(level, match.end())


def level_after_tag(text: str, at: int) -> str | None:
    """The level stated at the start of a syslog message: only in brackets or capitals, as the rest is prose."""
    match = _AFTER_TAG.match(text, at)
    return None if match is None else _WORDS[_stated_word(match)]


def _stated_word(match: re.Match[str]) -> str:
    """The text of the one group that took part, in lower case: each alternative has its own."""
    return match[match.lastindex or 0].lower()


def level_of_priority(priority: int) -> str:
    """The severity inside a syslog `<PRI>`, RFC 5424 section 6.2.1."""
    return LEVEL_ALIASES[str(priority & 7)]


def level_of_letter(letter: str) -> str:
    """The first letter of a klog or Ruby line."""
    return _KLOG[letter]


def level_of_sign(sign: str) -> str | None:
    """The sign behind the time of a Redis line."""
    return _REDIS.get(sign)
