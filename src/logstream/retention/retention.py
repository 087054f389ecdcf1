"""Retention: keeps policies, applies them to a store, and records what they did."""

import asyncio
import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, Protocol

from msgspec import UNSET

from logstream.entries.ids import id_time
from logstream.entries.timestamps import format_timestamp, parse_timestamp
from logstream.query.conditions import And, Compare, Condition, LogQuery, Not
from logstream.query.results import Page
from logstream.retention.clock import Clock
from logstream.retention.policy import Policy
from logstream.retention.policy_book import MAX_POLICIES, PolicyBook, Rules
from logstream.retention.run_log import Result, Run, RunLog
from logstream.store import Prunable, Pruned, StoreUnavailable

log = logging.getLogger("logstream.retention")

RECENT_ENTRIES: Final = 200
"""The newest entries of before this start, among which those that were accepted last are looked for."""

RECENT_RUNS: Final = 100
"""Runs among which the last one that went by age is looked for."""

SAME_TIME: Final = 60
"""Seconds between an id of ours and `created_at`, at most."""


class PolicyExists(Exception):
    """A policy of this name already exists."""


class TooManyPolicies(Exception):
    """There already are MAX_POLICIES."""


class ClockInDoubt(Exception):
    """A run is put off: entries may look old only because the clock is wrong. The text says why."""


class Searchable(Prunable, Protocol):
    """The part of a store that this takes."""

    async def search(self, query: LogQuery) -> Page: ...


class Retention:
    """The policies of `book`, applied to `store`; one run and one change at a time."""

    def __init__(self, store: Searchable, book: PolicyBook, runs: RunLog, clock: Clock | None = None) -> None:
        self._store = store
        self._book = book
        self.runs = runs
        self.put_off: str | None = None
        """Why the last run that was due has been put off; None when none was."""
        self._clock = clock or Clock()
        self._asked_history = False
        self._running = asyncio.Lock()
        self._editing = asyncio.Lock()

    async def rules(self) -> Rules:
        return await self._book.load()

    async def get(self, name: str) -> Policy | None:
        return _named(await self._book.load(), name)

    async def add(self, policy: Policy) -> None:
        """Raises PolicyExists, TooManyPolicies, Outdated or StoreUnavailable."""
        async with self._editing:
            rules = await self._book.load()
            if _named(rules, policy.name) is not None:
                raise PolicyExists
            if len(rules.policies) >= MAX_POLICIES:
                raise TooManyPolicies
            await self._book.save([*rules.policies, policy], rules.policies)

    async def replace(self, name: str, policy: Policy | None) -> bool:
        """Replace a policy, or with None delete it; False if there is no such policy.

        Raises Outdated when another server has changed it just now.
        """
        async with self._editing:
            rules = await self._book.load()
            if _named(rules, name) is None:
                return False
            if policy is not None and policy.name != name and _named(rules, policy.name) is not None:
                raise PolicyExists
            kept = [policy if each.name == name else each for each in rules.policies]
            await self._book.save([each for each in kept if each is not None], rules.policies)
            return True

    async def run(
        self, policies: Sequence[Policy], *, dry_run: bool, scheduled: bool = False, force: bool = False
    ) -> Run:
        """Apply policies one after the other, or count what that would remove. Every run is recorded.

        For each policy a dry run counts only what the policies before it would leave, so it reports exactly what a run
        would remove. Raises ClockInDoubt, unless with `force`: then the clock is trusted from now on.
        """
        async with self._running:
            if not dry_run and _go_by_age(policies):
                await self._check_clock(force=force)
            now = datetime.now(UTC).replace(tzinfo=None)
            results: list[Result] = []
            removed_before: list[Condition] = []
            for policy in policies:
                where = policy.conditions(now)
                results.append(await self._apply(policy, now, where, removed_before, dry_run=dry_run))
                if dry_run and where:
                    removed_before.append(Not(And(tuple(where))))
            run = Run(format_timestamp(now), tuple(results), sum(result.pruned for result in results), scheduled)
            await self._record(run)
            return run

    async def watch_clock(self) -> None:
        """Hold the clock against what is known, if policies go by age. Raises ClockInDoubt or StoreUnavailable.

        Also when no run is due: later, what was accepted with a wrong clock would make it look right.
        """
        rules = await self._book.load()
        if _go_by_age(rules.policies):
            async with self._running:
                await self._check_clock(force=False)

    async def _check_clock(self, *, force: bool) -> None:
        if not self._asked_history:
            await self._ask_history()
            self._asked_history = True
        if force:
            self._clock.trust()
        doubted_before = self.put_off is not None
        self.put_off = self._clock.doubt()
        if self.put_off is None:
            return
        if not doubted_before:
            known = datetime.fromtimestamp(self._clock.known or 0, UTC)
            await self._record(
                Run(
                    format_timestamp(datetime.now(UTC)),
                    (),
                    0,
                    scheduled=True,
                    put_off=self.put_off,
                    clock_known=format_timestamp(known),
                )
            )
        raise ClockInDoubt(self.put_off)

    async def _ask_history(self) -> None:
        """Tell the clock what happened here last before this start: a run that went by age, or an entry's acceptance.

        Entries that came from elsewhere say nothing of this clock; ours have ids that tell the time of acceptance. What
        came after a run was put off says nothing either.
        """
        for run in await self.runs.latest(RECENT_RUNS):
            by_age = any(result.cutoff_date is not None and not result.dry_run for result in run.policies)
            ran_at = parse_timestamp(run.ran_at)
            if run.put_off is not UNSET:
                known = parse_timestamp(run.clock_known)
                if known is not None:
                    self._clock.know(known.timestamp())
                return
            if by_age and ran_at is not None:  # others were not held against the clock
                self._clock.know(ran_at.timestamp())
                break
        before = datetime.fromtimestamp(self._clock.started, UTC).replace(tzinfo=None)
        newest = LogQuery([Compare("timestamp", "<", before)], limit=RECENT_ENTRIES, counted=False)
        for entry in (await self._store.search(newest)).entries:
            created_at, given_at = parse_timestamp(entry.created_at), id_time(entry.id)
            if created_at is not None and given_at is not None:
                accepted_at = created_at.timestamp()
                if abs(given_at - accepted_at) < SAME_TIME and accepted_at < self._clock.started:
                    self._clock.know(accepted_at)

    async def _record(self, run: Run) -> None:
        try:
            await self.runs.record(run)
        except StoreUnavailable as error:
            log.error("could not record a retention run: %s", error)

    async def _apply(
        self, policy: Policy, now: datetime, where: list[Condition], left: list[Condition], *, dry_run: bool
    ) -> Result:
        began = time.perf_counter()
        error = None
        pruned = Pruned(0, warnings=() if where else ("the policy has no criteria, so it removes nothing",))
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


def _go_by_age(policies: Sequence[Policy]) -> bool:
    return any(policy.older_than_days is not None for policy in policies)


def _named(rules: Rules, name: str) -> Policy | None:
    return next((policy for policy in rules.policies if policy.name == name), None)
