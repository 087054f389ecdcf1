"""The spool: a journal on this machine that takes what comes before the database has it, and gives it back in order.

Its files are numbered in the order of their beginning, so that what was written to the database can go file by file.
Entries lie in the order in which they were accepted, whatever their timestamps.
"""

import asyncio
import contextlib
import logging
import os
import sqlite3
import sys
from bisect import bisect_left
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from logstream.entries.entry import Batch, LogEntry, decode_entry, encode_entry
from logstream.store import Claim, Receipt, StoreUnavailable
from logstream.stores.journal.blocks import last_line_end
from logstream.stores.journal.day import Day
from logstream.stores.journal.flushed_file import replace_durably, sync_folder
from logstream.stores.journal.folder_lock import LockedError
from logstream.stores.journal.idempotency import IdempotencyLedger
from logstream.stores.journal.journal import Journal
from logstream.stores.journal.modes import FILE_MODE
from logstream.stores.journal.naming import BY_NUMBER, state_folder

log = logging.getLogger("logstream.spool")

FILE_BYTES: Final = 64 * 1024 * 1024
PORTION_BYTES: Final = 1024 * 1024
PORTION_ENTRIES: Final = 1000
PROGRESS_FILE: Final = "drained.json"


class Keyed(msgspec.Struct, frozen=True):
    """A claim with the id of its first entry, which tells requests with the same key apart."""

    claim: Claim
    first_id: str


class Portion(msgspec.Struct, frozen=True):
    """The next entries to be written to the database, the claims that came with them, and where they lie."""

    entries: list[LogEntry]
    claims: list[Keyed]
    groups: dict[str, list[str]]
    """The ids of the entries that each claim stands for, by the first of them."""
    name: str
    start: int
    end: int
    lines: int
    """How many lines it is, those that are no entries included."""
    is_doubtful: bool = False
    """Whether it was on its way to the database before, and may be there."""


class Progress(msgspec.Struct):
    """What lies in files before this, and in this one up to `offset`, is in the database."""

    name: str = ""
    offset: int = 0
    sending: int | None = None
    """Up to here, from the offset on, a portion is on its way to the database."""


def holds_entries(root: Path) -> bool:
    """Whether the spool of this folder, which nobody has open, holds what is not in the database."""
    progress = Progress()
    with contextlib.suppress(OSError, msgspec.DecodeError):
        progress = msgspec.json.decode((state_folder(root) / PROGRESS_FILE).read_bytes(), type=Progress)
    sizes = {path.relative_to(root).as_posix(): path.stat().st_size for path in root.glob("*/*/*.jsonl")}
    return any(
        name >= progress.name and size > (progress.offset if name == progress.name else 0)
        for name, size in sizes.items()
    )


class Spool:
    """The spool in `root`, of at most about `most` bytes. Everything is called on the event loop's thread, but `next`.

    With `keeps_claims`, they stay in its ledger, and don't come with portions; with `fills_files`, a file is written to
    until it is full, however often all of it is drained.
    """

    def __init__(
        self, root: Path, most: int, *, sync: bool = True, keeps_claims: bool = False, fills_files: bool = False
    ) -> None:
        self._root = root
        self._most = most
        self._keeps_claims = keeps_claims
        self._fills_files = fills_files
        self._waited_at_start = 0
        self.drained_to = 0
        """Up to which `mark` all is in the database."""
        self._ledger = IdempotencyLedger.of(root, sync=sync)
        self._journal = Journal(root, naming=BY_NUMBER, sync=sync, ledger=self._ledger)
        self._progress_file = self._journal.state_folder / PROGRESS_FILE
        self._rejected_file = root / "rejected.jsonl"
        self._progress = Progress()
        self._removed: set[str] = set()
        """Files that the writer has been told to remove, until it has."""
        self._writing = 0
        self._number = 0
        self._covering: asyncio.Future[None] | None = None
        self._claims: dict[str, list[tuple[int, int, str, str]]] = {}
        self._claims_group = 0
        self.entries = 0
        """How many wait for the database."""

    def open(self) -> None:
        """Lock the folder and find what an earlier run left. Raises StoreUnavailable."""
        try:
            for note in self._journal.open():
                log.warning("%s", note)
        except LockedError as error:
            raise StoreUnavailable(str(error)) from None
        except OSError as error:
            raise StoreUnavailable(f"SPOOL_PATH={str(self._root)!r} can't be used: {error.strerror or error}") from None
        except sqlite3.Error as error:
            raise StoreUnavailable(f"SPOOL_PATH={str(self._root)!r} can't be used: {error}") from None
        with contextlib.suppress(FileNotFoundError, msgspec.DecodeError):
            self._progress = msgspec.json.decode(self._progress_file.read_bytes(), type=Progress)
        names = [file.name for file in self._files()]
        begun = [*names, self._progress.name] if self._progress.name else names
        self._number = max(map(BY_NUMBER.number_in, begun), default=0)
        for name in names:
            if name < self._progress.name:
                self._remove(name)
        self.entries = sum(self._lines_from(file, self._drained_of(file)) for file in self._files())
        self._waited_at_start = self.size
        if self.entries:
            log.warning("the spool holds %d entries of an earlier run", self.entries)

    def _lines_from(self, file: Day, offset: int) -> int:
        return sum(block.count(b"\n") for block in file.blocks(offset, file.size))

    def start(self) -> None:
        self._journal.start()

    async def close(self) -> None:
        await asyncio.to_thread(self._journal.close)

    @property
    def size(self) -> int:
        """What waits for the database."""
        return sum(file.size - self._drained_of(file) for file in self._files())

    @property
    def mark(self) -> int:
        """Where what is durable by now ends, in bytes that this run has had to drain."""
        return self._waited_at_start + self._journal.position

    def _files(self) -> list[Day]:
        """The files that are there and not about to go, in the order of their beginning."""
        removed = self._removed.copy()  # before the days: what the writer removes in between is in neither
        return [file for file in self._journal.days() if file.name not in removed]

    def _drained_of(self, file: Day) -> int:
        return self._progress.offset if file.name == self._progress.name else 0

    @property
    def is_empty(self) -> bool:
        return not self._writing and self.size == 0

    async def append(
        self, batches: list[tuple[Batch, Claim | None, Callable[[], None]]]
    ) -> list[StoreUnavailable | None]:
        """Keep batches in their order; each one's callback is called once it is durable. A fault for each that is not.

        Raises StoreUnavailable when the spool is full: nothing was kept.
        """
        size = sum(len(batch.lines) for batch, _, _ in batches)
        if self.size + size > self._most:
            raise StoreUnavailable(
                f"the database is away and the spool is full (SPOOL_MAX_BYTES is {self._most})", retry_after=10
            )
        name = self._name()
        self._writing += 1
        try:
            waiting = [
                self._journal.append({name: batch.lines}, on_durable, claim, batch.last_id)
                for batch, claim, on_durable in batches
            ]
            done = await asyncio.gather(*waiting, return_exceptions=True)
        finally:
            self._writing -= 1
        faults = [fault if isinstance(fault, StoreUnavailable) else None for fault in done]
        self.entries += sum(len(batch) for (batch, _, _), fault in zip(batches, faults, strict=True) if fault is None)
        return faults

    def last_id(self) -> str | None:
        """The greatest id that may have been given out, as far as is known here; ids from now on are covered."""
        with contextlib.suppress(OSError):  # said when the first entry comes
            self._journal.ids.begin()
        return self._journal.ids.last_id or self._last_entry_id()

    def cover(self, last_id: str) -> None:
        """Note that ids up to this one are given out, before they are acknowledged, wherever they are stored.

        Raises StoreUnavailable. It is rarely waited for: what is needed next is seen to in good time.
        """
        ids = self._journal.ids
        try:
            ids.cover(last_id)
        except OSError as error:
            raise StoreUnavailable(f"SPOOL_PATH={str(self._root)!r} can't be written: {error.strerror}") from None
        if ids.is_short(last_id) and (self._covering is None or self._covering.done()):
            self._covering = asyncio.ensure_future(asyncio.to_thread(self._cover_ahead))

    def _cover_ahead(self) -> None:
        with contextlib.suppress(OSError):
            self._journal.ids.begin()

    def _last_entry_id(self) -> str | None:
        for file in reversed(self._files()):
            with open(file.path, "rb") as lines:
                lines.seek(last_line_end(lines.fileno(), file.size - 1))
                with contextlib.suppress(msgspec.DecodeError):
                    return decode_entry(lines.readline()).id
        return None

    def _name(self) -> str:
        """The name of the file that is written to."""
        name = BY_NUMBER.name_for(self._number)
        size = next((file.size for file in self._files() if file.name == name), 0)
        drained = name == self._progress.name and self._progress.offset >= size
        if self._number == 0 or (drained and not self._fills_files) or size >= FILE_BYTES:
            self._number += 1
        return BY_NUMBER.name_for(self._number)

    async def receipt_for(self, client: str, key: str) -> Receipt | None:
        return await asyncio.to_thread(self._ledger.receipt_for, client, key)

    def next(self, most_entries: int = PORTION_ENTRIES, most_bytes: int = PORTION_BYTES) -> Portion | None:
        """The next entries; None when there are none. A line that is not an entry is set aside.

        In any thread, but not while another portion is on its way.
        """
        sending = self._progress.sending
        for file in self._files():
            start = self._drained_of(file)
            if file.name >= self._progress.name and start < file.size:
                if sending is None or file.name != self._progress.name:
                    return self._read(file.name, start, file.size, most_entries, most_bytes)
                portion = self._read(file.name, start, sending, sys.maxsize, sys.maxsize)
                return msgspec.structs.replace(portion, is_doubtful=True)
        return None

    def _read(self, name: str, start: int, size: int, most_entries: int, most_bytes: int) -> Portion:
        entries: list[LogEntry] = []
        offsets: list[int] = []
        end, lines = start, 0
        with open(self._root / name, "rb") as file:
            file.seek(start)
            for line in file:
                if end >= size or len(entries) >= most_entries or (entries and end - start + len(line) > most_bytes):
                    break
                try:
                    entries.append(decode_entry(line))
                    offsets.append(end)
                except msgspec.DecodeError as error:
                    self._set_aside(line, str(error))
                end += len(line)
                lines += 1
        claims, groups = ([], {}) if self._keeps_claims else self._claims_of(name, start, entries, offsets)
        return Portion(entries, claims, groups, name, start, end, lines)

    def _claims_of(
        self, name: str, start: int, entries: list[LogEntry], offsets: list[int]
    ) -> tuple[list[Keyed], dict[str, list[str]]]:
        self._read_claims()
        claims: list[Keyed] = []
        groups: dict[str, list[str]] = {}
        for begin, stop, client, key in self._claims.get(name, ()):
            ids = [entry.id for entry in entries[bisect_left(offsets, begin) : bisect_left(offsets, stop)]]
            claim = self._ledger.claim_at(client, key, name, begin) if ids else None
            if claim is not None:
                first = ids[0] if begin >= start else self._first_id(name, begin)
                claims.append(Keyed(claim, first))
                groups[first] = ids
        return claims, groups

    def _first_id(self, name: str, offset: int) -> str:
        """The id of a claim's first entry, which an earlier portion held."""
        with open(self._root / name, "rb") as file:
            file.seek(offset)
            return decode_entry(file.readline()).id

    async def sending(self, portion: Portion) -> None:
        """Note durably that the portion is on its way: `next` gives just these entries until it is drained.

        Raises OSError.
        """
        await self._note(Progress(portion.name, portion.start, portion.end))

    async def drained(self, portion: Portion) -> None:
        """The portion is in the database. If this is lost, it is only written again. Raises OSError."""
        await self._note(Progress(portion.name, portion.end))
        self.entries -= portion.lines
        self.drained_to += portion.end - portion.start
        for file in self._files():
            if file.name < portion.name or (self.is_empty and file.name == portion.name and not self._fills_files):
                self._remove(file.name)

    async def _note(self, progress: Progress) -> None:
        await asyncio.to_thread(replace_durably, self._progress_file, msgspec.json.encode(progress))
        self._progress = progress

    def reject(self, entry: LogEntry, reason: str) -> None:
        """Set aside an entry that the database does not take."""
        self._set_aside(encode_entry(entry) + b"\n", reason)

    def _set_aside(self, line: bytes, reason: str) -> None:
        log.error("an entry can't be written to the database and is kept in %s: %s", self._rejected_file, reason)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        with open(os.open(self._rejected_file, flags, FILE_MODE), "ab") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(self._root)  # its entry is about to go from the spool

    def _remove(self, name: str) -> None:
        self._removed.add(name)
        removal = self._journal.remove(name)  # by its writer, which has it open
        removal.add_done_callback(lambda _: self._removed.discard(name))
        self._claims.pop(name, None)

    def _read_claims(self) -> None:
        """Find where the lines of the claims lie that came since the last look."""
        claims, self._claims_group = self._ledger.claims(self._claims_group)
        there = {file.name for file in self._files()}
        for client, key, extents in claims:
            for extent in extents:
                if extent.name in there:
                    lines = (extent.offset, extent.offset + extent.length, client, key)
                    self._claims.setdefault(extent.name, []).append(lines)
