"""Verifying what is stored: each kind of fault is named with its file and line, and what can be repaired is."""

import asyncio
import json
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from logstream.entries.entry import LogEntry
from logstream.query.conditions import Equals, LogQuery
from logstream.store import Claim, Receipt
from logstream.stores.file.store import FileStore
from logstream.stores.journal import segment
from logstream.stores.journal.modes import restrict
from logstream.stores.journal.naming import BY_DATE, BY_NUMBER
from logstream.stores.journal.seals import Seals
from logstream.verification.days import Journal
from logstream.verification.findings import MOST_NAMED, Finding, Report
from logstream.verification.repair import mark, repair
from logstream.verification.verification import Subject, verify
from tests.stores.folder import NOW, batch, day_content, entry, export, opened, plain

MEMORY = 256_000_000


def name(day: int) -> str:
    return f"2026/01/{day:02d}.jsonl"


@pytest.fixture(autouse=True)
def access() -> None:
    """What the command does before anything else, and the server too."""
    restrict("read")


def verified(root: Path, *, running: bool = False, policies: Path | None = None) -> Report:
    return verify(Subject([Journal(root, BY_DATE, running)], policies, MEMORY))


def repaired(root: Path) -> Report:
    before = verified(root)
    repair(Journal(root, BY_DATE, running=False), before, "read", MEMORY)
    return mark(before.findings, verified(root))


def places(report: Report, root: Path) -> set[tuple[str, str, int | None]]:
    return {(one.kind, os.path.relpath(one.file, root), one.line) for one in report.findings}


def seal_states(report: Report) -> list[str]:
    return [day.seal for day in report.days]


def settle(root: Path) -> None:
    """Let all plain files be old enough to be sealed."""
    for file in plain(root):
        os.utime(root / file, (0, 0))


def change(path: Path, old: bytes, new: bytes) -> None:
    assert path.read_bytes().count(old) == 1
    path.write_bytes(path.read_bytes().replace(old, new))


def run(root: Path, *work: Callable[[FileStore], object], compress: bool = False) -> None:
    """Open a store, compress or seal what is closed after each step, and stop it."""

    async def main() -> None:
        async with opened(root, compress_after_days=0 if compress else -1) as store:
            for step in work:
                await step(store)  # type: ignore[misc]
                await store.search(LogQuery(limit=1))  # all is indexed
                if compress:
                    await store.maintenance.compress(NOW)
                settle(root)
                await store.maintenance.seal(NOW)

    asyncio.run(main())


def add(*days: int, count: int = 50) -> Callable[[FileStore], object]:
    def one(day: int, n: int) -> LogEntry:
        return entry(f"message {n}", f"2026-01-{day:02d}", level="error" if n == 3 else "info")

    async def work(store: FileStore) -> None:
        await store.append(batch(*(one(day, n) for day in days for n in range(count))))

    return work


async def nothing(store: FileStore) -> None: ...


async def claimed(store: FileStore) -> None:
    await store.append(batch(entry("keyed", "2026-01-09")), Claim("client", "key", Receipt(201, b"{}")))


@pytest.fixture
def faulty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one of each fault."""
    root = tmp_path / "logs"
    monkeypatch.setattr(segment, "FRAME_BYTES", 4096)
    monkeypatch.setattr("logstream.stores.file.compression.plain_blocks", small_blocks)
    run(root, add(6, 8, count=2000), compress=True)
    run(root, add(1, 2, 3, 4, 5, 10), claimed)
    (root / name(8)).with_suffix(".jsonl.zst").unlink()
    state = root / ".logstream"
    for day in (2, 3, 4, 5, 10):
        Seals(root).remove(name(day))
    change(root / name(1), b'"message 7"', b'"massage 7"')
    with open(root / name(2), "ab") as file:
        file.write(b'{"id":"01J","message":"cut of\n\n[1]\n' + b'{"message":"of a foreign program"}\n')
    third = (root / name(3)).read_bytes().splitlines(keepends=True)
    (root / name(3)).write_bytes(b"".join(third) + third[4].replace(b"2026-01-03T", b"2026-01-13T"))
    fifth = (root / name(5)).read_bytes().splitlines(keepends=True)
    with open(root / name(4), "ab") as file:
        file.write(fifth[9].replace(b"2026-01-05T", b"2026-01-04T"))
    tenth = (root / name(10)).read_bytes().splitlines(keepends=True)
    tenth[19] = b"x" * (len(tenth[19]) - 1) + b"\n"
    (root / name(10)).write_bytes(b"".join(tenth))
    packed = root / f"{name(6)}.zst"
    os.truncate(packed, packed.stat().st_size // 2)
    with open(root / name(9), "ab") as file:
        file.write(b'{"id":"01TORN')
    (root / f"{name(9)}.zst.tmp").write_bytes(b"half")
    db = sqlite3.connect(state / "idempotency.sqlite")
    db.execute("UPDATE claims SET body = x'00112233'")
    db.commit()
    db.close()
    (state / "shared.sqlite").write_bytes(b"no database at all" * 100)
    (state / "ids.json").write_bytes(b"{")
    (state / "retention.json").write_bytes(b"\0\0\0")
    (state / "retention.log").write_bytes(b'{"ran_at":"2026-01-01","policies":[],"total_pruned":0}\n{"ran')
    (root / name(4)).chmod(0o644)
    return root


def small_blocks(file: object, start: int, end: int, size: int = 8192) -> object:
    from logstream.stores.journal.blocks import plain_blocks

    return plain_blocks(file, start, end, size)  # type: ignore[arg-type]


def test_each_fault_is_named_with_its_file_and_line(faulty: Path) -> None:
    before = {path: path.read_bytes() for path in faulty.rglob("*") if path.is_file()}
    report = verified(faulty)
    damaged_at = next(one.line for one in report.findings if one.kind == "damaged")
    assert damaged_at is not None
    assert 500 < damaged_at < 1500
    assert not report.ok
    assert places(report, faulty) == {
        ("seal", name(1), None),
        ("line", name(2), 51),
        ("line", name(2), 53),
        ("day", name(3), 51),
        ("double", name(3), 51),
        ("double", name(5), 10),
        ("damaged", f"{name(6)}.zst", damaged_at),
        ("missing", name(8), None),
        ("torn", name(9), 2),
        ("unfinished", f"{name(9)}.zst.tmp", None),
        ("line", name(10), 20),
        ("index", name(10), None),
        ("ledger", ".logstream/idempotency.sqlite", None),
        ("shared", ".logstream/shared.sqlite", None),
        ("ids", ".logstream/ids.json", None),
        ("policies", ".logstream/retention.json", None),
        ("runs", ".logstream/retention.log", 2),
        ("mode", name(4), None),
    }
    assert [day.day for day in report.days if day.ok] == []  # the fault of each day is one of its own, or its id's
    assert {path: path.read_bytes() for path in faulty.rglob("*") if path.is_file()} == before


def test_what_can_be_repaired_is_and_the_originals_are_kept(faulty: Path) -> None:
    lines = {day: day_content(faulty, name(day)) for day in (1, 2, 3, 4, 5, 9, 10)}
    original = (faulty / f"{name(6)}.zst").read_bytes()
    report = repaired(faulty)
    left = {(one.kind, os.path.relpath(one.file, faulty), one.line) for one in report.findings if not one.repaired}
    assert left == {
        ("seal", name(1), None),
        ("line", name(2), 51),
        ("line", name(2), 53),
        ("day", name(3), 51),
        ("double", name(3), 51),
        ("double", name(5), 10),
        ("missing", name(8), None),
        ("line", name(10), 20),
    }
    assert {one.kind for one in report.findings if one.repaired} >= {
        "damaged", "torn", "unfinished", "ledger", "shared", "ids", "policies", "runs", "mode", "index",
    }  # fmt: skip
    kept = {path.suffix: path.read_bytes() for path in (faulty / ".logstream/recovered").iterdir()}
    assert kept == {".zst": original, ".lines": b'{"id":"01TORN'}
    for day in (1, 2, 3, 4, 5, 10):
        assert (faulty / name(day)).read_bytes() == lines[day]
    salvaged = day_content(faulty, name(6)).splitlines()
    assert len(salvaged) > 500
    assert all(json.loads(line) for line in salvaged)
    assert {one.kind for one in report.notes} == {"recovered"}
    assert set(seal_states(report)) == {"differs", "sealed"}

    # What is left goes when somebody sees to it, and then all is well, for a server too.
    Seals(faulty).remove(name(1))
    Seals(faulty).remove(name(8))
    for day, numbers in ((2, {50, 52}), (3, {50}), (5, {9}), (10, {19})):
        there = (faulty / name(day)).read_bytes().splitlines(keepends=True)
        (faulty / name(day)).write_bytes(b"".join(line for n, line in enumerate(there) if n not in numbers))
        Seals(faulty).remove(name(day))
    clean = repaired(faulty)
    assert clean.ok
    assert clean.findings == []
    assert set(seal_states(clean)) == {"sealed"}

    async def all_found(store: FileStore) -> None:
        assert len((await export(store)).splitlines()) == sum(day.entries for day in clean.days)

    run(faulty, all_found)
    assert verified(faulty).ok


def test_a_seal_stays_true_through_compression_late_lines_and_pruning(tmp_path: Path) -> None:
    run(tmp_path, add(1, 2))
    assert seal_states(verified(tmp_path)) == ["sealed", "sealed"]
    first = Seals(tmp_path).read(name(1))

    run(tmp_path, nothing, compress=True)
    assert Seals(tmp_path).read(name(1)) == first
    assert verified(tmp_path).ok

    async def late(store: FileStore) -> None:
        await store.append(batch(entry("late")))
        await store.maintenance.seal(NOW)  # not settled yet
        assert seal_states(verified(tmp_path, running=True)) == ["late lines", "sealed"]

    run(tmp_path, late)
    second = Seals(tmp_path).read(name(1))
    assert second is not None
    assert first is not None
    assert second.lines == first.lines + 1
    run(tmp_path, nothing, compress=True)
    assert Seals(tmp_path).read(name(1)) == second

    async def prune(store: FileStore) -> None:
        assert (await store.prune([Equals("level", "error")], dry_run=False)).entries == 2

    run(tmp_path, prune)
    report = verified(tmp_path)
    assert report.ok
    assert seal_states(report) == ["sealed", "sealed"]
    assert [day.entries for day in report.days] == [50, 49]

    async def prune_all(store: FileStore) -> None:
        await store.prune([Equals("app_key", "app")], dry_run=False)

    run(tmp_path, prune_all)
    assert verified(tmp_path).days == []
    assert Seals(tmp_path).names() == []


@pytest.mark.parametrize("compressed", [False, True])
def test_a_day_that_differs_from_its_seal_is_not_rewritten_and_not_sealed_anew(
    tmp_path: Path, compressed: bool, caplog: pytest.LogCaptureFixture
) -> None:
    run(tmp_path, add(1), compress=compressed)
    path = tmp_path / (f"{name(1)}.zst" if compressed else name(1))
    if compressed:  # by somebody, correctly compressed
        changed = day_content(tmp_path, name(1)).replace(b'"message 7"', b'"massage 7"')
        path.write_bytes(zstandard.compress(changed))
    else:
        change(path, b'"message 7"', b'"massage 7"')
    before = path.read_bytes()

    async def prune(store: FileStore) -> None:
        await store.append(batch(entry("late")))
        pruned = await store.prune([Equals("level", "error")], dry_run=False)
        assert pruned.entries == 0
        assert "not what was sealed" in pruned.warnings[0]

    run(tmp_path, prune, nothing, compress=True)
    assert path.read_bytes().startswith(before)
    assert caplog.text.count("not what was sealed when it was closed") >= 1
    assert ("seal", os.path.relpath(path, tmp_path), None) in places(verified(tmp_path), tmp_path)
    assert seal_states(repaired(tmp_path)) == ["differs"]


def test_a_flipped_bit_of_a_compressed_day_is_found_and_what_unpacks_is_kept(tmp_path: Path) -> None:
    run(tmp_path, add(1, count=2000), compress=True)
    path = tmp_path / f"{name(1)}.zst"
    content = bytearray(path.read_bytes())
    content[len(content) * 9 // 10] ^= 0x10
    path.write_bytes(content)
    (found,) = (one for one in verified(tmp_path).findings if one.kind == "damaged")
    assert (found.file, found.repaired) == (str(path), False)
    assert (damaged_at := found.line) is not None
    assert f"of {2000:,} lines unpack" in found.detail
    (found,) = (one for one in repaired(tmp_path).findings if one.kind == "damaged")
    assert found.repaired
    assert len(day_content(tmp_path, name(1)).splitlines()) >= damaged_at - 1


def test_a_damaged_seal_is_told_from_a_damaged_day(tmp_path: Path) -> None:
    run(tmp_path, add(1))
    path = Seals(tmp_path).path(name(1))
    change(path, b'"lines":50', b'"lines":51')
    assert places(verified(tmp_path), tmp_path) == {("seal", os.path.relpath(path, tmp_path), None)}
    assert repaired(tmp_path).ok
    assert seal_states(verified(tmp_path)) == ["sealed"]


def test_a_copy_without_its_state_is_verified_and_nothing_is_made_in_it(tmp_path: Path) -> None:
    run(tmp_path, add(1, 2))
    for path in (tmp_path / ".logstream").rglob("*"):
        if path.is_file():
            path.unlink()
    (tmp_path / ".logstream/seals").rmdir()
    (tmp_path / ".logstream").rmdir()
    report = verified(tmp_path)
    assert report.ok
    assert seal_states(report) == ["not sealed", "not sealed"]
    assert not (tmp_path / ".logstream").exists()


def test_of_many_faults_alike_the_first_are_named_and_all_are_counted(tmp_path: Path) -> None:
    (tmp_path / "2026/01").mkdir(parents=True)
    (tmp_path / name(1)).write_bytes(b"no entry\n" * 500)
    findings = [one for one in verified(tmp_path).findings if one.kind == "line"]
    assert [one.line for one in findings] == [*range(1, MOST_NAMED + 1), None]
    assert "480 more" in findings[-1].detail


def test_files_of_other_programs_are_read_as_the_index_reads_them(tmp_path: Path) -> None:
    (tmp_path / "2026/01").mkdir(parents=True, mode=0o750)
    (tmp_path / name(1)).write_bytes(
        b'{"timestamp":"2025-12-31T23:00:00-05:00","message":"an offset","app_key":"php"}\n'
        b'{"message":"nothing else"}\n\n{"id":"odd id\\n","message":"x","timestamp":"2026-01-01 10:00:00"}'
    )
    (tmp_path / name(1)).chmod(0o640)
    run(tmp_path, nothing)
    report = verified(tmp_path)
    assert [one for one in report.findings if one.kind != "mode"] == []
    assert [(day.lines, day.entries, day.seal) for day in report.days] == [(4, 3, "sealed")]


def test_an_index_that_is_behind_is_no_fault_and_a_damaged_one_is(tmp_path: Path) -> None:
    run(tmp_path, add(1, 2, count=3000))
    with open(tmp_path / name(2), "ab") as file:
        file.write((tmp_path / name(2)).read_bytes().splitlines()[-1].replace(b'"id":"01', b'"id":"02') + b"\n")
    report = verified(tmp_path)
    assert [one.kind for one in report.findings if one.kind != "mode"] == []
    assert "index" in [one.kind for one in report.notes]
    index = tmp_path / ".logstream/index.duckdb"
    content = index.read_bytes()
    middle = len(content) // 2
    index.write_bytes(content[:middle] + bytes(byte ^ 0xFF for byte in content[middle:]))
    assert ("index", ".logstream/index.duckdb", None) in places(verified(tmp_path), tmp_path)
    assert repaired(tmp_path).ok
    assert list(index.parent.glob("index.duckdb.damaged-*"))


def test_lines_cut_off_an_open_day_are_missed_by_the_index(tmp_path: Path) -> None:
    run(tmp_path, add(1))
    Seals(tmp_path).remove(name(1))
    lines = (tmp_path / name(1)).read_bytes().splitlines(keepends=True)
    (tmp_path / name(1)).write_bytes(b"".join(lines[:-5]))
    assert ("index", name(1), None) in places(verified(tmp_path), tmp_path)
    assert repaired(tmp_path).ok


def test_policies_of_the_operator_are_named_and_never_touched(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    policies = tmp_path / "policies.json"
    policies.write_text('[{"name": "no criteria that exist", "colour": "red"}')
    report = verified(tmp_path / "logs", policies=policies)
    assert [(one.kind, one.file) for one in report.findings] == [("policies", str(policies))]
    repair(Journal(tmp_path / "logs", BY_DATE, running=False), report, "read", MEMORY)
    assert policies.read_text().startswith('[{"name"')


def test_a_spool_is_verified_and_repaired_as_well(tmp_path: Path) -> None:
    (tmp_path / "0000/00").mkdir(parents=True)
    line = b'{"id":"01","message":"waits","timestamp":"2026-01-01"}\n'
    (tmp_path / "0000/00/01.jsonl").write_bytes(line + b"damage\n" + line[:10])
    (tmp_path / ".logstream").mkdir()
    (tmp_path / ".logstream/drained.json").write_bytes(b"{")
    (tmp_path / "rejected.jsonl").write_bytes(b"{}\n")
    spool = Journal(tmp_path, BY_NUMBER, running=False)
    report = verify(Subject([spool], None, MEMORY))
    assert {(one.kind, one.line) for one in report.findings} == {("line", 2), ("torn", 3), ("spool", None)}
    assert [one.kind for one in report.notes] == ["spool"]
    repair(spool, report, "read", MEMORY)
    assert [one.kind for one in verify(Subject([spool], None, MEMORY)).findings] == ["line"]


def test_a_finding_says_where_what_and_whether_it_was_repaired() -> None:
    found = Finding("line", "/logs/2026/01/01.jsonl", 7, "not an entry", repaired=True)
    assert str(found) == "/logs/2026/01/01.jsonl:7: not an entry (repaired)"
