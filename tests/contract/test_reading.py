"""Export, statistics, values of fields, the event stream, the search language and metrics, over real sockets."""

import csv
import io
import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect

from tests.conftest import Settings
from tests.harness import WAIT, Server, eventually, running

all_stores = True
cluster_too = True

LEVELS = ["debug", "info", "notice", "warning", "error", "critical"]
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff20A"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, storage: Settings) -> Iterator[Server]:
    """3000 entries, one a minute, of two applications; the newest ten begin like formulas."""
    with running(tmp_path_factory.mktemp("server"), **storage()) as started:
        for start in range(0, 3000, 1000):
            logs = [
                {
                    "app_key": "shop" if n % 3 else "billing-api",
                    "app_id": "production",
                    "level": LEVELS[n % 6],
                    "category": f"category {n % 15}",
                    "message": FORMULAS[n - 2990] if n >= 2990 else f'entry {n}, "quoted"\nsecond line é',
                    "context": {"n": n, "rate": 1.50} if n % 2 else None,
                    "timestamp": 1767225600 + 60 * n,
                }
                for n in sorted(range(start, start + 1000), key=lambda n: n % 3 == 0)
            ]
            assert started.post({"logs": logs}, headers={"Prefer": "return=minimal"}).json()["saved"] == 1000
        yield started


def lines_by_time(server: Server) -> list[bytes]:
    """What is stored, oldest first; it was sent in another order."""
    return sorted(server.journal_lines(), key=lambda line: json.loads(line)["timestamp"])


def test_an_export_has_the_lines_of_the_journal(server: Server) -> None:
    answer = server.get("/api/logs/export?order=asc")
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.headers["content-disposition"] == (
        'attachment; filename="logs_20260101T000000Z_20260103T015900Z.ndjson"'
    )
    assert answer.content.splitlines() == lines_by_time(server)
    newest_first = server.get("/api/logs/export?format=ndjson").content.splitlines()
    assert newest_first == lines_by_time(server)[::-1]


def test_an_export_takes_the_filters(server: Server) -> None:
    exported = server.get("/api/logs/export", params={"level": "error", "q": "context.n:>=1000"}).content.splitlines()
    assert [json.loads(line) for line in exported] == server.all_entries(level="error", q="context.n:>=1000")
    assert server.get("/api/logs/export?app_key=nobody").content == b""
    assert (
        'filename="logs.csv"' in server.get("/api/logs/export?app_key=nobody&format=csv").headers["content-disposition"]
    )


def test_a_csv_export_can_be_read_back_and_runs_no_formulas(server: Server) -> None:
    answer = server.get("/api/logs/export?format=csv&order=asc")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    entries = [json.loads(line) for line in lines_by_time(server)]
    assert len(rows) == len(entries)
    for row, entry in zip(rows, entries, strict=True):
        assert row["message"].removeprefix("'") == entry["message"]
        assert not row["message"].startswith(("=", "+", "-", "@", "\t", "\r"))
        assert (json.loads(row["context"]) if row["context"] else None) == entry["context"]
        assert row["id"] == entry["id"]
    assert [row["message"] for row in rows[-10:]] == ["'" + text for text in FORMULAS]
    marked = server.get("/api/logs/export?format=csv&order=asc&bom=1").content
    assert marked == b"\xef\xbb\xbf" + answer.content
    assert server.get("/api/logs/export?bom=1").content[:1] == b"{"
    assert server.get("/api/logs/export?bom=maybe").status_code == 400


def test_an_export_ends_with_its_client(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.http_port)) as client:
        client.sendall(b"GET /api/logs/export HTTP/1.1\r\nHost: x\r\n\r\n")
        client.recv(1000)
    eventually(lambda: "logstream_searches 0.0" in server.get("/metrics").text, "the export to end")
    assert "Traceback" not in server.log, server.log[-4000:]


def test_statistics_count_by_level_time_and_value(server: Server) -> None:
    stats = server.get("/api/stats").json()
    assert stats["total"] == 3000
    assert stats["by_level"] == dict.fromkeys(LEVELS, 500)
    assert stats["top"]["app_key"] == [{"value": "shop", "count": 2000}, {"value": "billing-api", "count": 1000}]
    assert len(stats["top"]["category"]) == 10
    histogram = stats["histogram"]
    assert histogram["interval"] == 3600
    assert [bucket["start"] for bucket in histogram["buckets"]][:2] == [
        "2026-01-01T00:00:00.000Z",
        "2026-01-01T01:00:00.000Z",
    ]
    assert len(histogram["buckets"]) == 50
    assert all(bucket["counts"] == dict.fromkeys(LEVELS, 10) for bucket in histogram["buckets"])


def test_statistics_take_the_filters_and_a_number_of_buckets(server: Server) -> None:
    given = {"level": "error", "date_from": "2026-01-01T10:00:00Z", "date_to": "2026-01-01T11:59:59Z", "buckets": "12"}
    stats = server.get("/api/stats", params=given).json()
    assert stats["total"] == 20
    assert stats["histogram"]["interval"] == 600
    minutes = [n for n in range(600, 720) if LEVELS[n % 6] == "error"]
    assert [bucket["counts"]["error"] for bucket in stats["histogram"]["buckets"]] == [
        sum(start <= n < start + 10 for n in minutes) for start in range(600, 720, 10)
    ]
    none = server.get("/api/stats?app_key=nobody").json()
    assert none["total"] == 0
    assert none["histogram"]["buckets"] == []
    assert server.get("/api/stats?buckets=x").json()["error"] == "Invalid parameter: buckets"


@pytest.mark.parametrize("buckets", [1, 7, 60, 1000])
def test_a_histogram_of_any_range_has_a_bounded_number_of_buckets(server: Server, buckets: int) -> None:
    answer = server.get(f"/api/stats?date_from=1970-01-01&date_to=9999-12-31&buckets={buckets}").json()
    assert len(answer["histogram"]["buckets"]) <= buckets + 1
    assert sum(sum(bucket["counts"].values()) for bucket in answer["histogram"]["buckets"]) == 3000


def test_values_of_a_field_come_with_their_counts(server: Server) -> None:
    assert server.get("/api/fields/app_key").json() == {
        "field": "app_key",
        "values": [{"value": "shop", "count": 2000}, {"value": "billing-api", "count": 1000}],
    }
    assert server.get("/api/fields/app_key?prefix=BILL&level=debug").json()["values"] == [
        {"value": "billing-api", "count": 500}
    ]
    assert server.get("/api/fields/app_key?prefix=BILL&level=error").json()["values"] == []
    assert len(server.get("/api/fields/category?limit=5").json()["values"]) == 5
    missing = server.get("/api/fields/message")
    assert missing.status_code == 404
    assert "app_key" in missing.json()["reason"]


@pytest.mark.parametrize(
    ("query", "position"),
    [("(a", 0), ("a OR", 4), ("level:>=nope", 8), ("/[/", 0), ("nope:x", 0), ("x" * 9000, 8000), ("(" * 60 + "a", 50)],
)
def test_a_query_that_is_not_understood_says_why_and_where(server: Server, query: str, position: int) -> None:
    for path in ("/api/logs", "/api/logs/export", "/api/logs/stream", "/api/stats", "/api/fields/level"):
        answer = server.get(path, params={"q": query})
        assert answer.status_code == 400, path
        assert answer.json()["error"] == "Invalid parameter: q"
        assert answer.json()["reason"]
        assert answer.json()["position"] == position


HOSTILE: list[dict[str, str]] = [
    {"q": "/(a{1000}){1000}/"},
    {"q": "/" + "(" * 900 + "/"},
    {"q": "/((((a?){100}){100}){100})/"},
    {"q": " OR ".join(["x"] * 300)},
    {"q": "NOT " * 3000},
    {"q": "context." + ".".join("a" * 40) + ":1"},
    {"cursor": "x"},
    {"cursor": "A" * 5000},
    {"cursor": "gqFhoWI"},
    {"level": "'; DROP TABLE entries; --"},
    {"q": "app_key:');DROP_TABLE_entries;--"},
    {"context.a'b\") OR 1=1 --": "1"},
    {"date_from": "9" * 300},
    {"limit": "9" * 5000},
]


@pytest.mark.parametrize("given", HOSTILE, ids=lambda given: next(iter(given.values()))[:20])
def test_hostile_filters_cost_little_and_change_nothing(server: Server, given: dict[str, str]) -> None:
    answer = server.get("/api/logs", params=given, timeout=10)
    assert answer.status_code in (200, 400), answer.text
    assert server.search(limit=1)["total"] == 3000
    assert "Traceback" not in server.log, server.log[-4000:]


def test_a_query_string_that_is_not_utf8_is_refused(server: Server) -> None:
    for path in ("/api/logs?q=%ff", "/api/logs/export?search=%c3%28", "/api/stats?context.a=%ff"):
        assert server.get(path).status_code == 400


def event_lines(response: httpx.Response) -> Iterator[dict[str, str]]:
    event: dict[str, str] = {}
    for line in response.iter_lines():
        if line:
            name, _, value = line.partition(": ")
            event[name] = value
        else:
            yield event
            event = {}


def test_a_stream_begins_with_what_was_missed_and_goes_on_live(server: Server) -> None:
    first = server.search(limit=1)["entries"][0]
    assert server.post({"app_key": "stream", "app_id": "x", "message": "missed"}).status_code == 201
    url = f"{server.url}/api/logs/stream?app_key=stream&q=message:*"
    with httpx.stream("GET", url, headers={"Last-Event-ID": first["id"]}, timeout=WAIT) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["x-accel-buffering"] == "no"
        events = event_lines(response)
        begun = next(events)
        assert begun["event"] == "connected"
        assert begun["retry"] == "1000"
        assert json.loads(next(events)["data"])["message"] == "missed"
        server.post({"app_key": "other", "app_id": "x", "message": "not wanted"})
        live = server.post({"app_key": "stream", "app_id": "x", "message": "live"}).json()["entries"][0]
        event = next(events)
        assert event == {"event": "log", "id": live["id"], "data": json.dumps(live, separators=(",", ":"))}
    assert server.get("/api/logs/stream?after=x").json()["error"] == "Invalid parameter: after"
    head = httpx.head(f"{server.url}/api/logs/stream")
    assert head.status_code == 200


def test_more_than_ten_thousand_missed_end_in_a_gap_and_the_newest(tmp_path: Path) -> None:
    with running(tmp_path / "server") as fresh:
        body = {"app_key": "a", "app_id": "b", "logs": [{"message": str(n)} for n in range(6001)]}
        first = fresh.post({"app_key": "a", "app_id": "b"}).json()["entries"][0]["id"]
        ids = [entry["id"] for _ in range(2) for entry in fresh.post(body).json()["entries"]]
        newest = fresh.post({"app_key": "a", "app_id": "b", "message": "large " * 10_000}).json()["entries"][0]
        ids.append(newest["id"])
        with connect(f"{fresh.ws_url}/?after={first}", max_size=None, compression=None) as viewer:
            assert json.loads(viewer.recv(WAIT))["type"] == "connected"
            got = [json.loads(viewer.recv(WAIT))["data"]["id"] for _ in range(10_000)]
            assert got == ids[:10_000]
            gap = json.loads(viewer.recv(WAIT))
            assert gap == {"type": "gap", "dropped": 2002, "after": ids[9999], "before": ids[-1]}
            assert json.loads(viewer.recv(WAIT)) == {"type": "log", "data": newest}
            live = fresh.post({"app_key": "a", "app_id": "b"}).json()["entries"][0]["id"]
            assert json.loads(viewer.recv(WAIT))["data"]["id"] == live


def test_a_viewer_that_subscribes_too_often_is_held_back_and_keeps_its_filter(server: Server) -> None:
    with connect(server.ws_url, compression=None) as rude, connect(server.ws_url, compression=None) as other:
        assert json.loads(rude.recv(WAIT))["type"] == json.loads(other.recv(WAIT))["type"] == "connected"
        for n in range(10_000):
            rude.send(json.dumps({"type": "subscribe", "filter": {"q": f'"filter {n}"'}}))
        rude.send('{"type":"ping"}')
        answers = []
        while (answer := json.loads(rude.recv(WAIT)))["type"] != "pong":
            answers.append(answer)
        assert len(answers) == 10_000
        assert 20 <= sum(answer["type"] == "subscribed" for answer in answers) < 200
        assert answers[-1] == {"type": "error", "message": "too many subscriptions: at most 5 a second"}
        sent = server.post({"app_key": "others", "app_id": "x", "message": "noticed"}).json()["entries"][0]
        assert json.loads(other.recv(WAIT)) == {"type": "log", "data": sent}


def test_metrics_count_what_was_accepted_and_refused(server: Server) -> None:
    def value(name: str) -> float:
        found = re.search(rf"^{re.escape(name)} (\S+)$", server.get("/metrics").text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    name = 'logstream_entries_accepted_total{app_key="metered",level="error"}'
    size = 'logstream_bytes_accepted_total{app_key="metered",level="error"}'
    refused = 'logstream_rejected_total{reason="invalid json body"}'
    before = [value(what) for what in (name, size, refused)]
    server.post({"app_key": "metered", "app_id": "x", "logs": [{"level": "error"}, {"level": "error"}]})
    server.post(b"{")
    lines = [line for line in server.journal_lines() if b'"metered"' in line]
    assert [value(what) for what in (name, size, refused)] == [
        before[0] + 2,
        before[1] + sum(len(line) + 1 for line in lines),
        before[2] + 1,
    ]
    for histogram in ("append", "search", *(["commit"] if server.has_clients else ["fsync", "index_lag"])):
        assert value(f"logstream_{histogram}_seconds_count") > 0


@pytest.mark.file_storage
def test_metrics_bound_the_applications_they_tell_apart(tmp_path: Path) -> None:
    with running(tmp_path / "server") as fresh:
        fresh.post([{"app_key": f"app-{n}", "app_id": "x"} for n in range(300)])
        text = fresh.get("/metrics").text
        assert len(re.findall(r"^logstream_entries_accepted_total\{", text, re.MULTILINE)) == 201
        assert 'logstream_entries_accepted_total{app_key="other",level="info"} 100.0' in text


def test_metrics_take_the_read_key_unless_they_are_open(tmp_path: Path) -> None:
    with running(tmp_path / "closed", UI_SECRET="key") as closed:
        assert closed.get("/metrics").status_code == 401
        assert closed.get("/metrics", headers={"Authorization": "Bearer key"}).status_code == 200
        for path in ("/api/logs/export", "/api/logs/stream", "/api/stats", "/api/fields/level"):
            assert closed.get(path).status_code == 401
        assert closed.get("/openapi.yaml").status_code == closed.get("/docs").status_code == 200
    with running(tmp_path / "open", UI_SECRET="key", METRICS_OPEN="1") as opened:
        assert opened.get("/metrics").status_code == 200
