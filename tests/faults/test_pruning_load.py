"""A day of a million entries is pruned while it is written to at 5,000 entries a second: nothing is lost."""

import asyncio
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.harness import eventually, running

pytestmark = pytest.mark.heavy

ENTRIES = 1_000_000
BATCH = 100
PER_SECOND = 50


def write_day(root: Path, day: str) -> int:
    """A file of a million entries; how many of them have the level debug."""
    path = root / f"{day.replace('-', '/')}.jsonl"
    path.parent.mkdir(parents=True)
    line = (
        '{"id":"01%024d","trace_id":"%s","batch_id":null,"app_key":"old","app_id":"test","user_agent":null,'
        '"level":"%s","category":"general","message":"GET /v1/orders/%d returned 200 in 31 ms","context":{"n":%d},'
        '"timestamp":"' + day + 'T00:00:00.000Z","created_at":"' + day + 'T00:00:00.000Z"}\n'
    )
    trace = str(uuid.UUID(int=5, version=4))
    with open(path, "w") as file:
        for start in range(0, ENTRIES, 10_000):
            file.write(
                "".join(line % (n, trace, "info" if n % 3 else "debug", n, n) for n in range(start, start + 10_000))
            )
    return (ENTRIES + 2) // 3


class Load:
    """Posts so many entries a second until told to stop; remembers the ids."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.ids: list[str] = []
        self.stop = False

    async def run(self) -> None:
        body = {"app_key": "new", "app_id": "test", "logs": [{"message": "x" * 200} for _ in range(BATCH)]}
        async with httpx.AsyncClient(timeout=60) as client:
            began, posts = time.monotonic(), []
            while not self.stop:
                posts.append(asyncio.create_task(self._post(client, body)))
                await asyncio.sleep(max(0, began + len(posts) / PER_SECOND - time.monotonic()))
            await asyncio.gather(*posts)

    async def _post(self, client: httpx.AsyncClient, body: object) -> None:
        answer = await client.post(f"{self.url}/api/logs", json=body)
        assert answer.status_code == 201, answer.text
        self.ids += [entry["id"] for entry in answer.json()["entries"]]


@pytest.mark.timeout(180)
def test_a_day_of_a_million_entries_is_pruned_while_it_is_written_to(tmp_path: Path) -> None:
    doomed = write_day(tmp_path / "logs", f"{datetime.now(UTC):%Y-%m-%d}")
    with running(tmp_path, LOG_PATH=str(tmp_path / "logs")) as server:
        eventually(lambda: server.get("/api/logs?limit=1").json().get("total") == ENTRIES, "the index", 90)
        load = Load(server.url)
        runs: list[dict[str, Any]] = []

        async def prune_under_load() -> None:
            sending = asyncio.create_task(load.run())
            await asyncio.to_thread(eventually, lambda: load.ids, "entries to be accepted")
            policy = {"name": "debug", "level": "debug"}
            async with httpx.AsyncClient(base_url=f"{server.url}/api/retention", timeout=120) as admin:
                assert (await admin.post("/policies", json=policy)).status_code == 201
                runs.extend([(await admin.post(f"/run?dry_run={dry}")).json() for dry in (1, 0)])
            load.stop = True
            await sending

        asyncio.run(prune_under_load())
        assert [run["total_pruned"] for run in runs] == [doomed, doomed]
        assert [run["policies"][0].get("warnings", []) for run in runs] == [[], []]
        assert server.search(app_key="old", limit=1)["total"] == ENTRIES - doomed
        found = {entry["id"] for entry in server.all_entries(app_key="new")}
        assert found == set(load.ids)
        ours = [line for line in server.journal_lines() if b'"app_key":"new"' in line]
        assert len(ours) == len(set(ours)) == len(found)
