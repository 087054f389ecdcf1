"""Large entries of one sender: every search of everybody still works, within INDEX_MEMORY, and so does pruning them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from logstream.entries.entry import LogEntry, encode_entry
from logstream.entries.ids import encode, new_trace_id
from tests.harness import WAIT, Server, eventually, running

pytestmark = pytest.mark.heavy

LARGE = 80
SIZE = 4_190_000
"""Characters of a message: a body of MAX_BODY_BYTES holds just one."""

PAGE_MEMORY = 250_000_000
"""What searches and pages may take at most on top of what the server has: 320 MB are found. INDEX_MEMORY is 256 MB."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """80 entries of 4 MB among 80 usual ones of another application."""
    folder = tmp_path_factory.mktemp("large")
    day = folder / "logs/2026/01/15.jsonl"
    day.parent.mkdir(parents=True)
    filler = "all work and no play " * (SIZE // 21)
    with open(day, "wb") as journal:
        for n in range(LARGE):
            text = f"{filler}end{n}."
            context: dict[str, object] = {"number": n}
            if n % 2:
                message, context = f"dump {n}", {"number": n, "text": text}
            else:
                message = text
            moment = f"2026-01-15T12:00:00.{n:03}Z"
            dump = (encode(2 * n), new_trace_id(), None, "dump", "a", None, "debug", "general", message, context)
            shop = (encode(2 * n + 1), new_trace_id(), None, "shop", "a", None, "info", "general", f"paid {n}.")
            for fields in (dump, (*shop, {"number": n})):
                said = msgspec.Raw(msgspec.json.encode(fields[-1]))
                entry = LogEntry(*fields[:-1], said, moment, moment)
                journal.write(encode_entry(entry) + b"\n")
    with running(folder, INDEX_MEMORY="256MB") as started:
        eventually(lambda: started.get("/api/logs?limit=1").status_code == 200, "the index")
        yield started


def peak(server: Server) -> int:
    """The most memory that the server has had since its peak was last forgotten."""
    assert server.process is not None
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{server.process.pid}/status").read_text())
    assert found is not None
    return int(found[1]) * 1024


def forget_peak(server: Server) -> int:
    assert server.process is not None
    Path(f"/proc/{server.process.pid}/clear_refs").write_text("5")
    return peak(server)


@pytest.mark.parametrize(
    ("filters", "total"),
    [
        ({}, 2 * LARGE),
        ({"level": "info"}, LARGE),
        ({"app_key": "shop"}, LARGE),
        ({"app_key": "shop", "search": "paid 7."}, 1),
        ({"q": "END42. OR PAI*"}, LARGE + 1),
        ({"q": "-end42. app_key:shop"}, LARGE),
        ({"q": r"/end\d4\./"}, 7),
        ({"context.number": "7"}, 2),
        ({"q": "context.number:>=70 app_key:dump"}, 10),
    ],
)
def test_every_filter_finds_what_it_should(server: Server, filters: dict[str, str], total: int) -> None:
    before = forget_peak(server)
    page = server.search(limit=1, **filters)
    assert page["total"] == total
    assert len(page["entries"]) == min(total, 1)
    if "app_key" in filters or not filters:
        assert server.get("/api/stats", params=filters).json()["total"] == total
    assert peak(server) - before < PAGE_MEMORY


def test_a_page_of_large_entries_is_whole_and_never_in_memory_as_a_whole(server: Server) -> None:
    before = forget_peak(server)
    with httpx.stream("GET", f"{server.url}/api/logs?limit=1000&app_key=dump&order=asc", timeout=WAIT) as answer:
        assert answer.status_code == 200
        parts, size = [], 0
        for part in answer.iter_bytes():
            size += len(part)
            parts.append(part.replace(b"all work and no play ", b""))
    page = json.loads(b"".join(parts))
    assert size > LARGE * SIZE
    assert (page["total"], page["limit"], page["offset"], page["next_cursor"]) == (LARGE, 1000, 0, None)
    texts = [entry["context"].get("text", entry["message"]) for entry in page["entries"]]
    assert [text.rpartition("end")[2] for text in texts] == [f"{n}." for n in range(LARGE)]
    assert peak(server) - before < PAGE_MEMORY


def test_an_entry_is_found_by_its_id_and_a_cursor_leads_on(server: Server) -> None:
    first = server.search(limit=1, app_key="dump")
    assert server.get(f"/api/logs/{first['entries'][0]['id']}").json() == first["entries"][0]
    second = server.search(limit=1, app_key="dump", cursor=first["next_cursor"])["entries"][0]
    assert second["message"].endswith("end78.")


def test_a_list_of_cut_messages_is_short(server: Server) -> None:
    before = forget_peak(server)
    page = server.search(limit=1000, app_key="dump", message_max=10)
    assert len(page["entries"]) == LARGE
    cut = [entry["message"] for entry in page["entries"] if "message_cut" in entry]
    assert cut == ["all work a"] * (LARGE // 2)
    assert peak(server) - before < PAGE_MEMORY
