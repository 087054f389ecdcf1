"""What can be asked about alerts, and changed: definitions with their states, mutes, history, tests and previews."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from logstream.alerts.alert import Alert, read_alert
from logstream.alerts.courier import FAULTS, Record, history_of, new_id, recorded
from logstream.alerts.definitions import Definitions
from logstream.alerts.notice import TestNotice, link_of
from logstream.alerts.preview import Fired, preview
from logstream.alerts.progress import MUTES, STATES, Mute, removed
from logstream.alerts.targets import Targets
from logstream.alerts.usual import History
from logstream.alerts.watch import Watch
from logstream.alerts.webhook import Undelivered
from logstream.entries.timestamps import format_timestamp, parse_timestamp
from logstream.query.conditions import LogQuery
from logstream.query.patterns import pattern_of
from logstream.shared import Kept, Put, Remove, SharedState


class InFile(Exception):
    """The alert comes from the file of alerts, and is changed there."""


class Delivered(msgspec.Struct, omit_defaults=True):
    """What came of a test of one target."""

    target: str
    delivered: bool
    error: str | None = None


class _GroupGlance(msgspec.Struct):
    firing: bool = False
    since: float = 0.0


class _Glance(msgspec.Struct):
    """What is shown of a state: a small part, so that no more is decoded."""

    groups: list[_GroupGlance] = []
    fault: str | None = None


_glance: Final = msgspec.json.Decoder(_Glance).decode


class Desk:
    """Every method may raise StoreUnavailable."""

    def __init__(
        self,
        state: SharedState,
        history: History,
        definitions: Definitions,
        targets: Targets,
        watch: Watch,
        base: str,
    ) -> None:
        self._state = state
        self._history = history
        self._definitions = definitions
        self._targets = targets
        self._watch = watch
        self._base = base
        self._previewing = asyncio.Lock()
        """One at a time: each holds what it has read."""

    @property
    def most(self) -> int:
        return self._definitions.stored.most

    async def listed(self) -> list[dict[str, Any]]:
        states = {kept.name: kept.body for kept in await self._state.listed(STATES)}
        mutes = {kept.name: kept.body for kept in await self._state.listed(MUTES)}
        faults = {kept.name: kept.body for kept in await self._state.listed(FAULTS)}
        return [
            self._shown(kept, states.get(kept.item.id), mutes.get(kept.item.id), faults.get(kept.item.id))
            for kept in await self._definitions.listed()
        ]

    async def get(self, name: str) -> Kept[Alert] | None:
        return await self._definitions.get(name)

    async def shown(self, kept: Kept[Alert]) -> dict[str, Any]:
        """As people see it, with its state."""
        found = [await self._state.get(kind, kept.item.id) for kind in (STATES, MUTES, FAULTS)]
        return self._shown(kept, *(None if document is None else document.body for document in found))

    async def add(self, given: Mapping[str, Any]) -> Kept[Alert]:
        """Raises InvalidAlert, Exists, TooMany or InFile."""
        alert = await self._targets.checked(read_alert(given))
        self._check_not_in_file(alert.name)
        kept = await self._definitions.stored.add(msgspec.structs.replace(alert, id=new_id()))
        await self._watch.reload()
        return kept

    async def replace(self, kept: Kept[Alert], given: Mapping[str, Any]) -> Kept[Alert]:
        """Raises InvalidAlert, Exists, Outdated or InFile."""
        self._check_not_in_file(kept.item.name)
        alert = await self._targets.checked(read_alert(given), kept.item.targets)
        self._check_not_in_file(alert.name)
        kept = await self._definitions.stored.replace(kept, msgspec.structs.replace(alert, id=kept.item.id))
        await self._watch.reload()
        return kept

    async def remove(self, kept: Kept[Alert]) -> None:
        """Raises InFile."""
        self._check_not_in_file(kept.item.name)
        await self._definitions.stored.remove(kept.item.name)
        await self._watch.reload()
        await self._state.write(removed(kept.item.id))

    async def mute(self, kept: Kept[Alert], until: datetime | None) -> None:
        """Tell nobody until then; None: tell again from now on."""
        alert_id = kept.item.id
        if until is None:
            change: Put | Remove = Remove(MUTES, alert_id)
        else:
            change = Put(MUTES, alert_id, msgspec.json.encode(Mute(format_timestamp(until))))
        event = "unmuted" if until is None else "muted"
        shown = None if until is None else format_timestamp(until)
        record = recorded(alert_id, time.time(), lambda at: Record(at, event, until=shown))
        await self._state.write([change, *record])
        await self._watch.reload()

    async def history(self, kept: Kept[Alert], limit: int) -> Sequence[Record]:
        """Newest first."""
        documents = await self._state.listed(history_of(kept.item.id), limit)
        return [msgspec.json.decode(document.body, type=Record) for document in documents][::-1]

    async def test(self, kept: Kept[Alert]) -> list[Delivered]:
        """Tell every target now, with the newest entry that matches."""
        alert = kept.item
        page = await self._history.search(LogQuery(alert.where, limit=1, counted=False))
        entry = page.entries[0] if page.entries and page.is_whole else None
        now = time.time()
        notice = TestNotice(
            alert.name,
            "firing",
            format_timestamp(datetime.fromtimestamp(now, UTC)),
            None,
            0 if entry is None else 1,
            None,
            None if entry is None else pattern_of(entry.message),
            entry,
            link_of(alert, None, now, entry, self._base),
        )
        return list(await asyncio.gather(*(self._tell(alert, number, notice) for number in range(len(alert.targets)))))

    async def preview(self, given: Mapping[str, Any], start: datetime, end: datetime) -> list[Fired]:
        """Raises InvalidAlert or TooManyEntries. The targets are not looked at."""
        unnamed = {"name": "preview", **{name: value for name, value in given.items() if name != "targets"}}
        alert = read_alert(unnamed)
        async with self._previewing:
            return await preview(self._history, alert, start, end)

    async def _tell(self, alert: Alert, number: int, notice: TestNotice) -> Delivered:
        target = alert.targets[number]
        try:
            await self._targets.tell(target, notice, new_id())
        except Undelivered as error:
            return Delivered(target.shown, False, str(error))
        return Delivered(target.shown, True)

    def _check_not_in_file(self, name: str) -> None:
        if self._definitions.is_in_file(name):
            raise InFile

    def _shown(
        self, kept: Kept[Alert], state: bytes | None, mute: bytes | None, faults: bytes | None
    ) -> dict[str, Any]:
        alert = kept.item
        known = _Glance() if state is None else _glance(state)
        until = None if mute is None else parse_timestamp(msgspec.json.decode(mute, type=Mute).until)
        failed = {} if faults is None else msgspec.json.decode(faults, type=dict[str, str])
        errors = [f"{target}: {why}" for target, why in failed.items()]
        if known.fault is not None:
            errors.append(known.fault)
        since = [group.since for group in known.groups if group.firing]
        if not alert.enabled:
            since = []
        is_muted = until is not None and until.timestamp() > time.time()
        answer: dict[str, Any] = {
            "name": alert.name,
            "query": alert.query,
            "when": msgspec.to_builtins(alert.when),
            "group_by": list(alert.group_by),
            "targets": [target.shown for target in alert.targets],
            "renotify": alert.renotify,
            "enabled": alert.enabled,
            "state": "muted" if is_muted else "firing" if since else "error" if errors else "ok",
            "since": format_timestamp(datetime.fromtimestamp(min(since), UTC)) if since else None,
            "last_error": "; ".join(errors) or None,
            "muted_until": format_timestamp(until) if is_muted and until is not None else None,
        }
        if self._definitions.is_in_file(alert.name):
            return {**answer, "from_file": True}
        return {**answer, "revision": kept.revision, "updated_at": kept.updated_at}
