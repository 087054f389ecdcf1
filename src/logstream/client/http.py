"""The HTTP client of the reading commands, and what an answer that is no success says."""

from typing import Final

import httpx
import msgspec

from logstream import __version__

CONNECT_SECONDS: Final = 10.0

PASSING: Final = frozenset((408, 425, 429, 500, 502, 503, 504))
"""Answers after which the same request may succeed."""


class Refused(Exception):
    """The server answers with something else than what was asked for; the text says why.

    `position` is the character (0-based) of the query `q` that is not understood.
    """

    def __init__(self, text: str, position: int | None = None) -> None:
        super().__init__(text)
        self.position = position


class _Error(msgspec.Struct):
    error: str = ""
    reason: str = ""
    position: int | None = None


def connect(command: str, key: str | None) -> httpx.Client:
    """A client that names itself and shows the key. Its owner closes it."""
    headers = {b"User-Agent": f"logstream-{command}/{__version__}".encode()}
    if key:
        headers[b"Authorization"] = b"Bearer " + key.encode()
    return httpx.Client(headers=headers, timeout=httpx.Timeout(None, connect=CONNECT_SECONDS))


def refusal(answer: httpx.Response) -> Refused:
    """What an answer, already read, says."""
    try:
        told = msgspec.json.decode(answer.content, type=_Error)
    except (msgspec.DecodeError, UnicodeDecodeError):
        told = _Error()
    parts = [f"HTTP {answer.status_code}"]
    if told.error:
        parts.append(": ".join(part for part in (told.error, told.reason) if part))
    if answer.has_redirect_location:
        parts.append(f"go to {answer.headers['Location']}")
    return Refused(", ".join(parts), told.position)
