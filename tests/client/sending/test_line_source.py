"""Where lines come from: whole files and pipes."""

import io
import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from logstream.client.sending.line_source import MAX_LINE, LineSource, LineSplitter


@given(st.binary(max_size=200), st.integers(min_value=1, max_value=20))
def test_lines_are_the_same_however_the_bytes_are_cut(data: bytes, size: int) -> None:
    lines = LineSplitter()
    got = [line for at in range(0, len(data), size) for line in lines.feed(data[at : at + size])] + lines.end()
    assert b"".join(got) == data
    assert all(b"\n" not in line[:-1] for line in got)
    assert all(line.endswith(b"\n") for line in got[:-1])


def test_a_line_over_the_bound_is_cut_and_counted_and_the_next_is_whole() -> None:
    lines = LineSplitter()
    data = b"a\n" + b"x" * (3 * MAX_LINE) + b"\nb\n"
    got = [line for at in range(0, len(data), 100_000) for line in lines.feed(data[at : at + 100_000])]
    assert got == [b"a\n", b"x" * MAX_LINE, b"b\n"]
    assert lines.cut == 1


def test_files_are_read_one_after_the_other_with_their_last_line(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1\n2\r\n")
    (tmp_path / "b").write_bytes(b"3\n\n4")
    source = LineSource([tmp_path / "a", tmp_path / "b"], io.BytesIO())
    assert source.total_bytes == 10 - 1
    assert [line for lines in source.lines() for line in lines] == [b"1\n", b"2\r\n", b"3\n", b"\n", b"4"]
    assert source.bytes_read == 9


def test_a_pipe_is_read_to_its_end() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"one\ntwo")
    os.close(writing)
    with os.fdopen(reading, "rb") as stdin:
        assert [line for lines in LineSource([], stdin).lines() for line in lines] == [b"one\n", b"two"]
