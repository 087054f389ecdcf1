"""Search and live agree: every condition means the same in SQL and as a predicate on live entries."""

import asyncio
import contextlib
import itertools
import json
import random
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.sync.client import ClientConnection, connect

from logstream.entries.entry import LEVELS, Batch, LogEntry, encode_lines
from logstream.entries.ids import IdSource, new_trace_id
from logstream.query.conditions import (
    And,
    Compare,
    Condition,
    Contains,
    ContextCompare,
    ContextContains,
    ContextEquals,
    ContextLike,
    ContextNull,
    ContextPresent,
    Equals,
    HasPattern,
    LogQuery,
    Matches,
    Not,
    OneOf,
    Or,
    Present,
    WordLike,
)
from logstream.query.fields import EXACT, exact_text
from logstream.query.language import InvalidSearch, parse
from logstream.query.patterns import pattern_of
from logstream.query.predicate import predicate
from logstream.store import Store
from logstream.stores.clickhouse.rows import ClickHouseRows
from logstream.stores.clickhouse.store import ClickHouseStore
from logstream.stores.index import blooms, large_texts, load, narrowing, sql
from logstream.stores.index.index import Index
from logstream.stores.index.large_texts import LargeTexts
from logstream.stores.journal.journal import Journal
from logstream.stores.mariadb.store import MariaDbStore
from tests.clickhouse import ClickHouse, clickhouse_of
from tests.database import MariaDb, address_of
from tests.harness import Server

WORDS = [
    *(
        "timeout",
        "Timeout",
        "connection",
        "conn-reset",
        "reconnect",
        "card declined",
        "node-17",
        "NODE-4",
        "a_b",
        "a%b",
    ),
    *(
        "STRASSE",
        "straße",
        "Straẞe",
        "ΟΔΟΣ",
        "οδος",
        "οδοσ",
        "İstanbul",
        "istanbul",
        "ıI",
        "K",
        "Å",
        "ﬁn",
        "e\u0301",
        "É",
    ),
    *(
        "日志",
        "🔥",
        "",
        " ",
        "\t",
        "x\ny",
        "'",
        '"',
        "\\",
        "%",
        "_",
        "--",
        "(",
        ")",
        "/",
        "*",
        "..",
        "\u2028",
        "\x00",
        "\x7f",
    ),
    *("\x1b[31merr", "or\x1b[0m", "\x1b[1;32mcon\x1b[0mnect", "\x1b[", "cafe\u0301", "caf\u00e9"),
    *("foo.bar", "foo bar", "x=1", "10.0.0.1", "\ufffd", "ǅ", "ß", "ŉ", "ſ"),
]
CONTEXTS = [
    *("null", "{}", "[]", '{"a":1}', '{"a":"1"}', '{"a":1.0}', '{"a":"1.0"}', '{"a":1.10}', '{"a":-0.0}', '{"a":1e2}'),
    *('{"a":null}', '{"a":true}', '{"a":"true"}', '{"a":{"b":2}}', '{"a":{"b":null}}', '{"a":[1,2]}', '{"a":"[1,2]"}'),
    *('{"a":" 1 "}', '{"a":"1_000"}', '{"a":"+1"}', '{"a":"inf"}', '{"a":"nan"}', '{"a":1e999}', '{"a":"1e999"}'),
    *('{"a":123456789012345678901234567890}', '{"a":9007199254740993}', '{"a":18446744073709551615}', '{"a":""}'),
    *(
        '{"a":1,"a":2}',
        '{"a":1,"\\u0061":2}',
        '{"a":{"b":1},"a":{"b":2}}',
        '{"a":{"b":1},"a":{"c":2}}',
        '{"a":{"b":2,"b":[1],"b":{"c":1,"c":42}}}',
        '{"a":[{"b":1,"b":2}],"a":[{"b":2}]}',
        '{"a":1,"a":null}',
        '{"a.b":1,"a.b":null,"a":{"b":1,"b":2}}',
        '{"a":"x","a":12345678901234567890123}',
        '{"\\u0061":1}',
        '{"a":"\\u00e9"}',
        '{"a":"é"}',
        '{"a/b":1}',
        '{"a~b":1}',
    ),
    *('["x",{"a":1}]', '{"0":"zero","00":"two"}', '["zero"]', '{"a":{"b":[{"c":42}]}}', '{"a":"{\\"b\\":1}"}'),
    *('{"é":"ü"}', '{"b":{"a":1}}', '{"a":"x\\u0000y"}', '{"":{"a":1}}', '{"a b":"c d"}', '{"a":{"":5}}', '{"a":1E+2}'),
    '{"a":%s}' % ("9" * 400),
    '{"a":"%s"}' % ("0" * 400 + "1"),
]
NEAR = [2**53 - 1, 2**53, 2**53 + 1, 2.0**53, -(2**53) - 1, 2**64, 10**29 + 1, -(10**40)]
"""Whole numbers that doubles don't tell apart."""

CONTEXTS += [
    *('{"k8s.pod.name":"p"}', '{"k8s":{"pod.name":"p"}}', '{"k8s.pod":{"name":"p"}}', '{"k8s":{"pod":{"name":"p"}}}'),
    *('{"k8s":{"pod":{"name":"q"}},"k8s.pod.name":"p"}', '{"k8s.pod.name":null,"k8s":{"pod":{"name":5}}}'),
    *('{"k8s.pod":5,"k8s":{"pod.name":null}}', '{"k8s.pod.name":{"x":1}}', '{"k8s":[{"pod.name":"p"}]}', '{"é.x":1}'),
    *(
        '{"text":"k8s.pod k8s.pod.name","k8s":{"pod":{"name":"p"}}}',
        '{"a.b":[7],"a":{"b":8}}',
        '{"a.0":"dotted","a":[1]}',
    ),
    *(
        '{"a":"10.0.0.1"}',
        '{"a":100}',
        '{"a":1.5}',
        '{"a":"10.\\n"}',
        '{"a":"a\\/b"}',
        '{"-x":{"-1":"minus"}}',
        '{"a":-5}',
    ),
    *(f'{{"a":{number}}}' for number in NEAR),
    *(f'{{"a":"00{number}"}}' for number in NEAR if number > 0),
]
PATHS = [
    *(("k8s", "pod", "name"), ("k8s", "pod"), ("k8s",), ("k8s", "0", "pod", "name"), ("é", "x"), ("-x", "-1"), ("-x",)),
    ("a",),
    ("b",),
    ("a", "b"),
    ("0",),
    ("00",),
    ("1", "a"),
    ("a", "b", "0", "c"),
    ("a/b",),
    ("a~b",),
    ("é",),
    ("a", "0"),
    ("a", "1"),
    ("a", "2"),
    ("-1",),
    ("a b",),
    ("a", "99999999999999999999"),
]
VALUES = [
    *(str(number) for number in NEAR),
    *("p", "q", "5", "dotted", "minus", "7"),
    "1",
    "1.0",
    "2",
    "42",
    "100",
    "true",
    "x",
    "",
    "zero",
    "é",
    "ü",
    "[1,2]",
    '{"b":2}',
    '{"b":1}',
    "inf",
    "1e999",
    "nan",
    " 1 ",
    "1_000",
    "+1",
    "123456789012345678901234567890",
    "9007199254740993",
    "9" * 400,
    "x\x00y",
    "c d",
    "0",
    "-0",
    "null",
]
START = datetime(2026, 1, 15, 14, 22)
MOMENTS = [START + timedelta(microseconds=micros) for micros in (0, 1, 999, 1000, 1001, 500_000, 999_999, 1_000_000)]
PATTERNS = [
    r"node-\d+",
    "^$",
    "^x",
    "y$",
    "a.b",
    "x.y",
    r"\bconn",
    r"[[:upper:]]{3}",
    r"(?i)straße",
    "ß",
    "k",
    "É",
    r"\x00",
    r"(a|b)*c",
    r"\p{Greek}",
    r"^\pL+$",
    "日|🔥",
    r"(?s)x.y",
    r"(?m)^y",
    r"\W",
    r"\.",
    "%",
    "_",
    "ı",
    ".*",
    "",
]


def corpus() -> list[LogEntry]:
    """Some hundred entries that differ in everything a condition can ask for; the same every time."""
    chance = random.Random(20260115)
    ids = IdSource().take(600)
    entries = []
    for number, entry_id in enumerate(ids):
        moment = chance.choice(MOMENTS) + timedelta(seconds=chance.choice([0, 0, 0, 1, 86_400]))
        micros = moment.microsecond % 1000 != 0
        entries.append(
            LogEntry(
                id=entry_id,
                trace_id=chance.choice([new_trace_id(), "", "trace-1", "0AF7651916CD43DD8448EB211C80319C"]),
                batch_id=chance.choice([None, "", "b1", "B1"]),
                app_key=chance.choice(["billing-api", "Billing-API", "straße", "a%"]),
                app_id=chance.choice(["production", "staging", "x y"]),
                user_agent=chance.choice([None, "", *WORDS]),
                level=chance.choice(LEVELS),
                category=chance.choice(["general", *WORDS]),
                message="".join(chance.choices(WORDS, k=chance.choice([0, 1, 1, 2, 3, 6]))),
                context=msgspec.Raw(CONTEXTS[number % len(CONTEXTS)].encode()),
                timestamp=moment.isoformat(timespec="microseconds" if micros else "milliseconds") + "Z",
                created_at="2026-01-15T14:22:00.000Z",
            )
        )
    return entries


CORPUS = corpus()


LONG = sorted(map(len, encode_lines(CORPUS).splitlines()))[len(CORPUS) * 9 // 10]
"""A length of lines: a tenth of them is longer."""

Finder = Callable[[list[Condition]], set[str]]


@pytest.fixture(scope="module", params=["file", "file of large entries", "file in blocks", "mariadb", "clickhouse"])
def find(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Finder]:
    """What a store finds: the ids of the entries of CORPUS that match."""
    store = {"mariadb": in_database, "clickhouse": in_clickhouse}.get(request.param, in_index)
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "file of large entries":
            patch.setattr(large_texts, "LARGE", LONG)
        elif request.param == "file in blocks":
            patch.setattr(load, "CHUNK_BYTES", 300)
            patch.setattr(blooms, "BLOCK", 1)
            patch.setattr(narrowing, "MOST_SHARE", 1)
        with store(tmp_path_factory.mktemp("store"), request) as finder:
            yield some_of(finder) if request.param == "clickhouse" else finder


ONE_IN = 5
"""Of so many questions ClickHouse is asked one: each costs 15 ms there."""


def some_of(finder: Finder) -> Finder:
    """The same questions each time, and the answers that are right for those between."""
    asked = itertools.count()
    return lambda where: found_live(where) if next(asked) % ONE_IN else finder(where)


@contextlib.contextmanager
def in_index(folder: Path, request: pytest.FixtureRequest) -> Iterator[Finder]:
    """The corpus, written as journal lines and indexed as any journal is."""
    day = folder / "2026/01/15.jsonl"
    day.parent.mkdir(parents=True)
    day.write_bytes(encode_lines(CORPUS))
    journal = Journal(folder)
    journal.open()
    made = Index(journal, 300_000_000, path=folder / "index.duckdb")
    made.open()
    made.step()
    while not made.is_tidy:
        made.tidy()
    assert made.entry_count() == len(CORPUS)
    texts = LargeTexts(journal, made.blooms)
    with made.cursor() as cursor:

        def find(where: list[Condition]) -> set[str]:
            clause, parameters = sql.where(texts.decided(cursor, where))
            return {row[0] for row in cursor.execute(f"SELECT id FROM entries {clause}", parameters).fetchall()}

        yield find
    made.close()
    journal.close()


@contextlib.contextmanager
def in_database(folder: Path, request: pytest.FixtureRequest) -> Iterator[Finder]:
    """The corpus, stored in MariaDB."""
    mariadb: MariaDb = request.getfixturevalue("mariadb")
    with mariadb.database() as settings:
        yield from found_by(MariaDbStore(address_of(settings), folder))


@contextlib.contextmanager
def in_clickhouse(folder: Path, request: pytest.FixtureRequest) -> Iterator[Finder]:
    """The corpus, stored in ClickHouse."""
    clickhouse: ClickHouse = request.getfixturevalue("clickhouse")
    with clickhouse.database() as settings:
        store = ClickHouseStore(clickhouse_of(settings), folder)
        sure = ClickHouseRows(store.database, is_settled=True)

        async def surely(where: list[Condition]) -> set[str]:
            return {entry.id for entry in await sure.page(LogQuery(where, limit=10_000))}

        yield from found_by(store, surely)


def found_by(store: Store, surely: Callable[[list[Condition]], Awaitable[set[str]]] | None = None) -> Iterator[Finder]:
    """What a store finds, once it has the corpus; all that is `surely` so must be among it."""
    with asyncio.Runner() as runner:
        runner.run(store.start())
        runner.run(store.append(Batch(list(CORPUS))))

        async def all_ids(where: list[Condition]) -> set[str]:
            return {entry.id async for entries in store.scan(LogQuery(where, limit=10_000)) for entry in entries}

        async def checked(where: list[Condition]) -> set[str]:
            found = await all_ids(where)
            assert surely is None or await surely(where) <= found, where
            return found

        yield lambda where: runner.run(checked(where))
        runner.run(store.stop())


def found_live(where: list[Condition]) -> set[str]:
    matches = predicate(where)
    return {entry.id for entry in CORPUS if matches is None or matches(entry)}


def assert_agreed(find: Finder, where: list[Condition]) -> None:
    by_search, live = find(where), found_live(where)
    if by_search != live:
        differing = [entry for entry in CORPUS if entry.id in by_search ^ live][:3]
        found_where = ["search" if entry.id in by_search else "live" for entry in differing]
        raise AssertionError(f"{where} is found by {found_where} alone: {differing}")


texts = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(WORDS).map(str.swapcase),
    st.text(st.characters(codec="utf-8"), max_size=3),
    st.builds(
        lambda number, a, b: CORPUS[number].message[a : a + b],
        st.integers(0, len(CORPUS) - 1),
        st.integers(0, 9),
        st.integers(1, 5),
    ),
)
operators = st.sampled_from([">", ">=", "<", "<="])
leaves: st.SearchStrategy[Condition] = st.one_of(
    st.builds(
        lambda field, number: Equals(field, getattr(CORPUS[number], field) or ""),
        st.sampled_from(["app_key", "app_id", "trace_id", "batch_id", "level", "id"]),
        st.integers(0, len(CORPUS) - 1),
    ),
    st.builds(Equals, st.sampled_from(["app_key", "app_id", "trace_id", "batch_id", "level", "id"]), texts),
    st.builds(OneOf, st.just("level"), st.lists(st.sampled_from([*LEVELS, "ERROR"]), max_size=3).map(tuple)),
    st.builds(
        lambda field, numbers: OneOf(field, tuple(getattr(CORPUS[number], field) or "" for number in numbers)),
        st.sampled_from(["app_key", "app_id", "trace_id", "batch_id", "id"]),
        st.lists(st.integers(0, len(CORPUS) - 1), max_size=3),
    ),
    st.builds(Contains, st.sampled_from(["message", "category", "user_agent"]), texts),
    st.builds(WordLike, st.lists(texts, min_size=2, max_size=3).map(tuple).filter(any)),
    st.builds(Matches, st.sampled_from(PATTERNS), st.booleans()),
    st.builds(HasPattern, st.sampled_from([pattern_of(entry.message) for entry in CORPUS]) | texts),
    st.builds(Compare, st.just("timestamp"), operators, st.sampled_from(MOMENTS)),
    st.builds(
        Present,
        st.sampled_from(
            [
                "app_key",
                "app_id",
                "trace_id",
                "batch_id",
                "level",
                "id",
                "message",
                "category",
                "user_agent",
                "timestamp",
            ]
        ),
    ),
    st.builds(ContextEquals, st.sampled_from(PATHS), st.sampled_from(VALUES) | texts),
    st.builds(
        ContextCompare, st.sampled_from(PATHS), operators, st.sampled_from([0.0, 1, 1.1, 2, 100.0, 1e30, -1.0, *NEAR])
    ),
    st.builds(ContextPresent, st.sampled_from(PATHS)),
    st.builds(ContextNull, st.sampled_from(PATHS)),
    st.builds(ContextContains, texts.filter(bool) | st.sampled_from(["10.0", "é", "a/b", "pod", "\\"])),
    st.builds(
        ContextLike,
        st.sampled_from(PATHS),
        st.lists(st.sampled_from(["", "1", "10.", "x", "é"]), min_size=2, max_size=3).map(tuple),
    ),
)
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(And, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Or, st.lists(inner, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)


@settings(max_examples=500, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=st.lists(conditions, min_size=1, max_size=3))
def test_search_and_live_agree_on_every_tree_of_conditions(find: Finder, where: list[Condition]) -> None:
    assert_agreed(find, where)


def test_search_and_live_agree_on_every_context_value(find: Finder) -> None:
    for path in PATHS:
        equal = [ContextEquals(path, value) for value in VALUES]
        for condition in equal:
            assert_agreed(find, [condition])
        assert_agreed(find, [Not(condition) for condition in equal])


words = st.one_of(st.sampled_from(WORDS), texts, st.sampled_from(PATTERNS))
query_texts = st.lists(
    st.one_of(
        st.sampled_from(
            ["(", ")", "OR", "AND", "NOT", "-", " ", '"', "/", "*", ":", ">=", "level:", "context.a:", "/i"]
        ),
        words,
        words.map(lambda word: f'"{word}"'),
        words.map(lambda word: f"{word}*"),
        words.map(lambda word: f"*{word}*"),
        st.sampled_from(PATTERNS).map(lambda pattern: "/" + pattern.replace("/", "\\/") + "/"),
        st.sampled_from(
            [
                "level:>=warning",
                "level:error,info",
                "any:a",
                'message:""',
                'user_agent:""',
                'batch_id:""',
                "context.a:null",
                "context.a:1*",
                "user_agent:*",
                "context.a:>=1",
                "timestamp:2026-01-15",
            ]
        ),
        st.builds("context.{}:{}".format, st.sampled_from(PATHS).map(".".join), st.sampled_from(VALUES)),
    ),
    max_size=8,
).map(" ".join)


@settings(max_examples=500, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=query_texts | st.text(st.characters(codec="utf-8"), max_size=40))
def test_every_text_is_a_query_on_which_both_agree_or_an_error_with_its_place(find: Finder, text: str) -> None:
    fault = None
    try:
        where = parse(text)
    except InvalidSearch as error:
        fault = error
    if fault is None:
        assert_agreed(find, where)
    else:
        assert fault.reason
        assert 0 <= fault.position <= len(text)


FILTERS: list[dict[str, Any]] = [
    {},
    {"level": "error"},
    {"level": "error,critical"},
    {"level": ["error", "critical"]},
    {"level": "ERROR"},
    {"min_level": "warn"},
    {"app_key": "billing-api"},
    {"app_key": "Billing-API", "level": "info"},
    {"app_id": "x y"},
    {"app_id": "x y,staging"},
    {"app_key": "billing-api,straße"},
    {"app_key": "billing-api\\,straße"},
    {"trace_id": "trace-1,0AF7651916CD43DD8448EB211C80319C"},
    {"batch_id": "b1,B1"},
    {"q": "batch_id:b1,B1 -app_id:staging,production"},
    {"q": 'app_id:"x y",staging app_key:straße,"billing-api"'},
    {"q": 'app_key:"billing-api,straße",nobody'},
    {"app_key": ["billing-api", "a,b"]},
    {"category": ["İ", "pay"]},
    {"search": ["timeout", "100%"], "user_agent": ["node", "curl"]},
    {"context.a": ["é", "1"]},
    {"trace_id": "trace-1"},
    {"batch_id": "b1"},
    {"search": "%"},
    {"search": "_"},
    {"search": "STRASSE"},
    {"search": "straße"},
    {"search": "οδοσ"},
    {"search": "TIMEOUT"},
    {"category": "İ"},
    {"user_agent": "node"},
    {"context.a": 1},
    {"context.a": 1.0},
    {"context.a": "é"},
    {"context.a": True},
    {"context.a.b.0.c": "42"},
    {"context.a/b": "1"},
    {"date_from": "2026-01-15T14:22:00.5Z"},
    {"date_to": "2026-01-15T16:22:00+02:00"},
    {"date_from": "2026-01-15", "date_to": 1768487000},
    {"q": "conn*"},
    {"q": "*conn* -con*ion OR *ion"},
    {"q": 'any:k8s OR context.a:"" OR context.a:null'},
    {"q": "context.a:10.*"},
    {"context.k8s.pod.name": "p"},
    {"context.a": 2**53 + 1},
    {"q": 'timeout OR "card declined"'},
    {"q": r"/node-\d+/i -level:debug"},
    {"q": "NOT (level:>=warning OR context.a:*)", "app_key": "billing-api"},
    {"q": "context.a:>=1 context.a:<100"},
    {"q": "user_agent:* -user_agent:node"},
    {"q": "日志 OR 🔥"},
    {"q": "timestamp:>2026-01-15T14:22:00.001Z"},
]


def as_parameters(filters: dict[str, Any]) -> dict[str, str | list[str]]:
    """As a query string has them, which lists the values of exact fields with commas, and others one by one."""
    shown = {True: "true", False: "false"}
    return {
        name: (exact_text(value) if name in EXACT else value)
        if isinstance(value, list)
        else shown[value]
        if isinstance(value, bool)
        else str(value)
        for name, value in filters.items()
    }


def subscribed(server: Server, filters: dict[str, Any]) -> ClientConnection:
    viewer = connect(f"{server.ws_url}/", compression=None, max_size=None, ping_interval=None, legacy=True)
    assert json.loads(viewer.recv(10))["type"] == "connected"
    viewer.send(msgspec.json.encode({"type": "subscribe", "filter": filters}).decode())
    assert json.loads(viewer.recv(10)) == {"type": "subscribed", "filter": as_parameters(filters)}
    return viewer


@pytest.mark.heavy  # filters share the time of the event loop, and this asks for all that there are at once
def test_over_sockets_a_filter_streams_just_what_it_finds(shared_server: Server) -> None:
    viewers = [(filters, subscribed(shared_server, filters)) for filters in FILTERS]
    in_url = [
        (
            filters,
            connect(
                f"{shared_server.url.replace('http', 'ws')}/ws?" + httpx_query(filters),
                compression=None,
                ping_interval=None,
                legacy=True,
            ),
        )
        for filters in FILTERS
    ]
    try:
        for _, viewer in in_url:
            assert json.loads(viewer.recv(10))["type"] == "connected"
        answer = shared_server.post(encode_lines(CORPUS), headers={"Content-Type": "application/x-ndjson"})
        assert answer.text.startswith(f'{{"saved":{len(CORPUS)},')
        end = shared_server.post({"app_key": "end", "app_id": "end", "message": "end"}).json()["entries"][0]
        for filters, viewer in viewers + in_url:
            found = sorted(entry["id"] for entry in shared_server.all_entries(**as_parameters(filters)))
            assert end["id"] in found or filters
            # A filter that costs time is put off behind others, a pong is not: what is expected comes first.
            got = [json.loads(viewer.recv(30)) for _ in found]
            viewer.send('{"type":"ping"}')
            assert json.loads(viewer.recv(30))["type"] == "pong", filters
            assert {message["type"] for message in got} <= {"log"}, filters
            assert [message["data"]["id"] for message in got] == found, filters
    finally:
        for _, viewer in viewers + in_url:
            viewer.close()


def httpx_query(filters: dict[str, Any]) -> str:
    import httpx

    return str(httpx.QueryParams(as_parameters(filters)))
