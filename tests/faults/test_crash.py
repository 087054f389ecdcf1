"""Killed at any moment, the server has every acknowledged entry after its restart: in journal and search, once."""

import asyncio
import json
import random
import threading
from collections import Counter
from pathlib import Path

import httpx
import pytest

from tests.harness import Server, eventually

pytestmark = pytest.mark.heavy

KILLS = 20


class Load:
    """Senders that post until told to stop, and remember the ids that the server acknowledged."""

    def __init__(self, url: str, seed: int) -> None:
        self.url = url
        self.acknowledged: list[str] = []
        self._seed = seed
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))

    def __enter__(self) -> "Load":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    async def _run(self) -> None:
        async with httpx.AsyncClient(timeout=30) as client:
            await asyncio.gather(*(self._send(client, random.Random(self._seed * 100 + n), n) for n in range(4)))

    async def _send(self, client: httpx.AsyncClient, chance: random.Random, sender: int) -> None:
        number = 0
        while not self._stop.is_set():
            logs = [
                {
                    "message": f"sender {sender} entry {number + n} " + "x" * chance.randrange(2000),
                    "timestamp": f"2026-03-{chance.randrange(1, 29):02d}T10:00:00Z",
                }
                for n in range(chance.choice((1, 3, 200)))
            ]
            number += len(logs)
            body = {"app_key": "crash", "app_id": "test", "logs": logs}
            headers = {"Idempotency-Key": f"{self._seed}-{sender}-{number}"} if chance.random() < 0.3 else {}
            try:
                answer = await client.post(f"{self.url}/api/logs", json=body, headers=headers)
            except httpx.TransportError:
                return  # killed
            assert answer.status_code == 201, answer.text
            self.acknowledged += [entry["id"] for entry in answer.json()["entries"]]


def ids_found(server: Server) -> Counter[str]:
    return Counter(entry["id"] for entry in server.all_entries(app_key="crash"))


def test_no_acknowledged_entry_is_lost_or_doubled_by_sigkill(tmp_path: Path) -> None:
    chance = random.Random(11)
    server = Server(tmp_path / "server")
    acknowledged: list[str] = []
    for kill in range(KILLS):
        server.start()
        wanted = chance.randrange(1, 1500)
        with Load(server.url, kill) as load:
            eventually(lambda: len(load.acknowledged) >= wanted, f"{wanted} acknowledged entries")  # noqa: B023
            server.kill()
        acknowledged += load.acknowledged
    server.start()
    try:
        found = ids_found(server)
        in_journal = Counter(json.loads(line)["id"] for line in server.journal_lines())
    finally:
        server.stop()
    assert set(acknowledged) <= set(found), "acknowledged entries are missing from search"
    assert found == in_journal, "search and journal differ"
    assert max(found.values()) == 1, "an entry is there twice"


def test_a_key_used_before_a_crash_is_stored_once_and_answered_the_same(tmp_path: Path) -> None:
    server = Server(tmp_path / "server").start()
    bodies = {
        f"key-{n}": {
            "app_key": "keyed",
            "app_id": "test",
            "logs": [{"message": f"{n}.{i}", "timestamp": f"2026-04-{i + 1:02d}T00:00:00Z"} for i in range(5)],
        }
        for n in range(30)
    }
    before: dict[str, bytes] = {}

    def send() -> None:
        for key, body in bodies.items():
            try:
                before[key] = server.post(body, headers={"Idempotency-Key": key}).content
            except httpx.TransportError:
                return

    sender = threading.Thread(target=send)
    sender.start()
    eventually(lambda: len(before) >= 10, "ten answers")
    server.kill()
    sender.join()
    server.start()
    try:
        after = {key: server.post(body, headers={"Idempotency-Key": key}) for key, body in bodies.items()}
        assert all(answer.status_code == 201 for answer in after.values())
        assert {key: after[key].content for key in before} == before
        messages = Counter(entry["message"] for entry in server.all_entries(app_key="keyed"))
        assert messages == Counter(f"{n}.{i}" for n in range(30) for i in range(5))
    finally:
        server.stop()


def test_a_torn_last_line_is_cut_off_and_said(tmp_path: Path) -> None:
    server = Server(tmp_path / "server").start()
    entry = server.post({"app_key": "a", "app_id": "b", "message": "whole", "timestamp": "2026-05-01T00:00:00Z"}).json()
    server.kill()
    day = server.log_path / "2026/05/01.jsonl"
    whole = day.read_bytes()
    day.write_bytes(whole + b'{"id":"01TORN","trace_id":"x","mess')
    server.start()
    try:
        assert day.read_bytes() == whole
        assert [found["id"] for found in server.all_entries()] == [entry["entries"][0]["id"]]
        assert "2026/05/01.jsonl: cut 35 bytes of a torn last line" in server.log
    finally:
        server.stop()


@pytest.mark.parametrize("damage", [b"", b"no database at all" * 1000, None], ids=["empty", "garbage", "overwritten"])
def test_a_damaged_index_is_rebuilt_with_one_warning(tmp_path: Path, damage: bytes | None) -> None:
    server = Server(tmp_path / "server").start()
    sent = server.post([{"app_key": "a", "app_id": "b", "message": str(n)} for n in range(500)]).json()["entries"]
    server.stop()
    index = server.log_path / ".logstream/index.duckdb"
    content = bytearray(index.read_bytes())
    content[len(content) // 3 : 2 * len(content) // 3] = b"\xa5" * (2 * len(content) // 3 - len(content) // 3)
    index.write_bytes(content if damage is None else damage)
    server.start()
    try:
        assert server.all_entries() == sent[::-1]
        warnings = [line for line in server.log.splitlines() if "level=warning" in line and "search index" in line]
        assert len(warnings) == 1, server.log
    finally:
        server.stop()


def test_a_missing_index_is_rebuilt(tmp_path: Path) -> None:
    server = Server(tmp_path / "server").start()
    sent = server.post([{"app_key": "a", "app_id": "b", "message": str(n)} for n in range(50)]).json()["entries"]
    server.stop()
    (server.log_path / ".logstream/index.duckdb").unlink()
    server.start()
    try:
        assert server.all_entries() == sent[::-1]
    finally:
        server.stop()


def test_an_index_of_another_version_is_rebuilt(tmp_path: Path) -> None:
    import duckdb

    server = Server(tmp_path / "server").start()
    sent = server.post({"app_key": "a", "app_id": "b"}).json()["entries"]
    server.stop()
    with duckdb.connect(str(server.log_path / ".logstream/index.duckdb")) as index:
        index.execute("UPDATE meta SET version = 999")
    server.start()
    try:
        assert server.all_entries() == sent
        assert "version 999" in server.log
    finally:
        server.stop()
