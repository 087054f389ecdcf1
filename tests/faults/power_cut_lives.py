"""What a process does while its calls are recorded; it tells what it has promised as "ack:" folders, see disk.c."""

import asyncio
import errno
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from logstream.entries.entry import LogEntry
from logstream.query.conditions import Equals, LogQuery
from logstream.store import Claim, Receipt, StoreUnavailable
from logstream.stores.file.store import FileStore
from logstream.stores.spool.spool import Spool
from tests.stores.folder import NOW, batch, entry, opened, plain

Append = Callable[..., Awaitable[None]]


def tell(what: str, *words: str) -> None:
    os.mkdir("ack:" + " ".join((what, *words)))


async def promised(append: Append, *entries: LogEntry, key: str | None = None, doomed: bool = False) -> None:
    ids = [one.id for one in entries]
    tell("begun", key or "-", *ids)
    claim = None if key is None else Claim("client", key, Receipt(201, b"answer"))
    try:
        await append(batch(*entries), claim)
    except StoreUnavailable:
        tell("refused", key or "-", *ids)
    else:
        tell("doomed" if doomed else "kept", key or "-", *ids)


def long(message: str, day: str, **fields: str) -> LogEntry:
    return entry(message + " " + "x" * 700, day, **fields)


async def ingest(store: FileStore, run: str) -> None:
    days = ("2026-01-01", "2026-01-02", "2026-01-03")
    for n in range(3):
        await promised(store.append, *(entry(f"{run} {n} {i}") for i in range(1 + 8 * n)))
        await promised(store.append, *(long(f"{run} keyed {i}", "2026-01-01") for i in range(12)), key=f"{run}-one-{n}")
        await promised(store.append, *(long(f"{run} {i}", days[i % 3]) for i in range(30)), key=f"{run}-all-{n}")
        await promised(store.append, *(long(f"{run} {i}", days[i % 3]) for i in range(30)))
        await promised(store.append, entry(f"{run} another month", f"2025-1{n}-05"))
        await promised(store.append, entry(f"{run} doomed", "2026-01-02", level="error"), doomed=True)
    await asyncio.gather(*(promised(store.append, entry(f"{run} at once {n}", days[n % 3])) for n in range(9)))


async def refused(store: FileStore, run: str) -> None:
    """The disk fails in the middle of writes."""
    write = os.write

    def half(fd: int, data: bytes) -> int:
        if len(data) > 2000:
            return write(fd, data[:1500])
        if len(data) > 100:
            raise OSError(errno.EIO, "Input/output error")
        return write(fd, data)

    os.write = half  # type: ignore[assignment]
    try:
        for key in (None, f"{run}-refused"):
            await promised(store.append, *(long(f"{run} refused {i}", "2026-01-02") for i in range(6)), key=key)
    finally:
        os.write = write
    await promised(store.append, entry(f"{run} after", "2026-01-02"), key=f"{run}-after")


async def maintain(store: FileStore) -> None:
    await store.search(LogQuery())
    for name in plain(store.root):
        os.utime(store.root / name, (0, 0))
    store.maintenance._compress_after = 0
    await store.maintenance.compress(NOW)
    await promised(store.append, *(long(f"late {i}", "2026-01-01") for i in range(20)), key="late")
    await promised(store.append, entry("late doomed", "2026-01-01", level="error"), doomed=True)
    await store.prune([Equals("level", "error")], dry_run=False)
    await promised(store.append, entry("after pruning", "2026-01-01"), key="after")


async def in_files(root: Path) -> None:
    async with opened(root) as store:
        await ingest(store, "first")
        await refused(store, "first")
    async with opened(root) as store:
        await maintain(store)
        await ingest(store, "second")


async def in_spool(root: Path) -> None:
    for run in range(2):
        spool = Spool(root, 1_000_000_000)
        spool.open()
        spool.start()

        async def append(lines: object, claim: Claim | None, spool: Spool = spool) -> None:
            (fault,) = await spool.append([(lines, claim, lambda: None)])  # type: ignore[list-item]
            if fault is not None:
                raise fault

        for n in range(6):
            await promised(append, *(long(f"{run} {i}", "2026-01-01") for i in range(8)), key=f"{run}-{n}")
            await promised(append, entry(f"{run} {n}"))
            if n % 3 == 2:
                while (portion := spool.next()) is not None:
                    tell("drained", "-", *(one.id for one in portion.entries))
                    await spool.drained(portion)
        await spool.close()


if __name__ == "__main__":
    asyncio.run({"files": in_files, "spool": in_spool}[sys.argv[1]](Path(sys.argv[2])))
