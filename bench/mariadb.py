"""Ingest and search with STORAGE_TYPE=mariadb, on a mariadbd of its own with default settings.

The server has one core, the client the other, and mariadbd takes of both what it gets.
"""

import asyncio
import json
import random
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Final

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
from logstream.stores.mariadb.store import MariaDbStore

RUNS: Final = 5
"""Fewer than for files: some of these take seconds."""

BATCH: Final = 1000
ENTRIES: Final = 1_000_000
NAME: Final = "MariaDB: "


def mariadb(report: Report) -> None:
    with temporary_folder() as folder, running_mariadb(folder / "mariadb") as database:
        with database.database() as settings:
            ingest(report, folder, settings)
        with database.database() as settings:
            search(report, folder, database, settings)


@contextmanager
def running_mariadb(folder: Path) -> Iterator[OwnMariaDb]:
    database = OwnMariaDb(folder)
    try:
        yield database.start()
    finally:
        database.end()


def register(server: Server) -> dict[str, str]:
    """A client of its own, as headers."""
    body = json.dumps({"name": "Benchmark", "app_key": "billing-api"}).encode()
    request = urllib.request.Request(f"{server.url}/api/clients", body, {"Content-Type": "application/json"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return {"X-Api-Key": "billing-api", "X-Api-Token": json.load(answer)["api_token"]}


def ingest(report: Report, folder: Path, settings: dict[str, str]) -> None:
    for batch, connections in ((1, 64), (100, 4), (BATCH, 4)):
        label = f"{NAME}batches of {batch}, {connections} connections"
        if batch == 1:
            label = f"{NAME}POST one entry, {connections} connections"
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
                "mariadb", label, accepted / done.seconds, unit, p99_ms=done.p99_ms, searchable_per_second=stored / took
            )


def headers_of(server: Server) -> dict[str, str]:
    """A new token of the client that is there already."""
    request = urllib.request.Request(f"{server.url}/api/clients/billing-api/rotate", b"")  # noqa: S310
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return {"X-Api-Key": "billing-api", "X-Api-Token": json.load(answer)["api_token"]}


def search(report: Report, folder: Path, database: OwnMariaDb, settings: dict[str, str]) -> None:
    count = report.count(ENTRIES)
    with report.working(f"storing {count:,} entries"):
        (folder / "journal").mkdir()
        journal = write_journal(folder / "journal", count, UNTIL)
        began = time.monotonic()
        asyncio.run(fill(folder / "journal", settings))
        report.add("mariadb", f"{NAME}filling the table, no HTTP", count / (time.monotonic() - began), "entries/s")
        database.ask("ANALYZE TABLE log_entries", database=settings["DB_NAME"])
    with running_server(folder, SERVER, settings) as server:
        client = Client(server.http_port)
        ask(report, client, journal)
        client.close()


async def fill(folder: Path, settings: dict[str, str]) -> None:
    store = MariaDbStore(address_of(settings), folder / "spool")
    await store.start()
    for path in await asyncio.to_thread(lambda: sorted(folder.glob("2*/*/*.jsonl"))):
        with path.open("rb") as lines:
            while entries := [decode_entry(line) for line in islice(lines, BATCH)]:
                await store.append(Batch(entries))
    await store.stop()


def ask(report: Report, client: Client, journal: Journal) -> None:
    levels, count = journal.levels, journal.count
    path = "/api/logs?limit=100"
    user = f"{path}&context.user.id={journal.user_id}"
    some_hour, _ = hour(random.Random(7))
    rows = [
        ("newest 100", lambda _: path, count),
        ("level=error, newest 100", lambda _: f"{path}&level=error", levels["error"]),
        ("rare substring", lambda _: f"{path}&search=zebrafish", journal.rare_words),
        ("one trace_id", lambda e: f"{path}&trace_id={e['trace_id']}", 1),
        ("nested context field", lambda _: user, journal.user_entries),
        ("one hour, newest 100", lambda _: f"{path}&{some_hour}", None),
        ("app_key and level, newest 100", lambda _: f"{path}&app_key=billing-api&level=error", journal.billing_errors),
        ("histogram by hour and level", lambda _: "/api/stats?buckets=168", None),
        ("regular expression, newest 100", lambda _: f"{path}&q=/node-1[0-9]+x/", None),
        ("newest 100, not counted", lambda _: f"{path}&total=false", None),
    ]
    for name, target, expected in rows:
        question = Question(NAME + name, target, expected)
        run(report, client, question, journal.samples, group="mariadb", runs=RUNS)
