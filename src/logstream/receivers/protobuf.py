"""The protocol buffers wire format (protobuf.dev/programming-guides/encoding), as far as receivers need it.

Taken apart by hand: the official library refuses a whole request for one text that is not UTF-8.
"""

from collections.abc import Iterator

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


class ProtobufError(ValueError):
    """The bytes are no message."""


def varint(data: bytes, at: int) -> tuple[int, int]:
    """The number that begins at `at`, and where the next thing does. Raises IndexError at the end of the data."""
    byte = data[at]
    at += 1
    if byte < 0x80:
        return byte, at
    value = byte & 0x7F
    shift = 7
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, at
        shift += 7
        if shift > 63:
            raise ProtobufError("a number of more than ten bytes")


def fields(data: bytes, at: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """The fields of the message in `data[at:end]`: number, wire type, and its value or where its bytes begin and end.

    Raises ProtobufError where it is none.
    """
    try:
        while at < end:
            key, at = varint(data, at)
            kind = key & 7
            if kind == VARINT:
                value, at = varint(data, at)
                yield key >> 3, kind, value, at
            elif kind == BYTES:
                size, at = varint(data, at)
                if at + size > end:
                    raise ProtobufError("a field goes past the end of its message")
                yield key >> 3, kind, at, at + size
                at += size
            elif kind == FIXED64:
                yield key >> 3, kind, at, at + 8
                at += 8
            elif kind == FIXED32:
                yield key >> 3, kind, at, at + 4
                at += 4
            else:
                raise ProtobufError(f"wire type {kind}")
    except IndexError:
        raise ProtobufError("the message ends too early") from None
    if at != end:
        raise ProtobufError("a field goes past the end of its message")


def signed(value: int) -> int:
    """A 64-bit number in two's complement."""
    return value - (1 << 64) if value >> 63 else value
