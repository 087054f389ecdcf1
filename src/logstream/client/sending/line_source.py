"""Where lines come from: whole files, and standard input. Files that grow are `following`'s.

Nothing is read whole: lines come in chunks, and a line longer than MAX_LINE is cut.
"""

import os
import select
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

MAX_LINE: Final = 1024 * 1024
"""Bytes of a line that are sent; a server takes 4 MiB a request unless told otherwise."""

MAX_OBJECT: Final = 16 * 1024 * 1024
"""The same of a line that is a JSON object: it is shortened by what reads it, which keeps its level and context."""

CHUNK: Final = 256 * 1024
POLL_SECONDS: Final = 0.2
"""How often what is waited for is looked at."""


class Unreadable(Exception):
    """A file that can't be read; the text says which and why."""


class LineSplitter:
    """Cuts a stream of bytes, given in chunks, into lines. `cut` counts the lines that were longer than MAX_LINE."""

    def __init__(self) -> None:
        self._rest = b""
        self._skipping = False
        self.cut = 0

    def feed(self, chunk: bytes) -> list[bytes]:
        """The lines that this chunk completes, with their LF."""
        # `splitlines` would end lines at a bare CR too.
        *whole, self._rest = (self._rest + chunk).split(b"\n")
        lines = [line + b"\n" for line in whole]
        if self._skipping and lines:
            lines, self._skipping = lines[1:], False  # the end of a line that was cut
        if self._skipping:
            self._rest = b""
        elif len(self._rest) > MAX_LINE:
            lines.append(self._rest)
            self._rest, self._skipping = b"", True
        return [self._bounded(line) for line in lines]

    def end(self) -> list[bytes]:
        """What is left where no LF will come."""
        rest, self._rest, self._skipping = self._rest, b"", False
        return [self._bounded(rest)] if rest else []

    def _bounded(self, line: bytes) -> bytes:
        if len(line) <= MAX_LINE:
            return line
        self.cut += 1
        return line[:MAX_LINE]


class LineSource:
    """The lines of some files, one after the other; without any, of standard input.

    `lines` yields lists of lines, and empty lists while it waits for more, so that a caller can act on silence. It
    ends when `stopped` answers true.
    """

    def __init__(
        self,
        files: list[Path],
        stdin: BinaryIO,
        *,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._files = files
        self._stdin = stdin
        self._stopped = stopped
        self._splitters: list[LineSplitter] = []
        self.bytes_read = 0

    @property
    def total_bytes(self) -> int | None:
        """The size of what will be read, where it is known."""
        if not self._files or any(_is_stdin(path) for path in self._files):
            return None
        return sum(path.stat().st_size for path in self._files)

    @property
    def cut(self) -> int:
        """Lines that were cut to MAX_LINE so far."""
        return sum(splitter.cut for splitter in self._splitters)

    def lines(self) -> Iterator[list[bytes]]:
        """Raises Unreadable."""
        if not self._files:
            yield from self._read_pipe()
        else:
            for path in self._files:
                yield from self._read_pipe() if _is_stdin(path) else self._read_file(path)

    def _new_splitter(self) -> LineSplitter:
        self._splitters.append(LineSplitter())
        return self._splitters[-1]

    def _read_file(self, path: Path) -> Iterator[list[bytes]]:
        splitter = self._new_splitter()
        with _named(path), open(path, "rb", buffering=0) as file:
            while not self._stopped() and (chunk := file.read(CHUNK)):
                self.bytes_read += len(chunk)
                yield splitter.feed(chunk)
        yield splitter.end()

    def _read_pipe(self) -> Iterator[list[bytes]]:
        splitter = self._new_splitter()
        fd = self._stdin.fileno()
        while not self._stopped():
            ready, _, _ = select.select([fd], [], [], POLL_SECONDS)
            if not ready:
                yield []
                continue
            chunk = os.read(fd, CHUNK)
            if not chunk:
                break
            self.bytes_read += len(chunk)
            yield splitter.feed(chunk)
        yield splitter.end()


def _is_stdin(path: Path) -> bool:
    return str(path) == "-"


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Errors of reading with the name of the file, which most of them lack."""
    try:
        yield
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror}") from error
