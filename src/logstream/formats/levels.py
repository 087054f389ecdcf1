"""The levels that log lines state: a word counts only where loggers put levels, never inside prose.

That place is the start of the line or right after its time, behind at most a few process ids, threads, files or logger
names; there the word stands in brackets, in capitals, or before a colon, a tab or the padding of a column.
"""

import re
from typing import Final

from logstream.entries.entry import LEVEL_ALIASES

WORDS: Final[dict[str, str]] = {
    **{word: level for word, level in LEVEL_ALIASES.items() if word.isalpha()},
    # Serilog, zerolog, logrus, .NET, log15, npm, java.util.logging, loguru, Log4j 1, Swift
    **dict.fromkeys(("dbg", "debu", "dbug", "trc", "trac", "trce", "vrb", "verb", "silly", "finest"), "debug"),
    **dict.fromkeys(("fine", "finer"), "debug"),
    **dict.fromkeys(("inf", "config", "success", "note", "system", "http", "informational"), "info"),
    **dict.fromkeys(("wrn", "warnings", "caution"), "warning"),
    **dict.fromkeys(("erro", "eror", "fail", "severe", "failure"), "error"),
    **dict.fromkeys(("ftl", "fata", "fat", "pani", "dpanic", "pnc", "crt", "fault"), "critical"),
}
"""What the words of loggers mean, in lower case."""

LOCAL: Final = {
    # java.util.logging in French, Spanish, Italian, Portuguese, German, Chinese and Japanese
    **dict.fromkeys(("grave", "schwerwiegend", "严重", "嚴重", "重大"), "error"),
    **dict.fromkeys(("avertissement", "advertencia", "avvertenza", "aviso", "warnung", "警告"), "warning"),
    **dict.fromkeys(("infos", "información", "informazioni", "信息", "資訊", "情報"), "info"),
}
"""Words of other languages, in lower case: they count in capitals only, and at no other place than `SEVERE` does."""

_STATED: Final = {
    "log": "info",
    **{f"debug{number}": "debug" for number in range(1, 6)},  # PostgreSQL
    **dict.fromkeys(("T", "V", "D"), "debug"),
    "I": "info",
    "N": "notice",
    "W": "warning",
    "E": "error",
    **dict.fromkeys(("F", "C"), "critical"),
}
"""What is a level only where one is said to be."""

_PHP: Final = {
    # as Monolog's ErrorHandler has them
    "fatal error": "critical",
    "parse error": "critical",
    "compile error": "critical",
    "core error": "critical",
    "recoverable fatal error": "error",
    "catchable fatal error": "error",
    "strict standards": "notice",
    "deprecated": "notice",
}
_LETTERS: Final = {
    "T": "debug",
    "V": "debug",
    "D": "debug",
    "I": "info",
    "N": "notice",
    "W": "warning",
    "E": "error",
    "C": "critical",
    "F": "critical",
    "A": "info",
}
"""`A` is Ruby's `ANY`; Android's `A` (assert) never occurs without a crash."""

_REDIS: Final = {".": "debug", "-": "debug", "*": "notice", "#": "warning"}
_XORG: Final = {"EE": "error", "WW": "warning", "II": "info", "DB": "debug"}
_ESXI: Final = {
    "Em": "critical",
    "Al": "critical",
    "Cr": "critical",
    "Er": "error",
    "Wa": "warning",
    "No": "notice",
    "In": "info",
    "Db": "debug",
}

_BARE_NOT: Final = frozenset(
    (
        *("config", "note", "system", "http", "fail", "fault", "fat", "crt", "fine", "caution", "failure", "warnings"),
        *("pnc", "informational"),
    )
)
"""Words that stand in capitals for something else too: only in brackets or before a colon."""


def _any(words: list[str]) -> str:
    return "|".join(sorted((re.escape(word) for word in words), key=len, reverse=True))


_ANY: Final = _any(list(WORDS))
_PLAIN: Final = _any([word for word in WORDS if word not in ("note", "system", "http", "config", "fat", "success")])
_CAPITALS: Final = (
    _any([word.upper() for word in WORDS if word not in _BARE_NOT])
    + rf"|(?=[AGISW\u4e00-\u9fff])(?:{_any([word.upper() for word in LOCAL])})"
)

_GAP: Final = r"[\s|,;:>\])}*=/\-\u2013\u2014\u203a]*+"
_LEVEL: Final = rf"""
    (?: [\[(<{{*]\ {{0,5}}(?:[\w.]*[:\#])?(?P<b>(?i:{_ANY}))(?:[1-8](?=\])|[:/][\w-]+)?\ *[\])>}}*]
          (?!\s+(?:{_CAPITALS})\s)
      | (?:[\w-]{{1,60}}\.){{0,5}}(?P<c>{_CAPITALS})(?=[\s:|\],;/(>)!\[*]|-\ |$)
      | (?P<bar>[IWEFDVTC])(?<=\|.)(?=\|)
      | "(?<=,")(?P<u>(?i:{_ANY}))"(?=,|$)
      | (?:PHP\ (?:[a-z]{{3,12}}\ )?)?(?P<w>(?i:{_PLAIN}))(?=\ ?:(?!\S)|\t|\ \ |\ ?\||\ -\ )
      | PHP\ (?P<p>(?i:{_any(list(_PHP))}))(?=:)
      | (?P<pf>(?i:fatal\ error|parse\ error))(?=:\ )
      | (?P<q>LOG|DEBUG[1-5])(?=:)
      | (?=[\[lLsS])\[?(?:[lL]evel|LEVEL|lvl|[sS]everity)=["\[]?(?P<e>(?i:{_ANY}))(?![\w.])
      | (?P<r>error|warning)\[\w+\](?=:)
      | (?P<a>[VDIWEF])/[\w.$-]{{1,60}}\ *\(\ *\d+\):
      | (?P<l>[IWEFVTC]|D[1-5]?)(?:!\ |\ {{1,2}}(?=\||[A-Z]{{3,}}\b|-\ {{2,}}\[
          |(?<![CT]\ )(?<![CT]\ \ )[\w./-]{{1,60}}\ {{0,7}}:(?:\d+\]|\s)))
      | [\[(](?P<s>[IWEFDNC])[\])](?=\s) | \[(?P<k>[IWEDV])\](?=\[)
      | \((?P<x>EE|WW|II|DB)\)(?=\ )
      | (?P<v>Em|Al|Cr|Er|Wa|No|In|Db)\(\d+\)
      | %%?(?:[A-Z0-9][\w-]*?[-/])(?P<n>[0-7])[-/][A-Z0-9_]+(?:\(\w+\))?(?::|\[)
      | (?P<m>Default|Info|Debug|Error|Fault)(?=\s+0x[0-9a-f]+\s)
      | \#\#\[(?P<g>error|warning|debug|notice)\]
      | (?P<t>(?:{_any([w for w in WORDS if len(w) > 2 and w not in ("fine", "note", "system", "http", "config")])}))
        (?=/\w+:\s|\ [\w-]+\[\w+\]|\ <\w+>:)
    )
"""
_SKIPPED: Final = r"""
    (?> \[[^\[\]]{0,100}\] | \([^()]{0,100}\) | <[^<>]{0,100}> | \{[^{}]{0,200}\}    # [main] (Thread-1) <0.1.0> {}
      | [#+@]?\d[\w.:\#,/+%-]{0,60}                                      # 148  #1234  12#0:  0x7f  8f3a-1
      | \.{0,3}[\w$-]{1,60}[.:/@_\#$=][\w$.:/@\#=,&+*~%()-]{0,120}             # o.s.Boot  user@database  x.py:7  name:
      | [\w$]{1,40}-[\w$.:/@\#=,&+*~%()-]{1,120}                         # web-1
      | [A-Za-z_]\w{0,40}(?=\ ?\||\ ->?\ |\t|\ \ |\ ?\[
          |\ \((?i:err|warn|notice|info|debug|crit)\w*\))                        # a column
      | @(?=:) | main(?=\ [A-Z]{4,5}\ ) | (?:main\ )?pid\ \d+:? | [A-Z]\w+(?=\ JID-)
      | [A-Za-z_]\w{0,40}(?=\ (?:ERROR|WARNING|INFO|DEBUG|FATAL)\ ?:)
    )
"""
_AFTER_TIME: Final = re.compile(
    rf"\"?{_GAP}(?:{_SKIPPED}{_GAP}){{0,6}}?(?:(?<![\w.])|(?=\[)){_LEVEL}", re.VERBOSE | re.ASCII
)
_QUICK: Final = re.compile(
    r"[\s\]:,|-]*+(?:(?>\[[\w .:#/-]{0,60}\]|\d{1,9}(?=[ \]]))[\s\]:,|-]*+){0,2}?"
    rf"[\[(<]?({_CAPITALS})(?=[\s\]:)>])",
    re.ASCII,
)
"""What most lines have behind their time, 2 µs sooner than by all that can stand there."""

_FIRST: Final = re.compile(
    rf"""\s{{0,8}}+
    (?: npm\ (?!error|warn) | [\w-]{{1,40}}:\ (?=\[\w+\]\ ) | log4j:(?=[A-Z]) | [*!>=]{{1,4}}\ )?
    (?: npm\ (?P<f>error|warn)(?=\ )
      | \[(?P<h>{_CAPITALS})[\ |](?=(?:[\w.-]{{1,40}}[\ |])?(?:\d{{4}}-\d\d-\d\d[\ T])?\d\d:\d\d:)
      | (?:kern|user|mail|daemon|auth|syslog|lpr|news|uucp|cron|authpriv|ftp|local[0-7])\ *:(?P<y>[a-z]{{3,6}})\ *:[ ]
      | [A-Za-z]\w{{1,40}}:(?P<i>error|warn|info|debug)\ +(?=\d{{4}}-)
      | (?P<j>[VDIWEF])(?:/[\w.$-]{{1,60}}|\ \(\d{{1,10}}\)\ [\w.-]{{1,40}}):[ ]
      | (?:(?>\[[^\[\]]{{0,60}}\] | \([^()]{{0,60}}\) | \d[\w:./,+-]{{0,40}}
          | [\w/-]{{1,80}}\.\w{{1,5}}[:(][\d,:]{{1,12}}\)?)[\s:|,!-]*+){{0,3}}?{_LEVEL}
    )""",
    re.VERBOSE | re.ASCII,
)
_AFTER_TAG: Final = re.compile(
    rf"""
    (?:\([^()]{{1,100}}\)\ (?=[\[<])
      | [\w-]{{1,40}}+(?:\([^()]{{0,100}}\))?(?:<[^<>]{{0,60}}>){{0,2}}+:[ ]  # Dovecot
        (?=(?:Debug|Info|Warning|Error|Fatal|Panic):\ )
      | [a-z]{{3}}\ (?=\[(?:debug|info|warn|error)\])  # Fly.io
    )?
    (?: \[\s*(?P<b>(?i:{_ANY}))\s*\]
      | <(?P<e>(?i:{_ANY}))>(?=:|\s+\[\d)
      | \((?P<u>(?i:{_any(sorted(LEVEL_ALIASES.keys() & WORDS.keys()))}))\)(?=\s)
      | (?:[\w-]{{1,60}}\.){{0,5}}(?P<c>{_CAPITALS})(?=:)
      | (?P<w>(?i:{_PLAIN}))(?=:\s)
      | (?P<o>TRACE|DEBUG|INFO|WARN|WARNING|ERROR|ERR|CRITICAL|FATAL|WRN|INF|DBG|FTL)(?=\s)
      | <(?P<d>[0-7])>
      | %%?(?:[A-Z0-9][\w-]*?[-/])(?P<n>[0-7])[-/][A-Z0-9_]+(?:\(\w+\))?(?::|\[)
      | PHP\ (?P<p>(?i:{_any(list(_PHP))}))(?=:)
    )
    """,
    re.VERBOSE | re.ASCII,
)
"""Without a colon only the words that loggers write: `logrotate: ALERT exited abnormally` names no level."""

_THREAD: Final = re.compile(rf"\[[^\[\]]{{1,60}}/({_CAPITALS})\]")
_IN_WORD: Final = re.compile(r"([A-Za-z]+)[+-]\d+")
_COLOUR: Final = re.compile(r"\x1b\[[0-9;]{0,16}m")


def level_of(word: str) -> str | None:
    """The level that a word alone means, in any case; digits are syslog severities."""
    level = WORDS.get(word) or LEVEL_ALIASES.get(word) or _STATED.get(word)
    if level is not None:
        return level
    word = word.strip().lower()
    if "\x1b" in word:
        word = _COLOUR.sub("", word)
    level = WORDS.get(word) or LEVEL_ALIASES.get(word) or _STATED.get(word) or LOCAL.get(word)
    if level is None and (match := _IN_WORD.fullmatch(word)) is not None:
        level = WORDS.get(match[1])  # `ERROR+2` of Go's slog
    return level


def level_after_time(text: str, at: int) -> tuple[str, int] | None:
    """The level stated behind the time that ends at `at`, and where the word ends."""
    match = _QUICK.match(text, at)
    if match is not None:
        word = match[1].lower()
        return WORDS.get(word) or LOCAL[word], match.end()
    return _level(_AFTER_TIME.match(text, at))


def level_first(text: str, at: int = 0) -> tuple[str, int] | None:
    """The level stated at the start of a line, and where the word ends."""
    return _level(_FIRST.match(text, at))


def level_after_tag(text: str, at: int) -> str | None:
    """The level stated at the start of a syslog message: in brackets or before a colon, as the rest is prose."""
    found = _level(_AFTER_TAG.match(text, at))
    return None if found is None else found[0]


def _level(match: re.Match[str] | None) -> tuple[str, int] | None:
    if match is None:
        return None
    kind = match.lastgroup
    word = match[kind or 0]
    end = match.end()
    if kind in ("l", "s", "a", "k", "j", "bar"):
        return _LETTERS[word[0]], end
    if kind in ("p", "pf"):
        return _PHP[word.lower()], end
    if kind == "q":
        return ("info" if word == "LOG" else "debug"), end
    if kind == "x":
        return _XORG[word], end
    if kind == "v":
        return _ESXI[word], end
    if kind in ("n", "d"):
        return LEVEL_ALIASES[word], end
    if kind == "y" and word not in WORDS:
        return None
    return WORDS.get(word.lower()) or LOCAL.get(word.lower(), "info"), end


def level_of_thread(text: str, at: int) -> str | None:
    """`[Server thread/ERROR]`, as Minecraft's servers write."""
    match = _THREAD.search(text, at, at + 120)
    return None if match is None else level_of(match[1])


def level_of_priority(priority: int) -> str:
    """The severity inside a syslog `<PRI>`, RFC 5424 section 6.2.1."""
    return LEVEL_ALIASES[str(priority & 7)]


def level_of_letter(letter: str) -> str:
    """The first letter of a klog, Ruby, CUPS or Android line."""
    return _LETTERS[letter]


def level_of_sign(sign: str) -> str | None:
    """The sign behind the time of a Redis line."""
    return _REDIS.get(sign)
