"""The database goes away, in every way it can, and comes back: nothing acknowledged is lost or there twice."""

import contextlib
import json
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect

from tests.database import USER, OwnMariaDb
from tests.faults.outage import assert_each_once, health, is_degraded, is_well, sending
from tests.harness import WAIT, Server, eventually, running

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def own_mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnMariaDb]:
    """A mariadbd that may be killed."""
    own = OwnMariaDb(tmp_path_factory.mktemp("mariadb"))
    try:
        yield own.start()
    finally:
        own.end(signal.SIGKILL)


@pytest.fixture
def database(own_mariadb: OwnMariaDb) -> Iterator[OwnMariaDb]:
    """It runs, whatever a test before did to it."""
    if own_mariadb.process is None:
        own_mariadb.start()
    yield own_mariadb
    if own_mariadb.process is None:
        own_mariadb.start()


@pytest.fixture
def server(database: OwnMariaDb, tmp_path: Path) -> Iterator[Server]:
    """A server on a database of its own, with the client `shop`."""
    with database.database() as settings, running(tmp_path / "server", **settings) as started:
        started.as_client("shop")
        yield started


def messages_in(database: OwnMariaDb, server: Server) -> Counter[str]:
    rows = database.ask("SELECT message FROM log_entries", database=server.settings["DB_NAME"])
    return Counter(row[0] for row in rows)


def order_in(database: OwnMariaDb, server: Server) -> list[str]:
    rows = database.ask("SELECT message FROM log_entries ORDER BY id", database=server.settings["DB_NAME"])
    return [row[0] for row in rows]


def test_a_database_killed_ten_times_under_load_has_each_entry_once_and_none_was_refused(
    database: OwnMariaDb, server: Server
) -> None:
    chance = random.Random(4)
    with sending(server) as sender:
        for _ in range(10):
            eventually(lambda: is_well(server), "the spool to be drained")
            time.sleep(chance.uniform(0.2, 0.6))  # at any moment of a commit
            database.end(signal.SIGKILL)
            time.sleep(chance.uniform(0.0, 0.6))
            database.start()
    eventually(lambda: is_well(server), "the spool to be drained")
    assert sender.refused == []
    assert sender.unknown == []
    assert len(sender.acknowledged) > 5000
    assert_each_once(messages_in(database, server), sender)
    assert order_in(database, server) == sender.acknowledged
    assert server.search(limit=1)["total"] == len(sender.acknowledged)
    assert "Traceback" not in server.log


def test_a_server_killed_while_the_database_is_away_or_the_spool_drains_has_each_entry_once(
    database: OwnMariaDb, server: Server
) -> None:
    chance = random.Random(5)
    with sending(server, size=200) as sender:
        for round_ in range(5):
            database.end(signal.SIGKILL)
            eventually(lambda: is_degraded(server), "the outage to be noticed")
            enough = len(sender.acknowledged) + 2000
            eventually(lambda: len(sender.acknowledged) > enough, "entries in the spool")  # noqa: B023
            if round_ % 2:
                server.kill()
                server.start()
                eventually(lambda: is_degraded(server), "the outage to be noticed again")
            database.start()
            time.sleep(chance.uniform(0.3, 1.0))  # into the draining
            server.kill()
            server.start()
    eventually(lambda: is_well(server), "the spool to be drained")
    assert_each_once(messages_in(database, server), sender)
    assert sender.refused == []
    assert len(sender.acknowledged) > 10_000
    assert list((server.folder / "spool").glob("*/*/*.jsonl")) == []


def test_while_it_is_away_health_says_so_viewers_go_on_and_searches_are_refused_with_a_reason(
    database: OwnMariaDb, server: Server
) -> None:
    server.post({"app_key": "shop", "app_id": "x", "message": "before"})
    with connect(f"{server.ws_url}/") as viewer:
        assert json.loads(viewer.recv(WAIT))["type"] == "connected"
        database.end(signal.SIGKILL)
        for number in range(3):
            assert server.post({"app_key": "shop", "app_id": "x", "message": f"away {number}"}).status_code == 201
            assert json.loads(viewer.recv(WAIT))["data"]["message"] == f"away {number}"
        told = health(server)
        assert (told["status"], told["reason"], told["spooled"]) == ("degraded", "the database can't be reached", 3)
        for path in ("/api/logs", "/api/stats", "/api/fields/level", "/api/logs/export", "/api/logs/some-id"):
            answer = server.get(path)
            assert answer.status_code == 503, path
            assert answer.json() == {"error": "Service unavailable", "reason": "the database can't be reached"}
            assert int(answer.headers["Retry-After"]) > 0
        database.start()
        eventually(lambda: is_well(server), "the database to be found again")
        assert [entry["message"] for entry in server.search(order="asc")["entries"]] == [
            "before", *(f"away {number}" for number in range(3)),
        ]  # fmt: skip
    assert "reason" not in health(server)
    assert str(database.port) not in told["reason"]


def test_a_database_that_hangs_is_left_alone_and_gets_its_entries_later(database: OwnMariaDb, server: Server) -> None:
    with sending(server, pause=0.1) as sender:
        with database.frozen():
            eventually(lambda: is_degraded(server), "the outage to be noticed")
            enough = len(sender.acknowledged) + 100
            eventually(lambda: len(sender.acknowledged) > enough, "entries to be taken")
            assert health(server)["reason"] == "the database does not answer in time"
        eventually(lambda: is_well(server), "the spool to be drained")
    assert sender.refused == []
    eventually(lambda: is_well(server), "the spool to be drained")
    assert_each_once(messages_in(database, server), sender)


def test_a_read_only_database_gets_its_entries_later(database: OwnMariaDb, server: Server) -> None:
    database.ask("SET GLOBAL read_only = 1")
    try:
        assert server.post({"app_key": "shop", "app_id": "x", "message": "kept"}).status_code == 201
        assert (health(server)["status"], health(server)["reason"]) == ("degraded", "the database is read-only")
    finally:
        database.ask("SET GLOBAL read_only = 0")
    eventually(lambda: is_well(server), "the spool to be drained")
    assert messages_in(database, server) == {"kept": 1}


def test_a_database_without_free_connections_gets_its_entries_later(database: OwnMariaDb, server: Server) -> None:
    name = server.settings["DB_NAME"]
    limit = f"ALTER USER '{USER}'@'%' WITH MAX_USER_CONNECTIONS "
    database.ask(f"{limit} 1")
    try:
        with occupied(database, server):
            assert server.post({"app_key": "shop", "app_id": "x", "message": "kept"}).status_code == 201
            eventually(lambda: is_degraded(server), "the outage to be noticed")
            assert health(server)["reason"] == "the database has no connection free"
    finally:
        database.ask(f"{limit} 0")
    eventually(lambda: is_well(server), "the spool to be drained")
    assert database.ask("SELECT message FROM log_entries", database=name) == [("kept",)]


@contextlib.contextmanager
def occupied(database: OwnMariaDb, server: Server) -> Iterator[None]:
    """The server's connections are ended, and the only one that its user may have is taken."""
    import asyncio

    import asyncmy

    async def take() -> Any:
        while True:  # faster than the server itself
            for (number,) in await asyncio.to_thread(database_threads, database):
                with contextlib.suppress(Exception):
                    await asyncio.to_thread(database.ask, f"KILL {number}")
            with contextlib.suppress(Exception):
                return await asyncmy.connect(
                    host=database.host,
                    port=database.port,
                    user=USER,
                    password=server.settings["DB_PASS"],
                    db=server.settings["DB_NAME"],
                )

    with asyncio.Runner() as runner:
        taken = runner.run(take())
        try:
            yield
        finally:
            taken.close()


def database_threads(database: OwnMariaDb) -> list[tuple[Any, ...]]:
    return database.ask("SELECT id FROM information_schema.processlist WHERE user = %s", USER)


def test_an_entry_waiting_for_a_lock_goes_to_the_spool_and_is_stored_once(database: OwnMariaDb, server: Server) -> None:
    import asyncio

    import asyncmy

    async def locked() -> None:
        holder = await asyncmy.connect(
            host=database.host, port=database.port, user="root", db=server.settings["DB_NAME"]
        )
        cursor = holder.cursor()
        await cursor.execute("LOCK TABLES log_entries WRITE")
        answer = await asyncio.to_thread(server.post, {"app_key": "shop", "app_id": "x", "message": "locked"})
        assert answer.status_code == 201
        assert await asyncio.to_thread(is_degraded, server)
        holder.close()

    asyncio.run(locked())
    eventually(lambda: is_well(server), "the spool to be drained")
    assert messages_in(database, server) == {"locked": 1}


def test_a_full_spool_refuses_with_the_time_to_come_again_and_loses_nothing(
    database: OwnMariaDb, tmp_path: Path
) -> None:
    with (
        database.database() as settings,
        running(tmp_path / "server", **settings, SPOOL_MAX_BYTES="1000000") as server,
    ):
        headers = server.as_client("shop")
        database.end(signal.SIGKILL)
        answers = []
        for number in range(30):
            logs = [{"message": f"{number}.{n} " + "x" * 900} for n in range(100)]
            answers.append(server.post({"app_key": "shop", "app_id": "x", "logs": logs}, headers=headers))
        codes = [answer.status_code for answer in answers]
        assert codes == [201] * codes.count(201) + [503] * codes.count(503)
        assert 5 < codes.count(201) < 12
        assert "the spool is full (SPOOL_MAX_BYTES is 1000000)" in answers[-1].json()["reason"]
        assert int(answers[-1].headers["Retry-After"]) > 0
        database.start()
        eventually(lambda: is_well(server), "the spool to be drained")
        assert sum(messages_in(database, server).values()) == 100 * codes.count(201)
        assert server.post({"app_key": "shop", "app_id": "x"}).status_code == 201


def test_a_key_used_again_after_an_outage_stores_once(database: OwnMariaDb, server: Server) -> None:
    body = {"app_key": "shop", "app_id": "x", "logs": [{"message": "a"}, {"message": "b"}]}
    first = server.post(body, headers={"Idempotency-Key": "before"})
    database.end(signal.SIGKILL)
    during = server.post(body, headers={"Idempotency-Key": "during"})
    assert during.status_code == 201
    assert server.post(body, headers={"Idempotency-Key": "during"}).content == during.content
    assert server.post(body, headers={"Idempotency-Key": "before"}).status_code == 201  # nobody can know here
    server.kill()
    server.start()
    assert server.post(body, headers={"Idempotency-Key": "during"}).content == during.content
    database.start()
    eventually(lambda: is_well(server), "the spool to be drained")
    assert messages_in(database, server) == {"a": 2, "b": 2}
    for key, answer in (("before", first), ("during", during)):
        again = server.post(body, headers={"Idempotency-Key": key})
        assert (again.content, again.headers["Idempotency-Replayed"]) == (answer.content, "true")


def test_a_server_that_starts_while_the_database_is_away_lets_its_clients_in(
    database: OwnMariaDb, server: Server
) -> None:
    assert server.post({"app_key": "shop", "app_id": "x", "message": "before"}).status_code == 201
    server.stop()
    database.end(signal.SIGKILL)
    server.start()
    assert is_degraded(server)
    assert server.post({"app_key": "shop", "app_id": "x", "message": "away"}).status_code == 201
    bad = server.request("POST", "/api/logs", json={}, headers={"X-Api-Key": "shop", "X-Api-Token": "wrong"})
    assert bad.json() == {"error": "Unauthorized", "reason": "Invalid token for client: shop"}
    database.start()
    eventually(lambda: is_well(server), "the spool to be drained")
    assert order_in(database, server) == ["before", "away"]


def test_an_entry_the_database_does_not_take_is_set_aside_and_the_rest_goes_on(
    database: OwnMariaDb, server: Server
) -> None:
    database.ask(
        "ALTER TABLE log_entries ADD CONSTRAINT no_poison CHECK (message <> 'poison')",
        database=server.settings["DB_NAME"],
    )
    logs = [{"message": message} for message in ("good", "poison", "better")]
    assert server.post({"app_key": "shop", "app_id": "x", "logs": logs}).status_code == 201
    eventually(lambda: messages_in(database, server) == {"good": 1, "better": 1}, "the rest to be stored")
    eventually(lambda: is_well(server), "the spool to be drained")
    (line,) = (server.folder / "spool/rejected.jsonl").read_text().splitlines()
    assert json.loads(line)["message"] == "poison"
    assert "rejected.jsonl" in server.log


def test_an_entry_larger_than_the_database_takes_is_set_aside_and_the_rest_goes_on(
    database: OwnMariaDb, server: Server
) -> None:
    database.ask("SET GLOBAL max_allowed_packet = 1048576")
    try:
        server.stop()
        server.start()  # connections keep the limit they began with
        logs = [{"message": "before"}, {"message": "x" * 2_000_000}, {"message": "after"}]
        assert server.post({"app_key": "shop", "app_id": "x", "logs": logs}).status_code == 201
        eventually(lambda: messages_in(database, server) == {"before": 1, "after": 1}, "the rest to be stored")
        eventually(lambda: is_well(server), "the spool to be drained")
    finally:
        database.ask("SET GLOBAL max_allowed_packet = 16777216")
    (line,) = (server.folder / "spool/rejected.jsonl").read_text().splitlines()
    assert len(json.loads(line)["message"]) == 2_000_000
