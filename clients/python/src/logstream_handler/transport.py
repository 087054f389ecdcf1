"""Batches over HTTP: one connection, kept open; every answer and every fault as one of four outcomes."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import platform
import ssl
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import Enum
from urllib.parse import urlsplit

from logstream_handler.batch import Batch
from logstream_handler.settings import Settings

MAX_ANSWER = 1024 * 1024
"""Bytes of an answer that are read: a thousand errors of a batch are less."""

MAX_REASON = 300


class Outcome(Enum):
    STORED = "stored"
    REFUSED = "refused"
    """Will never be stored as it is."""
    TOO_LARGE = "too large"
    LATER = "later"
    """Not now: the server is away, busy, or does not know the key (which an operator can repair)."""


@dataclass(frozen=True)
class Result:
    outcome: Outcome
    reason: str = ""
    refused: int = 0
    """Entries of a stored batch that were not stored."""
    retry_after: float = 0.0
    """Seconds that the server asked for."""


class Transport:
    """For one thread. No method raises."""

    def __init__(self, settings: Settings) -> None:
        parts = urlsplit(settings.url)
        self._secure = parts.scheme == "https"
        self._host, self._port = parts.hostname or "", parts.port
        self._path = parts.path.rstrip("/") + "/api/logs"
        self._timeout = settings.timeout
        self._ca_file = settings.ca_file
        self._headers = {
            "Content-Type": "application/json",
            "Content-Encoding": "gzip",
            "Prefer": "return=minimal",
            "User-Agent": f"logstream-handler Python/{platform.python_version()}",
            **settings.headers,
        }
        self._connection: http.client.HTTPConnection | None = None

    def send(self, batch: Batch) -> Result:
        try:
            status, headers, body = self._post(batch)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            return Result(Outcome.LATER, f"{type(error).__name__}: {error}"[:MAX_REASON])
        return _result(batch, status, headers, body)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def forget(self) -> None:
        """After a fork, in the child: give up the parent's connection, but not its buffers, locked for good perhaps."""
        sock = self._connection.sock if self._connection is not None else None
        if sock is not None:
            with contextlib.suppress(OSError):
                os.close(sock.detach())

    def _post(self, batch: Batch) -> tuple[int, http.client.HTTPMessage, bytes]:
        reused = self._connection is not None
        try:
            return self._exchange(batch)
        except (ConnectionError, http.client.BadStatusLine):
            self.close()
            if not reused:
                raise
        return self._exchange(batch)  # the server had closed an idle connection; the key makes it harmless

    def _exchange(self, batch: Batch) -> tuple[int, http.client.HTTPMessage, bytes]:
        connection = self._connection = self._connection or self._connect()
        try:
            connection.request("POST", self._path, batch.body, {**self._headers, "Idempotency-Key": batch.key})
        except ConnectionError:
            if connection.sock is None:
                raise
            answer = connection.getresponse()  # a refusal may stand there before the body was read to its end
            self._connection = None
        else:
            answer = connection.getresponse()
        body = answer.read(MAX_ANSWER)
        if not answer.isclosed() or self._connection is None:
            connection.close()
            self._connection = None
        return answer.status, answer.headers, body

    def _connect(self) -> http.client.HTTPConnection:
        if not self._secure:
            return http.client.HTTPConnection(self._host, self._port, timeout=self._timeout)
        context = ssl.create_default_context(cafile=self._ca_file)
        return http.client.HTTPSConnection(self._host, self._port, timeout=self._timeout, context=context)


def _result(batch: Batch, status: int, headers: http.client.HTTPMessage, body: bytes) -> Result:
    try:
        told = json.loads(body)
    except ValueError:
        told = None
    told = told if isinstance(told, dict) else {}
    saved = told.get("saved")
    if status == 201 and isinstance(saved, int):
        errors = told.get("errors") or [""]
        return Result(Outcome.STORED, str(errors[0])[:MAX_REASON], max(0, batch.count - saved))
    said = ": ".join(str(told[name]) for name in ("error", "reason") if told.get(name)) or str(told.get("errors") or "")
    reason = f"{status} {said or 'from something that is no logstream server'}"[:MAX_REASON]
    if status == 413:
        return Result(Outcome.TOO_LARGE, reason)
    if status == 400 and told:
        return Result(Outcome.REFUSED, reason)
    return Result(Outcome.LATER, reason, retry_after=_seconds(headers.get("Retry-After", "")))


def _seconds(value: str) -> float:
    """Retry-After, in seconds or as a date (RFC 9110, 10.2.3); 0 for what is neither."""
    try:
        return max(0.0, float(int(value)))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError, IndexError):
        return 0.0
