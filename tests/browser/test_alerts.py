"""Alerts in the page: made of a screen, tried on the past, told to real targets, muted and changed."""

import base64
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.screen import Opener, row, shown
from tests.browser.stored import ago, entry, store
from tests.browser.team import ADMIN, READ, ask, cleared, team_server
from tests.browser.test_accessible import violations
from tests.browser.test_views import overflow, saved
from tests.harness import Server
from tests.targets import HttpTarget, http_target

DAY = 86_400
AT_LEAST_ONE = {"kind": "count", "op": ">=", "n": 1, "window": "5m"}


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose cards were declined in three bursts of last week."""
    with team_server(tmp_path_factory.mktemp("team")) as server:
        for day in (6, 4, 1):
            store(server, [entry("card declined", level="error", timestamp=ago(day * DAY - n)) for n in range(5)])
        yield server


@pytest.fixture
def team(started: Server) -> Server:
    return cleared(started)


@pytest.fixture
def target() -> Iterator[HttpTarget]:
    with http_target() as started:
        yield started


def add(server: Server, name: str, **over: object) -> None:
    ask(server, "POST", "/api/alerts", json={"name": name, "query": {"app_key": name}, "when": AT_LEAST_ONE, **over})


def test_an_alert_is_made_of_the_screen_in_3_clicks_and_fires_in_the_header(team: Server, open_page: Opener) -> None:
    page = open_page(team, "/?app_key=till&level=error&q=card", config=ADMIN)
    page.get_by_role("button", name="Saved views").click()
    page.get_by_role("button", name="Alert on this…").click()
    page.get_by_role("button", name="Create alert").click()
    expect(page.get_by_text("card-error-till watches from now on")).to_be_visible()
    made = ask(team, "GET", "/api/alerts/card-error-till").json()
    assert made["query"] == {"app_key": "till", "level": "error", "q": "card"}
    assert made["when"] == AT_LEAST_ONE
    store(team, [entry("card declined", app_key="till", level="error")])
    tab = page.get_by_role("navigation", name="Pages").get_by_role("button", name="Alerts")
    expect(tab).to_have_text(re.compile("1 firing"))
    tab.click()
    alert = page.get_by_role("listitem").filter(has_text="card-error-till").first
    expect(alert).to_contain_text("firing")
    expect(alert).to_contain_text("1 entry or more within 5 minutes")
    alert.get_by_role("button", name="History").click()
    history = page.get_by_role("list", name="History of card-error-till").get_by_role("listitem")
    expect(history.first).to_contain_text("Fired")
    history.first.get_by_role("button", name="entry").click()
    expect(page.get_by_role("region", name=re.compile("Details")).locator("pre")).to_have_text("card declined")


def test_a_preview_says_when_it_would_have_fired_while_it_is_written(team: Server, open_page: Opener) -> None:
    page = open_page(team, "/?app_key=shop", config=READ, refused=(422,))
    saved(page, "Alert on this…")
    preview = page.get_by_role("region", name="Preview")
    expect(preview.get_by_role("status")).to_have_text("Would have fired 3 times in the last 7 days")
    times = preview.get_by_role("list").get_by_role("listitem")
    expect(times).to_have_count(3)
    expect(times.first).to_contain_text(ago(DAY)[:10])
    page.get_by_label("How many").fill("6")
    expect(preview.get_by_role("status")).to_have_text("Would not have fired in the last 7 days")
    page.get_by_label("How many").fill("5")
    preview.get_by_label("How far back").select_option("last 30 days")
    expect(preview.get_by_role("status")).to_have_text("Would have fired 3 times in the last 30 days")
    page.get_by_role("button", name="environment").click()
    expect(times.first).to_contain_text("production")
    page.get_by_label("How many").fill("many")
    expect(page.get_by_role("alert")).to_contain_text("whole number")
    expect(page.get_by_role("button", name="Create alert")).to_be_disabled()
    page.get_by_label("Fire when").select_option("a new pattern of messages comes")
    expect(preview.get_by_role("status")).to_have_text(re.compile("^Would have fired"))
    page.get_by_label("Entries", exact=True).fill("level:>=nonsense")
    expect(preview.get_by_role("status")).to_contain_text("nonsense")


def test_an_alert_is_changed_without_losing_the_secrets_of_its_targets(
    team: Server, open_page: Opener, target: HttpTarget
) -> None:
    secret = target.url.replace("http://", "http://user:secret@")
    add(team, "till", targets=[secret], when={"kind": "rate", "times": 3, "window": "2h"})
    page = open_page(team, "/?page=alerts", config=ADMIN)
    expect(page.get_by_text("3 times as many within 2 hours")).to_be_visible()
    page.get_by_role("button", name="Edit till").click()
    form = page.get_by_role("dialog", name="Edit till")
    assert "secret" not in form.get_by_label("Tell", exact=True).input_value()
    form.get_by_label("Fire when").select_option("fewer than so many come")
    form.get_by_label("Within").select_option("1 hour")
    form.get_by_role("button", name="application").click()
    form.get_by_label("Another field of the context").fill("host")
    form.get_by_label("Say it again").select_option("every 4 hours")
    form.get_by_label("Tell", exact=True).fill(
        f"{form.get_by_label('Tell', exact=True).input_value()}\n{target.url}/second"
    )
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_text("No entry within an hour, for each application and host")).to_be_visible()
    page.get_by_role("button", name="Test till").click()
    expect(page.get_by_role("status", name="Result of the test").get_by_text("Delivered to")).to_have_count(2)
    sent = {path: headers.get("Authorization") for path, headers, _ in target.requests}
    assert sent == {"/hook": f"Basic {base64.b64encode(b'user:secret').decode()}", "/hook/second": None}
    kept = ask(team, "GET", "/api/alerts/till").json()
    assert (kept["renotify"], kept["group_by"]) == ("4h", ["app_key", "context.host"])


def test_an_alert_is_muted_turned_off_and_deleted(team: Server, open_page: Opener) -> None:
    add(team, "till")
    page = open_page(team, "/?page=alerts", config=ADMIN)
    page.get_by_role("button", name="Mute till").click()
    page.get_by_role("button", name="For 4 hours").click()
    alert = page.get_by_role("listitem").filter(has_text="tells nobody")
    expect(alert).to_contain_text("muted")
    expect(alert).to_contain_text("until")
    page.get_by_role("button", name="Mute till").click()
    page.get_by_role("button", name="Tell people again").click()
    expect(alert).to_contain_text("ok")
    alert.get_by_role("switch").click()
    expect(alert.get_by_role("switch")).to_have_attribute("aria-checked", "false")
    assert ask(team, "GET", "/api/alerts/till").json()["enabled"] is False
    page.get_by_role("button", name="Delete till").click()
    page.get_by_role("button", name="Delete alert").click()
    expect(page.get_by_text("No alerts yet")).to_be_visible()


def test_a_target_that_cannot_be_told_is_seen(team: Server, open_page: Opener, target: HttpTarget) -> None:
    target.status = 500
    add(team, "till", targets=[target.url])
    page = open_page(team, "/?page=alerts", config=ADMIN)
    page.get_by_role("button", name="Test till").click()
    expect(page.get_by_role("status", name="Result of the test")).to_contain_text("500")
    store(team, [entry("card declined", app_key="till")])
    alert = page.get_by_role("listitem").filter(has_text="1 entry or more")
    expect(alert).to_contain_text("firing")
    page.get_by_role("button", name="History of till").click()
    expect(page.get_by_role("list", name="History of till")).to_contain_text("Could not tell")


def test_what_another_has_changed_meanwhile_is_not_overwritten(team: Server, open_page: Opener) -> None:
    add(team, "till")
    page = open_page(team, "/?page=alerts", config=ADMIN, refused=(409,))
    page.get_by_role("button", name="Edit till").click()
    ask(team, "PUT", "/api/alerts/till", json={"query": {}, "when": AT_LEAST_ONE, "renotify": "1h"})
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("changed meanwhile")


def test_an_alert_shows_its_entries(team: Server, open_page: Opener) -> None:
    add(team, "shop", query={"app_key": "shop", "level": "error"})
    store(team, [entry("card declined", level="error")])
    page = open_page(team, "/?page=alerts", config=READ)
    page.get_by_title("Show these entries").click()
    shown(page)
    expect(row(page, "card declined")).to_be_visible()
    expect(page.get_by_role("list", name="Active filters").get_by_role("button", name="level error")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_alerts(team: Server, open_page: Opener, target: HttpTarget, scheme: str) -> None:
    add(team, "till", targets=[target.url])
    add(team, "silent", when={"kind": "count", "op": "<", "n": 1, "window": "1h"})
    ask(team, "POST", "/api/alerts/silent/mute", json={"until": "2100-01-01T00:00:00Z"})
    add(team, "off", enabled=False)
    store(team, [entry("card declined", app_key="till")])
    page = open_page(team, "/?page=alerts", config=ADMIN, color_scheme=scheme)
    for width in (1440, 1024, 375):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(f"{team.url}/?page=alerts")
        page.get_by_role("button", name="History of till").click()
        page.get_by_role("button", name="Test till").click()
        expect(page.get_by_role("status", name="Result of the test")).to_be_visible()
        expect(page.get_by_role("list", name="History of till")).to_contain_text("Fired")
        assert (width, violations(page), overflow(page)) == (width, [], 0)
        page.get_by_role("button", name="Edit till").click()
        expect(page.get_by_role("region", name="Preview").get_by_role("status")).to_contain_text("fired")
        assert (width, violations(page), overflow(page)) == (width, [], 0)
