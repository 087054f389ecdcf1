"""The connection to a real nats-server that asks who comes, over TLS: it is made, or the start says why not."""

import asyncio
import base64
import json
import os
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nkeys
import pytest

from logstream.store import StoreUnavailable
from logstream.stores.stream import connection
from logstream.stores.stream.connection import Connection
from tests.harness import eventually, free_ports
from tests.nats_cluster import nats_program
from tests.sockets.senders import certificate


@contextmanager
def nats_server(folder: Path, *settings: str) -> Iterator[int]:
    """The port of a server with these settings."""
    (port,) = free_ports(1)
    (folder / "nats.conf").write_text("\n".join((f"listen: 127.0.0.1:{port}", *settings)))
    with open(folder / "nats.log", "wb") as log:
        process = subprocess.Popen([nats_program(), "-c", str(folder / "nats.conf")], stdout=log, stderr=log)
    try:
        eventually(lambda: "Server is ready" in (folder / "nats.log").read_text(), "nats-server to be ready")
        yield port
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """The port of a server that wants TLS, a user and a password, and its certificate."""
    folder = tmp_path_factory.mktemp("guarded")
    cert, key = certificate(folder)
    who = 'authorization { user: me, password: "hunter2" }'
    with nats_server(folder, who, f'tls {{ cert_file: "{cert}", key_file: "{key}" }}') as port:
        yield port, cert


def start(address: str, tls: ssl.SSLContext | None = None, credentials: Path | None = None) -> None:
    async def connect() -> None:
        made = Connection([address], tls=tls, credentials=credentials)
        assert "hunter2" not in str(made)
        await made.start()
        assert made.away is None
        await made.stop()

    asyncio.run(connect())


def trusting(cert: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=cert)


def test_a_trusted_server_lets_in_who_has_the_password(guarded: tuple[int, Path]) -> None:
    port, cert = guarded
    start(f"nats://me:hunter2@localhost:{port}", trusting(cert))


@pytest.mark.parametrize("who", ["me:wrong@", ""])
def test_a_wrong_password_is_told_at_once_and_without_it(guarded: tuple[int, Path], who: str) -> None:
    port, cert = guarded
    with pytest.raises(StoreUnavailable, match="refuses: 'Authorization Violation'; check NATS_URL") as raised:
        start(f"nats://{who}localhost:{port}", trusting(cert))
    assert "wrong" not in str(raised.value)


def test_a_server_that_nobody_vouches_for_is_not_trusted_and_the_start_ends(
    guarded: tuple[int, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "START_SECONDS", 2.0)
    port, _ = guarded
    with pytest.raises(StoreUnavailable, match=r"can't be reached.*check NATS_URL"):
        start(f"tls://me:hunter2@localhost:{port}")


def test_a_server_that_asks_for_a_certificate_lets_in_who_has_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cert, key = certificate(tmp_path)
    own = f'tls {{ cert_file: "{cert}", key_file: "{key}", ca_file: "{cert}", verify: true }}'
    with nats_server(tmp_path, own) as port:
        known = trusting(cert)
        known.load_cert_chain(cert, key)
        start(f"nats://localhost:{port}", known)
        monkeypatch.setattr(connection, "START_SECONDS", 2.0)
        with pytest.raises(StoreUnavailable, match="check NATS_URL"):
            start(f"nats://localhost:{port}", trusting(cert))


def test_who_has_the_credentials_of_a_user_is_let_in(tmp_path: Path) -> None:
    operator, account, user, stranger = (
        new_key(kind)
        for kind in (
            nkeys.PREFIX_BYTE_OPERATOR,
            nkeys.PREFIX_BYTE_ACCOUNT,
            nkeys.PREFIX_BYTE_USER,
            nkeys.PREFIX_BYTE_USER,
        )
    )
    limits = {"subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "conn": -1, "wildcards": True}
    trusted = token(operator, operator, "operator")
    preloaded = token(account, operator, "account", limits=limits)
    with nats_server(
        tmp_path,
        f"operator: {trusted}",
        "resolver: MEMORY",
        f"resolver_preload: {{ {public(account)}: {preloaded} }}",
    ) as port:
        known = token(user, account, "user", subs=-1, data=-1, payload=-1)
        start(f"nats://localhost:{port}", credentials=credentials(tmp_path, known, user))
        with pytest.raises(StoreUnavailable, match="refuses: 'Authorization Violation'; check NATS_URL and NATS_CRED"):
            start(f"nats://localhost:{port}", credentials=credentials(tmp_path, known, stranger))


def new_key(kind: int) -> Any:
    return nkeys.from_seed(nkeys.encode_seed(os.urandom(32), kind))


def public(key: Any) -> str:
    return bytes(key.public_key).decode()


def token(subject: Any, issuer: Any, kind: str, **claims: Any) -> str:
    """What NATS calls a JWT of version 2, signed by the issuer's key."""
    stated = {"iat": int(time.time()), "iss": public(issuer), "sub": public(subject), "name": kind, "jti": kind}
    parts = ({"typ": "JWT", "alg": "ed25519-nkey"}, {**stated, "nats": {"type": kind, "version": 2, **claims}})
    text = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts)
    return f"{text}.{base64.urlsafe_b64encode(issuer.sign(text.encode())).rstrip(b'=').decode()}"


def credentials(folder: Path, jwt: str, key: Any) -> Path:
    path = folder / "user.creds"
    path.write_text(
        f"-----BEGIN NATS USER JWT-----\n{jwt}\n------END NATS USER JWT------\n\n"
        f"-----BEGIN USER NKEY SEED-----\n{bytes(key.seed).decode()}\n------END USER NKEY SEED------\n"
    )
    return path
