"""Open means open to programs, not to websites: what a browser may do at a side without its key."""

import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync import client as websocket

from tests.harness import Server, running

ENTRY = {"app_key": "a", "app_id": "b", "message": "hello"}
FOREIGN = {"Origin": "https://evil.example"}


@pytest.fixture(scope="module")
def open_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {
        "CORS_ORIGINS": "https://status.example.com/, http://Other.example:8000",
        "ALLOWED_HOSTS": "logs.example.com, .corp.example",
    }
    with running(tmp_path_factory.mktemp("open"), **settings) as started:
        yield started


@pytest.fixture(scope="module")
def keyed_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("keyed"), API_SECRET="w", UI_SECRET="r") as started:
        yield started


def ask(server: Server, method: str, path: str, headers: dict[str, str]) -> httpx.Response:
    body = {"json": ENTRY} if method == "POST" else {}
    return httpx.request(method, server.url + path, headers=headers, timeout=10, **body)  # type: ignore[arg-type]


connect: Any = websocket.connect

ROUTES = [
    ("POST", "/api/logs"),
    ("GET", "/api/logs"),
    ("HEAD", "/api/logs"),
    ("GET", "/api/logs/01J00000000000000000000000"),
    ("GET", "/api/logs/export"),
    ("GET", "/api/logs/stream"),
    ("GET", "/api/stats"),
    ("GET", "/api/fields/app_key"),
    ("GET", "/metrics"),
    ("GET", "/api/clients"),
    ("GET", "/api/retention/policies"),
    ("POST", "/api/retention/run"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize(
    "headers",
    [
        FOREIGN,
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "rebound.example"},
        {"Host": "rebound.example:8081", "Origin": "http://rebound.example:8081"},
    ],
    ids=["origin", "null origin", "fetch metadata", "host", "rebound"],
)
def test_a_website_is_refused_on_every_route(
    open_server: Server, method: str, path: str, headers: dict[str, str]
) -> None:
    answer = ask(open_server, method, path, headers)
    assert answer.status_code == 403
    assert "Access-Control-Allow-Origin" not in answer.headers
    if method != "HEAD":
        assert answer.json()["error"] == "Forbidden"


@pytest.mark.parametrize(
    ("method", "path", "setting"),
    [("POST", "/api/logs", "API_SECRET"), ("GET", "/api/logs", "UI_SECRET"), ("GET", "/api/clients", "ADMIN_SECRET")],
)
def test_the_reason_says_what_to_set(open_server: Server, method: str, path: str, setting: str) -> None:
    assert setting in ask(open_server, method, path, {"Sec-Fetch-Site": "cross-site"}).json()["reason"]
    reason = ask(open_server, method, path, FOREIGN).json()["reason"]
    assert setting in reason
    assert "CORS_ORIGINS" in reason
    assert "https://evil.example" in reason
    assert "ALLOWED_HOSTS" in ask(open_server, method, path, {"Host": "evil.example"}).json()["reason"]


def test_nothing_is_stored_for_a_website(open_server: Server) -> None:
    marked = {**ENTRY, "app_key": "from-a-website"}
    plain = {"Content-Type": "text/plain", **FOREIGN}
    assert httpx.post(f"{open_server.url}/api/logs", json=marked, headers=plain).status_code == 403
    assert open_server.get("/api/logs?app_key=from-a-website").json()["total"] == 0


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:8081",
        "[::1]:8081",
        "192.168.1.20",
        "localhost",
        "LOCALHOST:8081",
        "localhost.",
        "logs.localhost:8081",
        "logserver",
        "logs.example.com",
        "a.b.corp.example:8081",
        socket.gethostname(),
    ],
)
def test_names_that_nobody_else_can_have_are_good(open_server: Server, host: str) -> None:
    assert ask(open_server, "GET", "/api/logs", {"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "example.com",
        "corp.example",
        "evillogs.example.com",
        "localhost.evil.example",
        "a b",
        "user@127.0.0.1",
        "127.0.0.1.evil.example",
        301 * "a",
    ],
)
def test_names_that_somebody_else_can_have_point_here_are_not(open_server: Server, host: str) -> None:
    assert ask(open_server, "GET", "/api/logs", {"Host": host}).status_code == 403


def test_the_page_of_the_server_itself_gets_in(open_server: Server) -> None:
    own = {"Origin": open_server.url, "Sec-Fetch-Site": "same-origin"}
    assert ask(open_server, "POST", "/api/logs", own).status_code == 201
    named = {"Host": "logs.example.com", "Origin": "http://logs.example.com"}
    assert ask(open_server, "GET", "/api/logs", named).status_code == 200
    encrypted = {"Host": "logs.example.com", "Origin": "https://logs.example.com"}  # behind a proxy with TLS
    assert ask(open_server, "GET", "/api/logs", {**encrypted, "Host": "logs.example.com:443"}).status_code == 200
    assert ask(open_server, "GET", "/api/logs", {**named, "Origin": "http://logs.example.com:3000"}).status_code == 403


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost:5173",
        "http://app.localhost",
        "http://127.0.0.1:3000",
        "http://[::1]:3000",
        "https://status.example.com",
        "http://other.example:8000",
    ],
)
def test_pages_of_this_machine_and_those_that_are_listed_get_in(open_server: Server, origin: str) -> None:
    answer = ask(open_server, "GET", "/api/logs", {"Origin": origin, "Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "origin",
    [
        "http://status.example.com",
        "https://status.example.com.evil.example",
        "https://localhost.evil.example",
        "file://",
        "chrome-extension://abc",
        "http://",
        "https://[",
        "garbage",
    ],
)
def test_pages_that_only_look_like_them_do_not(open_server: Server, origin: str) -> None:
    assert ask(open_server, "GET", "/api/logs", {"Origin": origin}).status_code == 403


@pytest.mark.parametrize("path", ["/api/health", "/api/info", "/", "/docs", "/openapi.yaml", "/favicon.ico"])
def test_what_is_public_stays_open(open_server: Server, path: str) -> None:
    answer = ask(open_server, "GET", path, {**FOREIGN, "Sec-Fetch-Site": "cross-site", "Host": "evil.example"})
    assert answer.status_code in (200, 204)


def test_a_program_gets_in_without_any_of_these_headers(open_server: Server) -> None:
    assert ask(open_server, "POST", "/api/logs", {"Content-Type": "text/plain"}).status_code == 201
    with socket.create_connection(("127.0.0.1", open_server.http_port)) as raw:
        raw.sendall(b"GET /api/logs HTTP/1.0\r\n\r\n")
        assert raw.recv(4096).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    ("path", "method"), [("/api/logs", "POST"), ("/api/logs", "GET"), ("/api/clients/x", "DELETE"), ("/metrics", "GET")]
)
def test_a_preflight_for_a_website_is_refused(open_server: Server, path: str, method: str) -> None:
    asked = {"Access-Control-Request-Method": method}
    assert ask(open_server, "OPTIONS", path, {**asked, **FOREIGN}).status_code == 403
    assert ask(open_server, "OPTIONS", path, {**asked, "Origin": "http://localhost:5173"}).status_code == 204
    assert ask(open_server, "OPTIONS", path, asked).status_code == 204


@pytest.mark.parametrize("door", ["own port", "http port"])
def test_a_website_gets_no_websocket(open_server: Server, door: str) -> None:
    url = open_server.ws_url if door == "own port" else f"ws://127.0.0.1:{open_server.http_port}/ws"
    for origin, headers in (("https://evil.example", {}), (None, {"Sec-Fetch-Site": "cross-site"})):
        with pytest.raises(InvalidStatus) as refused:
            connect(url, origin=origin, additional_headers=headers)
        assert refused.value.response.status_code == 403
        assert b"UI_SECRET" in refused.value.response.body
    with connect(url, origin="http://localhost:5173") as viewer:
        assert "connected" in viewer.recv(timeout=5)


def test_with_keys_nothing_changes(keyed_server: Server) -> None:
    foreign = {**FOREIGN, "Sec-Fetch-Site": "cross-site", "Host": "logs.example.org"}
    read, write = ({**foreign, "Authorization": f"Bearer {key}"} for key in "rw")
    assert ask(keyed_server, "POST", "/api/logs", write).status_code == 201
    answer = ask(keyed_server, "GET", "/api/logs", read)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert ask(keyed_server, "GET", "/api/clients", read).status_code == 503
    assert (
        ask(keyed_server, "OPTIONS", "/api/logs", {**foreign, "Access-Control-Request-Method": "GET"}).status_code
        == 204
    )
    assert ask(keyed_server, "GET", "/api/logs", foreign).status_code == 401


@pytest.mark.parametrize("keys", [{"API_SECRET": "w"}, {"UI_SECRET": "r"}])
def test_each_side_is_open_or_not_by_itself(tmp_path_factory: pytest.TempPathFactory, keys: dict[str, str]) -> None:
    with running(tmp_path_factory.mktemp("half"), **keys) as server:
        write = ask(server, "POST", "/api/logs", {**FOREIGN, "Authorization": "Bearer w"}).status_code
        read = ask(server, "GET", "/api/logs", {**FOREIGN, "Authorization": "Bearer r"}).status_code
        admin = ask(server, "GET", "/api/retention/policies", {**FOREIGN, "Authorization": "Bearer r"}).status_code
    assert (write, read, admin) == ((201, 403, 403) if "API_SECRET" in keys else (403, 200, 200))


def test_a_star_lets_every_website_in(tmp_path_factory: pytest.TempPathFactory) -> None:
    with running(tmp_path_factory.mktemp("star"), CORS_ORIGINS="*") as server:
        assert ask(server, "GET", "/api/logs", FOREIGN).status_code == 200
