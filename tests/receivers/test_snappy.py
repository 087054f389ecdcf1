"""Snappy's block format: every kind of element, and nothing beyond what is allowed."""

import pytest

from logstream.receivers.snappy import SnappyError, unpack
from tests.receivers.records import snappy, varint

LIMIT = 1_000_000


def test_literals_of_every_length() -> None:
    for size in (0, 1, 60, 61, 300, 70_000):
        data = bytes(n % 251 for n in range(size))
        assert unpack(snappy(data), LIMIT) == data
    long = b"x" * 300
    assert unpack(varint(300) + b"\xf4\x2b\x01" + long, LIMIT) == long  # a length of two bytes


def test_copies_of_every_kind_also_over_themselves() -> None:
    start = varint(14) + b"\x0cabcd"
    assert unpack(start[:0] + varint(8) + b"\x0cabcd" + b"\x01\x04", LIMIT) == b"abcdabcd"
    assert unpack(varint(14) + b"\x0cabcd" + b"\x26\x04\x00", LIMIT) == b"abcdabcdabcdab"
    assert unpack(varint(14) + b"\x0cabcd" + b"\x27\x02\x00\x00\x00", LIMIT) == b"abcdcdcdcdcdcd"


@pytest.mark.parametrize(
    "block",
    [b"", b"\xff\xff\xff\xff\xff\xff", b"\x05\x00a", b"\x02\x0cabcd", b"\x08\x01\x04", b"\x08\x0cab", varint(LIMIT + 1) + b"\x00a", varint(9000) + b"\x00a"],
)  # fmt: skip
def test_what_is_no_block_or_too_large_is_refused(block: bytes) -> None:
    with pytest.raises(SnappyError):
        unpack(block, LIMIT)
