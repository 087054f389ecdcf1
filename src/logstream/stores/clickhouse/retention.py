"""Retention policies and the retention log, as documents."""

from collections.abc import Sequence
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
        document = await self._shared.get(POLICIES, POLICIES)
        if _policies_in(document) != tuple(before):
            raise Outdated
        revision = 0 if document is None else document.revision
        await self._shared.write([Put(POLICIES, POLICIES, msgspec.json.encode(list(policies)), revision)])


def _policies_in(document: Document | None) -> tuple[Policy, ...]:
    policies = () if document is None else msgspec.json.decode(document.body, type=tuple[Policy, ...])
    return tuple(sorted(policies, key=lambda policy: policy.name))


class SharedRuns:
    """A document each run, of which the last MAX_RUNS are kept."""

    def __init__(self, shared: SharedState) -> None:
        self._shared = shared
        self._number = 0

    async def record(self, run: Run) -> None:
        if not self._number:
            newest = await self._shared.listed(RUNS, 1)
            self._number = int(newest[0].name) if newest else 0
        self._number += 1
        await self._shared.write([Put(RUNS, f"{self._number:020d}", msgspec.json.encode(run)), Trim(RUNS, MAX_RUNS)])

    async def latest(self, limit: int) -> Sequence[Run]:
        documents = await self._shared.listed(RUNS, limit)
        return [msgspec.json.decode(document.body, type=Run) for document in reversed(documents)]
