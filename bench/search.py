"""Search latencies over one keep-alive connection, on all cores: idle and while entries arrive, beside a peer's."""

import http.client
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Final

from bench.days import Journal, days_in, lent, lines_of, write_journal
from bench.entries import Entry
from bench.peer import VictoriaLogs
from bench.process import CORES, Failed, Process
from bench.questions import FIRST, NEWEST, Question, questions
from bench.report import Report
from bench.sender import sending
from bench.server import Client, Server, running_server, temporary_folder

RUNS: Final = 30
ROW_SECONDS: Final = 15.0
"""How long is measured for a row, once there are LEAST runs."""

LEAST: Final = 3
STARTS: Final = 3
PER_SECOND: Final = 5_000


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def timed(get: Callable[[str], bytes], path: str) -> float:
    began = time.perf_counter()
    get(path)
    return (time.perf_counter() - began) * 1000


def run(
    report: Report,
    client: Client,
    question: Question,
    entries: list[Entry],
    peer: VictoriaLogs | None = None,
    *,
    group: str = "search",
    runs: int = RUNS,
    settled: bool = True,
    server: Server | None = None,
) -> None:
    """One row: the median of the runs, after one that doesn't count. Each asks for another of the entries.

    What is found is compared beforehand, unless it still changes.
    """
    ours, theirs = question.ours, question.theirs
    if theirs is None:
        peer = None
    times: list[float] = []
    peer_times: list[float] = []
    total = question.found(client.get(ours(entries[0])))
    if question.expected is not None and total != question.expected:
        report.problem(f"{question.name}: {total} found instead of {question.expected}")
    if settled and peer is not None and total is not None and theirs is not None:
        peer_total = theirs.count(peer, entries[0])
        if peer_total != total:
            report.problem(f"{question.name}: VictoriaLogs finds {peer_total}, we {total}")
    programs: dict[str, Process] = {}
    if server is not None:
        programs["cpu_ms"] = server
    if peer is not None:
        programs["peer_cpu_ms"] = peer
    used = {name: program.cpu_seconds() for name, program in programs.items()}
    until = time.monotonic() + ROW_SECONDS
    for i in range(runs + 1):
        entry = entries[i % len(entries)]
        times.append(timed(client.fetch, ours(entry)))
        if peer is not None and theirs is not None:
            peer_times.append(timed(peer.get, theirs.path(entry)))
        if len(times) > LEAST and time.monotonic() > until:
            break
    details = {} if total is None else {"total": float(total)}
    for name, before in used.items():
        details[name] = (programs[name].cpu_seconds() - before) / len(times) * 1000
    del times[0], peer_times[:1]
    report.add(
        group,
        question.name,
        median(times),
        "ms",
        median(peer_times) if peer_times else None,
        p95_ms=percentile(times, 0.95),
        **details,
    )


def index_bytes(server: Server) -> int:
    """What lies beside the journal."""
    return sum(file.stat().st_size for file in (server.folder / ".logstream").rglob("*") if file.is_file())


def reindex(report: Report, server: Server, journal: Journal, group: str = "search") -> Client:
    """Wait until the journal that lay there at the start is searchable."""
    client = Client(server.http_port)
    limit = server.started + 60 + journal.count / 10_000
    total = -1
    while time.monotonic() < limit:
        status, body = client.request("GET", "/api/logs?limit=1")
        if status == 200:
            total = client.total()
            if total >= journal.count:
                break
        elif status != 503:
            raise Failed(f"search answers {status} {body[:200]!r}")
        time.sleep(0.05)
    else:
        raise Failed(f"only {total:,} of {journal.count:,} entries were indexed: {server.last_words()}")
    seconds = time.monotonic() - server.started
    if total != journal.count:
        report.problem(f"{total:,} entries were indexed instead of {journal.count:,}")
    report.add(
        group,
        "index built from the journal",
        journal.count / seconds,
        "rows/s",
        seconds=seconds,
        cpu_us=server.cpu_seconds() / journal.count * 1e6,
        server_memory_mb=server.memory_bytes() / 1e6,
    )
    report.add(group, "index on disk", index_bytes(server) / journal.count, "bytes/entry")
    return client


def first_byte(server: Server) -> float:
    """Milliseconds until the answer to the page's first search begins, the connection included."""
    connection = http.client.HTTPConnection("127.0.0.1", server.http_port, timeout=120)
    began = time.perf_counter()
    connection.request("GET", FIRST)
    status = connection.getresponse().status
    took = (time.perf_counter() - began) * 1000
    connection.close()
    if status != 200:
        raise Failed(f"GET {FIRST}: {status}")
    return took


def starts(report: Report, folder: Path, group: str) -> None:
    """Start on an index that is there, several times."""
    seconds, first = [], []
    for _ in range(STARTS):
        with running_server(folder, CORES) as server:
            seconds.append(time.monotonic() - server.started)
            first.append(first_byte(server))
    report.add(group, "start with the index there", median(seconds), "s", longest_ms=max(seconds) * 1000)
    report.add(group, "first byte of the page's first search", median(first), "ms", longest_ms=max(first))


@contextmanager
def running_peer(report: Report, days: Path, group: str) -> Iterator[VictoriaLogs | None]:
    """The peer with the same entries, if there is one."""
    if report.peer is None:
        yield None
        return
    with temporary_folder(days.parent) as folder:
        peer = VictoriaLogs(report.peer, folder, CORES)
        try:
            peer.wait()
            peer.fill(lines_of(days))
            stored = peer.stored()
            seconds = time.monotonic() - peer.started
            report.add(
                group, "VictoriaLogs: filled", stored / seconds, "rows/s", cpu_us=peer.cpu_seconds() / stored * 1e6
            )
            with report.working("merging"):
                peer.rest()
            yield peer
            on_disk = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
            report.add(group, "VictoriaLogs: on disk, entries included", on_disk / peer.stored(), "bytes/entry")
            report.add(group, "VictoriaLogs: most memory", peer.memory_bytes() / 1e6, "MB")
        finally:
            peer.stop()


def searches(report: Report) -> None:
    if report.days is not None:
        among(report, report.days)
        return
    for size in report.sizes:
        with temporary_folder() as folder:
            write_journal(folder, report.count(size), compressed=True)
            among(report, folder)


def among(report: Report, days: Path) -> None:
    """All rows, among the entries of a folder, which stays as it is."""
    by_day = days_in(days)
    journal = Journal()
    for day in by_day:
        journal.add(day)
    group = f"search among {journal.count:,}"
    with lent(days) as folder, running_peer(report, days, group) as peer:
        with report.working("indexing"), running_server(folder, CORES) as server:
            reindex(report, server, journal, group).close()
            built = server.memory_bytes()
            server.rest()  # once days are sealed
        starts(report, folder, group)
        with running_server(folder, CORES) as server:
            client = Client(server.http_port)
            for question in questions(journal, by_day[-1]):
                try:
                    with report.working(question.name):
                        run(report, client, question, journal.samples, peer, group=group, server=server)
                except Failed as error:  # it took too long: the others are still worth asking
                    report.problem(f"{question.name}: {error}")
            arriving(report, server, client, journal, peer, group)
            client.close()
            report.add(group, "most memory", max(built, server.memory_bytes()) / 1e6, "MB")


def arriving(
    report: Report, server: Server, client: Client, journal: Journal, peer: VictoriaLogs | None, group: str
) -> None:
    """The newest, while others come in: to both at once, each at its own rate."""
    with (
        sending(server.http_port, PER_SECOND, 100, 120) as sender,
        sending(peer.http_port, PER_SECOND, 100, 120, peer.ingest) if peer else nullcontext() as peer_sender,
    ):
        time.sleep(2)
        name = f"{NEWEST.name} while {PER_SECOND:,} entries/s arrive"
        run(report, client, replace(NEWEST, name=name), journal.samples, peer, group=group, settled=False)
        sent = [one.stop() for one in (sender, peer_sender) if one]
    report.rows[-1]["details"]["ingested_per_second"] = sent[0].per_second
    for one in sent:
        if one.failed:
            report.problem(f"{one.failed} of {one.posts} posts failed during searches")
