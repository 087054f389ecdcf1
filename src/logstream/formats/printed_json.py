"""JSON printed over several lines: an object, or a list of objects, of which each is an entry."""

import re
from collections.abc import Callable
from typing import Final

from logstream.formats.objects import list_of_objects, object_of_line

Record = tuple[bytes, int, bytes | None]
"""The lines of one entry, joined by LF; the number of its first line; where a bound cut it off another entry, the first
line of that one, which states its time and level."""

MOST_OBJECT_LINES: Final = 20_000
"""Lines of one printed JSON object."""

_INSIDE: Final = re.compile(rb"[\s\"{}\[\],]|-?\d[\d.eE+-]*,?$|(?:true|false|null),?$")
"""How the lines of a printed object begin, indented or not."""


class Printed:
    """What of it is open. `inside`: lines go here first; those that don't belong are given back."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []
        self._number = 0
        self._opening: bytes | None = None
        self._in_list = False
        self.since = 0.0

    @property
    def inside(self) -> bool:
        return bool(self._lines) or self._in_list or self._opening is not None

    @property
    def number(self) -> int | None:
        """The number of the first line that waits."""
        return self._number if self._lines or self._opening is not None else None

    def opens(self, line: bytes) -> bool:
        """Whether a line can be the first one of an object: `{`, `{"a": 1,`."""
        bare = line.strip()
        return bare == b"{" or object_of_line(bare.rstrip(b",") + b"}") is not None or bare[-1:] in (b"{", b"[")

    def begin(self, line: bytes, number: int, now: float) -> None:
        self._lines = [line]
        self._number = number
        self.since = now

    def is_list(
        self, line: bytes, number: int, now: float, out: list[Record], end: Callable[[list[Record]], None]
    ) -> bool:
        """Whether a line begins a list of objects, or is one; `end` ends what is before it."""
        bare = line.strip()
        if bare == b"[":
            end(out)
            self._opening = line
            self._number = number
            self.since = now
            return True
        if bare[:2] != b"[{":
            return False
        if bare[-1:] == b"]":
            items = list_of_objects(bare)
            if items is not None:
                end(out)
                out += [(item, number, None) for item in items]
            return items is not None
        rest = bare[1:]
        if object_of_line(rest.rstrip(b",")) is None and not self.opens(rest):
            return False
        end(out)
        self._in_list = True
        self.since = now
        self._take_item(rest, number, out)
        return True

    def take(self, line: bytes, number: int, out: list[Record]) -> bool:
        """Take a line that belongs to what is open; false for one that doesn't."""
        bare = line.strip()
        if self._opening is not None:
            if bare[:1] not in (b"{", b"]", b""):
                return False
            self._opening, self._in_list = None, True
        if self._lines:
            return self._add(line, bare, number, out)
        if not bare:
            return True
        if bare[:1] == b"{":
            self._take_item(bare, number, out)
            return True
        self._in_list = False
        return bare in (b"]", b"],", b"];")

    def refused(self) -> bytes | None:
        """The line that looked like the start of a list, when what follows is none of objects."""
        opening, self._opening = self._opening, None
        return opening

    def _take_item(self, bare: bytes, number: int, out: list[Record]) -> None:
        """A line inside a list: a whole object, or the first line of one."""
        for end in (b",", b"]", b""):
            item = bare.removesuffix(end)
            if (end == b"" or item != bare) and object_of_line(item) is not None:
                out.append((item, number, None))
                self._in_list = end != b"]"
                return
        self.begin(bare, number, self.since)

    def _add(self, line: bytes, bare: bytes, number: int, out: list[Record]) -> bool:
        if (_INSIDE.match(line) is None and bare) or len(self._lines) >= MOST_OBJECT_LINES:
            self.give_up(out)  # an entry of its own: what was open has no end
            return False
        self._lines.append(line)
        if bare[-1:] in (b"}", b",", b"]") and (bare[:1] == b"}" or bare[-2:] in (b"}]", b"}}")):
            text = b"\n".join(self._lines).strip()
            ends = text[-1:] == b"]" and self._in_list
            item = text.rstrip(b",]") if self._in_list else text
            if object_of_line(item) is not None:
                out.append((item, self._number, None))
                self._lines = []
                self._in_list = self._in_list and not ends
            elif line[:1] == b"}" and not self._in_list:
                self.give_up(out)  # an object of another language
        return True

    def give_up(self, out: list[Record]) -> None:
        """What looked like printed JSON is none, or has no end: its lines are one entry of text."""
        lines = self._lines or ([] if self._opening is None else [self._opening])
        self._lines, self._opening, self._in_list = [], None, False
        if lines:
            out.append((b"\n".join(lines), self._number, None))
