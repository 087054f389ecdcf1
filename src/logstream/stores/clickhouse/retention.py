"""Retention policies and the retention log, as documents."""

import contextlib
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from logstream.retention.policy import Policy
from logstream.retention.policy_book import Rules
from logstream.retention.run_log import MAX_RUNS, Run
from logstream.shared import Document, Outdated, Put, SharedState, Trim

POLICIES: Final = "retention-policies"
RUNS: Final = "retention-run"


class SharedPolicies:
    """All policies in one document."""

    def __init__(self, shared: SharedState, interval_hours: int) -> None:
        self._shared = shared
        self._interval = interval_hours

    async def load(self) -> Rules:
        return Rules(_policies_in(await self._shared.get(POLICIES, POLICIES)), interval_hours=self._interval)

    async def save(self, policies: Sequence[Policy], before: Sequence[Policy]) -> None:
        """What differs is changed, so that two servers can change different policies at once."""
        while True:
            document = await self._shared.get(POLICIES, POLICIES)
            merged = _merged(_by_name(_policies_in(document)), _by_name(policies), _by_name(before))
            revision = 0 if document is None else document.revision
            with contextlib.suppress(Outdated):
                await self._shared.write([Put(POLICIES, POLICIES, msgspec.json.encode(merged), revision)])
                return


def _by_name(policies: Sequence[Policy]) -> dict[str, Policy]:
    return {policy.name: policy for policy in policies}


def _merged(there: Mapping[str, Policy], wanted: Mapping[str, Policy], before: Mapping[str, Policy]) -> list[Policy]:
    """What is there, with what differs between the other two. Raises Outdated when that has changed meanwhile."""
    changed = [name for name in {**before, **wanted} if before.get(name) != wanted.get(name)]
    if any(there.get(name) != before.get(name) for name in changed):
        raise Outdated
    kept = [policy for name, policy in there.items() if name not in changed]
    return kept + [wanted[name] for name in changed if name in wanted]


def _policies_in(document: Document | None) -> tuple[Policy, ...]:
    policies = () if document is None else msgspec.json.decode(document.body, type=tuple[Policy, ...])
    return tuple(sorted(policies, key=lambda policy: policy.name))


class SharedRuns:
    """A document each run, of which the last MAX_RUNS are kept."""

    def __init__(self, shared: SharedState) -> None:
        self._shared = shared

    async def record(self, run: Run) -> None:
        while True:
            newest = await self._shared.listed(RUNS, 1)
            number = int(newest[0].name) + 1 if newest else 1
            with contextlib.suppress(Outdated):  # another server has recorded a run at the same moment
                await self._shared.write(
                    [Put(RUNS, f"{number:020d}", msgspec.json.encode(run), 0), Trim(RUNS, MAX_RUNS)]
                )
                return

    async def latest(self, limit: int) -> Sequence[Run]:
        documents = await self._shared.listed(RUNS, limit)
        return [msgspec.json.decode(document.body, type=Run) for document in reversed(documents)]
