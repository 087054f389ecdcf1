"""Views that a team shares: made of a screen, opened by name, moved over from a browser, on a wall."""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.screen import Opener, live, press, row, rows, shown
from tests.browser.stored import ago, entry, generated, store
from tests.browser.team import ADMIN, READ, ask, cleared, team_server
from tests.browser.test_accessible import violations
from tests.harness import Server

ERRORS = {"name": "errors", "title": "All errors", "description": "Look here first", "query": {"level": "error"}}
LOGINS = {"name": "logins", "query": {"category": "login"}, "range": "24h", "columns": ["timestamp", "message"]}


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with team_server(tmp_path_factory.mktemp("team")) as server:
        store(server, list(generated()))
        yield server


@pytest.fixture
def team(started: Server) -> Server:
    return cleared(started)


def share(server: Server, *views: Mapping[str, object]) -> None:
    for view in views:
        ask(server, "POST", "/api/views", json=view)


def saved(page: Page, item: str) -> None:
    page.get_by_role("button", name="Saved views").click()
    page.get_by_role("dialog", name="Saved views").get_by_role("button", name=item).click()


def test_a_screen_is_shared_under_a_name_and_opened_by_others(team: Server, open_page: Opener) -> None:
    page = open_page(
        team, "/?level=error&app_key=shop,billing-api&q=generated&last=24h&columns=time,message", config=ADMIN
    )
    shown(page, 40)
    saved(page, "Share this view…")
    form = page.get_by_role("dialog", name="Share this view")
    expect(form).to_contain_text("generated level:error app_key:shop,billing-api")
    form.get_by_label("Title").fill("Errors of today")
    form.get_by_label("Description").fill("Look here first")
    expect(form.get_by_label("Name", exact=True)).to_have_value("errors-of-today")
    form.get_by_role("button", name="Save").click()
    expect(page).to_have_url(f"{team.url}/v/errors-of-today")
    other = open_page(team, "/v/errors-of-today", config=READ)
    shown(other, 40)
    bar = other.get_by_role("region", name="View")
    expect(bar).to_contain_text("Errors of today")
    expect(bar).to_contain_text("Look here first")
    expect(other.get_by_role("columnheader")).to_have_text(["Time", "Message"])
    assert urlsplit(other.url)[2:4] == ("/v/errors-of-today", "")


def test_what_differs_from_a_view_is_said_and_saved_for_the_team(team: Server, open_page: Opener) -> None:
    share(team, ERRORS)
    page = open_page(team, "/v/errors", config=ADMIN)
    shown(page, 60)
    row(page, "generated line 597").click()
    bar = page.get_by_role("region", name="View")
    expect(bar.get_by_role("button", name="Back to the view")).to_have_count(0)
    page.get_by_role("region", name="Application").get_by_role("button", name=re.compile("^shop")).click()
    shown(page, 20)
    bar.get_by_role("button", name="Back to the view").click()
    shown(page, 60)
    assert page.url == f"{team.url}/v/errors"
    page.go_back()
    shown(page, 20)
    bar.get_by_role("button", name="Save for the team").click()
    expect(page.get_by_text("View saved")).to_be_visible()
    expect(bar.get_by_role("button", name="Save for the team")).to_have_count(0)
    assert ask(team, "GET", "/api/views/errors").json()["query"] == {"level": "error", "app_key": "shop"}
    bar.get_by_role("button", name="Leave the view").click()
    shown(page, 20)
    assert "/v/" not in page.url


def test_who_has_no_admin_key_is_told_and_goes_on_with_it(team: Server, open_page: Opener) -> None:
    page = open_page(team, "/?level=error", config=READ, refused=(401,))
    shown(page, 60)
    saved(page, "Share this view…")
    page.get_by_label("Title").fill("Errors")
    page.get_by_role("button", name="Save").click()
    settings = page.get_by_role("dialog", name="Settings")
    expect(settings.get_by_role("alert")).to_contain_text("the value of ADMIN_SECRET")
    settings.get_by_label("Admin key").fill("admin key")
    settings.get_by_role("button", name="Connect", exact=True).click()
    form = page.get_by_role("dialog", name="Share this view")
    expect(form.get_by_label("Title")).to_have_value("Errors")
    form.get_by_role("button", name="Save").click()
    expect(page).to_have_url(f"{team.url}/v/errors")


def test_the_searches_of_a_browser_move_to_the_team_at_one_click(team: Server, open_page: Opener) -> None:
    share(team, ERRORS)
    page = open_page(team, "/?level=warning&last=7d", config=ADMIN)
    shown(page, 60)
    page.get_by_role("button", name="Saved views").click()
    for name in ("Errors", "Warnings"):
        page.get_by_label("Name for this search").fill(name)
        page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Move all 2 to the team").click()
    expect(page.get_by_text("No saved searches yet.")).to_be_visible()
    expect(page.get_by_role("region", name="Views of the team").get_by_role("button")).to_have_text(
        ["All errors", "Errors", "Warnings", "Share this view…", "Alert on this…"]
    )
    kept = ask(team, "GET", "/api/views/warnings").json()
    assert (kept["title"], kept["query"], kept["range"]) == ("Warnings", {"level": "warning"}, "7d")


def test_views_are_listed_renamed_and_deleted(team: Server, open_page: Opener) -> None:
    share(team, ERRORS, LOGINS)
    page = open_page(team, "/?page=views", config=ADMIN, refused=(404,))
    page.get_by_role("button", name="Edit All errors").click()
    page.get_by_label("Title").fill("Every error")
    page.get_by_label("Name", exact=True).fill("every-error")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Copy link to Every error").click()
    link = str(page.evaluate("navigator.clipboard.readText()"))
    assert link == f"{team.url}/v/every-error"
    page.get_by_role("button", name="Delete logins").click()
    page.get_by_role("button", name="Delete view").click()
    expect(page.get_by_role("list", name="Views").get_by_role("listitem")).to_have_count(1)
    page.get_by_role("link", name="Every error").click()
    shown(page, 60)
    assert page.url == link
    page.goto(f"{team.url}/v/errors")
    expect(page.get_by_role("alert")).to_contain_text("There is no view named errors")
    page.get_by_role("button", name="All logs").click()
    shown(page, 600)


def test_a_browser_begins_with_the_view_that_was_chosen(team: Server, open_page: Opener) -> None:
    share(team, ERRORS)
    page = open_page(team, "/?page=views", config=READ, refused=(404,))
    page.get_by_role("button", name="Begin with All errors", exact=True).click()
    page.goto(team.url)
    shown(page, 60)
    assert page.url == f"{team.url}/v/errors"
    ask(team, "DELETE", "/api/views/errors")
    page.goto(team.url)
    page.get_by_role("button", name="All logs").click()
    page.goto(team.url)
    shown(page, 600)


def test_the_team_begins_with_the_view_that_was_chosen_for_it(team: Server, open_page: Opener) -> None:
    share(team, ERRORS, LOGINS)
    page = open_page(team, "/?page=views", config=ADMIN)
    page.get_by_role("button", name="Begin with All errors for the team").click()
    chosen = page.get_by_role("button", name="Start page of the team: All errors")
    expect(chosen).to_be_visible()
    new = open_page(team, "/", refused=(401, 404))
    new.get_by_label("Read key").fill("read key")
    new.get_by_role("button", name="Connect", exact=True).click()
    shown(new, 60)
    assert new.url == f"{team.url}/v/errors"
    new.get_by_role("button", name="Leave the view").click()
    expect(new).to_have_url(f"{team.url}/?level=error")
    new.goto(team.url)
    expect(new).to_have_url(f"{team.url}/v/errors")
    own = open_page(team, "/", config='{"uiSecret":"read key","startView":"logins"}')
    expect(own).to_have_url(f"{team.url}/v/logins")
    chosen.click()
    expect(chosen).to_have_count(0)
    assert ask(team, "GET", "/api/start").json() == {}
    ask(team, "DELETE", "/api/views/errors")
    new.goto(team.url)
    new.get_by_role("button", name="All logs").click()
    new.goto(team.url)
    shown(new, 600)


def test_a_view_opens_by_its_name_from_the_commands(team: Server, open_page: Opener) -> None:
    share(team, ERRORS)
    page = open_page(team, "/", config=READ)
    shown(page, 600)
    press(page, "Control+k")
    page.get_by_role("combobox", name="Command").fill("all errors")
    press(page, "Enter")
    shown(page, 60)
    assert page.url == f"{team.url}/v/errors"


def test_a_wall_shows_views_in_turn_and_live_without_a_key_in_its_address(team: Server, open_page: Opener) -> None:
    share(team, ERRORS, LOGINS)
    page = open_page(team, "/?page=views", config=READ)
    page.get_by_role("button", name="Show on a wall").click()
    dialog = page.get_by_role("dialog", name="Show on a wall")
    dialog.get_by_label("Each for").select_option("10 seconds")
    link = dialog.get_by_test_id("wall-link").inner_text()
    assert link == f"{team.url}/?wall=all&every=10"
    for title in ("All errors", "logins"):
        dialog.get_by_label(title).uncheck()
    expect(dialog.get_by_role("button", name="Open")).to_be_disabled()
    expect(dialog.get_by_role("link")).to_have_count(0)
    wall = open_page(team, link.removeprefix(team.url).replace("10", "2"), refused=(401,))
    settings = wall.get_by_role("dialog", name="Settings")
    expect(wall.get_by_text("The server rejected the key")).to_be_visible()
    settings.get_by_label("Read key").fill("read key")
    settings.get_by_role("button", name="Connect", exact=True).click()
    for title in ("All errors", "logins", "All errors"):
        expect(wall.get_by_role("heading", name=title)).to_be_visible()
    wall.get_by_role("button", name="Stay at this view").click()
    while not wall.get_by_role("heading", name="All errors").is_visible():
        press(wall, "ArrowRight")
    entries = wall.get_by_role("list", name="Newest entries").get_by_role("listitem")
    expect(entries.first).to_contain_text("generated line")
    live(wall)
    store(team, [entry("the newest of all", level="error"), entry("no error")])
    expect(entries.first).to_contain_text("the newest of all")
    size = "e => parseFloat(getComputedStyle(e).fontSize)"
    assert entries.first.evaluate(size) > rows(page).or_(page.locator("body")).first.evaluate(size)
    assert wall.url == f"{team.url}/?wall=all&every=2"


def test_a_wall_keeps_up_with_its_views_and_with_what_is_not_live_and_says_what_fails(
    team: Server, open_page: Opener
) -> None:
    end = {"name": "late", "query": {"search": "came late"}, "range": {"from": ago(3600), "to": "2100-01-01T00:00:00Z"}}
    share(team, end)
    page = open_page(team, "/?page=views", config=READ)
    page.clock.install()
    page.goto(f"{team.url}/?wall=all")
    expect(page.get_by_text("Nothing matches")).to_be_visible()
    store(team, [entry("this came late")])
    ask(team, "PUT", "/api/views/late", json={**end, "title": "What came late"})
    page.clock.fast_forward(61_000)
    expect(page.get_by_role("list", name="Newest entries")).to_contain_text("this came late")
    expect(page.get_by_role("heading", name="What came late")).to_be_visible()
    page.context.set_offline(True)
    for _ in range(2):  # once more than an answer may fail unnoticed
        page.clock.fast_forward(61_000)
    expect(page.get_by_text("Can't tell which alerts fire")).to_be_visible()
    expect(page.get_by_role("alert").first).to_contain_text("Can't reach the server")
    page.context.set_offline(False)
    page.clock.fast_forward(61_000)
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_text("Can't tell which alerts fire")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_views_and_walls(team: Server, open_page: Opener, scheme: str) -> None:
    share(team, ERRORS, LOGINS)
    page = open_page(team, "/?page=views", config=ADMIN, color_scheme=scheme)
    for width in (1440, 1024, 375):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(f"{team.url}/?page=views")
        expect(page.get_by_role("link", name="All errors")).to_be_visible()
        assert (width, violations(page), overflow(page)) == (width, [], 0)
        page.get_by_role("button", name="Show on a wall").click()
        expect(page.get_by_role("dialog")).to_be_visible()
        assert (width, violations(page)) == (width, [])
        page.goto(f"{team.url}/v/errors")
        expect(page.get_by_role("region", name="View")).to_be_visible()
        saved(page, "Share this view…")
        expect(page.get_by_role("dialog", name="Share this view")).to_be_visible()
        assert (width, violations(page), overflow(page)) == (width, [], 0)
        page.goto(f"{team.url}/?wall=all")
        expect(page.get_by_role("heading", name="All errors")).to_be_visible()
        assert (width, violations(page), overflow(page)) == (width, [], 0)


def overflow(page: Page) -> int:
    """Pixels by which the page is broader than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))
