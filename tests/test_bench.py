"""What `make bench` measures with: entries that are all different, and days that are made once."""

import subprocess
import sys
from collections import Counter
from itertools import islice
from pathlib import Path

import msgspec
import pytest
from bench.bodies import Live, json_lines, native
from bench.days import UNTIL, days_in, lines_of, plan, read_journal, write_day
from bench.entries import RARE_EVERY, RARE_PART, RARE_WORD
from bench.peer import checked
from bench.process import Failed

from logstream.entries.entry import decode_entry
from logstream.stores.journal.segment import read_seal

ROOT = Path(__file__).parents[1]


def test_no_two_entries_that_are_posted_are_the_same() -> None:
    body = Live(next(native(100)))
    posted = [entry for _ in range(3) for entry in msgspec.json.decode(bytes(body))["logs"]]
    assert len({entry["trace_id"] for entry in posted}) == 300
    assert len({entry["context"]["request_id"] for entry in posted}) == 300


def test_a_peer_gets_the_same_entries_as_the_server() -> None:
    ours = [msgspec.json.decode(body)["logs"] for body in islice(native(100), 2)]
    theirs = [[msgspec.json.decode(line) for line in body.splitlines()] for body in islice(json_lines(100), 2)]
    assert ours == theirs


def test_the_length_of_a_live_body_stands_in_its_head() -> None:
    body = bytes(Live(next(native(1)), b"Content-Length: %d\r\n\r\n"))
    head, _, content = body.partition(b"\r\n\r\n")
    assert head == f"Content-Length: {len(content)}".encode()


def test_what_is_no_binary_of_the_peer_is_refused() -> None:
    with pytest.raises(Failed, match="is no binary of VictoriaLogs"):
        checked(Path(sys.executable))


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("days")
    for day in plan(2 * RARE_EVERY // 100, UNTIL, 2):
        write_day(folder, day, True)
    return folder


def test_what_days_hold_is_told(days: Path) -> None:
    entries = [decode_entry(line) for block in lines_of(days) for line in block.splitlines()]
    told = read_journal(days)
    assert told.count == len(entries) == 2000
    assert told.size == sum(map(len, lines_of(days)))
    assert told.levels == Counter(entry.level for entry in entries)
    assert len({entry.id for entry in entries}) == 2000
    assert [entry.timestamp for entry in entries] == sorted(entry.timestamp for entry in entries)


def test_days_are_segments_of_the_journal(days: Path) -> None:
    for path, day in zip(sorted(days.glob("2*/*/*.zst")), days_in(days), strict=True):
        seal = read_seal(path)
        assert seal is not None
        assert seal.size == day.size


def test_rare_ones_come_at_their_rate(tmp_path: Path) -> None:
    day = plan(4 * RARE_EVERY, UNTIL, 4)[1]
    assert day.rare(31_337) == day.rare(62_711) == 1
    told = write_day(tmp_path, msgspec.structs.replace(day, count=RARE_EVERY // 3, first=0), False)
    content = (tmp_path / day.name).read_bytes()
    assert (content.count(RARE_WORD.encode()), content.count(RARE_PART.encode())) == (1, 0)
    assert (told.rare_words, told.rare_parts) == (1, 0)


def test_days_that_are_there_are_not_made_again(tmp_path: Path) -> None:
    def make() -> dict[str, tuple[int, bytes]]:
        command = [sys.executable, "-m", "bench.days", "--entries", "300", "--days", "3", str(tmp_path)]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        return {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in sorted(tmp_path.glob("2*/*/*.zst"))}

    made = make()
    assert len(made) == 3
    assert make() == made
    (tmp_path / "2026/01/06.jsonl.zst").unlink()
    again = make()
    assert [content for _, content in again.values()] == [content for _, content in made.values()]
    assert all(again[name] == made[name] for name in made if name != "06.jsonl.zst")
