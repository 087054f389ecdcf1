"""GET /api/stats?metric=: a metric of the numbers that a path in the context leads to, over time."""

import statistics
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import Settings
from tests.harness import Server, running

all_stores = True
cluster_too = True

DAY = "2026-02-01T"
HOURS = {"date_from": f"{DAY}10:00:00Z", "date_to": f"{DAY}11:59:59Z", "buckets": "2"}
BY_HOUR = {10: [float(n * n) for n in range(37)], 11: [-2.5, 0.25, 7.0, 1e6]}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, storage: Settings) -> Iterator[Server]:
    """Durations of two hours, of paths /a and /b, in every form that a number may have, and what is none."""
    with running(tmp_path_factory.mktemp("server"), **storage()) as started:
        contexts: list[tuple[int, Any]] = [
            (hour, {"http": {"ms": duration}, "path": f"/{'ab'[n % 2]}"})
            for hour, durations in BY_HOUR.items()
            for n, duration in enumerate(durations[3:] if hour == 10 else durations)
        ]
        contexts += [(10, {"http": {"ms": "0"}, "path": "/a"}), (10, {"http.ms": 1, "path": "/a"})]
        others = ["slow", "", True, {"p95": 3}, [1], "1_000", "1s", None]
        contexts += [(11, {"http": {"ms": value}, "path": "/c"}) for value in others] + [(11, {})]
        logs = [{"context": context, "timestamp": f"{DAY}{hour}:00:00Z"} for hour, context in contexts]
        large = {"http": {"ms": 4}, "path": "/a"}
        logs.append({"message": "x" * 40_000, "context": large, "timestamp": f"{DAY}10:00:00Z"})
        assert started.post({"app_key": "shop", "app_id": "x", "logs": logs}).json()["saved"] == len(logs)
        yield started


def stats(server: Server, **parameters: Any) -> dict[str, Any]:
    answer = server.get("/api/stats", params={"app_key": "shop", **HOURS, **parameters})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def percentile(numbers: list[float], percent: int) -> float:
    return statistics.quantiles(numbers, n=100, method="inclusive")[percent - 1]


METRICS: dict[str, Any] = {
    "avg": statistics.fmean,
    "min": min,
    "max": max,
    "sum": sum,
    "p50": statistics.median,
    "p95": lambda numbers: percentile(numbers, 95),
    "p99": lambda numbers: percentile(numbers, 99),
}


@pytest.mark.parametrize("function", METRICS)
def test_a_metric_is_that_of_all_numbers_and_of_those_in_each_bucket(server: Server, function: str) -> None:
    metric = stats(server, metric=f"{function}(context.http.ms)")["metric"]
    exact = METRICS[function]
    assert metric["value"] == pytest.approx(exact(BY_HOUR[10] + BY_HOUR[11]))
    assert metric["histogram"] == [pytest.approx(exact(numbers)) for numbers in BY_HOUR.values()]
    assert (metric["function"], metric["field"]) == (function, "context.http.ms")


def test_what_is_no_number_is_left_out_and_counted(server: Server) -> None:
    answer = stats(server, metric="avg(context.http.ms)")
    metric = answer["metric"]
    assert (metric["count"], metric["skipped"], metric["unread"]) == (41, 7, 0)
    assert answer["total"] == 41 + 7 + 2  # null, and no such member


@pytest.mark.parametrize("more", [{}, {"q": "-absent* -/nowhere/"}], ids=["by the index", "by reading"])
def test_each_series_of_a_split_has_its_metric(server: Server, more: dict[str, str]) -> None:
    answer = stats(server, metric="max(context.http.ms)", split="context.path", split_limit=2, **more)
    split = answer["split"]
    found = {one["value"]: (one["count"], one["metric"]) for one in split["values"]}
    assert found == {
        "/a": (22, {"count": 22, "value": 35.0**2, "histogram": [35.0**2, 7.0]}),
        "/b": (19, {"count": 19, "value": 1e6, "histogram": [36.0**2, 1e6]}),
    }
    nothing = {"count": 0, "value": None, "histogram": [None, None]}
    assert split["rest"] == {"count": 8, "histogram": [0, 8], "metric": nothing}
    assert split["absent"] == {"count": 1, "histogram": [0, 1], "metric": nothing}
    assert answer["metric"]["histogram"] == [36.0**2, 1e6]
    by_level = stats(server, metric="max(context.http.ms)", split="level", **more)["split"]["values"]
    assert [(one["value"], one["metric"]["count"], one["metric"]["value"]) for one in by_level] == [("info", 41, 1e6)]


def test_without_a_number_there_is_no_metric(server: Server) -> None:
    metric = stats(server, metric="sum(context.http.absent)")["metric"]
    assert (metric["count"], metric["skipped"], metric["value"], metric["histogram"]) == (0, 0, None, [None, None])
    nowhere = stats(server, metric="p95(context.http.ms)", category="nowhere")
    assert (nowhere["metric"]["value"], nowhere["metric"]["histogram"]) == (None, [])
    assert "metric" not in stats(server)


@pytest.mark.parametrize(
    "metric",
    [
        "avg",
        "avg()",
        "avg(duration)",
        "avg(context.)",
        "avg(context.a..b)",
        "p96(context.a)",
        "AVG(context.a)",
        "sum(level)",
    ],
)
def test_a_metric_that_is_none_is_refused(server: Server, metric: str) -> None:
    answer = server.get("/api/stats", params={"metric": metric})
    assert (answer.status_code, answer.json()["error"]) == (400, "Invalid parameter: metric")
    assert answer.json()["reason"]
