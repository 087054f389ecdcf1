"""Alerts put together: what the server starts, stops and hands every batch to."""

from typing import Final

from logstream.alerts.courier import Courier
from logstream.alerts.definitions import AlertFile, Definitions
from logstream.alerts.desk import Desk
from logstream.alerts.targets import Targets
from logstream.alerts.usual import History
from logstream.alerts.watch import Watch
from logstream.metrics import Metrics
from logstream.shared import SharedState

LEASE_SECONDS: Final = 15.0
"""After so long without a word of the server that judges, another of those that share a database does."""


class Alerts:
    """The alerts of one server. `base`: the address of the page, `node`: its name where there may be other servers."""

    def __init__(
        self,
        state: SharedState,
        history: History,
        metrics: Metrics,
        *,
        file: AlertFile | None = None,
        signing_secret: str | None = None,
        allow_private: bool = False,
        base: str = "",
        node: str = "",
    ) -> None:
        targets = Targets(signing_secret, allow_private=allow_private)
        self._definitions = Definitions(state, targets, file)
        courier = Courier(state, targets.tell, metrics.alert_delivered)
        lease = LEASE_SECONDS if node else 0
        self._watch = Watch(state, history, self._definitions, courier, base=base, node=node, lease=lease)
        self.desk = Desk(state, history, self._definitions, targets, self._watch, base)
        self.publish = self._watch.publish
        metrics.alerts(lambda: self._watch.firing)

    @property
    def warnings(self) -> list[str]:
        return [] if self._definitions.fault is None else [self._definitions.fault]

    async def start(self, position: str) -> None:
        """Judge what comes after this place in the order of acceptance, and what was not judged before it.

        Raises InvalidAlertFile.
        """
        await self._definitions.start()
        self._watch.start(position)

    async def stop(self) -> None:
        await self._watch.stop()
