"""What is kept of judging: up to where entries were judged, and what was known then, written in one transaction.

Where several servers share a database one of them judges, what it accepts itself: who writes the position. Another
takes over when it has been silent for the lease.
"""

import time
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from logstream.alerts.condition import State, Watched
from logstream.alerts.courier import FAULTS, history_of
from logstream.shared import Change, Put, Remove, SharedState, Trim

STATES: Final = "alert-states"
MUTES: Final = "alert-mutes"
POSITION: Final = ("alert-watch", "position")


class Position(msgspec.Struct, frozen=True):
    """Up to which place in the order of acceptance entries were judged (an id where they sort so), by whom and when."""

    node: str
    last_id: str
    at: float


class Mute(msgspec.Struct, frozen=True):
    until: str


class Progress:
    """Of one server. `lease` seconds after its last word another may be taken to be gone; with 0 there is no other."""

    def __init__(self, state: SharedState, node: str, lease: float) -> None:
        self.position = ""
        self.kept_at = 0.0
        self._state = state
        self._node = node
        self._lease = lease
        self._revision = 0
        self._states: Mapping[str, bytes] = {}

    async def take_over(self) -> Position | None:
        """Read what is kept; the position where it was left, one without a node if there is none yet.

        None: another server judges. Raises StoreUnavailable.
        """
        document = await self._state.get(*POSITION)
        found = Position("", "", 0.0) if document is None else msgspec.json.decode(document.body, type=Position)
        if found.node and found.node != self._node and time.time() - found.at < self._lease:
            return None
        self._revision = 0 if document is None else document.revision
        self._states = {kept.name: kept.body for kept in await self._state.listed(STATES)}
        return found

    def state(self, alert_id: str) -> State | None:
        """What was kept of an alert when this server took over."""
        body = self._states.get(alert_id)
        return None if body is None else msgspec.json.decode(body, type=State)

    async def begin(self, position: str, watched: Mapping[str, Watched]) -> None:
        """Go on from a position; what is kept of other alerts than these is removed. Raises Outdated."""
        self.position = position
        await self.write(watched.values(), [Remove(STATES, name) for name in self._states if name not in watched])
        self._states = {}

    async def write(self, watched: Iterable[Watched], changes: Iterable[Change] = ()) -> None:
        """Raises Outdated when another server has taken over, and StoreUnavailable."""
        changed = [each for each in watched if each.changed]
        position = Position(self._node, self.position, time.time())
        states = [Put(STATES, each.alert.id, msgspec.json.encode(each.state)) for each in changed]
        revisions = await self._state.write(
            [Put(*POSITION, msgspec.json.encode(position), self._revision), *states, *changes]
        )
        self._revision = revisions[0]
        self.kept_at = time.monotonic()
        for each in changed:
            each.changed = False


def removed(alert_id: str) -> list[Change]:
    """The changes that leave nothing of what is known of an alert."""
    kinds = (STATES, MUTES, FAULTS)
    return [*(Remove(kind, alert_id) for kind in kinds), Trim(history_of(alert_id))]
