"""GET /api/stats?split=: the counts over time by the values of any field."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import Settings
from tests.harness import Server, running

all_stores = True
cluster_too = True

DAY = "2026-02-01T"
HOURS = {"date_from": f"{DAY}10:00:00Z", "date_to": f"{DAY}11:59:59Z", "buckets": "2"}

CONTEXTS: list[tuple[str, Any]] = [
    ("text", "paid"), ("number", 42), ("equal number", 42.0), ("number as text", "42"), ("large number", 2**64 + 1),
    ("double", 0.25), ("tiny double", 1e-7), ("huge double", 1e300), ("boolean", True), ("long text", "é" * 300),
    ("null", None), ("object", {"a": 1}), ("list", [1]), ("empty text", ""), ("almost a number", "1_000"),
]  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, storage: Settings) -> Iterator[Server]:
    """Two hours of requests of hosts, of which each has one more than the next; and one entry a kind of value."""
    with running(tmp_path_factory.mktemp("server"), **storage()) as started:
        requests = [
            {"message": "request", "category": f"host-{host}", "context": {"node": {"name": host}, "took": n}}
            for number, host in enumerate("abcdefghij")
            for n in range(12 - number)
        ]
        logs = [
            {**request, "level": "error" if hour == 11 else "info", "timestamp": f"{DAY}{hour}:00:{n % 60:02}Z"}
            for hour in (10, 11)
            for n, request in enumerate(requests)
        ]
        logs += [
            {"message": "dotted", "context": {"node.name": "a"}, "user_agent": "curl", "timestamp": f"{DAY}10:30:00Z"},
            {"message": "none", "context": {"node": 1}, "timestamp": f"{DAY}11:30:00Z"},
            {"message": "x" * 40_000, "context": {"node": {"name": "b"}}, "timestamp": f"{DAY}11:40:00Z"},
        ]
        assert started.post({"app_key": "shop", "app_id": "x", "logs": logs}, headers={"User-Agent": ""}).json()[
            "saved"
        ] == len(logs)
        kinds = [
            {"message": kind, "context": {"value": value}, "timestamp": f"{DAY}10:00:00Z"} for kind, value in CONTEXTS
        ]
        assert started.post({"app_key": "kinds", "app_id": "x", "logs": kinds}).json()["saved"] == len(kinds)
        yield started


def stats(server: Server, **parameters: Any) -> dict[str, Any]:
    answer = server.get("/api/stats", params={"app_key": "shop", **parameters})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def counts(split: dict[str, Any]) -> dict[str, list[int]]:
    return {one["value"]: [one["count"], *one["histogram"]] for one in split["values"]}


def test_the_most_frequent_values_are_counted_over_time_and_the_others_as_one(server: Server) -> None:
    split = stats(server, split="context.node.name", split_limit=3, **HOURS)["split"]
    assert split["field"] == "context.node.name"
    assert counts(split) == {"a": [25, 13, 12], "b": [23, 11, 12], "c": [20, 10, 10]}
    assert list(counts(split)) == ["a", "b", "c"]
    others = sum(range(3, 10))
    assert split["rest"] == {"count": 2 * others, "histogram": [others, others]}


def test_entries_without_the_field_are_counted_apart(server: Server) -> None:
    assert stats(server, split="context.node.name", **HOURS)["split"]["absent"] == {"count": 1, "histogram": [0, 1]}
    agents = stats(server, split="user_agent", q="message:none OR message:dotted", **HOURS)["split"]
    assert counts(agents) == {"curl": [1, 1, 0]}
    assert agents["absent"] == {"count": 1, "histogram": [0, 1]}
    assert agents["rest"] == {"count": 0, "histogram": [0, 0]}


@pytest.mark.parametrize("field", ["app_key", "app_id", "category", "level", "user_agent", "context.took"])
@pytest.mark.parametrize("more", [{}, {"q": "req*"}], ids=["by the index", "by reading"])
def test_a_split_adds_up_to_the_statistics_beside_it(server: Server, field: str, more: dict[str, str]) -> None:
    answer = stats(server, split=field, buckets=7, **more)
    split = answer["split"]
    series = [*split["values"], split["rest"], split["absent"]]
    assert sum(one["count"] for one in series) == answer["total"]
    over_time = [sum(bucket["counts"].values()) for bucket in answer["histogram"]["buckets"]]
    assert [sum(column) for column in zip(*(one["histogram"] for one in series), strict=True)] == over_time
    assert split["unread"] == 0
    without = stats(server, buckets=7, **more)
    assert "split" not in without
    assert without == {name: value for name, value in answer.items() if name != "split"}


def test_levels_are_split_like_any_other_field(server: Server) -> None:
    answer = stats(server, split="level", **HOURS)
    assert {value: one[0] for value, one in counts(answer["split"]).items()} == {
        level: count for level, count in answer["by_level"].items() if count
    }


def test_what_is_split_are_the_entries_that_match(server: Server) -> None:
    assert counts(stats(server, split="category", level="error", q="category:host-j", **HOURS)["split"]) == {
        "host-j": [3, 0, 3]
    }
    nothing = stats(server, split="category", category="nowhere")["split"]
    empty = {"count": 0, "histogram": []}
    assert nothing == {"field": "category", "values": [], "rest": empty, "absent": empty, "unread": 0}


@pytest.mark.parametrize(("given", "shown"), [("0", 1), ("2", 2), ("20", 10), ("99999", 10), ("", 8)])
def test_as_many_values_are_told_apart_as_wanted(server: Server, given: str, shown: int) -> None:
    assert len(stats(server, split="context.node.name", split_limit=given)["split"]["values"]) == shown


def test_values_are_those_by_which_the_field_is_filtered(server: Server) -> None:
    split = stats(server, app_key="kinds", split="context.value", split_limit=20)["split"]
    found = {one["value"]: one["count"] for one in split["values"]}
    expected = Counter(
        ["paid", "42", "42", "42", str(2**64 + 1), "0.25", "1e-07", "1e+300", "true", "é" * 200, "", "1_000"]
    )
    assert found == dict(expected), json.dumps(found)
    assert split["absent"]["count"] == 3
    for value, count in found.items():
        if 0 < len(value) < 200:
            assert server.search(app_key="kinds", **{"context.value": value})["total"] == count, value


def test_days_are_those_of_the_zone(server: Server) -> None:
    days = {"date_from": "2026-01-30T00:00:00Z", "date_to": f"{DAY}11:59:59Z", "buckets": 4, "tz": "Pacific/Auckland"}
    answer = stats(server, split="context.node.name", split_limit=1, **days)
    assert [bucket["start"][11:16] for bucket in answer["histogram"]["buckets"]] == ["11:00"] * len(
        answer["split"]["values"][0]["histogram"]
    )
    assert answer["split"]["values"][0]["histogram"] == [0, 0, 13, 12]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("split=message", "split"), ("split=context.", "split"), ("split=context.a..b", "split"),
        ("split=Level", "split"), ("split=level&split_limit=x", "split_limit"), ("split[]=level", "split"),
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_named(server: Server, query: str, name: str) -> None:
    answer = server.get(f"/api/stats?{query}")
    assert (answer.status_code, answer.json()["error"]) == (400, f"Invalid parameter: {name}")
    assert answer.json()["reason"]
