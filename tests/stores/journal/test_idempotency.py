"""The idempotency ledger after a crash: a key and its lines are both there, or both not."""

from functools import partial
from pathlib import Path

import pytest

from logstream.store import Claim, Receipt
from logstream.stores.journal import recovery
from logstream.stores.journal.extent import Extent
from logstream.stores.journal.idempotency import IdempotencyLedger
from logstream.stores.journal.journal import Journal
from logstream.stores.journal.offline import open_offline

DAYS = ("2026/01/01.jsonl", "2026/01/02.jsonl")


def lines(number: int, count: int = 3) -> bytes:
    return b"".join(b'{"id":"%026d","n":%d}\n' % (number * 100 + n, n) for n in range(count))


def claim(key: str) -> Claim:
    return Claim("client", key, Receipt(201, b'{"saved":3}'))


def crashed(
    root: Path, files: dict[str, bytes], claims: list[tuple[Claim, list[Extent]]]
) -> tuple[IdempotencyLedger, int]:
    """The ledger of a server that died with these files on disk in the middle of a group with these claims."""
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    journal = Journal(root)
    journal.open()
    path = root / ".logstream/idempotency.sqlite"
    before = IdempotencyLedger(path)
    before.open()
    before.hold(claims)
    before.close()
    ledger = IdempotencyLedger(path)
    ledger.open()
    taken_back = recovery.take_back(root, ledger, partial(recovery.move_out, root))
    journal.close()
    return ledger, taken_back


def test_a_claim_whose_lines_are_all_there_keeps_its_answer(tmp_path: Path) -> None:
    ledger, taken_back = crashed(tmp_path, {DAYS[0]: lines(1)}, [(claim("k"), [Extent.of(DAYS[0], 0, lines(1))])])
    assert taken_back == 0
    assert ledger.receipt_for("client", "k") == Receipt(201, b'{"saved":3}')
    assert ledger.receipt_for("another", "k") is None
    ledger.close()


def test_a_claim_with_torn_lines_goes_and_takes_its_lines_along(tmp_path: Path) -> None:
    torn = lines(0) + lines(1)[:-20]
    ledger, taken_back = crashed(
        tmp_path, {DAYS[0]: torn}, [(claim("k"), [Extent.of(DAYS[0], len(lines(0)), lines(1))])]
    )
    assert taken_back == 1
    assert ledger.receipt_for("client", "k") is None
    assert (tmp_path / DAYS[0]).read_bytes() == lines(0)
    ledger.close()


def test_a_claim_missing_from_one_of_two_days_is_taken_back_from_both(tmp_path: Path) -> None:
    extents = [Extent.of(DAYS[0], 0, lines(1)), Extent.of(DAYS[1], 0, lines(2))]
    ledger, taken_back = crashed(tmp_path, {DAYS[0]: lines(1), DAYS[1]: b""}, [(claim("k"), extents)])
    assert taken_back == 1
    assert (tmp_path / DAYS[0]).read_bytes() == b""
    ledger.close()


def test_a_claim_before_the_torn_one_in_the_same_group_stays(tmp_path: Path) -> None:
    first, second = lines(1), lines(2)
    ledger, taken_back = crashed(
        tmp_path,
        {DAYS[0]: first + second[:30]},
        [(claim("whole"), [Extent.of(DAYS[0], 0, first)]), (claim("torn"), [Extent.of(DAYS[0], len(first), second)])],
    )
    assert taken_back == 1
    assert ledger.receipt_for("client", "whole") is not None
    assert (tmp_path / DAYS[0]).read_bytes() == first
    ledger.close()


def test_a_command_beside_the_stopped_server_takes_back_what_a_start_would(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole, unfinished = lines(1), lines(2)
    (tmp_path / DAYS[0]).parent.mkdir(parents=True)
    (tmp_path / DAYS[0]).write_bytes(whole + unfinished[: len(unfinished) // 3])
    (tmp_path / ".logstream").mkdir()
    ledger = IdempotencyLedger.of(tmp_path)
    ledger.open()
    ledger.hold([(claim("k"), [Extent.of(DAYS[0], len(whole), unfinished)])])
    ledger.close()
    journal = open_offline(tmp_path)
    assert [day.size for day in journal.days()] == [len(whole)]
    journal.close()
    assert (tmp_path / DAYS[0]).read_bytes() == whole
    assert "took back 1 requests" in caplog.text


def test_lines_of_somebody_else_at_the_same_place_are_never_cut(tmp_path: Path) -> None:
    """A failed write whose claim could not be deleted either; others have been acknowledged there since."""
    ledger, taken_back = crashed(tmp_path, {DAYS[0]: lines(7)}, [(claim("k"), [Extent.of(DAYS[0], 0, lines(1))])])
    assert taken_back == 1
    assert (tmp_path / DAYS[0]).read_bytes() == lines(7)
    ledger.close()


def test_a_voided_claim_has_no_answer(tmp_path: Path) -> None:
    ledger = IdempotencyLedger(tmp_path / "ledger.sqlite")
    ledger.open()
    ledger.hold([(claim("k"), [])])
    ledger.void([claim("k")])
    assert ledger.receipt_for("client", "k") is None
    ledger.hold([(claim("k"), [])])
    assert ledger.receipt_for("client", "k") is not None
    ledger.close()
