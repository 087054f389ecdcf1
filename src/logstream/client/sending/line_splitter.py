"""The bytes of a source cut into lines, the same for files, pipes and what is followed.

Nothing is dropped: a line that is too long comes in parts, each of them a line.
"""

from typing import Final

from logstream.client.sending.encoding import (
    UTF_8,
    Encoding,
    check_text,
    marked_encoding,
    may_become_mark,
)

MAX_LINE: Final = 1024 * 1024
"""Bytes of a line that are sent as one; a server takes 4 MiB a request unless told otherwise."""

MAX_OBJECT: Final = 16 * 1024 * 1024
"""The same of a line that is a JSON object: it is shortened by what reads it, which keeps its level and context."""

Line = tuple[bytes, int]
"""In UTF-8, without its end, and the offset in the source behind it."""


class LineSplitter:
    """Cuts a stream of bytes, given in chunks, into lines. `parted` counts the parts of lines that were too long.

    `encoding`: what the user says, where no byte order mark says otherwise; None is UTF-8. To go on at an `offset`, the
    source's first bytes are needed: `head`.
    """

    def __init__(self, encoding: Encoding | None = None, *, offset: int = 0, head: bytes = b"") -> None:
        self._given = encoding
        self._encoding: Encoding | None = None
        self._offset = offset
        self._rest = b""
        self.parted = 0
        if offset:
            marked = marked_encoding(head)
            self._encoding = marked[0] if marked else encoding or UTF_8

    @property
    def has_rest(self) -> bool:
        """Whether there is a line whose end did not come yet."""
        return bool(self._rest)

    def feed(self, chunk: bytes) -> list[Line]:
        """The lines that this chunk completes. Raises Binary."""
        data = self._rest + chunk if self._rest else chunk
        if self._encoding is None:
            if may_become_mark(data):
                self._rest = data
                return []
            data = self._begin(data)
        encoding = self._encoding or UTF_8
        *whole, self._rest = _split(data, encoding.newline)
        lines: list[Line] = []
        offset, size = self._offset, len(encoding.newline)
        for line in whole:
            offset += len(line) + size
            if encoding.codec is not None:
                line = encoding.utf8(line)
            elif line[:1] == b"\0":
                line = line.lstrip(b"\0")
            lines.append((line, offset))
        self._offset = offset
        if encoding.codec is None and self._rest[:1] == b"\0":  # a hole: a file was cut under a writer that seeks
            bare = self._rest.lstrip(b"\0")
            self._offset += len(self._rest) - len(bare)
            self._rest = bare
        if len(self._rest) > (MAX_OBJECT if self._rest[:1] == b"{" else MAX_LINE):
            self.parted += 1
            lines += self._take(_whole_characters(self._rest, encoding))
        return lines

    def end(self) -> list[Line]:
        """What is left where no end of a line will come, at least for long."""
        if self._rest and self._encoding is None:
            self._rest = self._begin(self._rest)
        return self._take(len(self._rest)) if self._rest else []

    def _begin(self, data: bytes) -> bytes:
        """Decide on the encoding by the first bytes; what is left of them."""
        marked = marked_encoding(data)
        if marked is None:
            if self._given is None or self._given.codec is None:
                check_text(data)
            self._encoding = self._given or UTF_8
            return data
        self._encoding, size = marked
        self._offset += size
        return data[size:]

    def _take(self, size: int) -> list[Line]:
        line, self._rest = self._rest[:size], self._rest[size:]
        self._offset += size
        return [((self._encoding or UTF_8).utf8(line), self._offset)]


def _split(data: bytes, newline: bytes) -> list[bytes]:
    """`splitlines` would end lines at a bare CR too; of wide characters, only whole ones count."""
    width = len(newline)
    if width == 1:
        return data.split(newline)
    parts: list[bytes] = []
    start = at = 0
    while (at := data.find(newline, at)) >= 0:
        if (at - start) % width:
            at += 1
            continue
        parts.append(data[start:at])
        at = start = at + width
    parts.append(data[start:])
    return parts


def _whole_characters(data: bytes, encoding: Encoding) -> int:
    """How many of these bytes are whole characters, as far as it is plain to see."""
    size = len(data)
    if encoding.codec is not None:
        return size - size % len(encoding.newline)
    for back in range(1, 4):
        first = data[-back]
        if first & 0xC0 != 0x80:
            length = 4 if first >= 0xF0 else 3 if first >= 0xE0 else 2 if first >= 0xC0 else 1
            return size - back if length > back else size
    return size
