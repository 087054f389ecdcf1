"""The connection to a real nats-server that asks who comes, over TLS: it is made, or the start says why not."""

import asyncio
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from logstream.store import StoreUnavailable
from logstream.stores.stream import connection
from logstream.stores.stream.connection import Connection
from tests.harness import eventually, free_ports
from tests.nats_cluster import nats_program
from tests.sockets.senders import certificate


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """The port of a server that wants TLS, a user and a password, and its certificate."""
    folder = tmp_path_factory.mktemp("guarded")
    cert, key = certificate(folder)
    (port,) = free_ports(1)
    (folder / "nats.conf").write_text(
        f'listen: 127.0.0.1:{port}\nauthorization {{ user: me, password: "hunter2" }}\n'
        f'tls {{ cert_file: "{cert}", key_file: "{key}" }}\n'
    )
    with open(folder / "nats.log", "wb") as log:
        process = subprocess.Popen([nats_program(), "-c", str(folder / "nats.conf")], stdout=log, stderr=log)
    try:
        eventually(lambda: "Server is ready" in (folder / "nats.log").read_text(), "nats-server to be ready")
        yield port, cert
    finally:
        process.terminate()
        process.wait()


def start(address: str, cert: Path | None) -> None:
    tls = None if cert is None else ssl.create_default_context(cafile=cert)

    async def connect() -> None:
        made = Connection([address], tls=tls)
        assert "hunter2" not in str(made)
        await made.start()
        assert made.away is None
        await made.stop()

    asyncio.run(connect())


def test_a_trusted_server_lets_in_who_has_the_password(guarded: tuple[int, Path]) -> None:
    port, cert = guarded
    start(f"nats://me:hunter2@localhost:{port}", cert)


@pytest.mark.parametrize("who", ["me:wrong@", ""])
def test_a_wrong_password_is_told_at_once_and_without_it(guarded: tuple[int, Path], who: str) -> None:
    port, cert = guarded
    with pytest.raises(StoreUnavailable, match="refuses: 'Authorization Violation'; check NATS_URL") as raised:
        start(f"nats://{who}localhost:{port}", cert)
    assert "wrong" not in str(raised.value)


def test_a_server_that_nobody_vouches_for_is_not_trusted_and_the_start_ends(
    guarded: tuple[int, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "START_SECONDS", 2.0)
    port, _ = guarded
    with pytest.raises(StoreUnavailable, match=r"can't be reached.*check NATS_URL"):
        start(f"tls://me:hunter2@localhost:{port}", None)
