"""The one door: entries from every receiver get their ids here, then go to the store, which hands them to the viewers.

Ids must sort in the order in which entries are stored and streamed: resuming, cursors and gaps rely on it. So nothing
is awaited between handing out ids and handing the batch to the store, which preserves the order of the calls.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

from logstream.entries.entry import Batch, LogEntry
from logstream.entries.ids import IdSource
from logstream.entries.timestamps import format_timestamp, utc_now
from logstream.metrics import Metrics
from logstream.store import Appender, Claim, Receipt

ClaimKey = tuple[str, str]
"""A client and its Idempotency-Key."""


class Acceptor:
    """Accepts entries into `store`; `publish` gets every batch once it is durable, in the order of acceptance.

    Where several servers share the store, it gets their batches too, and new ids are greater than theirs.
    """

    def __init__(self, store: Appender, publish: Callable[[Batch], None], metrics: Metrics) -> None:
        self._store = store
        self._publish = publish
        self._metrics = metrics
        self._ids = IdSource()
        self._newest = ""
        self._in_flight: dict[ClaimKey, asyncio.Event] = {}

    def start(self) -> None:
        """Continue ids after the last of an earlier run. To be called once the store has started."""
        if last_id := self._store.last_id():
            self._ids.seed(last_id)
        self._store.follow(self._hand_on)

    @property
    def last_id(self) -> str:
        """A bound: no entry so far has a greater id, and all new ones will."""
        return self._ids.last_id

    @property
    def position(self) -> str:
        """Where the order of acceptance stands at the start: what is published comes after it."""
        return self._store.position or self.last_id

    async def accept(
        self,
        entries: list[LogEntry],
        receipt: Callable[[Batch], Receipt],
        claim_key: ClaimKey | None = None,
        created_at: str = "",
    ) -> Receipt:
        """Make entries durable and return their receipt, which is stored with them under `claim_key`, if given.

        The entries still lack `id` and `created_at`. The latter is set to `created_at` if the store is not busy,
        else to the time at which they are handed to the store. Raises StoreUnavailable: then nothing is stored.
        """
        if self._store.busy:
            await self._store.admit()
            created_at = ""
        # Nothing is awaited from here to the store's queue: see the module docstring.
        created_at = created_at or format_timestamp(utc_now())
        for entry, new_id in zip(entries, self._ids.take(len(entries)), strict=True):
            entry.id = new_id
            entry.created_at = created_at
        batch = Batch(entries)
        self._newest = batch.last_id
        given = receipt(batch)
        claim = None if claim_key is None else Claim(*claim_key, given)
        began = time.perf_counter()
        given_before = await self._store.append(batch, claim, lambda: self._metrics.accepted(batch))
        self._metrics.append.observe(time.perf_counter() - began)
        return given_before or given

    async def once(self, claim_key: ClaimKey, work: Callable[[], Awaitable[Receipt]]) -> tuple[Receipt, bool]:
        """The receipt given earlier under this key and True, else that of `work` and False.

        Concurrent calls with the same key wait for the first. `work` must pass the key to `accept`. Raises
        StoreUnavailable.
        """
        while (first := self._in_flight.get(claim_key)) is not None:
            await first.wait()
        done = self._in_flight[claim_key] = asyncio.Event()
        try:
            given_before = await self._store.receipt_for(*claim_key)
            if given_before is not None:
                return given_before, True
            return await work(), False
        finally:
            del self._in_flight[claim_key]
            done.set()

    def _hand_on(self, batch: Batch) -> None:
        if batch.last_id > self._newest:  # another server's: comparing costs less than taking ids apart
            self._ids.seed(batch.last_id)
        self._publish(batch)
