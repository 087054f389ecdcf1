"""The last of keys that stand twice counts, whenever they were loaded, and whatever is known of the others."""

import asyncio
from pathlib import Path

import duckdb
import msgspec
import pytest

from logstream.entries.entry import Batch, LogEntry
from logstream.entries.ids import IdSource
from logstream.query.language import parse
from logstream.stores.index import sql
from logstream.stores.index.doubled_keys import DoubledKeys, may_be_doubled
from logstream.stores.index.index import Index
from logstream.stores.journal.journal import Journal

TIME = "2026-01-15T14:22:00.000Z"
USER = ("user", "id")
IDS = IdSource()


def batch(*contexts: str) -> Batch:
    return Batch(
        [
            LogEntry(
                entry_id, "t", None, "a", "b", None, "info", "c", context, msgspec.Raw(context.encode()), TIME, TIME
            )
            for entry_id, context in zip(IDS.take(len(contexts)), contexts, strict=True)
        ]
    )


@pytest.mark.parametrize(
    ("context", "may_be"),
    [
        ('{"user":{"id":1}}', False),
        ('{"user":{"id":1},"other":{"user_id":2},"text":"user id: \\"id\\" \\n"}', False),
        ('{"user":{"id":1,"id":2}}', True),
        ('{"user":{"id":1},"user":{}}', True),
        ('{"user.id":1,"user.id":2}', True),
        ('{"user":{"id":1,"\\u0069d":2}}', True),
    ],
)
def test_contexts_in_which_a_key_may_stand_twice_are_told(context: str, may_be: bool) -> None:
    parameters: list[object] = []
    clause = may_be_doubled(USER, parameters)
    with duckdb.connect() as db:
        assert db.execute(f"SELECT {clause} FROM (SELECT ? AS context)", [*parameters, context]).fetchone() == (may_be,)


def test_the_last_counts_among_what_was_looked_through_and_what_comes_later(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.open()
    index = Index(journal, 300_000_000, path=tmp_path / "index.duckdb")
    index.open()
    keys, runner = DoubledKeys(), asyncio.Runner()

    async def started() -> None:
        journal.start()

    def store(*contexts: str) -> None:
        async def append() -> None:
            await journal.append({"2026/01/15.jsonl": batch(*contexts).lines}, lambda: None)

        runner.run(append())
        index.step()

    def found(query: str) -> list[str]:
        with index.cursor() as cursor:
            clause, parameters = sql.where(keys.minded(parse(query)))
            rows = cursor.execute(f"SELECT message FROM entries {clause} ORDER BY id", parameters).fetchall()
            return [row[0] for row in rows]

    def looked_through() -> int:
        with index.cursor() as cursor:
            keys.look_through(cursor)
        return keys.none_until(USER)

    runner.run(started())
    one, two = '{"user":{"id":1}}', '{"user":{"id":2}}'
    last_one, last_two = '{"user":{"id":2,"id":1}}', '{"user":{"id":1},"user":{"id":2}}'
    store(one, two)
    assert found("context.user.id:1") == [one]
    assert keys.is_asked
    clean = looked_through()
    assert clean > 0
    store(last_one, last_two)
    assert found("context.user.id:1") == [one, last_one]
    assert found("NOT context.user.id:1") == [two, last_two]
    assert looked_through() == clean
    assert not keys.is_asked
    assert found("context.user.id:>1 OR context.user.id:1") == [one, two, last_one, last_two]
    index.close()
    index.remove()
    index.open()
    index.step()
    assert found("context.user.id:1") == [one, last_one]
    journal.close()
    runner.close()
