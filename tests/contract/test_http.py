"""What holds for every answer: headers, methods, paths, errors; and bytes that are no HTTP."""

import contextlib
import json
import socket

import pytest

from tests.harness import Server

CORS = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET, POST, PUT, DELETE, OPTIONS",
    "access-control-allow-headers": (
        "Content-Type, Authorization, X-Api-Key, X-Api-Token, X-App-Key, X-App-Id, Idempotency-Key, Prefer"
    ),
}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/logs", 200), ("GET", "/api/logs/", 200), ("GET", "/api/logs//", 200), ("HEAD", "/api/logs", 200),
        ("GET", "/api/health", 200), ("HEAD", "/api/health/", 200), ("GET", "/api/info", 200),
        ("GET", "/api/logs/unknown", 404), ("GET", "/nowhere", 404), ("POST", "/nowhere", 404), ("GET", "/api", 404),
        ("POST", "/api/logs", 400), ("POST", "/api/logs/", 400), ("PUT", "/api/logs", 405),
        ("DELETE", "/api/logs", 405), ("POST", "/api/health", 405), ("POST", "/api/logs/some-id", 405),
        ("OPTIONS", "/api/logs", 204), ("OPTIONS", "/anything/at/all", 204), ("GET", "/api/logs?limit=x", 400),
    ],
)  # fmt: skip
def test_every_answer_is_json_and_may_be_read_by_any_page(
    shared_server: Server, method: str, path: str, status: int
) -> None:

    answer = shared_server.request(method, path)
    assert answer.status_code == status
    assert CORS.items() <= dict(answer.headers).items()
    if status != 204:
        assert answer.headers["content-type"] == "application/json"
    if status >= 400:
        assert set(answer.json()) <= {"error", "reason"}
    if status == 405:
        assert "OPTIONS" in answer.headers["allow"]
        assert method not in answer.headers["allow"].split(", ")
    if method == "HEAD":
        assert answer.content == b""
        assert int(answer.headers["content-length"]) > 0


def test_a_wrong_method_names_the_right_ones(shared_server: Server) -> None:

    assert shared_server.request("PUT", "/api/logs").headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert shared_server.get("/nowhere").json() == {"error": "Not found"}


def test_health_and_info_have_their_shape(shared_server: Server) -> None:
    health = shared_server.get("/api/health").json()
    assert list(health) == ["status", "time", "ws_connections"]
    assert (health["status"], health["ws_connections"]) == ("ok", 0)
    assert health["time"].endswith("Z")
    assert shared_server.get("/api/info").json() == {
        "version": "0.1.0",
        "storage_type": "file",
        "features": {"client_management": False, "retention": True, "websocket": True},
    }


def talk(server: Server, sent: bytes, answers: int = 1000) -> bytes:
    """What the server answers to raw bytes until it closes the connection, or has given `answers` answers."""
    got = b""
    with (
        socket.create_connection(("127.0.0.1", server.http_port), timeout=10) as client,
        contextlib.suppress(BrokenPipeError, ConnectionResetError),
    ):
        client.sendall(sent)
        while got.count(b'"errors":null}') < answers and (part := client.recv(65536)):
            got += part
    return got


@pytest.mark.parametrize(
    "sent",
    [b"nonsense\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"GET / HTTP/9.9\r\n\r\n", b"GET /\xff HTTP/1.1\r\n\r\n",
     b"POST /api/logs HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"POST /api/logs HTTP/1.1\r\nContent-Length: x\r\n\r\n",
     b"POST /api/logs HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"],
)  # fmt: skip
def test_bytes_that_are_no_http_are_a_400_in_json(shared_server: Server, sent: bytes) -> None:
    head, _, body = talk(shared_server, sent).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert set(json.loads(body)) == {"error", "reason"}
    assert shared_server.get("/api/health").status_code == 200


@pytest.mark.parametrize("piece", [b"GET /" + b"a" * 300_000, b"GET / HTTP/1.1\r\n" + b"X-Long: y\r\n" * 30_000])
def test_an_endless_head_is_refused(shared_server: Server, piece: bytes) -> None:
    answer = talk(shared_server, piece)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 431 ")  # closed while we send, the answer may be lost
    assert shared_server.get("/api/health").status_code == 200


def test_requests_sent_at_once_are_answered_in_order(shared_server: Server) -> None:
    post = b"POST /api/logs HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b"
    bodies = [b'{"app_key":"pipelined","app_id":"x","message":"%d"}' % n for n in range(20)]
    answers = talk(shared_server, b"".join(post % (len(body), body) for body in bodies), answers=20)
    assert answers.count(b"HTTP/1.1 201 ") == 20
    places = [answers.index(b'"message":"%d"' % n) for n in range(20)]
    assert places == sorted(places)


def test_the_websocket_port_answers_a_plain_request_with_426(shared_server: Server) -> None:
    import httpx

    answer = httpx.get(f"http://127.0.0.1:{shared_server.ws_port}/")
    assert answer.status_code == 426
    assert answer.json() == {"error": "Upgrade required"}
    assert answer.headers["upgrade"] == "websocket"


def test_a_trailer_is_no_header(server: Server) -> None:
    """Who sends a body can't say behind it who it is."""
    with socket.create_connection(("127.0.0.1", server.http_port)) as raw:
        body = b'{"message":"x"}'
        raw.sendall(
            b"POST /api/logs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
            b"%x\r\n%b\r\n0\r\nX-App-Key: late\r\nX-App-Id: late\r\n\r\n" % (len(body), body)
        )
        answer = b"".join(iter(lambda: raw.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"app_key and app_id are required" in answer


@pytest.mark.parametrize("endless", [b"X-Trailer: " + b"x" * 4000 + b"\r\n", b"x" * 4096], ids=["many", "one"])
@pytest.mark.parametrize("before", [b"1\r\n1\r\n0\r\n", b"1;"], ids=["trailers", "chunk extension"])
def test_what_comes_along_with_a_body_is_bounded(server: Server, before: bytes, endless: bytes) -> None:
    if before == b"1;":
        endless = endless.replace(b"\r\n", b"")
    with socket.create_connection(("127.0.0.1", server.http_port)) as raw:
        raw.sendall(b"POST /api/logs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + before)
        sent = 0
        with contextlib.suppress(ConnectionError):
            while sent < 50_000_000:
                raw.sendall(endless)
                sent += len(endless)
    assert sent < 50_000_000  # the server has ended the connection
    assert server.get("/api/health").status_code == 200


def test_a_body_in_the_smallest_chunks_is_taken(server: Server) -> None:
    body = json.dumps({"app_key": "a", "app_id": "b", "message": "x" * 50_000}).encode()
    with socket.create_connection(("127.0.0.1", server.http_port)) as raw:
        raw.sendall(
            b"POST /api/logs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
            + b"".join(b"1\r\n%c\r\n" % byte for byte in body)
            + b"0\r\n\r\n"
        )
        assert b"".join(iter(lambda: raw.recv(65536), b"")).startswith(b"HTTP/1.1 201 ")
