"""The handler: makes an entry of a record in the thread that logs, and hands it to the worker."""

from __future__ import annotations

import atexit
import logging
import os
import sys
import threading
import weakref
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from logstream_handler.drops import Reason
from logstream_handler.entry import entry_of
from logstream_handler.settings import Settings, default_app_id, default_spool, from_environment
from logstream_handler.worker import Stats, Worker

DEFAULT_URL = "http://127.0.0.1:8081"
_all: weakref.WeakSet[LogstreamHandler] = weakref.WeakSet()
_running: set[LogstreamHandler] = set()
"""Those with a thread: to be closed at the end, though the application may hold them no more."""

_inherited: list[Worker] = []
"""Those of the processes before a fork. Never freed: a buffer whose lock another thread held at the fork would wait for
it while it is freed, for ever."""

_registered_in = 0
"""The process in which `_close_at_exit_of_children` has done its work."""


class LogstreamHandler(logging.Handler):
    """Delivers records to a logstream server. Safe for threads, forks, signal handlers and finalisers.

    `url`, `app_key`, `app_id`, `key` and `client_token` default to the environment's LOGSTREAM_URL,
    LOGSTREAM_APP_KEY, LOGSTREAM_APP_ID, LOGSTREAM_KEY and LOGSTREAM_CLIENT_TOKEN; `app_id` then to the host's name.
    `key` is the server's write key; `client_token` that of the registered client `app_key`. `fields` are part of
    every entry's context, and so is what `context_vars` hold. `spool` is a folder for what can't be delivered: True
    stands for one in the user's state, False for none. Times are seconds, sizes bytes. Raises ValueError.

    `close` and the interpreter's end deliver or spool what is left, within `exit_seconds`. A handler that gets a record
    after that goes on as before.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        app_key: str | None = None,
        app_id: str | None = None,
        key: str | None = None,
        client_token: str | None = None,
        level: int | str = logging.NOTSET,
        fields: Mapping[str, Any] | None = None,
        context_vars: Sequence[ContextVar[Any]] = (),
        batch_entries: int = 1000,
        batch_bytes: int = 1024 * 1024,
        batch_seconds: float = 1.0,
        queue_entries: int = 50_000,
        queue_bytes: int = 32 * 1024 * 1024,
        spool: str | os.PathLike[str] | bool = True,
        spool_bytes: int = 256 * 1024 * 1024,
        timeout: float = 10.0,
        retry_first: float = 1.0,
        retry_most: float = 60.0,
        exit_seconds: float = 5.0,
        ca_file: str | None = None,
        stderr: bool = True,
    ) -> None:
        super().__init__(level)
        url = from_environment("URL", url) or DEFAULT_URL
        app_key = from_environment("APP_KEY", app_key)
        if app_key is None:
            raise ValueError("app_key is missing: the application's name, here or in LOGSTREAM_APP_KEY")
        folder: Path | None = None
        if not isinstance(spool, bool):
            folder = Path(spool)
        elif spool:
            folder = default_spool(url, app_key)
        self._settings = Settings(
            url=url,
            app_key=app_key,
            app_id=from_environment("APP_ID", app_id) or default_app_id(),
            key=from_environment("KEY", key),
            client_token=from_environment("CLIENT_TOKEN", client_token),
            # by index and by key, which is how dictConfig's own containers resolve `ext://…`
            fields={name: fields[name] for name in fields} if fields else {},
            context_vars=tuple(context_vars[index] for index in range(len(context_vars))),
            batch_entries=batch_entries,
            batch_bytes=batch_bytes,
            batch_seconds=batch_seconds,
            queue_entries=queue_entries,
            queue_bytes=queue_bytes,
            spool=folder,
            spool_bytes=spool_bytes,
            timeout=timeout,
            retry_first=retry_first,
            retry_most=retry_most,
            exit_seconds=exit_seconds,
            ca_file=ca_file,
            stderr=stderr,
        )
        self._worker = Worker(self._settings, self._started)
        _all.add(self)

    def __repr__(self) -> str:
        level = logging.getLevelName(self.level)
        return f"<{type(self).__name__} {self._settings.app_key} to {self._settings.url} ({level})>"

    def setFormatter(self, fmt: logging.Formatter | None) -> None:
        """What it formats is the message. The format that `basicConfig` gives handlers without one is none: level and
        logger have places of their own."""
        basic = type(fmt) is logging.Formatter and fmt._fmt == logging.BASIC_FORMAT
        super().setFormatter(None if basic else fmt)

    def handle(self, record: logging.LogRecord) -> bool:
        """As logging.Handler's, without its lock: `emit` needs none, and must not wait while another thread flushes."""
        kept: bool | logging.LogRecord = self.filter(record)
        if kept:
            self.emit(kept if isinstance(kept, logging.LogRecord) else record)
        return bool(kept)

    def emit(self, record: logging.LogRecord) -> None:
        """Never waits, never raises. What the worker's own thread logs is left out: it would never end."""
        worker = self._worker
        if threading.get_ident() == worker.identity:
            return
        try:
            worker.add(entry_of(record, self._settings, self.formatter))
        except Exception as error:
            worker.drops.add(Reason.UNREADABLE, 1, f"{type(error).__name__} at {record.pathname}:{record.lineno}")

    def flush(self, seconds: float | None = None) -> None:
        """Wait until what was logged is delivered or spooled; at most `seconds` (default: `exit_seconds`)."""
        self._worker.flush(self._settings.exit_seconds if seconds is None else seconds)

    def close(self) -> None:
        self._worker.close(self._settings.exit_seconds)
        _running.discard(self)
        super().close()

    @property
    def stats(self) -> Stats:
        return self._worker.stats()

    def _started(self) -> None:
        _running.add(self)
        _close_at_exit_of_children()

    def _renew(self) -> None:
        """After a fork, in the child: the thread, its connection and all that waits are the parent's."""
        self._worker.forget()
        _inherited.append(self._worker)
        self._worker = Worker(self._settings, self._started)


def _close_all() -> None:
    for handler in list(_running):
        handler.close()


def _close_at_exit_of_children() -> None:
    """Children of multiprocessing and billiard end by os._exit, without `atexit`, but call finalizers of their own."""
    global _registered_in
    if _registered_in != os.getpid():
        _registered_in = os.getpid()
        for name in ("multiprocessing.util", "billiard.util"):
            util = sys.modules.get(name)
            if util is not None:
                util.Finalize(None, _close_all, exitpriority=-100)


def _renew_all() -> None:
    _running.clear()
    for handler in list(_all):
        handler._renew()


atexit.register(_close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_all)
