"""Registered clients: who may write to a server that stores in MariaDB, and the routes for them (contract, 2 and 7)."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.database import MariaDb
from tests.harness import Server, running

ADMIN = {"Authorization": "Bearer admin-key"}
ENTRY = {"app_id": "production", "message": "hello"}


@pytest.fixture(scope="module")
def server(mariadb: MariaDb, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with three different keys."""
    keys = {"API_SECRET": "write-key", "UI_SECRET": "read-key", "ADMIN_SECRET": "admin-key"}
    with mariadb.database() as settings, running(tmp_path_factory.mktemp("server"), **settings, **keys) as started:
        yield started


def ask(server: Server, method: str, path: str, **options: Any) -> httpx.Response:
    return server.request(method, f"/api/clients{path}", headers=ADMIN, **options)


def add(server: Server, app_key: str, name: str = "A name") -> str:
    """A new client; returns its token."""
    answer = ask(server, "POST", "", json={"name": name, "app_key": app_key})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["api_token"])


def write(server: Server, app_key: str, token: str, **entry: Any) -> httpx.Response:
    headers = {"X-Api-Key": app_key, "X-Api-Token": token}
    return server.request("POST", "/api/logs", json={**ENTRY, **entry}, headers=headers)


def test_a_new_client_is_told_its_token_once_and_may_write_at_once(server: Server) -> None:
    answer = ask(server, "POST", "", json={"name": " Billing API ", "app_key": "billing-api"})
    assert answer.status_code == 201
    client = answer.json()
    assert list(client) == ["name", "app_key", "active", "created_at", "updated_at", "api_token", "_note"]
    assert (client["name"], client["app_key"], client["active"]) == ("Billing API", "billing-api", True)
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", client["api_token"])
    assert client["created_at"].endswith("Z")
    assert write(server, "billing-api", client["api_token"]).status_code == 201
    shown = {name: client[name] for name in ("name", "app_key", "active", "created_at", "updated_at")}
    assert ask(server, "GET", "/billing-api").json() == shown
    assert shown in ask(server, "GET", "").json()["clients"]
    assert client["api_token"] not in ask(server, "GET", "").text + server.log


def test_the_clients_app_key_replaces_whatever_the_body_says(server: Server) -> None:
    token = add(server, "always-mine")
    headers = {"X-Api-Key": "always-mine", "X-Api-Token": token, "X-App-Key": "header"}
    body = {"app_key": "request", "app_id": "x", "logs": [{"app_key": "entry"}, {}]}
    answer = server.request("POST", "/api/logs?app_key=query", json=body, headers=headers)
    assert [entry["app_key"] for entry in answer.json()["entries"]] == ["always-mine"] * 2
    lines = b'{"app_key":"entry","app_id":"x"}\n{"app_id":"x"}'
    headers["Content-Type"] = "application/x-ndjson"
    answer = server.request("POST", "/api/logs", content=lines, headers=headers)
    assert [entry["app_key"] for entry in answer.json()["entries"]] == ["always-mine"] * 2
    read = {"Authorization": "Bearer read-key"}
    assert server.get("/api/logs?app_key=always-mine", headers=read).json()["total"] == 4
    assert server.get("/api/logs?app_key=entry", headers=read).json()["total"] == 0


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({}, "Missing X-Api-Key or X-Api-Token header"),
        ({"X-Api-Key": "refused"}, "Missing X-Api-Key or X-Api-Token header"),
        ({"X-Api-Token": "t"}, "Missing X-Api-Key or X-Api-Token header"),
        ({"X-Api-Key": "", "X-Api-Token": "t"}, "Missing X-Api-Key or X-Api-Token header"),
        ({"Authorization": "Bearer write-key"}, "Missing X-Api-Key or X-Api-Token header"),
        ({"X-Api-Key": "nobody", "X-Api-Token": "t"}, "Unknown client: nobody"),
        ({"X-Api-Key": "REFUSED", "X-Api-Token": "t"}, "Unknown client: REFUSED"),
        ({"X-Api-Key": "refused ' OR 1", "X-Api-Token": "t"}, "Unknown client: refused ' OR 1"),
        ({"X-Api-Key": "refused", "X-Api-Token": "t"}, "Invalid token for client: refused"),
        ({"X-Api-Key": "refused", "X-Api-Token": "tök".encode()}, "Invalid token for client: refused"),
    ],
)
def test_who_may_not_write_is_told_why(server: Server, headers: dict[str, Any], reason: str) -> None:
    if ask(server, "GET", "/refused").status_code == 404:
        add(server, "refused")
    answer = server.request("POST", "/api/logs", json=ENTRY, headers=headers)
    assert (answer.status_code, answer.json()) == (401, {"error": "Unauthorized", "reason": reason})
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_rotation_and_deactivation_count_at_once(server: Server) -> None:
    first = add(server, "turning")
    assert write(server, "turning", first).status_code == 201
    rotated = ask(server, "POST", "/turning/rotate").json()
    assert list(rotated)[-2:] == ["api_token", "_note"]
    assert write(server, "turning", first).json()["reason"] == "Invalid token for client: turning"
    assert write(server, "turning", rotated["api_token"]).status_code == 201
    assert ask(server, "PUT", "/turning", json={"active": False}).json()["active"] is False
    assert write(server, "turning", rotated["api_token"]).json()["reason"] == "Unknown client: turning"
    assert ask(server, "PUT", "/turning", json={"active": True, "name": "Renamed"}).json()["name"] == "Renamed"
    assert write(server, "turning", rotated["api_token"]).status_code == 201
    assert ask(server, "PUT", "/turning", json={}).json()["name"] == "Renamed"


@pytest.mark.heavy
def test_a_change_made_elsewhere_counts_within_seconds(server: Server, mariadb: MariaDb) -> None:
    import time

    token = add(server, "elsewhere")
    assert write(server, "elsewhere", token).status_code == 201
    name = server.settings["DB_NAME"]
    mariadb.ask("UPDATE clients SET active = 0 WHERE app_key = 'elsewhere'", database=name)
    end = time.monotonic() + 6  # the contract says 5
    while write(server, "elsewhere", token).status_code == 201:
        assert time.monotonic() < end
        time.sleep(0.1)
    mariadb.ask("UPDATE clients SET active = 1 WHERE app_key = 'elsewhere'", database=name)
    while write(server, "elsewhere", token).status_code == 401:
        assert time.monotonic() < end + 6
        time.sleep(0.1)


def test_deleting_a_client_takes_its_entries_along(server: Server) -> None:
    token, other = add(server, "leaving"), add(server, "staying")
    for _ in range(3):
        write(server, "leaving", token)
    write(server, "staying", other)
    assert ask(server, "DELETE", "/leaving").json() == {"deleted": "leaving", "logs_deleted": 3}
    assert write(server, "leaving", token).json()["reason"] == "Unknown client: leaving"
    read = {"Authorization": "Bearer read-key"}
    assert server.get("/api/logs?app_key=leaving", headers=read).json()["total"] == 0
    assert server.get("/api/logs?app_key=staying", headers=read).json()["total"] == 1
    assert ask(server, "DELETE", "/leaving").status_code == 404
    add(server, "leaving")


def test_clients_are_listed_by_name(server: Server) -> None:
    add(server, "zz-first", "00 first")
    add(server, "aa-last", "zzz last")
    names = [client["name"] for client in ask(server, "GET", "").json()["clients"]]
    assert (names[0], names[-1]) == ("00 first", "zzz last")


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        (b"", 400, "Invalid JSON body"),
        (b"{", 400, "Invalid JSON body"),
        (b"[]", 400, "Invalid JSON body"),
        (b"{}", 400, "name is required"),
        (b'{"name":"x"}', 400, "app_key is required"),
        (b'{"app_key":"x"}', 400, "name is required"),
        (b'{"name":5,"app_key":"x"}', 400, "Invalid name"),
        (b'{"name":"x","app_key":5}', 400, "Invalid app_key"),
        (b'{"name":" ","app_key":"x"}', 422, "Invalid name"),
        (b'{"name":"%b","app_key":"x"}' % (b"x" * 256), 422, "Invalid name"),
        (b'{"name":"x","app_key":""}', 422, "Invalid app_key"),
        (b'{"name":"x","app_key":"-a"}', 422, "Invalid app_key"),
        (b'{"name":"x","app_key":"A"}', 422, "Invalid app_key"),
        (b'{"name":"x","app_key":"a b"}', 422, "Invalid app_key"),
        (b'{"name":"x","app_key":"a\\n"}', 422, "Invalid app_key"),
        (b'{"name":"x","app_key":"%b"}' % (b"x" * 101), 422, "Invalid app_key"),
        (b'{"name":"x","app_key":"taken"}', 409, "Client 'taken' already exists."),
    ],
)
def test_a_client_that_can_not_be_added_is_refused(server: Server, body: bytes, status: int, error: str) -> None:
    if ask(server, "GET", "/taken").status_code == 404:
        add(server, "taken")
    answer = ask(server, "POST", "", content=body)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


@pytest.mark.parametrize(
    ("body", "status"),
    [({"active": "x"}, 400), ({"active": 2}, 400), ({"name": ""}, 422), ({"name": 1}, 400), ({"active": 1}, 200)],
)
def test_a_change_that_can_not_be_made_is_refused(server: Server, body: dict[str, Any], status: int) -> None:
    if ask(server, "GET", "/changing").status_code == 404:
        add(server, "changing")
    assert ask(server, "PUT", "/changing", json=body).status_code == status


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/x"), ("PUT", "/x"), ("DELETE", "/x"), ("POST", "/x/rotate"), ("GET", "/A%20b")]
)
def test_a_client_that_is_not_there_is_a_404(server: Server, method: str, path: str) -> None:
    answer = ask(server, method, path, json={} if method == "PUT" else None)
    name = "A b" if "%20" in path else "x"
    assert (answer.status_code, answer.json()) == (404, {"error": f"Client '{name}' not found."})


ROUTES = [("GET", ""), ("POST", ""), ("GET", "/x"), ("PUT", "/x"), ("DELETE", "/x"), ("POST", "/x/rotate")]


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize("key", [None, "Bearer read-key", "Bearer write-key", "Basic YWRtaW4ta2V5"])
def test_every_route_needs_the_admin_key(server: Server, method: str, path: str, key: str | None) -> None:
    headers = {"Authorization": key} if key else {}
    answer = server.request(method, f"/api/clients{path}", headers=headers)
    assert (answer.status_code, answer.json()) == (401, {"error": "Unauthorized"})
    assert server.request(method, f"/api/clients{path}?token=admin-key").status_code != 401


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_with_files_there_are_no_clients(shared_server: Server, method: str, path: str) -> None:
    answer = shared_server.request(method, f"/api/clients{path}", json={})
    assert answer.status_code == 503
    assert answer.json() == {"error": "Client management requires STORAGE_TYPE=mariadb or clickhouse."}


def test_without_an_admin_key_the_read_key_administers(mariadb: MariaDb, tmp_path: Path) -> None:
    with mariadb.database() as settings, running(tmp_path / "server", **settings, UI_SECRET="read-key") as server:
        assert server.get("/api/clients").status_code == 401
        assert server.get("/api/clients", headers={"Authorization": "Bearer read-key"}).json() == {"clients": []}
        assert server.get("/api/info").json() == {
            "version": "0.1.0",
            "storage_type": "mariadb",
            "features": {"client_management": True, "retention": True, "websocket": True},
        }


def test_tokens_are_kept_as_hashes_and_the_originals_plain_ones_become_hashes(server: Server, mariadb: MariaDb) -> None:
    def kept(app_key: str) -> str:
        rows = mariadb.ask(
            "SELECT api_token FROM clients WHERE app_key = %s", app_key, database=server.settings["DB_NAME"]
        )
        return str(rows[0][0])

    token = add(server, "hashed")
    assert token not in kept("hashed")
    assert kept("hashed").startswith("sha256$")
    plain = "plain-token-of-the-original"
    mariadb.ask(
        "INSERT INTO clients (name, app_key, api_token) VALUES ('Old', 'old-client', %s)",
        plain,
        database=server.settings["DB_NAME"],
    )
    from tests.harness import eventually

    eventually(lambda: write(server, "old-client", plain).status_code == 201, "the new client to be known")
    eventually(lambda: kept("old-client") != plain, "the token to be hashed")
    assert kept("old-client").startswith("sha256$")
    assert write(server, "old-client", plain).status_code == 201
    assert write(server, "old-client", "other").status_code == 401
    assert write(server, "old-client", kept("old-client")).status_code == 401
    copy = (server.folder / "spool/.logstream/clients.json").read_text()
    assert plain not in copy
    assert token not in copy
    assert plain not in server.log


def test_a_key_is_each_clients_own(server: Server) -> None:
    mine, yours = add(server, "mine"), add(server, "yours")
    for app_key, token in (("mine", mine), ("yours", yours)):
        headers = {"X-Api-Key": app_key, "X-Api-Token": token, "Idempotency-Key": "same"}
        answers = [server.request("POST", "/api/logs", json=ENTRY, headers=headers) for _ in range(2)]
        assert answers[0].content == answers[1].content
        assert answers[0].json()["entries"][0]["app_key"] == app_key
