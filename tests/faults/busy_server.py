"""`logstream serve` with a store that prunes: without a break, compressing too, or once for each SIGUSR1."""

import asyncio
import logging
import signal
import sys
import time
from datetime import UTC, datetime

from logstream import server
from logstream.logs import set_up_logging
from logstream.query import Compare, Equals
from logstream.settings import load_settings
from logstream.stores import compression
from logstream.stores.file import FileStore

log = logging.getLogger("logstream.busy")

DEBUG = Equals("level", "debug")


class BusyStore(FileStore):
    async def start(self) -> None:
        await super().start()
        self.upkeep._compress_after = 0
        self._task = asyncio.create_task(self._work())

    async def _work(self) -> None:
        while True:
            for condition in (Equals("level", "error"), Compare("timestamp", "<", datetime(2026, 3, 1))):
                pruned = await self.prune([condition], dry_run=False)
                log.info("pruned %d entries %s", pruned.entries, pruned.warnings)
                await self.upkeep.compress(datetime.now(UTC))


class ObedientStore(FileStore):
    async def start(self) -> None:
        await super().start()
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, self._asked)

    def _asked(self) -> None:
        self._task = asyncio.create_task(self._work())

    async def _work(self) -> None:
        counted = await self.prune([DEBUG], dry_run=True)
        began = time.monotonic()
        pruned = await self.prune([DEBUG], dry_run=False)
        took = time.monotonic() - began
        log.info("counted %d, pruned %d in %.1f s %s", counted.entries, pruned.entries, took, pruned.warnings)


if __name__ == "__main__":
    set_up_logging()
    compression.LATE_SECONDS = 0  # type: ignore[misc]
    vars(server)["FileStore"] = ObedientStore if "once" in sys.argv else BusyStore
    server.serve(load_settings())
