"""Who may write, who may read, and what is public."""

import json
from collections.abc import Iterator

import pytest
import websockets.sync.client
from websockets.exceptions import ConnectionClosed

from tests.harness import Server, running

ENTRY = {"app_key": "a", "app_id": "b"}
MISSING = "Missing Authorization header or token query parameter"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("server"), API_SECRET="write-key", UI_SECRET="read-kéy") as started:
        yield started


@pytest.mark.parametrize("header", ["Bearer write-key", "bearer write-key", "BEARER   write-key"])
def test_the_write_key_is_taken_whatever_the_case_of_the_scheme(server: Server, header: str) -> None:
    assert server.post(ENTRY, headers={"Authorization": header}).status_code == 201


def test_the_write_key_is_taken_from_the_query_string(server: Server) -> None:
    assert server.post(ENTRY, "/api/logs?token=write-key").status_code == 201
    assert server.post(ENTRY, "/api/logs?token=write-key", headers={"Authorization": "Basic eDp5"}).status_code == 201


@pytest.mark.parametrize(
    ("path", "headers", "reason"),
    [
        ("/api/logs", {}, MISSING),
        ("/api/logs", {"Authorization": "Basic eDp5"}, MISSING),
        ("/api/logs?token[]=write-key", {}, MISSING),
        ("/api/logs", {"Authorization": "Bearer wrong"}, "Invalid API secret"),
        ("/api/logs", {"Authorization": "Bearer"}, "Invalid API secret"),
        ("/api/logs", {"Authorization": "Bearer read-kéy".encode()}, "Invalid API secret"),
        ("/api/logs?token=wrong", {}, "Invalid API secret"),
        ("/api/logs?token=", {}, "Invalid API secret"),
        ("/api/logs?token=write-key", {"Authorization": "Bearer wrong"}, "Invalid API secret"),
        ("/api/logs?token=%FF", {}, "Invalid API secret"),
    ],
)
def test_writing_without_the_key_is_a_401_with_the_reason(
    server: Server, path: str, headers: dict[str, str], reason: str
) -> None:
    answer = server.post(ENTRY, path, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json() == {"error": "Unauthorized", "reason": reason}


@pytest.mark.parametrize("path", ["/api/logs", "/api/logs/some-id"])
def test_reading_takes_the_read_key(server: Server, path: str) -> None:
    good = {"Authorization": "Bearer read-kéy".encode()}
    assert server.get(path, headers=good).status_code in (200, 404)
    assert server.get(f"{path}?token=read-k%C3%A9y").status_code in (200, 404)
    for bad_path, headers in (
        (path, {}),
        (path, {"Authorization": "Bearer write-key"}),
        (f"{path}?token=wrong", {}),
        (f"{path}?token[]=read-k%C3%A9y", {}),
        (f"{path}?token=read-k%C3%A9y", {"Authorization": "Bearer wrong"}),
    ):
        answer = server.get(bad_path, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert answer.json() == {"error": "Unauthorized"}


@pytest.mark.parametrize("path", ["/api/health", "/api/info", "/favicon.ico"])
def test_what_is_public_needs_no_key(server: Server, path: str) -> None:
    assert server.get(path).status_code in (200, 204)


def test_a_viewer_without_the_key_is_told_and_closed_with_4401(server: Server) -> None:
    doors = (server.ws_url + "/any/path", f"ws://127.0.0.1:{server.http_port}/ws")
    for door in doors:
        for query in ("", "?token=wrong", "?token[]=read-k%C3%A9y", "?token=write-key"):
            with websockets.sync.client.connect(door + query) as viewer:
                refusal = {"type": "error", "message": "Unauthorized: invalid or missing token."}
                assert json.loads(viewer.recv()) == refusal
                with pytest.raises(ConnectionClosed) as closed:
                    viewer.recv()
                assert closed.value.rcvd is not None
                assert closed.value.rcvd.code == 4401
        with websockets.sync.client.connect(door + "?token=read-k%C3%A9y") as viewer:
            assert json.loads(viewer.recv()) == {"type": "connected", "connections": 1}
        assert server.get("/api/health").json()["status"] == "ok"


def test_no_key_is_ever_written_to_the_log(server: Server) -> None:
    server.post(ENTRY, "/api/logs?token=guessed-key")
    assert "-key" not in server.log
    assert "kéy" not in server.log
