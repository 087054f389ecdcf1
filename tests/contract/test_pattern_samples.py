"""Where many entries match, patterns are counted in a sample, and the answer says so."""

import asyncio
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from logstream.entries.entry import NULL, Batch, LogEntry
from logstream.entries.ids import IdSource
from logstream.query.conditions import LogQuery
from logstream.query.filters import read_filters
from logstream.query.results import Pattern, Patterns
from logstream.store import Store
from logstream.stores.clickhouse.store import ClickHouseStore
from logstream.stores.file.store import FileStore
from logstream.stores.index import large_texts
from logstream.stores.index import patterns as in_index
from logstream.stores.mariadb.store import MariaDbStore
from logstream.stores.reading import patterns as in_database
from tests.clickhouse import ClickHouse, clickhouse_of
from tests.database import MariaDb, address_of

START = datetime(2026, 2, 1)
COMMON, RARE, ONCE = "User <n> logged in", "Disk <n> failed", "Backup <n> began"

Ask = Callable[..., Patterns]


def entries() -> list[LogEntry]:
    """4,000 entries, a second each: one in ten a warning that says the same, three errors, and one of its kind."""
    chance = random.Random(20260201)
    made = []
    for number, entry_id in enumerate(IdSource().take(4000)):
        message, level = f"User {number} logged in", "info"
        if number % 10 == 0:
            message, level = f"Queue {number} is full", "warning"
        if number in (700, 3000, 3001):
            message, level = f"Disk {number} failed", "error"
        if number == 100:
            message = f"Backup {number} began"
        moment = START + timedelta(seconds=number)
        time = moment.isoformat(timespec="milliseconds") + "Z"
        app = chance.choice(["shop", "billing"])
        made.append(LogEntry(entry_id, "t", None, app, "x", None, level, "general", message, NULL, time, time))
    return made


@pytest.fixture(scope="module", params=["file", "mariadb", "clickhouse"])
def ask(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    folder = tmp_path_factory.mktemp("store")
    with pytest.MonkeyPatch.context() as patch, asyncio.Runner() as runner:
        for module in (in_index, in_database):
            patch.setattr(module, "MOST", 1000)
            patch.setattr(module, "MOST_OF_LEVEL", 500)
        if request.param == "file":
            yield from asking(FileStore(folder), runner)
            return
        if request.param == "clickhouse":
            clickhouse: ClickHouse = request.getfixturevalue("clickhouse")
            with clickhouse.database() as settings:
                yield from asking(ClickHouseStore(clickhouse_of(settings), folder), runner)
            return
        mariadb: MariaDb = request.getfixturevalue("mariadb")
        with mariadb.database() as settings:
            yield from asking(MariaDbStore(address_of(settings), folder), runner)


def asking(store: Store, runner: asyncio.Runner) -> Iterator[Ask]:
    runner.run(store.start())
    runner.run(store.append(Batch(entries())))

    def ask(**filters: str) -> Patterns:
        return runner.run(store.patterns(LogQuery(read_filters(filters), 50), UTC))

    yield ask
    runner.run(store.stop())


def by_name(answer: Patterns) -> dict[str, Pattern]:
    return {one.pattern: one for one in answer.patterns}


def test_what_is_frequent_is_estimated_and_what_is_rare_and_severe_is_exact(ask: Ask) -> None:
    answer = ask()
    assert answer.sampled
    assert answer.total == 4000
    found = by_name(answer)
    assert 3000 < found[COMMON].count < 4200
    assert found[COMMON].levels["info"] == found[COMMON].count
    assert sum(found[COMMON].histogram) == pytest.approx(found[COMMON].count, rel=0.02)
    assert found["Queue <n> is full"].count == 397  # the tenth entries that say something else are three
    assert found[RARE].count == 3
    assert answer == ask()


def test_few_are_counted_exactly(ask: Ask) -> None:
    answer = ask(date_from="2026-02-01T00:50:00Z")
    assert not answer.sampled
    assert sum(one.count for one in answer.patterns) == answer.total == 1000


def test_what_the_sample_of_the_past_misses_is_looked_for_before_it_is_called_new(ask: Ask) -> None:
    answer = by_name(ask(date_from="2026-02-01T00:50:00Z"))  # the past has 3,000, and one failed disk
    assert {name: one.new for name, one in answer.items()} == {COMMON: False, "Queue <n> is full": False, RARE: False}
    assert by_name(ask(date_from="2026-02-01T00:50:00Z", q="-700"))[RARE].new


def test_a_search_that_is_decided_here_is_sampled_too(ask: Ask) -> None:
    answer = ask(q=r"/^(User|Disk) \d+/")
    assert answer.sampled
    assert 3000 < answer.total < 4200
    found = by_name(answer)
    assert found.keys() == {COMMON, RARE}
    assert found[COMMON].share + found[RARE].share == pytest.approx(1, abs=0.2)  # ClickHouse knows the total exactly


def test_large_entries_that_are_not_read_make_a_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large_texts, "MOST_READ", 2)
    large = [
        msgspec.structs.replace(entry, message=f"Dump {number} " + "x" * large_texts.LARGE)
        for number, entry in enumerate(entries()[:4])
    ]
    with asyncio.Runner() as runner:
        store = FileStore(tmp_path)
        runner.run(store.start())
        runner.run(store.append(Batch(large)))
        answer = runner.run(store.patterns(LogQuery(), UTC))
        runner.run(store.stop())
    assert (answer.total, answer.sampled, [one.count for one in answer.patterns]) == (4, True, [2])
