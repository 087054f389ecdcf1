"""Delivering: what was put into the outbox with the state that led to it, until it arrived or a day has passed.

For each target of an alert, one notice after the other, so that nobody hears of an end before the beginning. What has
arrived is removed together with the record of it; a crash in between delivers it once more, under the same id.
"""

import asyncio
import logging
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

from logstream.alerts.alert import Target
from logstream.alerts.notice import Notice
from logstream.alerts.webhook import Undelivered
from logstream.entries.ids import IdSource
from logstream.entries.timestamps import format_timestamp
from logstream.shared import Change, Document, Put, Remove, SharedState, Trim
from logstream.store import StoreUnavailable

log = logging.getLogger("logstream.alerts")

OUTBOX: Final = "alert-outbox"
FAULTS: Final = "alert-faults"
"""By id of an alert, what keeps its targets from being told."""

KEEP_TRYING: Final = 24 * 3600.0
FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 60.0
"""Seconds between two tries: doubled each time, so that a target that is back is told within a minute."""

MAX_WAITING: Final = 100
"""Notices that wait for one target of an alert; of more, the oldest are given up."""

AT_ONE_TIME: Final = 8
MAX_HISTORY: Final = 200
"""Records of an alert that are kept."""

Tell = Callable[[Target, Notice, str], Awaitable[None]]

_ids: Final = IdSource()


class Parcel(msgspec.Struct, frozen=True):
    """A notice on its way to a target; `created` in seconds since 1970."""

    alert_id: str
    target: Target
    notice: Notice
    created: float


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of an alert's history."""

    at: str
    event: str
    group: dict[str, str | None] | None = None
    count: int | None = None
    entry: str | None = None
    target: str | None = None
    error: str | None = None
    until: str | None = None


class Posted(msgspec.Struct, frozen=True):
    """A parcel under its id."""

    id: str
    parcel: Parcel


def new_id() -> str:
    return _ids.take(1)[0]


def history_of(alert_id: str) -> str:
    """The kind of an alert's records."""
    return f"alert-history/{alert_id}"


def recorded(alert_id: str, moment: float, record_of: Callable[[str], Record]) -> list[Change]:
    """The changes that add a record to an alert's history."""
    at = format_timestamp(datetime.fromtimestamp(moment, UTC))
    kind = history_of(alert_id)
    return [Put(kind, new_id(), msgspec.json.encode(record_of(at)), 0), Trim(kind, MAX_HISTORY)]


def posted(parcel: Parcel) -> tuple[Posted, Change]:
    """A parcel, and the change that puts it into the outbox."""
    post = Posted(new_id(), parcel)
    return post, Put(OUTBOX, post.id, msgspec.json.encode(parcel), 0)


class Courier:
    """Delivers what is in the outbox. `counted` is told of each try whether it succeeded."""

    def __init__(self, state: SharedState, tell: Tell, counted: Callable[[bool], None]) -> None:
        self._state = state
        self._tell = tell
        self._counted = counted
        self._queues: dict[tuple[str, str], deque[Posted]] = {}
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._turn = asyncio.Semaphore(AT_ONE_TIME)
        self._faults: dict[str, dict[str, str]] = {}

    async def start(self) -> None:
        """Go on with what was not delivered before."""
        self._faults = {
            document.name: msgspec.json.decode(document.body, type=dict[str, str])
            for document in await self._state.listed(FAULTS)
        }
        self.take([_read(document) for document in await self._state.listed(OUTBOX)])

    def take(self, posts: Sequence[Posted]) -> None:
        """Deliver what is in the outbox now."""
        for post in posts:
            key = (post.parcel.alert_id, post.parcel.target.url)
            self._queues.setdefault(key, deque()).append(post)
            if key not in self._tasks:
                self._tasks[key] = asyncio.ensure_future(self._deliver_all(key))

    def keep(self, targets: Mapping[str, Sequence[Target]]) -> list[Change]:
        """Give up what is on its way to other targets than these, by id of an alert; returns the changes for it."""
        urls = {alert_id: {target.url for target in its} for alert_id, its in targets.items()}
        changes: list[Change] = []
        for key in [key for key in self._queues if key[1] not in urls.get(key[0], ())]:
            changes += [Remove(OUTBOX, post.id) for post in self._queues.pop(key)]
            self._tasks.pop(key).cancel()
        for alert_id, faults in list(self._faults.items()):
            shown = {target.shown for target in targets.get(alert_id, ())}
            left = {name: why for name, why in faults.items() if name in shown}
            if left != faults:
                changes.append(self._fault_change(alert_id, left))
        return changes

    async def stop(self) -> None:
        """What was not delivered waits for the next start."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._tasks.clear()
        self._queues.clear()

    async def _deliver_all(self, key: tuple[str, str]) -> None:
        queue = self._queues[key]
        pause = FIRST_PAUSE
        while queue:
            while len(queue) > MAX_WAITING:
                await self._finish(queue.popleft(), "gave_up", "too many wait for this target")
            post = queue[0]
            error = await self._try(post)
            if error is None:
                pause = FIRST_PAUSE
                await self._finish(post, "delivered", None)
            elif time.time() - post.parcel.created > KEEP_TRYING:
                await self._finish(post, "gave_up", error)
            else:
                await self._failed(post, error)
                await asyncio.sleep(pause * random.uniform(0.5, 1))
                pause = min(2 * pause, LONGEST_PAUSE)
                continue
            queue.popleft()
        del self._queues[key]
        del self._tasks[key]

    async def _try(self, post: Posted) -> str | None:
        """Why it was not delivered."""
        error = None
        async with self._turn:
            try:
                await self._tell(post.parcel.target, post.parcel.notice, post.id)
            except Undelivered as fault:
                error = str(fault)
            except Exception as fault:  # a target must not hold up the others of its alert
                log.exception("telling a target failed")
                error = type(fault).__name__
        self._counted(error is None)
        return error

    async def _finish(self, post: Posted, event: str, error: str | None) -> None:
        shown = post.parcel.target.shown
        changes: list[Change] = [Remove(OUTBOX, post.id)]
        changes += self._record(post, event, error)
        faults = self._faults.get(post.parcel.alert_id, {})
        left = {name: why for name, why in faults.items() if name != shown} | ({shown: error} if error else {})
        if left != faults:
            changes.append(self._fault_change(post.parcel.alert_id, left))
        if error is not None:
            log.error("alert %s: %s was not told, and is not tried again: %s", post.parcel.notice.alert, shown, error)
        await self._write(changes)

    async def _failed(self, post: Posted, error: str) -> None:
        """Said once for each reason."""
        faults = self._faults.get(post.parcel.alert_id, {})
        shown = post.parcel.target.shown
        if faults.get(shown) == error:
            return
        log.warning("alert %s: %s can't be told yet: %s", post.parcel.notice.alert, shown, error)
        change = self._fault_change(post.parcel.alert_id, {**faults, shown: error})
        await self._write([*self._record(post, "failed", error), change])

    def _record(self, post: Posted, event: str, error: str | None) -> list[Change]:
        notice, shown = post.parcel.notice, post.parcel.target.shown
        return recorded(
            post.parcel.alert_id,
            time.time(),
            lambda at: Record(at, event, notice.group, notice.count, target=shown, error=error),
        )

    def _fault_change(self, alert_id: str, faults: dict[str, str]) -> Change:
        if not faults:
            self._faults.pop(alert_id, None)
            return Remove(FAULTS, alert_id)
        self._faults[alert_id] = faults
        return Put(FAULTS, alert_id, msgspec.json.encode(faults))

    async def _write(self, changes: list[Change]) -> None:
        while True:
            try:
                await self._state.write(changes)
                return
            except StoreUnavailable:
                await asyncio.sleep(FIRST_PAUSE)
            except Exception:
                log.exception("what became of a notice can't be written; it is tried again")
                await asyncio.sleep(LONGEST_PAUSE)


def _read(document: Document) -> Posted:
    return Posted(document.name, msgspec.json.decode(document.body, type=Parcel))
