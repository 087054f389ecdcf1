"""A real server whose disk fails in one way for a while: 503 with the reason, nothing lost or doubled, no restart."""

import errno
import os
from collections import Counter
from pathlib import Path

import pytest

from tests.harness import Server, eventually


class FailingDisk(Server):
    """A server with disk.c below it."""

    def __init__(self, folder: Path, preload: Path, **settings: str) -> None:
        self.plan = folder / "plan"
        log_path = folder / "logs"
        faults = {"LD_PRELOAD": str(preload), "DISK_ROOT": str(log_path), "DISK_FAULT": str(self.plan)}
        super().__init__(folder, LOG_PATH=str(log_path), **faults, **settings)

    def fail(self, function: str, number: int, path: str) -> None:
        """From now on, calls of this function on paths with this text fail."""
        new = self.plan.with_suffix(".new")
        new.write_text(f"{function} {number} {path}")
        os.replace(new, self.plan)

    def heal(self) -> None:
        self.plan.unlink()


def body(name: str, days: int = 1) -> dict[str, object]:
    logs = [{"message": f"{name} {n}", "timestamp": f"2026-06-{n % days + 1:02d}"} for n in range(30)]
    return {"app_key": "disk", "app_id": "test", "logs": logs}


def check(server: Server, kept: list[str]) -> None:
    """What was acknowledged, and nothing else, can be found, also after a restart."""
    for restart in (False, True):
        if restart:
            server.kill()
            server.start()
        eventually(lambda: server.get("/api/logs").status_code == 200, "searches to work")
        assert Counter(entry["id"] for entry in server.all_entries()) == Counter(kept)


@pytest.mark.parametrize(
    ("function", "number", "path"),
    [
        ("write", errno.ENOSPC, ".jsonl"),
        ("write", errno.EIO, "2026/06/02.jsonl"),
        ("write", errno.EROFS, "2026/06/03.jsonl"),
        ("open", errno.EMFILE, "2026/07"),
        ("mkdir", errno.ENOSPC, "2026/07"),
        ("fsync", errno.EIO, "2026/07"),
        ("write", errno.EIO, "idempotency.sqlite"),
        ("write", errno.ENOSPC, "idempotency.sqlite"),
        ("fsync", errno.EIO, "idempotency.sqlite"),
    ],
)
def test_what_can_not_be_stored_is_refused_until_it_can(
    tmp_path: Path, preload: Path, function: str, number: int, path: str
) -> None:
    server = FailingDisk(tmp_path, preload)
    server.start()
    try:
        kept: list[str] = []
        first = server.post(body("first"), headers={"Idempotency-Key": "first"})
        kept += [entry["id"] for entry in first.json()["entries"]]
        server.fail(function, number, path)
        month = {**body("m"), "logs": [{"message": "m", "timestamp": "2026-07-01"}]} if "/07" in path else body("m", 3)
        for _ in range(2):
            refused = server.post(month, headers={"Idempotency-Key": "k"})
            assert refused.status_code == 503, refused.text
            assert os.strerror(number) in refused.json()["reason"] or "idempotency" in path
            assert refused.json()["reason"]
        simple = server.post({"app_key": "disk", "app_id": "test", "message": "simple", "timestamp": "2026-05-01"})
        assert simple.status_code == (503 if path == ".jsonl" else 201), simple.text
        kept += [entry["id"] for entry in simple.json().get("entries", ())]
        server.heal()
        for _ in range(2):
            taken = server.post(month, headers={"Idempotency-Key": "k"})
            assert taken.status_code == 201, taken.text
        kept += [entry["id"] for entry in taken.json()["entries"]]
        assert server.post(body("first"), headers={"Idempotency-Key": "first"}).content == first.content
        check(server, kept)
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("function", "number"),
    [("write", errno.EIO), ("write", errno.ENOSPC), ("fsync", errno.EIO), ("open", errno.EMFILE)],
)
def test_faults_under_the_index_cost_no_entry(tmp_path: Path, preload: Path, function: str, number: int) -> None:
    server = FailingDisk(tmp_path, preload)
    server.settings["SEARCH_TIMEOUT"] = "3"
    server.start()
    try:
        kept: list[str] = []
        server.fail(function, number, "index.duckdb")
        for n in range(3):
            answer = server.post(body(f"{n}", 3))
            assert answer.status_code == 201, answer.text
            kept += [entry["id"] for entry in answer.json()["entries"]]
            found = server.get("/api/logs")
            assert found.status_code in (200, 503)
            assert found.status_code == 200 or found.json()["reason"]
        server.heal()
        check(server, kept)
    finally:
        server.stop()
