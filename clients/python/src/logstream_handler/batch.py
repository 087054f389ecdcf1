"""A batch: the body of one request, packed once, and the key under which the server stores it once."""

from __future__ import annotations

import gzip
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from logstream_handler.json_text import encode

LEVEL = 3
"""Of gzip: logs come to about a seventh, at half the time that the default level takes for an eighth."""


@dataclass(frozen=True)
class Batch:
    key: str
    """The Idempotency-Key."""
    count: int
    body: bytes
    """JSON, packed with gzip."""
    is_report: bool = False
    """Tells what was dropped; dropped itself, it is not told of."""


def batch_of(lines: Sequence[bytes], frame: bytes, is_report: bool = False) -> Batch:
    """`lines` are entries as JSON; `frame` is Settings.frame."""
    body = gzip.compress(frame + b",".join(lines) + b"]}", LEVEL, mtime=0)
    return Batch(uuid.uuid4().hex, len(lines), body, is_report)


def halves(batch: Batch) -> tuple[Batch, Batch]:
    """Of a batch of two or more. Their keys follow from its key: halved again, by whom ever, they are the same."""
    body = json.loads(gzip.decompress(batch.body))
    entries = body.pop("logs")
    frame = encode(body)[:-1] + b',"logs":['
    middle = len(entries) // 2
    first, second = (
        Batch(
            f"{batch.key}.{number}",
            len(part),
            gzip.compress(frame + b",".join(map(encode, part)) + b"]}", LEVEL, mtime=0),
        )
        for number, part in enumerate((entries[:middle], entries[middle:]))
    )
    return first, second
