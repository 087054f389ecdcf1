"""Alerts, on both stores: what is kept, when they fire, whom they tell (contract, 9)."""

import hashlib
import hmac
import itertools
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.conftest import Settings
from tests.harness import Server, eventually, running
from tests.targets import HttpTarget, http_target, mailbox

all_stores = True
cluster_too = True

ADMIN = {"Authorization": "Bearer admin-key"}
READ = {"Authorization": "Bearer read-key"}
SECRET = "signing-secret"

names = (f"alert-{number}" for number in itertools.count())


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory, storage: Settings) -> Iterator[Server]:
    with running(
        tmp_path_factory.mktemp("server"),
        **storage(),
        ADMIN_SECRET="admin-key",
        UI_SECRET="read-key",
        ALERT_ALLOW_PRIVATE="1",
        ALERT_SIGNING_SECRET=SECRET,
        PUBLIC_URL="https://logs.example.com/below",
    ) as server:
        server.admin_headers = ADMIN
        yield server


@pytest.fixture
def server(started: Server) -> Iterator[Server]:
    """Without an alert."""
    yield started
    for alert in ask(started, "GET", "").json()["alerts"]:
        assert ask(started, "DELETE", f"/{alert['name']}").status_code == 204


@pytest.fixture
def target() -> Iterator[HttpTarget]:
    with http_target() as started:
        yield started


def ask(server: Server, method: str, path: str, headers: dict[str, str] = ADMIN, **options: Any) -> httpx.Response:
    return server.request(method, f"/api/alerts{path}", headers=headers, **options)


def add(server: Server, **alert: Any) -> dict[str, Any]:
    """An alert on entries of an application of its own name, unless said otherwise."""
    name = alert.pop("name", None) or next(names)
    answer = ask(server, "POST", "", json={"name": name, "query": {"app_key": name}, **alert})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def post(server: Server, app_key: str, *messages: str, **members: Any) -> list[dict[str, Any]]:
    logs = [{"message": message, "level": "error", **members} for message in messages]
    answer = server.post({"app_key": app_key, "app_id": "test", "logs": logs})
    assert answer.status_code == 201, answer.text
    return list(answer.json()["entries"])


def state(server: Server, name: str) -> dict[str, Any]:
    return dict(ask(server, "GET", f"/{name}", READ).json())


def history(server: Server, name: str) -> list[dict[str, Any]]:
    return list(ask(server, "GET", f"/{name}/history", READ).json()["history"])


COUNT = {"kind": "count", "op": ">=", "n": 3, "window": "5m"}


def test_it_fires_once_when_as_many_have_come_as_it_takes(server: Server, target: HttpTarget) -> None:
    alert = add(server, when=COUNT, targets=[target.url])
    assert {name: alert[name] for name in ("state", "since", "last_error", "targets", "enabled")} == {
        "state": "ok",
        "since": None,
        "last_error": None,
        "targets": [target.shown],
        "enabled": True,
    }
    name = alert["name"]
    post(server, name, "one", "two")
    post(server, "another", *["three"] * 5)
    began = time.monotonic()
    entry = post(server, name, "disk 7 is full")[0]
    (body,) = target.wait_for(1)
    assert time.monotonic() - began < 20
    assert {member: body[member] for member in ("alert", "state", "group", "count", "window", "entry")} == {
        "alert": name,
        "state": "firing",
        "group": None,
        "count": 3,
        "window": "5m",
        "entry": entry,
    }
    assert body["link"].startswith(f"https://logs.example.com/below/?app_key={name}&from=")
    assert f"entry={entry['id']}" in body["link"]
    post(server, name, *["more"] * 10)
    eventually(lambda: history(server, name)[0]["event"] == "delivered", "the record of the delivery")
    assert [record["event"] for record in history(server, name)] == ["delivered", "firing"]
    told = state(server, name)
    assert (told["state"], told["since"]) == ("firing", body["since"])
    assert f'logstream_alert_firing{{alert="{name}"}} 1.0' in server.get("/metrics", headers=READ).text
    assert len(target.requests) == 1


def test_a_webhook_is_signed(server: Server, target: HttpTarget) -> None:
    alert = add(server, when={"kind": "each"}, targets=[target.url])
    post(server, alert["name"], "signed")
    target.wait_for(1)
    path, headers, body = target.requests[0]
    assert path == "/hook"
    assert headers["Content-Type"] == "application/json"
    assert headers["X-Logstream-Signature"] == f"sha256={hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}"
    assert headers["X-Logstream-Delivery"]


def test_it_resolves_when_the_window_has_passed(server: Server, target: HttpTarget) -> None:
    alert = add(server, when={**COUNT, "n": 1, "window": "1s"}, targets=[target.url])
    post(server, alert["name"], "once")
    firing, resolved = target.wait_for(2)
    assert [firing["state"], resolved["state"]] == ["firing", "resolved"]
    assert firing["since"] == resolved["since"]
    eventually(lambda: state(server, alert["name"])["state"] == "ok", "the alert to be ok")


def test_silence_fires_and_ends_with_the_next_entry(server: Server, target: HttpTarget) -> None:
    alert = add(server, when={"kind": "count", "op": "<", "n": 1, "window": "1s"}, targets=[target.url])
    (firing,) = target.wait_for(1)
    assert (firing["state"], firing["count"]) == ("firing", 0)
    post(server, alert["name"], "alive")
    assert target.wait_for(2)[1]["state"] == "resolved"


def test_groups_are_counted_each_by_itself(server: Server, target: HttpTarget) -> None:
    alert = add(server, when=COUNT, targets=[target.url], group_by=["app_id", "context.host"])
    name = alert["name"]
    post(server, name, "a", "b", context={"host": "web-1"})
    post(server, name, "a", "b", context={"host": "web-2"})
    post(server, name, "a", "b")
    post(server, name, "c", context={"host": "web-2"})
    assert target.wait_for(1)[0]["group"] == {"app_id": "test", "context.host": "web-2"}
    post(server, name, "c")
    assert target.wait_for(2)[1]["group"] == {"app_id": "test", "context.host": None}


def test_each_entry_is_told_until_they_are_many(server: Server, target: HttpTarget) -> None:
    alert = add(server, when={"kind": "each"}, targets=[target.url])
    entries = post(server, alert["name"], *map(str, range(30)))
    told = target.wait_for(10)
    assert [body["entry"]["id"] for body in told] == [entry["id"] for entry in entries[:10]]
    assert {body["count"] for body in told} == {1}
    eventually(lambda: len(history(server, alert["name"])) == 20, "the records")
    assert len(target.requests) == 10


def test_while_muted_nobody_is_told_and_afterwards_of_what_still_is(server: Server, target: HttpTarget) -> None:
    name = add(server, when=COUNT, targets=[target.url])["name"]
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    muted = ask(server, "POST", f"/{name}/mute", json={"until": until}).json()
    assert (muted["state"], muted["muted_until"][:13]) == ("muted", until[:13])
    post(server, name, *"abc")
    eventually(lambda: history(server, name)[0]["event"] == "firing", "it to fire")
    assert not target.requests
    assert state(server, name)["state"] == "muted"
    assert ask(server, "POST", f"/{name}/mute", json={"until": None}).json()["state"] == "firing"
    assert target.wait_for(1)[0]["state"] == "firing"


def test_what_goes_on_is_told_again(server: Server, target: HttpTarget) -> None:
    alert = add(server, when=COUNT, targets=[target.url], renotify="1s")
    post(server, alert["name"], *"abc")
    bodies = target.wait_for(3)
    assert [body["state"] for body in bodies[:3]] == ["firing"] * 3
    assert len({body["since"] for body in bodies[:3]}) == 1


def test_a_rate_is_compared_with_the_days_before(server: Server, target: HttpTarget) -> None:
    name = next(names)
    now = datetime.now(UTC)
    for day in (1, 2, 3):
        post(server, name, *["usual"] * 4, timestamp=(now - timedelta(days=day, minutes=10)).isoformat())
    post(server, name, "the first of all", timestamp=(now - timedelta(days=9)).isoformat())
    add(server, name=name, when={"kind": "rate", "times": 2, "window": "1h", "days": 3}, targets=[target.url])
    post(server, name, *["now"] * 7)
    post(server, name, "the eighth")
    body = target.wait_for(1)[0]
    assert (body["count"], body["window"]) == (8, "1h")


def test_a_target_that_was_away_is_told_when_it_is_back(server: Server, target: HttpTarget) -> None:
    target.stop()
    name = add(server, when=COUNT, targets=[target.url])["name"]
    post(server, name, *"abc")
    eventually(lambda: state(server, name)["last_error"], "the fault")
    told = state(server, name)
    assert told["state"] == "firing"
    assert told["last_error"].startswith(f"{target.shown}: can't be reached")
    assert [record["event"] for record in history(server, name)] == ["failed", "firing"]
    target.status = 500
    target.start()
    eventually(lambda: "answered with 500" in (state(server, name)["last_error"] or ""), "the other fault")
    target.status = 204
    eventually(lambda: state(server, name)["last_error"] is None, "no fault")
    assert history(server, name)[0]["event"] == "delivered"
    deliveries = [headers["X-Logstream-Delivery"] for _, headers, _ in target.requests]
    assert len(set(deliveries)) == 1


def test_mail_is_delivered_by_apprise(server: Server) -> None:
    with mailbox() as box:
        url = f"mailto://127.0.0.1:{box.port}?from=alerts@example.com&to=oncall@example.com&mode=insecure"
        name = add(server, when=COUNT, targets=[url])["name"]
        post(server, name, "a", "b", "disk is full")
        eventually(lambda: box.mails, "the mail")
        content = box.mails[0].content
        assert isinstance(content, bytes)
        assert box.mails[0].rcpt_tos == ["oncall@example.com"]
        assert f"{name} firing: 3 entries in 5m".encode() in content
        assert b"disk is full" in content


def test_a_test_tells_every_target_and_what_came_of_it(server: Server, target: HttpTarget) -> None:
    with http_target() as broken:
        broken.status = 404
        name = add(server, when={"kind": "each"}, targets=[target.url, broken.url])["name"]
        answer = ask(server, "POST", f"/{name}/test")
        assert answer.json() == {
            "results": [
                {"target": target.shown, "delivered": True},
                {"target": broken.shown, "delivered": False, "error": "answered with 404"},
            ]
        }
    assert (target.bodies[0]["alert"], target.bodies[0]["test"]) == (name, True)
    assert state(server, name)["state"] == "ok"


def test_a_redirect_is_followed_where_the_request_stays_the_same(server: Server, target: HttpTarget) -> None:
    with http_target() as elsewhere:
        target.status, target.location = 307, elsewhere.url
        name = add(server, when={"kind": "each"}, targets=[target.url])["name"]
        assert ask(server, "POST", f"/{name}/test").json()["results"][0]["delivered"] is True
        assert elsewhere.bodies == target.bodies
        target.status = 302
        assert ask(server, "POST", f"/{name}/test").json()["results"][0]["error"] == "answered with 302"


def test_the_past_is_judged_by_the_times_of_the_entries(server: Server) -> None:
    name = next(names)
    start = datetime(2026, 3, 1, 12, tzinfo=UTC)
    for minutes in (0, 1, 2, 3, 61, 120, 121, 122):
        post(server, name, "x", timestamp=(start + timedelta(minutes=minutes)).isoformat())
    post(server, "another", "the first of all", timestamp=(start - timedelta(days=1)).isoformat())
    asked = {
        "query": {"app_key": name},
        "when": COUNT,
        "date_from": "2026-03-01",
        "date_to": "2026-03-02",
    }
    fired = ask(server, "POST", "/preview", READ, json=asked).json()["fired"]
    assert fired == [
        {"since": "2026-03-01T12:02:00.000Z", "until": "2026-03-01T12:06:00.000Z", "group": None, "count": 4},
        {"since": "2026-03-01T14:02:00.000Z", "until": "2026-03-01T14:05:00.000Z", "group": None, "count": 3},
    ]
    silent = {**asked, "when": {"kind": "count", "op": "<", "n": 1, "window": "1h"}}
    fired = ask(server, "POST", "/preview", json=silent).json()["fired"]
    assert [(one["since"][11:16], one["until"] and one["until"][11:16]) for one in fired] == [
        ("00:00", "12:00"),
        ("15:02", None),
    ]
    rate = {**asked, "when": {"kind": "rate", "times": 2, "window": "1h", "days": 1}, "date_from": "2026-03-02"}
    assert ask(server, "POST", "/preview", json={**rate, "date_to": "2026-03-03"}).json()["fired"] == []
    post(server, name, *["x"] * 9, timestamp="2026-03-02T12:30:00Z")
    (one,) = ask(server, "POST", "/preview", json={**rate, "date_to": "2026-03-03"}).json()["fired"]
    assert (one["since"], one["count"]) == ("2026-03-02T12:30:00.000Z", 9)
    assert ask(server, "GET", "").json()["alerts"] == []


def test_entries_of_before_are_not_counted_nor_is_what_a_disabled_alert_would_see(
    server: Server, target: HttpTarget
) -> None:
    name = next(names)
    post(server, name, *"ab")
    alert = add(server, name=name, when=COUNT, targets=[target.url])
    post(server, name, *"ab")
    changed = {**alert, "enabled": False}
    assert ask(server, "PUT", f"/{name}", json=changed).json()["enabled"] is False
    post(server, name, *"abc")
    ask(server, "PUT", f"/{name}", json={**changed, "enabled": True, "revision": None})
    post(server, name, *"ab")
    assert state(server, name)["state"] == "ok"
    post(server, name, "c")
    assert len(target.wait_for(1)) == 1


def test_who_edits_what_somebody_else_has_changed_is_told(server: Server) -> None:
    alert = add(server, when=COUNT)
    name = alert["name"]
    first = ask(server, "PUT", f"/{name}", json={**alert, "renotify": "1h"})
    assert (first.status_code, first.json()["revision"]) == (200, 2)
    second = ask(server, "PUT", f"/{name}", json=alert)
    assert (second.status_code, second.json()["error"]) == (409, f"Alert '{name}' was changed meanwhile.")
    renamed = ask(server, "PUT", f"/{name}", json={"name": "renamed", "when": COUNT})
    assert renamed.json()["name"] == "renamed"
    assert ask(server, "GET", f"/{name}").status_code == 404


def test_secrets_are_never_shown_and_kept_when_what_was_shown_comes_back(server: Server, target: HttpTarget) -> None:
    url = f"http://user:pass-word@127.0.0.1:{target.port}/services/T0AB/letters?token=abcdef"
    alert = add(server, when={"kind": "each"}, targets=[url, "json://user:other-pass@127.0.0.1:1/x?+X-Key=topsecret"])
    shown = [f"http://127.0.0.1:{target.port}/****", "json://127.0.0.1:1/****"]
    assert alert["targets"] == shown
    name = alert["name"]
    changed = ask(server, "PUT", f"/{name}", json={**alert, "renotify": "2h"})
    assert changed.json()["targets"] == shown
    results = ask(server, "POST", f"/{name}/test").json()["results"]
    assert [one["delivered"] for one in results] == [True, False]
    assert target.requests[0][0] == "/services/T0AB/letters?token=abcdef"
    assert target.requests[0][1]["Authorization"] == "Basic dXNlcjpwYXNzLXdvcmQ="
    answer = ask(server, "PUT", f"/{name}", json={**alert, "targets": ["https://example.com/****"], "revision": None})
    assert answer.status_code == 422
    post(server, name, "x")
    eventually(lambda: state(server, name)["last_error"], "the fault")
    everything = f"{server.log}{ask(server, 'GET', '').text}{ask(server, 'GET', f'/{name}/history').text}{results}"
    for secret in ("pass-word", "other-pass", "letters", "abcdef", "topsecret"):
        assert secret not in everything


def test_targets_that_look_alike_keep_their_own_secrets(server: Server, target: HttpTarget) -> None:
    urls = [f"http://127.0.0.1:{target.port}/{secret}" for secret in ("first", "second", "third")]
    alert = add(server, when={"kind": "each"}, targets=urls)
    shown = f"http://127.0.0.1:{target.port}/****"
    assert alert["targets"] == [shown, f"{shown} (2)", f"{shown} (3)"]
    fourth = f"http://127.0.0.1:{target.port}/fourth"
    kept = ask(server, "PUT", f"/{alert['name']}", json={**alert, "targets": [*alert["targets"][1:], fourth]}).json()
    assert kept["targets"] == [f"{shown} (2)", f"{shown} (3)", shown]
    ask(server, "POST", f"/{alert['name']}/test")
    assert sorted(path for path, *_ in target.requests) == ["/fourth", "/second", "/third"]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"name": "Big"}, "name must be 1 to 100 lower-case letters"),
        ({"query": {"level": "error", "x": "y"}}, "query: x: this is no filter"),
        ({"query": {"q": "(a"}}, "query: q: "),
        ({"query": {"date_from": "2026-01-01"}}, "has no date_from"),
        ({"query": []}, "an object of filters is expected"),
        ({"when": None}, "when: "),
        ({"when": {"kind": "often"}}, "kinds are count, each, new_pattern and rate"),
        ({"when": {"kind": "count", "n": 0, "window": "5m"}}, "when.n must be"),
        ({"when": {"kind": "count", "n": 1, "window": "5 minutes"}}, "when.window must be a span of time"),
        ({"when": {"kind": "rate", "times": 0, "window": "1h"}}, "when.times must be"),
        ({"when": {"kind": "each", "n": 1}}, "when: "),
        ({"group_by": ["message"]}, "group_by: 'message'"),
        ({"targets": "https://example.com"}, "targets must be a list"),
        ({"targets": ["nonsense"]}, "not an address that apprise knows"),
        ({"targets": ["syslog://"]}, "a service of this machine itself"),
        ({"renotify": "often"}, "renotify must be"),
        ({"enabled": 1}, "enabled must be"),
        ({"window": "5m"}, "'window' is not known"),
    ],
)
def test_what_can_not_be_kept_is_refused(server: Server, wrong: dict[str, Any], why: str) -> None:
    answer = ask(server, "POST", "", json={"name": "wrong", "query": {}, "when": COUNT, **wrong})
    assert (answer.status_code, answer.json()["error"]) == (422, "Invalid alert"), answer.text
    assert why in answer.json()["reason"]


def test_what_is_not_there_and_what_is_there_already(server: Server) -> None:
    alert = add(server, when=COUNT)
    again = ask(server, "POST", "", json={"name": alert["name"], "when": COUNT})
    assert (again.status_code, again.json()["error"]) == (409, f"Alert '{alert['name']}' already exists.")
    for method, path in (
        ("GET", "/no"),
        ("PUT", "/no"),
        ("DELETE", "/no"),
        ("POST", "/no/test"),
        ("GET", "/no/history"),
    ):
        answer = ask(server, method, path, json={})
        assert (answer.status_code, answer.json()) == (404, {"error": "Alert 'no' not found."}), (method, path)
    assert ask(server, "POST", f"/{alert['name']}/mute", json={}).status_code == 422
    assert ask(server, "POST", f"/{alert['name']}/mute", json={"until": "later"}).status_code == 422


def test_the_read_key_sees_and_the_admin_key_changes(server: Server) -> None:
    name = add(server, when=COUNT)["name"]
    for path in ("", f"/{name}", f"/{name}/history"):
        assert ask(server, "GET", path, READ).status_code == 200
        assert ask(server, "GET", path, {}).status_code == 401
    for method, path in (
        ("POST", ""),
        ("PUT", f"/{name}"),
        ("DELETE", f"/{name}"),
        ("POST", f"/{name}/test"),
        ("POST", f"/{name}/mute"),
    ):
        assert ask(server, method, path, READ, json={}).status_code == 401, (method, path)


def test_a_pattern_fires_that_none_had_before(server: Server, target: HttpTarget) -> None:
    name = next(names)
    post(server, name, "disk 7 is full", "user 12 left", level="info")
    add(server, name=name, when={"kind": "new_pattern"}, targets=[target.url])
    post(server, name, "disk 9 is full", "user 13 left", level="info")
    entry = post(server, name, "disk 8 burns", "disk 9 burns")[0]
    post(server, name, "and now for something different")
    first, second = target.wait_for(2)
    assert (first["pattern"], first["entry"]["id"]) == ("disk <n> burns", entry["id"])
    assert second["pattern"] == "and now for something different"
    asked = {"query": {"app_key": name}, "when": {"kind": "new_pattern"}, "date_from": entry["timestamp"]}
    assert len(ask(server, "POST", "/preview", READ, json=asked).json()["fired"]) == 2
    assert len(target.requests) == 2
