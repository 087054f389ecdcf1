"""Ingest and search with STORAGE_TYPE=mariadb and =clickhouse, each on a database of its own with default settings.

The server has one core, the client the other, and the database takes of both what it gets. Where no ClickHouse is
installed, its engine runs behind tests/clickhouse_front.py, which adds some milliseconds to each search.
"""

import asyncio
import json
import random
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from tests.clickhouse import OwnClickHouse, clickhouse_of
from tests.database import OwnMariaDb, address_of

from bench.bodies import native
from bench.days import UNTIL, Journal, write_journal
from bench.full_speed import at_full_speed
from bench.load import MINIMAL, bodies, check
from bench.process import CLIENT, SERVER
from bench.questions import Question, hour
from bench.report import Report
from bench.search import run
from bench.server import Client, Server, running_server, temporary_folder
from logstream.entries.entry import Batch, decode_entry
from logstream.query.conditions import LogQuery
from logstream.store import Store
from logstream.stores.clickhouse.store import ClickHouseStore
from logstream.stores.mariadb.store import MariaDbStore

RUNS: Final = 5
"""Fewer than for files: some of these take seconds."""

BATCH: Final = 1000
ENTRIES: Final = 1_000_000


class Kind(NamedTuple):
    """A database to measure."""

    group: str
    label: str
    open: Callable[[dict[str, str], Path], Store]
    after_filling: Callable[[dict[str, str]], object] = lambda settings: None


def mariadb(report: Report) -> None:
    with temporary_folder() as folder, ended_at_last(OwnMariaDb(folder / "mariadb")) as database:

        def analyze(settings: dict[str, str]) -> None:
            database.ask("ANALYZE TABLE log_entries", database=settings["DB_NAME"])

        kind = Kind("mariadb", "MariaDB: ", lambda settings, spool: MariaDbStore(address_of(settings), spool), analyze)
        measure(report, folder, database, kind)


def clickhouse(report: Report) -> None:
    with temporary_folder() as folder, ended_at_last(OwnClickHouse(folder / "clickhouse")) as database:
        made = lambda settings, spool: ClickHouseStore(clickhouse_of(settings), spool)  # noqa: E731
        measure(report, folder, database, Kind("clickhouse", "ClickHouse: ", made))


Own = TypeVar("Own", bound=OwnMariaDb | OwnClickHouse)


@contextmanager
def ended_at_last(database: Own) -> Iterator[Own]:
    try:
        database.start()
        yield database
    finally:
        database.end()


def measure(report: Report, folder: Path, database: OwnMariaDb | OwnClickHouse, kind: Kind) -> None:
    with database.database() as settings:
        ingest(report, folder, settings, kind)
    with database.database() as settings:
        search(report, folder, settings, kind)


def register(server: Server) -> dict[str, str]:
    """A client of its own, as headers."""
    body = json.dumps({"name": "Benchmark", "app_key": "billing-api"}).encode()
    request = urllib.request.Request(f"{server.url}/api/clients", body, {"Content-Type": "application/json"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return {"X-Api-Key": "billing-api", "X-Api-Token": json.load(answer)["api_token"]}


def ingest(report: Report, folder: Path, settings: dict[str, str], kind: Kind) -> None:
    for batch, connections in ((1, 64), (100, 4), (BATCH, 4)):
        label = f"{kind.label}batches of {batch}, {connections} connections"
        if batch == 1:
            label = f"{kind.label}POST one entry, {connections} connections"
        with (
            report.working(label),
            bodies(native(batch)) as file,
            running_server(folder, SERVER, settings) as server,
        ):
            headers = register(server) if batch == 1 else headers_of(server)
            url, headers = server.url + server.ingest, headers | MINIMAL
            at_full_speed(url, file, connections, 1, CLIENT, headers)
            client = Client(server.http_port)
            before = client.settled_total()
            began = time.monotonic()
            done = at_full_speed(url, file, connections, report.seconds(10), CLIENT, headers)
            stored = client.settled_total() - before
            took = time.monotonic() - began
            client.close()
            accepted = done.accepted * batch
            check(report, label, done, batch, stored)
            unit = "req/s" if batch == 1 else "entries/s"
            report.add(
                kind.group,
                label,
                accepted / done.seconds,
                unit,
                p99_ms=done.p99_ms,
                searchable_per_second=stored / took,
            )


def headers_of(server: Server) -> dict[str, str]:
    """A new token of the client that is there already."""
    request = urllib.request.Request(f"{server.url}/api/clients/billing-api/rotate", b"")  # noqa: S310
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return {"X-Api-Key": "billing-api", "X-Api-Token": json.load(answer)["api_token"]}


def search(report: Report, folder: Path, settings: dict[str, str], kind: Kind) -> None:
    count = report.count(ENTRIES)
    with report.working(f"storing {count:,} entries"):
        (folder / "journal").mkdir()
        journal = write_journal(folder / "journal", count, UNTIL)
        began = time.monotonic()
        asyncio.run(fill(folder / "journal", kind.open(settings, folder / "journal/spool")))
        report.add(
            kind.group, f"{kind.label}filling the table, no HTTP", count / (time.monotonic() - began), "entries/s"
        )
        kind.after_filling(settings)
    with running_server(folder, SERVER, settings) as server:
        client = Client(server.http_port)
        ask(report, client, journal, kind)
        client.close()


async def fill(folder: Path, store: Store) -> None:
    await store.start()
    for path in await asyncio.to_thread(lambda: sorted(folder.glob("2*/*/*.jsonl"))):
        with path.open("rb") as lines:
            while entries := [decode_entry(line) for line in islice(lines, BATCH)]:
                await store.append(Batch(entries))
    await store.search(LogQuery(limit=1))  # waits until all is there
    await store.stop()


def ask(report: Report, client: Client, journal: Journal, kind: Kind) -> None:
    levels, count = journal.levels, journal.count
    path = "/api/logs?limit=100"
    user = f"{path}&context.user.id={journal.user_id}"
    some_hour, _ = hour(random.Random(7))
    rows = [
        ("newest 100", lambda _: path, count),
        ("level=error, newest 100", lambda _: f"{path}&level=error", levels["error"]),
        ("rare substring", lambda _: f"{path}&search=zebrafish", journal.rare_words),
        ("beginning of a rare word", lambda _: f"{path}&q=zebraf*", journal.rare_words),
        ("one trace_id", lambda e: f"{path}&trace_id={e['trace_id']}", 1),
        ("nested context field", lambda _: user, journal.user_entries),
        ("one hour, newest 100", lambda _: f"{path}&{some_hour}", None),
        ("app_key and level, newest 100", lambda _: f"{path}&app_key=billing-api&level=error", journal.billing_errors),
        ("histogram by hour and level", lambda _: "/api/stats?buckets=168", None),
        ("regular expression, newest 100", lambda _: f"{path}&q=/node-1[0-9]+x/", None),
        ("newest 100, not counted", lambda _: f"{path}&total=false", None),
    ]
    for name, target, expected in rows:
        question = Question(kind.label + name, target, expected)
        run(report, client, question, journal.samples, group=kind.group, runs=RUNS)
