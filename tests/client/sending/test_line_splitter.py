"""Bytes cut into lines: in any encoding, however they arrive, with nothing dropped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logstream.client.sending.encoding import Binary, Encoding, named_encoding
from logstream.client.sending.line_splitter import MAX_LINE, MAX_OBJECT, Line, LineSplitter


def split(data: bytes, size: int, encoding: Encoding | None = None) -> list[Line]:
    splitter = LineSplitter(encoding)
    return [line for at in range(0, len(data), size) for line in splitter.feed(data[at : at + size])] + splitter.end()


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]))), st.integers(1, 20))
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-be", "utf-32-be"])
def test_lines_are_the_same_however_the_bytes_are_cut(codec: str, lines: list[str], size: int) -> None:
    mark = "\ufeff" if codec.endswith("be") else ""
    text = "".join(line + "\n" for line in ["first", *lines])
    got = split((mark + text).encode(codec), size)
    assert [line.decode() for line, _ in got] == ["first", *lines]
    offsets = [0, *(offset for _, offset in got)]
    data = (mark + text).encode(codec)
    assert offsets == sorted(set(offsets))
    assert offsets[-1] == len(data)
    for (line, offset), before in zip(got[1:], offsets[1:], strict=False):
        again = LineSplitter(offset=before, head=data[:1024])
        assert again.feed(data[before:offset]) == [(line, offset)], "reading may go on behind any line"


def test_the_last_line_needs_no_end_and_a_bare_cr_ends_none() -> None:
    assert split(b"a\r\nb\rc\n\nd", 3) == [(b"a\r", 3), (b"b\rc", 7), (b"", 8), (b"d", 9)]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("latin-1", b"gr\xfc\xdfe\n"),
        ("CP1252", b"gr\xfc\xdfe\n"),
        ("utf-16", "grüße\n".encode("utf-16-le")),
        ("utf_16_be", "grüße\n".encode("utf-16-be")),
        ("cp037", "grüße\n".encode("cp037")),
        ("utf-8", "grüße\n".encode()),
        ("latin-1", "\ufeffgrüße\n".encode()),
    ],
)
def test_an_encoding_can_be_named_and_a_mark_counts_more(name: str, data: bytes) -> None:
    assert [line for line, _ in split(data, 100, named_encoding(name))] == ["grüße".encode()]


@pytest.mark.parametrize("name", ["nonsense", "base64", "rot13"])
def test_what_is_no_encoding_of_text_is_refused(name: str) -> None:
    with pytest.raises(LookupError):
        named_encoding(name)


def test_a_line_over_the_bound_comes_in_parts_at_whole_characters() -> None:
    long = "ä€😀" * (MAX_LINE // 4)
    splitter = LineSplitter()
    data = f"a\n{long}\nb\n".encode()
    got = [line for at in range(0, len(data), 100_001) for line in splitter.feed(data[at : at + 100_001])]
    assert "".join(line.decode() for line, _ in got) == f"a{long}b"
    assert max(len(line) for line, _ in got) < MAX_LINE + 200_000
    assert splitter.parted == len(got) - 3


def test_a_json_object_may_be_longer() -> None:
    line = b'{"message":"' + b"x" * (MAX_OBJECT - 100) + b'"}'
    assert [len(part) for part, _ in split(line + b"\n", 256 * 1024)] == [len(line)]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"LPKSHHRH" + bytes(100), "systemd journal"),
        (b"\x7fELF\x02\x01", "a program"),
        (b"\x07\0\0\0\x01\0\0\0tty1" + bytes(300), "not a text file: "),
        ("plain words\n".encode("utf-16-le"), "--encoding utf-16-le"),
        (bytes(range(256)) * 20, "control characters"),
    ],
)
def test_what_is_no_text_is_refused_with_what_it_is(data: bytes, says: str) -> None:
    with pytest.raises(Binary, match=says):
        split(data, 4096)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x1b[31mred\x1b[0m\n" * 9,
        b"\xff\xfea latin-1 \xe4\n"[2:],
        b"one \0 in a line\n" + b"text\n" * 9,
        b"\0" * 5000 + b"x\n",
        b"\x01" * 9000 + b" ERROR \xc3\xa4\n",
        b"\x01" * 8191 + b"\xc3\xa4\n",
        b"8=FIX.4.2\x019=65\x0135=A\x0149=SERVER\x0110=062\x01\n" * 9,
        b"\x01" * 100_000 + b" ERROR end\n",
    ],
)
def test_odd_text_is_still_text(data: bytes) -> None:
    assert b"".join(line + b"\n" for line, _ in split(data, 4096)) == data.lstrip(b"\0")
