"""The tables are made once, whoever begins, and what can't be used is refused with what to do."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from logstream.stores.clickhouse.database import Database
from logstream.stores.clickhouse.migrations import check_version, pending, set_up
from logstream.stores.spool.tended import DatabaseRefused
from tests.clickhouse import ClickHouse, clickhouse_of


def with_database(settings: dict[str, str], work: Callable[[Database], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        database = Database(clickhouse_of(settings))
        try:
            return await work(database)
        finally:
            await database.close()

    with ThreadPoolExecutor(1) as thread:  # Playwright's event loop runs in this one
        return thread.submit(lambda: asyncio.run(run())).result()


def name_of(settings: dict[str, str]) -> str:
    return settings["CLICKHOUSE_URL"].rsplit("/", 1)[1]


def test_starts_at_the_same_time_set_up_one_database(clickhouse: ClickHouse) -> None:
    async def work(database: Database) -> int:
        await asyncio.gather(*(set_up(database) for _ in range(5)))
        return len(await pending(database))

    with clickhouse.database() as settings:
        assert with_database(settings, work) == 0
        tables = clickhouse.ask("SHOW TABLES", name_of(settings))
        assert sorted(tables) == [
            ["idempotency_claims"],
            ["log_entries"],
            ["logstream_migrations"],
            ["shared_documents"],
            ["stream_progress"],
        ]


def test_a_database_that_lacks_migrations_is_refused_until_they_are_applied(clickhouse: ClickHouse) -> None:
    def migrate() -> "subprocess.CompletedProcess[str]":
        env = {"PATH": os.environ["PATH"], **settings}
        program = [sys.executable, "-m", "logstream", "migrate"]
        return subprocess.run(program, env=env, capture_output=True, text=True, cwd="/")

    with clickhouse.database() as settings:
        assert migrate().stderr.splitlines() == [
            "applied 1: log entries",
            "applied 2: clients, retention, views and alerts",
            "applied 3: streams",
        ]
        clickhouse.ask("DELETE FROM logstream_migrations WHERE number = 2", name_of(settings))
        with pytest.raises(DatabaseRefused, match=r"lacks migration 2 \(clients.*; run: logstream migrate"):
            with_database(settings, set_up)
        assert migrate().stderr.splitlines() == ["applied 2: clients, retention, views and alerts"]
        assert migrate().stderr.splitlines() == ["the database is up to date"]
        clickhouse.ask("INSERT INTO logstream_migrations (number, name) VALUES (99, 'later')", name_of(settings))
        with pytest.raises(DatabaseRefused, match="has migration 99 of a newer logstream-server"):
            with_database(settings, set_up)


def test_a_server_too_old_is_refused() -> None:
    check_version("26.9.2.1")
    with pytest.raises(DatabaseRefused, match=r"ClickHouse 24\.8\.1\.1; 26\.3 or newer is needed"):
        check_version("24.8.1.1")
