"""The journal: what is on disk after each way of writing, stopping and tearing."""

import asyncio
import os
import threading
from functools import partial
from pathlib import Path

import pytest

from logstream.entries.entry import NULL, Batch, LogEntry
from logstream.store import StoreUnavailable
from logstream.stores.journal.append_file import MAX_OPEN_FILES
from logstream.stores.journal.folder_lock import LockedError
from logstream.stores.journal.journal import Journal
from logstream.stores.journal.naming import lines_by_day


def batch(*timestamps: str) -> Batch:
    return Batch(
        [
            LogEntry(f"{n:026d}", "t", None, "a", "b", None, "info", "general", "m", NULL, stamp, stamp)
            for n, stamp in enumerate(timestamps)
        ]
    )


def add(path: Path, data: bytes) -> None:
    with open(path, "ab") as file:
        file.write(data)


def opened(root: Path) -> Journal:
    journal = Journal(root)
    journal.open()
    journal.start()
    return journal


def test_each_entry_goes_to_the_file_of_the_utc_day_of_its_timestamp(tmp_path: Path) -> None:
    mixed = batch("2026-01-31T23:59:59.999Z", "2026-02-01T00:00:00.000Z", "2026-01-31T00:00:00.000Z")
    lines = mixed.split_lines()

    async def main() -> None:
        journal = opened(tmp_path)
        await journal.append(lines_by_day(mixed), lambda: None)
        journal.close()

    asyncio.run(main())
    assert (tmp_path / "2026/01/31.jsonl").read_bytes() == lines[0] + b"\n" + lines[2] + b"\n"
    assert (tmp_path / "2026/02/01.jsonl").read_bytes() == lines[1] + b"\n"


def test_appends_are_stored_and_told_in_the_order_of_the_calls(tmp_path: Path) -> None:
    told: list[int] = []

    async def main() -> None:
        journal = opened(tmp_path)
        waiting = [
            journal.append({"2026/01/01.jsonl": b'{"n":%d}\n' % n}, lambda n=n: told.append(n))  # type: ignore[misc]
            for n in range(500)
        ]
        await asyncio.gather(*waiting)
        journal.close()

    asyncio.run(main())
    assert told == list(range(500))
    assert (tmp_path / "2026/01/01.jsonl").read_bytes() == b"".join(b'{"n":%d}\n' % n for n in range(500))


def test_open_files_are_bounded(tmp_path: Path) -> None:
    async def main() -> None:
        journal = opened(tmp_path)
        before = len(os.listdir("/proc/self/fd"))
        for year in range(1970, 1970 + 3 * MAX_OPEN_FILES):
            await journal.append({f"{year}/01/01.jsonl": b"{}\n"}, lambda: None)
        assert len(os.listdir("/proc/self/fd")) <= before + MAX_OPEN_FILES
        journal.close()

    asyncio.run(main())
    assert len(list(tmp_path.glob("*/*/*.jsonl"))) == 3 * MAX_OPEN_FILES


def test_a_second_journal_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    first = Journal(tmp_path)
    first.open()
    with pytest.raises(LockedError, match=f"pid {os.getpid()}"):
        Journal(tmp_path).open()
    first.close()
    second = Journal(tmp_path)
    second.open()
    second.close()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'{"a":1}\n', b'{"a":1}\n'),
        (b'{"a":1}\n{"a":', b'{"a":1}\n'),
        (b'{"a":1}\n\x00\x00\x00\x00', b'{"a":1}\n'),
        (b'{"a":1}\n{"a":2}', b'{"a":1}\n{"a":2}\n'),
        (b'{"a":', b""),
        (b"", b""),
        (b'{"a":1}\n' + b"x" * 200_000, b'{"a":1}\n'),
    ],
    ids=["whole", "torn", "zeros of a power cut", "whole without LF", "only a torn line", "empty", "long torn line"],
)
def test_the_end_of_a_file_is_mended_at_the_start(tmp_path: Path, before: bytes, after: bytes) -> None:
    day = tmp_path / "2026/01/01.jsonl"
    day.parent.mkdir(parents=True)
    day.write_bytes(before)
    journal = Journal(tmp_path)
    notes = journal.open()
    journal.close()
    assert day.read_bytes() == after
    assert len(notes) == (len(after) < len(before))


def test_a_failed_group_leaves_nothing_behind_in_any_file(tmp_path: Path) -> None:
    """The second day can't be made, so what was written for the first is taken back."""

    async def main() -> None:
        journal = opened(tmp_path)
        await journal.append({"2026/01/01.jsonl": b'{"kept":1}\n'}, lambda: None)
        (tmp_path / "2027").write_text("a file where a folder should be")
        told: list[str] = []
        with pytest.raises(StoreUnavailable, match="journal can't be written"):
            await journal.append(
                {"2026/01/01.jsonl": b'{"lost":1}\n', "2027/01/01.jsonl": b'{"lost":2}\n'}, lambda: told.append("no")
            )
        assert told == []
        assert (tmp_path / "2026/01/01.jsonl").read_bytes() == b'{"kept":1}\n'
        await journal.append({"2026/01/01.jsonl": b'{"kept":2}\n'}, lambda: None)
        journal.close()

    asyncio.run(main())
    assert (tmp_path / "2026/01/01.jsonl").read_bytes() == b'{"kept":1}\n{"kept":2}\n'


def test_a_day_that_can_not_be_written_is_refused_to_those_alone_who_write_to_it(tmp_path: Path) -> None:
    """All five are one group; they are told in the order in which they came."""
    days = {name: f"{name}/01/01.jsonl" for name in ("2026", "2027", "2028", "2029")}
    writes = [["2026"], ["2027"], ["2026", "2028"], ["2027", "2029"], ["2028"]]

    async def main() -> None:
        journal = opened(tmp_path)
        (tmp_path / "2027").write_text("a file where a folder should be")
        told: list[int] = []
        begin = threading.Event()
        journal.exclusively(begin.wait)
        waiting = [
            journal.append({days[day]: b'{"write":%d}\n' % number for day in to}, partial(told.append, number))
            for number, to in enumerate(writes)
        ]
        begin.set()
        done = await asyncio.gather(*waiting, return_exceptions=True)
        assert [isinstance(one, StoreUnavailable) for one in done] == [False, True, False, True, False]
        assert told == [0, 2, 4]
        journal.close()

    asyncio.run(main())
    assert (tmp_path / days["2026"]).read_bytes() == b'{"write":0}\n{"write":2}\n'
    assert (tmp_path / days["2028"]).read_bytes() == b'{"write":2}\n{"write":4}\n'
    assert not (tmp_path / days["2029"]).exists() or not (tmp_path / days["2029"]).read_bytes()


def test_files_that_are_no_day_files_are_left_alone(tmp_path: Path) -> None:
    for name in ("2026/01/01.jsonl.bak", "notes/01/01.jsonl", "2026/1/01.jsonl", "readme.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"no line end")
    journal = Journal(tmp_path)
    assert journal.open() == []
    assert journal.days() == []
    journal.close()


def test_what_somebody_else_appends_never_takes_our_lines_along(tmp_path: Path) -> None:
    day = tmp_path / "2026/01/01.jsonl"

    async def main() -> None:
        journal = opened(tmp_path)
        await journal.append({"2026/01/01.jsonl": b'{"ours":1}\n'}, lambda: None)
        journal.close()
        journal = opened(tmp_path)
        add(day, b'{"theirs":')
        await journal.append({"2026/01/01.jsonl": b'{"ours":2}\n'}, lambda: None)
        journal.close()

    asyncio.run(main())
    assert day.read_bytes() == b'{"ours":1}\n{"theirs":\n{"ours":2}\n'


def test_a_day_is_removed_between_two_groups_and_begun_anew_by_what_comes_next(tmp_path: Path) -> None:
    async def main() -> None:
        journal = opened(tmp_path)
        before = [journal.append({"2026/01/01.jsonl": b'{"before":1}\n'}, lambda: None) for _ in range(100)]
        removed = journal.remove("2026/01/01.jsonl")
        after = [journal.append({"2026/01/01.jsonl": b'{"after":1}\n'}, lambda: None) for _ in range(100)]
        await asyncio.gather(*before, asyncio.wrap_future(removed), *after)
        assert {day.name: day.size for day in journal.days()} == {"2026/01/01.jsonl": 100 * len(b'{"after":1}\n')}
        await asyncio.wrap_future(journal.remove("2026/01/01.jsonl"))
        assert journal.days() == []
        journal.close()

    asyncio.run(main())
    assert not (tmp_path / "2026/01/01.jsonl").exists()


def test_a_day_that_somebody_holds_stays_what_it_was_while_the_journal_grows(tmp_path: Path) -> None:
    async def main() -> None:
        journal = opened(tmp_path)
        await journal.append({"2026/01/01.jsonl": b'{"n":1}\n'}, lambda: None)
        held = journal.day("2026/01/01.jsonl")
        assert held is not None
        await journal.append({"2026/01/01.jsonl": b'{"n":2}\n'}, lambda: None)
        assert b"".join(held.blocks(0, held.size)) == b'{"n":1}\n'
        assert [day.size for day in journal.days()] == [2 * held.size]
        journal.close()

    asyncio.run(main())


def test_work_between_two_groups_that_fails_says_so_and_harms_nothing(tmp_path: Path) -> None:
    async def main() -> None:
        journal = opened(tmp_path)
        first = journal.append({"2026/01/01.jsonl": b'{"n":1}\n'}, lambda: None)
        with pytest.raises(ZeroDivisionError):
            await asyncio.wrap_future(journal.exclusively(lambda: 1 // 0))
        await journal.append({"2026/01/01.jsonl": b'{"n":2}\n'}, lambda: None)
        await first
        journal.close()

    asyncio.run(main())
    assert (tmp_path / "2026/01/01.jsonl").read_bytes() == b'{"n":1}\n{"n":2}\n'
