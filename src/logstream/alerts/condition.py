"""When the condition of an alert begins to hold, and when it ends to: for each group of entries by itself.

Free of I/O and of any clock: entries come with their moments, and time passes when `tick` says so. So the past is
judged exactly as the present is, and what a crash interrupted goes on where it stood.
"""

import math
from collections.abc import Iterable
from hashlib import blake2b
from typing import Final, Literal, NamedTuple

import msgspec

from logstream.alerts.alert import Alert, Count, NewPattern, Rate
from logstream.alerts.window import Window
from logstream.entries.entry import NULL, LogEntry, cut
from logstream.query.grouping import Values, values_reader
from logstream.query.patterns import pattern_of

MAX_GROUPS: Final = 500
"""Groups that an alert tells apart at one time."""

SWEEP_SECONDS: Final = 1.0
"""How often, where there are so many, it is looked whether some have ended."""

MAX_PATTERNS: Final = 20_000
"""Patterns that an alert remembers: of more, those not seen for longest are new again."""

BURST: Final = 10
BURST_SECONDS: Final = 60.0
"""How often entries that are told one by one are told: the others are counted, and told together."""

SAMPLE_CHARACTERS: Final = 4000
SAMPLE_CONTEXT: Final = 16_000
"""What is told of an entry at most; a larger context is left out."""

BASELINE_PARTS: Final = 12
LEAST_BASELINE_SECONDS: Final = 60.0
"""How often what is usual is looked up: so many times a window, and at most once a minute."""


class KeptGroup(msgspec.Struct, omit_defaults=True):
    """A group as it is kept."""

    values: Values
    slots: list[tuple[float, int]] = []
    reached: bool = False
    firing: bool = False
    since: float = 0.0
    last: float = 0.0
    told_at: float | None = None
    told: list[float] = []
    held: int = 0
    entry: LogEntry | None = None


class State(msgspec.Struct, omit_defaults=True):
    """What is known of an alert's condition; `after`: entries up to this place don't concern it."""

    condition: str
    after: str
    groups: list[KeptGroup] = []
    patterns: list[str] = []
    fault: str | None = None


class Group:
    """Entries that are counted together."""

    def __init__(self, kept: KeptGroup, window: float) -> None:
        self.values = kept.values
        self.window = Window(window, kept.slots)
        self.n: int | None = None
        """How many it takes; None while that is not known."""
        self.known_at = float("-inf")
        """When `n` was looked up."""
        self.due = float("-inf")
        """Not before this there are fewer than `n`."""
        self.reached = kept.reached
        self.firing = kept.firing
        self.since = kept.since
        self.last = kept.last
        self.told_at = kept.told_at
        """When people were last told that it fires; None: they were not told."""
        self.told = kept.told
        self.held = kept.held
        self.entry = kept.entry

    @property
    def idle(self) -> bool:
        return not (self.window.total or self.firing or self.held or self.told)

    def kept(self) -> KeptGroup:
        return KeptGroup(
            self.values,
            list(self.window.slots),
            self.reached,
            self.firing,
            self.since,
            self.last,
            self.told_at,
            self.told,
            self.held,
            self.entry if self.firing or self.held else None,
        )


class Event(NamedTuple):
    """A condition has begun or ended to hold; entries told one by one only begin."""

    state: Literal["firing", "resolved"]
    group: Group
    moment: float
    since: float
    number: int
    """Of entries."""
    entry: LogEntry | None


class Watched:
    """One alert and all its groups."""

    def __init__(self, alert: Alert, state: State | None, moment: float, after: str) -> None:
        self.alert = alert
        self.events: list[Event] = []
        """What has happened; who deals with it empties the list."""
        self.changed = state is None or state.fault is not None
        """Whether its state is other than what is kept."""
        self.unknown_because: str | None = None
        """Why what is usual could not be looked up."""
        state = state or State(alert.condition, after)
        self.after = state.after
        self.patterns = dict.fromkeys(state.patterns)
        self._seconds = alert.window
        self._is_crowded = False
        self._swept_at = float("-inf")
        self._groups = {group.values: Group(group, self._seconds) for group in state.groups}
        self._values = values_reader(alert.group_by) if alert.group_by else _no_values
        for group in self._groups.values():
            self._expect(group)
        if self._is_silence and not alert.group_by and not self._groups:
            self._new_group((), moment)

    @property
    def state(self) -> State:
        groups = [group.kept() for group in self._groups.values() if not group.idle]
        return State(self.alert.condition, self.after, groups, list(self.patterns), self.fault)

    @property
    def firing(self) -> list[Group]:
        return [group for group in self._groups.values() if group.firing]

    @property
    def fault(self) -> str | None:
        """Why it can't be said of all entries whether the condition holds."""
        if self._is_crowded:
            return f"more than {MAX_GROUPS} groups; entries of further ones are not looked at"
        return self.unknown_because

    def take(self, entry: LogEntry, moment: float) -> Group | None:
        """An entry that passes the filter; returns its group, None where there are too many."""
        group = self._group(self._values(entry), moment)
        if group is None:
            return None
        self.changed = True
        group.last = moment
        when = self.alert.when
        if isinstance(when, Count | Rate):
            self._settle(group, moment)
            group.window.add(moment)
            group.entry = sample(entry)
            if not group.reached and group.n is not None and group.window.total >= group.n:
                self._up(group, moment)
        elif not isinstance(when, NewPattern) or self.learn(group.values, pattern_of(entry.message)):
            self._tell_one(group, entry, moment)
        return group

    def learn(self, values: Values, pattern: str) -> bool:
        """Whether the pattern was not known."""
        key = blake2b(msgspec.json.encode([values, pattern]), digest_size=8).hexdigest()
        is_new = self.patterns.pop(key, "") == ""
        self.patterns[key] = None
        if len(self.patterns) > MAX_PATTERNS:
            del self.patterns[next(iter(self.patterns))]
        return is_new

    def learn_from(self, entries: Iterable[LogEntry]) -> None:
        """Entries of before: their patterns are not new."""
        for entry in entries:
            self.learn(self._values(entry), pattern_of(entry.message))

    def tick(self, moment: float) -> None:
        """Time has passed."""
        if self._is_crowded:
            self._sweep(moment)
        for group in self._groups.values():
            if isinstance(self.alert.when, Count | Rate):
                self._settle(group, moment)
                continue
            if self._may_tell(group, moment) and group.held:
                self._tell(group, moment)
            if group.firing and moment - group.last >= BURST_SECONDS:
                group.firing, self.changed = False, True

    def stand_still(self, seconds: float) -> None:
        """Nothing could arrive for so long: that is no silence."""
        if self._is_silence:
            for group in self._groups.values():
                group.window.shift(seconds)
                group.due = float("-inf")

    def unknown(self, moment: float) -> list[Group]:
        """The groups of which it must be looked up what is usual, before it can be said whether they are unusual."""
        if not isinstance(self.alert.when, Rate):
            return []
        return [group for group in self._groups.values() if self.is_unknown(group, moment)]

    def is_unknown(self, group: Group, moment: float) -> bool:
        """Whether it must be looked up of this one."""
        when = self.alert.when
        if not isinstance(when, Rate) or not (group.reached or group.window.total >= math.ceil(when.times)):
            return False
        return moment - group.known_at >= max(LEAST_BASELINE_SECONDS, self._seconds / BASELINE_PARTS)

    def know(self, group: Group, usual: float | None, moment: float) -> None:
        """How many are usual; None: nothing is known of the days before, and nothing is unusual."""
        assert isinstance(self.alert.when, Rate)
        group.known_at, group.due = moment, float("-inf")
        group.n = None if usual is None else math.ceil(self.alert.when.times * max(usual, 1.0))
        if group.n is not None and group.window.total >= group.n:
            if not group.reached:
                self._up(group, moment)
        elif group.reached:
            self._down(group, moment)

    @property
    def _is_silence(self) -> bool:
        return isinstance(self.alert.when, Count) and self.alert.when.op == "<"

    def _group(self, values: Values, moment: float) -> Group | None:
        group = self._groups.get(values)
        if group is not None:
            return group
        if len(self._groups) >= MAX_GROUPS:
            self._sweep(moment)
        return None if len(self._groups) >= MAX_GROUPS else self._new_group(values, moment)

    def _sweep(self, moment: float) -> None:
        """Forget the groups that have ended."""
        if 0 <= moment - self._swept_at < SWEEP_SECONDS:
            return
        self._swept_at = moment
        for each in self._groups.values():
            each.window.expire(moment)
        self._groups = {name: each for name, each in self._groups.items() if not each.idle}
        was_crowded, self._is_crowded = self._is_crowded, len(self._groups) >= MAX_GROUPS
        self.changed = self.changed or self._is_crowded != was_crowded

    def _new_group(self, values: Values, moment: float) -> Group:
        group = self._groups[values] = Group(KeptGroup(values), self._seconds)
        self._expect(group)
        if self._is_silence:  # as if there had been enough till now
            group.window.add(moment, group.n or 0)
            group.reached = True
        return group

    def _expect(self, group: Group) -> None:
        if isinstance(self.alert.when, Count):
            group.n = self.alert.when.n

    def _settle(self, group: Group, moment: float) -> None:
        """What the time up to here has changed."""
        if group.reached and moment >= group.due and group.n is not None:
            at = group.window.below_at(group.n)
            if at <= moment:
                group.window.expire(max(at, group.since))
                self._down(group, max(at, group.since))
            else:
                group.due = at
        group.window.expire(moment)

    def _up(self, group: Group, moment: float) -> None:
        group.reached, group.due = True, float("-inf")
        if self._is_silence:
            self._end(group, moment)
        else:
            self._begin(group, moment)

    def _down(self, group: Group, moment: float) -> None:
        group.reached = False
        if self._is_silence:
            self._begin(group, moment)
        else:
            self._end(group, moment)

    def _begin(self, group: Group, moment: float) -> None:
        group.firing, group.since, self.changed = True, moment, True
        self._tell_of("firing", group, moment, group.window.total)

    def _end(self, group: Group, moment: float) -> None:
        if not group.firing:
            return
        group.firing, self.changed = False, True
        self._tell_of("resolved", group, moment, group.window.total)

    def _tell_one(self, group: Group, entry: LogEntry, moment: float) -> None:
        group.held += 1
        group.entry = sample(entry)
        if self._may_tell(group, moment):
            self._tell(group, moment)

    def _may_tell(self, group: Group, moment: float) -> bool:
        renotify = self.alert.renotify_seconds
        most, period = (BURST, BURST_SECONDS) if renotify is None else (1, renotify)
        group.told = [told for told in group.told if moment - told < period]
        return len(group.told) < most

    def _tell(self, group: Group, moment: float) -> None:
        group.told.append(moment)
        group.firing, group.since, self.changed = True, moment, True
        self._tell_of("firing", group, moment, group.held)
        group.held = 0

    def _tell_of(self, state: Literal["firing", "resolved"], group: Group, moment: float, number: int) -> None:
        self.events.append(Event(state, group, moment, group.since, number, group.entry))


def sample(entry: LogEntry) -> LogEntry:
    """What is told of an entry: all of it, but of large ones."""
    entry = cut(entry, SAMPLE_CHARACTERS)
    if len(bytes(entry.context)) > SAMPLE_CONTEXT:
        entry = msgspec.structs.replace(entry, context=NULL)
    return entry


def _no_values(entry: LogEntry) -> Values:
    return ()
