"""ClickHouse is filled by what is killed just behind a step: `python -m … FOLDER URL STEP`.

By a store from its spool in the folder; without a folder (`-`), from the stream of tests.stores.clickhouse.portions.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from logstream.stores.clickhouse import sending
from logstream.stores.clickhouse.address import read_address
from logstream.stores.clickhouse.database import Database
from logstream.stores.clickhouse.filled import FilledClickHouse
from logstream.stores.clickhouse.spool_source import SpoolSource
from logstream.stores.clickhouse.store import ClickHouseStore
from logstream.stores.clickhouse.stream_progress import StreamProgress
from tests.stores.clickhouse.entries import batch
from tests.stores.clickhouse.portions import STREAM, fill_next

STEPS = ("noted", "first day", "second day", "told")
STREAM_STEPS = ("begun", "first day", "second day", "claims", "filled")


def dying(work: Callable[..., Awaitable[Any]], at: int = 1) -> Callable[..., Awaitable[Any]]:
    """The work, behind whose call number `at` the process is killed."""
    calls = 0

    async def call(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        result = await work(*arguments, **named)
        calls += 1
        if calls == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return call


async def fill_from_stream(url: str, step: str) -> None:
    store = FilledClickHouse(read_address(url), STREAM)
    await store.prepare()
    await fill_next(store, until=5)
    sending.AT_ONCE = 1  # type: ignore[misc]
    owner, name, at = {
        "begun": (StreamProgress, "begin", 1),
        "first day": (Database, "insert", 2),  # the first one begins
        "second day": (Database, "insert", 3),
        "claims": (Database, "insert", 4),
        "filled": (StreamProgress, "end", 1),
    }[step]
    setattr(owner, name, dying(getattr(owner, name), at))
    await fill_next(store, until=10)


async def fill_from_spool(folder: Path, url: str, step: str) -> None:
    store = ClickHouseStore(read_address(url), folder)
    await store.start()
    sending.AT_ONCE = 1  # type: ignore[misc]
    owner, name, at = {
        "noted": (SpoolSource, "sending", 1),
        "first day": (Database, "insert", 1),
        "second day": (Database, "insert", 2),
        "told": (SpoolSource, "sent", 1),
    }[step]
    setattr(owner, name, dying(getattr(owner, name), at))
    await store.append(batch())
    await store._up_to_date()


if __name__ == "__main__":
    if sys.argv[1] == "-":
        asyncio.run(fill_from_stream(*sys.argv[2:]))
    else:
        asyncio.run(fill_from_spool(Path(sys.argv[1]), *sys.argv[2:]))
