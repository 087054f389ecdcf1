"""A disk that fails while senders on sockets go on: they wait, are not acknowledged, and lose nothing."""

import errno
import socket
from pathlib import Path

import pytest

from tests.faults.test_disk_faults import FailingDisk
from tests.harness import eventually
from tests.sockets.senders import connected, pack, ports, received, send_datagrams

HEADER = b"<132>1 2026-01-15T19:45:20.5Z web-1 shop 77 - - "
LINES = 30_000


def test_senders_wait_while_nothing_can_be_stored_and_nothing_is_lost(tmp_path: Path, preload: Path) -> None:
    server = FailingDisk(tmp_path, preload, **ports())
    server.start()
    try:
        server.fail("write", errno.ENOSPC, ".jsonl")
        lines = b"".join(HEADER + b"kept %d " % number + b"x" * 500 + b"\n" for number in range(LINES))
        with connected(server, "FORWARD_PORT") as forward, connected(server, "SYSLOG_PORT") as syslog:
            forward.sendall(pack(["shop", [[1768506320, {"message": "kept chunk"}]], {"chunk": "a"}]))
            send_datagrams(server, "SYSLOG_PORT", HEADER + b"kept datagram")
            sent = fill(syslog, lines)
            assert sent < len(lines)  # the server has stopped reading
            forward.settimeout(0.5)
            with pytest.raises(TimeoutError):
                forward.recv(1)
            assert server.get("/api/health").status_code == 200
            assert "their senders are not read: " in server.log
            server.heal()
            forward.settimeout(30)
            assert received(forward) == {"ack": "a"}
            syslog.shutdown(socket.SHUT_WR)
            whole = lines[:sent].count(b"\n")
            eventually(lambda: server.search(search="kept ", limit=1)["total"] >= whole + 2, "all that was sent")
        assert server.stop() == 0
        server.start()
        assert server.search(search="kept ", limit=1)["total"] in (whole + 2, whole + 3)
        assert server.search(search="kept chunk", limit=1)["total"] == 1
        assert server.search(search="kept datagram", limit=1)["total"] == 1
    finally:
        server.kill()


def fill(connection: socket.socket, data: bytes) -> int:
    """Send until nothing has been taken for half a second; how many bytes were."""
    connection.settimeout(0.5)
    sent = 0
    while sent < len(data):
        try:
            sent += connection.send(data[sent : sent + 65_536])
        except TimeoutError:
            break
    return sent
