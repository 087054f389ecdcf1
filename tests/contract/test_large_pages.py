"""Pages of large entries: whole, in order, and never in memory as a whole."""

import json
from typing import Any

import httpx
import pytest

from tests.faults.test_large_entries import forget_peak, peak
from tests.harness import WAIT, Server

all_stores = True
cluster_too = True

TEXTS = ["short", "m" * 100_000, "é" * 40_000, "between", "x" * 33_000, "last"]


def logs() -> list[dict[str, Any]]:
    """One with a large context among them."""
    return [
        {"message": text, "context": {"n": n, "text": "c" * (50_000 if n == 3 else 5)}, "timestamp": 1768487000 + n}
        for n, text in enumerate(TEXTS)
    ]


@pytest.fixture(scope="module")
def stored(shared_server: Server) -> list[dict[str, Any]]:
    answer = shared_server.post({"app_key": "large", "app_id": "a", "logs": logs()})
    return list(answer.json()["entries"])


@pytest.mark.parametrize("filters", [{}, {"q": "/./"}, {"q": "-nowhere"}, {"search": "m"}, {"context.n": "1"}])
def test_a_page_has_what_was_stored(
    shared_server: Server, stored: list[dict[str, Any]], filters: dict[str, str]
) -> None:
    wanted = [entry for entry in stored if "search" not in filters or "m" in entry["message"]]
    wanted = [entry for entry in wanted if "context.n" not in filters or entry["context"]["n"] == 1]
    page = shared_server.search(app_key="large", order="asc", **filters)
    assert page == {"total": len(wanted), "limit": 100, "offset": 0, "entries": wanted, "next_cursor": None}
    newest = shared_server.search(app_key="large", limit=2, **filters)
    assert newest["entries"] == wanted[::-1][:2]
    rest = shared_server.search(app_key="large", cursor=newest["next_cursor"], **filters) if len(wanted) > 1 else None
    assert rest is None or rest["entries"] == wanted[::-1][2:]


def test_messages_are_cut_in_large_entries_too(shared_server: Server, stored: list[dict[str, Any]]) -> None:
    page = shared_server.search(app_key="large", order="asc", message_max=7)
    cut = [
        {**entry, "message": entry["message"][:7], **({"message_cut": True} if len(entry["message"]) > 7 else {})}
        for entry in stored
    ]
    assert page["entries"] == cut


@pytest.mark.heavy
def test_a_page_of_the_largest_takes_little_memory(shared_server: Server) -> None:
    for n in range(30):
        body = {"app_key": "largest", "app_id": "a", "message": f"{n} " + "all work and no play " * 190_000}
        assert shared_server.post(body, headers={"Prefer": "return=minimal"}).status_code == 201
    assert shared_server.search(app_key="largest", limit=1)["total"] == 30
    before = forget_peak(shared_server)
    size, parts = 0, []
    with httpx.stream("GET", f"{shared_server.url}/api/logs?app_key=largest", timeout=WAIT) as answer:
        for part in answer.iter_bytes():
            size += len(part)
            parts.append(part.replace(b"all work and no play ", b""))
    assert size > 30 * 21 * 190_000
    entries = json.loads(b"".join(parts))["entries"]
    assert [int(entry["message"].split()[0]) for entry in entries] == list(range(30))[::-1]
    assert peak(shared_server) - before < 80_000_000
