"""Entries over sockets beside native batches of the same messages: rate, and the server's processor time an entry."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Any, Final

import msgspec

from bench.bodies import Live, native
from bench.process import SERVER, Failed, free_port
from bench.report import Report
from bench.server import Client, Server, running_server, temporary_folder

BATCH: Final = 1000
NAMES: Final = ("SYSLOG_PORT", "GELF_PORT", "FORWARD_PORT", "TCP_PORT")


def sockets(report: Report) -> None:
    events: list[dict[str, Any]] = json.loads(bytes(Live(next(native(BATCH)))))["logs"]
    batches = max(10, report.count(300))
    forms: dict[str, tuple[str, bytes]] = {
        "syslog over TCP": ("SYSLOG_PORT", b"".join(_syslog(event) for event in events)),
        "JSON lines over TCP": ("TCP_PORT", b"".join(msgspec.json.encode(event) + b"\n" for event in events)),
        "GELF over TCP": ("GELF_PORT", b"".join(_gelf(event) for event in events)),
        "forward": ("FORWARD_PORT", msgspec.msgpack.encode(["shop.bench", [[1768506320, event] for event in events]])),
    }
    _measure(report, "native batches of 1000", batches, lambda server: _native(server, batches))
    for label, (name, stream) in forms.items():
        _measure(report, label, batches, partial(_stream, name=name, stream=stream, batches=batches))


def _measure(report: Report, label: str, batches: int, send: Callable[["_Ports"], None]) -> None:
    chosen = {name: str(free_port()) for name in NAMES}
    with report.working(label), temporary_folder() as folder, running_server(folder, SERVER, chosen) as server:
        client = Client(server.http_port)
        before, began = server.cpu_seconds(), time.monotonic()
        send(_Ports(server, chosen))
        for total in _totals(client):
            if total == batches * BATCH:
                break
            if time.monotonic() > began + 120:
                raise Failed(f"{label}: {total} of {batches * BATCH} entries were stored")
        took, used = time.monotonic() - began, server.cpu_seconds() - before
        client.close()
        count = batches * BATCH
        report.add("sockets", label, count / took, "entries/s", server_cpu_us=used / count * 1e6)


class _Ports:
    def __init__(self, server: Server, chosen: dict[str, str]) -> None:
        self.http_port = server.http_port
        self.of = {name: int(port) for name, port in chosen.items()}


def _totals(client: Client) -> Iterator[int]:
    while True:
        yield client.total()
        time.sleep(0.1)


def _native(server: _Ports, batches: int) -> None:
    body = bytes(Live(next(native(BATCH))))
    client = Client(server.http_port)
    for _ in range(batches):
        status, _ = client.request("POST", "/api/logs", body)
        if status != 201:
            raise Failed(f"a batch was answered with {status}")
    client.close()


def _stream(server: _Ports, *, name: str, stream: bytes, batches: int) -> None:
    with socket.create_connection(("127.0.0.1", server.of[name])) as connection:
        for _ in range(batches):
            connection.sendall(stream)


def _syslog(event: dict[str, Any]) -> bytes:
    now = datetime.now().astimezone().isoformat()
    return f"<134>1 {now} web-1 shop 77 - - {event['message']}\n".encode()


def _gelf(event: dict[str, Any]) -> bytes:
    message = {"version": "1.1", "host": "web-1", "short_message": event["message"], "level": 6, "_app": "shop"}
    return msgspec.json.encode(message) + b"\0"
