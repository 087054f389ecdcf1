"""Where lines come from: whole files, plain and compressed, and pipes."""

import bz2
import gzip
import io
import lzma
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from logstream.client.sending.line_source import LineSource, Unreadable

PACKERS: list[Callable[[bytes], bytes]] = [gzip.compress, bz2.compress, lzma.compress, zstandard.compress]
NAMES = ["gz", "bz2", "xz", "zst"]


def lines_of(source: LineSource) -> list[bytes]:
    return [line for lines in source.lines() for line in lines]


def piped(data: bytes) -> list[bytes]:
    reading, writing = os.pipe()

    def write() -> None:
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(data)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        with os.fdopen(reading, "rb") as stdin:
            return lines_of(LineSource(None, stdin))
    finally:
        writer.join()


def test_a_file_is_read_with_its_last_line(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"3\r\n\n4")
    source = LineSource(tmp_path / "a", io.BytesIO())
    assert source.total_bytes == 5
    assert lines_of(source) == [b"3\r", b"", b"4"]
    assert source.bytes_read == 5


@pytest.mark.parametrize("pack", PACKERS, ids=NAMES)
def test_archives_are_unpacked_whatever_they_are_called(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    (tmp_path / "a.log").write_bytes(pack(b"one\n" * 100_000) + pack(b"two\n"))
    source = LineSource(tmp_path / "a.log", io.BytesIO())
    assert lines_of(source) == [b"one"] * 100_000 + [b"two"]
    assert source.bytes_read == source.total_bytes
    assert piped(pack("eins\n".encode("utf-16")) + pack("zwei\n".encode("utf-16-le"))) == [b"eins", b"zwei"]


@pytest.mark.parametrize("pack", PACKERS, ids=NAMES)
def test_an_archive_cut_short_is_said(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    whole = pack(os.urandom(300_000).hex(" ", 32).replace(" ", "\n").encode())
    (tmp_path / "a.log").write_bytes(whole[:-20])
    source = LineSource(tmp_path / "a.log", io.BytesIO()).lines()
    with pytest.raises(Unreadable, match=r"a\.log: .*end-of-stream"):
        list(source)


def test_pipes_are_read_to_their_end(tmp_path: Path) -> None:
    assert piped(b"one\ntwo") == [b"one", b"two"]
    os.mkfifo(tmp_path / "named")
    writer = threading.Thread(target=(tmp_path / "named").write_bytes, args=(b"three\n",))
    writer.start()
    assert lines_of(LineSource(tmp_path / "named", io.BytesIO())) == [b"three"]
    writer.join()
