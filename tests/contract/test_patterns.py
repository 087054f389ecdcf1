"""GET /api/patterns: entries by what kind of message they have."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import Settings
from tests.harness import Server, running

all_stores = True
cluster_too = True

DAY = "2026-02-01T"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, storage: Settings) -> Iterator[Server]:
    """Entries of two hours: logins and slow queries all the time, declined cards in the second."""
    with running(tmp_path_factory.mktemp("server"), **storage()) as started:
        logs: list[dict[str, Any]] = []
        for minute in range(60):
            logs += [
                {
                    "message": f"User {minute * 7} logged in from 10.0.0.{minute}",
                    "timestamp": f"{DAY}10:{minute:02}:00Z",
                },
                {"message": f"User {minute} logged in from 10.1.{minute}.1", "timestamp": f"{DAY}11:{minute:02}:00Z"},
            ]
        for minute in range(10):
            slow = {"message": f'Slow query "SELECT {minute}"', "level": "warning", "context": {"n": minute}}
            logs += [{**slow, "timestamp": f"{DAY}{hour}:0{minute}:01Z"} for hour in (10, 11)]
        logs += [
            {"message": f"\x1b[31mCard\x1b[0m declined: {n}", "level": level, "timestamp": f"{DAY}11:30:0{n}Z"}
            for n, level in enumerate(["error", "error", "critical"])
        ]
        logs += [
            {"message": f"Dump {n} " + "word " * 10_000, "context": {"n": n}, "timestamp": f"{DAY}11:40:0{n}.5Z"}
            for n in range(2)
        ]
        assert started.post({"app_key": "shop", "app_id": "x", "logs": logs}).json()["saved"] == len(logs)
        yield started


def patterns(server: Server, **parameters: Any) -> dict[str, Any]:
    answer = server.get("/api/patterns", params={"app_key": "shop", **parameters})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


LOGIN, SLOW, CARD = "User <n> logged in from <ip>", 'Slow query "<*>"', "Card declined: <n>"
DUMP = ("Dump <n> " + "word " * 100)[:500]


def test_entries_are_counted_by_the_pattern_of_their_message(server: Server) -> None:
    answer = patterns(server)
    counts = {one["pattern"]: one["count"] for one in answer["patterns"]}
    assert list(counts.items()) == [(LOGIN, 120), (SLOW, 20), (CARD, 3), (DUMP, 2)]
    assert (answer["total"], answer["sampled"]) == (145, False)
    assert [one["share"] for one in answer["patterns"]] == [round(count / 145, 6) for count in counts.values()]


def test_a_pattern_says_how_severe_its_entries_are_and_from_when_to_when(server: Server) -> None:
    card = patterns(server)["patterns"][2]
    assert card["levels"] == {"debug": 0, "info": 0, "notice": 0, "warning": 0, "error": 2, "critical": 1}
    assert (card["first"], card["last"]) == (f"{DAY}11:30:00.000Z", f"{DAY}11:30:02.000Z")


def test_the_example_is_the_newest_entry_as_search_answers_it(server: Server) -> None:
    for one in patterns(server)["patterns"][:3]:
        assert one["example"] == server.search(q=one["q"], limit=1)["entries"][0]


def test_what_a_large_example_says_is_cut(server: Server) -> None:
    large = patterns(server)["patterns"][3]["example"]
    assert large["message"] == ("Dump 1 " + "word " * 10_000)[: 32 * 1024]
    assert large["message_cut"] is True
    assert large["context"] == {"n": 1}
    assert patterns(server, message_max=4)["patterns"][0]["example"]["message"] == "User"


def test_the_search_of_a_pattern_finds_its_entries_and_no_other(server: Server) -> None:
    for one in patterns(server)["patterns"]:
        assert server.search(q=one["q"], app_key="shop")["total"] == one["count"], one["q"]
        others = patterns(server, q=f"-{one['q']}")
        assert one["pattern"] not in {other["pattern"] for other in others["patterns"]}
        assert others["total"] == 145 - one["count"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"level": "error"}, {CARD: 2}), ({"search": "QUERY"}, {SLOW: 20}), ({"context.n": "3"}, {SLOW: 2}),
        ({"q": "logged OR declined", "min_level": "error"}, {CARD: 3}), ({"q": "/Dump [01]/"}, {DUMP: 2}),
        ({"date_to": f"{DAY}10:00:30Z"}, {LOGIN: 1, SLOW: 1}), ({"app_key": "absent"}, {}),
    ],
)  # fmt: skip
def test_filters_are_those_of_search(server: Server, filters: dict[str, str], expected: dict[str, int]) -> None:
    answer = patterns(server, **filters)
    assert {one["pattern"]: one["count"] for one in answer["patterns"]} == expected
    assert answer["total"] == sum(expected.values())


def test_a_pattern_is_new_when_nothing_before_the_range_has_it(server: Server) -> None:
    assert not any(one["new"] for one in patterns(server)["patterns"])
    answer = patterns(server, date_from=f"{DAY}11:00:00Z")
    assert {one["pattern"] for one in answer["patterns"] if one["new"]} == {CARD, DUMP}
    assert {one["pattern"] for one in answer["patterns"] if not one["new"]} == {LOGIN, SLOW}
    later = patterns(server, date_from=f"{DAY}11:30:01Z", level="critical,warning")
    assert {one["pattern"]: one["new"] for one in later["patterns"]} == {CARD: True}  # by the same filters
    assert not any(one["new"] for one in patterns(server, date_from=f"{DAY}11:40:01Z")["patterns"])


def test_the_histogram_says_when_the_entries_came(server: Server) -> None:
    answer = patterns(server, date_from=f"{DAY}10:00:00Z", date_to=f"{DAY}11:59:59Z")
    assert answer["timeline"] == {
        "interval": 300,
        "starts": [f"{DAY}{hour}:{minute:02}:00.000Z" for hour in (10, 11) for minute in range(0, 60, 5)],
    }
    by_pattern = {one["pattern"]: one["histogram"] for one in answer["patterns"]}
    assert by_pattern[LOGIN] == [5] * 24
    assert by_pattern[SLOW] == [5, 5, *[0] * 10, 5, 5, *[0] * 10]
    assert by_pattern[CARD] == [*[0] * 18, 3, *[0] * 5]


def test_the_most_frequent_are_as_many_as_wanted(server: Server) -> None:
    answer = patterns(server, limit=2)
    assert [one["pattern"] for one in answer["patterns"]] == [LOGIN, SLOW]
    assert answer["total"] == 145
    assert len(patterns(server, limit=0)["patterns"]) == 1
    assert len(patterns(server, limit=10**9)["patterns"]) == 4


@pytest.mark.parametrize(
    ("query", "name"), [("limit=x", "limit"), ("q=(", "q"), ("tz=Nowhere", "tz"), ("message_max=0", "message_max")]
)
def test_a_wrong_parameter_is_named(server: Server, query: str, name: str) -> None:
    answer = server.get(f"/api/patterns?{query}")
    assert (answer.status_code, answer.json()["error"]) == (400, f"Invalid parameter: {name}")
