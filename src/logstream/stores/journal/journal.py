"""The journal: JSONL files, one a day, the truth about what was accepted.

One writer thread takes every batch that waits, appends each day's lines with one synchronous write (O_DSYNC), the days
side by side, and only then answers all of them (group commit). A write that is also the sync lets go of the
interpreter lock once instead of twice, which under load costs more than the disk does. Writing on the event loop
itself gains nothing, and a slow disk would stall every viewer.
"""

import asyncio
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from operator import attrgetter
from pathlib import Path
from typing import TypeVar

from logstream.store import Claim, StoreUnavailable
from logstream.stores.journal import naming, recovery
from logstream.stores.journal.append_file import AppendFile, AppendFiles
from logstream.stores.journal.day import Day, segment_path
from logstream.stores.journal.flushed_file import sync_folder
from logstream.stores.journal.folder_lock import FolderLock
from logstream.stores.journal.idempotency import Extent, IdempotencyLedger
from logstream.stores.journal.naming import BY_DATE, Naming
from logstream.stores.journal.writes import Step, Waiting, Write, settle, write_all

Result = TypeVar("Result")


class Journal:
    """The files below `root`, named by `naming`. Claims go to `ledger`, which is opened and closed with the journal.

    Threads: what the journal knows changes in the writer thread alone; before `start` and after `close`, in the thread
    that opened it. Any thread may read it: `day` and `days` answer with what was so at one moment, and a Day does not
    change. Who must rely on a day's files staying what they are works in the index thread, see stores.index.indexer.
    """

    def __init__(
        self,
        root: Path,
        *,
        naming: Naming = BY_DATE,
        sync: bool = True,
        ledger: IdempotencyLedger | None = None,
        on_written: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        self.root = root
        self._naming = naming
        self._ledger = ledger
        self._on_written = on_written
        self._lock = FolderLock(root)
        self._days: dict[str, Day] = {}
        self._replaced: set[str] = set()
        self._position = 0
        self._files = AppendFiles(root, sync=sync)
        self._cut_to: dict[str, int] = {}  # plain files that a failed write may have left longer than they should be
        self._waiting = Waiting()
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._pool = ThreadPoolExecutor(8, thread_name_prefix="journal-sync")
        self._on_durable: Callable[[], None] = lambda: None

    @property
    def state_folder(self) -> Path:
        return naming.state_folder(self.root)

    @property
    def position(self) -> int:
        """Bytes made durable by this process: a mark in time, for reading one's own writes.

        Who has seen it finds at least so much in the days.
        """
        return self._position

    def day(self, name: str) -> Day | None:
        """The day of this name, if there is one."""
        return self._days.get(name)

    def days(self) -> list[Day]:
        """All days, oldest first."""
        return sorted(self._days.copy().values(), key=attrgetter("name"))

    def disk_bytes(self) -> int:
        """The size of all files."""
        return sum(day.disk_size for day in self._days.copy().values())

    def take_replaced(self) -> Iterator[str]:
        """The names of days whose files somebody removed or shortened while we run; each is told once."""
        while self._replaced:
            yield self._replaced.pop()

    def open(self) -> list[str]:
        """Lock the folder and mend what a crash left; returns what was mended or is damaged, one text each.

        Raises LockedError, or OSError or sqlite3.Error when the folder or the ledger can't be used.
        """
        self.state_folder.mkdir(parents=True, exist_ok=True)
        self._lock.acquire()
        recovery.remove_unfinished(self.root)
        names = naming.names_in(self.root)
        notes = [note for name in names if (note := recovery.mend(self.root, name)) is not None]
        if self._ledger is not None:
            self._ledger.open()
            if taken_back := self._ledger.recover(self.root):
                notes.append(f"{self.root}: took back {taken_back} requests that a crash left unfinished")
        for name in names:
            self._look(name)
        for day in self.days():
            if day.fault is not None:
                notes.append(f"{day.segment_path} is damaged and was left unchanged: {day.fault}")
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
        self._files.close_all()
        if self._ledger is not None:
            self._ledger.close()
        self._lock.release()

    def append(
        self, lines: dict[str, bytes], on_durable: Callable[[], None], claim: Claim | None = None
    ) -> asyncio.Future[None]:
        """Hand lines, by the name of their day, to the writer; the future is done when they are durable.

        `on_durable` is called on the event loop just before, in the order of the calls to `append`. The future fails
        with StoreUnavailable when nothing was stored.
        """
        future = asyncio.get_running_loop().create_future()
        self._waiting.put(Write(lines, sum(map(len, lines.values())), claim, on_durable, future))
        return future

    def exclusively(self, work: "Callable[[], Result]") -> "Future[Result]":
        """Run `work` in the writer thread, between two groups: every append waits for it.

        It must not wait for the index thread: see stores.index.indexer.
        """
        future: Future[Result] = Future()
        step = Step(work, future)
        if self._thread is None:
            step.run()
        else:
            self._waiting.put(step)
        return future

    def change(self, name: str, work: "Callable[[], Result]") -> "Future[Result]":
        """Run `work`, which may replace or remove the files of a day, as `exclusively` does; then look at them anew."""

        def run() -> Result:
            self._cut_back()
            self._files.close(name)
            if self._ledger is not None:
                self._ledger.settle()
            try:
                return work()
            finally:
                self._look(name)
                sync_folder((self.root / name).parent)

        return self.exclusively(run)

    def remove(self, name: str) -> "Future[None]":
        """Remove a day with all its lines."""

        def unlink() -> None:
            segment_path(self.root, name).unlink(missing_ok=True)
            (self.root / name).unlink(missing_ok=True)

        return self.change(name, unlink)

    def _look(self, name: str) -> None:
        """Note what the files of a day hold."""
        day = Day.look(self.root, name, self._naming.date_in(name))
        if day is None:
            self._days.pop(name, None)
        else:
            self._days[name] = day

    def _stop(self) -> None:
        self._stopping = True

    def _write_forever(self) -> None:
        while not self._stopping:
            item = self._waiting.take()
            if isinstance(item, Step):
                item.run()
            else:
                settle(item, self._commit(item))
        self._waiting.refuse_steps(StoreUnavailable("the server is stopping"))

    def _commit(self, group: list[Write]) -> StoreUnavailable | None:
        """Make a group durable; returns why it could not be, and then nothing of it is stored."""
        files: dict[str, AppendFile] = {}
        ends: dict[str, int] = {}
        try:
            self._cut_back()
            contents: dict[str, list[bytes]] = {}
            claims: list[tuple[Claim, list[Extent]]] = []
            for write in group:
                extents: list[Extent] = []
                for name, lines in write.lines.items():
                    if name not in files:
                        files[name] = self._open(name)
                        ends[name] = files[name].size
                    contents.setdefault(name, []).append(lines)
                    if write.claim is not None:
                        extents.append(Extent.of(name, ends[name], lines))
                    ends[name] += len(lines)
                if write.claim is not None:
                    claims.append((write.claim, extents))
            if claims and self._ledger is not None:
                self._ledger.hold(claims)
            began = time.perf_counter()
            self._write({files[name].fd: content for name, content in contents.items()})
            self._on_written(time.perf_counter() - began)
        except Exception as error:
            self._undo(files)
            if self._ledger is not None:
                self._ledger.void([write.claim for write in group if write.claim is not None])
            reason = error.strerror or str(error) if isinstance(error, OSError) else str(error)
            return StoreUnavailable(f"the journal can't be written: {reason}", retry_after=5)
        written = 0
        for name, file in files.items():
            written += ends[name] - file.size
            file.size = ends[name]
            self._grow(name, file.size)
        self._position += written  # last: who has seen it finds the days as long as that
        self._files.trim()
        self._on_durable()
        return None

    def _open(self, name: str) -> AppendFile:
        """A day's plain file; when it is shorter than it was, somebody has removed or replaced it."""
        file = self._files.open(name)
        day = self._days.get(name)
        if day is not None and file.size < day.plain_size:
            self._grow(name, file.size)
            self._replaced.add(name)
        return file

    def _grow(self, name: str, plain_size: int) -> None:
        day = self._days.get(name) or Day(self.root, name, 0, None, self._naming.date_in(name))
        self._days[name] = day.with_plain_size(plain_size)

    def _write(self, contents: dict[int, list[bytes]]) -> None:
        """Append to each file; with several, side by side, since each write waits for the disk."""
        if len(contents) == 1:
            ((fd, content),) = contents.items()
            write_all(fd, content)
        else:
            writes = [self._pool.submit(write_all, fd, content) for fd, content in contents.items()]
            wait(writes)  # all of them, before a fault of one takes back what the others write
            for write in writes:
                write.result()

    def _undo(self, files: dict[str, AppendFile]) -> None:
        """Take back a failed group. What can't be cut now is cut before the next write, or at the next start."""
        for name, file in files.items():
            try:
                os.ftruncate(file.fd, file.size)
            except OSError:
                self._cut_to[name] = file.size
            # After a failed sync the kernel may have dropped the pages: start from what is on disk.
            self._files.close(name)

    def _cut_back(self) -> None:
        """Cut what a failed write may have left."""
        for name, size in list(self._cut_to.items()):
            os.truncate(self.root / name, size)
            del self._cut_to[name]
