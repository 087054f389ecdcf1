"""What becomes of what has happened: a record of it, and messages for whoever is to be told."""

from logstream.alerts.alert import Each, NewPattern
from logstream.alerts.condition import Event, Watched
from logstream.alerts.courier import Parcel, Posted, Record, posted, recorded
from logstream.alerts.notice import notice_of
from logstream.shared import Change


class Telling:
    """Collects what is to be written in one transaction, and what is to be delivered after it."""

    def __init__(self, base: str, now: float) -> None:
        self.changes: list[Change] = []
        self.posts: list[Posted] = []
        self.now = now
        self._base = base

    def deal_with_events(self, watched: Watched, *, muted: bool) -> None:
        """All events of an alert, which are gone then."""
        for event in watched.events:
            self._record(watched, event, event.state)
            if self._is_told(watched, event, muted=muted):
                self._post(watched, event)
        watched.events.clear()

    def remind(self, watched: Watched) -> None:
        """What is to be told again, or was muted when it began."""
        if isinstance(watched.alert.when, Each | NewPattern):
            return
        pause = watched.alert.renotify_seconds
        for group in watched.firing:
            if group.told_at is None or (pause is not None and self.now - group.told_at >= pause):
                event = Event("firing", group, self.now, group.since, group.window.total, group.entry)
                group.told_at, watched.changed = self.now, True
                self._record(watched, event, "renotified")
                self._post(watched, event)

    def _is_told(self, watched: Watched, event: Event, *, muted: bool) -> bool:
        group = event.group
        if isinstance(watched.alert.when, Each | NewPattern):
            return not muted
        if event.state == "firing":
            group.told_at = None if muted else self.now
            return not muted
        was_told, group.told_at = group.told_at is not None, None
        return was_told and not muted

    def _post(self, watched: Watched, event: Event) -> None:
        alert = watched.alert
        notice = notice_of(alert, event, self._base)
        for target in alert.targets:
            post, change = posted(Parcel(alert.id, target, notice, self.now))
            self.posts.append(post)
            self.changes.append(change)

    def _record(self, watched: Watched, event: Event, what: str) -> None:
        group = dict(zip(watched.alert.group_by, event.group.values, strict=True)) or None
        entry = None if event.entry is None else event.entry.id
        self.changes += recorded(
            watched.alert.id, event.moment, lambda at: Record(at, what, group, event.number, entry=entry)
        )
