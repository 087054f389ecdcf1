"""Bloom filters: searches read where they have to, and find the same whatever becomes of the filters."""

import errno
import os
import time
from pathlib import Path

import pytest

from logstream.query.conditions import Condition, Loaded
from logstream.query.language import parse
from logstream.stores.index import bloom_file, blooms, load, sql
from logstream.stores.index.index import Index
from logstream.stores.index.large_texts import LargeTexts
from logstream.stores.journal.journal import Journal
from tests.stores.index.test_index import line

WORDS = ["apple", "banana", "cherry", "Damson", "elderberry", "\x1b[31mfig\x1b[0m", "gooseb\u00e9rry", "hazelnut"]
EACH = 5


class Indexed:
    """An index of a journal in which each word stands in EACH entries, which are a block."""

    def __init__(self, root: Path) -> None:
        self.journal = Journal(root)
        self.journal.open()
        self.index = Index(self.journal, 300_000_000)
        self.index.open()
        self.texts = LargeTexts(self.journal, self.index.blooms)
        self.index.step()

    def tidy(self) -> None:
        while not self.index.is_tidy:
            self.index.tidy()

    def read(self, query: str) -> tuple[int, ...] | None:
        """The loads that are looked at; None for all."""
        with self.index.cursor() as cursor:
            decided = self.texts.decided(cursor, parse(query))
        found: list[Condition] = [condition for condition in decided if isinstance(condition, Loaded)]
        return found[0].loads if found and isinstance(found[0], Loaded) else None

    def found(self, query: str) -> int:
        with self.index.cursor() as cursor:
            clause, parameters = sql.where(self.texts.decided(cursor, parse(query)))
            row = cursor.execute(f"SELECT count(*) FROM entries {clause}", parameters).fetchone()
        assert row is not None
        return int(row[0])

    def __enter__(self) -> "Indexed":
        return self

    def __exit__(self, *_: object) -> None:
        self.index.close()
        self.journal.close()


def day(words: list[str], first: int = 0) -> bytes:
    return b"".join(
        line(
            (first + at) * EACH + n,
            message=f"an entry with {word} in it",
            context={"user": {"id": 100 + first + at}},
            trace_id=f"trace-{first + at}",
        )
        for at, word in enumerate(words)
        for n in range(EACH)
    )


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blooms, "BLOCK", EACH)
    monkeypatch.setattr(load, "_LOAD", load._LOAD.replace(f"// {load.LOAD_ENTRIES}", f"// {EACH}"))
    monkeypatch.setattr(load, "LOAD_ENTRIES", EACH)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "2026/01").mkdir(parents=True)
    (tmp_path / "2026/01/01.jsonl").write_bytes(day(WORDS))
    return tmp_path


@pytest.mark.parametrize(
    ("query", "loads"),
    [
        ("apple", (1,)),
        ("APPLE", (1,)),
        ("damson", (4,)),
        ("gooseb\u00c9rry", (7,)),
        ('"fig in it"', (6,)),
        ("/elder[a-z]+/", (5,)),
        ("haze*nut", (8,)),
        ("apple OR cherry", (1, 3)),
        ("apple AND cherry", ()),
        ("apple AND NOT cherry", (1,)),
        ("nobody", ()),
        ("context.user.id:103", (4,)),
        ("context.user.id:103.0", (4,)),
        ("context.user.nobody:*", ()),
        ("trace_id:trace-2", (3,)),
        ("entry", None),
        ("it", None),
        ("NOT apple", None),
        ("context.user.id:*", None),
        ("level:info", None),
    ],
)
def test_only_blocks_that_may_have_it_are_read(root: Path, query: str, loads: tuple[int, ...] | None) -> None:
    with Indexed(root) as indexed:
        before = indexed.found(query)
        assert indexed.read(query) is None
        indexed.tidy()
        assert indexed.read(query) == loads
        assert indexed.found(query) == before


def test_what_is_in_no_block_yet_is_read_as_well(root: Path) -> None:
    with Indexed(root) as indexed:
        indexed.tidy()
    with open(root / "2026/01/01.jsonl", "ab") as file:
        file.write(line(1000, message="one more apple"))
    with Indexed(root) as indexed:
        indexed.tidy()
        assert indexed.read("apple") == (1, 9)
        assert indexed.found("apple") == EACH + 1


def test_filters_outlast_a_restart_and_are_checked_before_they_are_used(root: Path) -> None:
    with Indexed(root) as indexed:
        indexed.tidy()
    with Indexed(root) as indexed:
        assert indexed.read("apple") is None
        indexed.tidy()
        assert indexed.read("apple") == (1,)


@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "overwritten", "of another index"])
def test_filters_that_are_not_what_was_written_are_made_anew(
    root: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    with Indexed(root) as indexed:
        indexed.tidy()
    path = root / ".logstream/index.blooms"
    content = path.read_bytes()
    match damage:
        case "missing":
            path.unlink()
        case "empty":
            path.write_bytes(b"")
        case "cut":
            path.write_bytes(content[:1000])
        case "overwritten":
            path.write_bytes(content[:64] + bytes(len(content) - 64))
        case _:
            path.write_bytes(b"logstream bloom filters 1 0\n".ljust(64, b"\0") + content[64:])
    with Indexed(root) as indexed:
        assert indexed.found("apple") == EACH
        indexed.tidy()
        assert indexed.found("apple") == EACH
        assert indexed.read("apple") == (1,)
    assert "searches for texts are slower until it is made anew" in caplog.text


def test_a_filter_that_was_written_but_not_named_is_made_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(fd: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with Indexed(root) as indexed:
        with monkeypatch.context() as patch:
            patch.setattr(os, "fdatasync", full)
            indexed.index.tidy()
        assert indexed.index.is_tidy  # for a while
        assert indexed.read("apple") is None
    with Indexed(root) as indexed:
        indexed.tidy()
        assert [indexed.found(word) for word in ("apple", "hazelnut")] == [EACH, EACH]
        assert indexed.read("hazelnut") == (8,)


def test_filters_of_what_was_removed_go_and_their_numbers_are_not_taken_for_later_ones(root: Path) -> None:
    (root / "2026/01/02.jsonl").write_bytes(day(["late apple", "late plum"], first=len(WORDS)))
    path = root / ".logstream/index.blooms"
    with Indexed(root) as indexed:
        indexed.tidy()
        assert indexed.read("late plum") == (10,)
        kept = path.read_bytes()[64 + len(WORDS) * 512 : 64 + (len(WORDS) + 2) * 512]
        indexed.index.progress.forget("2026/01/01.jsonl")
        indexed.tidy()
        assert len(indexed.index.blooms.filters) == 2
        assert path.read_bytes()[64 : 64 + 2 * 512] == kept
        assert indexed.read("plum") == (10,)
        indexed.index.progress.forget("2026/01/02.jsonl")
    (root / "2026/01/01.jsonl").unlink()
    (root / "2026/01/02.jsonl").write_bytes(day(["new cherry"], first=20))
    with Indexed(root) as indexed:
        indexed.tidy()
        assert indexed.found("cherry") == EACH
        assert indexed.found("plum") == 0


def test_what_packing_leaves_when_the_disk_is_full_rules_out_nothing(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "2026/01/02.jsonl").write_bytes(day(["late apple", "late plum"], first=len(WORDS)))

    def full(fd: int, content: bytes, place: int) -> int:
        if place > bloom_file.HEADER:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return pwrite(fd, content, place)

    pwrite = os.pwrite
    with Indexed(root) as indexed:
        indexed.tidy()
        before = indexed.index.blooms.filters
        indexed.index.progress.forget("2026/01/01.jsonl")
        with monkeypatch.context() as patch:
            patch.setattr(os, "pwrite", full)
            indexed.tidy()
        assert before.having([0]) is not None  # a search that has them goes on with the file that was
        assert indexed.read("late plum") is None
        indexed.index.step()
        assert (indexed.found("plum"), indexed.found("apple")) == (EACH, 2 * EACH)
        later = time.monotonic() + blooms.RETRY_SECONDS
        monkeypatch.setattr(time, "monotonic", lambda: later)
        indexed.tidy()
        assert indexed.read("late plum") == (10,)
        assert (indexed.found("plum"), indexed.found("apple")) == (EACH, 2 * EACH)


def test_large_entries_are_found_though_no_filter_knows_what_they_say(root: Path) -> None:
    large = "x" * 40_000
    (root / "2026/01/01.jsonl").write_bytes(day(WORDS) + line(500, message=f"{large} quince") + day(["kiwi"], 101))
    with Indexed(root) as indexed:
        indexed.tidy()
        assert indexed.found("quince") == 1
        assert indexed.found("kiwi") == EACH
