"""The forms of log lines: which time and level a line of text states, told apart by its first character.

Each form is a function of the line that answers None at once when the line is not of its kind. A line that begins with
its time, as most do, meets one expression for the time and one for the level; only where no form fits is a time looked
for further in, behind a host, a file or a level, and never behind prose.
"""

import itertools
import re
from collections.abc import Callable
from typing import Final, NamedTuple

from logstream.formats.clock import Clock
from logstream.formats.level_columns import level_in_column, level_of_websphere
from logstream.formats.levels import (
    LOCAL,
    level_after_tag,
    level_after_time,
    level_first,
    level_of,
    level_of_letter,
    level_of_sign,
    level_of_thread,
)
from logstream.formats.times import EXACT, MONTHS, Found, access_at, epoch_at, klog_at, time_alone_at, time_at


class Stated(NamedTuple):
    """What a line states: the time as ISO 8601 UTC with `Z`, how much of it (see `times`), and the level."""

    timestamp: str | None
    kind: int
    level: str | None


NOTHING: Final = Stated(None, EXACT, None)
HEAD: Final = 300
"""Characters at the start of a line in which its time is looked for."""

_COLOUR: Final = re.compile(r"\x1b(?:\[[0-9;:?]{0,20}[A-Za-z]|\([0-9A-B])")
_TAGGED: Final = re.compile(r" (?:\S{1,255} )?[^\s:\[]{1,80}\[[^\]\s]{1,40}\]:?\s+(?=\S)")
_CLOCK_LIKE: Final = re.compile(r"\d[:.]\d\d[:.]\d\d|\d{6}[ T]\d{6}|\d{10}\.\d{3}", re.ASCII)
_TOKEN: Final = re.compile(r"(?<![0-9A-Za-z.])(?=[0-9A-Z])", re.ASCII)
_GROUPS: Final = re.compile(r"\[[^\[\]]{0,200}\]|\([^()]{0,200}\)|\{[^{}]{0,200}\}|\"[^\"]{0,200}\"|<[^<>]{0,200}>")
_WORD: Final = re.compile(r"(?<![^\s\[(|])[a-z]{2,}(?=[\s,;]|$)|(?<![^\s\[(|])[A-Z][a-z]+(?=\s)")
_ACCESS: Final = re.compile(r"\[(?=\d\d/[A-Z][a-z][a-z]/\d{4}:)", re.ASCII)
_UNREAD_DATE: Final = re.compile(
    r"\d[-/. ]\w{2,10}[-/. ]\d{2,4}[\s,T_-]*\Z|(?<!\d)[01]\d[-/][0-3]\d[ |]\Z|(?<!\d)(?:19|20)\d\d\D{0,2}\Z"
    r"|[日일]\s*\Z|\d\.? [A-Z][^\W\d_]{2,9}\.? \Z|[A-Z]\d{4} \Z"
)
"""A date that is not understood, before a time of day: which day that is, is not known."""

_STARTED: Final = re.compile(r"(?:\[[^\]]{1,80}\] ){0,3}Started [A-Z]{3,7} \"")
_REDIS: Final = re.compile(
    r"(?:[0-9]{1,10}:[A-Z] (?=[0-9]{4}-)|(?:[0-9]{1,10}:[A-Z] |\[[0-9]{1,10}\] )(?=[0-9]{1,2} [A-Z][a-z]{2} ))"
)
_LETTER: Final = re.compile(
    r"\[ ?([A-Z])[, ] ?(?=[0-9])|([A-Z])(?:, | )\[(?=[0-9])|\[([IWED])\] (?=[0-9])"
    r"|([IWEFD]) (?=\d{4}-\d\d-\d\d[T ])",
    re.ASCII,
)
_KLOG: Final = re.compile(r"([IWEFDC])(?=[0-9]{4})", re.ASCII)
_RANK: Final = re.compile(r"\[\w{1,20}\]: ?", re.ASCII)
_SEQUENCE: Final = re.compile(r"\[\d{1,9}[-:]\d{1,6}\] ", re.ASCII)
"""PostgreSQL's number of a message and its part, Unbound's of a process and its thread."""

_ANDROID: Final = re.compile(r"([VDIWEFA])/[\w.$-]{1,60} {0,20}\( {0,6}\d{1,6}\): ", re.ASCII)
_CHROMIUM: Final = re.compile(r"\[(?:\d{1,8}:){0,2}(?=\d{4}/\d{6})", re.ASCII)
_JUL: Final = re.compile(rf"\n(SEVERE|WARNING|INFO|CONFIG|FINE|FINER|FINEST|{'|'.join(LOCAL).upper()}): ")
_ZABBIX: Final = re.compile(r"\d{1,8}:(?=\d{8}:\d{6}\.)", re.ASCII)
_REPORT: Final = re.compile(r"=([A-Z]+) REPORT==== (?=\d)", re.ASCII)
_COUCHBASE: Final = re.compile(r"\[\w{1,40}:([a-z]{3,9}),(?=\d)", re.ASCII)
_AUDIT: Final = re.compile(r"(?:node=\S{1,80} )?type=\S{1,40} msg=audit\((?=[0-9])")
_SQUID_KID: Final = re.compile(r" kid\d{1,3}\| ", re.ASCII)
_PYTHON_TRACE: Final = re.compile(r"Traceback \(most recent call last\):|Exception in thread |panic: |goroutine \d+ \[")
_RELATIVE: Final = re.compile(r"\[ {0,12}\d{1,9}\.\d{3,9}s?\] ?(?:\[[TC] {0,8}\d{1,8}\] ?)?")
_CSV: Final = re.compile(
    r',(?:"[^"]{0,200}"|[^,"]{0,60}),.{0,300}?,(DEBUG[1-5]?|INFO|NOTICE|WARNING|ERROR|LOG|FATAL|PANIC),[0-9A-Z]{5},'
)
_DATE_AND_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\d)\t(\d\d:\d\d:\d\d)(?=\t)", re.ASCII)


def uncoloured(text: str) -> str:
    """The text without the colours of terminals, and what else moves their cursor."""
    return _COLOUR.sub("", text) if "\x1b" in text else text


def stated(text: str, clock: Clock) -> Stated:
    """The time and level that a line states. Of several lines put together, what the first one states."""
    more = ""
    if (end := text.find("\n")) >= 0:
        text, more = text[:end], text[end : end + 20]
    text = uncoloured(text)
    start = 0
    while text[start : start + 1] in _BLANKS:
        start += 1
    if start > MOST_BLANKS:
        return NOTHING
    found = time_at(text, start, clock)
    if found is not None:
        answer = behind(text, found, clock)
        if more and answer.level is None and (match := _JUL.match(more)) is not None:
            return Stated(answer.timestamp, answer.kind, level_of(match[1]))
        return answer
    if start:
        return _numbered(text, start, clock) or _level_first(text, start, clock) or NOTHING
    return without_time(text, clock)


def without_time(text: str, clock: Clock) -> Stated:
    """What a line of text without colours states that does not begin with its time."""
    for form in _FORMS.get(text[:1], _OTHERS):
        answer = form(text, 0, clock)
        if answer is not None:
            return answer
    return NOTHING


_BLANKS: Final = frozenset(" \t")
MOST_BLANKS: Final = 5
"""Of padding before a time or level; what is indented further, or by less and states none, is the line before's."""


def behind(text: str, time: Found, clock: Clock) -> Stated:
    """A line that begins with its time."""
    stamp, end, kind = time
    level = level_after_time(text, end)
    if level is not None:
        return Stated(stamp, kind, level[0])
    tag = _TAGGED.match(text, end)
    if tag is not None:
        return Stated(stamp, kind, level_of_message(text, tag.end(), clock) or level_in_column(text, end))
    if text[end : end + 1] == "]" and text[end + 1 : end + 2] == " ":
        return Stated(stamp, kind, level_of_thread(text, end + 1))
    if text[end : end + 1] == ",":
        csv = _CSV.match(text, end)
        if csv is not None:
            return Stated(stamp, kind, _POSTGRES.get(csv[1], "debug"))
    return Stated(stamp, kind, level_in_column(text, end))


_POSTGRES: Final = {
    "INFO": "info",
    "NOTICE": "notice",
    "WARNING": "warning",
    "ERROR": "error",
    "LOG": "info",
    "FATAL": "critical",
    "PANIC": "critical",
}


def level_of_message(text: str, at: int, clock: Clock, *, tried: bool = False) -> str | None:
    """The level of a line behind a syslog tag: its own, as klog's or that of a line with a time, or at its start.

    `tried`: none stands right at the start.
    """
    first = text[at : at + 1]
    if first == "[" and (sequence := _SEQUENCE.match(text, at)) is not None:
        at = sequence.end()
        first = text[at : at + 1]
        tried = False
    level = None if tried else level_after_tag(text, at)
    if level is not None:
        return level
    klog = _KLOG.match(text, at)
    if klog is not None and klog_at(text, klog.end(), clock) is not None:
        return level_of_letter(klog[1])
    if first.isdigit() or first in ("[", "*", ".") or text[at : at + 3].lower() in MONTHS:
        found = time_at(text, at + (first in ("[", "*", ".")), clock)
        if found is not None:
            inner = level_after_time(text, found[1])
            return None if inner is None else inner[0]
    return None


def _bracket(text: str, at: int, clock: Clock) -> Stated | None:
    """`[time] …`, `[time level …]`."""
    inside = at + 1
    while text[inside : inside + 1] in ("[", " ", "#", "|"):
        inside += 1
    found = time_at(text, inside, clock) or time_alone_at(text, inside, clock)
    if found is not None:
        return behind(text, found, clock)
    couchbase = _COUCHBASE.match(text, at)
    if couchbase is not None and (found := time_at(text, couchbase.end(), clock)) is not None:
        return Stated(found[0], found[2], level_of(couchbase[1]))
    match = _RELATIVE.match(text, at)
    if match is not None:
        level = level_first(text, match.end())
        return Stated(None, EXACT, None if level is None else level[0])
    return Stated(None, EXACT, letter) if (letter := level_of_websphere(text, at)) is not None else None


def _angle(text: str, at: int, clock: Clock) -> Stated | None:
    """`####<May 18, 2018 1:20:10 PM CST> <Error> …`, WebLogic."""
    inside = at
    while text[inside : inside + 1] in ("#", "<"):
        inside += 1
    found = time_at(text, inside, clock)
    return None if found is None else behind(text, found, clock)


def _star(text: str, at: int, clock: Clock) -> Stated | None:
    """`*Mar  1 01:02:03.456: %LINK-3-UPDOWN: …`, `.Mar  1 …`: Cisco's sign of a clock that is not set."""
    found = time_at(text, at + 1, clock)
    return None if found is None else behind(text, found, clock)


def _alone(text: str, at: int, clock: Clock) -> Stated | None:
    found = time_alone_at(text, at, clock)
    return None if found is None else behind(text, found, clock)


def _redis(text: str, at: int, clock: Clock) -> Stated | None:
    match = _REDIS.match(text, at)
    found = None if match is None else time_at(text, match.end(), clock)
    if found is None:
        return None
    return Stated(found[0], found[2], level_of_sign(text[found[1] + 1 : found[1] + 2]))


def _numbered(text: str, at: int, clock: Clock) -> Stated | None:
    """`77:20240301:010203.456 …`: a process and its time, Zabbix."""
    match = _ZABBIX.match(text, at)
    found = None if match is None else time_at(text, match.end(), clock)
    return None if found is None else behind(text, found, clock)


def _report(text: str, at: int, clock: Clock) -> Stated | None:
    """`=ERROR REPORT==== 1-Mar-2024::01:02:03 ===`, Erlang."""
    match = _REPORT.match(text, at)
    found = None if match is None else time_at(text, match.end(), clock)
    if match is None or found is None:
        return None
    return Stated(found[0], found[2], level_of(match[1]))


def _letter(text: str, at: int, clock: Clock) -> Stated | None:
    """`I, [time #7]` (Ruby), `E [time]` (CUPS), `[I 240301 01:02:03 x:7]` (Tornado), `[ N time …]` (Passenger)."""
    match = _LETTER.match(text, at)
    if match is None:
        return None
    letter = match[match.lastindex or 0]
    found = time_at(text, match.end(), clock) or time_alone_at(text, match.end(), clock)
    if found is None or letter not in _LETTERS:
        return None
    return Stated(found[0], found[2], "debug" if letter == "D" else _LETTERS[letter])


_LETTERS: Final = {
    "D": "debug",
    "T": "debug",
    "I": "info",
    "N": "notice",
    "W": "warning",
    "E": "error",
    "F": "critical",
    "C": "critical",
    "X": "critical",
    "A": "info",
}


def _klog(text: str, at: int, clock: Clock) -> Stated | None:
    """`E0301 01:02:03.456789 7 x.go:1] …` (klog), `E20240301 01:02:03 …` (glog), `I240301 …` (CockroachDB).

    PyTorch writes the number of a process before it: `[rank0]:E0301 …`.
    """
    rank = _RANK.match(text, at) if text[at] == "[" else None
    match = _KLOG.match(text, at if rank is None else rank.end())
    if match is None:
        return None
    found = klog_at(text, match.end(), clock) or time_at(text, match.end(), clock)
    return None if found is None else Stated(found[0], found[2], level_of_letter(match[1]))


def _android(text: str, at: int, clock: Clock) -> Stated | None:
    match = _ANDROID.match(text, at)
    if match is None:
        return None
    return Stated(None, EXACT, "critical" if match[1] == "A" else level_of_letter(match[1]))


def _chromium(text: str, at: int, clock: Clock) -> Stated | None:
    """`[77:78:0301/010203.456789:ERROR:x.cc(7)] …`."""
    match = _CHROMIUM.match(text, at)
    found = None if match is None else klog_at(text, match.end(), clock)
    return None if found is None else behind(text, found, clock)


def _audit(text: str, at: int, clock: Clock) -> Stated | None:
    """`type=SYSCALL msg=audit(1709254923.456:7): …`."""
    match = _AUDIT.match(text, at)
    found = None if match is None else epoch_at(text, match.end())
    return None if found is None else Stated(found[0], found[2], None)


def _level_first(text: str, at: int, clock: Clock) -> Stated | None:
    """`INFO:     started`, `[WARN] low`, `ERROR 2026-11-22 14:02:01,123 shop.views …`, `error: no such file`."""
    level = level_first(text, at)
    if level is None:
        return None
    time = _inside(text, at, clock)
    if time is None:
        return Stated(None, EXACT, level[0])
    return Stated(time[0], time[2], level[0])


def _trace(text: str, at: int, clock: Clock) -> Stated | None:
    """A stack trace that no log line announces."""
    return Stated(None, EXACT, "error") if _PYTHON_TRACE.match(text, at) else None


def _further_in(text: str, at: int, clock: Clock) -> Stated | None:
    """A time behind a host, a file, a pod or an address, and the level behind or before it."""
    found = _inside(text, at, clock)
    if found is None:
        return None
    return behind(text, found, clock)


def _access(text: str, at: int, clock: Clock) -> Stated | None:
    """`192.0.2.3 - - [16/May/2018:08:34:01 +0000] "GET …`."""
    bracket = text.find("[", at + 7, at + HEAD)
    while bracket > 0:
        if text[bracket + 3 : bracket + 4] == "/" and (found := access_at(text, bracket + 1)) is not None:
            if text[found[1] : found[1] + 3] == '] "':
                return Stated(found[0], found[2], None)
            return behind(text, found, clock)
        bracket = text.find("[", bracket + 1, at + HEAD)
    return None


def _inside(text: str, at: int, clock: Clock) -> Found | None:
    """The first time in the head of the line that has no prose before it."""
    head = text[at : at + HEAD]
    if ":" not in head and "." not in head:
        return None
    access = _ACCESS.search(text, at, at + 3 * HEAD) if "[" in head else None
    if access is not None:
        found = time_at(text, access.end(), clock)
        if found is not None:
            return found
    for hint in itertools.islice(_CLOCK_LIKE.finditer(text, at, at + HEAD), 4):
        end = hint.end()
        for token in _TOKEN.finditer(text, max(at, hint.start() - 36), hint.start() + 1):
            start = token.start()
            found = time_at(text, start, clock)
            if found is None and not _UNREAD_DATE.search(text, at, start):
                found = time_alone_at(text, start, clock)
            if found is not None and found[1] >= end and _is_head(text, at, start, found[1]):
                return found
    return None


def is_head(text: str, start: int) -> bool:
    """Whether what stands before `start` can be the names of a line's source, and is no prose."""
    return _is_head(text, 0, start, len(text) + 1)


def _is_head(text: str, at: int, start: int, end: int) -> bool:
    """Whether what stands before a time can be the names of its source, and is no prose that mentions a time."""
    if _STARTED.match(text, at) is not None:
        return True
    before = text[at:start]
    most = 1
    if text[start - 1 : start] in ("[", "(", "<"):
        before = before[:-1]
        most = 2
    if before.rstrip().endswith(":") and end == len(text.rstrip()):
        return True  # `Start-Date: 2024-03-01  01:02:03`
    before = _GROUPS.sub(" ", before)
    words = _WORD.findall(before)
    if "\t" in before:
        return len(words) <= 3
    return len(words) <= most


_Form = Callable[[str, int, Clock], Stated | None]
_OTHERS: Final[tuple[_Form, ...]] = (_level_first, _further_in)
_DIGITS: Final[tuple[_Form, ...]] = (_redis, _access, _numbered, _alone, *_OTHERS)
_FORMS: Final[dict[str, tuple[_Form, ...]]] = {
    **dict.fromkeys("0123456789", _DIGITS),
    **dict.fromkeys("IWEFDCANX", (_klog, _letter, _android, _trace, *_OTHERS)),
    **dict.fromkeys("VT", (_android, _trace, *_OTHERS)),
    **dict.fromkeys("pg", (_trace, *_OTHERS)),
    "[": (_redis, _letter, _klog, _chromium, _bracket, *_OTHERS),
    "#": (_angle, *_OTHERS),
    "<": (_angle, *_OTHERS),
    "*": (_star, *_OTHERS),
    ".": (_star, *_OTHERS),
    "t": (_audit, *_OTHERS),
    "n": (_audit, *_OTHERS),
    "=": (_report, *_OTHERS),
}
