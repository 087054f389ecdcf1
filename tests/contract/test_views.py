"""Views that a team shares, on both stores (contract, 9)."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.conftest import Settings
from tests.harness import Server, running

all_stores = True
cluster_too = True

ADMIN = {"Authorization": "Bearer admin-key"}
READ = {"Authorization": "Bearer read-key"}
VIEW: dict[str, Any] = {
    "name": "checkout-errors",
    "title": "Errors of the checkout",
    "description": "What to look at first",
    "who": "Ada",
    "query": {"level": "error,critical", "q": "payment -timeout"},
    "range": "24h",
    "columns": ["timestamp", "message", "context.user.id"],
}


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory, storage: Settings) -> Iterator[Server]:
    with running(
        tmp_path_factory.mktemp("server"), **storage(), ADMIN_SECRET="admin-key", UI_SECRET="read-key"
    ) as server:
        yield server


@pytest.fixture
def server(started: Server) -> Server:
    """Without a view."""
    for view in ask(started, "GET", "").json()["views"]:
        assert ask(started, "DELETE", f"/{view['name']}").status_code == 204
    return started


def ask(server: Server, method: str, path: str, headers: dict[str, str] = ADMIN, **options: Any) -> httpx.Response:
    return server.request(method, f"/api/views{path}", headers=headers, **options)


def own(answer: dict[str, Any]) -> dict[str, Any]:
    """Without what the server adds."""
    return {name: value for name, value in answer.items() if name not in ("revision", "updated_at")}


def test_views_are_added_listed_replaced_and_removed_and_stay_through_a_restart(server: Server) -> None:
    added = ask(server, "POST", "", json=VIEW)
    assert (added.status_code, own(added.json()), added.json()["revision"]) == (201, VIEW, 1)
    smaller = {"name": "all", "query": {}, "range": {"from": "2026-01-01T00:00:00Z"}}
    assert own(ask(server, "POST", "", json=smaller).json()) == smaller
    server.stop()
    server.start()
    assert [own(view) for view in ask(server, "GET", "", READ).json()["views"]] == [smaller, VIEW]
    assert ask(server, "GET", "/all", READ).json()["updated_at"].endswith("Z")
    replaced = ask(server, "PUT", "/all", json={"query": {"level": ["error", "a,b"], "context.n": 5}})
    assert own(replaced.json()) == {"name": "all", "query": {"level": "error,a\\,b", "context.n": "5"}}
    renamed = ask(server, "PUT", "/all", json={"name": "some"})
    assert (renamed.json()["name"], ask(server, "GET", "/all").status_code) == ("some", 404)
    assert ask(server, "DELETE", "/some").status_code == 204
    assert [view["name"] for view in ask(server, "GET", "").json()["views"]] == [VIEW["name"]]


def test_who_edits_what_somebody_else_has_changed_is_told(server: Server) -> None:
    view = ask(server, "POST", "", json=VIEW).json()
    assert ask(server, "PUT", f"/{view['name']}", json={**view, "title": "first"}).json()["revision"] == 2
    second = ask(server, "PUT", f"/{view['name']}", json={**view, "title": "second"})
    assert (second.status_code, second.json()) == (
        409,
        {
            "error": "View 'checkout-errors' was changed meanwhile.",
            "reason": "it has revision 2 and not 1; read it again",
        },
    )
    assert ask(server, "GET", f"/{view['name']}").json()["title"] == "first"
    assert ask(server, "PUT", f"/{view['name']}", json={**view, "revision": "2"}).status_code == 422


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"name": "Big"}, "name must be 1 to 100 lower-case letters"),
        ({"name": ""}, "name must be"),
        ({"name": "-x"}, "name must be"),
        ({"query": {"limit": "5"}}, "query: limit: this is no filter"),
        ({"query": {"q": "(a"}}, "(at character"),
        ({"query": {"level": {}}}, "query: level: a text"),
        ({"query": "level=error"}, "an object of filters"),
        ({"range": "yesterday"}, "range must be"),
        ({"range": {"from": "x"}}, "range: from is not a time"),
        ({"range": {"until": "2026-01-01"}}, "range must be"),
        ({"columns": ["colour"]}, "columns: 'colour'"),
        ({"columns": "message"}, "columns must be a list"),
        ({"title": 5}, "title must be a text"),
        ({"owner": "me"}, "'owner' is not known"),
    ],
)
def test_what_can_not_be_kept_is_refused(server: Server, wrong: dict[str, Any], why: str) -> None:
    answer = ask(server, "POST", "", json={**VIEW, **wrong})
    assert (answer.status_code, answer.json()["error"]) == (422, "Invalid view")
    assert why in answer.json()["reason"]


def test_what_is_not_there_and_what_is_there_already(server: Server) -> None:
    for method in ("GET", "PUT", "DELETE"):
        answer = ask(server, method, "/no", json={})
        assert (answer.status_code, answer.json()) == (404, {"error": "View 'no' not found."})
    ask(server, "POST", "", json=VIEW)
    ask(server, "POST", "", json={**VIEW, "name": "other"})
    for method, path in (("POST", ""), ("PUT", "/other")):
        answer = ask(server, method, path, json=VIEW)
        assert (answer.status_code, answer.json()) == (409, {"error": "View 'checkout-errors' already exists."})


def test_the_read_key_sees_and_the_admin_key_changes(server: Server) -> None:
    ask(server, "POST", "", json=VIEW)
    for path in ("", f"/{VIEW['name']}"):
        assert [ask(server, "GET", path, headers).status_code for headers in (READ, ADMIN, {})] == [200, 200, 401]
    for method, path in (("POST", ""), ("PUT", f"/{VIEW['name']}"), ("DELETE", f"/{VIEW['name']}")):
        for headers in (READ, {}):
            assert ask(server, method, path, headers, json=VIEW).status_code == 401


def test_the_page_begins_for_the_team_with_a_view_or_dashboard(server: Server) -> None:
    def start(method: str, headers: dict[str, str] = ADMIN, **options: Any) -> httpx.Response:
        return server.request(method, "/api/start", headers=headers, **options)

    assert start("GET", READ).json() == {}
    ask(server, "POST", "", json=VIEW)
    server.request("POST", "/api/dashboards", headers=ADMIN, json={"name": "shop"})
    assert start("PUT", json={"dashboard": "shop"}).json() == {"dashboard": "shop"}
    assert start("PUT", json={"view": VIEW["name"], "dashboard": None}).json() == {"view": VIEW["name"]}
    server.stop()
    server.start()
    ask(server, "PUT", f"/{VIEW['name']}", json={**VIEW, "name": "renamed"})
    assert start("GET", READ).json() == {"view": "renamed"}
    ask(server, "DELETE", "/renamed")
    assert start("GET").json() == {}
    assert start("PUT", json={}).json() == {}
    assert [start(method, headers, json={}).status_code for method, headers in (("GET", {}), ("PUT", READ))] == [
        401
    ] * 2
    for wrong, why in (
        ({"view": "gone"}, "there is no view 'gone'"),
        ({"view": 5}, "either"),
        ({"view": "a", "dashboard": "shop"}, "either"),
        ({"alert": "a"}, "'alert' is not known; use view, dashboard"),
    ):
        answer = start("PUT", json=wrong)
        assert (answer.status_code, answer.json()["error"]) == (422, "Invalid start page")
        assert answer.json()["reason"].startswith(why)
