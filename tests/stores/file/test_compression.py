"""Compressed days: a fifth of the size, and to search, export and late lines as if they were plain."""

import asyncio
import logging
import os
import random
import subprocess
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import zstandard

from logstream.query.conditions import Equals, LogQuery
from logstream.store import StoreUnavailable
from logstream.stores.file import compression
from logstream.stores.file.store import FileStore
from logstream.stores.journal import segment
from logstream.stores.journal.blocks import BLOCK
from logstream.stores.journal.day import Day
from logstream.stores.journal.journal import Journal
from tests.stores.folder import (
    NOW,
    batch,
    content,
    day_content,
    entry,
    export,
    messages,
    opened,
    packed,
    plain,
    unfinished,
)

DAY = "2026/01/01.jsonl"
OTHER = "2026/01/02.jsonl"

Work = Callable[[FileStore], Awaitable[None]]


def with_store(root: Path, work: Work) -> None:
    async def main() -> None:
        async with opened(root, compress_after_days=0) as store:
            await store.maintenance.compress(NOW)  # the first round has ended
            await work(store)

    asyncio.run(main())


def filled(root: Path, count: int = 300) -> bytes:
    """A folder with two days; returns their lines."""

    async def main() -> bytes:
        async with opened(root) as store:
            for n in range(count):
                await store.append(batch(entry(f"first {n}"), entry(f"second {n}", "2026-01-02")))
            return await export(store)

    return asyncio.run(main())


def settle(root: Path) -> None:
    """Let late lines be old enough to be taken in."""
    for name in plain(root):
        os.utime(root / name, (0, 0))


def test_closed_days_are_compressed_and_export_and_search_stay_the_same(tmp_path: Path) -> None:
    before = filled(tmp_path)
    size = sum((tmp_path / name).stat().st_size for name in plain(tmp_path))

    async def work(store: FileStore) -> None:
        assert plain(tmp_path) == []
        assert packed(tmp_path) == [f"{DAY}.zst", f"{OTHER}.zst"]
        assert sum((tmp_path / name).stat().st_size for name in packed(tmp_path)) < size / 3
        assert await export(store) == before
        assert (await store.search(LogQuery([Equals("app_key", "app")]))).total == 600

    with_store(tmp_path, work)
    assert content(tmp_path) == before


def test_an_index_built_from_compressed_days_finds_the_same(tmp_path: Path) -> None:
    before = filled(tmp_path)

    async def late(store: FileStore) -> None:
        await store.append(batch(entry("late")))

    async def unchanged(store: FileStore) -> None:
        assert sorted((await export(store)).splitlines()) == sorted(content(tmp_path).splitlines())
        assert len((await export(store)).splitlines()) == len(before.splitlines()) + 1

    with_store(tmp_path, late)
    (tmp_path / ".logstream/index.duckdb").unlink()
    with_store(tmp_path, unchanged)


def test_the_compressed_file_is_what_any_tool_reads(tmp_path: Path) -> None:
    filled(tmp_path)
    before = (tmp_path / DAY).read_bytes()

    async def nothing(store: FileStore) -> None: ...

    with_store(tmp_path, nothing)
    read = subprocess.run(["zstd", "-dc", str(tmp_path / f"{DAY}.zst")], capture_output=True, check=True)
    assert read.stdout == before


@pytest.mark.parametrize(
    ("after", "hours", "expected"), [(0, 23, False), (0, 24, True), (1, 47, False), (1, 48, True), (7, 48, False)]
)
def test_a_day_is_compressed_when_it_ended_so_many_days_ago(
    tmp_path: Path, after: int, hours: int, expected: bool
) -> None:
    filled(tmp_path, 1)

    async def main() -> None:
        async with opened(tmp_path) as store:
            await store.search(LogQuery())
            start = NOW.replace(month=1, day=1, hour=0)
            due = compression.due(
                store.maintenance._journal,
                store.maintenance._indexer.index,
                timedelta(days=after),
                start + timedelta(hours=hours),
            )
            assert (DAY in due) is expected

    asyncio.run(main())


def test_a_file_named_after_no_day_is_never_compressed_and_keeps_no_other_from_it(tmp_path: Path) -> None:
    filled(tmp_path, 1)
    odd = tmp_path / "2026/13/45.jsonl"
    odd.parent.mkdir()
    odd.write_bytes((tmp_path / DAY).read_bytes())

    async def main() -> None:
        async with opened(tmp_path) as store:
            store.maintenance._compress_after = 1
            assert await store.maintenance.compress(NOW) == 2
            assert plain(tmp_path) == ["2026/13/45.jsonl"]

    asyncio.run(main())


def test_late_lines_go_to_a_new_plain_file_and_are_taken_in_when_they_have_settled(tmp_path: Path) -> None:
    filled(tmp_path)

    async def work(store: FileStore) -> None:
        await store.append(batch(*(entry(f"late {n}") for n in range(50))))
        assert len((tmp_path / DAY).read_bytes().splitlines()) == 50
        assert (await store.search(LogQuery())).total == 650
        assert await store.maintenance.compress(NOW) == 0
        whole = day_content(tmp_path, DAY)
        settle(tmp_path)
        assert await store.maintenance.compress(NOW) == 1
        assert plain(tmp_path) == []
        assert day_content(tmp_path, DAY) == whole
        await store.append(batch(entry("later still")))
        assert (await store.search(LogQuery())).total == 651

    with_store(tmp_path, work)

    async def again(store: FileStore) -> None:
        assert (await store.search(LogQuery())).total == 651
        assert messages(day_content(tmp_path, DAY))[-1] == "later still"

    with_store(tmp_path, again)


def test_lines_that_come_while_a_day_is_compressed_call_it_off_and_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path)

    async def main() -> None:
        async with opened(tmp_path) as store:
            await store.search(LogQuery())
            loop = asyncio.get_running_loop()
            write = compression._write

            def write_while_it_grows(day: Day, *others: Any) -> None:
                write(day, *others)
                if day.name == DAY:
                    asyncio.run_coroutine_threadsafe(store.append(batch(entry("meanwhile"))), loop).result()

            monkeypatch.setattr(compression, "_write", write_while_it_grows)
            store.maintenance._compress_after = 0
            assert await store.maintenance.compress(NOW) == 1  # the other day
            monkeypatch.undo()
            assert plain(tmp_path) == [DAY]
            assert messages((tmp_path / DAY).read_bytes())[-1] == "meanwhile"
            assert await store.maintenance.compress(NOW) == 1
            assert (await store.search(LogQuery())).total == 601

    asyncio.run(main())


@pytest.mark.parametrize("late", [False, True], ids=["compressed for the first time", "with late lines"])
def test_a_crash_between_the_compressed_file_and_the_removal_of_the_plain_one_doubles_nothing(
    tmp_path: Path, late: bool
) -> None:
    filled(tmp_path)

    async def add(store: FileStore) -> None:
        await store.append(batch(entry("late")))

    async def nothing(store: FileStore) -> None: ...

    if late:
        with_store(tmp_path, add)
        settle(tmp_path)
    whole, left = day_content(tmp_path, DAY), (tmp_path / DAY).read_bytes()
    with_store(tmp_path, nothing)
    assert plain(tmp_path) == []
    (tmp_path / DAY).write_bytes(left)
    (tmp_path / f"{DAY}.zst.tmp").write_bytes(b"not finished")
    journal = Journal(tmp_path)
    assert journal.open() == []
    journal.close()
    assert plain(tmp_path) == []
    assert unfinished(tmp_path) == []
    assert day_content(tmp_path, DAY) == whole


def made_elsewhere(path: Path, content: bytes, kind: str) -> None:
    half = content.index(b"\n", len(content) // 2) + 1
    one = zstandard.ZstdCompressor().compress
    path.write_bytes({
        "one frame": lambda: one(content),
        "two frames": lambda: one(content[:half]) + one(content[half:]),
        "without a size": lambda: zstandard.ZstdCompressor(write_content_size=False).compress(content),
    }[kind]())  # fmt: skip


@pytest.mark.parametrize("kind", ["one frame", "two frames", "without a size"])
def test_files_compressed_elsewhere_are_read_as_they_are(tmp_path: Path, kind: str) -> None:
    before = filled(tmp_path)
    made_elsewhere(tmp_path / f"{DAY}.zst", (tmp_path / DAY).read_bytes(), kind)
    (tmp_path / DAY).unlink()
    (tmp_path / ".logstream/index.duckdb").unlink()

    async def work(store: FileStore) -> None:
        assert await export(store) == before
        await store.append(batch(entry("late")))
        settle(tmp_path)
        assert await store.maintenance.compress(NOW) == 1
        assert messages(day_content(tmp_path, DAY))[-1] == "late"
        assert (await store.search(LogQuery())).total == 601

    with_store(tmp_path, work)


def test_a_damaged_compressed_file_is_told_of_searched_as_far_as_it_goes_and_never_replaced(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def fill() -> None:
        async with opened(tmp_path) as store:
            chance = random.Random(5)
            await store.append(batch(*(entry(chance.randbytes(500).hex()) for _ in range(4000))))

    async def nothing(store: FileStore) -> None: ...

    asyncio.run(fill())
    with_store(tmp_path, nothing)
    path = tmp_path / f"{DAY}.zst"
    torn = path.read_bytes()[: path.stat().st_size * 2 // 3]
    path.write_bytes(torn)

    async def work(store: FileStore) -> None:
        found = (await store.search(LogQuery())).total
        assert found is not None
        assert 1000 < found < 4000
        await store.append(batch(entry("late")))
        settle(tmp_path)
        assert await store.maintenance.compress(NOW) == 0
        assert (await store.search(LogQuery())).total == found + 1

    with caplog.at_level(logging.WARNING):
        with_store(tmp_path, work)
    assert f"{path} is damaged" in caplog.text
    assert path.read_bytes() == torn


def test_a_flipped_bit_is_found_before_the_only_copy_is_replaced(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    filled(tmp_path, 3000)

    async def nothing(store: FileStore) -> None: ...

    with_store(tmp_path, nothing)
    path = tmp_path / f"{DAY}.zst"
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    path.write_bytes(damaged)

    async def work(store: FileStore) -> None:
        await store.append(batch(entry("late")))
        settle(tmp_path)
        assert await store.maintenance.compress(NOW) == 0
        assert await store.maintenance.compress(NOW) == 0
        assert (
            await store.search(
                LogQuery(),
            )
        ).total == 6001

    with_store(tmp_path, work)
    assert path.read_bytes() == damaged
    assert caplog.text.count(f"{DAY} can't be compressed") == 1


def test_what_does_not_read_back_is_never_put_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = filled(tmp_path)
    read = segment.decompressed

    def misread(path: Path, size: int = BLOCK) -> Iterator[bytes]:
        return (bytes([block[0] ^ 1]) + block[1:] for block in read(path, size))

    monkeypatch.setattr(segment, "decompressed", misread)

    async def main() -> None:
        async with opened(tmp_path) as store:
            store.maintenance._compress_after = 0
            assert await store.maintenance.compress(NOW) == 0

    asyncio.run(main())
    assert content(tmp_path) == before
    assert packed(tmp_path) == []
    assert unfinished(tmp_path) == []


def test_a_torn_late_line_is_cut_off(tmp_path: Path) -> None:
    filled(tmp_path)

    async def nothing(store: FileStore) -> None: ...

    with_store(tmp_path, nothing)
    (tmp_path / DAY).write_bytes(b'{"id":"torn')
    journal = Journal(tmp_path)
    (note,) = journal.open()
    assert "cut 11 bytes" in note
    assert [day.size for day in journal.days() if day.name == DAY] == [len(day_content(tmp_path, DAY))]
    journal.close()


def flip(path: Path, at: float) -> None:
    """Change one bit, at this part of a file."""
    content = bytearray(path.read_bytes())
    content[int(len(content) * at)] ^= 0x10
    path.write_bytes(content)


def fill_large(root: Path, monkeypatch: pytest.MonkeyPatch, *, frame: int) -> bytes:
    """A compressed day of 4 MB in frames of so many bytes, without an index; returns its lines."""
    monkeypatch.setattr(segment, "FRAME_BYTES", frame)
    chance = random.Random(5)

    async def main() -> None:
        async with opened(root) as store:
            for n in range(40):
                await store.append(batch(*(entry(f"{n} {i} {chance.randbytes(400).hex()}") for i in range(100))))
            await store.search(LogQuery())
            store.maintenance._compress_after = 0
            assert await store.maintenance.compress(NOW) == 1

    asyncio.run(main())
    (root / ".logstream/index.duckdb").unlink()
    return day_content(root, DAY)


def found(root: Path) -> list[bytes]:
    async def main() -> bytes:
        async with opened(root) as store:
            return await export(store)

    return asyncio.run(main()).splitlines()


@pytest.mark.parametrize(
    ("frame", "at", "least"), [(1 << 30, 0.5, 0.4), (1 << 20, 0.5, 0.5), (1 << 20, 0.1, 0.5), (1 << 20, 0.95, 0.5)]
)
def test_of_a_damaged_compressed_day_all_that_unpacks_is_found_without_an_index(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    frame: int,
    at: float,
    least: float,
) -> None:
    before = fill_large(tmp_path, monkeypatch, frame=frame).splitlines()
    path = tmp_path / f"{DAY}.zst"
    flip(path, at)
    damaged = path.read_bytes()
    lines = found(tmp_path)
    unharmed = set(before).intersection(lines)
    assert set(before[: int(at * 0.8 * len(before))]) <= unharmed or frame < 1 << 30
    # What unpacks of the frame that was hit may read otherwise: its checksum comes behind it.
    assert len(unharmed) >= least * len(before)
    assert max(Counter(lines)[line] for line in unharmed) == 1
    assert "is damaged at byte" in caplog.text
    assert path.read_bytes() == damaged
    assert found(tmp_path) == lines  # and once, after another start


@pytest.mark.parametrize("damage", ["a bit", "the end"])
def test_of_a_damaged_day_that_was_compressed_elsewhere_all_that_unpacks_is_found(tmp_path: Path, damage: str) -> None:
    filled(tmp_path, 3000)
    before = (tmp_path / DAY).read_bytes()
    made_elsewhere(tmp_path / f"{DAY}.zst", before, "two frames")
    (tmp_path / DAY).unlink()
    (tmp_path / ".logstream/index.duckdb").unlink()
    path = tmp_path / f"{DAY}.zst"
    if damage == "a bit":
        flip(path, 0.25)
    else:
        os.truncate(path, path.stat().st_size - 5000)
    lines = [line for line in found(tmp_path) if b'"timestamp":"2026-01-01' in line]
    assert len(lines) >= 1500 if damage == "a bit" else len(lines) > 1500
    assert set(before.splitlines()).issuperset(lines) or damage == "a bit"
    assert len(set(lines)) == len(lines)


def fail_unlink(patch: pytest.MonkeyPatch, name: str) -> None:
    unlink = os.unlink

    def call(path: Any, **named: Any) -> None:
        if str(path).endswith(name):
            raise OSError(5, "Input/output error")
        unlink(path, **named)

    patch.setattr(os, "unlink", call)


@pytest.mark.parametrize("late_before", [False, True], ids=["for the first time", "with late lines"])
def test_a_plain_file_that_can_not_be_removed_does_not_count_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, late_before: bool
) -> None:
    filled(tmp_path)

    async def add(store: FileStore) -> None:
        await store.append(batch(*(entry(f"late {n}") for n in range(5))))

    if late_before:
        with_store(tmp_path, add)
        settle(tmp_path)
    total = 605 if late_before else 600
    whole = sorted(content(tmp_path).splitlines())

    async def stuck() -> None:
        async with opened(tmp_path) as store:
            store.maintenance._compress_after = 0
            await store.search(LogQuery())
            with monkeypatch.context() as patch:
                fail_unlink(patch, DAY)
                await store.maintenance.compress(NOW)
                assert plain(tmp_path) == [DAY]
                assert (await store.search(LogQuery())).total == total
                with pytest.raises(StoreUnavailable, match="Input/output error"):
                    await store.append(batch(entry("refused")))
                await store.append(batch(entry("another day", "2026-01-02")))
                assert await store.maintenance.compress(NOW) == 0
                assert sorted((await export(store)).splitlines()) == sorted(
                    [*whole, *(tmp_path / OTHER).read_bytes().splitlines()]
                )

    asyncio.run(stuck())
    kept = (tmp_path / DAY).read_bytes()

    async def again() -> None:
        with monkeypatch.context() as patch:
            fail_unlink(patch, DAY)
            async with opened(tmp_path) as store:
                assert (await store.search(LogQuery())).total == total + 1
                with pytest.raises(StoreUnavailable):
                    await store.append(batch(entry("refused")))
                patch.undo()
                await store.append(batch(entry("accepted")))
                assert (await store.search(LogQuery())).total == total + 2

    asyncio.run(again())
    assert messages((tmp_path / DAY).read_bytes()) == ["accepted"]
    (tmp_path / DAY).write_bytes(kept + (tmp_path / DAY).read_bytes())  # as an earlier version would have left it
    (tmp_path / ".logstream/index.duckdb").unlink()

    async def healed() -> None:
        async with opened(tmp_path) as store:
            assert (await store.search(LogQuery())).total == total + 2

    asyncio.run(healed())
