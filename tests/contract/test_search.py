"""GET /api/logs and GET /api/logs/{id}: every filter, paging, order, and what is wrong about a parameter."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Settings
from tests.harness import Server, running

all_stores = True
cluster_too = True

LOGS: list[dict[str, Any]] = [
    {
        "message": "Zahlung über 100% fehlgeschlagen",
        "level": "error",
        "category": "Payments",
        "user_agent": "App_1/2.0",
    },
    {"message": "ÜBER_alles", "level": "warning", "category": "payments.card", "user_agent": "app-1"},
    {"message": "ΣΊΣΥΦΟΣ rolls", "level": "info", "category": "login", "trace_id": "Trace-A", "batch_id": "B1"},
    {"message": "plain 'quoted\" \\ back", "level": "info", "trace_id": "trace-a", "batch_id": "b1"},
    {"message": "newline\nand \0 nul", "level": "critical", "trace_id": "0d8e5928-63f2-4081-9732-2f09eb0a8657"},
    {"message": "kelvin K, ſharp", "level": "debug", "app_key": "other"},
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, storage: Settings) -> Iterator[Server]:
    """Holds LOGS, ten minutes apart on 2026-02-01 from 10:00 on, and nothing else."""
    with running(tmp_path_factory.mktemp("server"), **storage()) as started:
        logs = [{"timestamp": f"2026-02-01T10:{10 * n:02d}:00Z", **log} for n, log in enumerate(LOGS)]
        assert started.post({"app_key": "shop", "app_id": "test", "logs": logs}).json()["saved"] == len(LOGS)
        yield started


def found(server: Server, **filters: Any) -> list[int]:
    """Which of LOGS are found, oldest first."""
    page = server.search(**filters)
    assert page["total"] == len(page["entries"])
    return sorted(int(entry["timestamp"][14]) for entry in page["entries"])


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, [0, 1, 2, 3, 4, 5]),
        ({"app_key": "shop"}, [0, 1, 2, 3, 4]), ({"app_key": "Shop"}, []), ({"app_key": "sho"}, []),
        ({"app_key": "other"}, [5]), ({"app_id": "test"}, [0, 1, 2, 3, 4, 5]), ({"app_id": "TEST"}, []),
        ({"trace_id": "Trace-A"}, [2]), ({"trace_id": "trace-a"}, [3]), ({"trace_id": "TRACE-A"}, []),
        ({"trace_id": "0d8e5928-63f2-4081-9732-2f09eb0a8657"}, [4]),
        ({"trace_id": "0D8E5928-63F2-4081-9732-2F09EB0A8657"}, []),
        ({"batch_id": "B1"}, [2]), ({"batch_id": "b1"}, [3]),
        ({"level": "info"}, [2, 3]), ({"level": "INFO"}, []), ({"level": "nonsense"}, []),
        ({"user_agent": "APP_1"}, [0]), ({"user_agent": "app"}, [0, 1]),
        ({"category": "PAY"}, [0, 1]), ({"category": "general"}, [3, 4, 5]),
        ({"search": "über"}, [0, 1]), ({"search": "ÜBER"}, [0, 1]), ({"search": "100%"}, [0]), ({"search": "%"}, [0]),
        ({"search": "_"}, [1]), ({"search": "r_a"}, [1]), ({"search": "σίσυφος"}, [2]), ({"search": "ΣΊΣΥΦΟσ"}, [2]),
        ({"search": "KELVIN k"}, [5]), ({"search": "SHARP"}, [5]), ({"search": "'"}, [3]), ({"search": '"'}, [3]),
        ({"search": "\\"}, [3]), ({"search": "\n"}, [4]), ({"search": "\0"}, [4]), ({"search": "' OR 1=1 --"}, []),
        ({"search": "not there"}, []), ({"search": "über", "level": "error"}, [0]),
        ({"date_from": "2026-02-01T10:30:00Z"}, [3, 4, 5]), ({"date_to": "2026-02-01T10:30:00Z"}, [0, 1, 2, 3]),
        ({"date_from": "2026-02-01 10:30", "date_to": "2026-02-01T11:40:00+01:00"}, [3, 4]),
        ({"date_from": "1769941800"}, [3, 4, 5]), ({"date_from": "1769941800000"}, [3, 4, 5]),
        ({"date_from": "@1769941800"}, [3, 4, 5]), ({"date_from": "2026-02-01"}, [0, 1, 2, 3, 4, 5]),
        ({"date_from": "2026-02-02"}, []), ({"date_to": "2026-01-31"}, []),
        ({"level": "", "search": "", "date_from": "", "limit": "", "unknown": "x", "foo[]": "y"}, [0, 1, 2, 3, 4, 5]),
    ],
)  # fmt: skip
def test_filters_find_what_they_say(server: Server, filters: dict[str, str], expected: list[int]) -> None:
    assert found(server, **filters) == expected


def test_an_offset_whose_plus_was_not_escaped_is_understood(server: Server) -> None:
    answer = server.get("/api/logs?date_from=2026-02-01T11:30:00+01:00")
    assert answer.json()["total"] == 3


def test_the_newest_come_first_and_then_the_greatest_id(server: Server) -> None:
    entries = server.search()["entries"]
    assert [entry["timestamp"] for entry in entries] == sorted((e["timestamp"] for e in entries), reverse=True)
    same = server.post({"app_key": "same", "app_id": "x", "logs": [{"timestamp": "2025-01-01"}] * 20}).json()["entries"]
    assert server.search(app_key="same")["entries"] == same[::-1]


@pytest.mark.parametrize(
    ("given", "limit", "offset"),
    [
        ({}, 100, 0), ({"limit": 2}, 2, 0), ({"limit": 0}, 1, 0), ({"limit": -5}, 1, 0), ({"limit": 5000}, 1000, 0),
        ({"limit": "9" * 100}, 1000, 0), ({"limit": 2, "offset": 3}, 2, 3), ({"offset": -1}, 100, 0),
        ({"limit": "+7"}, 7, 0),
    ],
)  # fmt: skip
def test_limit_and_offset_are_kept_in_bounds(server: Server, given: dict[str, Any], limit: int, offset: int) -> None:
    everything = server.search(app_id="test")["entries"]
    page = server.search(app_id="test", **given)
    assert list(page) == ["total", "limit", "offset", "entries", "next_cursor"]
    assert (page["total"], page["limit"], page["offset"]) == (6, limit, offset)
    assert page["entries"] == everything[offset : offset + limit]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("limit=abc", "limit"), ("limit=1.5", "limit"), ("limit=%D9%A3", "limit"), ("offset=x", "offset"),
        ("limit=" + "9" * 5000, "limit"), ("date_from=yesterday", "date_from"), ("date_to=2026-02-30", "date_to"),
        ("date_to=1900-01-01", "date_to"), ("level[]=error", "level"), ("app_key[0]=x", "app_key"),
        ("search[a][b]=x", "search"), ("limit%5B%5D=1", "limit"),
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_named(server: Server, query: str, name: str) -> None:
    answer = server.get(f"/api/logs?{query}")
    assert answer.status_code == 400
    assert answer.json()["error"] == f"Invalid parameter: {name}"
    assert answer.json()["reason"]


def test_a_query_string_that_is_not_utf_8_is_a_400(server: Server) -> None:
    assert server.get("/api/logs?search=%FF").status_code == 400


def test_an_entry_is_got_by_its_id_in_any_case_or_by_its_trace(server: Server) -> None:
    first, second = server.post(
        {"app_key": "got", "app_id": "x", "logs": [{"trace_id": "t", "timestamp": f"2025-01-0{n}"} for n in (2, 1)]}
    ).json()["entries"]
    assert server.get(f"/api/logs/{second['id']}").json() == second
    assert server.get(f"/api/logs/{second['id'].lower()}").json() == second
    assert server.get("/api/logs/t").json() == first
    for unknown in ("nothing", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "%00", "%FF", "' OR 1=1"):
        answer = server.get(f"/api/logs/{unknown}")
        assert (answer.status_code, answer.json()) == (404, {"error": "Not found"})


def test_what_was_acknowledged_is_found_at_once(server: Server) -> None:
    for n in range(100):
        (entry,) = server.post({"app_key": "at-once", "app_id": "x", "message": str(n)}).json()["entries"]
        page = server.search(app_key="at-once", limit=1)
        assert (page["total"], page["entries"]) == (n + 1, [entry])


def test_a_folder_of_the_php_server_is_searchable_after_the_start(tmp_path: Path) -> None:
    lines = [
        {
            "id": f"{'ZYXW'[n]}7K3M9QF2R8B5N1D6H4J0C{n:03d}"[:26], "batch_id": None,
            "trace_id": f"5f0c2a7e-1111-4222-8333-00000000000{n}", "app_key": "legacy", "app_id": "php",
            "user_agent": "GuzzleHttp/7", "level": "error", "category": "general", "message": f"älter {n}",
            "context": {"n": n}, "timestamp": f"2025-01-15T01:0{n}:00+02:00",
            "created_at": "2025-01-15T01:10:00+02:00",
        }
        for n in range(4)
    ]  # fmt: skip
    encoded = [
        json.dumps(line, separators=(",", ":"), ensure_ascii=n % 2 == 0).encode() for n, line in enumerate(lines)
    ]
    content = encoded[0] + b"\n" + encoded[1] + b"\n\n{damaged\n" + encoded[2] + b"\n" + encoded[3]
    day = tmp_path / "logs/2025/01/15.jsonl"
    day.parent.mkdir(parents=True)
    day.write_bytes(content)
    with running(tmp_path / "server", LOG_PATH=str(tmp_path / "logs")) as server:
        page = server.search(app_key="legacy", date_from="2025-01-14T23:00:00Z", date_to="2025-01-14T23:59:00Z")
        assert [entry["message"] for entry in page["entries"]] == ["älter 3", "älter 2", "älter 1", "älter 0"]
        assert page["entries"][0]["id"] == lines[3]["id"]
        assert page["entries"][0]["timestamp"] == "2025-01-14T23:03:00.000Z"
        assert server.get(f"/api/logs/{lines[1]['id']}").json()["context"] == {"n": 1}
        assert "2025/01/15.jsonl, line 4 is damaged" in server.log
        assert day.read_bytes() == content + b"\n"
        assert server.post({"app_key": "new", "app_id": "x", "timestamp": "2025-01-15"}).status_code == 201
        assert server.search()["total"] == 5
