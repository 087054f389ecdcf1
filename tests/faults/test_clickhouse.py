"""ClickHouse goes away, in every way it can, and comes back: nothing acknowledged is lost or there twice."""

import json
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.sync.client import connect

from tests.clickhouse import PASSWORD, OwnClickHouse
from tests.faults.outage import assert_each_once, health, is_degraded, is_well, sending
from tests.harness import WAIT, Server, eventually, running

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def own_clickhouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnClickHouse]:
    """A ClickHouse that may be killed."""
    own = OwnClickHouse(tmp_path_factory.mktemp("clickhouse"))
    try:
        yield own.start()
    finally:
        own.end(signal.SIGKILL)


@pytest.fixture
def database(own_clickhouse: OwnClickHouse) -> Iterator[OwnClickHouse]:
    """It runs, whatever a test before did to it."""
    if own_clickhouse.process is None:
        own_clickhouse.start()
    yield own_clickhouse
    if own_clickhouse.process is None:
        own_clickhouse.start()


@pytest.fixture
def server(database: OwnClickHouse, tmp_path: Path) -> Iterator[Server]:
    """A server on a database of its own, with the client `shop`."""
    with database.database() as settings, running(tmp_path / "server", **settings) as started:
        started.as_client("shop")
        yield started


def stored_in(database: OwnClickHouse, server: Server) -> list[str]:
    """All messages that are stored, in the order of acceptance, once all are there that were acknowledged."""
    eventually(lambda: server.get("/api/logs?limit=1").status_code == 200, "all to be in the database")
    name = server.settings["CLICKHOUSE_URL"].rsplit("/", 1)[1]
    return [row[0] for row in database.ask("SELECT message FROM log_entries ORDER BY id", name)]


def test_a_database_killed_ten_times_under_load_has_each_entry_once_and_none_was_refused(
    database: OwnClickHouse, server: Server
) -> None:
    chance = random.Random(4)
    with sending(server, size=50) as sender:
        for _ in range(10):
            eventually(lambda: server.get("/api/logs?limit=1").status_code == 200, "a search")  # makes it send at once
            time.sleep(chance.uniform(0.0, 0.3))
            database.end(signal.SIGKILL)
            time.sleep(chance.uniform(0.0, 0.3))
            database.start()
    stored = stored_in(database, server)
    assert (sender.refused, sender.unknown) == ([], [])
    assert len(sender.acknowledged) > 5000
    assert_each_once(Counter(stored), sender)
    assert stored == sender.acknowledged
    assert server.search(limit=1)["total"] == len(sender.acknowledged)
    assert "Traceback" not in server.log
    assert PASSWORD not in server.log


def test_a_server_killed_under_load_has_each_entry_once(database: OwnClickHouse, server: Server) -> None:
    chance = random.Random(5)
    with sending(server, size=200) as sender:
        for round_ in range(6):
            if round_ % 3 == 2:
                database.end(signal.SIGKILL)
            enough = len(sender.acknowledged) + 1000
            eventually(lambda: len(sender.acknowledged) > enough, "entries to be taken")  # noqa: B023
            time.sleep(chance.uniform(0.0, 0.3))
            server.kill()
            if round_ % 3 == 2:
                database.start()
            server.start()
    stored = stored_in(database, server)
    assert_each_once(Counter(stored), sender)
    assert sender.refused == []


def test_while_it_is_away_health_says_so_viewers_go_on_and_searches_are_refused_with_a_reason(
    database: OwnClickHouse, server: Server
) -> None:
    server.post({"app_key": "shop", "app_id": "x", "message": "before"})
    assert server.search(limit=1)["total"] == 1
    with connect(f"{server.ws_url}/") as viewer:
        assert json.loads(viewer.recv(WAIT))["type"] == "connected"
        database.end(signal.SIGKILL)
        for number in range(3):
            assert server.post({"app_key": "shop", "app_id": "x", "message": f"away {number}"}).status_code == 201
            assert json.loads(viewer.recv(WAIT))["data"]["message"] == f"away {number}"
        eventually(lambda: is_degraded(server), "the outage to be noticed")
        told = health(server)
        assert (told["reason"], told["spooled"]) == ("the database can't be reached", 3)
        for path in ("/api/logs", "/api/stats", "/api/fields/level", "/api/logs/export", "/api/logs/some-id"):
            answer = server.get(path)
            assert answer.status_code == 503, path
            assert answer.json() == {"error": "Service unavailable", "reason": "the database can't be reached"}
            assert int(answer.headers["Retry-After"]) > 0
        database.start()
        eventually(lambda: is_well(server), "the database to be found again")
    assert stored_in(database, server) == ["before", *(f"away {number}" for number in range(3))]
    assert "reason" not in health(server)


def test_a_database_that_hangs_gets_its_entries_later_and_a_search_says_what_it_waited_for(
    database: OwnClickHouse, tmp_path: Path
) -> None:
    with database.database() as settings, running(tmp_path / "server", **settings, SEARCH_TIMEOUT="1") as server:
        server.as_client("shop")
        with database.frozen():
            for number in range(5):
                assert server.post({"app_key": "shop", "app_id": "x", "message": str(number)}).status_code == 201
            began = time.monotonic()
            answer = server.get("/api/logs")
            assert answer.status_code == 503
            assert answer.json()["reason"].endswith("bytes wait to be written to the database")
            assert time.monotonic() - began < 5
        assert stored_in(database, server) == ["0", "1", "2", "3", "4"]


def test_a_full_spool_refuses_with_the_time_to_come_again_and_loses_nothing(
    database: OwnClickHouse, tmp_path: Path
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
        assert len(stored_in(database, server)) == 100 * codes.count(201)
        assert server.post({"app_key": "shop", "app_id": "x"}).status_code == 201


def test_a_key_used_again_after_an_outage_and_a_restart_stores_once(database: OwnClickHouse, server: Server) -> None:
    body = {"app_key": "shop", "app_id": "x", "logs": [{"message": "a"}, {"message": "b"}]}
    first = server.post(body, headers={"Idempotency-Key": "before"})
    assert server.search(limit=1)["total"] == 2
    database.end(signal.SIGKILL)
    during = server.post(body, headers={"Idempotency-Key": "during"})
    server.kill()
    server.start()
    for key, answer in (("before", first), ("during", during)):
        again = server.post(body, headers={"Idempotency-Key": key})
        assert (again.content, again.headers["Idempotency-Replayed"]) == (answer.content, "true")
    database.start()
    assert stored_in(database, server) == ["a", "b", "a", "b"]
    server.stop()
    server.start()
    assert server.post(body, headers={"Idempotency-Key": "before"}).headers["Idempotency-Replayed"] == "true"


def test_a_server_that_starts_while_the_database_is_away_lets_its_clients_in(
    database: OwnClickHouse, server: Server
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
    assert stored_in(database, server) == ["before", "away"]


def test_an_entry_the_database_does_not_take_is_set_aside_and_the_rest_goes_on(
    database: OwnClickHouse, server: Server
) -> None:
    name = server.settings["CLICKHOUSE_URL"].rsplit("/", 1)[1]
    database.ask("ALTER TABLE log_entries ADD CONSTRAINT no_poison CHECK message != 'poison'", name)
    logs = [{"message": message} for message in ("good", "better", "poison", "best")]
    assert server.post({"app_key": "shop", "app_id": "x", "logs": logs}).status_code == 201
    assert stored_in(database, server) == ["good", "better", "best"]
    (line,) = (server.folder / "spool/rejected.jsonl").read_text().splitlines()
    assert json.loads(line)["message"] == "poison"
    assert "rejected.jsonl" in server.log


def test_settings_with_which_waiting_does_not_help_stop_the_start_with_a_reason(
    database: OwnClickHouse, tmp_path: Path
) -> None:
    right = database.url
    wrong = {
        f"{right}/nowhere": "there is no such database; check CLICKHOUSE_URL",
        right.replace("p%40ss", "guessed") + "/default": "the user or the password is wrong; check CLICKHOUSE_URL",
    }
    for number, (url, reason) in enumerate(wrong.items()):
        server = Server(tmp_path / str(number), STORAGE_TYPE="clickhouse", CLICKHOUSE_URL=url)
        with pytest.raises(AssertionError, match="ended with 1"):
            server.start()
        assert reason in server.log
        assert "guessed" not in server.log
        assert PASSWORD not in server.log
