"""Retention: policies, runs and the log, on both stores (contract, 7)."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from logstream.entries.entry import LEVELS
from tests.conftest import Settings
from tests.harness import Server, running

all_stores = True
cluster_too = True

ADMIN = {"Authorization": "Bearer admin-key"}
NOW = datetime.now(UTC)
LOGS: list[dict[str, Any]] = [
    {"message": "debug of long ago", "level": "debug", "days": 40},
    {"message": "error of long ago", "level": "error", "days": 40},
    {"message": "GET /health 200", "level": "info", "category": "http", "days": 10},
    {"message": "GET /orders 500", "level": "error", "category": "http", "days": 10},
    {"message": "nöthing\nto see", "level": "info", "app_id": "staging", "days": 2},
    {"message": "debug of today", "level": "debug", "days": 0},
    {"message": "GET /health 200", "level": "debug", "category": "http-internal", "app_key": "edge", "days": 0},
]


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory, storage: Settings) -> Iterator[Server]:
    """A server with an admin key."""
    with running(tmp_path_factory.mktemp("server"), **storage(), ADMIN_SECRET="admin-key") as server:
        server.admin_headers = ADMIN
        yield server


@pytest.fixture
def server(started: Server) -> Server:
    """It holds LOGS, and no policy."""
    for policy in ask(started, "GET", "/policies").json()["policies"]:
        ask(started, "DELETE", f"/policies/{policy['name']}")
    add(started, name="all", level=",".join(LEVELS))
    ask(started, "POST", "/policies/all/run")
    ask(started, "DELETE", "/policies/all")
    logs = [
        {"app_key": "shop", "app_id": "production", "timestamp": (NOW - timedelta(days=log["days"])).isoformat(), **log}
        for log in LOGS
    ]
    assert started.post(logs).json()["saved"] == len(LOGS)
    return started


def ask(server: Server, method: str, path: str, **options: Any) -> httpx.Response:
    return server.request(method, f"/api/retention{path}", headers=ADMIN, timeout=60, **options)


def add(server: Server, **policy: Any) -> None:
    answer = ask(server, "POST", "/policies", json={"name": "policy", **policy})
    assert answer.status_code == 201, answer.text


def left(server: Server) -> list[int]:
    """Which of LOGS are still there."""
    messages = [(entry["message"], entry["level"]) for entry in server.all_entries()]
    return [number for number, log in enumerate(LOGS) if (log["message"], log["level"]) in messages]


@pytest.mark.parametrize(
    ("policy", "removed"),
    [
        ({"older_than_days": 30}, [0, 1]),
        ({"older_than_days": 1}, [0, 1, 2, 3, 4]),
        ({"older_than_days": 365}, []),
        ({"level": "debug"}, [0, 5, 6]),
        ({"level": "DEBUG"}, [0, 5, 6]),
        ({"level": "debug,error"}, [0, 1, 3, 5, 6]),
        ({"level": "debug", "older_than_days": 7}, [0]),
        ({"app_key": "edge"}, [6]),
        ({"app_key": "Edge"}, []),
        ({"app_id": "staging"}, [4]),
        ({"category": "http"}, [2, 3]),
        ({"category": "HTTP"}, []),
        ({"message_regex": "^GET .* [45][0-9]{2}$"}, [3]),
        ({"message_regex": "/health/"}, [2, 6]),
        ({"message_regex": "/^get/i"}, [2, 3, 6]),
        ({"message_regex": "^get"}, []),
        ({"message_glob": "GET * 200"}, [2, 6]),
        ({"message_glob": "GET"}, []),
        ({"message_glob": "n?thing*see"}, [4]),
        ({"message_glob": "[A-Z]ET*[!0]0"}, []),
        ({"message_glob": "*[!1-4]00"}, [3]),
        ({"message_glob": "* 200", "level": "info", "category": "http", "app_key": "shop", "older_than_days": 5}, [2]),
        ({}, []),
        ({"level": "", "app_key": None}, []),
    ],
)
def test_a_run_removes_what_all_criteria_of_the_policy_name_and_what_its_dry_run_counted(
    server: Server, policy: dict[str, Any], removed: list[int]
) -> None:
    add(server, **policy)
    everything = list(range(len(LOGS)))
    dry = ask(server, "POST", "/run?dry_run=1").json()
    assert (dry["total_pruned"], left(server)) == (len(removed), everything)
    (result,) = dry["policies"]
    assert (result["policy"], result["pruned"], result["dry_run"]) == ("policy", len(removed), True)
    run = ask(server, "POST", "/run").json()
    assert (run["total_pruned"], run["policies"][0]["dry_run"]) == (len(removed), False)
    assert left(server) == [number for number in everything if number not in removed]
    assert ask(server, "POST", "/run").json()["total_pruned"] == 0
    assert [entry["message"] for entry in server.search()["entries"]] == [
        entry["message"] for entry in map(json.loads, reversed(server.journal_lines()))
    ]
    if "older_than_days" in policy:
        cutoff = datetime.now(UTC).date() - timedelta(days=policy["older_than_days"])
        assert result["cutoff_date"] == cutoff.isoformat()
    assert result.get("warnings", []) == (
        [] if any(policy.values()) else ["the policy has no criteria, so it removes nothing"]
    )


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("?dry_run=1", None),
        ("?dry_run=true", None),
        ("?dry_run", None),
        ("", {"dry_run": True}),
        ("", {"dry_run": 1}),
        ("?dry_run=0", {"dry_run": True}),
        ("?dry_run=1", {"dry_run": False}),
        ("", {"dry_run": "yes"}),
    ],
)
@pytest.mark.parametrize("path", ["/run", "/policies/policy/run"])
def test_a_dry_run_never_removes_however_it_is_asked_for(
    server: Server, path: str, query: str, body: dict[str, Any] | None
) -> None:
    add(server, level="debug,info,error")
    run = ask(server, "POST", path + query, json=body).json()
    assert (run["total_pruned"], run["policies"][0]["dry_run"]) == (len(LOGS), True)
    assert left(server) == list(range(len(LOGS)))


@pytest.mark.parametrize(
    ("query", "body"), [("?dry_run=maybe", None), ("", {"dry_run": "maybe"}), ("", {"dry_run": [1]})]
)
def test_what_may_be_meant_as_a_dry_run_is_refused_and_not_run(
    server: Server, query: str, body: dict[str, Any] | None
) -> None:
    add(server, level="debug")
    answer = ask(server, "POST", f"/run{query}", json=body)
    assert (answer.status_code, answer.json()["error"]) == (400, "Invalid parameter: dry_run")
    assert left(server) == list(range(len(LOGS)))


def test_a_dry_run_of_overlapping_policies_counts_each_entry_once(server: Server) -> None:
    add(server, name="a", level="debug")
    add(server, name="b", older_than_days=30)
    dry = ask(server, "POST", "/run?dry_run=1").json()
    run = ask(server, "POST", "/run").json()
    counts = [result["pruned"] for result in run["policies"]]
    assert [result["pruned"] for result in dry["policies"]] == counts == [3, 1]


def test_policies_are_added_shown_replaced_and_deleted(server: Server) -> None:
    policy = {"name": "old debug", "level": "debug", "older_than_days": 7}
    answer = ask(server, "POST", "/policies", json=policy)
    assert (answer.status_code, answer.json()) == (201, policy)
    assert ask(server, "GET", "/policies").json() == {"policies": [policy], "enabled": True, "interval_hours": 24}
    assert ask(server, "GET", "/policies/old%20debug").json() == policy
    assert ask(server, "POST", "/policies", json=policy).status_code == 409
    replaced = ask(server, "PUT", "/policies/old%20debug", json={"app_key": "shop"})
    assert (replaced.status_code, replaced.json()) == (200, {"name": "old debug", "app_key": "shop"})
    server.stop()
    server.start()
    assert ask(server, "GET", "/policies/old%20debug").json() == {"name": "old debug", "app_key": "shop"}
    gone = ask(server, "DELETE", "/policies/old%20debug")
    assert (gone.status_code, gone.content) == (204, b"")
    assert ask(server, "GET", "/policies").json()["policies"] == []


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/policies/x"), ("PUT", "/policies/x"), ("DELETE", "/policies/x"), ("POST", "/policies/x/run")],
)
def test_a_policy_that_is_not_there_is_a_404(server: Server, method: str, path: str) -> None:
    answer = ask(server, method, path, json={})
    assert (answer.status_code, answer.json()) == (404, {"error": "Retention policy 'x' not found."})
    answer = ask(server, "POST", "/run", json={"policy": "x"})
    assert (answer.status_code, answer.json()) == (404, {"error": "Retention policy 'x' not found."})


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b"{", 400, ""),
        (b"[]", 400, "the body is no object"),
        (b"{}", 422, "name must be"),
        (b'{"name":""}', 422, "name must be"),
        (b'{"name":"a/b"}', 422, "name must be"),
        (b'{"name":5}', 422, "name must be"),
        (b'{"name":"x","older_than_days":0}', 422, "older_than_days must be"),
        (b'{"name":"x","older_than_days":-1}', 422, "older_than_days must be"),
        (b'{"name":"x","older_than_days":1.5}', 422, "older_than_days must be"),
        (b'{"name":"x","older_than_days":true}', 422, "older_than_days must be"),
        (b'{"name":"x","older_than_days":"soon"}', 422, "older_than_days must be"),
        (b'{"name":"x","level":"loud"}', 422, "level 'loud' is not one of"),
        (b'{"name":"x","level":5}', 422, "level must be"),
        (b'{"name":"x","message_regex":"("}', 422, "message_regex is not a valid RE2 regular expression"),
        (b'{"name":"x","message_regex":"(?=x)"}', 422, "message_regex is not a valid RE2 regular expression"),
        (b'{"name":"x","app_key":5}', 422, "app_key must be a string"),
        (b'{"name":"x","days":5}', 422, "'days' is not a criterion"),
    ],
)
def test_a_policy_that_can_not_be_used_is_refused_with_the_reason(
    server: Server, body: bytes, status: int, reason: str
) -> None:
    for method, path in (("POST", "/policies"),) if b"name" in body else ():
        answer = ask(server, method, path, content=body)
        assert answer.status_code == status
        assert reason in answer.json()["reason"]
    assert ask(server, "GET", "/policies").json()["policies"] == []


def test_every_run_is_recorded_the_last_one_first(server: Server) -> None:
    add(server, level="debug")
    runs = [ask(server, "POST", "/run?dry_run=1").json(), ask(server, "POST", "/run").json()]
    runs.append(ask(server, "POST", "/policies/policy/run").json())
    assert ask(server, "GET", "/log?limit=3").json() == {"runs": runs[::-1]}
    assert ask(server, "GET", "/log?limit=1").json() == {"runs": runs[-1:]}
    assert ask(server, "GET", "/log?limit=x").status_code == 400
    server.stop()
    server.start()
    assert ask(server, "GET", "/log?limit=3").json() == {"runs": runs[::-1]}


ROUTES = [
    ("GET", "/policies"),
    ("POST", "/policies"),
    ("GET", "/policies/x"),
    ("PUT", "/policies/x"),
    ("DELETE", "/policies/x"),
    ("POST", "/policies/x/run"),
    ("POST", "/run"),
    ("GET", "/log"),
]


def test_every_route_needs_the_admin_key(server: Server) -> None:
    for method, path in ROUTES:
        for headers in ({}, {"Authorization": "Bearer wrong"}):
            answer = server.request(method, f"/api/retention{path}", headers=headers, json={})
            assert (answer.status_code, answer.json()) == (401, {"error": "Unauthorized"}), (method, path)
    assert left(server) == list(range(len(LOGS)))


@pytest.mark.parametrize("bare", [True, False])
def test_policies_may_come_from_a_file_that_people_edit(tmp_path: Path, storage: Settings, bare: bool) -> None:
    file = tmp_path / "retention.json"
    policy = {"name": "mine", "level": "debug"}
    file.write_text(json.dumps([policy] if bare else {"enabled": False, "interval_hours": 6, "policies": [policy]}))
    with running(tmp_path / "server", **storage(), RETENTION_CONFIG=str(file), ADMIN_SECRET="admin-key") as server:
        told = {"enabled": True, "interval_hours": 24} if bare else {"enabled": False, "interval_hours": 6}
        assert ask(server, "GET", "/policies").json() == {"policies": [policy], **told}
        add(server, name="second", level="info")
        kept = json.loads(file.read_text())
        assert kept == (
            [policy, {"name": "second", "level": "info"}]
            if bare
            else {"enabled": False, "interval_hours": 6, "policies": [policy, {"name": "second", "level": "info"}]}
        )
        file.write_text("[]")
        assert ask(server, "GET", "/policies").json()["policies"] == []
        file.write_text("{")
        answer = ask(server, "GET", "/policies")
        assert answer.status_code == 503
        assert "neither an object nor a list" in answer.json()["reason"]


@pytest.mark.file_storage
@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "neither an object nor a list"),
        ('{"enabled":1}', "enabled must be"),
        ('[{"name":"x","level":"?"}]', "policy 1"),
        ('[{"name":"x"},{"name":"x"}]', "two policies are named 'x'"),
        ('{"interval_hours":-1}', "interval_hours must be"),
        ('{"policies":{}}', "policies must be a list"),
    ],
)
def test_a_file_that_can_not_be_used_stops_the_start_with_one_line(tmp_path: Path, text: str, why: str) -> None:
    file = tmp_path / "retention.json"
    file.write_text(text)
    server = Server(tmp_path / "server", RETENTION_CONFIG=str(file))
    with pytest.raises(AssertionError, match="ended with 2"):
        server.start()
    server.process = None
    (line,) = server.log.splitlines()
    assert line.startswith(f"logstream: RETENTION_CONFIG='{file}' is not valid: ")
    assert why in line
