"""The one task that judges what is accepted: every entry once, in order, for all alerts together.

State, position (up to where in the order of acceptance entries were judged) and outbox are written in one transaction.
So after a crash judging goes on behind the position with what was known there: what had fired has fired, what had been
counted is counted, and what came after it is read from the store. The same way, from the position on, is gone when more
arrives than can be judged at once, so that nothing waits here beyond a bound and no sender ever waits for alerts.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

import msgspec

from logstream.alerts.alert import Alert, NewPattern
from logstream.alerts.backlog import Backlog
from logstream.alerts.condition import Group, State, Watched
from logstream.alerts.courier import Courier
from logstream.alerts.definitions import Definitions
from logstream.alerts.filters import Filters
from logstream.alerts.progress import MUTES, STATES, Mute, Progress
from logstream.alerts.telling import Telling
from logstream.alerts.usual import History, usual
from logstream.entries.entry import Batch, LogEntry
from logstream.entries.timestamps import parse_timestamp
from logstream.query.conditions import Accepted, And, Condition, LogQuery, Or
from logstream.query.predicate import TooCostly
from logstream.shared import Change, Outdated, Remove, SharedState
from logstream.store import StoreUnavailable

log = logging.getLogger("logstream.alerts")

PORTION: Final = 500
SHARE: Final = 0.25
"""Part of the event loop's time that judging may take while it is behind."""

SLICE_SECONDS: Final = 0.005
"""Less than this is not worth a pause."""

TICK_SECONDS: Final = 1.0
KEEP_SECONDS: Final = 10.0
"""How often what was counted is written while nothing fires: what a crash makes be judged once more."""

RELOAD_SECONDS: Final = 5.0
"""How long a change waits until it counts, before it is answered all the same."""

POLL_SECONDS: Final = 1.0
"""How soon a change that another server or a person's editor made counts."""

MAX_CAUGHT_UP: Final = 200_000
"""Entries that concern any alert and are judged after a restart; of more, the rest is left out, and that is said."""

MAX_LEARNED: Final = 100_000
"""The newest matching entries of before, from which an alert on new patterns learns what is not new."""

RETRY_SECONDS: Final = 1.0
STOP_SECONDS: Final = 5.0
"""How long a stop waits until what was counted is written; without that it is judged once more."""


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
        self._state = state
        self._history = history
        self._definitions = definitions
        self._courier = courier
        self._base = base
        self._lease = lease
        self._progress = Progress(state, node, lease)
        self._backlog = Backlog()
        self._watched: dict[str, Watched] = {}
        self._filters: Filters[Watched] = Filters([])
        self._mutes: dict[str, float] = {}
        self._known: object = None
        """By which it is seen that definitions or mutes have changed."""
        self._down_since: float | None = None
        self._judged = 0.0
        """The moment of the entry that was judged last."""
        self._spent = 0.0
        """Seconds of the event loop's time since judging last made a pause."""
        self._polled_at = 0.0
        self._wake = asyncio.Event()
        self._reloads: list[asyncio.Future[None]] = []
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    def publish(self, batch: Batch) -> None:
        """Take a durable batch; without alerts this costs nothing."""
        if self._backlog.add(batch):
            self._wake.set()

    def start(self, position: str) -> None:
        """Judge what comes after this place, and what was not judged before it."""
        self._backlog.position = position
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
        await asyncio.wait((done,), timeout=RELOAD_SECONDS)

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
                    if others := self._forget_others():
                        await self._write(others)
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
        self._backlog.close()
        self._watched.clear()

    async def _lead(self) -> bool:
        """Take over all there is to judge, if there is any and nobody else does it."""
        defined = await self._defined()
        before = await self._progress.take_over() if defined else None
        if before is None:
            return False
        self._backlog.open()
        self._watched = {alert.id: await self._watch(alert, self._progress.state(alert.id)) for alert in defined}
        self._filters = self._make_filters()
        first = min(watched.after for watched in self._watched.values())
        self._down_since = before.at or None
        await self._progress.begin(max(first, before.last_id), self._watched)
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
        watched = Watched(alert, state, time.time(), self._backlog.position)
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
            if self._is_behind:
                await self._catch_up()
                continue
            if self._down_since is not None:
                self._go_on_after(max(self._down_since, self._judged))
            await self._judge_backlog()
            await self._pass_time()
            if not (self._backlog or self._is_behind or self._reloads or self._stopping):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), TICK_SECONDS)
            self._wake.clear()
        await self._write()

    @property
    def _is_behind(self) -> bool:
        """Whether there are entries to be read from the store before those that wait here."""
        return self._backlog.missed_until > self._progress.position

    async def _judge_backlog(self) -> None:
        """What waits, for a while."""
        until = time.monotonic() + TICK_SECONDS
        while self._backlog and not (self._is_behind or self._reloads) and time.monotonic() < until:
            batch = self._backlog.take()
            for start in range(0, len(batch), PORTION):
                entries = batch.entries[start : start + PORTION]
                await self._judge(entries, batch.position_at(start + len(entries) - 1), batch.position)

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
        gone = set(self._watched) - set(alerts)
        for name in gone:
            del self._watched[name]
        for name, alert in alerts.items():
            watched = self._watched.get(name)
            if watched is None or watched.alert.condition != alert.condition:
                self._watched[name] = await self._watch(alert, None)
            else:
                watched.alert = alert
        self._filters = self._make_filters()
        await self._write([*(Remove(STATES, name) for name in gone), *self._forget_others()])

    def _forget_others(self) -> list[Change]:
        """Tell nobody of alerts that are gone, and no target that an alert no longer has."""
        return self._courier.keep({name: watched.alert.targets for name, watched in self._watched.items()})

    async def _catch_up(self) -> None:
        """Judge what was missed, from the store, up to where an alert began if one did; a reload interrupts it."""
        begun = (watched.after for watched in self._watched.values())
        until = min((self._backlog.missed_until, *(after for after in begun if after > self._progress.position)))
        where = [
            Accepted(self._progress.position, until),
            *_any_of([each.alert.where for each in self._watched.values()]),
        ]
        query = LogQuery(where, ascending=True, by_id=True, limit=MAX_CAUGHT_UP + 1, counted=False)
        taken = 0
        async with contextlib.aclosing(self._history.scan(query)) as portions:  # type: ignore[type-var]
            async for entries in portions:
                taken += len(entries)
                for start in range(0, len(entries), PORTION):
                    portion = entries[start : start + PORTION]
                    position = await self._history.position_of(portion[-1].id)
                    await self._judge(portion, position or self._progress.position, until)
                if self._reloads:
                    return
                if taken > MAX_CAUGHT_UP:
                    log.error("more than %d entries were missed; the rest is not judged", MAX_CAUGHT_UP)
                    break
        self._progress.position = until

    def _go_on_after(self, since: float) -> None:
        """A start: for as long as the server was away nothing could arrive."""
        self._down_since = None
        gap = time.time() - since
        if gap > TICK_SECONDS:
            for watched in self._watched.values():
                watched.stand_still(gap)

    async def _judge(self, entries: Sequence[LogEntry], position: str, until: str) -> None:
        """Judge entries, the last of which stands at `position`, for all alerts that began before `until`."""
        began = time.thread_time()
        concerned: dict[str, Watched] = {}
        for entry in entries:
            try:
                found = self._filters.of(entry)
            except TooCostly:
                self._spent += time.thread_time() - began
                found = await asyncio.to_thread(self._filters.of_costly, entry)
                began = time.thread_time()
            if found:
                self._judged = moment = datetime.fromisoformat(entry.created_at).timestamp()
                for watched in found:
                    if watched.after < until:
                        watched.take(entry, moment)
                        concerned[watched.alert.id] = watched
        self._progress.position = position
        told = self._told(concerned.values())
        self._spent += time.thread_time() - began
        await self._send(told)
        if self._spent > SLICE_SECONDS:
            spent, self._spent = self._spent, 0.0
            await asyncio.sleep(spent / SHARE - spent)

    async def _pass_time(self) -> None:
        now = self._now()
        for watched in self._watched.values():
            watched.tick(now)
            for group in watched.unknown(now):
                await self._look_up(watched, group, now)
        await self._send(self._told(self._watched.values(), remind=True))
        changed = any(watched.changed for watched in self._watched.values())
        moved = changed or self._progress.position < self._backlog.position
        if (moved or self._lease) and time.monotonic() - self._progress.kept_at > (self._lease / 3 or KEEP_SECONDS):
            await self._write()

    def _now(self) -> float:
        """Up to when it is known what has arrived: what waits to be judged is no silence."""
        now = time.time()
        if not self._backlog:
            return now
        return min(now, datetime.fromisoformat(self._backlog.first.entries[0].created_at).timestamp())

    async def _look_up(self, watched: Watched, group: Group, now: float) -> None:
        try:
            found = await usual(self._history, watched.alert, group.values, now)
        except StoreUnavailable as error:
            group.known_at, watched.changed = now, True
            watched.unknown_because = f"what is usual can't be looked up: {error}"
        else:
            watched.unknown_because = None
            watched.know(group, found, now)

    def _told(self, concerned: Iterable[Watched], *, remind: bool = False) -> Telling:
        """What becomes of all that has happened, with what is to be told again."""
        told = Telling(self._base, time.time())
        for watched in concerned:
            muted = self._mutes.get(watched.alert.id, 0.0) > told.now
            told.deal_with_events(watched, muted=muted)
            if remind and not muted:
                told.remind(watched)
        return told

    async def _send(self, told: Telling) -> None:
        if told.changes:
            await self._write(told.changes)
            self._courier.take(told.posts)

    async def _write(self, changes: Sequence[Change] = ()) -> None:
        """Write it, however long the store is away. Raises Outdated when another server has taken over."""
        while True:
            try:
                return await self._progress.write(self._watched.values(), changes)
            except StoreUnavailable as error:
                if self._stopping:
                    raise
                log.warning("alerts wait: %s", error)
                await asyncio.sleep(RETRY_SECONDS)

    def _answer(self, reloads: Sequence["asyncio.Future[None]"]) -> None:
        for done in reloads:
            if not done.done():
                done.set_result(None)


def _any_of(wheres: Sequence[tuple[Condition, ...]]) -> list[Condition]:
    """What at least one of the filters wants; nothing where one wants all."""
    if not all(wheres):
        return []
    return [Or(tuple(And(where) for where in dict.fromkeys(wheres)))]
