"""Bringing entries to a server: in batches, in order, tried again until it has them or it is hopeless.

One request is under way at a time, since entries must arrive in the order of the lines. Every batch carries an
Idempotency-Key, so that a repeated one is never stored twice.
"""

import random
import time
import uuid
from collections.abc import Callable
from typing import Final, NamedTuple

import httpx
import msgspec

from logstream import __version__

MAX_BATCH_BYTES: Final = 1024 * 1024
"""A batch is closed at this size: a quarter of what a server takes unless told otherwise."""

FIRST_WAIT: Final = 0.2
LONGEST_WAIT: Final = 10.0
"""Seconds between tries: doubled each time, with full jitter so that many senders don't come back at once."""

TIMEOUT: Final = 60.0
SHOWN_REASONS: Final = 5

_RETRIED: Final = frozenset((408, 425, 429, 500, 502, 503, 504))


class Refused(Exception):
    """The server will take nothing from this sender; the text says why."""


class Line(NamedTuple):
    """One entry to send, as JSON, and the number of its line for messages to people."""

    entry: bytes
    number: int


class _Stored(msgspec.Struct):
    saved: int
    errors: list[str] | None = None


class _Error(msgspec.Struct):
    error: str = ""
    reason: str = ""


class Delivery:
    """Sends lines to `url`. `delivered` and `failed` count entries; `reasons` tells of the first that failed."""

    def __init__(
        self,
        url: str,
        *,
        headers: dict[str, str],
        app_key: str | None,
        app_id: str | None,
        batch: int = 1000,
        retry_for: float = 60,
        stopped: Callable[[], bool] = lambda: False,
        chance: random.Random | None = None,
    ) -> None:
        agent = {"User-Agent": f"logstream-send/{__version__}"}
        self._client = httpx.Client(timeout=TIMEOUT, headers=agent | headers)
        self._url = url.rstrip("/") + "/api/logs"
        named = {name: value for name, value in (("app_key", app_key), ("app_id", app_id)) if value}
        self._start = msgspec.json.encode(named)[:-1] + (b"," if named else b"") + b'"logs":['
        self._batch = batch
        self._retry_for = retry_for
        self._stopped = stopped
        self._chance = chance or random.Random()
        self._waiting: list[Line] = []
        self._size = 0
        self._since = 0.0
        self.delivered = 0
        self.failed = 0
        self.reasons: list[str] = []

    def add(self, line: Line) -> None:
        """Take one entry; sends the batch when it is full. Raises Refused."""
        if self._waiting and self._size + len(line.entry) > MAX_BATCH_BYTES:
            self.flush()
        if not self._waiting:
            self._since = time.monotonic()
        self._waiting.append(line)
        self._size += len(line.entry) + 1
        if len(self._waiting) >= self._batch:
            self.flush()

    def flush_after(self, seconds: float) -> None:
        """Send what waits, if its first entry has waited for so long."""
        if self._waiting and time.monotonic() - self._since >= seconds:
            self.flush()

    def flush(self) -> None:
        """Send what waits. Raises Refused, then nothing of it counts as delivered."""
        lines, self._waiting, self._size = self._waiting, [], 0
        if lines:
            try:
                self._send(lines)
            except Refused:
                self.failed += len(lines)
                raise

    def close(self) -> None:
        self._client.close()

    def _send(self, lines: list[Line]) -> None:
        body = self._start + b",".join([line.entry for line in lines]) + b"]}"
        answer = self._post(body, str(uuid.uuid4()))
        if isinstance(answer, str):
            self._fail(lines, len(lines), answer)
        elif answer.status_code in (201, 400) and (stored := _stored(answer)) is not None:
            self.delivered += stored.saved
            if stored.saved < len(lines):
                self._fail(lines, len(lines) - stored.saved, "; ".join((stored.errors or [])[:SHOWN_REASONS]))
        elif answer.status_code == 413 and len(lines) > 1:
            self._send(lines[: len(lines) // 2])
            self._send(lines[len(lines) // 2 :])
        elif answer.status_code in (400, 413) and not _is_about_the_app(answer):
            self._fail(lines, len(lines), _why(answer))
        else:
            raise Refused(_why(answer))

    def _post(self, body: bytes, key: str) -> httpx.Response | str:
        """The server's answer, or why there was none in time."""
        headers = {"Content-Type": "application/json", "Prefer": "return=minimal", "Idempotency-Key": key}
        give_up = time.monotonic() + self._retry_for
        wait = FIRST_WAIT
        while True:
            asked = 0.0
            try:
                answer = self._client.post(self._url, content=body, headers=headers)
                if answer.status_code not in _RETRIED:
                    return answer
                why = _why(answer)
                asked = _retry_after(answer)
            except httpx.TransportError as error:
                why = f"{self._url}: {error or type(error).__name__}"
            pause = max(asked, self._chance.uniform(0, wait))
            if time.monotonic() + pause > give_up:
                return f"given up after {self._retry_for:g} s: {why}"
            self._sleep(pause)
            wait = min(2 * wait, LONGEST_WAIT)

    def _sleep(self, seconds: float) -> None:
        """A pause that ends early when the command is told to stop: then the last tries come at once."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not self._stopped():
            time.sleep(min(left, 0.1))
        if self._stopped():
            self._retry_for = 0
            time.sleep(max(0.0, min(end - time.monotonic(), 0.1)))

    def _fail(self, lines: list[Line], count: int, why: str) -> None:
        self.failed += count
        if len(self.reasons) < SHOWN_REASONS:
            first, last = lines[0].number, lines[-1].number
            place = f"line {first}" if first == last else f"lines {first} to {last}"
            self.reasons.append(f"{place}: {why or 'no reason given'}")


def _stored(answer: httpx.Response) -> _Stored | None:
    try:
        return msgspec.json.decode(answer.content, type=_Stored)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _why(answer: httpx.Response) -> str:
    try:
        told = msgspec.json.decode(answer.content, type=_Error)
        text = ": ".join(part for part in (told.error, told.reason) if part)
    except (msgspec.DecodeError, UnicodeDecodeError):
        text = ""
    return f"HTTP {answer.status_code}" + (f", {text}" if text else "")


def _is_about_the_app(answer: httpx.Response) -> bool:
    return answer.status_code == 400 and b"app_key and app_id" in answer.content


def _retry_after(answer: httpx.Response) -> float:
    """Seconds; the HTTP date that the header may hold too is not worth its parsing for a log server."""
    value = answer.headers.get("Retry-After", "")
    return min(float(value), 60.0) if value.isascii() and value.isdigit() else 0.0
