"""Journals to measure with: `python -m bench.days --entries 100_000_000 --days 30 FOLDER`.

Each day is made on its own, from a seed of its own, so several processes make days, and what was interrupted goes on
with the days that are missing. What was written is told in FOLDER/facts, a file a day, so that answers can be checked.
"""

import argparse
import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bench.entries import RARE_EVERY, RARE_PART_AT, RARE_WORD_AT, Entry, as_dict, chunks
from logstream.entries.entry import encode_lines
from logstream.stores.journal.naming import BY_DATE, COMPRESSED, UNFINISHED
from logstream.stores.journal.segment import SegmentWriter, decompressed

UNTIL: Final = datetime(2026, 1, 8, tzinfo=UTC)
"""Midnight, so that the entries fill whole days."""

USER: Final = 4711
"""Whose entries are counted."""

LINE_BYTES: Final = 483
COMPRESSED_BYTES: Final = 98
INDEX_BYTES: Final = 95
"""Of an entry, about: by these it is said what a disk needs."""

DAYS: Final = 7
SAMPLES: Final = 97


class Journal(msgspec.Struct):
    """What was written, of a day or of all."""

    count: int = 0
    size: int = 0
    """Bytes of lines."""
    disk_size: int = 0
    levels: dict[str, int] = {}
    billing_errors: int = 0
    production: int = 0
    rare_words: int = 0
    rare_parts: int = 0
    user_id: int = USER
    user_entries: int = 0
    samples: list[Entry] = []

    def add(self, other: "Journal") -> None:
        self.count += other.count
        self.size += other.size
        self.disk_size += other.disk_size
        self.levels = dict(Counter(self.levels) + Counter(other.levels))
        self.billing_errors += other.billing_errors
        self.production += other.production
        self.rare_words += other.rare_words
        self.rare_parts += other.rare_parts
        self.user_entries += other.user_entries
        self.samples += other.samples


class Day(msgspec.Struct, frozen=True):
    """What is to be written into one file."""

    end: datetime
    count: int
    first: int
    """Entries of the days before."""
    seed: int
    samples: int

    @property
    def name(self) -> str:
        return BY_DATE.name_for(f"{self.end - timedelta(days=1):%Y-%m-%d}")

    def rare(self, place: int) -> int:
        """How many of its entries are at this place of RARE_EVERY."""
        return len(range(self.first + (place - self.first) % RARE_EVERY, self.first + self.count, RARE_EVERY))

    def facts(self, folder: Path) -> Path:
        return folder / "facts" / f"{self.end - timedelta(days=1):%Y-%m-%d}.json"

    def is_written(self, folder: Path, compressed: bool) -> bool:
        """Whether it is there, with as many entries."""
        try:
            known = msgspec.json.decode(self.facts(folder).read_bytes(), type=Journal)
            size = _file(folder, self.name, compressed).stat().st_size
        except FileNotFoundError:
            return False
        return known.count == self.count and known.disk_size == size


def plan(count: int, until: datetime, days: int, seed: int = 7) -> list[Day]:
    """`count` entries over the `days` before `until`, or the midnight before it; oldest first."""
    until = until.replace(hour=0, minute=0, second=0, microsecond=0)
    bounds = [count * number // days for number in range(days + 1)]
    return [
        Day(until - timedelta(days=days - 1 - i), bounds[i + 1] - bounds[i], bounds[i], seed, max(1, SAMPLES // days))
        for i in range(days)
    ]


def write_day(folder: Path, day: Day, compressed: bool) -> Journal:
    """Write one day as the server would have, and say what it holds. A file of its name is replaced."""
    known, levels = Journal(), Counter[str]()
    path = _file(folder, day.name, compressed)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + UNFINISHED)
    every = max(1, day.count // day.samples)
    writer = SegmentWriter(unfinished) if compressed else None
    with open(unfinished, "r+b" if compressed else "wb") as plain:
        for made in chunks(day.count, day.end, 86_400, f"{day.seed} {day.name}", day.first):
            lines = encode_lines(made)
            (writer or plain).write(lines)
            known.samples += [as_dict(made[i]) for i in range(-known.count % every, len(made), every)]
            known.count += len(made)
            known.size += len(lines)
            levels.update([entry.level for entry in made])
            known.billing_errors += sum(entry.level == "error" and entry.app_key == "billing-api" for entry in made)
            known.production += sum(entry.app_id == "production" for entry in made)
            known.user_entries += lines.count(b'"user":{"id":%d,' % USER)
    known.levels = dict(levels)
    known.rare_words, known.rare_parts = day.rare(RARE_WORD_AT), day.rare(RARE_PART_AT)
    if writer is not None:
        writer.seal()
        writer.close()
    os.replace(unfinished, path)
    known.disk_size = path.stat().st_size
    facts = day.facts(folder)
    facts.parent.mkdir(exist_ok=True)
    facts.write_bytes(msgspec.json.encode(known))
    return known


def write_journal(
    folder: Path, count: int, until: datetime = UNTIL, days: int = DAYS, *, compressed: bool = False, seed: int = 7
) -> Journal:
    """Fill `folder` with the days that are missing in it, on all cores, with a bar. Returns what all hold."""
    planned = plan(count, until, days, seed)
    missing = [day for day in planned if not day.is_written(folder, compressed)]
    columns = TextColumn("writing days"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, transient=True) as progress, _workers() as pool:
        task = progress.add_task("", total=count, completed=count - sum(day.count for day in missing))
        under_way = {pool.submit(write_day, folder, day, compressed): day for day in missing}
        for done in as_completed(under_way):
            progress.advance(task, done.result().count)
    return read_journal(folder)


def read_journal(folder: Path) -> Journal:
    """What the days in `folder` hold."""
    known = Journal()
    for day in days_in(folder):
        known.add(day)
    return known


def days_in(folder: Path) -> list[Journal]:
    """What each day holds, oldest first. Raises FileNotFoundError where no days were written."""
    files = sorted((folder / "facts").glob("*.json"))
    if not files:
        raise FileNotFoundError(f"{folder} has no days that bench.days wrote")
    return [msgspec.json.decode(file.read_bytes(), type=Journal) for file in files]


def lines_of(folder: Path) -> Iterator[bytes]:
    """All lines of compressed days, some megabyte at a time."""
    for path in sorted(folder.glob(f"[0-9]*/*/*{COMPRESSED}")):
        rest = b""
        for block in decompressed(path, 1 << 20):
            block = rest + block
            end = block.rfind(b"\n") + 1
            rest = block[end:]
            yield block[:end]


@contextmanager
def lent(folder: Path) -> Iterator[Path]:
    """A folder beside `folder` with the same days, for a server to write to. Compressed days are never written to."""
    with TemporaryDirectory(prefix="logstream-bench-", dir=folder.parent) as name:
        own = Path(name) / "logs"
        for path in folder.glob("[0-9]*/*/*.jsonl*"):
            link = own / path.relative_to(folder)
            link.parent.mkdir(parents=True, exist_ok=True)
            os.link(path, link)
        yield own


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.days", description="Write compressed days of entries.")
    parser.add_argument("folder", type=Path, help="where to; what is missing there is added")
    parser.add_argument("--entries", type=int, default=100_000_000, help="in all (default: 100,000,000)")
    parser.add_argument("--days", type=int, default=30, help="over which they are spread (default: 30)")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    planned = plan(options.entries, UNTIL, options.days, options.seed)
    missing = sum(day.count for day in planned if not day.is_written(options.folder, True))
    needed, free = missing * COMPRESSED_BYTES, shutil.disk_usage(options.folder).free
    print(
        f"{missing:,} entries are missing: {needed / 1e9:.1f} GB, {missing * LINE_BYTES / 1e9:.0f} GB unpacked. "
        f"Their index takes about {options.entries * INDEX_BYTES / 1e9:.0f} GB; {free / 1e9:.0f} GB are free."
    )
    if needed > free:
        print("That is too little.", file=sys.stderr)
        return 1
    written = write_journal(options.folder, options.entries, UNTIL, options.days, compressed=True, seed=options.seed)
    print(f"{written.count:,} entries, {written.disk_size / 1e9:.2f} GB; {written.size / 1e9:.1f} GB unpacked")
    return 0


def _workers() -> ProcessPoolExecutor:
    """On all cores, whichever this process has pinned itself to."""
    cores = os.cpu_count() or 1
    return ProcessPoolExecutor(cores, get_context("spawn"), os.sched_setaffinity, (0, range(cores)))


def _file(folder: Path, name: str, compressed: bool) -> Path:
    return folder / (name + COMPRESSED if compressed else name)


if __name__ == "__main__":
    sys.exit(main())
