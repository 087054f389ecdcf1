"""Lines put together that are one entry: stack traces, wrapped statements, printed JSON, and what containers cut.

Containers' streams are told apart by their prefixes. Bounds hold what waits: at one, or after a silence, an entry ends,
and what still follows of it is the next one, with its head, so that nothing is lost. Most lines are entries of their
own and cost one look at their first character.
"""

import re
import time
from collections.abc import Callable, Iterable
from typing import Final

from logstream.formats.containers import compose_prefix, is_container_name
from logstream.formats.continuation import DIGITS, MONTHS, Entry
from logstream.formats.printed_json import Printed, Record

MOST_LINES: Final = 2000
MOST_BYTES: Final = 512 * 1024
MOST_SECONDS: Final = 5.0
"""An entry that grows beyond one of these ends there."""

MOST_STREAMS: Final = 256
MOST_BEHIND: Final = 64
"""Lines of other containers after which an entry ends, so that entries stay near their order."""


_CRI: Final = re.compile(
    rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)) (stdout|stderr) ([FP])(:\S*)?(?: |$)"
)
_DOCKER: Final = re.compile(rb'\{"log":"([^"\\]*+(?:\\.[^"\\]*+)*+)"(,"stream":"\w+")?')


def _number(record: Record) -> int:
    return record[1]


class Joiner:
    """Joins the lines of one source. `feed` gives what is whole; `flush` and `flush_after` what waits for more."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._now = clock()
        self._number = 0
        self._plain: bytes | None = None
        """The last line, as long as nothing goes on it."""
        self._plain_number = 0
        self._plain_since = 0.0
        self._open: dict[bytes, Entry] = {}
        self._ended: dict[bytes, Entry] = {}
        """Entries that ended with a silence and may still go on, by stream; their heads alone."""
        self._streams = False
        """Whether there is more than the main stream: entries then end in another order than they began."""
        self._printed = Printed()
        self._reach = 0
        """The last line of the entries of containers that ended."""

    @property
    def open_from(self) -> int | None:
        """The number of the first line that waits; None if none does, 0 if lines behind it have been given out."""
        numbers = [entry.number for entry in self._open.values()]
        if self._plain is not None:
            numbers.append(self._plain_number)
        if (printed := self._printed.number) is not None:
            numbers.append(printed)
        if not numbers:
            return None
        return first if (first := min(numbers)) > self._reach else 0

    def feed(self, lines: Iterable[bytes]) -> list[Record]:
        """The records that these lines complete. Lines may have their LF or CR LF."""
        out: list[Record] = []
        self._now = self._clock()
        for line in lines:
            self._number += 1
            line = line.rstrip(b"\r\n")
            first = line[:1]
            if first == b"\0":
                line = line.lstrip(b"\0")
                first = line[:1]
            elif first == b"\xef" and line[:3] == b"\xef\xbb\xbf":
                line = line[3:]
                first = line[:1]
            if self._printed.inside:
                if self._printed.take(line, self._number, out):
                    continue
                if (opening := self._printed.refused()) is not None:
                    self._number -= 1
                    self._begin(opening, out)
                    self._number += 1
            if first in DIGITS:
                if line[10:11] == b"T" and (match := _CRI.match(line)) is not None:
                    self._take_cri(line, match, out)
                else:
                    self._begin(line, out)
            elif first == b"{":
                self._take_object(line, out)
            elif line[:3] in MONTHS or (first == b"[" and line[1:2] in DIGITS):
                self._begin(line, out)
            else:
                self._take_text(line, out)
        if self._streams:
            out.sort(key=_number)
        return out

    def flush(self) -> list[Record]:
        """All that waits: at the end of a source."""
        out: list[Record] = []
        self._printed.give_up(out)
        self._end_main(out)
        for key in list(self._open):
            self._end(key, out)
        out.sort(key=_number)
        return out

    def flush_after(self, seconds: float) -> list[Record]:
        """What has waited for so long. Lines that still go on it will be an entry with its head."""
        out: list[Record] = []
        now = self._clock()
        if self._printed.inside and now - self._printed.since >= seconds:
            self._printed.give_up(out)
        if self._plain is not None and now - self._plain_since >= seconds:
            self._ended[b""] = self._as_entry()
            self._end_main(out)
        for key, entry in list(self._open.items()):
            if now - entry.opened >= seconds:
                self._end(key, out)
                self._ended[key] = entry
        return out

    def _begin(self, line: bytes, out: list[Record]) -> None:
        """A line of the main stream that begins an entry."""
        if self._streams:
            self._end_streams(out, 0)
        if self._plain is not None:
            out.append((self._plain, self._plain_number, None))
        else:
            self._end(b"", out)
        self._plain = line
        self._plain_number = self._number
        self._plain_since = self._now

    def _end_main(self, out: list[Record]) -> None:
        if self._plain is not None:
            out.append((self._plain, self._plain_number, None))
            self._plain = None
        else:
            self._end(b"", out)

    def _as_entry(self) -> Entry:
        assert self._plain is not None
        return Entry(self._plain, self._plain_number, self._plain_since)

    def _take_text(self, line: bytes, out: list[Record]) -> None:
        if line[:1] == b"[" and self._printed.is_list(line, self._number, self._now, out, self._end_main):
            return
        if not line or line.isspace():
            if self._plain is not None:
                self._open[b""] = self._as_entry()
                self._plain = None
            if (entry := self._open.get(b"")) is not None:
                entry.blank += 1
            return
        prefix = compose_prefix(line) if b" |" in line[:90] else None
        if prefix is not None and is_container_name(prefix):
            self._take_of_stream(prefix.rstrip(b" |"), line, line[len(prefix) :], out)
            return
        entry = self._as_entry() if self._plain is not None else self._open.get(b"") or self._ended.get(b"")
        if entry is None or not entry.goes_on_with(line):
            self._begin(line, out)
            self._ended.pop(b"", None)
        else:
            self._go_on(b"", entry, line, out)
            self._plain = None

    def _take_of_stream(self, key: bytes, line: bytes, text: bytes, out: list[Record]) -> None:
        """A line of one of several containers: `text` is what its program wrote."""
        entry = self._open.get(key) or self._ended.get(key)
        if not text or text.isspace():
            if entry is not None:
                entry.blank += 1
        elif entry is not None and entry.goes_on_with(text):
            self._go_on(key, entry, text, out)
        else:
            self._start(key, line, out)

    def _start(self, key: bytes, line: bytes, out: list[Record], *, text: bool = True) -> Entry:
        self._end(key, out)
        self._ended.pop(key, None)
        if len(self._open) >= MOST_STREAMS:
            for other in list(self._open):
                self._end(other, out)
        self._streams = True
        if not self._number % MOST_BEHIND:
            self._end_streams(out, MOST_BEHIND)
        entry = self._open[key] = Entry(line, self._number, self._now, text=text)
        return entry

    def _go_on(self, key: bytes, entry: Entry, line: bytes, out: list[Record]) -> Entry:
        """Add a line to its entry, or to a next one with the same head where that is full or has ended."""
        ended = self._ended.pop(key, None) is entry
        if (
            ended
            or len(entry.lines) >= MOST_LINES
            or entry.size + len(line) > MOST_BYTES
            or self._now - entry.opened > MOST_SECONDS
        ):
            if not ended:
                self._open[key] = entry
                self._end(key, out)
            head, kind = entry.head, entry.kind
            entry = Entry(line, self._number, self._now)
            entry.head, entry.kind, entry.cut = head, kind, True
        else:
            entry.add(line)
        entry.latest = self._number
        self._open[key] = entry
        return entry

    def _end_streams(self, out: list[Record], behind: int) -> None:
        """End the entries of containers to which so many lines of others have added nothing."""
        for key, entry in list(self._open.items()):
            if key and self._number - entry.latest >= behind:
                self._end(key, out)

    def _end(self, key: bytes, out: list[Record]) -> None:
        entry = self._open.pop(key, None)
        if entry is not None:
            self._reach = max(self._reach, entry.latest)
            out.append((entry.joined(), entry.number, entry.head if entry.cut else None))

    def _take_cri(self, line: bytes, match: "re.Match[bytes]", out: list[Record]) -> None:
        """A line of Kubernetes' runtimes: `P` is a part, whose rest follows; traces go over whole lines."""
        key = b"\0" + match[2]
        text = line[match.end() :]
        part = match[3] == b"P"
        entry = self._open.get(key)
        if entry is not None and entry.partial:
            entry.lines[-1] += text
            entry.latest = self._number
            entry.size += len(text)
            entry.partial = part and entry.size < MOST_BYTES
            return
        if not text or text.isspace():
            if entry is not None:
                entry.blank += 1
            return
        entry = entry or self._ended.get(key)
        if entry is not None and entry.goes_on_with(text):
            if not self._ended.get(key) and entry.size + len(text) <= MOST_BYTES:
                entry.add(text)
                entry.latest = self._number
            else:
                entry = self._go_on(key, entry, text, out)
                entry.lines[0] = line[: match.end()] + text
        else:
            whole = line if not part else line[: match.start(3)] + b"F" + line[match.end(3) :]
            entry = self._start(key, whole, out, text=text[:1] != b"{" or text.rstrip()[-1:] != b"}")
        entry.partial = part

    def _take_object(self, line: bytes, out: list[Record]) -> None:
        match = _DOCKER.match(line)
        if match is not None:
            self._take_docker(line, match, out)
            return
        if self._streams:
            self._end_streams(out, 0)
        self._end_main(out)
        self._ended.pop(b"", None)
        if line.rstrip()[-1:] != b"}" and self._printed.opens(line):
            self._printed.begin(line, self._number, self._now)
        else:
            out.append((line, self._number, None))

    def _take_docker(self, line: bytes, match: "re.Match[bytes]", out: list[Record]) -> None:
        """A line of Docker's json-file: one without LF is a part, whose rest follows."""
        key = b"\0" + (match[2] or b"")
        text = match[1]
        whole = text[-2:] == b"\\n"
        entry = self._open.get(key)
        if entry is not None and entry.partial:
            _lengthen(entry, text)
            entry.latest = self._number
            entry.partial = not whole and entry.size < MOST_BYTES
            return
        content = text[:-2] if whole else text
        if not content.strip():
            return
        if entry is not None and entry.size + len(text) <= MOST_BYTES:
            entry.blank = 0
            shown = content.replace(b"\\t", b"\t").replace(b"\\u003c", b"<").replace(b"\\u003e", b">")
            if _DOCKER.match(entry.head) and entry.goes_on_with(shown):
                _lengthen(entry, text)
                entry.latest = self._number
                entry.partial = not whole
                return
        entry = self._start(key, line, out, text=content[:1] != b"{" or content[-1:] != b"}")
        entry.head = line
        entry.partial = not whole


def _lengthen(entry: Entry, text: bytes) -> None:
    """Put more into the `log` of a line of Docker's."""
    line = entry.lines[0]
    match = _DOCKER.match(line)
    assert match is not None
    entry.lines[0] = line[: match.end(1)] + text + line[match.end(1) :]
    entry.size += len(text)


class Lines:
    """`--multiline off`: every line is a record."""

    open_from: int | None = None

    def __init__(self) -> None:
        self._number = 0

    def feed(self, lines: Iterable[bytes]) -> list[Record]:
        out: list[Record] = []
        for line in lines:
            self._number += 1
            out.append((line, self._number, None))
        return out

    def flush(self) -> list[Record]:
        return []

    def flush_after(self, seconds: float) -> list[Record]:
        return []


class Pattern:
    """`--multiline REGEX`: a line in which the pattern is found begins an entry, every other one goes on."""

    def __init__(self, pattern: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._begins = re.compile(pattern.encode()).search
        self._clock = clock
        self._entry: Entry | None = None
        self._number = 0

    @property
    def open_from(self) -> int | None:
        return None if self._entry is None else self._entry.number

    def feed(self, lines: Iterable[bytes]) -> list[Record]:
        out: list[Record] = []
        now = self._clock()
        for line in lines:
            self._number += 1
            line = line.rstrip(b"\r\n")
            entry = self._entry
            begins = entry is None or self._begins(line) is not None
            if entry is not None and not begins and len(entry.lines) < MOST_LINES and entry.size < MOST_BYTES:
                entry.add(line)
                continue
            out += self.flush()
            self._entry = Entry(line, self._number, now)
            if entry is not None and not begins:
                self._entry.head, self._entry.cut = entry.head, True
        return out

    def flush(self) -> list[Record]:
        entry, self._entry = self._entry, None
        return [] if entry is None else [(entry.joined(), entry.number, entry.head if entry.cut else None)]

    def flush_after(self, seconds: float) -> list[Record]:
        entry = self._entry
        return self.flush() if entry is not None and self._clock() - entry.opened >= seconds else []


def joiner(how: str) -> Joiner | Lines | Pattern:
    """For `--multiline`: `auto`, `off`, or a regular expression. Raises re.error."""
    if how == "auto":
        return Joiner()
    return Lines() if how == "off" else Pattern(how)
