"""The one task that judges what is accepted: every entry once, in order, for all alerts together.

State, position (the id up to which entries were judged) and outbox are written in one transaction. So after a crash
judging goes on behind the position with what was known there: what had fired has fired, what had been counted is
counted, and what came after it is read from the store. The same way, by id from the position on, is gone when more
arrives than can be judged at once, so that nothing waits here beyond a bound and no sender ever waits for alerts.

Where several servers share a database one of them judges, what it accepts itself: who writes the position. Another
takes over when it has been silent for the lease.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from logstream.alerts.alert import Alert, NewPattern
from logstream.alerts.condition import Group, State, Watched
from logstream.alerts.courier import Courier, history_of
from logstream.alerts.definitions import Definitions
from logstream.alerts.filters import Filters
from logstream.alerts.telling import Telling
from logstream.alerts.usual import History, usual
from logstream.entries.entry import Batch, LogEntry
from logstream.entries.timestamps import parse_timestamp
from logstream.query.conditions import Accepted, And, Condition, LogQuery, Or
from logstream.query.predicate import TooCostly
from logstream.shared import Change, Outdated, Put, Remove, SharedState, Trim
from logstream.store import StoreUnavailable

log = logging.getLogger("logstream.alerts")

STATES: Final = "alert-states"
MUTES: Final = "alert-mutes"
POSITION: Final = ("alert-watch", "position")

PENDING_BYTES: Final = 8 * 1024 * 1024
"""Bytes of entries that may wait to be judged; when there are more, they are read from the store."""

PORTION: Final = 500
SHARE: Final = 0.25
"""Part of the event loop's time that judging may take while it is behind."""

SLICE_SECONDS: Final = 0.005
"""Less than this is not worth a pause."""

TICK_SECONDS: Final = 1.0
KEEP_SECONDS: Final = 10.0
"""How often what was counted is written while nothing fires: what a crash makes be judged once more."""

POLL_SECONDS: Final = 5.0
"""How soon a change that another server or a person's editor made counts."""

MAX_CAUGHT_UP: Final = 200_000
"""Entries that concern any alert and are judged after a restart; of more, the rest is left out, and that is said."""

MAX_LEARNED: Final = 100_000
"""The newest matching entries of before, from which an alert on new patterns learns what is not new."""

RETRY_SECONDS: Final = 1.0
STOP_SECONDS: Final = 5.0
"""How long a stop waits until what was counted is written; without that it is judged once more."""


class Position(msgspec.Struct, frozen=True):
    """Up to where entries were judged, by which server and when."""

    node: str
    last_id: str
    at: float


class Mute(msgspec.Struct, frozen=True):
    until: str


class Watch:
    """Judges with the definitions there are. Everything is called on the event loop's thread.

    `base` is the address of the page. `lease` seconds after its last word another node may be taken to be gone; with 0
    there is no other.
    """

    def __init__(
        self,
        state: SharedState,
        history: History,
        definitions: Definitions,
        courier: Courier,
        *,
        base: str = "",
        node: str = "",
        lease: float = 0,
    ) -> None:
        self.last_id = ""
        """Entries up to here have been published, or were stored before this process began."""
        self._state = state
        self._history = history
        self._definitions = definitions
        self._courier = courier
        self._base = base
        self._node = node
        self._lease = lease
        self._watched: dict[str, Watched] = {}
        self._filters: Filters[Watched] = Filters([])
        self._mutes: dict[str, float] = {}
        self._known: object = None
        """By which it is seen that definitions or mutes have changed."""
        self._queueing = False
        self._pending: list[Batch] = []
        self._pending_bytes = 0
        self._missed_until = ""
        self._position = ""
        self._revision = 0
        self._down_since: float | None = None
        self._judged = 0.0
        """The moment of the entry that was judged last."""
        self._kept_at = self._polled_at = 0.0
        self._wake = asyncio.Event()
        self._reloads: list[asyncio.Future[None]] = []
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    def publish(self, batch: Batch) -> None:
        """Take a durable batch; without alerts this costs nothing."""
        self.last_id = batch.entries[-1].id
        if not self._queueing:
            return
        self._pending.append(batch)
        self._pending_bytes += len(batch.lines)
        if self._pending_bytes > PENDING_BYTES:
            self._missed_until = self.last_id
            self._pending.clear()
            self._pending_bytes = 0
        self._wake.set()

    def start(self) -> None:
        self._task = asyncio.ensure_future(self._run())

    async def stop(self) -> None:
        """Write what was counted; what was not delivered waits for the next start."""
        if self._task is None:
            return
        self._stopping = True
        self._wake.set()
        await asyncio.wait((self._task,), timeout=STOP_SECONDS)
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        await self._courier.stop()

    async def reload(self) -> None:
        """Return when what is defined now counts for every entry that comes from here on."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._reloads.append(done)
        self._wake.set()
        await asyncio.wait((done,), timeout=POLL_SECONDS)

    @property
    def firing(self) -> dict[str, bool]:
        """By name of the alerts that are judged here, whether they fire."""
        return {watched.alert.name: bool(watched.firing) for watched in self._watched.values()}

    async def _run(self) -> None:
        while not self._stopping:
            pause = POLL_SECONDS if self._polls else None
            reloads, self._reloads = self._reloads, []
            try:
                leads = await self._lead()
                self._answer(reloads)
                if leads:
                    await self._courier.start()
                    await self._judge_forever()
            except Outdated:
                log.warning("what is known of the alerts was written by another server, or is not what was expected")
                pause = RETRY_SECONDS
            except StoreUnavailable as error:
                log.warning("alerts wait: %s", error)
                pause = RETRY_SECONDS
            except Exception:
                log.exception("judging alerts failed; it is tried again")
                pause = RETRY_SECONDS
            self._answer(reloads)
            await self._courier.stop()
            self._rest()
            if not self._reloads and not self._stopping:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), pause)
            self._wake.clear()

    def _rest(self) -> None:
        """Nothing is judged here until further notice."""
        self._queueing = False
        self._pending.clear()
        self._pending_bytes = 0
        self._watched.clear()

    async def _lead(self) -> bool:
        """Take over all there is to judge, if there is any and nobody else does it."""
        defined = await self._defined()
        if not defined:
            return False
        document = await self._state.get(*POSITION)
        before = None if document is None else msgspec.json.decode(document.body, type=Position)
        if before is not None and before.node != self._node and time.time() - before.at < self._lease:
            return False
        self._queueing, self._missed_until = True, self.last_id
        states = {kept.name: msgspec.json.decode(kept.body, type=State) for kept in await self._state.listed(STATES)}
        self._watched = {alert.id: await self._watch(alert, states.get(alert.id)) for alert in defined}
        self._filters = self._make_filters()
        first = min(watched.after for watched in self._watched.values())
        self._position = max(first, "" if before is None else before.last_id)
        self._revision = 0 if document is None else document.revision
        self._down_since = None if before is None else before.at
        gone = [Remove(STATES, name) for name in states if name not in self._watched]
        await self._keep([*gone])
        return True

    async def _defined(self) -> list[Alert]:
        """The alerts that are switched on; mutes are read as well."""
        self._polled_at = time.monotonic()
        kept = await self._definitions.listed()
        mutes = await self._state.listed(MUTES)
        moments = {each.name: parse_timestamp(msgspec.json.decode(each.body, type=Mute).until) for each in mutes}
        self._mutes = {name: moment.timestamp() for name, moment in moments.items() if moment is not None}
        alerts = [each.item for each in kept if each.item.enabled]
        self._known = (alerts, self._mutes)
        return alerts

    async def _watch(self, alert: Alert, state: State | None) -> Watched:
        if state is not None and state.condition != alert.condition:
            state = None
        watched = Watched(alert, state, time.time(), self.last_id)
        if state is None and isinstance(alert.when, NewPattern):
            await self._learn(watched)
        return watched

    async def _learn(self, watched: Watched) -> None:
        where = [*watched.alert.where, Accepted("", watched.after)]
        query = LogQuery(where, by_id=True, limit=MAX_LEARNED, counted=False)
        async with contextlib.aclosing(self._history.scan(query)) as portions:  # type: ignore[type-var]
            async for entries in portions:
                await asyncio.to_thread(watched.learn_from, entries)

    def _make_filters(self) -> Filters[Watched]:
        return Filters([(watched.alert.where, watched) for watched in self._watched.values()])

    async def _judge_forever(self) -> None:
        """Until there is nothing more to judge."""
        while not self._stopping:
            if self._reloads or (self._polls and time.monotonic() - self._polled_at > POLL_SECONDS):
                await self._reload()
                if not self._watched:
                    return
            if self._missed_until > self._position:
                await self._catch_up()
                continue
            if self._down_since is not None:
                self._go_on_after(max(self._down_since, self._judged))
            while self._pending:
                batch = self._pending.pop(0)
                self._pending_bytes -= len(batch.lines)
                for start in range(0, len(batch.entries), PORTION):
                    await self._judge(batch.entries[start : start + PORTION])
            await self._pass_time()
            if not self._pending and not self._reloads and not self._stopping:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), TICK_SECONDS)
            self._wake.clear()
        await self._keep([])

    @property
    def _polls(self) -> bool:
        """Whether definitions can change without `reload`."""
        return self._lease > 0 or self._definitions.has_file

    async def _reload(self) -> None:
        reloads, self._reloads = self._reloads, []
        try:
            before = self._known
            defined = await self._defined()
            if self._known != before:
                await self._take_over({alert.id: alert for alert in defined})
        finally:
            self._answer(reloads)

    async def _take_over(self, alerts: dict[str, Alert]) -> None:
        changes: list[Change] = []
        for gone in set(self._watched) - set(alerts):
            changes += [*self._courier.drop(gone), Remove(STATES, gone)]
            del self._watched[gone]
        for name, alert in alerts.items():
            watched = self._watched.get(name)
            if watched is None or watched.alert.condition != alert.condition:
                self._watched[name] = await self._watch(alert, None)
            else:
                watched.alert = alert
            changes += self._courier.drop(name, alert.targets)
        self._filters = self._make_filters()
        await self._keep(changes)

    async def _catch_up(self) -> None:
        """Judge what was missed, from the store; a reload interrupts it."""
        until = self._missed_until
        where = [Accepted(self._position, until), *_any_of([each.alert.where for each in self._watched.values()])]
        query = LogQuery(where, ascending=True, by_id=True, limit=MAX_CAUGHT_UP + 1, counted=False)
        taken = 0
        async with contextlib.aclosing(self._history.scan(query)) as portions:  # type: ignore[type-var]
            async for entries in portions:
                taken += len(entries)
                for start in range(0, len(entries), PORTION):
                    await self._judge(entries[start : start + PORTION])
                if self._reloads:
                    return
                if taken > MAX_CAUGHT_UP:
                    log.error("more than %d entries were missed; the rest is not judged", MAX_CAUGHT_UP)
                    break
        self._position = until

    def _go_on_after(self, since: float) -> None:
        """A start: for as long as the server was away nothing could arrive."""
        self._down_since = None
        gap = time.time() - since
        if gap > TICK_SECONDS:
            for watched in self._watched.values():
                watched.stand_still(gap)

    async def _judge(self, entries: Sequence[LogEntry]) -> None:
        filters = self._filters
        began = time.thread_time()
        for entry in entries:
            try:
                found = filters.of(entry)
            except TooCostly:
                found = await asyncio.to_thread(filters.of_costly, entry)
            if found:
                self._judged = moment = datetime.fromisoformat(entry.created_at).timestamp()
                for watched in found:
                    if entry.id > watched.after:
                        watched.take(entry, moment)
        self._position = entries[-1].id
        spent = time.thread_time() - began
        await self._deal_with_events()
        if spent > SLICE_SECONDS:
            await asyncio.sleep(spent / SHARE - spent)

    async def _pass_time(self) -> None:
        now = time.time()
        for watched in self._watched.values():
            watched.tick(now)
            for group in watched.unknown(now):
                await self._look_up(watched, group, now)
        await self._deal_with_events()
        moved = any(watched.changed for watched in self._watched.values()) or self._position < self.last_id
        if (moved or self._lease) and time.monotonic() - self._kept_at > (self._lease / 3 or KEEP_SECONDS):
            await self._keep([])

    async def _look_up(self, watched: Watched, group: Group, now: float) -> None:
        try:
            found = await usual(self._history, watched.alert, group.values, now)
        except StoreUnavailable as error:
            group.known_at, watched.fault, watched.changed = now, f"what is usual can't be looked up: {error}", True
        else:
            watched.fault = None
            watched.know(group, found, now)

    async def _deal_with_events(self) -> None:
        now = time.time()
        told = Telling(self._base, now)
        for watched in self._watched.values():
            told.deal_with(watched, muted=self._mutes.get(watched.alert.id, 0.0) > now)
        if told.changes:
            await self._keep(told.changes)
            self._courier.take(told.posts)

    async def _keep(self, changes: list[Change]) -> None:
        """Write it, however long the store is away. Raises Outdated when another server has taken over."""
        written = self._changes(changes)
        while True:
            try:
                revisions = await self._state.write(written)
            except StoreUnavailable as error:
                if self._stopping:
                    raise
                log.warning("alerts wait: %s", error)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                break
        self._revision = revisions[0]
        self._kept_at = time.monotonic()
        for watched in self._watched.values():
            watched.changed = False

    def _changes(self, others: list[Change]) -> list[Change]:
        position = Position(self._node, self._position, time.time())
        states = [
            Put(STATES, name, msgspec.json.encode(watched.state))
            for name, watched in self._watched.items()
            if watched.changed
        ]
        return [Put(*POSITION, msgspec.json.encode(position), self._revision), *states, *others]

    def _answer(self, reloads: Sequence["asyncio.Future[None]"]) -> None:
        for done in reloads:
            if not done.done():
                done.set_result(None)


def _any_of(wheres: Sequence[tuple[Condition, ...]]) -> list[Condition]:
    """What at least one of the filters wants; nothing where one wants all."""
    if not all(wheres):
        return []
    return [Or(tuple(And(where) for where in dict.fromkeys(wheres)))]


def removed(alert_id: str) -> list[Change]:
    """The changes that leave nothing of what is known of an alert."""
    return [Remove(STATES, alert_id), Remove(MUTES, alert_id), Trim(history_of(alert_id))]
