"""Ingest at full speed, of entries that are all different, and what it costs; beside a peer's, turn by turn."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from bench.bodies import write_bodies
from bench.full_speed import Run, at_full_speed
from bench.peer import VictoriaLogs
from bench.process import CLIENT, CORES, SERVER
from bench.report import Report
from bench.server import Server, temporary_folder

TURNS: Final = 3
TWO: Final = CORES[:2]
MINIMAL: Final = {"Prefer": "return=minimal"}
SHOWN: Final = ("event loop", "journal", "index", "DuckDB")
"""Kinds of threads that are told apart, from each other and from those that are not here."""

OTHERS: Final = "others"

Subject = Server | VictoriaLogs


@dataclass
class Turn:
    """What one run at full speed showed."""

    run: Run
    per_second: float
    wait_ms: float
    """Until all was searchable."""
    cpu_us: float
    """Processor time an entry, until all was searchable."""
    cpu: float
    """Share of one core while sending."""
    memory_mb: float
    threads_us: dict[str, float] = field(default_factory=dict)


@contextmanager
def bodies(made: Iterator[bytes]) -> Iterator[Path]:
    """A file of bodies."""
    with TemporaryDirectory(prefix="logstream-bench-") as folder:
        yield write_bodies(Path(folder) / "bodies", made)


def take_turn(
    report: Report,
    label: str,
    start: Callable[[Path], Subject],
    batch: int,
    connections: int,
    *,
    headers: Mapping[str, str],
    cores: list[int],
) -> Turn:
    """One run, on a server of its own; what sends runs on `cores`."""
    with temporary_folder() as folder:
        server = start(folder)
        try:
            server.wait()
            with bodies(server.bodies(batch)) as file:
                url = server.url + server.ingest
                at_full_speed(url, file, connections, 1, cores, headers)
                stored_before = server.stored()
                cpu_before, threads_before = server.cpu_seconds(), server.cpu_by_thread()
                began = time.monotonic()
                run = at_full_speed(url, file, connections, report.seconds(5), cores, headers)
                stopped, cpu_stopped = time.monotonic(), server.cpu_seconds()
                stored = server.stored() - stored_before
                searchable = time.monotonic()
            cpu = server.cpu_seconds() - cpu_before
            threads = {name: used - threads_before.get(name, 0) for name, used in server.cpu_by_thread().items()}
            check(report, label, run, batch, stored)
            return Turn(
                run,
                run.accepted * batch / run.seconds,
                (searchable - stopped) * 1000,
                cpu / stored * 1e6,
                (cpu_stopped - cpu_before) / (stopped - began),
                server.memory_bytes() / 1e6,
                in_kinds(threads, cpu, stored),
            )
        finally:
            server.stop()


def in_kinds(threads: dict[str, float], cpu: float, entries: int) -> dict[str, float]:
    """Microseconds an entry by kind of thread; those of the journal together."""
    kinds = dict.fromkeys(SHOWN, 0.0)
    for name, seconds in threads.items():
        kind = "journal" if name.startswith("journal") else name
        if kind in kinds:
            kinds[kind] += seconds
    kinds[OTHERS] = cpu - sum(kinds.values())  # those too that have ended
    return {name: seconds / entries * 1e6 for name, seconds in kinds.items()}


def measure(
    report: Report,
    group: str,
    label: str,
    batch: int,
    connections: int,
    *,
    headers: Mapping[str, str] = MINIMAL,
    cores: list[int] = SERVER,
) -> None:
    """One row: the medians of TURNS, and those of the peer's between them, which answers with no entries either."""
    sending = CLIENT if cores == SERVER else cores
    subjects: list[Callable[[Path], Subject]] = [lambda folder: Server(folder, cores)]
    if (binary := report.peer) is not None and headers == MINIMAL:
        subjects.append(lambda folder: VictoriaLogs(binary, folder, cores))
    turns: list[list[Turn]] = [[] for _ in subjects]
    with report.working(label):
        for _ in range(TURNS):
            for start, taken in zip(subjects, turns, strict=True):
                taken.append(take_turn(report, label, start, batch, connections, headers=headers, cores=sending))
    ours = turns[0]
    details = {
        f"{kind.replace(' ', '_').lower()}_us": median(turn.threads_us[kind] for turn in ours)
        for kind in (*SHOWN, OTHERS)
    }
    if theirs := turns[1:]:
        details["peer"] = median(turn.per_second for turn in theirs[0])
        details["peer_cpu_us"] = median(turn.cpu_us for turn in theirs[0])
    report.add(
        group,
        label,
        median(turn.per_second for turn in ours),
        "req/s" if batch == 1 else "entries/s",
        cpu_us=median(turn.cpu_us for turn in ours),
        wait_ms=median(turn.wait_ms for turn in ours),
        p50_ms=median(turn.run.p50_ms for turn in ours),
        p99_ms=median(turn.run.p99_ms for turn in ours),
        client_cpu=median(turn.run.client_cpu for turn in ours),
        server_cpu=median(turn.cpu for turn in ours),
        server_memory_mb=median(turn.memory_mb for turn in ours),
        **details,
    )


def check(report: Report, label: str, run: Run, batch: int, stored: int) -> None:
    """Every accepted entry is found, and no other."""
    accepted = run.accepted * batch
    if accepted != stored:
        report.problem(f"{label}: {accepted:,} entries were accepted, but search finds {stored:,}")
    if run.refused or run.broken:
        report.problem(f"{label}: {run.refused} requests refused, {run.broken} broken")


def singles(report: Report) -> None:
    for connections in (1, 16, 64):
        measure(report, "single", f"POST one entry, {connections} connections", 1, connections)


def batches(report: Report) -> None:
    for batch in (100, 1000):
        for name, cores in (("one core", SERVER), ("two cores", TWO)):
            measure(report, "batch", f"batches of {batch}, {name}", batch, 8, cores=cores)
    measure(report, "batch", "batches of 1000, one core, full answer", 1000, 8, headers={})
