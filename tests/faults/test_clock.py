"""Whatever the clock does, new ids sort behind all earlier ones, and who resumes gets what it missed, once."""

import asyncio
import json
import random
from pathlib import Path
from typing import Any

import pytest
import websockets

from tests.clock import ShiftedClock
from tests.database import MariaDb
from tests.harness import Server, eventually

HOUR = 3600
YEAR = 365 * 24 * HOUR


class ShiftedServer(Server):
    """A server whose clock is wrong by so many seconds."""

    def __init__(self, folder: Path, **settings: str) -> None:
        clock = ShiftedClock(folder / "clock")
        self.shift = clock.shift
        super().__init__(folder, **clock.settings, **settings)


def post(server: Server, name: str, count: int = 1) -> list[str]:
    """The ids of new entries."""
    logs = [{"message": f"{name} {n}"} for n in range(count)]
    answer = server.post({"app_key": "clock", "app_id": "test", "logs": logs})
    assert answer.status_code == 201, answer.text
    return [entry["id"] for entry in answer.json()["entries"]]


def resumed(server: Server, after: str, count: int) -> list[str]:
    """The ids that a viewer gets who has seen everything up to an id."""

    async def main() -> list[str]:
        ids: list[str] = []
        async with websockets.connect(f"{server.ws_url}/?after={after}") as viewer:
            while len(ids) < count:
                message: dict[str, Any] = json.loads(await asyncio.wait_for(viewer.recv(), 30))
                assert message["type"] in ("connected", "log"), message
                if message["type"] == "log":
                    ids.append(message["data"]["id"])
        return ids

    return asyncio.run(main())


@pytest.mark.parametrize("how", ["stop", "kill"])
@pytest.mark.parametrize("jump", [-HOUR, -YEAR, YEAR])
def test_after_a_restart_with_another_time_ids_go_on_and_a_viewer_misses_nothing(
    tmp_path: Path, jump: int, how: str
) -> None:
    server = ShiftedServer(tmp_path / "server")
    server.start()
    try:
        seen = post(server, "seen", 3)
        missed = post(server, "missed", 10)
        getattr(server, how)()
        server.shift(jump)
        server.start()
        missed += post(server, "after the jump", 10)
        getattr(server, how)()
        server.shift(0)
        server.start()
        missed += post(server, "back again", 9)
        assert [*seen, *missed] == sorted({*seen, *missed})
        assert resumed(server, seen[-1], len(missed)) == missed
    finally:
        server.stop()


def test_jumps_while_it_runs_and_between_restarts_keep_the_order(tmp_path: Path) -> None:
    chance = random.Random(14)
    server = ShiftedServer(tmp_path / "server")
    server.start()
    ids: list[str] = []
    try:
        for _ in range(4):
            for _ in range(5):
                server.shift(chance.choice((0, -HOUR, HOUR, -YEAR, YEAR // 2, -1, 1)))
                ids += post(server, "entry", chance.randrange(1, 20))
            server.kill() if chance.random() < 0.5 else server.stop()
            if chance.random() < 0.5:
                (server.log_path / ".logstream/index.duckdb").unlink(missing_ok=True)
            server.start()
        assert ids == sorted(set(ids))
        assert resumed(server, ids[0], len(ids) - 1) == ids[1:]
    finally:
        server.stop()


def test_ids_do_not_fall_behind_what_was_pruned(tmp_path: Path) -> None:
    server = ShiftedServer(tmp_path / "server")
    server.start()
    try:
        last = post(server, "pruned")[-1]
        assert server.post({"name": "all", "level": "info"}, "/api/retention/policies").status_code == 201
        assert server.post({}, "/api/retention/run").json()["total_pruned"] == 1
        server.stop()
        server.shift(-HOUR)
        server.start()
        missed = post(server, "new", 3)
        assert missed[0] > last
        assert resumed(server, last, 3) == missed
    finally:
        server.stop()


def test_without_a_lease_ids_go_on_from_the_entries(tmp_path: Path) -> None:
    server = ShiftedServer(tmp_path / "server")
    server.start()
    try:
        last = post(server, "before", 5)[-1]
        server.kill()
        for path in (server.log_path / ".logstream").iterdir():
            path.unlink()
        server.shift(-HOUR)
        server.start()
        assert post(server, "after")[0] > last
    finally:
        server.stop()


def test_ids_of_a_database_go_on_too(tmp_path: Path, mariadb: MariaDb) -> None:
    with mariadb.database() as settings:
        server = ShiftedServer(tmp_path / "server", **settings)
        server.start()
        try:
            seen = post(server, "seen", 3)
            server.kill()
            server.shift(-YEAR)
            server.start()
            missed = post(server, "missed", 5)
            assert missed[0] > seen[-1]
            assert resumed(server, seen[-1], 5) == missed
            eventually(lambda: server.search()["total"] == 8, "all entries")
        finally:
            server.stop()
