"""`logstream serve` with a store that prunes and compresses without a break."""

import asyncio
import logging
from datetime import UTC, datetime

from logstream import server, storage
from logstream.process_log import set_up_logging
from logstream.query.conditions import Compare, Equals
from logstream.settings import load_settings
from logstream.stores.file import compression
from logstream.stores.file.store import FileStore

log = logging.getLogger("logstream.busy")


class BusyStore(FileStore):
    async def start(self) -> None:
        await super().start()
        self.maintenance._compress_after = 0
        self._task = asyncio.create_task(self._work())

    async def _work(self) -> None:
        while True:
            for condition in (Equals("level", "error"), Compare("timestamp", "<", datetime(2026, 3, 1))):
                pruned = await self.prune([condition], dry_run=False)
                log.info("pruned %d entries %s", pruned.entries, pruned.warnings)
                await self.maintenance.compress(datetime.now(UTC))


if __name__ == "__main__":
    set_up_logging()
    compression.LATE_SECONDS = 0  # type: ignore[misc]
    vars(storage)["FileStore"] = BusyStore
    server.serve(load_settings())
