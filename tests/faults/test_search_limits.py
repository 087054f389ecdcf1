"""Searching is bounded in number, memory and time, and never in the way of anything else."""

import contextlib
import socket
import threading
from pathlib import Path

import httpx
import pytest

from tests.harness import Server, eventually, running

pytestmark = pytest.mark.heavy


def fill(server: Server, batches: int) -> None:
    logs = [{"message": f"entry {n} " + "äöü" * 100, "context": {"n": n}} for n in range(1000)]
    for _ in range(batches):
        assert server.post({"app_key": "a", "app_id": "b", "logs": logs}).status_code == 201


def test_a_search_that_takes_too_long_is_interrupted_with_a_503(tmp_path: Path) -> None:
    with running(tmp_path / "server", SEARCH_TIMEOUT="0.005") as server:
        fill(server, 20)
        answer = eventually(lambda: _timed_out(server), "a search to time out")
        assert answer.json()["error"] == "Search timed out"
        assert "SEARCH_TIMEOUT" in answer.json()["reason"]
        assert int(answer.headers["Retry-After"]) > 0
        assert server.get("/api/health").status_code == 200
        assert server.post({"app_key": "a", "app_id": "b"}).status_code == 201


def _timed_out(server: Server) -> httpx.Response | None:
    answer = server.get("/api/logs", params={"search": "ä", "limit": 1000})
    return answer if answer.status_code == 503 else None


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> object:
    # A hundred searches take a busy machine longer than SEARCH_TIMEOUT's default; what is tested is how many may wait.
    with running(tmp_path_factory.mktemp("server"), SEARCH_TIMEOUT="120") as server:
        fill(server, 10)
        yield server


def test_more_searches_than_can_wait_are_refused_and_the_others_answered(filled: Server) -> None:
    statuses: list[int] = []

    def search() -> None:
        answer = filled.get("/api/logs", params={"search": "ÜX not there"}, timeout=150)
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=search) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) <= {200, 503}
    assert statuses.count(200) >= 64
    assert filled.get("/api/health").status_code == 200


def test_searches_of_clients_that_went_away_make_room_for_others(filled: Server) -> None:
    request = b"GET /api/logs?search=nowhere&user_agent=x HTTP/1.1\r\nHost: x\r\n\r\n"
    with contextlib.ExitStack() as stack:
        for _ in range(64):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", filled.http_port)))
            client.sendall(request)
    answer = eventually(lambda: _found(filled), "room for a search")
    assert answer["total"] == 10_000


def _found(server: Server) -> dict[str, object] | None:
    answer = server.get("/api/logs", params={"limit": 1})
    return dict(answer.json()) if answer.status_code == 200 else None


def test_a_deep_page_is_answered(filled: Server) -> None:
    page = filled.search(offset=9_990, limit=100)
    assert page["total"] == 10_000
    assert len(page["entries"]) == 10
    assert filled.search(offset=10**30)["entries"] == []


def test_a_search_needing_too_much_memory_is_a_503_and_the_server_lives(tmp_path: Path) -> None:
    with running(tmp_path / "server", INDEX_MEMORY="256MB") as server:
        fill(server, 30)
        statuses = {server.get("/api/logs", params={"search": "ä", "limit": 1000}).status_code for _ in range(5)}
        assert statuses <= {200, 503}
        assert server.get("/api/health").status_code == 200
        assert server.post({"app_key": "a", "app_id": "b"}).status_code == 201
