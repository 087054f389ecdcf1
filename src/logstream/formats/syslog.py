"""syslog as it is really sent and written: RFC 5424, RFC 3164 and the half of it that devices know.

A file has it without the priority, rsyslog with an ISO time and no version, Cisco with a number and a star before the
time, others with a year behind the day, without a host or without a time. No line is refused for its form.
"""

import re
from functools import lru_cache
from typing import Final

import msgspec
from msgspec import Raw

from logstream.formats.clock import Clock
from logstream.formats.fields import Fields, Members, category_of, encode
from logstream.formats.levels import WORDS, level_after_tag, level_of_priority
from logstream.formats.times import EXACT, Found, time_at

FACILITIES: Final = (
    *("kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp"),
    *("ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"),
)
_PRIORITY: Final = re.compile(r"<(\d{1,3})>", re.ASCII)
_STRUCTURED: Final = re.compile(
    r"(\d{1,2}) (\S{1,64}) (\S{1,255}) (\S{1,48}) (\S{1,128}) (\S{1,32}) ?(?=-|\[|$)", re.ASCII
)
_ELEMENT: Final = re.compile(r'\[([^\s\]="]{1,64})((?: +[^\s="\]]{1,64}="(?:[^"\\\]]|\\.)*+")*) *\]')
_PARAMETER: Final = re.compile(r' ([^\s="\]]{1,64})="((?:[^"\\\]]|\\.)*+)"')
_ESCAPED: Final = re.compile(r'\\(["\\\]])')
_OCTAL: Final = re.compile(r"#(0(?:00|0[1-7]|1[0-7]|2[0-7]|3[0-7]))")
_BEFORE_TIME: Final = re.compile(r"(?:\d{1,10}: )?(?:\d{1,10}: )?(?:[\w.-]{1,64}: )?[*.]?(?=[A-Z0-9])", re.ASCII)
_TAG: Final = re.compile(r"([^\s:\[\]<>{}\"']{1,80})(?:\[([^\]\s]{1,40})\])?:(?:\s|$)")
_TAG_WITH_PID: Final = re.compile(r"([^\s:\[\]<>{}\"'/]{1,80}(?:/[^\s:\[\]]{1,40})?)\[([^\]\s]{1,40})\]:? ")
_QUICK: Final = re.compile(r" ([a-z][\w.-]{0,254}) ([a-z][\w.()/-]{0,79})(?:\[(\d{1,10})\])?: ", re.ASCII)
_HOST: Final = re.compile(r"([A-Za-z0-9][\w.:%-]{0,254}) +")
_SEVERITIES: Final = {
    **{name: n for n, name in enumerate(("emerg", "alert", "crit", "err", "warn", "notice", "info", "debug"))},
    "error": 3,
    "warning": 4,
}
_SELECTOR: Final = re.compile(rf"({'|'.join(FACILITIES)})\.({'|'.join(_SEVERITIES)}) +")
"""The priority as BusyBox writes it into a file: `daemon.err dnsmasq[7]: …`."""

_MONTHS: Final = frozenset(("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"))

_WEEKDAYS: Final = frozenset(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))


class Message(msgspec.Struct):
    """A syslog line taken apart. `at`: where in the line its message begins; `kind`: see `times`."""

    timestamp: str | None = None
    kind: int = EXACT
    priority: int | None = None
    host: str | None = None
    program: str | None = None
    pid: str | None = None
    msgid: str | None = None
    data: Members = []
    at: int = 0


def message_of(text: str, clock: Clock) -> Message | None:
    """The parts of a syslog line; None for a line that has neither a priority nor a time with a tag behind it."""
    match = _PRIORITY.match(text)
    if match is None:
        dated = text[:3] in _MONTHS or text[:3] in _WEEKDAYS or text[:1] in ("1", "2")
        time = time_at(text, 0, clock) if dated else None
        return None if time is None else of_file(text, time)
    priority = int(match[1])
    if priority > 191:
        return None
    structured = _STRUCTURED.match(text, match.end())
    if structured is not None:
        found = _structured(text, structured, clock)
        if found is not None:
            found.priority = priority
            return found
    found = Message(priority=priority, at=match.end())
    lead = _BEFORE_TIME.match(text, match.end())
    time = None if lead is None else time_at(text, lead.end(), clock)
    if time is None:
        _tag(text, match.end(), found, host=False)
        return found
    found.timestamp, found.at, found.kind = time
    _tag(text, found.at, found, host=True)
    return found


def of_file(text: str, time: Found) -> Message | None:
    """`Mar  1 01:02:03 web-1 sshd[77]: …`, `2024-03-01T01:02:03.456+01:00 web-1 sshd[77]: …`, behind its time."""
    stamp, end, kind = time
    if text[end : end + 1] != " ":
        return None
    named = text[:3] in _MONTHS
    if not named and text[:3] in _WEEKDAYS:  # OpenWrt; others write it before a message of any kind
        named = _SELECTOR.match(text, end + 1) is not None
        if not named:
            return None
    if not named and "]" not in text[end : end + 160] and (kind != EXACT or text[end - 1] == "Z"):
        return None
    quick = _QUICK.match(text, end) if named else None
    if quick is not None:
        host, program, pid = quick.groups()
        if "." not in host or _SELECTOR.match(text, end + 1) is None:
            return Message(stamp, kind, None, host, program, pid, at=quick.end())
    found = Message(stamp, kind, at=end)
    if named or (kind == EXACT and text[10:11] == "T" and text[end - 1] != "Z"):
        _tag(text, end, found, host=True)
    else:
        _tag_with_pid(text, end, found)
    if found.program is None or (found.host is not None and _is_level(found.host)) or _is_level(found.program):
        return None
    if found.host in ("Df", "Db", "E", "F", "I"):  # macOS, compact
        return None
    return found


def _is_level(name: str) -> bool:
    """`2024-03-01 01:02:03 warning vpxd[7]`: a level in the place of the host."""
    return name.rstrip(":").lower() in WORDS


def _structured(text: str, match: "re.Match[str]", clock: Clock) -> Message | None:
    """RFC 5424 section 6; `-` is nothing."""
    _, time, host, app, pid, msgid = (None if part == "-" else part for part in match.groups())
    found = Message(host=host, program=app, pid=pid, msgid=msgid)
    if time is not None:
        stated = time_at(time, 0, clock)
        if stated is None:
            return None
        found.timestamp, _, found.kind = stated
    at = match.end()
    if text[at : at + 1] == "-":
        at += 1
    else:
        while (element := _ELEMENT.match(text, at)) is not None:
            found.data.append((element[1], _parameters(element[2])))
            at = element.end()
    found.at = at + 1 if text[at : at + 1] == " " else at
    if text[found.at : found.at + 1] == "\ufeff":
        found.at += 1
    return found


def _parameters(text: str) -> Raw:
    pairs = {name: _ESCAPED.sub(r"\1", value) for name, value in _PARAMETER.findall(text)}
    return Raw(encode(pairs))


def _tag(text: str, at: int, found: Message, *, host: bool) -> None:
    """Host and program behind the time. Where there is one name with a colon, it is the program."""
    start = at
    while text[start : start + 1] == " ":
        start += 1
    start = _take_selector(text, start, found)
    if text[start : start + 1] == ":":  # Cisco: `01:02:03.456: %LINK-3-UPDOWN: …`
        found.at = start + 2
        return
    tag = _TAG.match(text, start)
    if tag is None and host:
        name = _HOST.match(text, start)
        if name is not None:
            end = _take_selector(text, name.end(), found)
            tag = _TAG.match(text, end) or _TAG_WITH_PID.match(text, end)
            if tag is not None or found.priority is not None:
                found.host = name[1]
                start = end
        if tag is None:
            tag = _TAG_WITH_PID.match(text, start)
    found.at = start
    if tag is not None and tag[1][:1] != "%":
        found.program, found.pid = tag.groups()
        found.at = tag.end()


def _take_selector(text: str, at: int, found: Message) -> int:
    """Take a facility and severity written in words, where no priority was sent; where the rest begins."""
    match = _SELECTOR.match(text, at) if found.priority is None else None
    if match is None:
        return at
    found.priority = FACILITIES.index(match[1]) * 8 + _SEVERITIES[match[2]]
    return match.end()


def _tag_with_pid(text: str, at: int, found: Message) -> None:
    """For times that other programs write too: only a process number makes a name a program's."""
    start = at + 1
    tag = _TAG_WITH_PID.match(text, start)
    if tag is None:
        name = _HOST.match(text, start)
        if name is None:
            return
        tag = _TAG_WITH_PID.match(text, name.end())
        if tag is None:
            return
        found.host = name[1]
    found.program, found.pid = tag.groups()
    found.at = tag.end()


def level_of_text(found: Message, text: str) -> str | None:
    """The level of the priority, or that at the start of the message."""
    if found.priority is not None:
        return level_of_priority(found.priority)
    return level_after_tag(text, found.at)


def read_message(line: str, clock: Clock) -> Fields:
    """A syslog message from the wire: its text without the header, the header as fields and context. Never raises.

    Control characters that rsyslog escapes (`#012`) are undone, and so is the end of a frame.
    """
    line = line.rstrip("\0\r\n")
    found = message_of(line, clock) or Message()
    text = line[found.at :]
    if "#0" in text:
        text = _OCTAL.sub(lambda match: chr(int(match[1], 8)), text)
    fields = Fields(
        text[1:] if text[:1] == " " and found.at else text,
        None if found.priority is None else level_of_priority(found.priority),
        found.timestamp,
        category=None if found.program is None else category_of(found.program),
        service=found.program,
        host=found.host,
        exact=found.kind == EXACT and found.timestamp is not None,
    )
    fields.context = header(found)
    return fields


def header(found: Message) -> Members:
    """What the header says besides level and time, as members of a context; the same list for the same header."""
    members = _header(found.priority, found.host, found.program, found.pid, found.msgid)
    return members + found.data if found.data else members


@lru_cache(4096)
def _header(priority: int | None, host: str | None, program: str | None, pid: str | None, msgid: str | None) -> Members:
    members: Members = []
    if priority is not None:
        members.append(("facility", Raw(encode(FACILITIES[priority >> 3]))))
    for name, value in (("host", host), ("program", program), ("pid", pid), ("msgid", msgid)):
        if value is not None:
            number = name == "pid" and value.isdigit() and len(value) < 16 and value[0] != "0"
            members.append((name, Raw(value.encode() if number else encode(value))))
    return members
