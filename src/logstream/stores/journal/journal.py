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
import threading
import time
import zlib
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol, TypeVar

from logstream.entries.entry import MAX_ID, Batch
from logstream.store import Claim, StoreUnavailable
from logstream.stores.journal import recovery, segment
from logstream.stores.journal.append_file import DayFile

log = logging.getLogger("logstream.journal")

MAX_OPEN_FILES: Final = 64
MAX_GROUP_BYTES: Final = 16 * 1024 * 1024
"""Bytes one group commit writes at most: longer groups only make the first of them wait."""

HEAD: Final = len('{"id":"') + MAX_ID + 1

Result = TypeVar("Result")


class LockedError(Exception):
    """Another process uses the folder."""


class Place(NamedTuple):
    """Where lines lie, or will lie, in the journal, and how to tell that they are the ones."""

    name: str
    offset: int
    """In the plain file. What is compressed is no longer looked for: see `settle`."""
    length: int
    head: bytes
    """The first bytes, which hold the first id: nobody else's lines start like this."""
    crc: int


class Ledger(Protocol):
    """What must be durable before the lines of a group are written, see idempotency.py."""

    def hold(self, claims: list[tuple[Claim, list[Place]]]) -> None:
        """Make these claims durable. Called in the writer thread, before the lines are written."""

    def void(self, claims: list[Claim]) -> None:
        """Take back what `hold` got: the lines were not stored."""

    def settle(self) -> None:
        """Remember, durably, that all lines so far are whole: a day file is about to be replaced."""


class Write(NamedTuple):
    """Lines on their way to disk: bytes by day file (`YYYY/MM/DD.jsonl`)."""

    lines: dict[str, bytes]
    size: int
    claim: Claim | None
    on_durable: Callable[[], None]
    future: "asyncio.Future[None]"


class Step(NamedTuple):
    """Work for the writer thread between two groups."""

    work: Callable[[], Any]
    future: "Future[Any]"


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
        """The durable length of each day, by the name of its plain file; see segment.py."""
        self.compressed: dict[str, segment.Compressed] = {}
        """The compressed files. These three change in the writer thread only."""
        self.replaced: set[str] = set()
        """Day files that somebody has removed or shortened while we run: the index takes them out and reads anew."""
        self._sync = sync
        self._on_written = on_written
        self._open_files: OrderedDict[str, DayFile] = OrderedDict()
        self._cut_to: dict[str, int] = {}  # files a failed write may have left longer than they should be
        self._queue: queue.SimpleQueue[Write | Step] = queue.SimpleQueue()
        self._stopping = False
        self._lock_fd: int | None = None
        self._thread: threading.Thread | None = None
        self._pool = ThreadPoolExecutor(8, thread_name_prefix="journal-sync")
        self._on_durable: Callable[[], None] = lambda: None

    @property
    def state_folder(self) -> Path:
        """Where what belongs to the journal but is no journal lies: the lock, the index, the idempotency ledger."""
        return self.root / ".logstream"

    def open(self) -> list[str]:
        """Lock the folder and mend what a crash left; returns what was mended or is damaged, one text a file.

        Raises LockedError, or OSError when the folder can't be used.
        """
        self.state_folder.mkdir(parents=True, exist_ok=True)
        self._lock()
        recovery.remove_unfinished(self.root)
        notes: list[str] = []
        for name in self.files():
            if (note := recovery.mend(self.root, name)) is not None:
                notes.append(note)
            self._look(name)
            if (found := self.compressed.get(name)) is not None and found.fault is not None:
                notes.append(f"{segment.compressed_path(self.root, name)} is damaged, left as it is: {found.fault}")
        return notes

    def start(self, on_durable: Callable[[], None] = lambda: None) -> None:
        """Start the writer; `on_durable` is called in its thread after every group."""
        self._on_durable = on_durable
        self._thread = threading.Thread(target=self._write_forever, name="journal", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Write what waits, sync, close, give the lock back."""
        if self._thread is not None:
            self.exclusively(self._stop)
            self._thread.join()
            self._thread = None
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

    def exclusively(self, work: "Callable[[], Result]") -> "Future[Result]":
        """Run `work` in the writer thread, between two groups: every append waits for it."""
        future: Future[Result] = Future()
        if self._thread is None:
            _run_step(Step(work, future))
        else:
            self._queue.put(Step(work, future))
        return future

    def change(self, name: str, work: "Callable[[], Result]") -> "Future[Result]":
        """Run `work`, which may replace or remove the files of a day, as `exclusively` does; then look at them anew."""

        def run() -> Result:
            self._cut_back()
            if (file := self._open_files.pop(name, None)) is not None:
                file.close()
            if self.ledger is not None:
                self.ledger.settle()
            try:
                return work()
            finally:
                self._look(name)
                segment.sync_folder((self.root / name).parent)

        return self.exclusively(run)

    def remove(self, name: str) -> "Future[None]":
        """Remove a day with all its lines."""

        def unlink() -> None:
            segment.compressed_path(self.root, name).unlink(missing_ok=True)
            (self.root / name).unlink(missing_ok=True)

        return self.change(name, unlink)

    def files(self) -> list[str]:
        """The names of all days, oldest first."""
        return segment.names(self.root)

    def base(self, name: str) -> int:
        """How much of a day is compressed: bytes of its content before the plain file."""
        found = self.compressed.get(name)
        return 0 if found is None else found.size

    def disk_bytes(self) -> int:
        """The size of all files."""
        compressed = self.compressed.copy().values()
        return sum(self.sizes.copy().values()) + sum(found.disk_size - found.size for found in compressed)

    def cut(self, name: str, size: int) -> None:
        """Shorten a plain file to `size` bytes, durably. Only before `start`."""
        with open(self.root / name, "r+b") as file:
            file.truncate(size)
            os.fsync(file.fileno())
        self._look(name)

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

    def _look(self, name: str) -> None:
        """Note what the files of a day hold."""
        plain, compressed = self.root / name, segment.compressed_path(self.root, name)
        if compressed.exists():
            self.compressed[name] = segment.inspect(compressed)
        else:
            self.compressed.pop(name, None)
        if plain.exists():
            self.sizes[name] = self.base(name) + plain.stat().st_size
        elif name in self.compressed:
            self.sizes[name] = self.base(name)
        else:
            self.sizes.pop(name, None)

    def _stop(self) -> None:
        self._stopping = True

    def _write_forever(self) -> None:
        following: Step | None = None
        while not self._stopping:
            item = following or self._queue.get()
            following = None
            if isinstance(item, Step):
                _run_step(item)
            else:
                following = self._write_group(item)
        with contextlib.suppress(queue.Empty):
            while True:
                if isinstance(late := following or self._queue.get_nowait(), Step):
                    late.future.set_exception(StoreUnavailable("the server is stopping"))
                following = None

    def _write_group(self, first: Write) -> Step | None:
        """Write what waits up to the next step, which is returned."""
        group, size = [first], first.size
        following: Step | None = None
        with contextlib.suppress(queue.Empty):
            while size < MAX_GROUP_BYTES and following is None:
                item = self._queue.get_nowait()
                if isinstance(item, Step):
                    following = item
                else:
                    group.append(item)
                    size += item.size
        fault = self._commit(group)
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            first.future.get_loop().call_soon_threadsafe(_settle, group, fault)
        return following

    def _cut_back(self) -> None:
        """Cut what a failed write may have left."""
        for name, size in list(self._cut_to.items()):
            os.truncate(self.root / name, size)
            del self._cut_to[name]

    def _commit(self, group: list[Write]) -> StoreUnavailable | None:
        touched: dict[str, DayFile] = {}
        ends: dict[str, int] = {}
        try:
            self._cut_back()
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
            file.size = ends[name]
            self.sizes[name] = self.base(name) + file.size
        self.position += written  # only now: who has seen the position finds the sizes
        while len(self._open_files) > MAX_OPEN_FILES:
            self._open_files.popitem(last=False)[1].close()
        self._on_durable()
        return None

    def _file(self, name: str) -> DayFile:
        file = self._open_files.pop(name, None)
        if file is not None and not file.is_current():
            file.close()
            file = None
        if file is None:
            file = DayFile(self.root, name, sync=self._sync)
            if self.base(name) + file.size < self.sizes.get(name, 0):
                self.sizes[name] = self.base(name) + file.size
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

    def _undo(self, touched: dict[str, DayFile]) -> None:
        """Take back a failed group. What can't be cut now is cut before the next write, or at the next start."""
        for name, file in touched.items():
            try:
                os.ftruncate(file.fd, file.size)
            except OSError:
                self._cut_to[name] = file.size
            # After a failed sync the kernel may have dropped the pages: start from what is on disk.
            self._open_files.pop(name, None)
            file.close()


def _run_step(step: Step) -> None:
    try:
        step.future.set_result(step.work())
    except BaseException as error:
        step.future.set_exception(error)


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


def _write_all(fd: int, parts: list[bytes]) -> None:
    view = memoryview(b"".join(parts) if len(parts) > 1 else parts[0])
    while view:
        view = view[os.write(fd, view) :]


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
