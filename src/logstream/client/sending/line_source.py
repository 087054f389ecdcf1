"""Where lines come from: whole files, and pipes such as standard input. Files that grow are `following`'s."""

import io
import os
import select
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, cast

from logstream.client.sending.content import CHUNK, Content
from logstream.client.sending.encoding import Binary, Encoding
from logstream.client.sending.line_splitter import LineSplitter
from logstream.client.sending.unpacking import ERRORS, kind_of, unpacked

POLL_SECONDS: Final = 0.2
"""How often what is waited for is looked at."""


class Unreadable(Exception):
    """A source that can't be read; the text says which and why."""


class LineSource:
    """The lines of a file or a pipe; without a path, of standard input. Archives are unpacked. With `follow`, a named
    pipe goes on when its writers have gone.

    `lines` yields lists of lines in UTF-8, and empty lists while it waits for more, so that a caller can act on
    silence. It ends when `stopped` answers true.
    """

    def __init__(
        self,
        path: Path | None,
        stdin: BinaryIO,
        *,
        encoding: Encoding | None = None,
        follow: bool = False,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._path = path
        self._stdin = stdin
        self._mode = os.O_RDWR if follow else os.O_RDONLY  # a pipe that one writes to oneself has no end
        self._stopped = stopped
        self._splitter = LineSplitter(encoding)
        self.bytes_read = 0

    @property
    def total_bytes(self) -> int | None:
        """The size of what will be read, where it is known."""
        return self._path.stat().st_size if self._path is not None and self._path.is_file() else None

    @property
    def parted(self) -> int:
        """Parts of lines that were too long for one."""
        return self._splitter.parted

    def lines(self) -> Iterator[list[bytes]]:
        """Raises Unreadable."""
        chunks = self._of_file(self._path) if self._path and self._path.is_file() else self._of_pipe()
        with _named(self._path or Path("standard input")):
            for chunk in chunks:
                yield [line for line, _ in self._splitter.feed(chunk)] if chunk else []
            yield [line for line, _ in self._splitter.end()]

    def _of_file(self, path: Path) -> Iterator[bytes]:
        content = Content(path)
        try:
            while not self._stopped() and (chunk := content.read()):
                content.keep_from(content.offset)
                self.bytes_read = content.packed_offset
                yield chunk
        finally:
            content.close()

    def _of_pipe(self) -> Iterator[bytes]:
        handle = self._stdin.fileno() if self._path is None else os.open(self._path, self._mode | os.O_CLOEXEC)
        try:
            chunks = self._arriving(handle)
            first = next((chunk for chunk in chunks if chunk), b"")
            kind = kind_of(first)
            if kind is None:
                yield first
                yield from chunks
            else:
                archive = unpacked(cast(BinaryIO, io.BufferedReader(_Pipe(first, chunks))), kind)
                while chunk := archive.read(CHUNK):
                    yield chunk
        finally:
            if self._path is not None:
                os.close(handle)

    def _arriving(self, handle: int) -> Iterator[bytes]:
        """What comes, and nothing while nothing comes, so that a caller can act on silence."""
        while not self._stopped():
            ready, _, _ = select.select([handle], [], [], POLL_SECONDS)
            if not ready:
                yield b""
                continue
            chunk = os.read(handle, CHUNK)
            if not chunk:
                break
            self.bytes_read += len(chunk)
            yield chunk


class _Pipe(io.RawIOBase):
    """A pipe of which the first bytes have been read."""

    def __init__(self, first: bytes, chunks: Iterator[bytes]) -> None:
        self._waiting = first
        self._chunks = chunks

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview[int]") -> int:  # type: ignore[override]
        self._waiting = self._waiting or next((chunk for chunk in self._chunks if chunk), b"")
        size = min(len(buffer), len(self._waiting))
        buffer[:size], self._waiting = self._waiting[:size], self._waiting[size:]
        return size


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Errors of reading with the name of the file, which most of them lack."""
    try:
        yield
    except Binary as error:
        raise Unreadable(f"{path}: {error}") from error
    except ERRORS as error:
        raise Unreadable(f"{path}: {getattr(error, 'strerror', None) or error}") from error
