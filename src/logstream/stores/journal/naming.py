"""What the files of a journal are called: after days in the log folder, after numbers in the spool.

Either way a name is eight digits as `YYYY/MM/DD.jsonl`. The spool of earlier versions passed its numbers off as such
dates; they keep that form (`0000/00/01.jsonl` is number 1), so that an upgrade finds what waits in a spool.
"""

import re
from datetime import date
from pathlib import Path
from typing import Final, Protocol

from logstream.entries.entry import Batch

COMPRESSED: Final = ".zst"
"""What follows the name of a plain file in that of its compressed one."""

UNFINISHED: Final = ".tmp"
"""What follows the name of a file in that of its replacement, while that is being written."""

_NAME: Final = re.compile(r"[0-9]{4}/[0-9]{2}/[0-9]{2}\.jsonl")


class Naming(Protocol):
    """What the name of a journal file stands for."""

    def date_in(self, name: str) -> date | None:
        """The day of the calendar that a name stands for, if any."""


class ByDate:
    """One file a day, UTC."""

    def name_for(self, timestamp: str) -> str:
        """The name for a timestamp in the written form."""
        return f"{timestamp[:4]}/{timestamp[5:7]}/{timestamp[8:10]}.jsonl"

    def date_in(self, name: str) -> date | None:
        try:
            return date(int(name[:4]), int(name[5:7]), int(name[8:10]))
        except ValueError:
            return None  # no day of the calendar: somebody else's file


class ByNumber:
    """Files numbered in the order in which they were begun."""

    def name_for(self, number: int) -> str:
        return f"{number // 10_000:04d}/{number // 100 % 100:02d}/{number % 100:02d}.jsonl"

    def number_in(self, name: str) -> int:
        return int(name.removesuffix(".jsonl").replace("/", ""))

    def date_in(self, name: str) -> date | None:
        return None  # even where the digits would make one


BY_DATE: Final = ByDate()
BY_NUMBER: Final = ByNumber()


def state_folder(root: Path) -> Path:
    """Where what belongs to a journal but is not one lies: the lock, the index, the idempotency ledger."""
    return root / ".logstream"


def recovered_folder(root: Path) -> Path:
    """Where what a start took out of files is kept."""
    return state_folder(root) / "recovered"


def seal_folder(root: Path) -> Path:
    """Where the seals of closed days are kept."""
    return state_folder(root) / "seals"


def names_in(root: Path) -> list[str]:
    """The names of all plain files, there or compressed, in ascending order."""
    names = {_name_of(path, root, COMPRESSED) for path in root.glob("[0-9]*/[0-9]*/[0-9]*.jsonl*")}
    return sorted(name for name in names if _NAME.fullmatch(name))


def unfinished_in(root: Path) -> list[Path]:
    """Replacements that were being written."""
    paths = root.glob(f"[0-9]*/[0-9]*/[0-9]*{UNFINISHED}")
    days = [path for path in paths if _NAME.fullmatch(_name_of(path, root, UNFINISHED).removesuffix(COMPRESSED))]
    return [*days, *seal_folder(root).glob(f"*{UNFINISHED}")]


def lines_by_day(batch: Batch) -> dict[str, bytes]:
    """The lines of a batch by the name of the day they belong to, in order."""
    entries = batch.entries
    first = entries[0].timestamp[:10]
    if len(entries) == 1 or all(entry.timestamp.startswith(first) for entry in entries):
        return {BY_DATE.name_for(first): batch.lines}
    days: dict[str, list[bytes]] = {}
    for entry, line in zip(entries, batch.split_lines(), strict=True):
        days.setdefault(BY_DATE.name_for(entry.timestamp), []).append(line)
    return {name: b"\n".join(lines) + b"\n" for name, lines in days.items()}


def _name_of(path: Path, root: Path, suffix: str) -> str:
    return path.relative_to(root).as_posix().removesuffix(suffix)
