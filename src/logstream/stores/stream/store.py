"""The store of a cluster: a stream takes what any node accepts, and fills a database in which every node searches."""

import asyncio
import contextlib
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final, TypeVar

from logstream import __version__
from logstream.entries.entry import Batch, LogEntry, encode_lines
from logstream.entries.timestamps import parse_timestamp
from logstream.metrics import Metrics
from logstream.query.conditions import NO_LIMIT, Accepted, Condition, LogQuery
from logstream.query.results import Page, Patterns, Stats, ValueCount
from logstream.query.statistics import StatsQuery
from logstream.store import Claim, Pruned, Receipt, StoreUnavailable
from logstream.stores.reading.order import place_number
from logstream.stores.stream import history
from logstream.stores.stream.connection import Connection
from logstream.stores.stream.filled import Filled
from logstream.stores.stream.freshness import Freshness
from logstream.stores.stream.indexer import Indexer
from logstream.stores.stream.lease import Lease
from logstream.stores.stream.message import OFFSET_BITS, Foreign, NewerVersion, StreamBatch, decode, end_of, sequence_of
from logstream.stores.stream.nodes import Beat, Nodes
from logstream.stores.stream.rejected import Rejected
from logstream.stores.stream.stream import Stream, StreamSettings
from logstream.stores.stream.tail import Tail
from logstream.stores.stream.writer import KEEP, Writer, receipt_in
from logstream.stores.turns import Turns

RECEIPT_SECONDS: Final = 2.0
"""How long the database may take to look for a claim."""

REACH_SECONDS: Final = 5.0
"""How long what is on its way from the stream is waited for."""

LOOK_SECONDS: Final = 3.0

BEHIND_SECONDS: Final = 10.0
"""How long something may wait in the stream before health says so."""

Result = TypeVar("Result")


class Unfilled:
    """What came within a second: since when, up to which message, and how many entries."""

    def __init__(self, since: float) -> None:
        self.since = since
        self.until = 0
        self.entries = 0


class StreamStore:
    """Entries over `connection` into the stream of `settings`, and from there into `filled`, which searches."""

    def __init__(
        self,
        connection: Connection,
        settings: StreamSettings,
        filled: Filled,
        *,
        node: str,
        metrics: Metrics | None = None,
    ) -> None:
        metrics = metrics or Metrics()
        self._connection = connection
        self._filled = filled
        self._node = node
        self._instance = secrets.token_hex(8)
        self._stream = Stream(connection, settings)
        self._tail = Tail(connection, self._stream, self._missed)
        self._writer = Writer(connection, self._stream, node, self._tail.expect, self._tail.forget)
        self._nodes = Nodes(connection, settings.name, self._beat, self._progressed)
        self._freshness = Freshness(filled, self._stream, self._nodes.ask_to_hurry)
        lease = Lease(connection, settings.name, f"{node} {self._instance}")
        rejected = Rejected(connection, settings.name, settings.replicas)
        progressed, hurry, on_commit = self._nodes.announce, self._nodes.hurry, metrics.commit.observe
        self._indexer = Indexer(connection, self._stream, filled, rejected, lease, progressed, hurry, on_commit)
        self._publish: Callable[[Batch], None] = lambda batch: None
        self._unfilled: deque[Unfilled] = deque()
        """What was handed on and is not known to be in the database, by the second in which it came."""
        self._looking: asyncio.Task[None] | None = None
        self._last_id: str | None = None
        self.position: str | None = None
        self._turns = Turns(metrics)
        metrics.gauge("stream_lag_entries", "Entries that wait in the stream for the database", lambda: self.waiting)
        metrics.gauge("stream_away", "1 while NATS can't be used", lambda: connection.away is not None)
        metrics.gauge("database_away", "1 while the database can't be used", lambda: self._freshness.away is not None)
        metrics.gauge("stream_indexer", "1 while this node fills the database", lambda: self._indexer.leads)
        metrics.gauge("stream_nodes", "Nodes of the cluster that can be heard", lambda: len(self._nodes.seen))

    async def start(self) -> None:
        try:
            await self._connection.start()
            await self._freshness.start()
            info = await self._stream.open(self._freshness.next)
            await self._begin_after(info.state.last_seq)
            await self._nodes.start()
        except StoreUnavailable:
            await self._connection.stop()
            await self._filled.close()
            raise
        self._freshness.watch()
        self._looking = asyncio.ensure_future(self._look_forever())
        self._writer.start()
        self._indexer.start()

    async def _begin_after(self, last: int) -> None:
        """What is in the stream by now was handed on before this start; new ids are greater than all in it."""
        self._tail.start(last)
        self.position = end_of(last)
        newest = await self._stream.get(last_by_subj=f"{self._stream.name}.*") if last else None
        claimed = await self._stream.get(last_by_subj=self._stream.claims) if last else None
        ids = [] if self._freshness.away is not None else [await self._filled.last_id()]
        for found in (newest, claimed):
            if found is not None and found.subject != self._stream.parts:
                try:
                    ids.append(decode(found.payload)[0].last_id)
                except (Foreign, NewerVersion):
                    continue
        self._last_id = max(filter(None, ids), default=None)

    async def _look_forever(self) -> None:
        """What is told of the stream's replicas is at most so old."""
        while True:
            with contextlib.suppress(StoreUnavailable):
                await self._stream.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def stop(self) -> None:
        await self._writer.stop()
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait((self._looking,))
        await self._indexer.stop()
        await self._nodes.stop()
        await self._tail.stop()
        await self._freshness.stop()
        await self._connection.stop()
        await self._filled.close()

    def last_id(self) -> str | None:
        return self._last_id

    def follow(self, publish: Callable[[Batch], None]) -> None:
        self._publish = publish
        self._tail.follow(self._hand_on)

    def _hand_on(self, batch: Batch) -> None:
        sequence = sequence_of(batch.position) or 0
        if sequence > self._freshness.progress:
            now = time.monotonic()
            if not self._unfilled or now - self._unfilled[-1].since > 1:
                self._unfilled.append(Unfilled(now))
            self._unfilled[-1].until = sequence
            self._unfilled[-1].entries += len(batch)
        self._publish(batch)

    async def _missed(self, after: int, before: int) -> AsyncIterator[StreamBatch]:
        """What the database has of the messages between two, once it has all of them."""
        await self._freshness.reached(before - 1)
        place = Accepted(end_of(after), end_of(before - 1))
        async for entries in self._filled.scan(LogQuery([place], by_id=True, ascending=True, limit=NO_LIMIT)):
            position = await self._filled.position_of(entries[-1].id)
            sequence = sequence_of(position or "")
            if position is None or sequence is None:
                raise StoreUnavailable("what is no longer in the stream is being removed")
            first = place_number(position) - (sequence << OFFSET_BITS) - len(entries) + 1
            yield StreamBatch(sequence, first, encode_lines(entries), len(entries), entries[-1].id)

    async def settled(self) -> None:
        """Return when the database has all that was acknowledged by now. Raises StoreUnavailable."""
        await self._freshness.all_stored()

    def _progressed(self, sequence: int) -> None:
        self._freshness.announce(sequence)
        while self._unfilled and self._unfilled[0].until <= sequence:
            self._unfilled.popleft()

    @property
    def leads(self) -> bool:
        """Whether this node does what one node does for all."""
        return self._indexer.leads

    @property
    def degraded(self) -> str | None:
        if self._connection.away is not None:
            return f"{self._connection.away}; nothing can be accepted"
        if self._writer.refused is not None:
            return f"the last entries were not accepted: {self._writer.refused}"
        if self._freshness.away is not None:
            return f"{self._freshness.away}; entries wait in the stream"
        if self._indexer.fault is not None:
            return f"{self._indexer.fault}; entries wait in the stream"
        if self._tail.fault is not None:
            return f"{self._tail.fault}; viewers of this node see nothing new"
        if self._unfilled and time.monotonic() - self._unfilled[0].since > BEHIND_SECONDS:
            return f"{self.waiting} entries wait in the stream for the database"
        return None

    @property
    def waiting(self) -> int:
        return sum(each.entries for each in self._unfilled)

    @property
    def faults(self) -> list[str]:
        info = self._stream.info
        if info is None or self._connection.away is not None:
            return []
        behind = [peer.name for peer in info.cluster.replicas if peer.offline or not peer.current]
        return [f"the stream's replica on {name} is away or behind" for name in behind]

    @property
    def cluster(self) -> dict[str, object]:
        """What GET /api/health and GET /api/info tell of the cluster."""
        info, nodes = self._stream.info, self._nodes.seen
        told: dict[str, object] = {
            "node": self._node,
            "nodes": [{"node": beat.node, "version": beat.version, "indexes": beat.indexes} for beat in nodes],
            "indexer": next((beat.node for beat in nodes if beat.indexes), None),
            "lag": self.waiting,
        }
        if info is not None:
            replicas = [{"name": info.cluster.leader, "leader": True, "current": True}] if info.cluster.leader else []
            replicas += [
                {"name": peer.name, "leader": False, "current": peer.current and not peer.offline}
                for peer in info.cluster.replicas
            ]
            told["stream"] = {"name": self._stream.name, "last": info.state.last_seq, "replicas": replicas}
        return told

    def _beat(self) -> Beat:
        return Beat(self._node, self._instance, __version__, self._indexer.leads)

    @property
    def busy(self) -> bool:
        return self._writer.backpressure.is_high

    async def admit(self) -> None:
        await self._writer.backpressure.wait(self._filled.search_timeout)

    async def append(
        self, batch: Batch, claim: Claim | None = None, on_durable: Callable[[], None] = lambda: None
    ) -> Receipt | None:
        return await self._writer.append(batch, claim, on_durable)

    async def receipt_for(self, client: str, key: str) -> Receipt | None:
        """From the stream, as far as it reaches back, else from the database."""
        found = await self._stream.get(last_by_subj=self._stream.subject_of(client, key))
        if found is not None:
            return await receipt_in(self._stream, found)
        try:
            if self._freshness.away is not None:
                raise StoreUnavailable(self._freshness.away)
            async with asyncio.timeout(RECEIPT_SECONDS):
                return await self._filled.receipt_for(client, key)
        except (StoreUnavailable, TimeoutError):
            self._freshness.check()
            if await self._reaches_back(KEEP):
                return None
            reason = "the database is away, and whether this Idempotency-Key was used before is not known"
            raise StoreUnavailable(reason, retry_after=5) from None

    async def _reaches_back(self, span: timedelta) -> bool:
        """Whether the stream has all that was accepted in this span, or ever."""
        state = (self._stream.info or await self._stream.look()).state
        oldest = parse_timestamp(state.first_ts)
        return state.first_seq <= 1 or (oldest is not None and oldest < datetime.now(UTC) - span)

    async def position_of(self, entry_id: str) -> str | None:
        """In the memory of this node, else in the database once it has all that was acknowledged."""
        if (found := self._tail.recent.position_of(entry_id)) is not None:
            return found
        last = await self._stream.last_sequence()
        until = time.monotonic() + REACH_SECONDS
        while self._tail.sequence < last:  # it may have been acknowledged by another node, and be on its way
            await asyncio.sleep(0.005)
            if time.monotonic() > until or self._connection.away is not None:
                raise StoreUnavailable(self._connection.away or "this node is behind the stream")
        if (found := self._tail.recent.position_of(entry_id)) is not None:
            return found
        await self._freshness.reached(last)
        if (found := await self._filled.position_of(entry_id)) is not None:
            return found
        oldest = await self._filled.oldest_id()
        return "" if oldest is None or entry_id < oldest else None

    async def search(self, query: LogQuery) -> Page:
        return await self._ask(lambda: self._filled.search(query))

    def whole(self, page: Page) -> AsyncIterator[Sequence[LogEntry]]:
        return self._filled.whole(page)

    async def scan(self, query: LogQuery) -> AsyncIterator[Sequence[LogEntry]]:
        place = history.place_in(query)
        if place is not None and await self._is_in_stream(place.after):
            async for entries in history.scan(self._connection, self._stream, query, place):
                yield entries
            return
        await self._freshness.all_stored()
        async for entries in self._filled.scan(query):
            yield entries

    async def _is_in_stream(self, position: str) -> bool:
        """Whether the stream has all that comes after a place."""
        sequence = sequence_of(position)
        return sequence is not None and sequence >= (await self._stream.look()).state.first_seq

    async def stats(self, query: StatsQuery) -> Stats:
        return await self._ask(lambda: self._filled.stats(query))

    async def values(self, field: str, where: Sequence[Condition], prefix: str, limit: int) -> Sequence[ValueCount]:
        return await self._ask(lambda: self._filled.values(field, where, prefix, limit))

    async def patterns(self, query: LogQuery, zone: tzinfo) -> Patterns:
        return await self._ask(lambda: self._filled.patterns(query, zone))

    async def get(self, id_or_trace: str) -> LogEntry | None:
        return await self._ask(lambda: self._filled.get(id_or_trace))

    async def prune(self, where: Sequence[Condition], *, dry_run: bool) -> Pruned:
        await self._freshness.all_stored()
        return await self._filled.prune(where, dry_run=dry_run)

    async def _ask(self, work: Callable[[], Awaitable[Result]]) -> Result:
        """Run `work`, whose reads keep to SEARCH_TIMEOUT, on all that was acknowledged before, by whichever node."""
        with self._turns.turn():
            try:
                await self._freshness.all_stored()
                return await work()
            except StoreUnavailable:
                self._freshness.check()
                raise
