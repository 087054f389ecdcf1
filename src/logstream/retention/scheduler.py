"""Applies the retention policies on schedule, as their rules say."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from typing import Final

from logstream.entries.timestamps import parse_timestamp
from logstream.retention.retention import ClockInDoubt, Retention
from logstream.store import StoreUnavailable

log = logging.getLogger("logstream.retention")

CHECK_SECONDS: Final = 60
"""How often to check whether a run is due."""

RECENT_RUNS: Final = 100
"""How many past runs to search for the last scheduled one."""


class Scheduler:
    """Runs `retention` when it is due, from `start` to `stop`, while it is this server's turn."""

    def __init__(self, retention: Retention, its_turn: Callable[[], bool] = lambda: True) -> None:
        self._retention = retention
        self._its_turn = its_turn
        self._timer: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._timer = asyncio.ensure_future(self._run_when_due(time.time()))

    async def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            await asyncio.wait([self._timer])

    async def _run_when_due(self, started: float) -> None:
        with contextlib.suppress(ClockInDoubt, StoreUnavailable):  # said below; the index may be still on its way
            await self._retention.watch_clock()
        said = ""
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            if not self._its_turn():
                continue
            try:
                await self._retention.watch_clock()
                await self._run_if_due(started)
            except ClockInDoubt as error:
                if str(error) != said:
                    log.warning("retention is put off: %s; set it right, or use `retention run --force`", error)
                said = str(error)
            except StoreUnavailable as error:
                log.warning("retention is postponed: %s", error)
            except Exception:
                log.exception("a retention run failed")

    async def _run_if_due(self, started: float) -> None:
        """Intervals are counted from midnight, when cutoffs move; a missed one is made up for.

        A new policy is not applied right away, which leaves time for a dry run.
        """
        rules = await self._retention.rules()
        if not rules.enabled or not rules.interval_hours or not rules.policies:
            return
        interval = rules.interval_hours * 3600
        last = await self._last_scheduled() or started
        if time.time() // interval > last // interval:
            await self._retention.run(rules.policies, dry_run=False, scheduled=True)

    async def _last_scheduled(self) -> float | None:
        """When the last scheduled run started, in seconds since 1970."""
        for run in await self._retention.runs.latest(RECENT_RUNS):
            moment = parse_timestamp(run.ran_at)
            if run.scheduled and moment is not None:
                return moment.timestamp()
        return None
