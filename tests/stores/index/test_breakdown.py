"""Values of contexts in DuckDB's SQL are what Python reads in them, and large entries that are not read are counted."""

import asyncio
from pathlib import Path

import duckdb
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logstream.entries.entry import Batch, LogEntry
from logstream.entries.ids import IdSource
from logstream.query.context_values import ContextPlace, scalar_text, spelled
from logstream.query.statistics import StatsQuery
from logstream.stores.file.store import FileStore
from logstream.stores.index import large_texts
from logstream.stores.index.context_sql import scalar

TIME = "2026-02-01T00:00:00.000Z"

numbers = st.from_regex(r"-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,4})?([eE][+-]?[0-9]{1,3})?", fullmatch=True)
texts = numbers | st.from_regex(r"-?0{0,3}[0-9]{1,20}(\.0)?|[a-z_0-9 ]{0,3}|é{190,210}", fullmatch=True)
values = numbers | texts.map(lambda text: f'"{text}"') | st.sampled_from(["null", "true", "false", "[]", "[1]", "{}"])
keys = st.sampled_from(["a", "b", "a.b", "a.b.c", "b.c", "c", "0"])
contexts = st.recursive(
    values,
    lambda inner: st.dictionaries(keys, inner, max_size=3).map(
        lambda members: "{" + ",".join(f'"{key}":{value}' for key, value in members.items()) + "}"
    ),
    max_leaves=8,
)


@settings(max_examples=10)
@given(st.lists(contexts.map(lambda value: f'{{"a":{value}}}'), min_size=30, max_size=60))
def test_any_value_is_read_alike(given_contexts: list[str]) -> None:
    with duckdb.connect() as db:
        for path in [("a",), ("a", "b"), ("a", "b", "c"), ("a", "0")]:
            place = ContextPlace(path)
            wanted = [(one, scalar_text(place.in_context(msgspec.Raw(one.encode())))) for one in given_contexts]
            parameters: list[object] = []
            source = f"SELECT context, {scalar(path, 0, parameters)} FROM (SELECT unnest(?) AS context, 1 AS load)"
            rows = db.execute(source, [*parameters, given_contexts]).fetchall()
            assert [(one, None if text is None else spelled(text)) for one, text in rows] == wanted


def test_large_entries_are_read_up_to_a_number_and_the_others_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(large_texts, "MOST_READ", 2)
    text, context = "x" * large_texts.LARGE, msgspec.Raw(b'{"node":"a"}')
    large = [
        LogEntry(entry_id, "t", None, "app", "x", None, "info", "general", text, context, TIME, TIME)
        for entry_id in IdSource().take(5)
    ]
    with asyncio.Runner() as runner:
        store = FileStore(tmp_path)
        runner.run(store.start())
        runner.run(store.append(Batch(large)))
        split = runner.run(store.stats(StatsQuery(split="context.node"))).split
        runner.run(store.stop())
    assert isinstance(split, msgspec.Struct)
    assert ([(one.value, one.count) for one in split.values], split.rest.count, split.unread) == ([("a", 2)], 0, 3)
