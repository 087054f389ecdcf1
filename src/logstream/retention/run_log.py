"""The retention log: every run, including dry runs, and what it did."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

import msgspec
from msgspec import UNSET, UnsetType

from logstream.retention.policy_book import Keep
from logstream.store import StoreUnavailable

MAX_RUNS: Final = 1000


class Result(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one policy removed, or in a dry run would remove."""

    policy: str
    pruned: int
    files_removed: int
    files_rewritten: int
    files_scanned: int
    dry_run: bool
    duration_ms: int
    summary: str
    cutoff_date: str | None = None
    warnings: tuple[str, ...] = ()
    error: str | None = None


class Run(msgspec.Struct, frozen=True):
    """One run of some policies, or why there was none."""

    ran_at: str
    policies: tuple[Result, ...]
    total_pruned: int
    scheduled: bool = False
    """Whether the run was due; otherwise somebody requested it."""
    put_off: str | UnsetType = UNSET
    """Why nothing was applied: the clock is in doubt."""
    clock_known: str | UnsetType = UNSET
    """With `put_off`: the last time at which the clock is known to have been right, or before."""


class RunLog(Protocol):
    """Records runs."""

    async def record(self, run: Run) -> None:
        """Raises StoreUnavailable."""

    async def latest(self, limit: int) -> Sequence[Run]:
        """The latest runs, newest first. Raises StoreUnavailable."""


class FileRuns:
    """Runs as JSON lines in a file; at least the last MAX_RUNS are kept. `keep` begins the file, and shortens it."""

    def __init__(self, path: Path, keep: Keep) -> None:
        self._path = path
        self._keep = keep

    async def record(self, run: Run) -> None:
        try:
            await asyncio.to_thread(self._record, msgspec.json.encode(run) + b"\n")
        except OSError as error:
            raise StoreUnavailable(f"{self._path} can't be written: {error.strerror}") from None

    def _record(self, line: bytes) -> None:
        lines = self._lines()
        if not lines or len(lines) >= 2 * MAX_RUNS:
            self._keep(self._path, b"".join(lines[-MAX_RUNS:]))
        with open(self._path, "ab") as file:
            if lines and not lines[-1].endswith(b"\n"):
                file.write(b"\n")
            file.write(line)
            file.flush()
            os.fsync(file.fileno())

    async def latest(self, limit: int) -> Sequence[Run]:
        lines = await asyncio.to_thread(self._lines)
        runs: list[Run] = []
        for line in reversed(lines):
            if len(runs) >= limit:
                break
            try:
                runs.append(msgspec.json.decode(line, type=Run))
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue  # torn by a crash
        return runs

    def _lines(self) -> list[bytes]:
        try:
            return self._path.read_bytes().splitlines(keepends=True)
        except FileNotFoundError:
            return []
