"""Dashboards that a team shares, on both stores; what they have in common with views, test_views.py shows."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.conftest import Settings
from tests.harness import Server, running

all_stores = True
cluster_too = True

PLACE = {"x": 0, "y": 0, "w": 6, "h": 4}
PANELS: list[dict[str, Any]] = [
    {"kind": "counts", **PLACE, "split": "app_key", "query": {"level": "error,critical"}},
    {"kind": "top", **PLACE, "field": "context.user.id", "title": "Who it concerns"},
    {"kind": "levels", "x": 6, "y": 0, "w": 6, "h": 4},
    {"kind": "number", **PLACE},
    {"kind": "number", **PLACE, "metric": "max(context.ms)", "unit": "ms"},
    {"kind": "metric", **PLACE, "metric": "p95(context.ms)", "split": "context.host"},
]
DASHBOARD: dict[str, Any] = {
    "name": "checkout",
    "title": "The checkout",
    "query": {"app_key": "shop"},
    "range": "24h",
    "panels": PANELS,
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, storage: Settings) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("server"), **storage(), ADMIN_SECRET="admin", UI_SECRET="read") as server:
        yield server


def ask(server: Server, method: str, path: str = "", key: str = "admin", **options: Any) -> httpx.Response:
    return server.request(method, f"/api/dashboards{path}", headers={"Authorization": f"Bearer {key}"}, **options)


def test_dashboards_are_kept_with_their_panels_as_they_were_given(server: Server) -> None:
    added = ask(server, "POST", json=DASHBOARD)
    assert added.status_code == 201
    server.stop()
    server.start()
    (kept,) = ask(server, "GET", key="read").json()["dashboards"]
    assert kept == added.json()
    assert {name: kept[name] for name in DASHBOARD} == DASHBOARD
    fewer = ask(server, "PUT", "/checkout", json={**kept, "panels": PANELS[:1]}).json()
    assert (fewer["panels"], fewer["revision"]) == (PANELS[:1], 2)
    outdated = ask(server, "PUT", "/checkout", json=kept)
    assert (outdated.status_code, outdated.json()["error"]) == (409, "Dashboard 'checkout' was changed meanwhile.")
    assert ask(server, "PUT", "/checkout", key="read", json=fewer).status_code == 401
    assert ask(server, "DELETE", "/checkout").status_code == 204
    assert ask(server, "GET", "/checkout").json() == {"error": "Dashboard 'checkout' not found."}
    assert ask(server, "POST", json={"name": "bare"}).json()["panels"] == []


@pytest.mark.parametrize(
    ("panel", "why"),
    [
        (5, "kind must be one of counts, top, levels, number, metric"),
        ({**PLACE}, "kind must be one of"),
        ({**PLACE, "kind": "pie"}, "kind must be one of"),
        ({**PLACE, "kind": "levels", "h": 0}, "h must be a whole number from 1 to 30"),
        ({**PLACE, "kind": "levels", "y": "0"}, "y must be a whole number from 0 to 999"),
        ({"kind": "levels"}, "x must be a whole number from 0 to 11"),
        ({**PLACE, "kind": "levels", "x": 7}, "x and w must add up to at most 12"),
        ({**PLACE, "kind": "levels", "split": "level"}, "in a panel of kind levels, 'split' is not known; use kind,"),
        ({**PLACE, "kind": "top"}, "field is required in a panel of kind top"),
        ({**PLACE, "kind": "top", "field": "message"}, "field: 'message' is not one of app_key"),
        ({**PLACE, "kind": "metric", "metric": "p95(ms)"}, "metric: 'p95(ms)' is not avg|"),
        ({**PLACE, "kind": "metric", "metric": 5}, "metric: it must be a text"),
        ({**PLACE, "kind": "counts", "query": {"q": "(a"}}, "query: q:"),
        ({**PLACE, "kind": "counts", "query": {"date_from": "2026-01-01"}}, "query: date_from has no place here"),
        (
            {**PLACE, "kind": "number", "metric": "avg(context.a)", "unit": "x" * 21},
            "unit must be a text of at most 20",
        ),
    ],
)
def test_a_panel_that_can_not_be_drawn_is_refused_and_named(server: Server, panel: Any, why: str) -> None:
    answer = ask(server, "POST", json={"name": "wrong", "panels": [PANELS[0], panel]})
    assert (answer.status_code, answer.json()["error"]) == (422, "Invalid dashboard")
    assert answer.json()["reason"].startswith(f"panels[1]: {why}")


def test_panels_are_bounded_and_a_list(server: Server) -> None:
    wrong: tuple[Any, ...] = (PANELS[:1] * 25, {}, "x")
    for panels in wrong:
        answer = ask(server, "POST", json={"name": "wrong", "panels": panels})
        assert answer.json()["reason"] == "panels must be a list of at most 24 panels"
