"""What sends to the sockets of a server under test."""

import hashlib
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from tests.harness import Server, free_ports

pack = msgspec.msgpack.encode
NAMES = ("SYSLOG_PORT", "GELF_PORT", "FORWARD_PORT", "TCP_PORT")


def ports() -> dict[str, str]:
    return dict(zip(NAMES, map(str, free_ports(len(NAMES))), strict=True))


def port_of(server: Server, name: str) -> int:
    return int(server.settings[name])


@contextmanager
def connected(server: Server, name: str) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port_of(server, name)), timeout=30) as connection:
        yield connection


def send(server: Server, name: str, data: bytes) -> None:
    """Over a connection that ends with the data."""
    with connected(server, name) as connection:
        connection.sendall(data)


def send_datagrams(server: Server, name: str, *datagrams: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for datagram in datagrams:
            sender.sendto(datagram, ("127.0.0.1", port_of(server, name)))


def received(connection: socket.socket) -> Any:
    """The next value in msgpack; None when the server has closed."""
    data = b""
    while True:
        try:
            part = connection.recv(4096)
        except ConnectionError:
            return None
        if not part:
            return None
        data += part
        try:
            return msgspec.msgpack.decode(data)
        except msgspec.DecodeError:
            continue


def shake_hands(connection: socket.socket, key: str, user: str = "", password: str = "") -> Any:
    """Answer the greeting; what the server says to that."""
    word, options = received(connection)
    assert word == "HELO"

    def digest(*parts: bytes) -> str:
        return hashlib.sha512(b"".join(parts)).hexdigest()

    proof = digest(options["auth"], user.encode(), password.encode()) if options["auth"] else ""
    told = digest(b"salt", b"web-1", options["nonce"], key.encode())
    connection.sendall(pack(["PING", "web-1", b"salt", told, user, proof]))
    return received(connection)


def metric(server: Server, name: str, **labels: str) -> float:
    """The sum of what /metrics tells of a counter with these labels."""
    told = server.get("/metrics").text
    found = 0.0
    for given, value in re.findall(rf"^{name}(\{{.*\}})? (\S+)$", told, re.MULTILINE):
        if all(f'{label}="{wanted}' in given for label, wanted in labels.items()):
            found += float(value)
    return found


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of `localhost`, by itself, and its key."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    made = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-out", str(cert), "-keyout", str(key)]
    subprocess.run([*made.split(), *names], check=True, capture_output=True)
    return cert, key
