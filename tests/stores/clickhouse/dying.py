"""A store that is killed while it fills ClickHouse, just behind a step: `python -m … FOLDER URL STEP`."""

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
from logstream.stores.clickhouse.spool_source import SpoolSource
from logstream.stores.clickhouse.store import ClickHouseStore
from tests.stores.clickhouse.entries import batch

STEPS = ("noted", "first day", "second day", "told")


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


async def main(folder: Path, url: str, step: str) -> None:
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
    asyncio.run(main(Path(sys.argv[1]), *sys.argv[2:]))
