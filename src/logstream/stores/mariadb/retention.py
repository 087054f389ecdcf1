"""Retention policies and the retention log in the database."""

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from logstream.entries.timestamps import parse_timestamp
from logstream.retention.policy import Policy
from logstream.retention.policy_book import Rules
from logstream.retention.run_log import MAX_RUNS, Run
from logstream.shared import Outdated
from logstream.stores.mariadb.database import Database
from logstream.stores.mariadb.faults import raised_as_unavailable
from logstream.stores.mariadb.schema import POLICIES, RUNS


class DatabasePolicies:
    """Policies as JSON in `retention_policies`, in the order of their names."""

    def __init__(self, database: Database, interval_hours: int) -> None:
        self._database = database
        self._interval = interval_hours

    async def load(self) -> Rules:
        rows = await self._database.rows(select(POLICIES.c.policy).order_by(POLICIES.c.name))
        policies = tuple(msgspec.json.decode(row[0], type=Policy) for row in rows)
        return Rules(policies, interval_hours=self._interval)

    async def save(self, policies: Sequence[Policy], before: Sequence[Policy]) -> None:
        """Only what differs is written, so that two servers can change different policies at once."""
        with raised_as_unavailable():
            try:
                async with self._database.write() as connection:
                    await _write(connection, _by_name(policies), _by_name(before))
            except IntegrityError:  # two have added one of the same name
                raise Outdated from None


def _by_name(policies: Sequence[Policy]) -> dict[str, Policy]:
    return {policy.name: policy for policy in policies}


async def _write(connection: AsyncConnection, wanted: Mapping[str, Policy], before: Mapping[str, Policy]) -> None:
    for name, policy in before.items():
        if wanted.get(name) == policy:
            continue
        row = POLICIES.c.name == name
        found = (await connection.execute(select(POLICIES.c.policy).where(row).with_for_update())).scalar()
        if found is None or msgspec.json.decode(found, type=Policy) != policy:
            raise Outdated
        await connection.execute(delete(POLICIES).where(row))
    for name, policy in wanted.items():
        if before.get(name) != policy:
            values = {"name": name, "policy": msgspec.json.encode(policy).decode()}
            await connection.execute(POLICIES.insert().values(values))


class DatabaseRuns:
    """Runs as JSON in `retention_log`, which keeps the last MAX_RUNS."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, run: Run) -> None:
        moment = parse_timestamp(run.ran_at)
        assert moment is not None
        values = {"ran_at": moment.replace(tzinfo=None), "run": msgspec.json.encode(run).decode()}
        with raised_as_unavailable():
            async with self._database.write() as connection:
                await connection.execute(RUNS.insert().values(values))
                last = (await connection.execute(select(func.max(RUNS.c.id)))).scalar_one()
                await connection.execute(delete(RUNS).where(RUNS.c.id <= last - MAX_RUNS))

    async def latest(self, limit: int) -> Sequence[Run]:
        rows = await self._database.rows(select(RUNS.c.run).order_by(RUNS.c.id.desc()).limit(limit))
        return [msgspec.json.decode(row[0], type=Run) for row in rows]
