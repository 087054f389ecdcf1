"""Sockets of a real server: what is sent is found, who may send, and what happens at a stop, a crash and a flood."""

import contextlib
import json
import signal
import socket
import ssl
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.database import MariaDb
from tests.harness import Server, eventually, running
from tests.sockets.senders import (
    certificate,
    connected,
    metric,
    pack,
    port_of,
    ports,
    received,
    send,
    send_datagrams,
    shake_hands,
)

HEADER = b"<132>1 2026-01-15T19:45:20.5Z web-1 shop 77 - - "
EVENT = {"message": "paid", "level": "error", "user_id": 7}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("sockets"), **ports()) as started:
        yield started


def found(server: Server, message: str, count: int = 1) -> list[dict[str, Any]]:
    """Entries with this message, once there are so many."""

    def enough() -> list[dict[str, Any]] | None:
        entries = server.all_entries(search=message)
        return entries if len(entries) >= count else None

    return list(eventually(enough, f"{count} entries of {message!r}:\n{server.log}"))


def test_syslog_of_every_framing_and_over_udp_is_found(server: Server) -> None:
    one = HEADER + b"framing one"
    stream = one + b"\n" + b"%d %b" % (len(one), one) + HEADER + b"framing\ntwo\0" + one
    with connected(server, "SYSLOG_PORT") as connection:
        connection.sendall(stream)
        found(server, "framing one", 3)  # the last has no end, and the connection goes on
        connection.sendall(HEADER + b"framing three\n")
        found(server, "framing three")
    (two,) = found(server, "framing\ntwo")
    assert (two["level"], two["timestamp"]) == ("warning", "2026-01-15T19:45:20.500Z")
    assert (two["app_key"], two["app_id"], two["category"]) == ("shop", "web-1", "local0")
    send_datagrams(server, "SYSLOG_PORT", HEADER + b"datagram", b"<11>shop[2]: datagram without a host\0")
    entries = found(server, "datagram", 2)
    assert {entry["app_id"] for entry in entries} == {"web-1", "127.0.0.1"}


def test_gelf_over_tcp_and_udp_is_found(server: Server) -> None:
    message = {"version": "1.1", "host": "web-1", "short_message": "gelf", "level": 3, "_app": "shop", "_n": 1}
    body = json.dumps(message).encode()
    send(server, "GELF_PORT", body + b"\0" + body + b"\0")
    packed = zlib.compress(json.dumps({**message, "_more": "x" * 3000}).encode(), 0)
    parts = [packed[at : at + 1000] for at in range(0, len(packed), 1000)]
    chunks = [b"\x1e\x0f12345678" + bytes((n, len(parts))) + part for n, part in enumerate(parts)]
    send_datagrams(server, "GELF_PORT", body, zlib.compress(body), b"\x1e\x0f87654321\0\1" + body, *reversed(chunks))
    entries = found(server, "gelf", 6)
    assert {(entry["level"], entry["app_key"], entry["app_id"]) for entry in entries} == {("error", "shop", "web-1")}


def test_json_lines_are_found(server: Server) -> None:
    send(server, "TCP_PORT", json.dumps({**EVENT, "type": "till"}).encode() + b"\n" + b"2026-01-15 ERROR plain text\n")
    (entry,) = found(server, "paid")
    assert (entry["app_key"], entry["level"], entry["context"]["user_id"]) == ("till", "error", 7)
    found(server, "plain text")


def test_forward_is_acknowledged_once_it_is_stored_and_stored_once(server: Server) -> None:
    with connected(server, "FORWARD_PORT") as connection:
        for _ in range(2):  # the same chunk again, as after an acknowledgement that got lost
            connection.sendall(pack(["shop.till", [[1768506320, {"message": "forwarded"}]] * 3, {"chunk": "c1"}]))
            assert received(connection) == {"ack": "c1"}
            assert len(server.all_entries(search="forwarded")) == 3
        connection.sendall(pack(["shop.till", 1768506320, {"message": "without chunk"}]))
        (entry,) = found(server, "without chunk")
        assert (entry["app_key"], entry["category"]) == ("shop", "till")


def test_a_website_can_not_write_and_what_is_no_protocol_ends(server: Server) -> None:
    before = metric(server, "logstream_connections_refused_total")
    for name in ("SYSLOG_PORT", "GELF_PORT", "FORWARD_PORT", "TCP_PORT"):
        with connected(server, name) as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n\r\n" + HEADER + b"from a website\n")
            assert connection.recv(10) == b""
    with connected(server, "FORWARD_PORT") as connection:
        connection.sendall(b"\xc1")
        assert connection.recv(10) == b""
    eventually(lambda: metric(server, "logstream_connections_refused_total") >= before + 5, "refusals to be counted")
    assert server.all_entries(search="from a website") == []


def test_health_and_metrics_tell_of_the_listeners(server: Server) -> None:
    with connected(server, "TCP_PORT"):
        eventually(lambda: metric(server, "logstream_connections", listener="JSON lines") >= 1, "the connection")
    told = {listener["protocol"]: listener for listener in server.get("/api/health").json()["listeners"]}
    assert told.keys() == {"syslog", "GELF", "Fluent forward", "JSON lines"}
    assert told["syslog"]["port"] == port_of(server, "SYSLOG_PORT")
    assert (told["GELF"]["transports"], told["GELF"]["datagrams_dropped"]) == (["tcp", "udp"], 0)


def test_a_stop_stores_what_was_sent_and_a_crash_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    chosen = ports()
    with running(tmp_path, **chosen) as server:
        with connected(server, "SYSLOG_PORT") as connection:
            connection.sendall(b"".join(HEADER + b"line %d\n" % number for number in range(5_000)))
            found(server, "line 0")
            assert server.stop() == 0
        server.start()
        assert server.search(search="line ", limit=1)["total"] == 5_000
        sent, acknowledged = 0, set()
        for _ in range(2):
            with connected(server, "FORWARD_PORT") as connection:
                for number in range(50):
                    connection.sendall(
                        pack(["shop", [[1768506320, {"message": f"chunk {number}."}]], {"chunk": f"{number}"}])
                    )
                    sent += 1
                    if number < 20 + 10 * sent // 50:
                        acknowledged.add(received(connection)["ack"])
                server.kill()
            server.start()
            messages = [entry["message"] for entry in server.all_entries(search="chunk")]
            assert len(messages) == len(set(messages))
            assert {f"chunk {number}." for number in acknowledged} <= set(messages)


def test_a_stop_waits_for_no_sender_that_goes_on_and_on(tmp_path: Path) -> None:
    with running(tmp_path, **ports()) as server, connected(server, "SYSLOG_PORT") as connection:
        stopped = threading.Event()

        def send_on() -> None:
            with contextlib.suppress(OSError):
                while not stopped.is_set():
                    connection.sendall(HEADER + b"on and on\n")
                    stopped.wait(0.01)

        sender = threading.Thread(target=send_on)
        sender.start()
        try:
            found(server, "on and on")
            assert server.stop() == 0
        finally:
            stopped.set()
            sender.join()
        assert "lost" not in server.log


def test_a_shared_key_lets_in_and_nobody_else_gets_in(tmp_path: Path) -> None:
    with running(tmp_path, API_SECRET="right:key", **ports()) as server:
        event = pack(["shop", 1768506320, {"message": "keyed"}, {"chunk": "a"}])
        for key, allowed in (("wrong", False), ("right:key", True)):
            with connected(server, "FORWARD_PORT") as connection:
                answer = shake_hands(connection, key)
                assert answer[:2] == ["PONG", allowed]
                if allowed:
                    connection.sendall(event)
                    assert received(connection) == {"ack": "a"}
                else:
                    assert received(connection) is None
        with connected(server, "FORWARD_PORT") as connection:
            assert received(connection)[0] == "HELO"
            connection.sendall(event)
            assert received(connection) is None
        assert server.search(search="keyed")["total"] == 1
        assert metric(server, "logstream_connections_refused_total", reason="wrong key") == 2


def test_networks_that_are_not_allowed_are_refused_and_those_that_are_need_no_key(tmp_path: Path) -> None:
    chosen = ports()
    with running(tmp_path / "closed", ALLOWED_NETWORKS="10.0.0.0/8, fd00::/8", **chosen) as server:
        with connected(server, "SYSLOG_PORT") as connection:
            assert connection.recv(1) == b""
        send_datagrams(server, "SYSLOG_PORT", HEADER + b"x", HEADER + b"y")
        dropped = "logstream_datagrams_dropped_total"
        eventually(lambda: metric(server, dropped, listener="syslog", reason="network not allowed") == 2, "drops")
        eventually(lambda: "syslog: " in server.log and "network not allowed" in server.log, "a line in the log")
        assert server.search(limit=1)["total"] == 0
        assert any("dropped" in warning for warning in server.get("/api/health").json()["warnings"])
    with running(tmp_path / "open", API_SECRET="key", ALLOWED_NETWORKS="127.0.0.1", **chosen) as server:
        send(server, "FORWARD_PORT", pack(["shop", 1768506320, {"message": "as Docker does"}]))
        found(server, "as Docker does")


def test_tls_and_plain_text_are_told_apart_on_one_port(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    context = ssl.create_default_context(cafile=str(cert))
    with running(tmp_path / "server", TLS_CERT=str(cert), TLS_KEY=str(key), API_SECRET="key", **ports()) as server:
        for name, data in (("SYSLOG_PORT", HEADER + b"secret\n"), ("GELF_PORT", b'{"short_message":"secret"}\0')):
            plain = socket.create_connection(("127.0.0.1", port_of(server, name)), timeout=30)
            with context.wrap_socket(plain, server_hostname="localhost") as connection:
                connection.sendall(data)
            send(server, name, data.replace(b"secret", b"public"))
        with connected(server, "FORWARD_PORT") as connection:
            assert shake_hands(connection, "key")[1] is True
        with context.wrap_socket(
            socket.create_connection(("127.0.0.1", port_of(server, "FORWARD_PORT")), timeout=30),
            server_hostname="localhost",
        ) as connection:
            assert shake_hands(connection, "key")[1] is True
            connection.sendall(pack(["shop", 1768506320, {"message": "secret"}, {"chunk": "a"}]))
            assert received(connection) == {"ack": "a"}
        with connected(server, "TCP_PORT") as connection:
            connection.sendall(b"\x16\x03\x01\x00\x05hello")
            connection.settimeout(30)
            while connection.recv(100):
                pass
        found(server, "secret", 3)
        found(server, "public", 2)
    with pytest.raises(AssertionError, match="TLS_CERT and TLS_KEY can't be used"):
        Server(tmp_path / "broken", TLS_CERT=str(key), **ports()).start()


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_port_that_is_taken_stops_the_start_and_is_named(tmp_path: Path, kind: socket.SocketKind) -> None:
    chosen = ports()
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", int(chosen["GELF_PORT"])))
        if kind == socket.SOCK_STREAM:
            taken.listen()
        server = Server(tmp_path, **chosen)
        with pytest.raises(AssertionError, match="ended with"):
            server.start()
        assert f"can't listen on 127.0.0.1:{chosen['GELF_PORT']}" in server.log
        assert "choose another GELF_PORT or HOST" in server.log
        server.process = None


def test_what_the_kernel_drops_while_nobody_reads_is_counted(tmp_path: Path) -> None:
    count = 60_000
    with running(tmp_path, **ports()) as server:
        assert server.process is not None
        server.process.send_signal(signal.SIGSTOP)
        send_datagrams(server, "SYSLOG_PORT", *(HEADER + b"flood %d " % number + b"x" * 200 for number in range(count)))
        server.process.send_signal(signal.SIGCONT)

        def all_told() -> bool:
            dropped = metric(server, "logstream_datagrams_dropped_total", listener="syslog")
            return bool(dropped) and server.search(search="flood", limit=1)["total"] + dropped == count

        eventually(all_told, "all datagrams to be stored or counted")
        eventually(lambda: "the socket's buffer was full" in server.log, "a line in the log")


def test_registered_clients_bring_app_key_and_token(mariadb: MariaDb, tmp_path: Path) -> None:
    with mariadb.database() as settings, running(tmp_path, **settings, **ports()) as server:
        token = server.as_client("till")["x-api-token"]
        event = pack(["shop", 1768506320, {"message": "from a client"}, {"chunk": "a"}])
        for user, password, allowed in (("till", token, True), ("till", "wrong", False), ("other", token, False)):
            with connected(server, "FORWARD_PORT") as connection:
                assert shake_hands(connection, "logstream", user, password)[1] is allowed
                if allowed:
                    connection.sendall(event)
                    assert received(connection) == {"ack": "a"}
        (entry,) = found(server, "from a client")
        assert entry["app_key"] == "till"
