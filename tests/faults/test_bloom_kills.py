"""Killed at any moment while Bloom filters are written, packed or begun anew: every entry is found as without them."""

import random
import subprocess
import sys
from pathlib import Path

from logstream.query.language import parse
from logstream.stores.index import sql
from logstream.stores.index.index import Index
from logstream.stores.index.large_texts import LargeTexts
from logstream.stores.journal.journal import Journal
from tests.stores.index.test_index import line

BLOCKS = 12
ENTRIES = 2048


def test_whatever_a_kill_leaves_of_the_filters_everything_is_found(tmp_path: Path) -> None:
    (tmp_path / "2026/01").mkdir(parents=True)
    for day in (1, 2):
        first = (day - 1) * BLOCKS
        (tmp_path / f"2026/01/0{day}.jsonl").write_bytes(
            b"".join(
                line(block * ENTRIES + n, message=f"word{block:04d} {n}")
                for block in range(first, first + BLOCKS)
                for n in range(ENTRIES)
            )
        )
    source = random.Random(11)
    for _ in range(8):
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.blooming", str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        for _ in range(source.randrange(1, 60)):
            assert process.stdout.readline()
        process.kill()
        process.wait()
        process.stdout.close()
        check(tmp_path, tidy=source.random() < 0.5)
    check(tmp_path, tidy=True)


def check(root: Path, *, tidy: bool) -> None:
    journal = Journal(root)
    journal.open()
    index = Index(journal, 300_000_000)
    index.open()
    index.step()
    while tidy and not index.is_tidy:
        index.tidy()
    texts = LargeTexts(journal, index.blooms)
    with index.cursor() as cursor:
        for block in range(2 * BLOCKS):
            clause, parameters = sql.where(texts.decided(cursor, parse(f"word{block:04d}")))
            row = cursor.execute(f"SELECT count(*) FROM entries {clause}", parameters).fetchone()
            assert row == (ENTRIES,), block
    index.close()
    journal.close()
