"""Retention: keeps policies, applies them to a store, and records what they did."""

import asyncio
import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from logstream.entries.timestamps import format_timestamp
from logstream.query.conditions import And, Condition, Not
from logstream.retention.policy import Policy
from logstream.retention.policy_book import MAX_POLICIES, PolicyBook, Rules
from logstream.retention.run_log import Result, Run, RunLog
from logstream.store import Prunable, Pruned, StoreUnavailable

log = logging.getLogger("logstream.retention")


class PolicyExists(Exception):
    """There is a policy of this name already."""


class TooManyPolicies(Exception):
    """There are MAX_POLICIES already."""


class Retention:
    """The policies of `book`, applied to `store`; one run and one change at a time."""

    def __init__(self, store: Prunable, book: PolicyBook, runs: RunLog) -> None:
        self._store = store
        self._book = book
        self.runs = runs
        self._running = asyncio.Lock()
        self._editing = asyncio.Lock()

    async def rules(self) -> Rules:
        return await self._book.load()

    async def get(self, name: str) -> Policy | None:
        return _named(await self._book.load(), name)

    async def add(self, policy: Policy) -> None:
        """Raises PolicyExists, TooManyPolicies or StoreUnavailable."""
        async with self._editing:
            rules = await self._book.load()
            if _named(rules, policy.name) is not None:
                raise PolicyExists
            if len(rules.policies) >= MAX_POLICIES:
                raise TooManyPolicies
            await self._book.save([*rules.policies, policy])

    async def replace(self, name: str, policy: Policy | None) -> bool:
        """Put another policy in the place of this one, or none; False when there is no such policy."""
        async with self._editing:
            rules = await self._book.load()
            if _named(rules, name) is None:
                return False
            if policy is not None and policy.name != name and _named(rules, policy.name) is not None:
                raise PolicyExists
            kept = [policy if each.name == name else each for each in rules.policies]
            await self._book.save([each for each in kept if each is not None])
            return True

    async def run(self, policies: Sequence[Policy], *, dry_run: bool, scheduled: bool = False) -> Run:
        """Apply policies one after the other, or count what that would remove. Recorded, whatever happens.

        A dry run counts for each policy what those before it leave, so that it says just what a run removes.
        """
        async with self._running:
            now = datetime.now(UTC).replace(tzinfo=None)
            results: list[Result] = []
            removed_before: list[Condition] = []
            for policy in policies:
                where = policy.conditions(now)
                results.append(await self._apply(policy, now, where, removed_before, dry_run=dry_run))
                if dry_run and where:
                    removed_before.append(Not(And(tuple(where))))
            run = Run(format_timestamp(now), tuple(results), sum(result.pruned for result in results), scheduled)
            try:
                await self.runs.record(run)
            except StoreUnavailable as error:
                log.error("a retention run could not be recorded: %s", error)
            return run

    async def _apply(
        self, policy: Policy, now: datetime, where: list[Condition], left: list[Condition], *, dry_run: bool
    ) -> Result:
        began = time.perf_counter()
        error = None
        pruned = Pruned(0, warnings=() if where else ("the policy has no criterion, so it removes nothing",))
        if where:
            try:
                pruned = await self._store.prune([*where, *left], dry_run=dry_run)
            except StoreUnavailable as fault:
                error = str(fault)
        cutoff = policy.cutoff(now)
        would = "would remove" if dry_run else "removed"
        summary = f"{would} {pruned.entries:,} {'entry' if pruned.entries == 1 else 'entries'}"
        if error is not None:
            summary = f"failed: {error}"
        if pruned.entries and not dry_run:
            log.info("retention policy %r %s", policy.name, summary)
        return Result(
            policy.name,
            pruned.entries,
            pruned.files_removed,
            pruned.files_rewritten,
            pruned.files_scanned,
            dry_run,
            round((time.perf_counter() - began) * 1000),
            summary,
            None if cutoff is None else cutoff.date().isoformat(),
            pruned.warnings,
            error,
        )


def _named(rules: Rules, name: str) -> Policy | None:
    return next((policy for policy in rules.policies if policy.name == name), None)
