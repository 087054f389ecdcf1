"""Live delivery: 100 viewers see every entry, while ingest runs at full speed and at a steady rate."""

import time
from pathlib import Path
from typing import Final

from bench.bodies import native
from bench.full_speed import Run, at_full_speed
from bench.load import MINIMAL, bodies, check
from bench.process import CLIENT, SERVER
from bench.report import Report
from bench.sender import sending
from bench.server import Client, Server, running_server, temporary_folder
from bench.viewers import Seen, Viewers, watching

VIEWERS: Final = 100
BATCH: Final = 1000
CONNECTIONS: Final = 4
STEADY: Final = 20_000


def settled(viewers: Viewers) -> Seen:
    """Everything that was still on its way: asked until nothing comes any more, for 10 s at most."""
    seen = viewers.seen()
    for _ in range(20):
        time.sleep(0.5)
        more = viewers.seen()
        seen.entries += more.entries
        seen.least += more.least
        seen.gaps += more.gaps
        seen.closed = more.closed
        if not more.entries:
            break
    return seen


def full_speed(report: Report) -> None:
    name = f"{VIEWERS} viewers, full speed"
    with (
        report.working(name),
        bodies(native(BATCH)) as file,
        temporary_folder() as folder,
        running_server(folder, SERVER) as server,
    ):
        at_full_speed(server.url + server.ingest, file, CONNECTIONS, 1, CLIENT, MINIMAL)
        alone = at_full_speed(server.url + server.ingest, file, CONNECTIONS, report.seconds(8), CLIENT, MINIMAL)
        with watching(server.ws_port, VIEWERS, stamped=False) as viewers:
            compare(report, name, server, viewers, file, alone)


def compare(report: Report, name: str, server: Server, viewers: Viewers, file: Path, alone: Run) -> None:
    """The same load as `alone`, with viewers."""
    client = Client(server.http_port)
    stored_before = client.settled_total()
    viewers.seen()
    cpu_before = server.cpu_seconds()
    run = at_full_speed(server.url + server.ingest, file, CONNECTIONS, report.seconds(8), CLIENT, MINIMAL)
    during = viewers.seen()
    cpu = server.cpu_seconds() - cpu_before
    late = settled(viewers)
    stored = client.settled_total() - stored_before
    client.close()
    check(report, name, run, BATCH, stored)
    if late.closed:
        report.problem(f"{name}: the server closed {late.closed} viewers")
    kept = 100 * (run.accepted / run.seconds) / (alone.accepted / alone.seconds)
    report.add(
        "fan-out",
        f"{name}: delivered",
        during.entries / during.seconds,
        "entries/s",
        gaps=during.gaps + late.gaps,
        missed=1 - (during.entries + late.entries) / (stored * VIEWERS),
        viewer_cpu=during.cpu,
        server_cpu=cpu / during.seconds,
        server_memory_mb=server.memory_bytes() / 1e6,
    )
    report.add(
        "fan-out",
        f"{name}: ingest kept",
        kept,
        "%",
        ingested_per_second=run.accepted * BATCH / run.seconds,
        alone_per_second=alone.accepted * BATCH / alone.seconds,
        client_cpu=run.client_cpu,
        p99_ms=run.p99_ms,
    )


def steady(report: Report) -> None:
    name = f"{VIEWERS} viewers, {STEADY:,} entries/s"
    seconds = report.seconds(10)
    with (
        report.working(name),
        temporary_folder() as folder,
        running_server(folder, SERVER) as server,
        watching(server.ws_port, VIEWERS, stamped=True) as viewers,
    ):
        with sending(server.http_port, STEADY, 100, 1) as warm_up:
            warm_up.wait(30)
        settled(viewers)
        cpu_before = server.cpu_seconds()
        client = Client(server.http_port)
        stored_before = client.settled_total()
        with sending(server.http_port, STEADY, 100, seconds) as sender:
            sender.wait(seconds + 30)
            during = viewers.seen()
            cpu = server.cpu_seconds() - cpu_before
            sent = sender.stop()
        late = settled(viewers)
        stored = client.total() - stored_before
        client.close()
        if stored != sent.entries:
            report.problem(f"{name}: {sent.entries:,} entries were accepted, but search finds {stored:,}")
        if sent.failed or late.closed:
            report.problem(f"{name}: {sent.failed} of {sent.posts} posts failed, {late.closed} viewers were closed")
        report.add(
            "fan-out",
            f"{name}: POST to viewer, p99",
            during.p99_ms,
            "ms",
            p50_ms=during.p50_ms,
            answer_p99_ms=sent.p99_ms,
            ingested_per_second=sent.per_second,
            gaps=during.gaps + late.gaps,
            missed=1 - (during.entries + late.entries) / (stored * VIEWERS),
            viewer_cpu=during.cpu,
            server_cpu=cpu / during.seconds,
        )
        report.add("fan-out", f"{name}: POST to viewer, p50", during.p50_ms, "ms")
        report.add("fan-out", f"{name}: delivered", (during.entries + late.entries) / sent.seconds, "entries/s")


def fan_out(report: Report) -> None:
    full_speed(report)
    steady(report)
