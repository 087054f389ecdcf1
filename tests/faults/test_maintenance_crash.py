"""Killed while days are pruned and compressed: after the restart search and journal agree, and nothing is lost."""

import asyncio
import json
import multiprocessing
import os
import random
import shutil
import signal
import sys
import threading
from collections import Counter
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from logstream.query.conditions import Compare, Equals
from logstream.stores.file.store import FileStore
from logstream.stores.journal.naming import seal_folder
from logstream.stores.journal.seals import Measure, Seals
from tests.faults.dying import Compress, Prune, Work, run_and_die
from tests.harness import Server, eventually
from tests.live.client import until
from tests.stores.file.test_pruning import in_step
from tests.stores.folder import NOW, batch, content, day_content, entry, opened, plain, unfinished

KILLS = 8

FORK = multiprocessing.get_context("forkserver")
FORK.set_forkserver_preload(["tests.faults.dying"])


async def fill(store: FileStore) -> None:
    for n in range(40):
        level = "error" if n % 3 else "info"
        await store.append(batch(*(entry(f"{level} {n}", f"2026-01-0{day}", level=level) for day in (1, 2, 3))))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three days: a compressed one, a compressed one with late lines, and a plain one."""
    root = tmp_path_factory.mktemp("days")

    async def main() -> None:
        async with opened(root) as store:
            await fill(store)
            store.maintenance._compress_after = 0
            assert await store.maintenance.compress(NOW.replace(month=1, day=3)) == 2
            for name in plain(root):
                os.utime(root / name, (0, 0))
            assert await store.maintenance.seal(NOW) == 1
            await store.append(batch(entry("error late", "2026-01-02", level="error"), entry("late", "2026-01-02")))

    asyncio.run(main())
    return root


@pytest.mark.parametrize(
    ("work", "doomed"),
    [
        (Prune(Equals("level", "error")), "error"),
        (Prune(Compare("timestamp", "<", datetime(2026, 1, 3))), "-01-0[12]"),
        (Compress(), "nothing"),
    ],
    ids=["rewriting days", "removing days", "compressing days"],
)
def test_killed_at_any_step_the_next_start_mends_it(folder: Path, tmp_path: Path, work: Work, doomed: str) -> None:
    before = content(folder).splitlines()
    at = 0
    died = True
    while died:
        at += 1
        root = tmp_path / str(at)
        shutil.copytree(folder, root)
        process = FORK.Process(
            target=run_and_die, args=(root, work, at), kwargs={"late": not isinstance(work, Compress)}
        )
        process.start()
        process.join()
        died = process.exitcode == -signal.SIGKILL
        assert died or process.exitcode == 0

        async def mended(store: FileStore, root: Path = root) -> None:
            await in_step(store, root)
            lines = content(root).splitlines()
            left = set(lines)
            assert len(left) == len(lines), "a line is there twice"
            assert all(b'"lag ' in line for line in left - set(before))
            for line in set(before) - left:
                fields = json.loads(line)
                gone = fields["level"] == "error" if doomed == "error" else fields["timestamp"] < "2026-01-03"
                assert gone, "what was not to be pruned is missing"
                assert doomed != "nothing"
            assert unfinished(root) == []
            await until(lambda: not list(seal_folder(root).glob("*.tmp")))  # but for one being written
            await work(store)
            await in_step(store, root)

        async def main(root: Path = root) -> None:
            async with opened(root) as store:
                await mended(store)

        asyncio.run(main())
        for name in Seals(root).names():
            measure = Measure(Seals(root).read(name))
            measure.add(day_content(root, name))
            assert not measure.differs, "a seal is not true"
        lines = [json.loads(line) for line in content(root).splitlines() if b'"lag ' not in line]
        if doomed == "error":
            assert len(lines) == 43
        elif doomed != "nothing":
            assert len(lines) == 40
        else:
            assert len(lines) == len(before)
        shutil.rmtree(root)
    assert at > 8


class BusyServer(Server):
    """A server that prunes and compresses all the time."""

    command = (sys.executable, "-m", "tests.faults.busy_server")


class Load:
    """Senders that remember what was acknowledged: what is to stay and what is to be pruned."""

    def __init__(self, url: str, seed: int) -> None:
        self.url = url
        self.kept: list[str] = []
        self._seed = seed
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))

    async def _run(self) -> None:
        async with httpx.AsyncClient(timeout=30) as client:
            await asyncio.gather(*(self._send(client, random.Random(self._seed * 100 + n)) for n in range(3)))

    async def _send(self, client: httpx.AsyncClient, chance: random.Random) -> None:
        while True:
            logs = []
            for _ in range(chance.choice((1, 3, 200))):
                kind = chance.choice(("kept", "kept", "error", "old"))
                day = f"2026-02-0{chance.randrange(1, 3)}" if kind == "old" else f"2026-03-0{chance.randrange(1, 4)}"
                level = "error" if kind == "error" else "info"
                logs.append({"message": kind + "x" * chance.randrange(500), "timestamp": day, "level": level})
            body = {"app_key": "busy", "app_id": "test", "logs": logs}
            headers = {"Idempotency-Key": f"{chance.random()}"} if chance.random() < 0.3 else {}
            try:
                answer = await client.post(f"{self.url}/api/logs", json=body, headers=headers)
            except httpx.TransportError:
                return  # killed
            assert answer.status_code == 201, answer.text
            self.kept += [entry["id"] for entry in answer.json()["entries"] if entry["message"].startswith("kept")]

    def __enter__(self) -> "Load":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join()


@pytest.mark.timeout(180)
def test_under_load_nothing_acknowledged_is_lost_or_doubled_by_sigkill(tmp_path: Path) -> None:
    chance = random.Random(12)
    server = BusyServer(tmp_path / "server")
    kept: list[str] = []
    for kill in range(KILLS):
        server.start()
        wanted = chance.randrange(1, 1500)
        with Load(server.url, kill) as load:
            eventually(lambda: len(load.kept) >= wanted, f"{wanted} acknowledged entries")  # noqa: B023
            server.kill()
        kept += load.kept
    assert "Traceback" not in server.log
    assert server.log.count("pruned") > KILLS
    quiet = Server(tmp_path / "server", LOG_PATH=str(server.log_path)).start()
    try:
        found = Counter(entry["id"] for entry in quiet.all_entries(app_key="busy"))
        kept_there = Counter(entry["id"] for entry in quiet.all_entries(app_key="busy", search="kept"))
    finally:
        quiet.stop()
    in_journal = Counter(json.loads(line)["id"] for line in content(server.log_path).splitlines())
    assert found == in_journal, "search and journal differ"
    assert max(found.values()) == 1, "an entry is there twice"
    assert set(kept) <= set(kept_there), "acknowledged entries are missing"
