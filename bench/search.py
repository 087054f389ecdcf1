"""Search latencies on a million entries: over one keep-alive connection, idle and while entries arrive."""

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from bench.entries import RARE_WORD, Entry, Journal, write_journal
from bench.report import Report
from bench.sender import sending
from bench.server import SERVER, Client, Failed, Server, running_server, temporary_folder

ENTRIES: Final = 1_000_000
RUNS: Final = 30
DAYS: Final = 7
UNTIL: Final = datetime(2026, 1, 8, tzinfo=UTC)
"""Midnight, so that the entries fill whole days."""

NEWEST: Final = "newest 100"


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def hour(r: random.Random) -> str:
    start = UNTIL - timedelta(hours=r.randrange(2, DAYS * 24))
    end = start + timedelta(hours=1) - timedelta(milliseconds=1)
    return f"date_from={start:%Y-%m-%dT%H:%M:%S}.000Z&date_to={end:%Y-%m-%dT%H:%M:%S}.999Z"


def run(
    report: Report,
    client: Client,
    name: str,
    path: Callable[[Entry], str],
    entries: list[Entry],
    expected: int | None = None,
    *,
    group: str = "search",
    runs: int = RUNS,
) -> None:
    """One row: the median of the runs, after one that doesn't count. `path` gets another entry each time."""
    times: list[float] = []
    answer: dict[str, Any] = {}
    for i in range(runs + 1):
        target = path(entries[i % len(entries)])
        started = time.perf_counter()
        status, body = client.request("GET", target)
        times.append((time.perf_counter() - started) * 1000)
        if status != 200:
            raise Failed(f"GET {target}: {status} {body[:200]!r}")
        if i == runs and b'"total"' in body:
            answer = client.get(target)
    del times[0]
    total = answer.get("total")
    if expected is not None and total != expected:
        report.problem(f"{name}: {total} found instead of {expected}")
    details = {} if total is None else {"total": float(total)}
    report.add(group, name, percentile(times, 0.5), "ms", p95_ms=percentile(times, 0.95), **details)


def reindex(report: Report, server: Server, journal: Journal) -> Client:
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
    on_disk = sum(file.stat().st_size for file in server.folder.rglob("*") if file.is_file())
    report.add(
        "search",
        "index built from the journal",
        journal.count / seconds,
        "rows/s",
        seconds=seconds,
        server_memory_mb=server.memory_bytes() / 1e6,
    )
    report.add("search", "index on disk", (on_disk - journal.size) / journal.count, "bytes/entry")
    return client


def searches(report: Report) -> None:
    count = report.count(ENTRIES)
    with temporary_folder() as folder:
        with report.working(f"writing {count:,} entries"):
            journal = write_journal(folder, count, UNTIL, DAYS)
        with report.working("indexing"), running_server(folder, SERVER) as server:
            client = reindex(report, server, journal)
            ask(report, server, client, journal)
            client.close()


def ask(report: Report, server: Server, client: Client, journal: Journal) -> None:
    r = random.Random(7)
    samples = journal.samples
    levels, count = journal.levels, journal.count
    search = "/api/logs?limit=100"
    run(report, client, NEWEST, lambda _: search, samples, count)
    run(report, client, "level=error, newest 100", lambda _: f"{search}&level=error", samples, levels["error"])
    rare = count // 100_000
    run(report, client, "rare substring", lambda _: f"{search}&search={RARE_WORD}", samples, rare)
    run(report, client, "one trace_id", lambda e: f"{search}&trace_id={e['trace_id']}", samples, 1)
    run(report, client, "one id", lambda e: f"/api/logs/{e['id']}", samples)
    run(report, client, "one hour, newest 100", lambda _: f"{search}&{hour(r)}", samples)
    both = f"{search}&app_key=billing-api&level=error"
    run(report, client, "app_key and level, newest 100", lambda _: both, samples, journal.billing_errors)
    production = "/api/logs?limit=1&app_id=production"
    run(report, client, "count of a fifth of all", lambda _: production, samples, journal.production)
    run(report, client, "histogram by hour and level", lambda _: "/api/stats?buckets=168", samples)
    run(report, client, "patterns", lambda _: "/api/patterns", samples, count)
    new = f"/api/patterns?date_from={UNTIL - timedelta(days=1):%Y-%m-%d}"
    run(report, client, "patterns of a day, new among all", lambda _: new, samples)
    run(report, client, "regular expression, newest 100", lambda _: f"{search}&q=/node-1[0-9]+x/", samples)
    user = f"{search}&context.user.id={quote(str(journal.user_id))}"
    if client.get(user)["total"] < count:
        run(report, client, "nested context field", lambda _: user, samples, journal.user_entries)
    with sending(server.http_port, per_second=5_000, batch=100, seconds=60) as sender:
        time.sleep(1)
        run(report, client, f"{NEWEST} while 5,000 entries/s arrive", lambda _: search, samples)
        sent = sender.stop()
    report.rows[-1]["details"]["ingested_per_second"] = sent.per_second
    if sent.failed:
        report.problem(f"{sent.failed} of {sent.posts} posts failed during searches")
