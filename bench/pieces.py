"""What an entry costs piece by piece, each alone in one process on one core, in microseconds of processor time.

Of what the event loop does for an entry, that is all but HTTP, the socket, and waiting for the interpreter lock; of the
index, all. `batches of 1000` tells the whole, by thread.
"""

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

from bench.bodies import Live, native
from bench.days import UNTIL, plan, write_day
from bench.process import SERVER
from bench.report import Report
from bench.server import temporary_folder
from logstream.entries.entry import Batch
from logstream.entries.ids import IdSource
from logstream.receivers.incoming import Origin
from logstream.receivers.making import Horizon, made
from logstream.receivers.native import receive
from logstream.stores.index.index import Index
from logstream.stores.journal.naming import lines_by_day
from logstream.stores.journal.offline import open_offline

BATCH: Final = 1000
ENTRIES: Final = 500_000
INDEX_MEMORY: Final = 512 * 1024 * 1024


@contextmanager
def piece(costs: dict[str, float], name: str) -> Iterator[None]:
    """Add the time it takes to that of its name."""
    began = time.process_time()
    yield
    costs[name] = costs.get(name, 0.0) + time.process_time() - began


async def accept(costs: dict[str, float], bodies: list[bytes]) -> None:
    """What the event loop does with bodies, in the order of `web/ingest.py` and `accept.py`."""
    origin, ids = Origin(), IdSource()
    horizon = Horizon(timedelta(days=1), lambda count: None)
    for body in bodies:
        with piece(costs, "decode"):
            received = receive(body, origin)
        with piece(costs, "make entries"):
            created_at = await made(received, horizon)
        entries = received.entries
        with piece(costs, "ids and times"):
            for entry, new_id in zip(entries, ids.take(len(entries)), strict=True):
                entry.id = new_id
                entry.created_at = created_at
        with piece(costs, "encode"):
            batch = Batch(entries)
        with piece(costs, "by day"):
            lines_by_day(batch)


def index(costs: dict[str, float], folder: Path, count: int) -> None:
    """What the index does with a day, on one thread."""
    write_day(folder, plan(count, UNTIL, 1)[0], compressed=False)
    journal = open_offline(folder)
    opened = Index(journal, INDEX_MEMORY, threads=1)
    opened.open()
    with piece(costs, "index: load"):
        opened.step()
    with piece(costs, "index: close, with a checkpoint"):
        opened.close()
    journal.close()


def pieces(report: Report) -> None:
    count = report.count(ENTRIES)
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, SERVER)
    try:
        with report.working("pieces"), temporary_folder() as folder:
            lives = [Live(body) for body in native(BATCH)]
            bodies = [bytes(lives[i % len(lives)]) for i in range(count // BATCH)]
            costs: dict[str, float] = {}
            asyncio.run(accept(costs, bodies))
            index(costs, folder, count)
    finally:
        os.sched_setaffinity(0, before)
    for name, seconds in costs.items():
        report.add("pieces", f"piece: {name}", seconds / count * 1e6, "µs an entry")
