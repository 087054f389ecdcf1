"""Ingest at full speed: wrk posts prebuilt bodies, then one search shows when everything was searchable."""

import json
import resource
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.entries import request_body, single_body
from bench.report import Report
from bench.server import CLIENT, CORES, SERVER, Client, Failed, pinned, running_server, temporary_folder

SCRIPT: Final = Path(__file__).with_name("post.lua")
INGEST: Final = "/api/logs"
DIFFERENT_BODIES: Final = 8
"""Bodies posted in turn, so that neither a cache nor a compressor sees the same one all the time."""


@dataclass
class Run:
    """What wrk reports, and what it used."""

    requests: int
    seconds: float
    refused: int
    broken: int
    p50_ms: float
    p99_ms: float
    client_cpu: float = 0.0
    """The share of one core that wrk used: near 1.0 the client was the bottleneck."""

    @property
    def accepted(self) -> int:
        return self.requests - self.refused


@contextmanager
def bodies(batch: int) -> Iterator[list[Path]]:
    """Files with one request body each, of `batch` entries."""
    with tempfile.TemporaryDirectory(prefix="logstream-bench-") as folder:
        files = []
        for seed in range(DIFFERENT_BODIES):
            file = Path(folder) / f"{seed}.json"
            file.write_bytes(single_body(seed) if batch == 1 else request_body(batch, seed))
            files.append(file)
        yield files


def wrk(
    url: str,
    files: list[Path],
    connections: int,
    seconds: float,
    minimal: bool,
    cores: list[int],
    headers: Mapping[str, str] | None = None,
) -> Run:
    """Post at full speed. wrk takes whole seconds, so `seconds` is rounded."""
    command = ["wrk", "-t", "1", "-c", str(connections), "-d", f"{max(1, round(seconds))}s", "--timeout", "30s"]
    for name, value in (headers or {}).items():
        command += ["-H", f"{name}: {value}"]
    command += ["-s", str(SCRIPT), url, "--", "minimal" if minimal else "full", *map(str, files)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    answer = subprocess.run(pinned(cores, command), capture_output=True, text=True, timeout=seconds + 60, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if answer.returncode or not answer.stdout:
        raise Failed(f"wrk ended with {answer.returncode}: {answer.stderr.strip() or answer.stdout.strip()}")
    run = Run(**json.loads(answer.stdout.splitlines()[-1]))
    run.client_cpu = (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / run.seconds
    return run


def measure(
    report: Report, group: str, label: str, batch: int, connections: int, *, minimal: bool, one_core: bool = True
) -> None:
    """One row, on a server of its own."""
    with (
        report.working(label),
        bodies(batch) as files,
        temporary_folder() as folder,
        running_server(folder, SERVER if one_core else CORES) as server,
    ):
        cores = CLIENT if one_core else CORES
        wrk(server.url + INGEST, files, connections, 1, minimal, cores)
        client = Client(server.http_port)
        stored_before = client.settled_total()
        cpu_before = server.cpu_seconds()
        started = time.monotonic()
        run = wrk(server.url + INGEST, files, connections, report.seconds(8), minimal, cores)
        stopped = time.monotonic()
        cpu = server.cpu_seconds() - cpu_before
        stored = client.total() - stored_before
        searchable = time.monotonic()
        client.close()
        check(report, label, run, batch, stored, connections * batch)
        report.add(
            group,
            label,
            run.accepted * batch / run.seconds,
            "req/s" if batch == 1 else "entries/s",
            searchable_per_second=stored / (searchable - started),
            wait_ms=(searchable - stopped) * 1000,
            p50_ms=run.p50_ms,
            p99_ms=run.p99_ms,
            client_cpu=run.client_cpu,
            server_cpu=cpu / (stopped - started),
            server_memory_mb=server.memory_bytes() / 1e6,
        )


def check(report: Report, label: str, run: Run, batch: int, stored: int, in_flight: int) -> None:
    """Every accepted entry is found, and at most those on the way when wrk hung up besides."""
    accepted = run.accepted * batch
    if not accepted <= stored <= accepted + in_flight:
        report.problem(f"{label}: {accepted:,} entries were accepted, but search finds {stored:,}")
    if run.refused or run.broken:
        report.problem(f"{label}: {run.refused} requests refused, {run.broken} broken")


def singles(report: Report) -> None:
    for connections in (1, 16, 64):
        measure(report, "single", f"POST one entry, {connections} connections", 1, connections, minimal=False)


def batches(report: Report) -> None:
    for batch, connections in ((100, 4), (1000, 4), (1000, 8)):
        for minimal in (True, False):
            answer = "minimal" if minimal else "full"
            label = f"batches of {batch}, {connections} connections, {answer} answer"
            measure(report, "batch", label, batch, connections, minimal=minimal)
    for minimal in (True, False):
        label = f"batches of 1000, 8 connections, {'minimal' if minimal else 'full'} answer, all cores"
        measure(report, "batch", label, 1000, 8, minimal=minimal, one_core=False)
