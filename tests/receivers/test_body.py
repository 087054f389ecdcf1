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
