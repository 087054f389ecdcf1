"""Pruning: what fulfils the conditions goes from journal and index, and nothing else does."""

import asyncio
import os
import random
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from logstream.entries.entry import Batch
from logstream.query.conditions import Compare, Condition, Contains, Equals, LogQuery, Matches, Not, Or
from logstream.store import Pruned
from logstream.stores.file.store import FileStore
from logstream.stores.journal.rewrite import DayRewrite
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
from tests.stores.index.test_index import line, write

FIRST, SECOND, THIRD = (f"2026/01/0{day}.jsonl" for day in (1, 2, 3))
ERRORS = Equals("level", "error")


def before(text: str) -> Compare:
    return Compare("timestamp", "<", datetime.fromisoformat(text))


def run(root: Path, work: Callable[[FileStore], Awaitable[Any]], **settings: Any) -> None:
    async def main() -> None:
        async with opened(root, **settings) as store:
            await work(store)

    asyncio.run(main())


async def fill(store: FileStore, count: int = 300) -> None:
    """Three days of entries, a third of them errors, in batches that touch all three."""
    for n in range(count):
        level = ("info", "error", "debug")[n % 3]
        await store.append(batch(*(entry(f"{n} on {d}", f"2026-01-0{d}", level=level) for d in (1, 2, 3))))


async def in_step(store: FileStore, root: Path) -> list[str]:
    """The messages of all entries, which index and journal agree on, before a restart and with a new index too."""
    lines = sorted((await export(store)).splitlines())
    assert lines == sorted(content(root).splitlines())
    assert store._index.backlog() == 0
    return sorted(messages(b"\n".join(lines)))


def in_step_after_restarts(root: Path) -> list[str]:
    found: list[list[str]] = []

    async def work(store: FileStore) -> None:
        found.append(await in_step(store, root))

    run(root, work)
    (root / ".logstream/index.duckdb").unlink()
    run(root, work)
    assert found[0] == found[1]
    return found[0]


@pytest.mark.parametrize(
    ("where", "removed", "rewritten", "scanned"),
    [
        ([before("2026-01-03")], 2, 0, 3),
        ([before("2026-01-02T12:00:00")], 2, 0, 3),
        ([before("2026-01-02T09:00:00")], 1, 0, 3),
        ([ERRORS], 0, 3, 3),
        ([ERRORS, before("2026-01-03")], 0, 2, 3),
        ([Matches("^1[0-9]* on 2$", ignore_case=False)], 0, 1, 3),
        ([Equals("app_key", "app")], 3, 0, 3),
        ([Equals("app_key", "nobody's")], 0, 0, 3),
        ([Or((Contains("message", "7 ON 1"), Not(Equals("level", "info"))))], 0, 3, 3),
    ],
)
@pytest.mark.parametrize("form", ["plain", "compressed", "late lines"])
def test_exactly_what_fulfils_the_conditions_goes_as_the_dry_run_said(
    tmp_path: Path, where: list[Condition], removed: int, rewritten: int, scanned: int, form: str
) -> None:
    stays: list[str] = []

    async def work(store: FileStore) -> None:
        await fill(store, 90)
        if form != "plain":
            assert await store.maintenance.compress(NOW) == 3
        if form == "late lines":
            await fill(store, 30)
        all_lines, held = content(tmp_path), await in_step(store, tmp_path)
        found = (await store.search(LogQuery(where))).total
        dry = await store.prune(where, dry_run=True)
        assert dry == Pruned(found or 0, removed, rewritten, scanned)
        assert content(tmp_path) == all_lines
        assert await store.prune(where, dry_run=False) == dry
        assert (await store.search(LogQuery(where))).total == 0
        stays.extend(await in_step(store, tmp_path))
        assert len(stays) == len(held) - dry.entries
        assert len(plain(tmp_path)) == (0 if form == "compressed" else 3 - removed)
        assert len(packed(tmp_path)) == (0 if form == "plain" else 3 - removed)
        assert unfinished(tmp_path) == []
        assert await store.prune(where, dry_run=False) == Pruned(0, 0, 0, 3 - removed)

    run(tmp_path, work, compress_after_days=0 if form != "plain" else -1)
    assert in_step_after_restarts(tmp_path) == stays


def test_no_condition_prunes_nothing(tmp_path: Path) -> None:
    async def work(store: FileStore) -> None:
        await fill(store, 10)
        assert await store.prune([], dry_run=False) == Pruned(0)
        assert (await store.search(LogQuery())).total == 30

    run(tmp_path, work)


def test_what_stays_stays_byte_for_byte_and_in_order(tmp_path: Path) -> None:
    async def work(store: FileStore) -> None:
        await fill(store, 500)
        kept = b"".join(
            line for line in day_content(tmp_path, FIRST).splitlines(keepends=True) if b'"error"' not in line
        )
        mode = 0o604
        os.chmod(tmp_path / FIRST, mode)
        await store.prune([ERRORS], dry_run=False)
        assert day_content(tmp_path, FIRST) == kept
        assert (tmp_path / FIRST).stat().st_mode & 0o777 == mode

    run(tmp_path, work)


def test_what_arrives_while_a_day_is_pruned_stays_and_is_pruned_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At every point between two steps of the pruning: into the day itself, matching entries and others."""

    async def work(store: FileStore) -> None:
        loop = asyncio.get_running_loop()
        late: list[str] = []

        def arrive() -> None:
            name = f"late {len(late)}"
            late.append(name)
            batches = batch(entry(f"{name} error", level="error"), entry(f"{name} info"))
            future = asyncio.run_coroutine_threadsafe(store.append(batches), loop)
            if len(late) % 2:
                future.result()

        for step in ("__enter__", "sift", "catch_up"):

            def and_then(self: DayRewrite, *arguments: Any, do: Any = getattr(DayRewrite, step)) -> Any:
                arrive()
                result = do(self, *arguments)
                arrive()
                return result

            monkeypatch.setattr(DayRewrite, step, and_then)
        await fill(store)
        pruned = await store.prune([ERRORS], dry_run=False)
        assert pruned.entries >= 300
        assert pruned.files_rewritten == 3
        monkeypatch.undo()
        assert len(late) == 18
        found = await in_step(store, tmp_path)
        assert {f"{name} info" for name in late} <= set(found)
        assert {f"{name} error" for name in late[-4:]} <= set(found)  # days are pruned in order: the first is done
        assert len(found) == len(set(found)) == 900 + 36 - pruned.entries
        again = await store.prune([ERRORS], dry_run=False)
        assert again.entries == 300 + 18 - pruned.entries
        assert len(await in_step(store, tmp_path)) == 618

    run(tmp_path, work)
    assert len(in_step_after_restarts(tmp_path)) == 618


def test_an_open_day_can_be_pruned_again_and_again(tmp_path: Path) -> None:
    async def work(store: FileStore) -> None:
        for n in range(10):
            await store.append(batch(*(entry(f"{n} {k}", level="error" if k % 2 else "info") for k in range(20))))
            assert (await store.prune([ERRORS], dry_run=False)).entries == 10
            assert len(await in_step(store, tmp_path)) == 10 * (n + 1)

    run(tmp_path, work)
    assert len(in_step_after_restarts(tmp_path)) == 100


def test_foreign_damaged_and_empty_lines_are_each_treated_as_what_they_are(tmp_path: Path) -> None:
    lines = [
        line(1, level="error"),
        b"no entry at all\n",
        line(2, id=..., message="kept without an id"),
        b"\n",
        line(3, id=..., message="pruned without an id", level="ERR"),
        line(4, id="odd", level="error"),
        line(5, id="\u00e9", message="kept"),
        line(6, id="\u00e9", message="pruned, with the same id", level="error"),
        b'{"level": "error", "torn\n',
        line(7, timestamp="2026-01-01T02:00:00+02:00", level="crit")[:-1] + b"\r\n",
        line(8),
    ]
    write(tmp_path, b"".join(lines), FIRST)

    async def work(store: FileStore) -> None:
        by_message = {found.message: found.id for found in (await store.search(LogQuery())).entries}
        assert (await store.prune([ERRORS], dry_run=True)).entries == 4
        assert (await store.prune([ERRORS], dry_run=False)).entries == 4
        kept = day_content(tmp_path, FIRST).splitlines(keepends=True)
        assert [kept[i] for i in (0, 2, 3, 4, 5, 6)] == [lines[i] for i in (1, 3, 6, 8, 9, 10)]
        after = {found.message: found.id for found in (await store.search(LogQuery())).entries}
        assert after == {message: by_message[message] for message in after}

    run(tmp_path, work)
    (tmp_path / ".logstream/index.duckdb").unlink()

    async def rebuilt(store: FileStore) -> None:
        assert len((await store.search(LogQuery())).entries) == 4
        # Nothing but the age is asked: damaged lines of the day go with it.
        assert await store.prune([before("2026-01-02")], dry_run=False) == Pruned(4, 1, 0, 1)
        assert plain(tmp_path) == []

    run(tmp_path, rebuilt)


def test_an_entry_of_another_day_in_a_file_of_somebody_else_is_not_taken_along(tmp_path: Path) -> None:
    write(tmp_path, line(1) + line(2, timestamp="2026-05-05T00:00:00.000Z"), FIRST)

    async def work(store: FileStore) -> None:
        assert (await store.prune([before("2026-01-03")], dry_run=False)).entries == 1
        assert day_content(tmp_path, FIRST) == line(2, timestamp="2026-05-05T00:00:00.000Z")

    run(tmp_path, work)


def test_a_file_that_is_named_after_no_day_is_pruned_like_any_other(tmp_path: Path) -> None:
    write(tmp_path, line(1), "2026/13/45.jsonl")

    async def work(store: FileStore) -> None:
        assert await store.prune([before("2027-01-01")], dry_run=False) == Pruned(1, 1, 0, 1)
        assert plain(tmp_path) == []

    run(tmp_path, work)


def test_a_file_that_was_edited_meanwhile_is_left_as_it_is_and_said(tmp_path: Path) -> None:
    async def work(store: FileStore) -> None:
        await fill(store, 30)
        path = tmp_path / FIRST
        edited = b"".join(sorted(path.read_bytes().splitlines(keepends=True), reverse=True))
        await store.search(LogQuery())
        path.write_bytes(edited)
        pruned = await store.prune([ERRORS], dry_run=False)
        assert pruned.entries == 20
        (warning,) = pruned.warnings
        assert warning.startswith(f"{FIRST} was left unchanged: the search index does not hold")
        assert path.read_bytes() == edited
        assert (await store.prune([ERRORS], dry_run=False)).entries == 10  # the index was told to read it anew

    run(tmp_path, work)


@pytest.mark.parametrize("where", [[ERRORS], [before("2026-01-03")]], ids=["rewriting", "removing"])
def test_searches_meanwhile_see_each_day_before_or_after(tmp_path: Path, where: list[Condition]) -> None:
    async def work(store: FileStore) -> None:
        await fill(store)
        allowed = set()
        for a in (100, 0):
            for b in (100, 0):
                for c in (100, 0):
                    allowed.add(a + b + c)
        counts: list[int | None] = []
        pruning = asyncio.ensure_future(store.prune([ERRORS, *where], dry_run=False))
        while not pruning.done():
            counts.append((await store.search(LogQuery([ERRORS], limit=1))).total)
        assert set(counts) <= allowed
        assert counts == sorted(counts, reverse=True, key=lambda count: count or 0)
        assert not (await pruning).warnings

    run(tmp_path, work)


def test_a_key_used_just_before_its_lines_moved_is_remembered_after_a_crash(tmp_path: Path) -> None:
    from logstream.store import Claim, Receipt

    async def work(store: FileStore) -> None:
        await fill(store, 10)
        await store.append(batch(entry("keyed")), Claim("client", "key", Receipt(201, b"{}")))
        assert (await store.prune([ERRORS], dry_run=False)).entries == 9

    run(tmp_path, work)

    async def after(store: FileStore) -> None:
        assert await store.receipt_for("client", "key") == Receipt(201, b"{}")
        assert (await store.search(LogQuery([Contains("message", "keyed")]))).total == 1

    run(tmp_path, after)


def test_nothing_is_lost_whatever_is_pruned_compressed_and_written_side_by_side(tmp_path: Path) -> None:
    chance = random.Random(3)
    acknowledged: list[str] = []

    async def send(store: FileStore, until: asyncio.Event, sender: int) -> None:
        number = 0
        while not until.is_set():
            made: list[str] = []
            entries = []
            for _ in range(chance.choice((1, 5, 100))):
                doomed = chance.random() < 0.3
                name = f"{'doomed' if doomed else 'kept'} {sender} {number}"
                number += 1
                entries.append(entry(name, f"2026-01-0{chance.randrange(1, 4)}", level="error" if doomed else "info"))
                made.append(name)
            await store.append(Batch(entries))
            acknowledged.extend(made)

    async def work(store: FileStore) -> None:
        until = asyncio.Event()
        senders = [asyncio.ensure_future(send(store, until, n)) for n in range(4)]
        for _ in range(5):
            await store.prune([ERRORS], dry_run=False)
            for name in plain(tmp_path):
                os.utime(tmp_path / name, (0, 0))
            await store.maintenance.compress(NOW)
        until.set()
        await asyncio.gather(*senders)
        await store.prune([ERRORS], dry_run=False)
        assert await in_step(store, tmp_path) == sorted(name for name in acknowledged if name.startswith("kept"))

    run(tmp_path, work, compress_after_days=0)
    assert in_step_after_restarts(tmp_path) == sorted(name for name in acknowledged if name.startswith("kept"))


def test_large_lines_that_somebody_swapped_are_read_anew_and_go_by_what_they_say(tmp_path: Path) -> None:
    kept, doomed = ("x" * 40_000 + end for end in (" kept", " gone"))

    def swap() -> None:
        with open(tmp_path / FIRST, "r+b") as day:
            first, second, _ = day.read().splitlines(keepends=True)
            day.seek(0)
            day.write(second + first)

    async def work(store: FileStore) -> None:
        await store.append(batch(*(entry(text, "2026-01-01") for text in (kept, doomed, "small"))))
        assert len((await export(store)).splitlines()) == 3
        swap()
        where = [Contains("message", "gone")]
        assert (await store.prune(where, dry_run=True)).entries == 1
        assert await store.prune(where, dry_run=False) == Pruned(1, files_rewritten=1, files_scanned=1)
        assert await in_step(store, tmp_path) == ["small", kept]

    run(tmp_path, work)
