"""Two nodes on one stream and one database are one server: for senders, viewers, and who searches or administers."""

import base64
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from tests.clickhouse import ClickHouse, clickhouse_of
from tests.clock import ShiftedClock
from tests.cluster.conftest import Database
from tests.cluster.nodes import Nodes
from tests.cluster.wire import Wire
from tests.database import MariaDb, through
from tests.harness import Server, eventually, running
from tests.nats_cluster import NatsCluster, nats_for_tests

pytestmark = pytest.mark.heavy

NewCluster = Callable[[], Nodes]


@contextmanager
def viewer(node: Server, query: str = "") -> Iterator[ClientConnection]:
    """A viewer that has been welcomed."""
    with connect(f"{node.ws_url}/?{query}") as socket:
        assert json.loads(socket.recv(timeout=10))["type"] == "connected"
        yield socket


def taken(socket: ClientConnection, count: int) -> list[Any]:
    return [json.loads(socket.recv(timeout=10)) for _ in range(count)]


def entries_of(messages: list[Any]) -> list[Any]:
    assert {message["type"] for message in messages} <= {"log"}, messages
    return [message["data"] for message in messages]


def post(node: Server, app: str, *messages: str, **options: Any) -> list[dict[str, Any]]:
    logs = [{"message": message} for message in messages]
    answer = node.post({"app_key": app, "app_id": "test", "logs": logs}, **options)
    assert answer.status_code == 201, answer.text
    return list(answer.json()["entries"])


@pytest.mark.clickhouse_too
def test_viewers_of_both_nodes_get_what_either_accepts_in_the_same_order_and_byte_for_byte(cluster: Nodes) -> None:
    a, b = cluster["a"], cluster["b"]
    cluster.register("order")
    with viewer(a, "app_key=order") as at_a, viewer(b, "app_key=order") as at_b:
        with ThreadPoolExecutor(4) as senders:
            sent = [
                senders.submit(post, (a, b)[n % 2], "order", *(f"{n}.{i}" for i in range(n % 5 + 1))) for n in range(60)
            ]
            accepted = [entry for each in sent for entry in each.result()]
        seen_at_a, seen_at_b = (entries_of(taken(socket, len(accepted))) for socket in (at_a, at_b))
    assert seen_at_a == seen_at_b
    assert sorted(seen_at_a, key=lambda entry: str(entry["id"])) == sorted(accepted, key=lambda entry: str(entry["id"]))


@pytest.mark.clickhouse_too
def test_what_the_database_refuses_is_kept_in_a_stream_of_its_own_and_the_rest_is_found(
    new_cluster: NewCluster, database: Database, nats_cluster: NatsCluster
) -> None:
    nodes = new_cluster()
    nodes.start("a")
    nodes.register("odd")
    if isinstance(database, MariaDb):
        database.ask("ALTER TABLE log_entries MODIFY category VARCHAR(20)", database=nodes.settings["DB_NAME"])
    else:
        short = "ALTER TABLE log_entries ADD CONSTRAINT category CHECK length(category) <= 20"
        database.ask(short, clickhouse_of(nodes.settings).name)
    long = {"message": "too much", "category": "c" * 30}
    sent = nodes["a"].post({"app_key": "odd", "app_id": "x", "logs": [{"message": "one"}, long, {"message": "two"}]})
    accepted = sent.json()["entries"]
    assert sent.status_code == 201
    assert [entry["message"] for entry in nodes["a"].search(order="asc")["entries"]] == ["one", "two"]
    name = f"{nodes.settings['NATS_STREAM']}_REJECTED"
    assert nats_cluster.api(f"STREAM.INFO.{name}")["state"]["messages"] == 1
    kept = nats_cluster.api(f"STREAM.MSG.GET.{name}", {"last_by_subj": f"{name}.entries"})["message"]
    assert json.loads(base64.b64decode(kept["data"])) == accepted[1]
    assert "category" in base64.b64decode(kept["hdrs"]).decode()
    assert f"{accepted[1]['id']}; it is kept in the stream {name}" in nodes["a"].log


@pytest.mark.clickhouse_too
def test_a_search_on_any_node_sees_what_any_other_has_just_acknowledged(cluster: Nodes) -> None:
    a, b = cluster["a"], cluster["b"]
    cluster.register("fresh")
    for number in range(1, 60):
        writer, reader = (a, b) if number % 2 else (b, a)
        post(writer, "fresh", str(number))
        assert reader.search(app_key="fresh")["total"] == number


def test_a_leader_that_may_have_been_deposed_is_not_believed(
    mariadb: MariaDb, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The node is connected to the leader, and both hear nothing of the other two."""
    with (
        nats_for_tests(tmp_path_factory.mktemp("nats")) as nats,
        mariadb.database() as settings,
        Nodes(tmp_path_factory.mktemp("nodes"), {**settings, **nats.settings()}) as nodes,
    ):
        leader, *others = nats.servers
        stream = nodes.settings["NATS_STREAM"]
        node = nodes.make("a", NATS_URL=f"nats://127.0.0.1:{leader.port}", NATS_REPLICAS="3")
        node.start()
        nodes.register("led")
        post(node, "led", "one")
        nats.api(f"STREAM.LEADER.STEPDOWN.{stream}", {"placement": {"preferred": leader.name}})
        eventually(lambda: nats.leader_of(stream) is leader, "it to lead")
        eventually(lambda: node.get("/api/logs").status_code == 200, "a search to be answered")
        stopped = [server.process for server in others if server.process is not None]
        try:
            for process in stopped:
                process.send_signal(signal.SIGSTOP)
            eventually(lambda: "hears from too few" in node.get("/api/logs").text, "a search to be refused")
        finally:
            for process in stopped:
                process.send_signal(signal.SIGCONT)
        eventually(lambda: node.get("/api/logs").status_code == 200, "a search to be answered")


@pytest.mark.clickhouse_too
def test_what_a_newer_server_has_written_is_left_to_one(new_cluster: NewCluster, nats_cluster: NatsCluster) -> None:
    nodes = new_cluster()
    node, stream = nodes.make("a", SEARCH_TIMEOUT="3"), nodes.settings["NATS_STREAM"]
    node.start()
    nodes.register("newer")
    post(node, "newer", "one")
    assert [entry["message"] for entry in node.search()["entries"]] == ["one"]
    newer = nats_cluster.ask(f"{stream}.entries", b"LSM\x02" + bytes(12))["seq"]
    post(node, "newer", "two")
    eventually(lambda: "version 2" in node.get("/api/health").json().get("reason", ""), "it is told in its health")
    assert node.get("/api/logs").status_code == 503
    assert nats_cluster.api(f"STREAM.MSG.GET.{stream}", {"seq": newer})["message"]["seq"] == newer
    node.stop()
    nats_cluster.api(f"STREAM.MSG.DELETE.{stream}", {"seq": newer})
    node.start()
    assert [entry["message"] for entry in node.search(order="asc")["entries"]] == ["one", "two"]


def test_a_viewer_resumes_on_the_other_node_from_any_entry_with_none_twice_and_none_lost(cluster: Nodes) -> None:
    a, b = cluster["a"], cluster["b"]
    cluster.register("resume")
    sent = []
    for n in range(20):
        sent += post((a, b)[n % 2], "resume", f"{n}.0", f"{n}.1")
    for node in (a, b):
        for at in (0, 1, 17, 38, 39):
            with viewer(node, f"app_key=resume&after={sent[at]['id']}") as socket:
                post(b, "resume", "live")
                missed = entries_of(taken(socket, len(sent) - at))
            assert missed[:-1] == sent[at + 1 :]
            assert missed[-1]["message"] == "live"
            sent.append(missed[-1])


def test_a_request_too_large_for_one_message_is_stored_whole_and_shown_whole(cluster: Nodes) -> None:
    a, b = cluster["a"], cluster["b"]
    noise = [(f"{n} " + bytes(range(32, 127)).decode() * 3)[: 200 + n % 50] for n in range(200)]
    large = [os.urandom(60_000).hex() for _ in range(14)]
    with viewer(b, "app_key=large") as socket:
        sent = post(a, "large", *noise, *large)
        seen: list[Any] = []
        while len(seen) < len(sent):
            seen += entries_of(taken(socket, 1))
    assert seen == sent
    assert b.search(app_key="large", total="true")["total"] == len(sent)
    assert b.get(f"/api/logs/{sent[-1]['id']}").json() == sent[-1]


@pytest.mark.clickhouse_too
def test_equal_keys_on_both_nodes_at_once_store_once_and_answer_the_same(cluster: Nodes) -> None:
    a, b = cluster["a"], cluster["b"]
    cluster.register("keyed")
    with ThreadPoolExecutor(6) as senders:
        for number in range(30):
            headers = {"Idempotency-Key": f"key {number}"}
            answers = [
                senders.submit(
                    node.post, {"app_key": "keyed", "app_id": "test", "logs": [{"message": f"{number}"}] * 3},
                    headers=headers,
                )
                for node in (a, b, a, b, a, b)
            ]  # fmt: skip
            bodies = {answer.result().content for answer in answers}
            assert {answer.result().status_code for answer in answers} == {201}
            assert len(bodies) == 1
            for entry in json.loads(bodies.pop())["entries"]:
                assert b.get(f"/api/logs/{entry['id']}").json() == entry
    assert a.search(app_key="keyed")["total"] == 90
    later = b.post({"app_key": "keyed", "app_id": "test", "message": "other"}, headers={"Idempotency-Key": "key 7"})
    assert later.headers["idempotency-replayed"] == "true"
    assert [entry["message"] for entry in later.json()["entries"]] == ["7"] * 3


@pytest.mark.clickhouse_too
def test_what_two_people_add_on_both_nodes_at_once_is_all_there(cluster: Nodes) -> None:
    a, b = cluster["a"], cluster["b"]

    def add(number: int) -> None:
        node = (a, b)[number % 2]
        for path, body in (
            ("/api/retention/policies", {"name": f"p{number}", "older_than_days": 9000}),
            ("/api/views", {"name": f"v{number}", "query": {"level": "error"}}),
            ("/api/clients", {"name": f"C {number}", "app_key": f"c{number}"}),
        ):
            assert node.request("POST", path, json=body).status_code == 201

    with ThreadPoolExecutor(8) as people:
        list(people.map(add, range(40)))
    for node in (a, b):
        policies = node.get("/api/retention/policies").json()["policies"]
        assert {policy["name"] for policy in policies} == {f"p{n}" for n in range(40)}
        assert {f"v{n}" for n in range(40)} <= {view["name"] for view in node.get("/api/views").json()["views"]}
        assert {f"c{n}" for n in range(40)} <= {c["app_key"] for c in node.get("/api/clients").json()["clients"]}

    def edit(number: int) -> int:
        body = {"name": "p0", "older_than_days": 9000 + number}
        return (a, b)[number % 2].request("PUT", "/api/retention/policies/p0", json=body).status_code

    with ThreadPoolExecutor(8) as people:
        codes = list(people.map(edit, range(1, 30)))
    assert set(codes) <= {200, 409}
    assert 200 in codes


@pytest.mark.clickhouse_too
def test_a_client_that_is_locked_out_on_one_node_is_locked_out_on_all_within_a_second(cluster: Nodes) -> None:
    a, b = cluster["a"], cluster["b"]
    cluster.register("locked")
    post(b, "locked", "first")
    assert a.request("PUT", "/api/clients/locked", json={"active": False}).status_code == 200
    changed = time.monotonic()

    def refused() -> bool:
        headers = b.as_client("locked")
        return b.request("POST", "/api/logs", json={"app_id": "x"}, headers=headers).status_code == 401

    eventually(refused, "the client to be refused")
    assert time.monotonic() - changed < 1.5


def test_health_names_the_nodes_the_indexer_and_the_replicas(cluster: Nodes) -> None:
    a, b = cluster["a"], cluster["b"]
    told = a.cluster
    assert {node["node"].rpartition(":")[2] for node in told["nodes"]} == {str(a.http_port), str(b.http_port)}
    assert told["indexer"] == b.cluster["indexer"] is not None
    assert len(told["stream"]["replicas"]) == 3
    assert a.get("/api/info").json()["cluster"]["node"] == told["node"]
    assert "logstream_stream_nodes 2.0" in a.get("/metrics").text


@pytest.mark.clickhouse_too
def test_an_id_that_nobody_can_place_is_answered_with_a_gap(cluster: Nodes) -> None:
    a, b = cluster["a"], cluster["b"]
    sent = post(a, "unplaced", "one", "two", "three")
    unknown = sent[0]["id"][:-3] + "ZZZ"
    with viewer(b, f"app_key=unplaced&after={unknown}") as socket:
        (gap,) = taken(socket, 1)
        assert gap["type"] == "gap"
        assert gap["after"] == unknown
        live = post(a, "unplaced", "four")
        assert entries_of(taken(socket, 1)) == live


@pytest.mark.clickhouse_too
def test_a_viewer_that_asks_for_all_from_before_the_first_entry_gets_all(cluster: Nodes) -> None:
    sent = post(cluster["a"], "first", "one", "two")
    with viewer(cluster["b"], f"app_key=first&after={'0' * 26}") as socket:
        assert entries_of(taken(socket, 2)) == sent


@pytest.mark.clickhouse_too
def test_one_nodes_clock_behind_changes_neither_order_nor_resuming(new_cluster: NewCluster, folder: Path) -> None:
    clock = ShiftedClock(folder / "clock")
    clock.shift(-5)
    nodes = new_cluster()
    nodes.make("late", **clock.settings)
    nodes.start("late", "right")
    late, right = nodes["late"], nodes["right"]
    nodes.register("clock")
    sent = []
    with viewer(right, "app_key=clock") as socket:
        for number in range(20):
            sent += post((late, right)[number % 2], "clock", f"{number}")
        assert entries_of(taken(socket, 20)) == sent
    for node in (late, right):
        for at in (0, 9, 18):
            with viewer(node, f"app_key=clock&after={sent[at]['id']}") as socket:
                assert entries_of(taken(socket, 19 - at)) == sent[at + 1 :]
    assert right.search(app_key="clock")["total"] == 20


@pytest.mark.clickhouse_too
def test_the_store_is_filled_by_another_node_within_seconds_when_the_indexer_is_killed(
    new_cluster: NewCluster,
) -> None:
    nodes = new_cluster()
    nodes.start("a", "b")
    nodes.register("takeover")
    sent = post(nodes["a"], "takeover", *map(str, range(50)))
    indexer = nodes.indexer
    other = next(node for node in nodes.running if node is not indexer)
    indexer.kill()
    began = time.monotonic()
    sent += post(other, "takeover", *map(str, range(50, 100)))
    assert other.search(app_key="takeover")["total"] == 100
    assert time.monotonic() - began < 8
    indexer.start()
    found = indexer.all_entries(app_key="takeover")
    assert sorted(entry["id"] for entry in found) == sorted(entry["id"] for entry in sent)


@pytest.mark.clickhouse_too
def test_what_a_client_has_sent_is_removed_with_it_though_it_was_just_acknowledged(cluster: Nodes) -> None:
    a, b = cluster["a"], cluster["b"]
    cluster.register("removed")
    post(a, "removed", *map(str, range(1000)))
    assert b.request("DELETE", "/api/clients/removed").json()["logs_deleted"] == 1000
    assert a.search(app_key="removed")["total"] == 0


def test_a_full_stream_refuses_what_it_has_no_room_for_until_the_database_is_back(
    new_cluster: NewCluster, database: Database
) -> None:
    with Wire(database.port) as to_database:
        nodes = new_cluster()
        nodes.make("a", **through(nodes.settings, to_database.port), NATS_MAX_BYTES="10MB")
        nodes.start("a")
        node = nodes["a"]
        nodes.register("full")
        sent = post(node, "full", "first")
        to_database.cut()
        eventually(lambda: node.get("/api/health").json()["status"] == "degraded", "the database to be missed")

        def answer() -> Any:
            return node.post({"app_key": "full", "app_id": "x", "message": os.urandom(400_000).hex()})

        last = answer()
        while last.status_code == 201:
            sent += last.json()["entries"]
            last = answer()
        assert last.status_code == 503
        assert "the stream has no room" in last.json()["reason"]
        to_database.mend()
        eventually(lambda: node.get("/api/logs").status_code == 200, "the database to be back")
        assert node.search(app_key="full", limit=1)["total"] == len(sent)
        eventually(lambda: answer().status_code == 201, "room in the stream", 60)


@pytest.mark.clickhouse_too
def test_viewers_resume_from_the_stream_though_the_database_is_away(
    new_cluster: NewCluster, database: Database
) -> None:
    with Wire(database.port) as to_database:
        nodes = new_cluster()
        nodes.make("a", **through(nodes.settings, to_database.port))
        nodes.start("a")
        node = nodes["a"]
        nodes.register("away")
        sent = post(node, "away", *map(str, range(20)))
        to_database.cut()
        eventually(lambda: node.get("/api/health").json()["status"] == "degraded", "the database to be missed")
        sent += post(node, "away", *map(str, range(20, 40)))
        with viewer(node, f"app_key=away&after={sent[7]['id']}") as socket:
            assert entries_of(taken(socket, 32)) == sent[8:]
        answer = node.get("/api/logs", params={"app_key": "away"})
        assert answer.status_code == 503
        assert "database" in answer.json()["reason"]
        to_database.mend()


@pytest.mark.clickhouse_too
def test_two_first_starts_at_once_set_up_one_database_and_one_stream(new_cluster: NewCluster) -> None:
    nodes = new_cluster()
    made = [nodes.make(name) for name in ("a", "b", "c")]
    threads = [threading.Thread(target=node.start) for node in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(nodes.running) == 3
    post(nodes["a"], "begun", "one")
    assert all(node.search(app_key="begun")["total"] == 1 for node in nodes.running)


def test_a_stream_that_is_another_one_is_refused_with_the_difference(
    nats_cluster: NatsCluster, mariadb: MariaDb, folder: Path
) -> None:
    settings = nats_cluster.settings()
    name = settings["NATS_STREAM"]
    config = {"name": name, "subjects": [f"{name}.entries"], "storage": "memory", "num_replicas": 1}
    assert "error" not in nats_cluster.api(f"STREAM.CREATE.{name}", config)
    with mariadb.database() as database:
        server = Server(folder, **database, **settings)
        with pytest.raises(AssertionError, match="ended with 1"):
            server.start()
        server.process = None
    assert f"the stream {name} is not as it must be: subjects is" in server.log
    assert "storage is 'memory' instead of 'file'" in server.log


def test_files_and_a_stream_do_not_go_together(folder: Path) -> None:
    server = Server(folder, NATS_URL="nats://127.0.0.1:1")
    with pytest.raises(AssertionError, match="ended with 2"):
        server.start()
    assert "set STORAGE_TYPE=mariadb or clickhouse, or unset NATS_URL" in server.log
    server.process = None


@pytest.mark.parametrize(
    ("content", "why"), [(None, "No such file"), ("hunter2", "has no credentials of a user")], ids=["missing", "other"]
)
def test_credentials_that_are_none_are_told_at_once(folder: Path, content: str | None, why: str) -> None:
    path = folder / "user.creds"
    if content is not None:
        path.write_text(content)
    address = {"NATS_URL": "nats://127.0.0.1:1", "NATS_CREDENTIALS": str(path)}
    server = Server(folder / "node", STORAGE_TYPE="mariadb", **address)
    with pytest.raises(AssertionError, match="ended with 2"):
        server.start()
    assert f"NATS_CREDENTIALS='{path}'" in server.log
    assert why in server.log
    assert "hunter2" not in server.log
    server.process = None


def test_what_is_secret_in_the_addresses_is_never_logged(mariadb: MariaDb, folder: Path) -> None:
    with mariadb.database() as database:
        server = Server(folder, **database, NATS_URL="nats://me:hunter2@127.0.0.1:1")

        def start() -> None:
            with pytest.raises(AssertionError):
                server.start()

        thread = threading.Thread(target=start)
        thread.start()
        eventually(lambda: "can't be reached yet" in server.log, "the start to wait for NATS")
        assert server.process is not None
        server.process.send_signal(signal.SIGKILL)
        thread.join()
        server.process = None
    assert "hunter2" not in server.log
    assert "127.0.0.1:1" in server.log


def test_what_a_server_left_in_its_spool_before_it_became_a_node_is_named(new_cluster: NewCluster) -> None:
    nodes = new_cluster()
    node = nodes.make("a")
    spool = node.folder / "spool/0000/00"
    spool.mkdir(parents=True)
    (spool / "01.jsonl").write_bytes(b'{"id":"01"}\n')
    nodes.start("a")
    assert "start it once without NATS_URL" in node.log


def test_a_server_on_clickhouse_becomes_a_node_and_what_it_stored_comes_before_the_stream(
    clickhouse: ClickHouse, nats_cluster: NatsCluster, folder: Path
) -> None:
    with clickhouse.database() as database:
        with running(folder, **database) as alone:
            sent = post(alone, "moved", "one", "two", "three")
            assert alone.search(app_key="moved")["total"] == 3
        with running(folder, **database, **nats_cluster.settings()) as node:
            node.registered = alone.registered
            sent += post(node, "moved", "four")
            assert "start it once without NATS_URL" not in node.log
            assert node.search(app_key="moved")["total"] == 4
            with viewer(node, f"app_key=moved&after={sent[0]['id']}") as socket:
                assert entries_of(taken(socket, 3)) == sent[1:]
