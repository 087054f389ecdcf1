"""Nodes of a cluster on three NATS servers and MariaDB: ingest of one to three, and from POST to a viewer on another.

With LOGSTREAM_CLUSTER_STORE=clickhouse on that. `filled`: entries a second until all of them were found.

All of them share this machine's cores with each other and with the senders, so the sum is no more with more nodes: what
tells is the processor time of an entry at each stage, and the ceiling that follows.
"""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from tests.clickhouse import OwnClickHouse
from tests.database import OwnMariaDb
from tests.nats_cluster import STORE, NatsCluster

from bench.bodies import native
from bench.databases import ended_at_last, register
from bench.full_speed import Run, at_full_speed
from bench.load import MINIMAL, bodies
from bench.process import CORES
from bench.report import Report
from bench.sender import sending
from bench.server import Client, Server, running_server, temporary_folder
from bench.viewers import watching

BATCH: Final = 1000
CONNECTIONS: Final = 4
STEADY: Final = 20_000
WARM_UP: Final = 1.0


class Machines:
    """Three NATS servers and a database, and what they have taken of the processor."""

    def __init__(self, nats: NatsCluster, database: OwnMariaDb | OwnClickHouse, settings: dict[str, str]) -> None:
        self._nats = nats
        self._database = database
        self.settings = settings

    def cpu_seconds(self) -> dict[str, float]:
        """By kind; of the NATS servers together."""
        assert self._database.process is not None
        servers = [server.process for server in self._nats.servers if server.process is not None]
        return {
            "nats": sum(_cpu_seconds(process.pid) for process in servers),
            "database": _cpu_seconds(self._database.process.pid),
        }


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def machines(folder: Path) -> Iterator[Machines]:
    nats = NatsCluster(folder / "nats")
    try:
        own = OwnClickHouse(folder / "clickhouse") if STORE == "clickhouse" else OwnMariaDb(folder / "mariadb")
        with ended_at_last(own) as database, database.database() as settings:
            nats.start()
            stream = {**nats.settings(), "NATS_MAX_BYTES": "8GB"}
            yield Machines(nats, database, {**settings, **stream, "UI_SECRET": ""})
    finally:
        nats.end()


@contextmanager
def nodes_of(found: Machines, folder: Path, count: int) -> Iterator[list[Server]]:
    with ExitStack() as stack:
        made = []
        for number in range(count):
            own = folder / f"node{number}" / "logs"
            own.mkdir(parents=True)
            made.append(stack.enter_context(running_server(own, CORES, found.settings)))
        yield made


def ingest(report: Report, count: int) -> None:
    name = f"cluster: batches of {BATCH}, {count} {'node' if count == 1 else 'nodes'}"
    with (
        report.working(name),
        bodies(native(BATCH)) as file,
        temporary_folder() as folder,
        machines(folder) as found,
        nodes_of(found, folder, count) as nodes,
    ):
        headers = register(nodes[0]) | MINIMAL

        def post(node: Server, seconds: float) -> Run:
            return at_full_speed(node.url + node.ingest, file, CONNECTIONS, seconds, CORES, headers)

        with ThreadPoolExecutor(count) as senders:
            began = time.monotonic()
            list(senders.map(lambda node: post(node, WARM_UP), nodes))
            before = {**found.cpu_seconds(), "nodes": sum(node.cpu_seconds() for node in nodes)}
            runs = list(senders.map(lambda node: post(node, report.seconds(8)), nodes))
        client = Client(nodes[0].http_port)
        stored = settled(client)
        filled = stored / (time.monotonic() - began)
        client.close()
        after = {**found.cpu_seconds(), "nodes": sum(node.cpu_seconds() for node in nodes)}
        accepted = sum(run.accepted for run in runs) * BATCH
        if stored < accepted:
            report.problem(f"{name}: {accepted:,} entries were accepted, but search finds {stored:,}")
        spent = {kind: 1e6 * (after[kind] - before[kind]) / accepted for kind in after}
        report.add(
            "cluster",
            name,
            sum(run.accepted * BATCH / run.seconds for run in runs),
            "entries/s",
            p99_ms=max(run.p99_ms for run in runs),
            nodes_us=spent["nodes"],
            nats_us=spent["nats"],
            database_us=spent["database"],
            filled=filled,
        )


def settled(client: Client) -> int:
    """How many entries are found, once the database has all."""
    while True:
        status, _ = client.request("GET", "/api/logs?limit=1")
        if status == 200:
            return client.total()


def across(report: Report) -> None:
    name = f"cluster: POST on one node to viewer on another, {STEADY:,} entries/s"
    seconds = report.seconds(10)
    with (
        report.working(name),
        temporary_folder() as folder,
        machines(folder) as found,
        nodes_of(found, folder, 2) as (one, other),
    ):
        headers = register(one)
        with watching(other.ws_port, 1, stamped=True) as viewers:
            with sending(one.http_port, STEADY, 100, 1, headers=headers) as warm_up:
                warm_up.wait(30)
            viewers.seen()
            with sending(one.http_port, STEADY, 100, seconds, headers=headers) as sender:
                sender.wait(seconds + 30)
                during = viewers.seen()
                sent = sender.stop()
        if sent.failed:
            report.problem(f"{name}: {sent.failed} of {sent.posts} posts failed")
        report.add(
            "cluster",
            f"{name}, p99",
            during.p99_ms,
            "ms",
            p50_ms=during.p50_ms,
            answer_p99_ms=sent.p99_ms,
            ingested_per_second=sent.per_second,
            gaps=during.gaps,
        )


def cluster(report: Report) -> None:
    for count in (1, 2, 3):
        ingest(report, count)
    across(report)
