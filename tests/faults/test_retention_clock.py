"""A clock that is wrong: nothing is lost because of it."""

from pathlib import Path

import httpx

from tests.clock import ShiftedClock
from tests.harness import Server, eventually, running

YEAR = 365 * 86_400
ENTRY = {"app_key": "shop", "app_id": "production"}


def run(server: Server, **given: object) -> httpx.Response:
    return server.request("POST", "/api/retention/run", json=given, timeout=60)


def total(server: Server) -> int:
    return int(server.get("/api/logs?limit=1").json()["total"])


def with_policy(server: Server) -> None:
    policy = {"name": "old", "older_than_days": 30}
    assert server.request("POST", "/api/retention/policies", json=policy).status_code == 201


def test_retention_is_put_off_when_the_clock_is_set_forward(tmp_path: Path) -> None:
    clock = ShiftedClock(tmp_path / "clock")
    with running(tmp_path / "server", **clock.settings) as server:
        with_policy(server)
        server.post([{**ENTRY, "message": f"before {n}"} for n in range(30)])
        assert run(server).json()["total_pruned"] == 0
        clock.shift(YEAR)
        server.post([{**ENTRY, "message": f"after {n}"} for n in range(5)])

        assert run(server, dry_run=True).json()["total_pruned"] == 30
        refused = run(server)
        assert refused.status_code == 409
        assert "the clock is 365 days ahead" in refused.json()["reason"]
        assert "force" in refused.json()["reason"]
        assert "365 days ahead" in server.get("/api/health").json()["warnings"][0]
        assert total(server) == 35

        clock.shift(0)
        assert run(server).json()["total_pruned"] == 0
        assert "warnings" not in server.get("/api/health").json()


def test_retention_is_put_off_when_the_clock_was_set_forward_over_a_restart(tmp_path: Path) -> None:
    clock = ShiftedClock(tmp_path / "clock")
    with running(tmp_path / "server", **clock.settings) as server:
        with_policy(server)
        server.post([{**ENTRY, "message": f"before {n}"} for n in range(30)])
        server.stop()
        clock.shift(YEAR)
        server.start()
        server.post([{**ENTRY, "message": f"after {n}"} for n in range(5)])
        assert run(server, dry_run=True).json()["total_pruned"] == 30
        assert run(server).status_code == 409
        server.kill()
        server.start()  # neither a dry run nor another start makes it right
        assert run(server).status_code == 409
        assert total(server) == 35

        forced = run(server, force=True)
        assert forced.json()["total_pruned"] == 30
        assert run(server).status_code == 200
        assert total(server) == 5


def test_an_archive_of_old_entries_is_no_reason_to_doubt_the_clock(tmp_path: Path) -> None:
    folder = tmp_path / "logs/2020/01"
    folder.mkdir(parents=True)
    line = (
        '{"id":"ZK3M9X0Q4T1V7B2N8C5F6G0HJA","trace_id":"t","batch_id":null,"app_key":"shop","app_id":"production",'
        '"user_agent":null,"level":"info","category":"general","message":"of the PHP server","context":null,'
        '"timestamp":"2020-01-02T03:04:05+00:00","created_at":"2020-01-02T03:04:05+00:00"}\n'
    )
    (folder / "02.jsonl").write_text(line)
    with running(tmp_path / "server", LOG_PATH=str(tmp_path / "logs")) as server:
        eventually(lambda: total(server) == 1, "the archive to be found")
        with_policy(server)
        assert run(server).json()["total_pruned"] == 1
