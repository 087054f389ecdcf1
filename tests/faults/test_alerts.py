"""Alerts through crashes: what was counted is counted once, what fires is told once, what was missed is made up for."""

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Settings
from tests.harness import Server, eventually
from tests.targets import HttpTarget, http_target

all_stores = True

COUNT = {"kind": "count", "op": ">=", "n": 3, "window": "1h"}


@pytest.fixture
def target() -> Iterator[HttpTarget]:
    with http_target() as started:
        yield started


@pytest.fixture
def server(tmp_path: Path, storage: Settings) -> Iterator[Server]:
    server = Server(tmp_path / "server", **storage(), ALERT_ALLOW_PRIVATE="1").start()
    try:
        yield server
    finally:
        server.stop()


def add(server: Server, target: HttpTarget, name: str, **alert: Any) -> None:
    body = {"name": name, "query": {"app_key": name}, "targets": [target.url], **alert}
    answer = server.request("POST", "/api/alerts", json=body)
    assert answer.status_code == 201, answer.text


def post(server: Server, app_key: str, count: int) -> None:
    logs = [{"message": f"{app_key} {number}"} for number in range(count)]
    assert server.post({"app_key": app_key, "app_id": "test", "logs": logs}).status_code == 201


def post_and_kill(server: Server, app_key: str) -> None:
    """Kill the server as soon as the first byte of the 201 is there."""
    connection = http.client.HTTPConnection("127.0.0.1", server.http_port)
    body = json.dumps({"app_key": app_key, "app_id": "test", "message": "the last"})
    connection.request("POST", "/api/logs", body, server.as_client(app_key))
    assert connection.sock is not None
    assert connection.sock.recv(12) == b"HTTP/1.1 201"
    server.kill()
    connection.close()


def deliveries(target: HttpTarget, state: str = "firing") -> set[tuple[str, str]]:
    """Which alerts told something, under which id."""
    return {
        (json.loads(body)["alert"], headers["X-Logstream-Delivery"])
        for _, headers, body in target.requests
        if json.loads(body)["state"] == state
    }


def test_what_fires_as_the_server_is_killed_is_told_once(server: Server, target: HttpTarget) -> None:
    names = [f"killed-{number}" for number in range(4)]
    for name in names:
        add(server, target, name, when=COUNT)
    for number, name in enumerate(names):
        post(server, name, 2)
        post_and_kill(server, name)
        server.start()
        eventually(lambda: len(deliveries(target)) == number + 1, "the delivery")  # noqa: B023
    post(server, names[0], 5)
    server.kill()
    server.start()
    add(server, target, "after", when=COUNT)
    post(server, "after", 3)
    eventually(lambda: "after" in dict(deliveries(target)), "the last delivery")
    assert sorted(name for name, _ in deliveries(target)) == sorted([*names, "after"])
    for name in names:
        told = server.get(f"/api/alerts/{name}/history").json()["history"]
        assert [record["event"] for record in told].count("firing") == 1
        assert [record["count"] for record in told if record["event"] == "firing"] == [3]


def test_each_entry_is_told_once_over_kills_and_an_outage_of_the_target(server: Server, target: HttpTarget) -> None:
    target.stop()
    add(server, target, "each", when={"kind": "each"})
    for _ in range(3):
        post(server, "each", 1)
        post_and_kill(server, "each")
        server.start()
    eventually(lambda: "last_error" in server.get("/api/alerts/each").json(), "the server to answer")
    target.start()
    eventually(lambda: len(deliveries(target)) == 6, "six deliveries")
    told = [json.loads(body)["entry"]["id"] for _, _, body in target.requests]
    assert list(dict.fromkeys(told)) == sorted(entry["id"] for entry in server.all_entries(app_key="each"))


def test_what_fired_before_a_restart_ends_after_it(server: Server, target: HttpTarget) -> None:
    add(server, target, "ends", when={**COUNT, "n": 1, "window": "2s"})
    post(server, "ends", 1)
    eventually(lambda: deliveries(target), "the beginning")
    server.stop()
    server.start()
    eventually(lambda: deliveries(target, "resolved"), "the end")
    assert len(deliveries(target)) == 1


@pytest.mark.file_storage
def test_alerts_of_a_file_are_judged_and_changed_there_alone(tmp_path: Path, target: HttpTarget) -> None:
    file = tmp_path / "alerts.json"
    alert = {"name": "of-the-file", "query": {"app_key": "x"}, "when": COUNT, "targets": [target.url]}
    file.write_text(json.dumps({"alerts": [alert]}))
    server = Server(tmp_path / "server", ALERTS_CONFIG=str(file), ALERT_ALLOW_PRIVATE="1").start()
    try:
        (shown,) = server.get("/api/alerts").json()["alerts"]
        assert (shown["name"], shown["from_file"], shown["targets"]) == ("of-the-file", True, [target.shown])
        for method, body in (("PUT", alert), ("DELETE", {})):
            refused = server.request(method, "/api/alerts/of-the-file", json=body)
            assert (refused.status_code, "ALERTS_CONFIG" in refused.json()["reason"]) == (409, True)
        assert server.request("POST", "/api/alerts", json=alert).status_code == 409
        post(server, "x", 3)
        target.wait_for(1)
        file.write_text(json.dumps([alert, {**alert, "name": "second", "query": {"app_key": "y"}}]))
        eventually(lambda: len(server.get("/api/alerts").json()["alerts"]) == 2, "the second alert")
        file.write_text("{")
        eventually(lambda: any("alerts.json" in text for text in warnings(server)), "the warning")
        assert len(server.get("/api/alerts").json()["alerts"]) == 2
        server.stop()
        with pytest.raises(AssertionError, match="ended with 2"):
            server.start()
        server.process = None
        assert server.log.splitlines()[-1].startswith(f"logstream: ALERTS_CONFIG='{file}' is not valid: ")
    finally:
        server.stop()


def warnings(server: Server) -> list[str]:
    return list(server.get("/api/health").json().get("warnings", []))
