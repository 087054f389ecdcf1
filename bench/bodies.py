"""What is posted: entries as live as real ones. Each time a body is sent, all of its entries get another trace, another
request id and the time of that moment; messages come again after POOL entries.

Putting this into a body takes 0.1 µs an entry, since everything that varies is cut and joined for a whole body at once.
"""

import re
import struct
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from random import randbytes
from typing import Final

import msgspec

from bench.entries import chunks

POOL: Final = 100_000
MOST_BODIES: Final = 20_000
STAMP: Final = b"@" * 24
TRACE: Final = b"#" * 8
REQUEST: Final = b"#" * 12
_SLOTS: Final = re.compile(b'(?<=")(' + b"|".join((STAMP, REQUEST, TRACE)) + b')(?=["-])')
_PER_MILLISECOND: Final = 100
"""So many entries of a body share a time; those before them are a millisecond older."""

APP: Final = {"app_key": "billing-api", "app_id": "production"}


class _Sent(msgspec.Struct):
    """An entry as it is posted: what the server adds and what stands in the envelope is not there."""

    trace_id: str
    batch_id: str | None
    level: str
    category: str
    message: str
    context: msgspec.Raw
    timestamp: str


def entries() -> Iterator[bytes]:
    """POOL entries with places for what varies."""
    return (
        msgspec.json.encode(
            _Sent(
                TRACE.decode() + entry.trace_id[8:],
                entry.batch_id,
                entry.level,
                entry.category,
                entry.message,
                msgspec.Raw(bytes(entry.context).replace(bytes(entry.context)[15:27], REQUEST, 1)),
                STAMP.decode(),
            )
        )
        for chunk in chunks(POOL, datetime.now(UTC), 60)
        for entry in chunk
    )


def native(batch: int) -> Iterator[bytes]:
    """Bodies for `POST /api/logs`."""
    app = msgspec.json.encode(APP)[:-1]
    if batch == 1:
        return (b"%s,%s" % (app, entry[1:]) for (entry,) in _parts(1))
    return (b'%s,"logs":[%s]}' % (app, b",".join(part)) for part in _parts(batch))


def json_lines(batch: int) -> Iterator[bytes]:
    """The same entries, a line each."""
    return (b"\n".join(part) + b"\n" for part in _parts(batch))


def _parts(size: int) -> Iterator[list[bytes]]:
    left = entries()
    for _ in range(min(POOL // size, MOST_BODIES)):
        yield list(islice(left, size))


def write_bodies(file: Path, bodies: Iterator[bytes]) -> Path:
    """For another process to send."""
    file.write_bytes(msgspec.msgpack.encode(list(bodies)))
    return file


def read_bodies(file: Path) -> list[bytes]:
    return msgspec.msgpack.decode(file.read_bytes(), type=list[bytes])


class Live:
    """A request whose entries are others each time. `head` goes before the body, with `%d` for its length."""

    def __init__(self, body: bytes, head: bytes = b"") -> None:
        self._pieces = _SLOTS.split(body)
        self._count, rest = divmod(len(self._pieces) - 1, 6)
        if rest:
            raise ValueError("each entry has a trace, a request id and a time, in this order")
        self._pieces[0] = head.replace(b"%d", str(len(body)).encode()) + self._pieces[0]
        self._random = struct.Struct("8s12s" * self._count)

    def __bytes__(self) -> bytes:
        count, pieces = self._count, self._pieces
        if not count:
            return pieces[0]
        varying = self._random.unpack(randbytes(10 * count).hex().encode())
        pieces[1::6] = varying[::2]
        pieces[3::6] = varying[1::2]
        pieces[5::6] = _stamps(count)
        return b"".join(pieces)


def _stamps(count: int) -> list[bytes]:
    """Times for so many entries, oldest first, up to now."""
    now = int(time.time() * 1000)
    stamps: list[bytes] = []
    for moment in range(now - (count - 1) // _PER_MILLISECOND, now + 1):
        text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment // 1000))
        stamps += [f"{text}.{moment % 1000:03d}Z".encode()] * min(count - len(stamps), _PER_MILLISECOND)
    return stamps
