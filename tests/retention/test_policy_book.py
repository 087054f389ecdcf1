"""Policies in a file: what is damaged of the server's own is set aside, what somebody wrote is left to them."""

import asyncio
from pathlib import Path

import pytest

from logstream.retention.policy import read_policy
from logstream.retention.policy_book import FilePolicies, Rules
from logstream.retention.run_log import MAX_RUNS, FileRuns, Run
from logstream.store import StoreUnavailable
from logstream.stores.journal.durable_names import keep_durably


def test_damaged_policies_of_the_servers_own_are_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "state/retention.json"
    policies = FilePolicies(path, 24, keep_durably, ours=True)
    policy = read_policy({"name": "old", "older_than_days": 30})
    asyncio.run(policies.save([policy], ()))
    assert asyncio.run(policies.load()).policies == (policy,)
    path.write_bytes(b"\0" * 100)
    assert asyncio.run(policies.load()) == Rules(interval_hours=24)
    (aside,) = path.parent.glob("retention.json.damaged-*")
    assert aside.read_bytes() == b"\0" * 100
    asyncio.run(policies.save([policy], ()))
    assert asyncio.run(policies.load()).policies == (policy,)


def test_policies_that_somebody_wrote_are_left_to_them(tmp_path: Path) -> None:
    path = tmp_path / "policies.json"
    path.write_text("[")
    with pytest.raises(StoreUnavailable, match="neither an object nor a list"):
        asyncio.run(FilePolicies(path, 24, keep_durably).load())
    assert path.read_text() == "["


def test_the_log_of_runs_begins_goes_on_and_is_shortened(tmp_path: Path) -> None:
    path = tmp_path / "retention.log"
    runs = FileRuns(path, keep_durably)
    for n in (1, 2):
        asyncio.run(runs.record(Run(f"{n}", (), n)))
    assert [run.total_pruned for run in asyncio.run(runs.latest(10))] == [2, 1]
    path.write_bytes(path.read_bytes() * MAX_RUNS)
    asyncio.run(runs.record(Run("3", (), 3)))
    assert len(path.read_bytes().splitlines()) == MAX_RUNS + 1
    assert [run.total_pruned for run in asyncio.run(runs.latest(2))] == [3, 2]
