"""Batches on disk, a file each, until they are delivered: by this process, or by any that uses the folder.

A file's name says when it came, how many entries it has and its Idempotency-Key, its content is the body as it is
sent. Who sends a file holds a lock on it; who dies between the server's answer and the removal leaves a file that the
server knows by its key. So nothing is lost and nothing is stored twice (within the day that the server keeps keys).
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from logstream_handler.batch import Batch

try:
    import fcntl
except ImportError:  # Windows: two processes may send the same file, and the server stores it once
    fcntl = None  # type: ignore[assignment]

BLOCK = 4096
"""Bytes of disk that a file takes at least."""

SCAN_SECONDS = 10.0
"""How long the folder's size is taken to be what this process made of it."""

STALE_SECONDS = 3600.0
"""After this, a file that was never finished belongs to a process that is gone."""

_NAME = re.compile(r"\d{20}-(\d+)-([0-9a-f]{32}[.01]*)\.batch")


@dataclass
class Spooled:
    """A batch, and its file, open and locked. Ends with `remove` or `release`."""

    batch: Batch
    path: Path
    handle: int

    def remove(self) -> None:
        """It is delivered, or never will be. Raises OSError."""
        try:
            self.path.unlink()
        finally:
            self.release()

    def release(self) -> None:
        handle, self.handle = self.handle, -1
        if handle >= 0:
            os.close(handle)


class Spool:
    """For one thread at a time, and for any number of processes."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self.folder = folder
        self.waiting = True
        """Whether there may be something to take: also what an earlier process left."""
        self._most = most_bytes
        self._names: deque[str] = deque()
        self._size = 0
        self._scanned = -SCAN_SECONDS
        self._taken: Spooled | None = None

    def put(self, batch: Batch) -> int:
        """Write a batch, durably. Returns how many entries were dropped to make room: the oldest. Raises OSError."""
        need = max(BLOCK, len(batch.body))
        if need > self._most:
            return batch.count
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if time.monotonic() > self._scanned + SCAN_SECONDS or self._size + need > self._most:
            self._scan()
        dropped = self._make_room(need)
        name = f"{time.time_ns():020d}-{batch.count}-{batch.key}.batch"
        unfinished = self.folder / f".{name}.{os.getpid()}"
        try:
            _write(unfinished, batch.body)
            unfinished.rename(self.folder / name)
        except OSError:
            with contextlib.suppress(OSError):
                unfinished.unlink()
            raise
        _sync_folder(self.folder)
        self._size += need
        self.waiting = True
        return dropped

    def take(self) -> Spooled | None:
        """The next batch that nobody else sends, from the oldest on, each once a round; None after the last."""
        is_listed = False
        while self._names or not is_listed:
            if not self._names:  # those of an earlier listing may all be gone by now, and others there
                self._names.extend(sorted(self._list()))
                is_listed = True
                continue
            taken = self._open(self._names.popleft())
            if taken is not None:
                self._taken = taken
                return taken
        self.waiting = False
        return None

    def forget(self) -> None:
        """After a fork, in the child: the lock is the parent's, and its end must free the file."""
        if self._taken is not None:
            self._taken.release()

    def count(self) -> int:
        """Entries that wait in the folder."""
        return sum(_count(name) for name in self._list())

    def _list(self) -> list[str]:
        try:
            return [name for name in os.listdir(self.folder) if _NAME.fullmatch(name)]
        except OSError:
            return []

    def _open(self, name: str) -> Spooled | None:
        path = self.folder / name
        try:
            handle = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
        except OSError:
            return None
        try:
            if fcntl is not None:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            status = os.fstat(handle)
            if status.st_nlink == 0:  # delivered by another, between the listing and the lock
                raise FileNotFoundError(name)
            with os.fdopen(handle, "rb", closefd=False) as file:
                body = file.read()
        except OSError:
            os.close(handle)
            return None
        found = _NAME.fullmatch(name)
        assert found is not None
        return Spooled(Batch(found[2], int(found[1]), body), path, handle)

    def _scan(self) -> None:
        size = 0
        with os.scandir(self.folder) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    status = entry.stat()
                    if entry.name.startswith(".") and status.st_mtime < time.time() - STALE_SECONDS:
                        os.unlink(entry.path)
                    else:
                        size += max(BLOCK, status.st_size)
        self._size, self._scanned = size, time.monotonic()

    def _make_room(self, need: int) -> int:
        dropped = 0
        if self._size + need > self._most:
            for name in sorted(self._list()):
                if self._size + need <= self._most:
                    break
                oldest = self._open(name)  # one that is being sent is let be
                if oldest is not None:
                    oldest.remove()
                    self._size -= max(BLOCK, len(oldest.batch.body))
                    dropped += oldest.batch.count
        return dropped


def _count(name: str) -> int:
    found = _NAME.fullmatch(name)
    return int(found[1]) if found is not None else 0


def _write(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(handle, view) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_folder(folder: Path) -> None:
    """So that the name is durable too; where a folder can't be opened (Windows), the system sees to it."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
