"""What a start takes out of journal files: only what provably was never acknowledged, and never for good."""

import asyncio
import contextlib
import errno
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from logstream.store import Claim, Receipt, StoreUnavailable
from logstream.stores.journal.extent import Extent
from logstream.stores.journal.idempotency import IdempotencyLedger
from logstream.stores.journal.journal import Journal

DAYS = ("2026/01/01.jsonl", "2026/01/02.jsonl")
Edit = Callable[[bytes], bytes]


def lines(number: int, count: int = 50) -> bytes:
    return b"".join(b'{"id":"%026d","message":"entry %d"}\n' % (number * 1000 + n, n) for n in range(count))


def claim(key: str = "k") -> Claim:
    return Claim("client", key, Receipt(201, b'{"saved":50}'))


def recovered(root: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted((root / ".logstream/recovered").glob("*"))]


def put(root: Path, name: str, content: bytes) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_bytes(content)


def recorded(root: Path, requests: list[tuple[Claim | None, list[Extent]]]) -> None:
    """What a server that dies now has recorded of its last group."""
    (root / ".logstream").mkdir(parents=True, exist_ok=True)
    ledger = IdempotencyLedger.of(root)
    ledger.open()
    ledger.hold(requests)
    ledger.close()


def start(root: Path) -> list[str]:
    journal = Journal(root, ledger=IdempotencyLedger.of(root))
    try:
        return journal.open()
    finally:
        journal.close()


def receipt(root: Path, key: str = "k") -> Receipt | None:
    ledger = IdempotencyLedger.of(root)
    ledger.open()
    try:
        return ledger.receipt_for("client", key)
    finally:
        ledger.close()


@contextlib.contextmanager
def failing(monkeypatch: pytest.MonkeyPatch, *names: str, number: int = errno.EIO, when: Any = lambda *a: True) -> Any:
    """Calls of these functions of `os` fail."""
    with monkeypatch.context() as patch:
        for name in names:
            real = getattr(os, name)

            def call(*arguments: Any, real: Any = real, **named: Any) -> Any:
                if when(*arguments):
                    raise OSError(number, os.strerror(number))
                return real(*arguments, **named)

            patch.setattr(os, name, call)
        yield


EDITS: dict[str, Edit] = {
    "a changed byte at the beginning": lambda content: b"#" + content[1:],
    "a changed byte in the first id": lambda content: content[:10] + b"#" + content[11:],
    "a changed byte in the middle": lambda content: content[:1000] + b"#" + content[1001:],
    "a changed byte at the end": lambda content: content[:-3] + b"#" + content[-2:],
    "a redacted word": lambda content: content.replace(b"entry 7", b"[gone]"),
    "a redacted word, the last": lambda content: content.replace(b"entry 49", b"x"),
    "a removed line": lambda content: content.replace(content.splitlines(keepends=True)[20], b""),
    "a zero byte": lambda content: content.replace(b"entry 7", b"entry\x007"),
    "more behind it": lambda content: content[:-1] + b"\n" + lines(9),
    "a lost LF at the end": lambda content: content[:-1] + b"#",
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
@pytest.mark.parametrize("before", [b"", lines(0)], ids=["a new file", "behind others"])
def test_what_was_changed_by_hand_or_damage_stays_where_it_is(tmp_path: Path, edit: Edit, before: bytes) -> None:
    content = before + edit(lines(1))
    put(tmp_path, DAYS[0], content)
    recorded(tmp_path, [(claim(), [Extent.of(DAYS[0], len(before), lines(1))])])
    start(tmp_path)
    assert (tmp_path / DAYS[0]).read_bytes() in (content, content + b"\n")
    assert recovered(tmp_path) == []


@pytest.mark.parametrize("edit", list(EDITS.values())[1:], ids=list(EDITS)[1:])
def test_a_request_that_was_changed_afterwards_keeps_its_answer(tmp_path: Path, edit: Edit) -> None:
    put(tmp_path, DAYS[0], edit(lines(1)))
    recorded(tmp_path, [(claim(), [Extent.of(DAYS[0], 0, lines(1))])])
    start(tmp_path)
    assert (receipt(tmp_path) is not None) is edit(lines(1)).startswith(lines(1)[:34])


@pytest.mark.parametrize("length", [0, 1, 20, 34, 1000, len(lines(1)) - 1])
def test_an_unfinished_request_is_moved_out_with_its_key(tmp_path: Path, length: int) -> None:
    put(tmp_path, DAYS[0], lines(0) + lines(1)[:length])
    recorded(tmp_path, [(claim(), [Extent.of(DAYS[0], len(lines(0)), lines(1))])])
    assert "took back 1 requests" in start(tmp_path)[0]
    assert (tmp_path / DAYS[0]).read_bytes() == lines(0)
    assert recovered(tmp_path) == ([lines(1)[:length]] if length else [])
    assert receipt(tmp_path) is None


def test_a_request_of_which_a_block_never_reached_the_disk_is_moved_out(tmp_path: Path) -> None:
    whole = lines(1, 500)
    torn = whole[:4096] + bytes(4096) + whole[8192:]
    put(tmp_path, DAYS[0], torn)
    recorded(tmp_path, [(claim(), [Extent.of(DAYS[0], 0, whole)])])
    start(tmp_path)
    assert (tmp_path / DAYS[0]).read_bytes() == b""
    assert recovered(tmp_path) == [torn]
    assert receipt(tmp_path) is None


def test_a_request_without_a_key_is_taken_back_from_all_its_days(tmp_path: Path) -> None:
    put(tmp_path, DAYS[0], lines(0) + lines(1))
    recorded(tmp_path, [(None, [Extent.of(DAYS[0], len(lines(0)), lines(1)), Extent.of(DAYS[1], 0, lines(2))])])
    start(tmp_path)
    assert (tmp_path / DAYS[0]).read_bytes() == lines(0)
    assert recovered(tmp_path) == [lines(1)]


def test_nothing_is_taken_back_where_one_of_its_days_was_changed(tmp_path: Path) -> None:
    put(tmp_path, DAYS[0], lines(1).replace(b"entry 7", b"[gone]"))
    extents = [Extent.of(DAYS[0], 0, lines(1)), Extent.of(DAYS[1], 0, lines(2))]
    recorded(tmp_path, [(None, extents)])
    (note,) = start(tmp_path)
    assert "is not what was written last, and was left as it is" in note
    assert (tmp_path / DAYS[0]).read_bytes() == lines(1).replace(b"entry 7", b"[gone]")


def test_a_group_that_was_acknowledged_is_left_alone_however_it_looks(tmp_path: Path) -> None:
    async def main() -> None:
        journal = Journal(tmp_path, ledger=IdempotencyLedger.of(tmp_path))
        journal.open()
        journal.start()
        await journal.append({DAYS[0]: lines(1), DAYS[1]: lines(2)}, lambda: None, claim())
        journal.close()

    def dies_now(ledger: IdempotencyLedger) -> None:
        raise OSError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(IdempotencyLedger, "settle", dies_now)
        asyncio.run(main())
    shorter = lines(1)[: lines(1).rfind(b"\n", 0, -1) + 1]  # the last line removed: as if it had never been written
    put(tmp_path, DAYS[0], shorter)
    start(tmp_path)
    assert (tmp_path / DAYS[0]).read_bytes() == shorter
    assert recovered(tmp_path) == []
    assert receipt(tmp_path) is not None


def test_a_clean_stop_leaves_nothing_to_look_at(tmp_path: Path) -> None:
    async def main() -> None:
        journal = Journal(tmp_path, ledger=IdempotencyLedger.of(tmp_path))
        journal.open()
        journal.start()
        await journal.append({DAYS[0]: lines(1)}, lambda: None, claim())
        journal.close()

    asyncio.run(main())
    ledger = IdempotencyLedger.of(tmp_path)
    ledger.open()
    assert ledger.last_group() is None
    ledger.close()


def test_a_torn_line_is_kept_in_recovered(tmp_path: Path) -> None:
    put(tmp_path, DAYS[0], lines(1) + b'{"id":"01TORN","mess')
    (note,) = start(tmp_path)
    assert "cut 20 bytes of a torn last line" in note
    assert (tmp_path / DAYS[0]).read_bytes() == lines(1)
    assert recovered(tmp_path) == [b'{"id":"01TORN","mess']
    (kept,) = (tmp_path / ".logstream/recovered").iterdir()
    assert kept.name.endswith("Z-2026-01-01.lines")


def test_what_can_not_be_moved_out_is_before_the_next_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full at the start: what is whole can be read, nothing is written, and all is well with space."""
    put(tmp_path, DAYS[0], lines(0) + lines(1)[:100])
    put(tmp_path, DAYS[1], lines(2)[:-5])
    recorded(tmp_path, [(claim(), [Extent.of(DAYS[0], len(lines(0)), lines(1))])])

    async def main() -> None:
        journal = Journal(tmp_path, ledger=IdempotencyLedger.of(tmp_path))
        with failing(monkeypatch, "write", number=errno.ENOSPC):
            notes = journal.open()
            assert "can't be moved out yet" in notes[-1]
            journal.start()
            with pytest.raises(StoreUnavailable, match="No space left"):
                await journal.append({DAYS[0]: lines(3)}, lambda: None)
        assert (tmp_path / DAYS[0]).read_bytes() == lines(0) + lines(1)[:100]
        await journal.append({DAYS[0]: lines(3), DAYS[1]: lines(4)}, lambda: None)
        assert {day.name: day.size for day in journal.days()} == {
            DAYS[0]: len(lines(0) + lines(3)),
            DAYS[1]: len(lines(2)) - len(lines(2).splitlines(keepends=True)[-1]) + len(lines(4)),
        }
        journal.close()

    asyncio.run(main())
    assert (tmp_path / DAYS[0]).read_bytes() == lines(0) + lines(3)
    assert lines(1)[:100] in recovered(tmp_path)


@pytest.mark.parametrize("with_key", [True, False])
@pytest.mark.parametrize("days", [1, 2])
def test_what_was_refused_and_could_not_be_taken_back_is_taken_back_by_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: int, with_key: bool
) -> None:
    refused = dict(zip(DAYS[:days], (lines(1), lines(2)), strict=False))
    done = 0

    def after_the_first(fd: int, content: bytes) -> bool:
        nonlocal done
        done += 1
        return done > days - 1

    async def main() -> None:
        journal = Journal(tmp_path, ledger=IdempotencyLedger.of(tmp_path))
        journal.open()
        journal.start()
        await journal.append({DAYS[0]: lines(0)}, lambda: None)
        write = os.write

        def half(fd: int, content: bytes) -> int:
            if after_the_first(fd, content):
                if len(content) > 500:
                    return write(fd, content[:500])
                raise OSError(errno.EIO, "Input/output error")
            return write(fd, content)

        with monkeypatch.context() as patch:
            patch.setattr(
                os, "write", lambda fd, content: half(fd, content) if len(content) > 100 else write(fd, content)
            )
            with failing(monkeypatch, "ftruncate"), pytest.raises(StoreUnavailable, match="Input/output error"):
                await journal.append(refused, lambda: None, claim() if with_key else None)
        # Killed: what `close` would do is not done.
        assert (tmp_path / DAYS[0]).read_bytes() != lines(0)
        journal.exclusively(journal._stop)
        assert journal._thread is not None
        journal._thread.join()
        journal._lock.release()

    asyncio.run(main())
    start(tmp_path)
    assert (tmp_path / DAYS[0]).read_bytes() == lines(0)
    assert not (tmp_path / DAYS[1]).exists() or (tmp_path / DAYS[1]).read_bytes() == b""
    assert receipt(tmp_path) is None
    assert lines(1).startswith(recovered(tmp_path)[0])


def damage_header(path: Path) -> None:
    path.write_bytes(b"this is no database" + path.read_bytes()[19:])


def damage_pages(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:4096] + bytes(len(content) - 4096))


def damage_tables(path: Path) -> None:
    db = sqlite3.connect(path)
    db.execute("DROP TABLE claims")
    db.execute("CREATE TABLE claims (other INTEGER)")
    db.close()


def damage_receipts(path: Path) -> None:
    db = sqlite3.connect(path)
    db.execute("UPDATE claims SET body = x'00112233'")
    db.commit()
    db.close()


def cut_short(path: Path) -> None:
    os.truncate(path, 5000)


DAMAGE = [damage_header, damage_pages, damage_tables, damage_receipts, cut_short]


@pytest.mark.parametrize("running", [False, True], ids=["while stopped", "while running"])
@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_ledger_is_set_aside_and_stops_neither_a_start_nor_a_request(
    tmp_path: Path, damage: Callable[[Path], None], running: bool, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / ".logstream/idempotency.sqlite"

    def opened() -> tuple[Journal, IdempotencyLedger]:
        ledger = IdempotencyLedger.of(tmp_path)
        journal = Journal(tmp_path, ledger=ledger)
        journal.open()
        journal.start()
        return journal, ledger

    async def main() -> None:
        journal, ledger = opened()
        for n in range(20):
            await journal.append({DAYS[0]: lines(n)}, lambda: None, claim(f"k{n}"))
        journal.close()
        if not running:
            damage(path)
        journal, ledger = opened()
        if running:
            ledger._file._disconnect()  # as a page that is not cached
            damage(path)
        before = ledger.receipt_for("client", "k3")
        assert before is None
        await journal.append({DAYS[0]: lines(50)}, lambda: None, claim("new"))
        assert ledger.receipt_for("client", "new") == claim().receipt
        journal.close()

    asyncio.run(main())
    (aside,) = [path for path in path.parent.glob("*.damaged-*") if not path.name.endswith(("-wal", "-shm"))]
    assert aside.name.startswith("idempotency.sqlite.damaged-20")
    assert caplog.text.count("the idempotency ledger is damaged") == 1
    assert (tmp_path / DAYS[0]).read_bytes() == b"".join(lines(n) for n in range(20)) + lines(50)


def test_a_ledger_that_can_not_be_used_stops_only_those_who_need_it(tmp_path: Path) -> None:
    async def main() -> None:
        (tmp_path / ".logstream/idempotency.sqlite").mkdir(parents=True)
        ledger = IdempotencyLedger.of(tmp_path)
        journal = Journal(tmp_path, ledger=ledger)
        assert "can't be used now" in journal.open()[0]
        journal.start()
        keyed = journal.append({DAYS[0]: lines(1)}, lambda: None, claim())
        simple = journal.append({DAYS[0]: lines(2)}, lambda: None)
        with pytest.raises(StoreUnavailable):
            await keyed
        await simple
        with pytest.raises(StoreUnavailable):
            ledger.receipt_for("client", "k")
        (tmp_path / ".logstream/idempotency.sqlite").rmdir()
        await journal.append({DAYS[0]: lines(3)}, lambda: None, claim())
        assert ledger.receipt_for("client", "k") == claim().receipt
        journal.close()

    asyncio.run(main())
    assert (tmp_path / DAYS[0]).read_bytes() == lines(2) + lines(3)


def test_a_ledger_of_an_earlier_version_is_taken_over(tmp_path: Path) -> None:
    put(tmp_path, DAYS[0], lines(1) + lines(2)[:100])
    recorded(tmp_path, [(claim("whole"), [Extent.of(DAYS[0], 0, lines(1)).without_lines()])])
    path = tmp_path / ".logstream/idempotency.sqlite"
    ledger = IdempotencyLedger.of(tmp_path)
    ledger.open()
    torn = Extent.of(DAYS[0], len(lines(1)), lines(2)).without_lines()
    ledger.hold([(claim("torn"), [torn])])
    ledger.close()
    db = sqlite3.connect(path)
    db.execute("DROP TABLE last_group")
    db.execute("DROP TABLE last_group_state")
    db.close()
    start(tmp_path)
    assert receipt(tmp_path, "whole") is not None
    assert receipt(tmp_path, "torn") is None  # whoever sent it sends it again
    whole_lines = lines(2)[: lines(2).rfind(b"\n", 0, 100) + 1]
    assert (tmp_path / DAYS[0]).read_bytes() == lines(
        1
    ) + whole_lines  # nothing proves that these were not acknowledged


def test_more_days_than_files_may_be_open_are_written_and_taken_back_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"{year}/01/01.jsonl" for year in range(1970, 2170)]

    async def main() -> None:
        journal = Journal(tmp_path, ledger=IdempotencyLedger.of(tmp_path))
        journal._files.most = 4
        journal.open()
        journal.start()
        before = len(os.listdir("/proc/self/fd"))
        await journal.append(dict.fromkeys(names, lines(1)), lambda: None)
        assert len(os.listdir("/proc/self/fd")) <= before + 4 + 8
        written = 0
        write = os.write

        def fail_late(fd: int, content: bytes) -> int:
            nonlocal written
            written += 1
            if written == 150:
                raise OSError(errno.EIO, "Input/output error")
            return write(fd, content)

        with monkeypatch.context() as patch:
            patch.setattr(os, "write", fail_late)
            with pytest.raises(StoreUnavailable):
                await journal.append(dict.fromkeys(names, lines(2)), lambda: None)
        await journal.append(dict.fromkeys(names, lines(3)), lambda: None)
        journal.close()

    asyncio.run(main())
    assert {(tmp_path / name).read_bytes() for name in names} == {lines(1) + lines(3)}
