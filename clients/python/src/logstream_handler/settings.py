"""What a handler was told, checked once: a wrong value is a ValueError where the logging is configured, not later."""

from __future__ import annotations

import hashlib
import os
import re
import socket
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from logstream_handler.json_text import encode

MAX_APP = 100
"""Characters of app_key and app_id that the server takes."""

_HEADER = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True)
class Settings:
    """Times are seconds, sizes bytes. Secrets are left out of the representation."""

    url: str
    app_key: str
    app_id: str
    key: str | None = field(repr=False)
    client_token: str | None = field(repr=False)
    fields: dict[str, Any] = field(repr=False)
    context_vars: Sequence[ContextVar[Any]] = field(repr=False)
    batch_entries: int
    batch_bytes: int
    batch_seconds: float
    queue_entries: int
    queue_bytes: int
    spool: Path | None
    spool_bytes: int
    timeout: float
    retry_first: float
    retry_most: float
    exit_seconds: float
    ca_file: str | None
    stderr: bool

    def __post_init__(self) -> None:
        for name in ("app_key", "app_id"):
            value = getattr(self, name)
            if not isinstance(value, str) or not 0 < len(value) <= MAX_APP:
                raise ValueError(f"{name} is {value!r}: a text of 1 to {MAX_APP} characters is needed")
        for name in ("key", "client_token"):
            value = getattr(self, name)
            if value is not None and not _HEADER.fullmatch(value):
                raise ValueError(f"{name} has characters that no key has, or none at all")
        for name in (*("batch_entries", "batch_bytes", "batch_seconds", "queue_entries", "queue_bytes"), "timeout"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} is {getattr(self, name)!r}: more than 0 is needed")
        check_url(self.url)

    @property
    def frame(self) -> bytes:
        """How the body of every batch begins; what follows are entries, and `]}`."""
        return encode({"app_key": self.app_key, "app_id": self.app_id})[:-1] + b',"logs":['

    @property
    def headers(self) -> dict[str, str]:
        """Who sends: the write key, or a registered client's app_key and token."""
        if self.client_token is not None:
            return {"X-Api-Key": self.app_key, "X-Api-Token": self.client_token}
        return {"Authorization": f"Bearer {self.key}"} if self.key is not None else {}


def check_url(url: str) -> None:
    """Raises ValueError; the message never has what stands before an `@`."""
    parts = urlsplit(url)
    if "@" in parts.netloc:
        raise ValueError("url holds a user or password: give the key as `key`")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"url is {url!r}: http:// or https:// and a host are needed")
    if parts.query or parts.fragment:
        raise ValueError(f"url is {url!r}: it may have a path, but nothing behind that")
    _ = parts.port  # raises ValueError


def from_environment(name: str, given: str | None) -> str | None:
    """What was given, else the variable `LOGSTREAM_…`, else None."""
    return given if given is not None else os.environ.get(f"LOGSTREAM_{name}") or None


def default_app_id() -> str:
    return socket.gethostname()[:MAX_APP] or "unknown"


def default_spool(url: str, app_key: str) -> Path | None:
    """A folder of the user's state for this server and application: neither gets what is meant for another."""
    try:
        state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state")
    except RuntimeError:  # this user has no home
        return None
    mark = hashlib.sha256(f"{url}\n{app_key}".encode("utf-8", "replace")).hexdigest()[:12]
    return state / "logstream-handler" / f"{re.sub(r'[^A-Za-z0-9._-]', '_', app_key)}-{mark}"
