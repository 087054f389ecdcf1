"""Two servers on one database with nothing between them: they notice each other, and what they can't know they say."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect

from tests.database import MariaDb
from tests.harness import Server, eventually, running


@pytest.fixture
def two(mariadb: MariaDb, tmp_path: Path) -> Iterator[tuple[Server, Server]]:
    with (
        mariadb.database() as settings,
        running(tmp_path / "first", **settings) as first,
        running(tmp_path / "second", **settings) as second,
    ):
        second.registered = first.registered
        yield first, second


def warnings(server: Server) -> list[str]:
    return list(server.get("/api/health").json().get("warnings", []))


def first_after(server: Server, entry_id: str) -> Any:
    with connect(f"{server.ws_url}/?after={entry_id}") as viewer:
        assert json.loads(viewer.recv(timeout=10))["type"] == "connected"
        return json.loads(viewer.recv(timeout=10))


def test_servers_that_share_a_database_name_each_other_until_one_goes(two: tuple[Server, Server]) -> None:
    first, second = two
    assert f"another server uses this database: {_node_of(first)}" in second.log
    eventually(lambda: any(_node_of(second) in warning for warning in warnings(first)), "the first to name the second")
    assert f"another server uses this database: {_node_of(second)}" in first.log
    second.stop()
    eventually(lambda: not any(_node_of(second) in warning for warning in warnings(first)), "the warning to end")


def test_resuming_from_the_other_servers_entry_is_answered_with_a_gap(two: tuple[Server, Server]) -> None:
    first, second = two
    eventually(lambda: _node_of(second) in first.log, "the first to notice the second")
    sent = [
        server.post({"app_key": "a", "app_id": "x", "message": str(n)}).json()["entries"][0]
        for n in range(3)
        for server in two
    ]
    from_first, from_second = sent[0], sent[1]
    told = first_after(first, from_second["id"])
    assert told["type"] == "gap"
    assert told["dropped"] == 4
    assert first_after(first, from_first["id"])["type"] == "log"
    assert first_after(second, from_second["id"])["data"] == sent[2]


def test_a_server_alone_places_every_id(mariadb: MariaDb, tmp_path: Path) -> None:
    with mariadb.database() as settings, running(tmp_path / "server", **settings) as server:
        sent = [server.post({"app_key": "a", "app_id": "x"}).json()["entries"][0] for _ in range(2)]
        assert first_after(server, "0" * 26)["data"] == sent[0]
        assert [warning for warning in warnings(server) if "another server" in warning] == []


def _node_of(server: Server) -> str:
    return f"{socket.gethostname()}:{server.http_port}"
