"""Everything a reader can ask, of a server that holds a million entries."""

import hashlib
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from bench.days import Journal, write_journal
from websockets.sync.client import connect

from tests.harness import WAIT, Server, eventually, running

pytestmark = pytest.mark.heavy

ENTRIES = 1_000_000
EXPORT_BYTES = 200_000_000
"""Memory that the export may take on top of what the server has."""


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Journal]:
    folder = tmp_path_factory.mktemp("million")
    return folder, write_journal(folder, ENTRIES, datetime(2026, 1, 8, tzinfo=UTC), 7)


@pytest.fixture(scope="module")
def server(journal: tuple[Path, Journal], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Started a second time, so that the index is not built any more."""
    folder = tmp_path_factory.mktemp("server")
    with running(folder, LOG_PATH=str(journal[0])) as started:
        eventually(lambda: started.get("/api/logs?limit=1").json().get("total") == ENTRIES, "the index", 180)
        started.stop()
        started.start()
        yield started


def memory(server: Server, what: str) -> int:
    assert server.process is not None
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    found = re.search(rf"^{what}:\s+([0-9]+) kB$", status, re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024


@pytest.mark.timeout(400)
def test_an_export_has_every_line_of_the_journal_and_takes_little_memory(
    server: Server, journal: tuple[Path, Journal]
) -> None:
    before = memory(server, "VmRSS")
    exported, size = hashlib.sha256(), 0
    with httpx.stream("GET", f"{server.url}/api/logs/export?order=asc", timeout=WAIT) as answer:
        for part in answer.iter_raw(1 << 20):
            exported.update(part)
            size += len(part)
    stored = hashlib.sha256()
    for path in sorted(journal[0].glob("*/*/*.jsonl")):
        stored.update(path.read_bytes())
    assert size == journal[1].size
    assert exported.digest() == stored.digest()
    assert memory(server, "VmHWM") - before < EXPORT_BYTES


@pytest.mark.timeout(400)
def test_statistics_values_and_queries_agree_on_a_million_entries(
    server: Server, journal: tuple[Path, Journal]
) -> None:
    stats = server.get("/api/stats").json()
    assert stats["total"] == ENTRIES
    assert stats["by_level"] == {**dict.fromkeys(stats["by_level"], 0), **journal[1].levels}
    assert sum(sum(bucket["counts"].values()) for bucket in stats["histogram"]["buckets"]) == ENTRIES
    values = server.get("/api/fields/level").json()["values"]
    assert {value["value"]: value["count"] for value in values} == {k: n for k, n in journal[1].levels.items() if n}
    errors = server.search(q="level:error", limit=1)["total"]
    assert errors == journal[1].levels["error"]
    assert server.search(q="-level:error", limit=1)["total"] == ENTRIES - errors
    assert server.search(q="app_key:billing-api level:error", limit=1)["total"] == journal[1].billing_errors
    assert server.search(q=f"context.user.id:{journal[1].user_id}", limit=1)["total"] == journal[1].user_entries


@pytest.mark.timeout(400)
def test_viewers_go_on_after_an_entry_of_a_million(server: Server) -> None:
    first = server.post({"app_key": "resumed", "app_id": "x"}).json()["entries"][0]["id"]
    missed = [entry["id"] for entry in server.post([{"app_key": "resumed", "app_id": "x"}] * 500).json()["entries"]]
    with connect(f"{server.ws_url}/?after={first}&q=app_key:resumed", max_size=None, compression=None) as viewer:
        assert json.loads(viewer.recv(WAIT))["type"] == "connected"
        assert [json.loads(viewer.recv(WAIT))["data"]["id"] for _ in missed] == missed
        live = server.post({"app_key": "resumed", "app_id": "x"}).json()["entries"][0]
        assert json.loads(viewer.recv(WAIT)) == {"type": "log", "data": live}
