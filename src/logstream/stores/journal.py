"""The journal: daily JSONL files, the truth about what was accepted.

One writer thread takes every batch that waits, appends each day's lines with one synchronous write (O_DSYNC), the days
side by side, and only then answers all of them (group commit). A write that is also the sync lets go of the
interpreter lock once instead of twice, which under load costs more than the disk does. Writing on the event loop
itself gains nothing, and a slow disk would stall every viewer.
"""

import asyncio
import contextlib
import fcntl
import logging
import os
import queue
import re
import threading
import time
import zlib
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Final, NamedTuple, Protocol

import msgspec

from logstream.entry import MAX_ID, Batch
from logstream.stores.base import Claim, StoreUnavailable

log = logging.getLogger("logstream.journal")

DAY_FILE: Final = re.compile(r"[0-9]{4}/[0-9]{2}/[0-9]{2}\.jsonl")
MAX_OPEN_FILES: Final = 64
MAX_GROUP_BYTES: Final = 16 * 1024 * 1024
"""Bytes one group commit writes at most: longer groups only make the first of them wait."""


CHECK_SECONDS: Final = 0.2

HEAD: Final = len('{"id":"') + MAX_ID + 1


class LockedError(Exception):
    """Another process uses the folder."""


class Place(NamedTuple):
    """Where lines lie, or will lie, in the journal, and how to tell that they are the ones."""

    name: str
    offset: int
    length: int
    head: bytes
    """The first bytes, which hold the first id: nobody else's lines start like this."""
    crc: int


class Ledger(Protocol):
    """What must be durable before the lines of a group are written, see stores/ledger.py."""

    def hold(self, claims: list[tuple[Claim, list[Place]]]) -> None:
        """Make these claims durable. Called in the writer thread, before the lines are written."""

    def void(self, claims: list[Claim]) -> None:
        """Take back what `hold` got: the lines were not stored."""


class Write(NamedTuple):
    """Lines on their way to disk: bytes by day file (`YYYY/MM/DD.jsonl`)."""

    lines: dict[str, bytes]
    size: int
    claim: Claim | None
    on_durable: Callable[[], None]
    future: "asyncio.Future[None]"


class _DayFile:
    """An open day file: appends go to `size`, the length known to be whole and durable."""

    def __init__(self, root: Path, name: str, *, sync: bool) -> None:
        self.path = root / name
        self.name = name
        new = not self.path.exists()
        if new:
            _make_folder(self.path.parent, root)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | (os.O_DSYNC if sync else 0)
        self.fd = os.open(self.path, flags, 0o640)
        self._looked_at = time.monotonic()
        try:
            self.size = os.fstat(self.fd).st_size
            if new:
                _sync_folder(self.path.parent)
            elif not _ends_a_line(self.path):
                self.size += os.write(self.fd, b"\n")  # somebody else's unfinished line must not take ours along
        except OSError:
            os.close(self.fd)
            raise

    def is_current(self) -> bool:
        """False when somebody has removed, replaced or shortened the file; looked at every CHECK_SECONDS."""
        now = time.monotonic()
        if now - self._looked_at < CHECK_SECONDS:
            return True
        self._looked_at = now
        try:
            there, here = os.stat(self.path), os.fstat(self.fd)
        except OSError:
            return False
        return there.st_ino == here.st_ino and there.st_dev == here.st_dev and here.st_size == self.size

    def close(self) -> None:
        os.close(self.fd)


class Journal:
    """The day files below `root`. `open` locks the folder; one process at a time."""

    def __init__(
        self,
        root: Path,
        *,
        sync: bool = True,
        ledger: Ledger | None = None,
        on_written: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        self.root = root
        self.ledger = ledger
        self.position = 0
        """Bytes made durable by this process: a mark in time, for reading one's own writes."""
        self.sizes: dict[str, int] = {}
        """The durable length of each day file."""
        self.replaced: set[str] = set()
        """Day files that somebody has removed or shortened while we run: the index takes them out and reads anew."""
        self._sync = sync
        self._on_written = on_written
        self._open_files: OrderedDict[str, _DayFile] = OrderedDict()
        self._cut_to: dict[str, int] = {}  # files a failed write may have left longer than they should be
        self._queue: queue.SimpleQueue[Write | None] = queue.SimpleQueue()
        self._lock_fd: int | None = None
        self._thread: threading.Thread | None = None
        self._pool = ThreadPoolExecutor(8, thread_name_prefix="journal-sync")
        self._on_durable: Callable[[], None] = lambda: None

    @property
    def state_folder(self) -> Path:
        """Where what belongs to the journal but is no journal lies: the lock, the index, the idempotency ledger."""
        return self.root / ".logstream"

    def open(self) -> list[str]:
        """Lock the folder and mend torn tails; returns what was mended, one text a file.

        Raises LockedError, or OSError when the folder can't be used.
        """
        self.state_folder.mkdir(parents=True, exist_ok=True)
        self._lock()
        mended = [note for name in self.files() if (note := self._mend(name)) is not None]
        return mended

    def start(self, on_durable: Callable[[], None] = lambda: None) -> None:
        """Start the writer; `on_durable` is called in its thread after every group."""
        self._on_durable = on_durable
        self._thread = threading.Thread(target=self._write_forever, name="journal", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Write what waits, sync, close, give the lock back."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
        self._pool.shutdown()
        for file in self._open_files.values():
            file.close()
        self._open_files.clear()
        if self._lock_fd is not None:
            os.close(self._lock_fd)
            self._lock_fd = None

    def append(
        self, lines: dict[str, bytes], on_durable: Callable[[], None], claim: Claim | None = None
    ) -> asyncio.Future[None]:
        """Hand lines to the writer; the future is done when they are durable.

        `on_durable` is called on the event loop just before, in the order of the calls to `append`. The future fails
        with StoreUnavailable when nothing was stored.
        """
        future = asyncio.get_running_loop().create_future()
        self._queue.put(Write(lines, sum(map(len, lines.values())), claim, on_durable, future))
        return future

    def files(self) -> list[str]:
        """The names of all day files, oldest day first."""
        names = (path.relative_to(self.root).as_posix() for path in self.root.glob("[0-9]*/[0-9]*/[0-9]*.jsonl"))
        return sorted(name for name in names if DAY_FILE.fullmatch(name))

    def cut(self, name: str, size: int) -> None:
        """Shorten a day file to `size` bytes, durably. Only before `start`."""
        with open(self.root / name, "r+b") as file:
            file.truncate(size)
            os.fsync(file.fileno())
        self.sizes[name] = size

    def _lock(self) -> None:
        fd = os.open(self.state_folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.pread(fd, 20, 0).decode(errors="replace").strip()
            os.close(fd)
            raise LockedError(
                f"another logstream process{f' (pid {owner})' if owner else ''} uses {self.root}; stop it first"
            ) from None
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
        self._lock_fd = fd

    def _mend(self, name: str) -> str | None:
        """Cut a line torn by a crash; end a last line that is whole but lacks its LF, as in files made elsewhere."""
        path = self.root / name
        size = path.stat().st_size
        self.sizes[name] = size
        with open(path, "rb") as file:
            whole = last_line_end(file.fileno(), size)
            if whole == size:
                return None
            tail = os.pread(file.fileno(), size - whole, whole)
        if is_object(tail):
            with open(path, "ab") as file:
                file.write(b"\n")
                file.flush()
                os.fsync(file.fileno())
            self.sizes[name] = size + 1
            return None
        self.cut(name, whole)
        return f"{path}: cut {size - whole} bytes of a torn last line"

    def _write_forever(self) -> None:
        stop = False
        while not stop:
            write = self._queue.get()
            if write is None:
                return
            group, size = [write], write.size
            with contextlib.suppress(queue.Empty):
                while size < MAX_GROUP_BYTES:
                    following = self._queue.get_nowait()
                    if following is None:
                        stop = True
                        break
                    group.append(following)
                    size += following.size
            fault = self._commit(group)
            loop = write.future.get_loop()
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(_settle, group, fault)

    def _commit(self, group: list[Write]) -> StoreUnavailable | None:
        touched: dict[str, _DayFile] = {}
        ends: dict[str, int] = {}
        try:
            for name, size in list(self._cut_to.items()):
                os.truncate(self.root / name, size)
                del self._cut_to[name]
            pieces: dict[str, list[bytes]] = {}
            claims: list[tuple[Claim, list[Place]]] = []
            for write in group:
                places: list[Place] = []
                for name, lines in write.lines.items():
                    if name not in touched:
                        touched[name] = self._file(name)
                        ends[name] = touched[name].size
                    pieces.setdefault(name, []).append(lines)
                    if write.claim is not None:
                        places.append(Place(name, ends[name], len(lines), lines[:HEAD], zlib.crc32(lines)))
                    ends[name] += len(lines)
                if write.claim is not None:
                    claims.append((write.claim, places))
            if claims and self.ledger is not None:
                self.ledger.hold(claims)
            began = time.perf_counter()
            self._write({touched[name].fd: parts for name, parts in pieces.items()})
            self._on_written(time.perf_counter() - began)
        except Exception as error:
            self._undo(touched)
            if self.ledger is not None:
                self.ledger.void([write.claim for write in group if write.claim is not None])
            reason = error.strerror or str(error) if isinstance(error, OSError) else str(error)
            return StoreUnavailable(f"the journal can't be written: {reason}", retry_after=5)
        written = sum(ends[name] - file.size for name, file in touched.items())
        for name, file in touched.items():
            self.sizes[name] = file.size = ends[name]
        self.position += written  # only now: who has seen the position finds the sizes
        while len(self._open_files) > MAX_OPEN_FILES:
            self._open_files.popitem(last=False)[1].close()
        self._on_durable()
        return None

    def _file(self, name: str) -> _DayFile:
        file = self._open_files.pop(name, None)
        if file is not None and not file.is_current():
            file.close()
            file = None
        if file is None:
            file = _DayFile(self.root, name, sync=self._sync)
            if file.size < self.sizes.get(name, 0):
                self.sizes[name] = file.size
                self.replaced.add(name)
        self._open_files[name] = file
        return file

    def _write(self, pieces: dict[int, list[bytes]]) -> None:
        """Append to each file; with several, side by side, since each write waits for the disk."""
        if len(pieces) == 1:
            ((fd, parts),) = pieces.items()
            _write_all(fd, parts)
        else:
            writes = [self._pool.submit(_write_all, fd, parts) for fd, parts in pieces.items()]
            wait(writes)  # all of them, before a fault of one takes back what the others write
            for write in writes:
                write.result()

    def _undo(self, touched: dict[str, _DayFile]) -> None:
        """Take back a failed group. What can't be cut now is cut before the next write, or at the next start."""
        for name, file in touched.items():
            try:
                os.ftruncate(file.fd, file.size)
            except OSError:
                self._cut_to[name] = file.size
            # After a failed sync the kernel may have dropped the pages: start from what is on disk.
            self._open_files.pop(name, None)
            file.close()


def _settle(group: list[Write], fault: StoreUnavailable | None) -> None:
    for write in group:
        if fault is None:
            try:
                write.on_durable()
            except Exception:  # what is durable is acknowledged, whatever becomes of the viewers
                log.exception("a stored batch could not be handed on")
        if write.future.done():  # cancelled: whoever waited has gone, what was stored stays
            continue
        if fault is None:
            write.future.set_result(None)
        else:
            write.future.set_exception(fault)


def _ends_a_line(path: Path) -> bool:
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        return size == 0 or os.pread(file.fileno(), 1, size - 1) == b"\n"


def _write_all(fd: int, parts: list[bytes]) -> None:
    view = memoryview(b"".join(parts) if len(parts) > 1 else parts[0])
    while view:
        view = view[os.write(fd, view) :]


def _make_folder(folder: Path, root: Path) -> None:
    missing = [f for f in (folder, *folder.parents) if not f.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for made in missing:
        _sync_folder(made.parent)


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def last_line_end(fd: int, size: int) -> int:
    """The offset just behind the last LF of the first `size` bytes; 0 without any."""
    end = size
    while end > 0:
        start = max(0, end - 65536)
        place = os.pread(fd, end - start, start).rfind(b"\n")
        if place >= 0:
            return start + place + 1
        end = start
    return 0


def is_object(line: bytes) -> bool:
    """Whether the bytes are one whole JSON object."""
    if not line.lstrip().startswith(b"{"):
        return False
    try:
        msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return False
    return True


def lines_by_file(batch: Batch) -> dict[str, bytes]:
    """The lines of a batch by the day file they belong to, in order."""
    first = batch.entries[0].timestamp[:10]
    if all(entry.timestamp.startswith(first) for entry in batch.entries):
        return {day_file(first): batch.lines}
    files: dict[str, list[bytes]] = {}
    for entry, line in zip(batch.entries, batch.split_lines(), strict=True):
        files.setdefault(day_file(entry.timestamp), []).append(line)
    return {name: b"\n".join(lines) + b"\n" for name, lines in files.items()}


def day_file(timestamp: str) -> str:
    """The name of the day file for a written timestamp: `YYYY/MM/DD.jsonl`."""
    return f"{timestamp[:4]}/{timestamp[5:7]}/{timestamp[8:10]}.jsonl"
