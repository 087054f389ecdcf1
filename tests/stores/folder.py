"""A file store in the test's own process, and what lies in its folder."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import zstandard

from logstream.entries.entry import NULL, Batch, LogEntry, encode_lines
from logstream.entries.ids import IdSource
from logstream.query.conditions import LogQuery
from logstream.stores.file.store import FileStore

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
"""All days of these tests are closed by then."""

IDS = IdSource()


def entry(message: str, day: str = "2026-01-01", **fields: Any) -> LogEntry:
    stamp = f"{day}T10:00:00.000Z"
    values = {
        "id": IDS.take(1)[0],
        "trace_id": "t",
        "batch_id": None,
        "app_key": "app",
        "app_id": "test",
        "user_agent": None,
        "level": "info",
        "category": "general",
        "message": message,
        "context": NULL,
        "timestamp": stamp,
        "created_at": stamp,
    }
    return LogEntry(**{**values, **fields})


@asynccontextmanager
async def opened(root: Path, **settings: Any) -> AsyncIterator[FileStore]:
    store = FileStore(root, **settings)
    await store.start()
    try:
        yield store
    finally:
        await store.stop()


async def export(store: FileStore) -> bytes:
    """Everything, as journal lines, oldest first."""
    query = LogQuery(limit=10_000_000, ascending=True)
    return b"".join([encode_lines(list(entries)) async for entries in store.scan(query)])


def plain(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.glob("*/*/*.jsonl"))


def packed(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.glob("*/*/*.zst"))


def unfinished(root: Path) -> list[Path]:
    return list(root.glob("[0-9]*/*/*.tmp"))


def content(root: Path) -> bytes:
    """All lines of the journal, day by day."""
    names = sorted({name.removesuffix(".zst") for name in plain(root) + packed(root)})
    return b"".join(day_content(root, name) for name in names)


def day_content(root: Path, name: str) -> bytes:
    path = root / f"{name}.zst"
    before = b""
    if path.exists():
        with open(path, "rb") as file, zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True) as r:
            before = r.read()
    return before + ((root / name).read_bytes() if (root / name).exists() else b"")


def messages(lines: bytes) -> list[str]:
    return [json.loads(line)["message"] for line in lines.splitlines()]


def batch(*entries: LogEntry) -> Batch:
    return Batch(list(entries))
