"""The journal: JSONL files, one a day, the truth about what was accepted.

One writer thread takes every batch that waits, appends each day's lines with one synchronous write (O_DSYNC), the days
side by side, and only then answers all of them (group commit). A write that is also the sync lets go of the
interpreter lock once instead of twice, which under load costs more than the disk does. Writing on the event loop
itself gains nothing, and a slow disk would stall every viewer.
"""

import asyncio
import contextlib
import errno
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple, TypeVar

from logstream.store import Claim, StoreUnavailable
from logstream.stores.journal import modes, naming, recovery, segment
from logstream.stores.journal.append_file import AppendFile, AppendFiles
from logstream.stores.journal.day import Day, segment_path
from logstream.stores.journal.durable_names import DurableNames
from logstream.stores.journal.folder_lock import FolderLock
from logstream.stores.journal.id_lease import IdLease
from logstream.stores.journal.idempotency import IdempotencyLedger, LedgerError
from logstream.stores.journal.naming import BY_DATE, Naming
from logstream.stores.journal.seals import Seals
from logstream.stores.journal.segment import UnreadableDay
from logstream.stores.journal.writes import (
    Step,
    Waiting,
    Write,
    by_shared_days,
    needs_record,
    placed,
    settle,
    write_all,
)

log = logging.getLogger("logstream.journal")

Result = TypeVar("Result")


class _Cut(NamedTuple):
    """What is still to be cut off a plain file: all behind `size`."""

    size: int
    kept: bool
    """Whether it is to be kept in `recovered`: what a start takes out is, what a failed write has left is not."""


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
        self._sync = sync
        self._files = AppendFiles(root, sync=sync)
        self._cuts: dict[str, _Cut] = {}
        """By plain file, what must go before anything is written: it could not be cut off when it should have been."""
        self._to_take_back = False
        self.ids = IdLease(self.state_folder / "ids.json")
        self.seals = Seals(root)
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

        Raises LockedError, or OSError when the folder can't be used.
        """
        DurableNames(self.root, sync=False).make(self.state_folder)
        self._lock.acquire()
        modes.tighten(self.root)
        recovery.remove_unfinished(self.root)
        notes = self._recover_ledger()
        names = naming.names_in(self.root)
        notes += [note for name in names if (note := recovery.mend(self.root, name, self._move_out)) is not None]
        for name in names:
            self._look(name)
        for day in self.days():
            if day.fault is not None:
                notes.append(f"{day.segment_path} is damaged and was left unchanged: {day.fault}")
        if self._cuts or self._to_take_back:
            notes.append(f"{self.root}: what a crash left can't be moved out yet; nothing is stored until it can")
        if fault := self.ids.open():
            notes.append(fault)
        return notes

    def _recover_ledger(self) -> list[str]:
        if self._ledger is None:
            return []
        notes: list[str] = []
        try:
            self._ledger.open()
            self._take_back(notes.append)
        except LedgerError as error:
            notes.append(f"{self._ledger.path} can't be used now: {error}")
        return notes

    def _take_back(self, note: Callable[[str], None]) -> None:
        assert self._ledger is not None
        if taken_back := recovery.take_back(self.root, self._ledger, self._take_out, note):
            kept = f"what was written of them is in {naming.recovered_folder(self.root)}"
            note(f"{self.root}: took back {taken_back} requests that a crash left unfinished; {kept}")
        self._to_take_back = False

    def _take_out(self, name: str, size: int) -> None:
        self._to_take_back = True  # unless it goes well, before the next write
        recovery.move_out(self.root, name, size)
        if name in self._days:
            self._look(name)
            self._replaced.add(name)

    def _move_out(self, name: str, size: int) -> None:
        try:
            recovery.move_out(self.root, name, size)
        except OSError:  # the disk is full, above all: before the next write
            self._cuts[name] = _Cut(size, kept=True)

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
        with contextlib.suppress(*LedgerError):  # else the next start has to look
            self._put_right()
            if self._ledger is not None:
                self._ledger.settle()
        self._files.close_all()
        if self._ledger is not None:
            self._ledger.close()
        self._lock.release()

    def append(
        self, lines: dict[str, bytes], on_durable: Callable[[], None], claim: Claim | None = None, last_id: str = ""
    ) -> asyncio.Future[None]:
        """Hand lines, by the name of their day, to the writer; the future is done when they are durable.

        `last_id` is the greatest id in them; it is no smaller than those of earlier calls.

        `on_durable` is called on the event loop just before, in the order of the calls to `append`. The future fails
        with StoreUnavailable when nothing was stored.
        """
        future = asyncio.get_running_loop().create_future()
        self._waiting.put(Write(lines, sum(map(len, lines.values())), claim, last_id, on_durable, future))
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
            self._put_right()
            self._files.forget(name)
            if self._ledger is not None:
                self._ledger.settle()
            self._remove_leftover(name)
            folder = (self.root / name).parent
            self._files.names.change(folder)
            try:
                return work()
            finally:
                self._look(name)
                self._files.names.flush(folder)

        return self.exclusively(run)

    def remove(self, name: str) -> "Future[None]":
        """Remove a day with all its lines."""

        def unlink() -> None:
            segment_path(self.root, name).unlink(missing_ok=True)
            (self.root / name).unlink(missing_ok=True)

        return self.change(name, unlink)

    def remove_leftovers(self) -> "Future[None]":
        """Try again to remove plain files that were compressed and could not be removed then. Raises OSError."""

        def remove() -> None:
            for day in self.days():
                self._remove_leftover(day.name)

        return self.exclusively(remove)

    def _remove_leftover(self, name: str) -> None:
        day = self._days.get(name)
        if day is not None and day.leftover:
            seal = segment.read_seal(day.segment_path)
            if seal is None or not segment.reads_as(day.segment_path, seal):
                raise UnreadableDay(f"{day.segment_path} is damaged, and {name} holds the last lines of it")
            self._files.names.change(day.path.parent)
            day.path.unlink(missing_ok=True)
            self._look(name)
            self._files.names.flush(day.path.parent)

    def _look(self, name: str) -> None:
        """Note what the files of a day hold."""
        day = Day.look(self.root, name, self._naming.date_in(name))
        if day is not None and name in self._cuts:
            day = day.with_plain_size(min(day.plain_size, self._cuts[name].size))
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
            elif (fault := self._commit(item)) is None:
                settle(item, None)
            else:
                self._commit_apart(item, fault)
        self._waiting.refuse_steps(StoreUnavailable("the server is stopping"))

    def _commit(self, group: list[Write]) -> StoreUnavailable | None:
        """Make a group durable; returns why it could not be, and then nothing of it is stored."""
        sizes: dict[str, int] = {}  # of the plain files, before
        contents: dict[str, list[bytes]] = {}
        is_recorded = False
        try:
            self._put_right()
            if group[-1].last_id > self.ids.bound:
                self.ids.cover(group[-1].last_id)
            for write in group:
                for name, lines in write.lines.items():
                    contents.setdefault(name, []).append(lines)
            for name in contents:
                sizes[name] = self._open(name).size
            if self._ledger is not None and any(map(needs_record, group)):
                is_recorded = True
                self._ledger.hold(placed(group, sizes))
            began = time.perf_counter()
            self._write(contents, sizes)
            self._on_written(time.perf_counter() - began)
        except Exception as error:
            self._undo(group, sizes, is_recorded)
            reason = error.strerror or str(error) if isinstance(error, OSError) else str(error)
            return StoreUnavailable(f"the journal can't be written: {reason}", retry_after=5)
        if is_recorded and self._ledger is not None:
            self._ledger.acknowledge()
        written = 0
        for name, content in contents.items():
            size = sum(map(len, content))
            written += size
            self._grow(name, sizes[name] + size)
        self._position += written  # last: who has seen it finds the days as long as that
        self._on_durable()
        return None

    def _commit_apart(self, group: list[Write], fault: StoreUnavailable) -> None:
        """After a fault, of which nothing is left, try again with those whose fault it may not be.

        First those that share no day, then those that need no record of the ledger, each time as a group of its own.
        All are told in the order in which they came, as viewers get them.
        """
        faults: dict[int, StoreUnavailable | None] = {}
        parts = by_shared_days(group)
        for part in parts:
            found = fault if len(parts) == 1 else self._commit(part)
            faults |= {id(write): found for write in part}
            simple = [write for write in part if not needs_record(write)]
            if found is not None and 0 < len(simple) < len(part):
                found = self._commit(simple)
                faults |= {id(write): found for write in simple}
        for write in group:
            settle([write], faults[id(write)])

    def _open(self, name: str) -> AppendFile:
        """A day's plain file; when it is shorter than it was, somebody has removed or replaced it."""
        self._remove_leftover(name)
        file = self._files.open(name)
        day = self._days.get(name)
        if day is not None and file.size < day.plain_size:
            self._grow(name, file.size)
            self._replaced.add(name)
        return file

    def _grow(self, name: str, plain_size: int) -> None:
        day = self._days.get(name) or Day(self.root, name, 0, None, self._naming.date_in(name))
        self._days[name] = day.with_plain_size(plain_size)

    def _write(self, contents: dict[str, list[bytes]], sizes: dict[str, int]) -> None:
        """Append to each file; with several, side by side, since each write waits for the disk."""
        if len(contents) == 1:
            ((name, content),) = contents.items()
            self._append(self._open_at(name, sizes[name]), content)
            return
        names = list(contents)
        for start in range(0, len(names), self._files.most):
            files = [self._open_at(name, sizes[name]) for name in names[start : start + self._files.most]]
            writes = [self._pool.submit(self._append, file, contents[file.name]) for file in files]
            wait(writes)  # all of them, before a fault of one takes back what the others write
            for write in writes:
                write.result()

    def _open_at(self, name: str, size: int) -> AppendFile:
        file = self._files.open(name)
        if file.size != size:
            raise OSError(errno.EBUSY, f"{name} is being changed by another program")
        return file

    def _append(self, file: AppendFile, content: Sequence[bytes]) -> None:
        file.size += write_all(file.fd, content)

    def _undo(self, group: list[Write], sizes: dict[str, int], is_recorded: bool) -> None:
        """Take back a failed group. What can't be cut now is cut before the next write, or at the next start."""
        is_undone = True
        for name, size in sizes.items():
            try:
                self._cut(name, size)
            except OSError:
                self._cuts[name] = _Cut(size, kept=False)
                is_undone = False
            # After a failed sync the kernel may have dropped the pages: start from what is on disk.
            self._files.close(name)
        if self._ledger is None:
            return
        if not is_undone:
            self._ledger.fail(placed(group, sizes))
        if is_recorded:
            self._ledger.void([write.claim for write in group if write.claim is not None], settled=is_undone)

    def _cut(self, name: str, size: int) -> None:
        """Shorten a plain file, durably."""
        file = self._files.at_hand(name)
        try:
            fd = os.open(self.root / name, os.O_WRONLY | os.O_CLOEXEC) if file is None else file.fd
        except FileNotFoundError:
            return  # somebody removed it
        try:
            if os.fstat(fd).st_size > size:
                os.ftruncate(fd, size)
                if self._sync:
                    os.fsync(fd)
        finally:
            if file is None:
                os.close(fd)

    def _put_right(self) -> None:
        """Do what could not be done when it should have been. Raises OSError or sqlite3.Error as long as it can't."""
        if self._to_take_back:
            self._take_back(log.warning)
        if not self._cuts:
            return
        for name, cut in list(self._cuts.items()):
            if cut.kept:
                recovery.move_out(self.root, name, cut.size)
            else:
                self._cut(name, cut.size)
            del self._cuts[name]
        if self._ledger is not None:
            self._ledger.void([])
