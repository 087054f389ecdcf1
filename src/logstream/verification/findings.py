"""What a verification finds, bounded: of many faults of one kind in one file, the first are named and all counted."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

import msgspec

MOST_NAMED: Final = 20
"""Findings of one kind in one file that are named."""

Kind = Literal[
    "line", "torn", "day", "double", "damaged", "seal", "missing", "index", "both", "unfinished", "ledger", "shared",
    "ids", "policies", "runs", "mode", "unreadable", "spool", "recovered", "unsealed", "skipped",
]  # fmt: skip

SealState = Literal["sealed", "late lines", "not sealed", "open", "differs"]


class Finding(msgspec.Struct, frozen=True):
    """One fault, or one note."""

    kind: Kind
    file: str
    line: int | None
    """Counted from 1 in this file, unpacked."""
    detail: str
    """What it is, and what it means or what can be done."""
    repaired: bool = False

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.detail}{' (repaired)' if self.repaired else ''}"


class DayReport(msgspec.Struct, frozen=True):
    """What was read of a day."""

    day: str
    files: list[str]
    lines: int
    entries: int
    """Lines that are entries."""
    bytes: int
    """Of whole lines, unpacked."""
    seal: SealState
    ok: bool


class Report(msgspec.Struct, frozen=True):
    """The outcome. Notes are no faults."""

    ok: bool
    server_running: bool
    days: list[DayReport]
    findings: list[Finding]
    notes: list[Finding]


class Findings:
    """Collects findings of one sort."""

    def __init__(self) -> None:
        self._named: list[Finding] = []
        self._counts: Counter[tuple[Kind, str]] = Counter()

    def add(self, kind: Kind, file: Path, detail: str, line: int | None = None) -> None:
        self._counts[kind, str(file)] += 1
        if self._counts[kind, str(file)] <= MOST_NAMED:
            self._named.append(Finding(kind, str(file), line, detail))

    def take(self, others: "Findings") -> None:
        """Take over what was collected separately, of other files."""
        self._named += others._named
        self._counts += others._counts

    def __bool__(self) -> bool:
        return bool(self._counts)

    def __iter__(self) -> Iterator[Finding]:
        yield from self._named
        named = Counter((finding.kind, finding.file) for finding in self._named)
        for (kind, file), count in self._counts.items():
            if count > named[kind, file]:
                yield Finding(kind, file, None, f"{count - named[kind, file]:,} more like this, not named one by one")
