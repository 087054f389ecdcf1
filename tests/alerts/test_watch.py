"""Judging beside a store: what is too much to wait is read from it, and of several servers one judges."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from logstream.accept import Acceptor
from logstream.alerts import alerts as put_together
from logstream.alerts import backlog, watch
from logstream.alerts.alerts import Alerts
from logstream.alerts.backlog import Backlog
from logstream.alerts.definitions import ALERTS
from logstream.alerts.progress import POSITION, Position
from logstream.entries.entry import NULL, LogEntry
from logstream.metrics import Metrics
from logstream.shared import Put, Remove, SharedState
from logstream.store import Receipt
from logstream.stores.file.shared import FileShared
from logstream.stores.file.store import FileStore
from tests.targets import HttpTarget, http_target


class Node:
    """A store with alerts, as a server has them."""

    def __init__(self, folder: Path, shared: SharedState, name: str = "") -> None:
        self.store = FileStore(folder, sync=False)
        metrics = Metrics()
        self.alerts = Alerts(shared, self.store, metrics, allow_private=True, node=name)
        self.acceptor = Acceptor(self.store, self.alerts.publish, metrics)

    async def start(self) -> None:
        await self.store.start()
        self.acceptor.start()
        await self.alerts.start(self.acceptor.last_id)

    async def stop(self) -> None:
        await self.alerts.stop()
        await self.store.stop()

    async def accept(self, count: int, text: str = "x") -> None:
        entries = [
            LogEntry("", "t", None, "a", "b", None, "error", "general", text, NULL, "2026-01-01T00:00:00.000Z", "")
            for _ in range(count)
        ]
        await self.acceptor.accept(entries, lambda batch: Receipt(201, b""))

    async def add(self, target: HttpTarget, n: int) -> None:
        alert = {"name": "x", "when": {"kind": "count", "n": n, "window": "1h"}, "targets": [target.url]}
        await self.alerts.desk.add(alert)


@asynccontextmanager
async def node(folder: Path, shared: SharedState, name: str = "") -> AsyncIterator[Node]:
    made = Node(folder, shared, name)
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


async def judge(shared: SharedState) -> str:
    """The name of the server that judges the alerts."""
    position = await shared.get(*POSITION)
    assert position is not None
    return msgspec.json.decode(position.body, type=Position).node


def with_target(folder: Path, work: Callable[[SharedState, HttpTarget], Awaitable[None]]) -> None:
    async def run(target: HttpTarget) -> None:
        shared = FileShared(folder, sync=False)
        await work(shared, target)
        await shared.close()

    with http_target() as target:
        asyncio.run(run(target))


async def bodies(target: HttpTarget, count: int) -> list[dict[str, Any]]:
    async with asyncio.timeout(20):
        while len(target.requests) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    return target.bodies


def test_what_is_too_much_to_wait_is_judged_from_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "MOST_BYTES", 2000)

    async def work(shared: SharedState, target: HttpTarget) -> None:
        async with node(tmp_path / "store", shared) as server:
            await server.add(target, 1000)
            for _ in range(9):
                await server.accept(100, "y" * 100)
            await server.accept(99)
            await server.accept(1)
            (body,) = await bodies(target, 1)
            assert body["count"] == 1000
            await server.accept(500)
        assert len(target.requests) == 1

    with_target(tmp_path, work)


def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judging takes all of its share of the time, so that more arrives than can be judged."""
    monkeypatch.setattr(watch, "SLICE_SECONDS", 0.0)
    monkeypatch.setattr(watch, "SHARE", 0.0001)


def test_what_comes_after_what_was_too_much_is_judged_behind_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow(monkeypatch)
    monkeypatch.setattr(backlog, "MOST_BYTES", 2000)

    async def work(shared: SharedState, target: HttpTarget) -> None:
        async with node(tmp_path / "store", shared) as server:
            await server.add(target, 67)
            for _ in range(20):
                await server.accept(3, "y" * 100)
                await asyncio.sleep(0.005)
            await server.accept(6, "y" * 100)  # too much by itself
            await server.accept(1)
            (body,) = await bodies(target, 1)
            assert body["count"] == 67

    with_target(tmp_path, work)


def test_time_passes_however_much_arrives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow(monkeypatch)
    backlogs: list[Backlog] = []

    class Seen(Backlog):
        def __init__(self) -> None:
            super().__init__()
            backlogs.append(self)

    monkeypatch.setattr(watch, "Backlog", Seen)

    async def work(shared: SharedState, target: HttpTarget) -> None:
        async with node(tmp_path / "store", shared) as server:
            silence = {"kind": "count", "op": "<", "n": 1, "window": "1s"}
            await server.alerts.desk.add(
                {"name": "x", "query": {"search": "needle"}, "when": silence, "targets": [target.url]}
            )

            async with asyncio.timeout(20):
                while not target.requests:
                    if backlogs[0]:
                        await asyncio.sleep(0.001)
                    else:
                        await server.accept(1)
            assert target.bodies[0]["state"] == "firing"

    with_target(tmp_path, work)


def test_of_an_alert_that_went_while_the_server_was_away_nobody_is_told(tmp_path: Path) -> None:
    async def work(shared: SharedState, target: HttpTarget) -> None:
        async with node(tmp_path / "store", shared) as server:
            target.status = 500
            await server.add(target, 1)
            await server.accept(1)
            await bodies(target, 1)
        await shared.write([Remove(ALERTS, "x")])
        target.status = 200
        async with node(tmp_path / "store", shared) as server:
            alert = {"name": "y", "when": {"kind": "each"}, "targets": [target.url]}
            await server.alerts.desk.add(alert)
            await server.accept(1)
            told = await bodies(target, 2)
            assert [body["alert"] for body in told] == ["x", "y"]
        assert await shared.listed("alert-outbox") == []

    with_target(tmp_path, work)


def test_an_entry_on_which_deciding_is_costly_is_decided_all_the_same(tmp_path: Path) -> None:
    async def work(shared: SharedState, target: HttpTarget) -> None:
        async with node(tmp_path / "store", shared) as server:
            alert = {"name": "x", "query": {"q": "/(a|b){1,200}c.*needle/"}, "when": {"kind": "each"}}
            await server.alerts.desk.add({**alert, "targets": [target.url]})
            await server.accept(1, "x" * 1_000_000 + "abc needle")
            (body,) = await bodies(target, 1)
            assert body["entry"]["message_cut"] is True

    with_target(tmp_path, work)


def test_of_several_servers_one_judges_and_another_takes_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(put_together, "LEASE_SECONDS", 3.0)
    for name in ("POLL_SECONDS", "TICK_SECONDS"):
        monkeypatch.setattr(watch, name, 0.1)

    async def work(shared: SharedState, target: HttpTarget) -> None:
        first = Node(tmp_path / "a", shared, "a")
        await first.start()
        await first.add(target, 3)
        async with node(tmp_path / "b", shared, "b") as second:
            await asyncio.gather(first.accept(2), second.accept(2))
            await first.accept(1)
            assert (await bodies(target, 1))[0]["count"] == 3
            await first.stop()
            async with asyncio.timeout(20):
                while await judge(shared) != "b":  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            alert = {"name": "y", "when": {"kind": "count", "n": 2, "window": "1h"}, "targets": [target.url]}
            await second.alerts.desk.add(alert)
            await second.accept(2)
            assert (await bodies(target, 2))[1]["alert"] == "y"
        assert len(target.requests) == 2

    with_target(tmp_path, work)


def test_what_a_server_that_is_gone_has_taken_is_not_taken_back(tmp_path: Path) -> None:
    """A server that was silent for too long finds another in its place, and starts anew from what that knows."""

    async def work(shared: SharedState, target: HttpTarget) -> None:
        async with node(tmp_path / "store", shared) as server:
            await server.add(target, 3)
            await server.accept(2)
            position = await shared.get(*POSITION)
            assert position is not None
            await shared.write([Put(*POSITION, position.body)])
            await server.accept(1)
            assert (await bodies(target, 1))[0]["count"] == 3
            await server.accept(5)
        assert len(target.requests) == 1

    with_target(tmp_path, work)
