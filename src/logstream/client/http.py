"""The client side of HTTP, once for all that talk to a server: the client, its errors, and when to try again.

A try that may succeed later is not an error of its own kind: `Refused` says whether, and how long the server asks to
wait; who repeats a request decides what that means for it.
"""

import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx
import msgspec

from logstream import __version__

CONNECT_SECONDS: Final = 10.0

TRANSIENT: Final = frozenset((408, 425, 429, 500, 502, 503, 504))
"""Statuses after which the same request may succeed."""

LONGEST_RETRY_AFTER: Final = 60.0
"""A server that asks for more seconds is asked again after these: it may be back long before."""

FIRST_PAUSE: Final = 0.2
"""The most seconds between the first two tries."""


class Refused(Exception):
    """The server did not do what it was asked to do; the text says why.

    `status` is None where the answer was a success but not what was asked for, `position` the character
    (0-based) of the query `q` that is not understood, `retry_after` the seconds that the server asks to wait.
    """

    def __init__(
        self, text: str, *, status: int | None = None, position: int | None = None, retry_after: float = 0.0
    ) -> None:
        super().__init__(text)
        self.status = status
        self.position = position
        self.retry_after = retry_after

    @property
    def is_transient(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status in TRANSIENT


class Backoff:
    """The pauses between tries: doubled each time, with full jitter so that many clients don't come back at once."""

    def __init__(self, longest: float) -> None:
        self._longest = longest
        self._bound = FIRST_PAUSE

    def pause(self, retry_after: float = 0.0) -> float:
        """Seconds to wait before the next try, never fewer than the server asks for."""
        seconds = random.uniform(0, self._bound)
        self._bound = min(2 * self._bound, self._longest)
        return max(retry_after, seconds)

    def reset(self) -> None:
        """Begin with short pauses again, after a success."""
        self._bound = FIRST_PAUSE


def connect(
    command: str, key: str | None, *, client_key: str | None = None, client_token: str | None = None
) -> httpx.Client:
    """A client that names itself and shows the key, or the registered client's pair. Its owner closes it.

    It waits CONNECT_SECONDS for a connection and as long as it takes for an answer.
    """
    # Bytes, as httpx takes only ASCII in text.
    headers = {b"User-Agent": f"logstream-{command}/{__version__}".encode()}
    if key:
        headers[b"Authorization"] = b"Bearer " + key.encode()
    if client_key and client_token:
        headers[b"X-Api-Key"] = client_key.encode()
        headers[b"X-Api-Token"] = client_token.encode()
    return httpx.Client(headers=headers, timeout=httpx.Timeout(None, connect=CONNECT_SECONDS))


class _Error(msgspec.Struct):
    """The body of every error the server answers with."""

    error: str = ""
    reason: str = ""
    position: int | None = None


def refusal(answer: httpx.Response) -> Refused:
    """What an answer that is not the one asked for, already read, says."""
    try:
        body = msgspec.json.decode(answer.content, type=_Error)
    except (msgspec.DecodeError, UnicodeDecodeError):
        body = _Error()
    parts = [f"HTTP {answer.status_code}"]
    if body.error or body.reason:
        parts.append(": ".join(part for part in (body.error, body.reason) if part))
    if answer.has_redirect_location:
        parts.append(f"go to {answer.headers['Location']}")
    return Refused(", ".join(parts), status=answer.status_code, position=body.position, retry_after=retry_after(answer))


def retry_after(answer: httpx.Response) -> float:
    """Seconds that `Retry-After` (RFC 9110 section 10.2.3: seconds or a date) asks to wait; 0 where it says nothing."""
    value = answer.headers.get("Retry-After", "")
    if value.isascii() and value.isdigit():
        return min(float(value), LONGEST_RETRY_AFTER)
    try:
        then = parsedate_to_datetime(value)
        if then.tzinfo is None:  # "-0000": a time in UTC from a place that is not told
            then = then.replace(tzinfo=UTC)
        seconds = (then - datetime.now(UTC)).total_seconds()
    except (ValueError, OverflowError):
        return 0.0
    return max(0.0, min(seconds, LONGEST_RETRY_AFTER))


def detail_of(error: httpx.HTTPError) -> str:
    """What an error of the connection says, as some say nothing but their name."""
    return str(error) or type(error).__name__
