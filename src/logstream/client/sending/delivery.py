"""Bringing entries to a server: in batches, in order, tried again until it has them or it is hopeless.

One request is under way at a time, since entries must arrive in the order of the lines. Every batch carries an
Idempotency-Key, so that a repeated one is never stored twice; halves of one have keys made from its own.
"""

import math
import time
import uuid
from collections.abc import Callable
from typing import Final, NamedTuple

import httpx
import msgspec

from logstream.client.http import TRANSIENT, Backoff, Refused, detail_of, refusal

MAX_BATCH_BYTES: Final = 1024 * 1024
"""A batch is closed at this size: a quarter of what a server takes unless told otherwise."""

LONGEST_PAUSE: Final = 10.0
"""Seconds between tries, at most."""

TIMEOUT: Final = 60.0
"""Seconds for each of connecting, writing and the answer."""

SHOWN_REASONS: Final = 5


class NumberedEntry(NamedTuple):
    """One entry to send, as JSON, and the number of its line for messages to people."""

    entry: bytes
    number: int


class Unanswered(Exception):
    """No answer that counts came in time; the text says why. The entries may be stored or not."""


class _Stored(msgspec.Struct):
    saved: int
    errors: list[str] | None = None


class Delivery:
    """Sends entries to `url`. `delivered` and `failed` count them; `reasons` tells of the first that failed."""

    def __init__(
        self,
        client: httpx.Client,
        url: str,
        *,
        app_key: str | None,
        app_id: str | None,
        batch: int = 1000,
        retry_for: float = 60,
        stopped: Callable[[], bool] = lambda: False,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`say` is told when an outage begins and ends, where it is waited out without end."""
        self._client = client
        self._url = f"{url}/api/logs"
        shared = {name: value for name, value in (("app_key", app_key), ("app_id", app_id)) if value}
        self._start = msgspec.json.encode(shared)[:-1] + (b"," if shared else b"") + b'"logs":['
        self._batch = batch
        self._retry_for = retry_for
        self._stopped = stopped
        self._say = say
        self._waiting: list[NumberedEntry] = []
        self._size = 0
        self._since = 0.0
        self.delivered = 0
        self.failed = 0
        self.reasons: list[str] = []

    def add(self, entry: NumberedEntry) -> None:
        """Take one entry; sends the batch when it is full. Raises Refused."""
        if self._waiting and self._size + len(entry.entry) > MAX_BATCH_BYTES:
            self.flush()
        if not self._waiting:
            self._since = time.monotonic()
        self._waiting.append(entry)
        self._size += len(entry.entry) + 1
        if len(self._waiting) >= self._batch:
            self.flush()

    def flush_after(self, seconds: float) -> None:
        """Send what waits, if its first entry has waited for so long."""
        if self._waiting and time.monotonic() - self._since >= seconds:
            self.flush()

    def flush(self) -> None:
        """Send what waits. Raises Refused, then nothing of it counts as delivered."""
        entries, self._waiting, self._size = self._waiting, [], 0
        if entries:
            try:
                self._send(entries, str(uuid.uuid4()), keep=False)
            except Refused:
                self.failed += len(entries)
                raise

    def deliver(self, entries: list[NumberedEntry], key: str) -> None:
        """Send one batch that its caller keeps. Raises Unanswered and Refused: then it is to be sent again as it is."""
        self._send(entries, key, keep=True)

    def _send(self, entries: list[NumberedEntry], key: str, *, keep: bool) -> None:
        body = self._start + b",".join([entry.entry for entry in entries]) + b"]}"
        try:
            answer = self._post(body, key)
        except Unanswered as error:
            if keep:
                raise
            self._fail(entries, len(entries), str(error))
            return
        if answer.status_code in (201, 400) and (stored := _stored(answer)) is not None:
            self.delivered += stored.saved
            if stored.saved < len(entries):
                reasons = (stored.errors or [])[:SHOWN_REASONS]
                self._fail(entries, len(entries) - stored.saved, "; ".join(reasons))
        elif answer.status_code == 413 and len(entries) > 1:
            self._send(entries[: len(entries) // 2], f"{key}a", keep=keep)
            self._send(entries[len(entries) // 2 :], f"{key}b", keep=keep)
        elif answer.status_code in (400, 413) and not _is_about_the_app(answer):
            self._fail(entries, len(entries), str(refusal(answer)))
        else:
            raise refusal(answer)

    def _post(self, body: bytes, key: str) -> httpx.Response:
        """The server's answer. Raises Unanswered."""
        headers = {"Content-Type": "application/json", "Prefer": "return=minimal", "Idempotency-Key": key}
        give_up = time.monotonic() + self._retry_for
        backoff = Backoff(LONGEST_PAUSE)
        began: float | None = None
        while True:
            asked = 0.0
            try:
                answer = self._client.post(self._url, content=body, headers=headers, timeout=TIMEOUT)
                if answer.status_code not in TRANSIENT:
                    if began is not None and math.isinf(give_up):
                        self._say(f"the server takes entries again, after {time.monotonic() - began:.1f} s")
                    return answer
                refused = refusal(answer)
                why = str(refused)
                asked = refused.retry_after
            except httpx.TransportError as error:
                why = f"{self._url}: {detail_of(error)}"
            if began is None:
                began = time.monotonic()
                if math.isinf(give_up):
                    self._say(f"the server takes no entries, waiting until it does: {why}")
            if math.isinf(give_up) and self._stopped():
                self._retry_for = 0
                raise Unanswered(f"the server takes no entries: {why}")
            pause = backoff.pause(asked)
            if time.monotonic() + pause > give_up:
                raise Unanswered(f"gave up after {self._retry_for:g} s: {why}")
            self._sleep(pause)

    def _sleep(self, seconds: float) -> None:
        """A pause that ends early when the command is told to stop: then the last tries come at once."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not self._stopped():
            time.sleep(min(left, 0.1))
        if self._stopped():
            self._retry_for = 0
            time.sleep(max(0.0, min(end - time.monotonic(), 0.1)))

    def _fail(self, entries: list[NumberedEntry], count: int, why: str) -> None:
        self.failed += count
        if len(self.reasons) < SHOWN_REASONS:
            first, last = entries[0].number, entries[-1].number
            lines = f"line {first}" if first == last else f"lines {first} to {last}"
            self.reasons.append(f"{lines}: {why or 'no reason given'}")


def _stored(answer: httpx.Response) -> _Stored | None:
    try:
        return msgspec.json.decode(answer.content, type=_Stored)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _is_about_the_app(answer: httpx.Response) -> bool:
    return answer.status_code == 400 and b"app_key and app_id" in answer.content
