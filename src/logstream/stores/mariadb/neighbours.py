"""Other servers on the same database, without a stream between them: noticed, because much is not as one may think.

Every server says so in a row of its own, by the database's clock. What it is itself is kept too: which ids it has given
out, since of those alone it knows what it has shown before and after them.
"""

import asyncio
import contextlib
import logging
from collections import deque
from typing import Final

from sqlalchemy import text

from logstream.entries.entry import Batch
from logstream.store import StoreUnavailable
from logstream.stores.mariadb.database import Database
from logstream.stores.mariadb.faults import FAULTS

log = logging.getLogger("logstream.mariadb")

BEAT_SECONDS: Final = 2.0
GONE_SECONDS: Final = 10
"""After so long without a word a server counts as gone."""

ANSWER_SECONDS: Final = 5.0
MAX_BATCHES: Final = 100_000
"""Batches of which it is remembered that they were accepted here."""

_SAY: Final = text(
    "INSERT INTO server_nodes (node, seen_at) VALUES (:node, UTC_TIMESTAMP(6)) ON DUPLICATE KEY UPDATE "
    "seen_at = UTC_TIMESTAMP(6)"
)
_OTHERS: Final = text(
    "SELECT node FROM server_nodes WHERE node <> :node AND seen_at > UTC_TIMESTAMP(6) - INTERVAL :gone SECOND "
    "ORDER BY node"
)
_LEAVE: Final = text("DELETE FROM server_nodes WHERE node = :node")


class Neighbours:
    """Those of `node` on `database`."""

    def __init__(self, database: Database, node: str) -> None:
        self._database = database
        self._node = node
        self._accepted: deque[tuple[str, str]] = deque(maxlen=MAX_BATCHES)
        """Smallest and greatest id of each batch that was accepted here."""
        self._task: asyncio.Task[None] | None = None
        self.others: list[str] = []
        """The servers there are now, by name."""
        self.were_there = False
        """Whether there have been any since this start."""

    def start(self) -> None:
        self._task = asyncio.ensure_future(self._beat_forever())

    async def stop(self) -> None:
        if self._task is None:
            return
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        with contextlib.suppress(*FAULTS):
            async with asyncio.timeout(ANSWER_SECONDS), self._database.write() as connection:
                await connection.execute(_LEAVE, {"node": self._node})

    @property
    def warnings(self) -> list[str]:
        """What an operator should know of them."""
        return [
            f"another server uses this database: {other}; viewers see only what their own server accepts, and resuming "
            "on the other one leaves a gap; set NATS_URL on both to make them one cluster"
            for other in self.others
        ]

    def accepted(self, batch: Batch) -> None:
        self._accepted.append((batch.entries[0].id, batch.last_id))

    def places(self, entry_id: str) -> bool:
        """Whether all that was accepted after an entry has a greater id, as far as can be known."""
        if not self.were_there:
            return True
        return any(first <= entry_id <= last for first, last in reversed(self._accepted))

    async def look(self) -> None:
        """Say that this server is there, and read who else is. Raises FAULTS or StoreUnavailable."""
        async with asyncio.timeout(ANSWER_SECONDS), self._database.write() as connection:
            await connection.execute(_SAY, {"node": self._node})
            rows = await connection.execute(_OTHERS, {"node": self._node, "gone": GONE_SECONDS})
            before, self.others = self.others, [row[0] for row in rows]
        if self.others:
            self.were_there = True
        for warning, other in zip(self.warnings, self.others, strict=True):
            if other not in before:
                log.warning("%s", warning)

    async def _beat_forever(self) -> None:
        while True:
            with contextlib.suppress(StoreUnavailable, *FAULTS):  # said by who looks after the database
                await self.look()
            await asyncio.sleep(BEAT_SECONDS)
