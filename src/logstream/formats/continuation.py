"""How a line shows that it goes on the one before: stack traces of the common languages, wrapped statements, reports.

Told from how the line begins, and from what the entry before it is in the middle of.
"""

import re
from typing import Final

from logstream.formats.levels import LOCAL

MONTHS: Final = frozenset(
    (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec")
)
DIGITS: Final = frozenset(b"%d" % number for number in range(10))

_GOES_ON: Final = re.compile(
    rb"""
      [\ \t]+\S
    | at\ [\w$.<]+[\w$.<>/]*\(                                        # Java, JavaScript, .NET
    | Caused\ by:(?:\ |$) | Suppressed:\  | Wrapped\ by:
    | Traceback\ \(most\ recent\ call | During\ handling\ of\ the\ above | The\ above\ exception\ was\ the\ direct
    | goroutine\ \d+\ \[ | created\ by\ [\w./]+ | exit\ status\ \d | \[signal\ SIG | \[recovered\]
    | \#\d+:?\  | Stack\ trace:$ | stack\ backtrace:$ | \[stacktrace\]$ | PHP\ {2,}\d+\.[\ ]
    | \.\.\.(?:\s|$) | --->\  | ---\ End\ of\  | End\ of\ stack\ trace | note:\ run\ with\ `RUST_
    | "?[\]})]+[;,]?\ ?$ | Nested\ Exception
    | \*\*\ \([\w.:]{1,80}\)                                           # Elixir
    """,
    re.VERBOSE,
)
_OWN_HEAD: Final = re.compile(
    rb"[ \t]{1,5}\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:|[ ]{1,2}(?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL)[ |:]"
)
"""An indented line that is an entry all the same: of Consul, of Rust's pretty_env_logger."""

_ERROR_LINE: Final = re.compile(
    rb"(?:[A-Za-z_$][\w$]*\.)*[A-Z]\w*(?:Error|Exception|Throwable|Exit|Interrupt|Failure)(?:[$.]\w+)*+(?::|$| \()"
)
"""`java.lang.IllegalStateException: closed`, `ValueError: bad`: goes on a logger's line, unless that is one itself."""

_QUALIFIED: Final = re.compile(rb"[a-z_][\w$]*\.[\w$.]*[A-Z]")
"""With its package a name of an error may stand behind an empty line, as Spring Boot writes it."""

_TRACED: Final = re.compile(rb"\[SQL: |\[parameters: |\(Background on this error at: |DETAIL: |HINT: |CONTEXT: ")
"""What SQLAlchemy and psycopg say behind the last line of a traceback."""

_ZAP_HEAD: Final = re.compile(rb"[^\t]{10,40}\t(?i:warn|error|dpanic|panic|fatal)\t")
_FRAME: Final = re.compile(rb"[\w./~@+-]+\.(?:(?:rb|erb|rake|ru|haml|slim):\d+:in |[\w()*.\[\]/-]+($))")
"""A place in a file of Ruby; or a function of Go without its arguments, as zap writes stacks behind its own lines."""

_STOPPED: Final = re.compile(
    rb"(?:Last message|State|Function|Args|Initial Call|Start Call|Ancestors|Reason|Client|Queue|Postponed)"
    rb"\b[^:]{0,40}:"
)
"""What Elixir and Erlang say about a process that stopped, behind its error."""

_GO_FRAME: Final = re.compile(rb"[\w./*()\[\]\-%{}]+\.[\w.*()\[\]-]+\(.*\)$|panic\(|main\.main\(\)")
_JUL_HEAD: Final = re.compile(
    rb"(?:[^\x00-\x2f]{2,12}\.? \d{1,2}, \d{4}|\d{1,2}[ ./-](?:[^\x00-\x2f]{3,12}\.?|\d{1,2})[ ./-]\d{4}) "
    rb"\d{1,2}:\d\d:\d\d(?: \S{1,6})? [\w$]+[.\w$]* [\w$<>]+$"
)
_JUL_LEVEL: Final = re.compile(
    "(?:SEVERE|WARNING|INFO|CONFIG|FINE|FINER|FINEST|{}): ".format("|".join(word.upper() for word in LOCAL)).encode()
)
_TIME_ALONE: Final = re.compile(
    rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.\d]*(?:Z|[+-]\d\d:?\d\d)?$"
    rb"|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$"
)
"""Oracle's alert log writes the time on a line of its own."""

_REPORT: Final = re.compile(rb"=[A-Z]+ REPORT====")
_PANICKED: Final = re.compile(rb"thread '[^']*'.* panicked at .*:$")
_SQL: Final = re.compile(
    rb"(?i:SELECT|FROM|WHERE|AND|OR|(?:LEFT |RIGHT |INNER )?JOIN|(?:GROUP|ORDER) BY|LIMIT|VALUES|SET|HAVING|ON|UNION"
    rb"|RETURNING)\b"
)
_SQL_OPEN: Final = re.compile(rb"(?i:\b(?:SELECT|INSERT|UPDATE|DELETE|WITH|CREATE|ALTER|EXPLAIN)\b[^;]*$)")


class Entry:
    """An entry that may go on: its lines so far, and what it is in the middle of.

    `latest`: the number of the last line, where its stream is one of several. `partial`: a container cut its last
    line. `cut`: it goes on another entry that a bound ended; `head` is that one's first line.
    """

    __slots__ = ("blank", "cut", "head", "kind", "latest", "lines", "number", "opened", "partial", "size", "text")

    def __init__(self, line: bytes, number: int, opened: float, *, text: bool = True) -> None:
        self.head = line
        self.lines = [line]
        self.number = self.latest = number
        self.opened = opened
        self.size = len(line)
        self.text = text
        self.kind = _kind(line)
        self.blank = 0
        self.partial = False
        self.cut = False

    def add(self, line: bytes) -> None:
        if self.blank:
            self.lines += [b""] * self.blank
            self.blank = 0
        self.lines.append(line)
        self.size += len(line) + 1

    def joined(self) -> bytes:
        return self.lines[0] if len(self.lines) == 1 else b"\n".join(self.lines)

    def goes_on_with(self, line: bytes) -> bool:
        """Whether `line`, which is not blank, belongs to this entry."""
        first = line[:1]
        if first in DIGITS or line[:3] in MONTHS:
            return False
        if not self.text:
            return False
        if _GOES_ON.match(line) is not None:
            if first in b" \t":
                return _OWN_HEAD.match(line) is None
            self.kind = _kind(line) or self.kind
            return True
        return self._is_within(line)

    def _is_within(self, line: bytes) -> bool:
        if self.kind and (within := self._is_within_kind(line)) is not None:
            return within
        if _JUL_LEVEL.match(line) is not None:
            return len(self.lines) == 1 and _JUL_HEAD.match(self.head) is not None
        if self.blank:
            return self.blank == 1 and _QUALIFIED.match(line) is not None and self._takes_error(line)
        frame = _FRAME.match(line)
        if frame is not None and (frame[1] is None or _ZAP_HEAD.match(self.head) is not None):
            return True
        if _ERROR_LINE.match(line) is not None:
            return self._takes_error(line)
        if _SQL.match(line) is not None and (self.kind == "sql" or _SQL_OPEN.search(self.lines[-1]) is not None):
            self.kind = "sql"
            return True
        return False

    def _is_within_kind(self, line: bytes) -> bool | None:
        """What the kind says of a line; None where it says nothing."""
        kind = self.kind
        if kind == "python":
            self.kind = "traced"  # the last line of a traceback: `ValueError: bad`, `subprocess.TimeoutExpired: …`
            return not self.blank
        if kind == "traced":
            return True if _TRACED.match(line) is not None else None
        if kind == "go":
            return _GO_FRAME.match(line) is not None
        if kind == "stopped":
            return _STOPPED.match(line) is not None and not self.blank
        if kind == "slow":
            if line[:12] == b"# User@Host:":
                return not any(one[:12] == b"# User@Host:" for one in self.lines)
            return line[:7] != b"# Time:" and not self.blank
        if kind == "report":
            return not self.blank
        if kind == "dated":
            return _TIME_ALONE.match(line) is None
        if kind == "panicked":
            return len(self.lines) == 1
        return None

    def _takes_error(self, line: bytes) -> bool:
        """Whether the name of an error, as a trace begins with it, can be that of what this entry logs."""
        if _ERROR_LINE.match(line) is None or self.kind == "traced":
            return False
        return _is_logged(self.head) and _ERROR_LINE.match(self.head) is None


def _is_logged(head: bytes) -> bool:
    """Whether a line looks like a logger's rather than like something printed."""
    return head[:1] in DIGITS or head[:1] in (b"[", b"<") or head[:3] in MONTHS or head[:4].strip(b" :").isupper()


def _kind(line: bytes) -> str:
    """What an entry is in the middle of, behind such a line."""
    first = line[:1]
    if first == b"T" and line[:10] == b"Traceback ":
        return "python"
    if first == b"D" and line[:10] == b"During han":
        return ""
    if first == b"*" and line[:4] == b"** (":
        return "stopped"
    if first == b"g" and line[:10] == b"goroutine ":
        return "go"
    if first == b"#" and (line[:7] == b"# Time:" or line[:12] == b"# User@Host:"):
        return "slow"
    if (first == b"=" and _REPORT.match(line)) or (first == b"S" and line[:12] == b"Start-Date: "):
        return "report"  # of Erlang, of apt
    if first == b"t" and _PANICKED.match(line):
        return "panicked"
    if len(line) < 40 and _TIME_ALONE.match(line):
        return "dated"
    return ""
