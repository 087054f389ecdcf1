"""Whatever ends while entries arrive and people watch on both nodes: nothing acknowledged is lost, or there twice.

One round in the suite; LOGSTREAM_CLUSTER_ROUNDS=20 for as many, in an order that LOGSTREAM_CLUSTER_SEED chooses, and
LOGSTREAM_CLUSTER_STORE=clickhouse for another database than MariaDB.
"""

import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.clickhouse import OwnClickHouse
from tests.cluster.load import APP, Load
from tests.cluster.nodes import Nodes
from tests.cluster.wire import Wire
from tests.database import OwnMariaDb, through
from tests.harness import eventually
from tests.nats_cluster import STORE, NatsCluster

pytestmark = pytest.mark.heavy

ROUNDS = int(os.environ.get("LOGSTREAM_CLUSTER_ROUNDS", "1"))
SEED = int(os.environ.get("LOGSTREAM_CLUSTER_SEED", "1"))
RATE = 5000
"""Entries a second, by both senders together."""


DATABASES: dict[str, type[OwnMariaDb] | type[OwnClickHouse]] = {"mariadb": OwnMariaDb, "clickhouse": OwnClickHouse}


class Machines:
    """Everything that can end: three NATS servers, a database, two nodes, and what lies between them."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.database = DATABASES[STORE](folder / STORE).start()
        stack.callback(self.database.end, signal.SIGKILL)
        self.nats = NatsCluster(folder / "nats").start()
        stack.callback(self.nats.end, signal.SIGKILL)
        self.wires = [stack.enter_context(Wire(server.port)) for server in self.nats.servers]
        """Between node a and NATS."""
        self.to_database = stack.enter_context(Wire(self.database.port))
        """Between node a and the database."""
        settings = stack.enter_context(self.database.database())
        self.stream = {**self.nats.settings(), "NATS_URL": ",".join(f"127.0.0.1:{wire.port}" for wire in self.wires)}
        self.settings = {**settings, **self.stream, "UI_SECRET": ""}
        self.nodes = stack.enter_context(Nodes(folder / "nodes", self.settings))
        self.nodes.make("a", **through(settings, self.to_database.port))
        self.nodes.make("b", NATS_URL=self.nats.urls)
        self.nodes.start("a", "b")
        self.nodes.register(APP)
        self._chance = random.Random(SEED)

    def degraded(self, said: str) -> None:
        """Wait until a node says so."""
        eventually(
            lambda: any(said in node.get("/api/health").json().get("reason", "") for node in self.nodes.running),
            f"health to say {said!r}",
        )

    def well(self) -> None:
        eventually(
            lambda: all(node.get("/api/health").json()["status"] == "ok" for node in self.nodes.running),
            "health to be ok",
            60,
        )

    def kill_a_node(self, load: Load) -> None:
        node = self._chance.choice(self.nodes.running)
        node.kill()
        load.goes_on()
        node.start()

    def kill_the_indexer(self, load: Load) -> None:
        node = self.nodes.indexer
        node.kill()
        load.goes_on()
        eventually(lambda: self.nodes.running[0].cluster["indexer"] is not None, "another indexer")
        node.start()

    def kill_the_leader_of_the_stream(self, load: Load) -> None:
        server = self.nats.leader_of(self.stream["NATS_STREAM"])
        server.end(signal.SIGKILL)
        load.goes_on()
        server.begin()
        self.nats.ready()

    def kill_all_of_nats(self, load: Load) -> None:
        self.nats.end(signal.SIGKILL)
        self.degraded("NATS can't be reached")
        self.nats.start()

    def kill_the_database(self, load: Load) -> None:
        self.database.end(signal.SIGKILL)
        load.goes_on()
        self.degraded("entries wait in the stream")
        load.goes_on()
        self.database.start()

    def cut_a_node_off(self, load: Load) -> None:
        for wire in self.wires:
            wire.cut()
        self.degraded("NATS can't be reached")
        load.goes_on()
        for wire in self.wires:
            wire.mend()

    def cut_a_node_off_for_a_moment(self, load: Load) -> None:
        for wire in self.wires:
            wire.cut()
        time.sleep(self._chance.uniform(0.1, 2))
        for wire in self.wires:
            wire.mend()

    def cut_a_node_off_from_the_database(self, load: Load) -> None:
        self.to_database.cut()
        self.degraded("entries wait in the stream")
        load.goes_on()
        self.to_database.mend()


FAULTS: list[Callable[[Machines, Load], None]] = [
    Machines.kill_a_node,
    Machines.kill_the_leader_of_the_stream,
    Machines.kill_the_database,
    Machines.cut_a_node_off,
    Machines.cut_a_node_off_for_a_moment,
    Machines.cut_a_node_off_from_the_database,
    Machines.kill_the_indexer,
    Machines.kill_all_of_nats,
]


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    with ExitStack() as stack:
        yield Machines(tmp_path_factory.mktemp("machines"), stack)


@pytest.mark.timeout(120 + 240 * ROUNDS)
def test_nothing_acknowledged_is_lost_or_doubled_whatever_is_killed_or_cut_off(machines: Machines) -> None:
    faults = FAULTS * ROUNDS
    if ROUNDS > 1:
        random.Random(SEED).shuffle(faults)
    with Load(machines.nodes, RATE) as load:
        load.goes_on()
        for number, fault in enumerate(faults):
            began = time.monotonic()
            fault(machines, load)
            load.goes_on()
            machines.well()
            load.goes_on()
            sys.stderr.write(
                f"{number}: {fault.__name__}: {time.monotonic() - began:.1f} s, {load.accepted} entries, "
                f"longest pause {max(sender.longest_pause for sender in load.senders):.1f} s\n"
            )
            for sender in load.senders:
                sender.longest_pause = 0.0
    count = load.check(machines.database, machines.settings)
    assert count >= load.accepted
