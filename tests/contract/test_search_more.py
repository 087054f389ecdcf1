"""What reading offers beyond the original: lists of levels, context fields, order, cursors, days of a zone."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from websockets.sync.client import connect

from tests.conftest import Settings
from tests.harness import WAIT, Server, running

all_stores = True
cluster_too = True

LEVELS = ["debug", "info", "notice", "warning", "error", "critical"]
CONTEXTS: list[Any] = [
    {"user": {"id": 42, "name": "Ada"}, "tags": ["a", {"deep": True}], "rate": 1.50},
    {"user": {"id": "42"}, "a/b": 1, "c~d": 2, 'quo"te': 3, "nothing": None},
    {"user": {"id": 42.0}, "big": 123456789012345678901234567890, "é": "ü"},
    {"user": {"id": 43}, "user.id": 42, "text": "10%_x"},
    [{"id": 7}, "x"],
    None,
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, storage: Settings) -> Iterator[Server]:
    """Six entries, one of each level and context, ten minutes apart, with app_key `six`."""
    with running(tmp_path_factory.mktemp("server"), **storage()) as started:
        logs = [
            {"level": level, "context": context, "timestamp": f"2026-02-01T10:{10 * n:02d}:00Z", "message": str(n)}
            for n, (level, context) in enumerate(zip(LEVELS, CONTEXTS, strict=True))
        ]
        assert started.post({"app_key": "six", "app_id": "x", "logs": logs}).json()["saved"] == 6
        yield started


def found(server: Server, **filters: Any) -> list[int]:
    entries = server.search(app_key="six", **filters)["entries"]
    return [int(entry["message"]) for entry in entries]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"level": "error,critical"}, [5, 4]), ({"level": "debug, info"}, [1, 0]), ({"level": "error,loud"}, [4]),
        ({"level": "ERROR,loud"}, []), ({"min_level": "warning"}, [5, 4, 3]),
        ({"min_level": "debug"}, [5, 4, 3, 2, 1, 0]),
        ({"min_level": "FATAL"}, [5]), ({"min_level": "error", "level": "warning,error"}, [4]),
    ],
)  # fmt: skip
def test_several_levels_may_be_asked_for(server: Server, filters: dict[str, str], expected: list[int]) -> None:
    assert found(server, **filters) == expected


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"level": ["error", "critical"]}, [5, 4]), ({"level": ["error,loud", "critical"]}, [5, 4]),
        ({"level": ["error", ""]}, [4]), ({"min_level": ["error", "critical"]}, [5]),
        ({"q": ["level:error", "level:critical"]}, [5]), ({"search": ["4", "5"]}, [5, 4]),
        ({"context.rate": ["1.5", "x"], "context.user.name": ["Ada", "Bob"]}, [0]),
    ],
)  # fmt: skip
def test_a_field_that_is_given_several_times_may_have_any_of_the_values(
    server: Server, filters: dict[str, list[str]], expected: list[int]
) -> None:
    assert found(server, **filters) == expected


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("user.id", "42", [3, 2, 1, 0]), ("user.id", "42.0", [3, 2, 1, 0]), ("user.id", "4.2e1", [3, 2, 1, 0]),
        ("user.id", "43", []), ("user.id", "4", []), ("user.name", "Ada", [0]), ("user.name", "ada", []),
        ("rate", "1.5", [0]), ("rate", "1.50", [0]), ("tags.0", "a", [0]), ("tags.1.deep", "true", [0]),
        ("0.id", "7", [4]), ("1", "x", [4]), ("a/b", "1", [1]), ("c~d", "2", [1]), ('quo"te', "3", [1]),
        ("é", "ü", [2]), ("text", "10%_x", [3]), ("big", "123456789012345678901234567890", [2]),
        ("nothing", "null", []), ("user", "42", []), ("absent", "1", []), ("user.id.more", "42", []),
        ("'; DROP TABLE entries; --", "1", []),
    ],
)  # fmt: skip
def test_fields_of_the_context_are_found_by_their_path(
    server: Server, path: str, value: str, expected: list[int]
) -> None:
    assert found(server, **{f"context.{path}": value}) == expected


@pytest.fixture(scope="module")
def words(server: Server) -> Server:
    """Entries of the application `words`, each with its number in the context."""
    messages = ["connection reset", "reconnect", "a \x1b[31mfai\x1b[0mlure", "caf\u00e9", "cafe\u0301", "\x1b[\u017fo"]
    contexts: list[Any] = [
        {"ip": "10.0.0.1", "s": ""},
        {"ip": "10.0.7.1", "k8s.pod.name": "web-1"},
        {"ip": "110.0.0.1", "k8s": {"pod": {"name": "web-1"}}},
        {"big": 2**53 + 1, "x": None},
        {"big": 2**53, "x": "null"},
        {"who": "Card holder", "-flag": {"-x": 1}},
    ]
    logs = [{"message": m, "context": {**c, "n": n}} for n, (m, c) in enumerate(zip(messages, contexts, strict=True))]
    assert server.post({"app_key": "words", "app_id": "x", "logs": logs}).json()["saved"] == 6
    return server


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("conn*", [0]), ("*conn*", [0, 1]), ("*connect", [1]), ("con*ion", [0]), ("con*set", []),
        ("*", [0, 1, 2, 3, 4, 5]),
        ("so", [5]),
        ("failure", [2]), ("fai*", [2]), ("caf\u00e9", [3, 4]), ("cafe\u0301", [3, 4]), ("CAF\u00c9*", [3, 4]),
        ("any:card", [5]), ("any:reset", [0]), ('any:"card holder"', [5]),
        ("context.ip:10.0*", [0, 1]), ("context.ip:*.1", [0, 1, 2]), ("context.n:*", [0, 1, 2, 3, 4, 5]),
        ('context.s:""', [0]), ("context.x:null", [3]), ('context.x:"null"', [4]), ('batch_id:""', [0, 1, 2, 3, 4, 5]),
        ("context.k8s.pod.name:web-1", [1, 2]), ("context.k8s.pod.name:web*", [1, 2]), ("context.-flag.-x:1", [5]),
        ("context.big:9007199254740993", [3]), ("context.big:9007199254740992", [4]),
        ("context.big:>9007199254740992", [3]), ("context.big:<=9007199254740992", [4]),
    ],
)  # fmt: skip
def test_the_search_language_finds_what_is_there(words: Server, query: str, expected: list[int]) -> None:
    entries = words.search(app_key="words", q=query)["entries"]
    assert sorted(entry["context"]["n"] for entry in entries) == expected


def test_conditions_on_the_context_hold_together(server: Server) -> None:
    assert found(server, **{"context.user.id": "42", "context.user.name": "Ada"}) == [0]


def test_the_oldest_may_come_first(server: Server) -> None:
    assert found(server, order="asc") == [0, 1, 2, 3, 4, 5]
    assert found(server, order="DESC") == [5, 4, 3, 2, 1, 0]
    assert found(server, order="asc", limit=2, offset=1) == [1, 2]


def test_the_count_may_be_left_out(server: Server) -> None:
    page = server.search(app_key="six", total="false", limit=2)
    assert page["total"] is None
    assert len(page["entries"]) == 2


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_a_cursor_goes_on_where_the_page_ended_while_entries_arrive(server: Server, order: str) -> None:
    app = f"cursor-{order}"
    logs = [{"timestamp": f"2026-01-0{n % 3 + 1}", "message": str(n)} for n in range(50)]
    server.post({"app_key": app, "app_id": "x", "logs": logs})
    wanted = server.search(app_key=app, order=order)["entries"]
    got, cursor, pages = [], None, 0
    while True:
        extra: dict[str, str] = {} if cursor is None else {"cursor": cursor}
        page = server.search(app_key=app, order=order, limit=7, **extra)
        got += page["entries"]
        assert page["total"] == 50 + pages
        cursor, pages = page["next_cursor"], pages + 1
        if cursor is None:
            break
        # Arrives on the side of the order that has been read already.
        stamp = "2025-01-01" if order == "asc" else "2027-01-01"
        server.post({"app_key": app, "app_id": "x", "timestamp": stamp, "message": "late"})
    assert got == wanted
    assert pages == 8


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("order=sideways", "order"), ("total=maybe", "total"), ("min_level=loud", "min_level"),
        ("cursor=nonsense", "cursor"), ("cursor=%00", "cursor"), ("cursor=" + "A" * 5000, "cursor"),
        ("context.=1", "context."), ("context.a..b=1", "context.a..b"), ("context.a[]=1", "context.a"),
        ("context." + ".".join("a" * 31) + "=1", "context." + ".".join("a" * 31)),
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_named(server: Server, query: str, name: str) -> None:
    answer = server.get(f"/api/logs?{query}")
    assert answer.status_code == 400
    assert answer.json()["error"] == f"Invalid parameter: {name}"[: len("Invalid parameter: ") + 100]


def test_a_cursor_of_another_query_is_refused(server: Server) -> None:
    cursor = server.search(app_key="six", limit=2)["next_cursor"]
    assert server.get("/api/logs", params={"app_key": "six", "cursor": cursor}).status_code == 200
    for other in ({"app_key": "other"}, {"app_key": "six", "level": "info"}, {"app_key": "six", "order": "asc"}):
        answer = server.get("/api/logs", params={**other, "cursor": cursor})
        assert answer.status_code == 400
        assert answer.json()["reason"] == "it belongs to other filters or another order"


WHOLE = "\U0001f600 é" * 3
"""9 characters, 24 bytes."""


@pytest.fixture(scope="module")
def long(server: Server) -> Server:
    """Entries of the application `long`, one with a message of 9 characters, one of a megabyte."""
    logs = [{"message": WHOLE, "context": {"n": 1}}, {"message": "long " + 1_000_000 * "x"}]
    assert server.post({"app_key": "long", "app_id": "x", "logs": logs}).json()["saved"] == 2
    return server


@pytest.mark.parametrize("query", ["", "level:info", "xx* OR *é"], ids=["all", "by the index", "by reading"])
def test_messages_are_cut_to_whole_characters(long: Server, query: str) -> None:
    whole = long.search(app_key="long", order="asc", q=query)["entries"]
    assert [len(entry["message"]) for entry in whole] == [9, 1_000_005]
    answer = long.get("/api/logs", params={"app_key": "long", "order": "asc", "q": query, "message_max": 4})
    assert answer.json()["entries"] == [
        {**entry, "message": entry["message"][:4], "message_cut": True} for entry in whole
    ]
    assert len(answer.content) < 2000
    assert answer.content.count(b'Z","message_cut":true}') == 2
    entries = long.search(app_key="long", order="asc", q=query, message_max=9)["entries"]
    assert entries == [whole[0], {**whole[1], "message": "long xxxx", "message_cut": True}]
    assert long.search(app_key="long", order="asc", q=query, message_max=10**30)["entries"] == whole


def test_single_entries_and_exports_have_whole_messages(long: Server) -> None:
    entry = long.search(app_key="long", search=WHOLE)["entries"][0]
    assert long.get(f"/api/logs/{entry['id']}?message_max=1").json() == entry
    assert long.get("/api/logs/export?app_key=long&message_max=1").text.count("x") > 1_000_000


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "many"])
def test_what_is_no_length_is_named(long: Server, text: str) -> None:
    for path in ("/api/logs", "/api/logs/stream"):
        answer = long.get(path, params={"message_max": text})
        assert answer.status_code == 400
        assert answer.json() == {
            "error": "Invalid parameter: message_max",
            "reason": f"'{text}' is not a whole number of at least 1",
        }


def test_streams_cut_what_was_missed_and_what_comes(long: Server) -> None:
    given = urlencode({"app_key": "long-live,long", "message_max": 4, "after": 26 * "0"})
    with (
        connect(f"ws://127.0.0.1:{long.http_port}/ws?{given}", max_size=None) as viewer,
        connect(f"{long.ws_url}/?app_key=long-live&message_max=0", max_size=None) as whole,
        httpx.stream("GET", f"{long.url}/api/logs/stream?{given}", timeout=WAIT) as stream,
    ):
        assert json.loads(viewer.recv(WAIT))["type"] == "connected"
        assert json.loads(whole.recv(WAIT))["type"] == "connected"
        assert "message_max: '0' is not" in json.loads(whole.recv(WAIT))["message"]
        assert [json.loads(viewer.recv(WAIT))["data"]["message"] for _ in range(2)] == [WHOLE[:4], "long"]
        sent = [{"message": WHOLE}, {"message": "tiny"}]
        stored = long.post({"app_key": "long-live", "app_id": "x", "logs": sent}).json()["entries"]
        expected = [{**stored[0], "message": WHOLE[:4], "message_cut": True}, stored[1]]
        assert [json.loads(viewer.recv(WAIT))["data"] for _ in range(2)] == expected
        assert [json.loads(whole.recv(WAIT))["data"] for _ in range(2)] == stored
        events = (json.loads(line[6:]) for line in stream.iter_lines() if line.startswith('data: {"id"'))
        assert [event["message"] for event in islice(events, 2)] == [WHOLE[:4], "long"]
        assert list(islice(events, 2)) == expected


BERLIN_DAYS = {"app_key": "clocks", "date_from": "2026-03-27T12:00:00Z", "date_to": "2026-03-30T12:00:00Z"}
"""With the night from 28 to 29 March 2026, when clocks are set forward."""


@pytest.fixture(scope="module")
def clocks(server: Server) -> Server:
    """An entry a quarter of an hour, over the change of clocks, of an application of its own."""
    logs = [{"app_id": "production", "message": "tick", "timestamp": 1774612800 + 900 * n} for n in range(4 * 72)]
    assert server.post({"app_key": "clocks", "logs": logs}).json()["saved"] == 4 * 72
    return server


def buckets_of(server: Server, **given: str) -> dict[str, int]:
    histogram = server.get("/api/stats", params=given).json()["histogram"]
    return {bucket["start"][:16]: bucket["counts"]["info"] for bucket in histogram["buckets"]}


@pytest.mark.parametrize("more", [{}, {"q": "tic*"}], ids=["by the index", "by reading"])
def test_days_start_at_midnight_of_the_zone_and_are_as_long_as_its_days(clocks: Server, more: dict[str, str]) -> None:
    given = {**BERLIN_DAYS, **more, "buckets": "4"}
    assert buckets_of(clocks, **given, tz="Europe/Berlin") == {
        "2026-03-26T23:00": 4 * 11,
        "2026-03-27T23:00": 4 * 24,
        "2026-03-28T23:00": 4 * 23,
        "2026-03-29T22:00": 4 * 14,
    }
    utc = {"2026-03-27T00:00": 4 * 12, "2026-03-28T00:00": 4 * 24, "2026-03-29T00:00": 4 * 24, "2026-03-30T00:00": 48}
    assert (
        buckets_of(clocks, **given)
        == buckets_of(clocks, **given, tz="UTC")
        == buckets_of(clocks, **given, tz="")
        == utc
    )


def test_shorter_buckets_start_at_round_times_of_the_zone(clocks: Server) -> None:
    assert list(buckets_of(clocks, **BERLIN_DAYS, buckets="13", tz="Europe/Berlin"))[4:9] == [
        "2026-03-28T11:00",
        "2026-03-28T17:00",
        "2026-03-28T23:00",
        "2026-03-29T04:00",
        "2026-03-29T10:00",
    ]
    assert list(buckets_of(clocks, **BERLIN_DAYS, buckets="80", tz="Asia/Kathmandu"))[:2] == [
        "2026-03-27T11:15",
        "2026-03-27T12:15",
    ]


@pytest.mark.parametrize(
    "name", ["Europe/Bielefeld", "+01:00", "../../etc/passwd", "/etc/localtime", "Europe", "x" * 300]
)
def test_a_zone_that_is_none_is_named(clocks: Server, name: str) -> None:
    answer = clocks.get("/api/stats", params={"tz": name})
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "Invalid parameter: tz",
        "reason": f"{name[:100]!r} is not a time zone such as Europe/Berlin",
    }
