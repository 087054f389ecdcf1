"""Broken versions of good bytes."""

import random
from typing import Final

PIECES: Final = (
    *(b"\xff", b"\x00", b"{", b"}", b"[", b"]", b'"', b"\\", b"\n", b"\\ud800", b"NaN", b"1e999", b"-"),
    *(b"\xef\xbb\xbf", b"\x1b[31m", b"%00", b"&", b"=", b":", b"(", b")", b"*", b"/", b"OR ", b"NOT "),
)


def broken(good: bytes, chance: random.Random) -> bytes:
    """`good` with one to four of its places changed, removed, repeated or cut off."""
    data = bytearray(good)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(5):
            case 0:
                data[at : at + 1] = bytes((chance.randrange(256),))
            case 1:
                del data[at : at + chance.randint(1, 20)]
            case 2:
                data[at:at] = chance.choice(PIECES)
            case 3:
                data[at:at] = data[chance.randrange(len(data) + 1) :][:30]
            case _:
                data = data[:at] or data
    return bytes(data)
