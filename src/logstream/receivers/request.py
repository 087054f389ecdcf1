"""The one signature of all receivers: a request is decoded into records, and what became of them is said in an answer.

Nothing here does I/O, so sockets can use the same decoders as HTTP.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec

from logstream.formats.clock import Clock
from logstream.formats.fields import Fields

MAX_REFUSALS: Final = 20
"""Refusals that are told; all are counted."""


class Request(msgspec.Struct, frozen=True):
    """What a sender sent: the path below any prefix, the query, headers by lower-case name, and the unpacked body."""

    path: str
    body: bytes
    clock: Clock
    query: Mapping[str, str] = {}
    headers: Mapping[bytes, bytes] = {}
    method: str = "POST"

    def header(self, name: bytes) -> str:
        return self.headers.get(name, b"").decode("latin-1")

    @property
    def media_type(self) -> str:
        return self.header(b"content-type").partition(";")[0].strip().lower()


class Records(msgspec.Struct):
    """What a request says, one `Fields` a record, in order, and why other records can never be stored.

    `items`: what the answer needs to know of each record, where a protocol answers record by record.
    """

    fields: list[Fields] = []
    refused: int = 0
    refusals: list[str] = []
    items: Sequence[Any] = ()

    def refuse(self, why: str, count: int = 1) -> None:
        self.refused += count
        if len(self.refusals) < MAX_REFUSALS:
            self.refusals.append(why)


class Answer(msgspec.Struct, frozen=True):
    """What the sender is told."""

    status: int
    body: bytes = b""
    media_type: str | None = None
    headers: Mapping[str, str] = {}


class Failure(msgspec.Struct, frozen=True):
    """Why nothing of a request was stored: an HTTP status and a reason for people."""

    status: int
    reason: str
    error: str = ""


class Undecodable(ValueError):
    """The body as a whole is not what the path says."""


def json_answer(status: int, content: object, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, msgspec.json.encode(content), "application/json", headers or {})


def error_as_json(request: Request, failure: Failure) -> Answer:
    """`{"error": …, "reason": …}`, as everywhere else on this server."""
    return json_answer(failure.status, {"error": failure.error or failure.reason, "reason": failure.reason})


def always(answer: Answer) -> Callable[[Request, Records], Answer]:
    """The answer of protocols that say the same whatever was sent."""
    return lambda request, records: answer


Decode = Callable[[Request], Records]
Accepted = Callable[[Request, Records], Answer]
Failed = Callable[[Request, Failure], Answer]
Probe = Callable[[Request], Answer]
