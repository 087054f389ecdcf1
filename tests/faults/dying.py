"""Maintenance in a process that kills itself at a given step: just before it touches the disk in some way."""

import asyncio
import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from logstream.entries.entry import Batch
from logstream.query.conditions import Condition
from logstream.stores.file.store import FileStore
from logstream.stores.index.progress import Progress
from logstream.stores.journal.journal import Journal
from tests.stores.folder import entry, plain

Work = Callable[[FileStore], Any]


class Prune:
    def __init__(self, *where: Condition) -> None:
        self.where = where

    async def __call__(self, store: FileStore) -> None:
        await store.prune(self.where, dry_run=False)


class Compress:
    async def __call__(self, store: FileStore) -> None:
        for name in plain(store.root):
            os.utime(store.root / name, (0, 0))  # late lines have settled
        store.maintenance._compress_after = 0
        await store.maintenance.compress(datetime(2026, 3, 1, tzinfo=UTC))


def run_and_die(root: Path, work: Work, at: int, *, late: bool) -> None:
    """Do the work; be killed at its step `at`, if it has so many. Late lines come just before files are exchanged."""
    steps = 0

    def step() -> None:
        nonlocal steps
        steps += 1
        if steps == at:
            os.kill(os.getpid(), signal.SIGKILL)

    def watched(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            step()
            return function(*arguments, **named)

        return call

    async def main() -> None:
        store = FileStore(root)
        await store.start()
        for name in ("replace", "unlink", "fsync", "chmod"):
            setattr(os, name, watched(getattr(os, name)))
        loop = asyncio.get_running_loop()
        change = Journal.change

        def change_when_lines_have_come(journal: Journal, name: str, work: Any) -> Any:
            """This is the index thread: what comes now is not indexed before the files are exchanged."""
            lines = Batch([entry(f"lag {n}", name[:10].replace("/", "-")) for n in range(60)])
            asyncio.run_coroutine_threadsafe(store.append(lines), loop).result()
            return change(journal, name, work)

        if late:
            Journal.change = change_when_lines_have_come  # type: ignore[method-assign,assignment]
        for owner, name in ((Progress, "split"), (Progress, "changing"), (Progress, "prune"), (Journal, "change")):
            setattr(owner, name, watched(getattr(owner, name)))
        await work(store)
        os._exit(0)

    asyncio.run(main())
