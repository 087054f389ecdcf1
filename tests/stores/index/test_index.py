"""The index: every line of the journal once, whoever wrote it and however the files change between starts."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from logstream.entries.entry import encode_lines
from logstream.query.conditions import Equals, LogQuery
from logstream.stores.index import load, sql
from logstream.stores.index.index import Index
from logstream.stores.journal.journal import Journal


def line(number: int, **fields: Any) -> bytes:
    entry = {
        "id": f"01{number:024d}",
        "trace_id": f"00000000-0000-4000-8000-{number:012d}",
        "batch_id": None,
        "app_key": "app",
        "app_id": "test",
        "user_agent": None,
        "level": "info",
        "category": "general",
        "message": f"message {number}",
        "context": {"n": number},
        "timestamp": "2026-01-01T00:00:00.000Z",
        "created_at": "2026-01-01T00:00:00.000Z",
        **fields,
    }
    return json.dumps({key: value for key, value in entry.items() if value is not ...}).encode() + b"\n"


def write(root: Path, content: bytes, name: str = "2026/01/01.jsonl") -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def indexed(root: Path) -> list[dict[str, Any]]:
    """What an index of this folder holds after one start, newest first."""
    journal = Journal(root)
    journal.open()
    index = Index(journal, 500_000_000)
    index.open()
    try:
        index.step()
        assert index.backlog() == 0
        with index.cursor() as cursor:
            query = LogQuery(limit=100_000)
            entries = sql.decode_rows(cursor.execute(*sql.page(query)).fetchall(), query)
        return [json.loads(encode_lines([entry])) for entry in entries]
    finally:
        index.close()
        journal.close()


def ids(root: Path) -> list[str]:
    return [entry["id"] for entry in indexed(root)]


def test_growing_files_are_read_on_from_where_reading_ended(tmp_path: Path) -> None:
    write(tmp_path, line(1))
    assert len(ids(tmp_path)) == 1
    write(tmp_path, line(1) + line(2))
    write(tmp_path, line(3), "2026/01/02.jsonl")
    assert len(ids(tmp_path)) == 3
    assert len(ids(tmp_path)) == 3


def test_rows_of_a_removed_file_go(tmp_path: Path) -> None:
    write(tmp_path, line(1))
    write(tmp_path, line(2), "2026/01/02.jsonl")
    assert len(ids(tmp_path)) == 2
    (tmp_path / "2026/01/01.jsonl").unlink()
    assert [entry["message"] for entry in indexed(tmp_path)] == ["message 2"]


def test_a_file_that_became_shorter_is_read_anew(tmp_path: Path) -> None:
    write(tmp_path, line(1) + line(2) + line(3))
    assert len(ids(tmp_path)) == 3
    write(tmp_path, line(4))
    assert [entry["message"] for entry in indexed(tmp_path)] == ["message 4"]


def test_many_lines_over_many_chunks_and_files_are_each_there_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "CHUNK_BYTES", 5000)
    for day in range(1, 6):
        write(tmp_path, b"".join(line(day * 1000 + n) for n in range(200)), f"2026/01/{day:02d}.jsonl")
    assert sorted(ids(tmp_path)) == sorted(f"01{d * 1000 + n:024d}" for d in range(1, 6) for n in range(200))


def test_a_line_longer_than_a_chunk_is_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "CHUNK_BYTES", 2000)
    write(tmp_path, line(1) + line(2, message="x" * 10_000) + line(3))
    assert {len(entry["message"]) for entry in indexed(tmp_path)} == {9, 10_000}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"timestamp": "2026-01-01T02:00:00+02:00"}, {"timestamp": "2026-01-01T00:00:00.000Z"}),
        ({"timestamp": "2026-01-01 02:00:00"}, {"timestamp": "2026-01-01T02:00:00.000Z"}),
        ({"timestamp": "nonsense"}, {"timestamp": "2026-01-01T00:00:00.000Z"}),
        ({"created_at": "2026-01-01T05:00:00+05:00"}, {"created_at": "2026-01-01T00:00:00.000Z"}),
        ({"created_at": ...}, {"created_at": "2026-01-01T00:00:00.000Z"}),
        ({"id": "ZZZ-odd"}, {"id": "ZZZ-odd"}),
        ({"level": "WARN"}, {"level": "warning"}),
        ({"level": 3}, {"level": "error"}),
        ({"trace_id": "not-a-uuid"}, {"trace_id": "not-a-uuid"}),
        ({"trace_id": "00000000-0000-4000-8000-00000000000A"}, {"trace_id": "00000000-0000-4000-8000-00000000000A"}),
        ({"trace_id": None}, {"trace_id": ""}),
        ({"context": "a text"}, {"context": {"value": "a text"}}),
        ({"context": '{"json": 1.0}'}, {"context": {"json": 1.0}}),
        ({"context": 7}, {"context": {"value": 7}}),
        ({"context": []}, {"context": []}),
        ({"message": 5}, {"message": "5"}),
        ({"message": ...}, {"message": ""}),
        ({"category": ...}, {"category": "general"}),
        ({"extra": "key"}, {"message": "message 1"}),
        ({"message": "nul \0 and \U0001f600"}, {"message": "nul \0 and \U0001f600"}),
    ],
)
def test_lines_of_other_programs_are_read_as_what_they_mean(
    tmp_path: Path, fields: dict[str, Any], expected: dict[str, Any]
) -> None:
    content = line(1, **fields) + line(2)
    write(tmp_path, content)
    found = {entry["message"]: entry for entry in indexed(tmp_path)}
    assert len(found) == 2
    odd = next(entry for entry in found.values() if entry["message"] != "message 2")
    assert {name: odd[name] for name in expected} == expected
    assert (tmp_path / "2026/01/01.jsonl").read_bytes() == content


def test_a_line_without_an_id_gets_the_same_one_at_every_reading(tmp_path: Path) -> None:
    write(tmp_path, line(1, id=...) + line(2, id=...))
    first = ids(tmp_path)
    (tmp_path / ".logstream/index.duckdb").unlink()
    assert len(set(first)) == 2
    assert ids(tmp_path) == first


@pytest.mark.parametrize("damaged", [b"not json", b"[1]", b'{"message": "\xff"}', b'{"torn": ', b"\0\0\0", b"[" * 5000])
def test_a_damaged_line_is_reported_with_file_and_line_and_left_out(
    tmp_path: Path, damaged: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    content = line(1) + b"\n" + damaged + b"\n" + line(2)
    write(tmp_path, content)
    with caplog.at_level(logging.ERROR):
        assert len(ids(tmp_path)) == 2
    assert "2026/01/01.jsonl, line 3 is damaged" in caplog.text
    assert (tmp_path / "2026/01/01.jsonl").read_bytes() == content


def test_a_line_without_a_time_in_a_file_named_after_no_day_is_reported_and_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path, line(1) + line(2, timestamp=..., created_at=...), "2026/13/45.jsonl")
    with caplog.at_level(logging.ERROR):
        assert [entry["message"] for entry in indexed(tmp_path)] == ["message 1"]
    assert "2026/13/45.jsonl, line 2 is damaged" in caplog.text


def test_traces_are_found_whether_or_not_they_are_uuids(tmp_path: Path) -> None:
    traces = ["00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000A", "plain"]
    write(tmp_path, b"".join(line(n, trace_id=trace) for n, trace in enumerate(traces)))
    assert {entry["trace_id"] for entry in indexed(tmp_path)} == set(traces)
    journal = Journal(tmp_path)
    journal.open()
    index = Index(journal, 500_000_000)
    index.open()
    with index.cursor() as cursor:
        for trace in traces:
            found = cursor.execute(*sql.page(LogQuery([Equals("trace_id", trace)]))).fetchall()
            assert [row[1] for row in found] == [trace]
    index.close()
    journal.close()


@pytest.mark.parametrize(
    "context",
    [
        '{"z":1.10,"a":1e5,"big":123456789012345678901234567890,"m":-0,"h":1E400}',
        '{"escaped":"\\u00e9\\/\\u0000\\ud83d\\ude00","plain":"é\U0001f600"}',
        '{"context":{"context":null},"timestamp":"x","created_at":"y"}',
        '{"same":1,"same":2}',
        "[1.0,[],{}]",
        "{}",
        "null",
    ],
)
def test_the_context_is_kept_to_the_letter(tmp_path: Path, context: str) -> None:
    content = line(1, message='é "context": \\,"context":{}', context=...).replace(
        b', "timestamp"', b', "context":' + context.encode() + b', "timestamp"'
    )
    content = content.replace(b'": ', b'":').replace(b', "', b',"')
    write(tmp_path, content)
    journal = Journal(tmp_path)
    journal.open()
    index = Index(journal, 500_000_000)
    index.open()
    index.step()
    with index.cursor() as cursor:
        (entry,) = sql.decode_rows(cursor.execute(*sql.page(LogQuery())).fetchall(), LogQuery())
    assert bytes(entry.context).decode() == context
    index.close()
    journal.close()
