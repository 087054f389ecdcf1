"""Applies the retention policies from time to time, as their rules say."""

import asyncio
import logging
import time
from typing import Final

from logstream.entries.timestamps import parse_timestamp
from logstream.retention.retention import Retention
from logstream.store import StoreUnavailable

log = logging.getLogger("logstream.retention")

CHECK_SECONDS: Final = 60
"""How often it is looked whether a run is due."""

RECENT_RUNS: Final = 100
"""Runs among which the last scheduled one is looked for."""


class Scheduler:
    """Runs `retention` when it is due, from `start` to `stop`."""

    def __init__(self, retention: Retention) -> None:
        self._retention = retention
        self._timer: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._timer = asyncio.ensure_future(self._run_when_due(time.time()))

    async def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            await asyncio.wait([self._timer])

    async def _run_when_due(self, started: float) -> None:
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            try:
                await self._run_if_due(started)
            except StoreUnavailable as error:
                log.warning("retention has to wait: %s", error)
            except Exception:
                log.exception("a retention run failed")

    async def _run_if_due(self, started: float) -> None:
        """Intervals are counted from midnight, when cutoffs move; one that was slept through is made up for.

        A policy that has just been written is not applied at once: there is time for a dry run.
        """
        rules = await self._retention.rules()
        if not rules.enabled or not rules.interval_hours or not rules.policies:
            return
        interval = rules.interval_hours * 3600
        last = await self._last_scheduled() or started
        if time.time() // interval > last // interval:
            await self._retention.run(rules.policies, dry_run=False, scheduled=True)

    async def _last_scheduled(self) -> float | None:
        """When the last scheduled run began, in seconds since 1970."""
        for run in await self._retention.runs.latest(RECENT_RUNS):
            moment = parse_timestamp(run.ran_at)
            if run.scheduled and moment is not None:
                return moment.timestamp()
        return None
