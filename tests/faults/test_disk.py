"""A full disk or an unwritable folder: 503, nothing half-stored, and recovery without a restart."""

import asyncio
import json
import resource
import subprocess
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from logstream.entries.entry import Batch
from logstream.query.conditions import Compare, Equals, LogQuery
from logstream.stores.file.store import FileStore
from tests.harness import Server, eventually, running
from tests.stores.folder import NOW, content, entry, export, opened, unfinished


class Disk:
    """A folder whose disk can be filled: a tmpfs of 8 MB where one can be mounted, which takes root.

    Elsewhere the server's files may grow no further: writes then fail in the middle too, with "File too large".
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
        self.mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0

    def unmount(self) -> None:
        if self.mounted:
            subprocess.run(["umount", "-l", str(self.folder)], check=True)

    def fill(self, server: Server) -> Callable[[], object]:
        """Take all the space; the returned function gives it back."""
        if not self.mounted:
            return self._limit_files(server)
        ballast = self.folder / "ballast"
        fill_up(ballast)
        return ballast.unlink

    def _limit_files(self, server: Server) -> Callable[[], object]:
        assert server.process is not None
        pid, largest = server.process.pid, max(path.stat().st_size for path in self.folder.rglob("*.jsonl"))
        before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (largest + 500, before[1]))
        return lambda: resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


def fill_up(ballast: Path) -> None:
    """Take all the space that is left for a file."""
    with open(ballast, "wb", buffering=0) as file:
        for size in (1 << 16, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                pass


async def compress_all(store: FileStore) -> int:
    store.maintenance._compress_after = 0
    return await store.maintenance.compress(NOW)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    made = Disk(tmp_path / "disk")
    yield made
    made.unmount()


def batch(name: str, size: int = 1000) -> dict[str, object]:
    return {
        "app_key": "disk",
        "app_id": "test",
        "logs": [{"message": f"{name} {n} " + "x" * size, "timestamp": f"2026-06-{n % 3 + 1:02d}"} for n in range(30)],
    }


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "k"}], ids=["plain", "with an Idempotency-Key"])
def test_a_full_disk_is_a_503_and_stores_nothing_until_there_is_space(
    tmp_path: Path, disk: Disk, headers: dict[str, str]
) -> None:
    with running(tmp_path / "server", LOG_PATH=str(disk.folder / "logs")) as server:
        before = server.post(batch("before")).json()
        give_back = disk.fill(server)

        refused = server.post(batch("refused"), headers=headers)
        assert refused.status_code == 503
        assert int(refused.headers["Retry-After"]) > 0
        assert refused.json()["error"] == "Service unavailable"
        assert server.get("/api/health").status_code == 200

        give_back()
        after = server.post(batch("after"), headers=headers)
        assert after.status_code == 201, after.text
        stored = {entry["message"] for entry in before["entries"] + after.json()["entries"]}
        eventually(lambda: server.get("/api/logs").status_code == 200, "searching to work again")
        assert {entry["message"] for entry in server.all_entries()} == stored
        assert len(server.journal_lines()) == 60

        server.kill()
        server.start()
        assert {entry["message"] for entry in server.all_entries()} == stored


def test_a_folder_that_can_not_be_written_is_a_503_until_it_can(server: Server) -> None:
    assert server.post({"app_key": "a", "app_id": "b", "timestamp": "2026-06-01"}).status_code == 201
    blocker = server.log_path / "2026/07"
    blocker.write_text("a file where a folder should be")
    refused = server.post({"app_key": "a", "app_id": "b", "timestamp": "2026-07-01"})
    assert refused.status_code == 503
    assert "journal can't be written" in refused.json()["reason"]
    assert server.post({"app_key": "a", "app_id": "b", "timestamp": "2026-06-01"}).status_code == 201
    blocker.unlink()
    assert server.post({"app_key": "a", "app_id": "b", "timestamp": "2026-07-01"}).status_code == 201
    assert server.search()["total"] == 3


def test_a_day_file_removed_under_the_server_is_begun_anew(server: Server) -> None:
    server.post({"app_key": "a", "app_id": "b", "message": "gone", "timestamp": "2026-06-01"})
    day = server.log_path / "2026/06/01.jsonl"
    day.unlink()

    def written_anew() -> bool:
        server.post({"app_key": "a", "app_id": "b", "message": "kept", "timestamp": "2026-06-01"})
        return day.exists()

    eventually(written_anew, "the day file to be there again")
    kept = [json.loads(line)["id"] for line in day.read_bytes().splitlines()]
    assert {entry["id"] for entry in server.all_entries()} == set(kept)


def test_a_folder_that_can_not_be_made_stops_the_start_with_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    server = Server(tmp_path / "server", LOG_PATH=str(tmp_path / "file" / "logs"))
    with pytest.raises(AssertionError, match="ended with 1"):
        server.start()
    server.process = None
    assert f"LOG_PATH='{tmp_path / 'file' / 'logs'}' can't be used: Not a directory" in server.log
    assert "Traceback" not in server.log


def test_pruning_and_compressing_on_a_full_disk_change_nothing_until_there_is_space(disk: Disk) -> None:
    """One day has to be rewritten, the other one can go as a whole, which needs no space."""
    if not disk.mounted:
        pytest.skip("the test's own files could not be limited apart from pytest's: a disk of its own takes root")
    root = disk.folder / "logs"
    errors, old = Equals("level", "error"), Compare("timestamp", "<", datetime(2026, 1, 2))

    async def main() -> None:
        async with opened(root) as store:
            for n in range(1000):
                level = "error" if n % 4 == 0 else "info"
                await store.append(Batch([entry("x" * 800, f"2026-01-0{d}", level=level) for d in (1, 2)]))
            before = content(root)
            assert (await store.search(LogQuery())).total == 2000
            ballast = disk.folder / "ballast"
            fill_up(ballast)
            assert await compress_all(store) == 0
            pruned = await store.prune([errors], dry_run=False)
            assert pruned.entries == 0
            assert len(pruned.warnings) == 2
            assert "01.jsonl was left unchanged: No space left on device" in pruned.warnings[0]
            assert content(root) == before
            assert unfinished(root) == []
            ballast.unlink()
            found = await store.search(LogQuery([errors]))
            assert found.total == 500
            assert (await store.prune([errors], dry_run=False)).entries == 500
            assert await compress_all(store) == 2
            assert (await store.prune([old], dry_run=False)).files_removed == 1
            assert sorted((await export(store)).splitlines()) == sorted(content(root).splitlines())
            assert (await store.search(LogQuery())).total == 750

    asyncio.run(main())
