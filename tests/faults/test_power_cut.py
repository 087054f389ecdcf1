"""Whenever the power goes: what was acknowledged is there, once, and what was refused is not."""

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from logstream.store import Claim, Receipt
from logstream.stores.journal.extent import Extent
from logstream.stores.journal.idempotency import IdempotencyLedger
from logstream.stores.journal.journal import Journal
from logstream.stores.journal.naming import BY_DATE, BY_NUMBER, Naming
from tests.faults.power_cut import Call, Disk, calls_in
from tests.harness import ROOT

STATES = 150


def recorded(preload: Path, life: str, root: Path, log: Path) -> list[Call]:
    """The calls of a life on a journal some folders below `root`."""
    environment = {**os.environ, "LD_PRELOAD": str(preload), "DISK_ROOT": str(root), "DISK_LOG": str(log)}
    command = [sys.executable, "-m", "tests.faults.power_cut_lives", life, str(root / "var/lib/logs")]
    run = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    calls = [call for call in calls_in(log) if "index.duckdb" not in call.path]
    return calls


class Promises:
    """What was promised up to a moment."""

    def __init__(self, told: list[str]) -> None:
        self.kept: set[str] = set()
        self.refused: set[str] = set()
        self.drained: set[str] = set()
        self.keys: set[str] = set()
        self.requests: list[tuple[str, list[str]]] = []
        self.begun: set[str] = set()
        for line in told:
            what, key, *ids = line.split(" ")
            if what == "begun":
                self.requests.append((key, ids))
                self.begun.update(ids)
            if what == "kept":
                self.kept.update(ids)
                self.keys.add(key)
            elif what == "refused":
                self.refused.update(ids)
            elif what == "drained":
                self.drained.update(ids)


def check(root: Path, promises: Promises, naming: Naming) -> None:
    ledger = IdempotencyLedger.of(root, sync=False)
    journal = Journal(root, naming=naming, sync=False, ledger=ledger)
    journal.open()
    try:
        lines = [line for day in journal.days() for line in b"".join(day.blocks(0, day.size)).split(b"\n")[:-1]]
        there: Counter[str] = Counter()
        for line in lines:
            try:
                there[json.loads(line)["id"]] += 1
            except ValueError:
                assert b"\0" in line, "a line is damaged"
        assert promises.kept - promises.drained <= set(there), "what was acknowledged is missing"
        assert not promises.refused & set(there), "what was refused is there"
        assert set(there) <= promises.begun
        assert set(there.values()) <= {1}, "an entry is there twice"
        for key, ids in promises.requests:
            if key != "-" and not promises.drained.intersection(ids):
                answered = ledger.receipt_for("client", key) is not None
                assert answered == (ids[0] in there) == all(one in there for one in ids), f"half of the request {key}"
                assert answered or key not in promises.keys
    finally:
        journal.close()


def survives(calls: list[Call], root: Path, work: Path, naming: Naming, before: Path | None, seed: int) -> None:
    chance = random.Random(seed)
    moments = sorted(chance.randrange(len(calls)) for _ in range(STATES))
    disk = Disk(str(root), before)
    at = 0
    for number, moment in enumerate(moments):
        while at < moment:
            disk.replay(calls[at])
            at += 1
        cut = work / str(number)
        disk.cut(chance, cut, calls[moment])
        journal = cut / "var/lib/logs"
        try:
            if not journal.exists():
                journal.mkdir(parents=True)
            check(journal, Promises(disk.told), naming)
        except BaseException as error:
            error.add_note(
                f"the power went at call {moment} of {len(calls)}, {calls[moment]._replace(data=b'')}: {cut}"
            )
            raise
        shutil.rmtree(cut)


@pytest.mark.parametrize(("life", "naming"), [("files", BY_DATE), ("spool", BY_NUMBER)])
def test_nothing_acknowledged_is_missing_and_nothing_refused_is_there(
    tmp_path: Path, preload: Path, life: str, naming: Naming
) -> None:
    root, work = tmp_path / "disk", tmp_path / "after"
    root.mkdir()
    work.mkdir()
    calls = recorded(preload, life, root, tmp_path / "log")
    survives(calls, root, work, naming, None, 21)


def test_a_ledger_of_an_earlier_version_outlives_its_migration(tmp_path: Path, preload: Path) -> None:
    root, work, before = tmp_path / "disk", tmp_path / "after", tmp_path / "before"
    journal = root / "var/lib/logs"
    (journal / ".logstream").mkdir(parents=True)
    work.mkdir()
    (journal / "2024/01").mkdir(parents=True)
    line = b'{"id":"01HKZZZZZZZZZZZZZZZZZZZZZZ","message":"of an earlier version"}\n'
    (journal / "2024/01/01.jsonl").write_bytes(line)
    ledger = IdempotencyLedger.of(journal)
    ledger.open()
    extent = Extent.of("2024/01/01.jsonl", 0, line).without_lines()
    ledger.hold([(Claim("client", "earlier", Receipt(201, b"answer")), [extent])])
    ledger.close()
    db = sqlite3.connect(journal / ".logstream/idempotency.sqlite")
    db.execute("DROP TABLE last_group")
    db.execute("DROP TABLE last_group_state")
    db.close()
    shutil.copytree(root, before)
    calls = recorded(preload, "files", root, tmp_path / "log")
    first = "begun earlier 01HKZZZZZZZZZZZZZZZZZZZZZZ", "kept earlier 01HKZZZZZZZZZZZZZZZZZZZZZZ"
    told = [Call("a", False, -1, 0, b"", text) for text in first]
    survives([*told, *calls], root, work, BY_DATE, before, 22)
