"""Repairing what a verification found, as far as that loses nothing: for a stopped server.

First what a start of the server would mend. Then a damaged compressed day is written anew from what unpacks, damaged
files that go with the journal are set aside, and closed days are sealed. Originals are kept. A journal line that can't
be read, lies in the wrong day or is there twice is never changed, nor is a day that differs from its seal.
"""

import contextlib
import os
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from logstream.stores.file import sealing
from logstream.stores.index.index import Index
from logstream.stores.journal import frames, naming
from logstream.stores.journal.day import Day, segment_path
from logstream.stores.journal.durable_names import DurableNames, keep_durably
from logstream.stores.journal.flushed_file import FlushedFile, sync_folder
from logstream.stores.journal.folder_lock import FolderLock
from logstream.stores.journal.journal import Journal as Written
from logstream.stores.journal.modes import GroupAccess
from logstream.stores.journal.naming import UNFINISHED
from logstream.stores.journal.offline import open_offline
from logstream.stores.journal.segment import SegmentWriter
from logstream.verification.days import Journal
from logstream.verification.findings import Finding, Report
from logstream.verification.state import INDEX, RUNS, is_run


def repair(journal: Journal, report: Report, group_access: GroupAccess, index_memory: int) -> None:
    """Mend what can be of one journal. Raises LockedError while a server runs, or OSError or sqlite3.Error."""
    found = [finding for finding in report.findings if Path(finding.file).is_relative_to(journal.root)]
    _mend_state(journal.root, found)
    written = open_offline(journal.root, group_access, journal.naming)
    try:
        damaged = {finding.file for finding in found if finding.kind == "damaged"}
        for day in written.days():
            if str(day.segment_path) in damaged and day.segment is not None and not day.leftover:
                _write_anew(written, day, index_memory)
        now = datetime.now(UTC)
        for day in written.days():
            if sealing.is_unsealed(written, day, now):
                with contextlib.suppress(OSError):  # the next verification says what is wrong
                    sealing.seal(written, day)
    finally:
        written.close()


def mark(before: Iterable[Finding], after: Report) -> Report:
    """The report after a repair: what is gone since then was repaired."""
    left = {(finding.kind, finding.file, finding.line) for finding in after.findings}
    repaired = [
        msgspec.structs.replace(finding, repaired=True)
        for finding in before
        if (finding.kind, finding.file, finding.line) not in left
    ]
    return msgspec.structs.replace(after, findings=[*repaired, *after.findings])


def _mend_state(root: Path, found: list[Finding]) -> None:
    """Set aside what is damaged of the files that go with a journal, while nobody uses them."""
    folder = naming.state_folder(root)
    if not folder.is_dir():
        return
    lock = FolderLock(root)
    lock.acquire()
    try:
        for path in {Path(finding.file) for finding in found}:
            if path == folder / RUNS:
                _write_runs_anew(path)
            elif path.is_relative_to(folder) and path.exists() and _is_damaged(path, found):
                _set_aside(path)
        if any(finding.kind == "index" for finding in found) and (folder / INDEX).exists():
            _set_aside(folder / INDEX)
    finally:
        lock.release()


def _is_damaged(path: Path, found: list[Finding]) -> bool:
    kinds = {finding.kind for finding in found if finding.file == str(path)}
    return bool(kinds & {"ledger", "shared", "ids", "policies", "spool", "seal", "index"})


def _set_aside(path: Path) -> None:
    """Rename a file, and what SQLite or DuckDB keep beside it, durably."""
    aside = f"{path}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
    for suffix in ("-wal", "-shm", ".wal", ""):
        with contextlib.suppress(FileNotFoundError):
            os.rename(f"{path}{suffix}", f"{aside}{suffix}")
    sync_folder(path.parent)


def _write_runs_anew(path: Path) -> None:
    """Leave damaged lines out of the log of runs, and keep the original."""
    lines = path.read_bytes().splitlines(keepends=True)
    _set_aside(path)
    keep_durably(path, b"".join(line for line in lines if is_run(line)))


def _write_anew(written: Written, day: Day, index_memory: int) -> None:
    """Write a damaged compressed day from what unpacks; the original goes to `recovered`."""
    index = Index(written, index_memory)
    if index.path.exists():
        index.open()
        try:
            index.progress.changing(day.name)  # offsets change: the next start reads it anew
        finally:
            index.close()
    unfinished = day.segment_path.with_name(day.segment_path.name + UNFINISHED)
    writer = SegmentWriter(unfinished)
    try:
        for lines in frames.salvaged(day.segment_path):
            writer.write(lines)
        writer.seal()
        shutil.copymode(day.segment_path, unfinished)

        def exchange() -> None:
            _keep(written.root, day.segment_path, day.name)
            written.seals.remove(day.name)
            if writer.size:
                os.replace(unfinished, segment_path(written.root, day.name))
            else:
                day.segment_path.unlink()

        written.change(day.name, exchange).result()
    finally:
        writer.close()
        unfinished.unlink(missing_ok=True)


def _keep(root: Path, path: Path, name: str) -> None:
    """Keep a copy of a file in `recovered`, durably."""
    names = DurableNames(root)
    folder = naming.recovered_folder(root)
    names.make(folder)
    to = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{name.replace('/', '-').removesuffix('.jsonl')}.zst"
    with open(path, "rb") as file, contextlib.closing(FlushedFile(to)) as kept:
        while block := file.read(1024 * 1024):
            kept.write(block)
        kept.sync()
    names.flush(folder)
