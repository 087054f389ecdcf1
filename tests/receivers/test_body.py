"""Content encodings are undone, never to more than allowed."""

import gzip
import zlib
from collections.abc import Callable

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from logstream.receivers.body import BodyTooLarge, BodyUnreadable, UnknownEncoding, decoded


def raw_deflate(data: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(data) + stream.flush()


ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstandard.compress,
}


@pytest.mark.parametrize("encoding", ENCODERS)
@given(data=st.binary(max_size=2000))
def test_what_was_compressed_comes_out(encoding: str, data: bytes) -> None:
    assert decoded(ENCODERS[encoding](data), encoding.upper(), 2000) == data


def test_a_bare_deflate_stream_is_understood_too() -> None:
    assert decoded(raw_deflate(b"hello " * 100), "deflate", 1000) == b"hello " * 100


def test_several_gzip_members_and_zstd_frames_are_one_body() -> None:
    assert decoded(gzip.compress(b"a") + gzip.compress(b"b"), "gzip", 10) == b"ab"
    assert decoded(zstandard.compress(b"a") + zstandard.compress(b"b"), "zstd", 10) == b"ab"


@pytest.mark.parametrize("encoding", ENCODERS)
def test_a_bomb_is_stopped_at_the_limit(encoding: str) -> None:
    bomb = ENCODERS[encoding](bytes(50_000_000))
    with pytest.raises(BodyTooLarge):
        decoded(bomb, encoding, 1_000_000)


@pytest.mark.parametrize("encoding", ENCODERS)
def test_the_limit_itself_is_allowed(encoding: str) -> None:
    assert len(decoded(ENCODERS[encoding](bytes(1000)), encoding, 1000)) == 1000
    with pytest.raises(BodyTooLarge):
        decoded(ENCODERS[encoding](bytes(1001)), encoding, 1000)


@pytest.mark.parametrize("encoding", ENCODERS)
def test_cut_or_foreign_data_is_unreadable(encoding: str) -> None:
    whole = ENCODERS[encoding](b"some text that is long enough to be cut" * 20)
    for data in (whole[:-1], whole[: len(whole) // 2], b"not compressed", b""):
        with pytest.raises(BodyUnreadable):
            decoded(data, encoding, 10_000)


@pytest.mark.parametrize("encoding", ["br", "compress", "gzip, gzip", "x"])
def test_other_encodings_are_unknown(encoding: str) -> None:
    with pytest.raises(UnknownEncoding):
        decoded(b"x", encoding, 100)


@pytest.mark.parametrize("encoding", ["", "identity", " Identity "])
def test_no_encoding_leaves_the_body_as_it_is(encoding: str) -> None:
    assert decoded(b"x", encoding, 100) == b"x"


EMPTY_GZIP = gzip.compress(b"", mtime=0)
EMPTY_FRAME = zstandard.compress(b"")
SKIPPABLE = b"\x5a\x2a\x4d\x18\x00\x00\x00\x00"
ONE_BYTE_BLOCK = b"\x08\x00\x00a"


def tiny_blocks(count: int) -> bytes:
    """A frame of raw blocks that hold one byte each (RFC 8878, section 3.1.1)."""
    return b"\x28\xb5\x2f\xfd\x00\x58" + ONE_BYTE_BLOCK * count + b"\x01\x00\x00"


def test_members_frames_and_blocks_may_be_many_up_to_a_bound() -> None:
    assert decoded(EMPTY_GZIP * 998 + gzip.compress(b"a") + EMPTY_GZIP, "gzip", 10) == b"a"
    assert decoded(EMPTY_FRAME * 500 + SKIPPABLE * 499 + zstandard.compress(b"a"), "zstd", 10) == b"a"
    assert decoded(tiny_blocks(50_000), "zstd", 50_000) == b"a" * 50_000


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", EMPTY_GZIP * 180_000),
        ("zstd", EMPTY_FRAME * 400_000),
        ("zstd", SKIPPABLE * 500_000),
        ("zstd", tiny_blocks(1_000_000)),
    ],
    ids=["empty members", "empty frames", "skippable frames", "one-byte blocks"],
)
def test_more_are_refused_before_anything_is_unpacked(encoding: str, body: bytes) -> None:
    with pytest.raises(BodyUnreadable, match="more than"):
        decoded(body, encoding, 4_000_000)


@pytest.mark.parametrize("checksum", [True, False])
@given(data=st.binary(max_size=300_000), cut=st.integers(1, 1000))
def test_a_frame_cut_anywhere_is_unreadable(checksum: bool, data: bytes, cut: int) -> None:
    whole = zstandard.ZstdCompressor(write_checksum=checksum).compress(data)
    assert decoded(whole, "zstd", 300_000) == data
    with pytest.raises(BodyUnreadable):
        decoded(whole[: -min(cut, len(whole))], "zstd", 300_000)
