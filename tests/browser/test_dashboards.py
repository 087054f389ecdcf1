"""Dashboards: made, placed by hand, kept for the team, live, and a way to the entries behind each number."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.incident import incident
from tests.browser.screen import Opener, press, shown
from tests.browser.stored import entry, store
from tests.browser.team import ADMIN, READ, ask, cleared, team_server
from tests.browser.test_accessible import check, violations
from tests.harness import Server

SHOP: dict[str, Any] = {
    "name": "shop",
    "title": "The shop",
    "range": "24h",
    "panels": [
        {"kind": "number", "title": "Errors", "query": {"level": "error"}, "x": 0, "y": 0, "w": 3, "h": 3},
        {"kind": "counts", "x": 3, "y": 0, "w": 6, "h": 6},
        {"kind": "levels", "x": 9, "y": 0, "w": 3, "h": 6},
        {"kind": "metric", "metric": "p95(context.duration)", "split": "app_key", "x": 0, "y": 6, "w": 6, "h": 6},
        {"kind": "top", "field": "context.region", "x": 6, "y": 6, "w": 3, "h": 6},
        {"kind": "top", "field": "context.nowhere", "x": 9, "y": 6, "w": 3, "h": 6},
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with team_server(tmp_path_factory.mktemp("team")) as server:
        store(server, list(incident(per_minute=6)))
        yield server


@pytest.fixture
def team(started: Server) -> Server:
    cleared(started)
    ask(started, "POST", "/api/dashboards", json=SHOP)
    return started


def panel(page: Page, title: str) -> Locator:
    return page.get_by_role("article", name=title, exact=True)


def places(server: Server, name: str = "shop") -> dict[str, tuple[int, ...]]:
    """By kind or title, where the panels are kept: x, y, w, h."""
    kept = ask(server, "GET", f"/api/dashboards/{name}").json()["panels"]
    return {one.get("title") or one["kind"]: (one["x"], one["y"], one["w"], one["h"]) for one in kept}


def save(page: Page) -> None:
    page.get_by_role("button", name="Save for the team").click()
    expect(page.get_by_text("Dashboard saved")).to_be_visible()
    expect(page.get_by_role("button", name="Edit panels")).to_be_visible()


def test_a_dashboard_is_made_and_changed_and_others_see_it(team: Server, open_page: Opener) -> None:
    page = open_page(team, "/?page=dashboards", config=ADMIN)
    page.get_by_role("button", name="New dashboard…").click()
    page.get_by_label("Title").fill("Every morning")
    page.get_by_role("button", name="Save").click()
    expect(page).to_have_url(f"{team.url}/d/every-morning")
    expect(panel(page, "Levels").get_by_role("link", name=re.compile("^info"))).to_be_visible()
    page.get_by_role("button", name="Edit panels").click()
    page.get_by_role("button", name="Add a panel…").click()
    form = page.get_by_role("dialog", name="Add a panel")
    form.get_by_label("Shows").select_option("Number with its trend")
    form.get_by_label("Filter").fill("level:critical")
    form.get_by_label("Title").fill("Disasters")
    form.get_by_role("button", name="Add").click()
    page.get_by_role("button", name="Remove Top categories").click()
    page.get_by_role("button", name="Edit Errors").click()
    page.get_by_role("dialog", name="Edit panel").get_by_label("Title").fill("What went wrong")
    page.get_by_role("button", name="Apply").click()
    page.get_by_role("combobox", name="Search").fill("app_id:production")
    press(page, "Enter")
    save(page)
    other = open_page(team, "/?page=dashboards", config=READ)
    other.get_by_role("link", name="Every morning").click()
    expect(panel(other, "Disasters")).to_be_visible()
    expect(panel(other, "What went wrong")).to_be_visible()
    expect(panel(other, "Top categories")).to_have_count(0)
    kept = ask(team, "GET", "/api/dashboards/every-morning").json()
    assert kept["query"] == {"q": "app_id:production"}
    assert kept["panels"][-1]["query"] == {"q": "level:critical"}
    assert urlsplit(other.url)[2:4] == ("/d/every-morning", "")


def test_panels_are_moved_and_resized_with_the_keyboard_the_mouse_and_a_finger(team: Server, open_page: Opener) -> None:
    page = open_page(team, "/d/shop", config=ADMIN, viewport={"width": 1024, "height": 900}, has_touch=True)
    page.get_by_role("button", name="Edit panels").click()
    page.get_by_role("button", name="Move Errors", exact=True).focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowDown"):
        press(page, key)
    expect(page.get_by_role("status").filter(has_text="Errors: column 1, row 4, 3 columns wide")).to_have_count(1)
    drag(page, page.get_by_role("button", name="Move Levels", exact=True), panel(page, "Entries over time"))
    handle = page.get_by_role("button", name="Resize Errors")
    swipe(page, handle, 0, 110)
    save(page)
    assert places(team) == {
        "Errors": (0, 3, 3, 5),
        "levels": (3, 0, 3, 6),
        "counts": (3, 6, 6, 6),
        "metric": (0, 12, 6, 6),
        "top": (9, 6, 3, 6),
    }
    page.get_by_role("button", name="Edit panels").click()
    page.get_by_role("button", name="Remove Errors").click()
    page.get_by_role("button", name="Cancel").click()
    expect(panel(page, "Errors")).to_be_visible()


def test_nothing_leads_away_from_a_dashboard_that_is_edited(team: Server, open_page: Opener) -> None:
    page = open_page(team, "/d/shop", config=ADMIN)
    chart = panel(page, "Entries over time").locator(".u-over")
    expect(chart).to_be_visible()
    page.get_by_role("button", name="Edit panels").click()
    page.get_by_role("button", name="Remove Errors", exact=True).click()
    box = chart.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 200, box["y"] + 50)
    page.get_by_role("button", name="Cancel").click()
    expect(panel(page, "Errors")).to_be_visible()
    assert page.url == f"{team.url}/d/shop"


def drag(page: Page, handle: Locator, onto: Locator) -> None:
    """With the mouse, so far that one would stand where the other begins."""
    box, target = handle.bounding_box(), onto.get_by_role("button", name=re.compile("^Move")).bounding_box()
    assert box is not None
    assert target is not None
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(target["x"] + 5, target["y"] + 5, steps=5)
    page.mouse.up()


def swipe(page: Page, handle: Locator, right: int, down: int) -> None:
    box = handle.bounding_box()
    assert box is not None
    at = {"x": box["x"] + 10, "y": box["y"] + 10}
    touch = page.context.new_cdp_session(page)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [at]})
    for step in (0.5, 1):
        moved = {"x": at["x"] + right * step, "y": at["y"] + down * step}
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [moved]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_on_a_phone_panels_stand_below_each_other_and_change_places(team: Server, open_page: Opener) -> None:
    page = open_page(
        team, "/d/shop", config=ADMIN, viewport={"width": 375, "height": 800}, has_touch=True, is_mobile=True
    )
    page.get_by_role("button", name="Edit panels").tap()
    page.get_by_role("button", name="Move Errors down").tap()
    expect(page.get_by_role("article").first).to_have_accessible_name("Entries over time")
    save(page)
    assert places(team)["counts"][1] < places(team)["Errors"][1]


def test_a_number_grows_while_it_is_looked_at(team: Server, open_page: Opener) -> None:
    page = open_page(team, "/d/shop?q=arrives_meanwhile", config=READ)
    expect(panel(page, "Levels")).to_contain_text("No entries")
    store(team, [entry("arrives_meanwhile", level="error")] * 3)
    expect(panel(page, "Errors").get_by_text("3", exact=True)).to_be_visible()
    expect(panel(page, "Levels").get_by_role("listitem")).to_have_text(["error3"])


def test_what_a_panel_counts_leads_to_its_entries(team: Server, open_page: Opener) -> None:
    page = open_page(team, "/d/shop", config=READ)
    panel(page, "Levels").get_by_role("link", name=re.compile("^notice")).click()
    expect(page).to_have_url(f"{team.url}/?level=notice&last=24h")
    shown(page)
    page.go_back()
    panel(page, "Errors").get_by_role("link", name="Errors").click()
    assert parse_qs(urlsplit(page.url).query) == {"q": ["level:error"], "last": ["24h"]}
    page.go_back()
    chart = panel(page, "Entries over time").get_by_role("slider")
    chart.focus()
    press(page, "ArrowLeft")
    press(page, "ArrowLeft")
    expect(chart).to_have_attribute("aria-valuetext", re.compile(r"^20.* · .*[0-9] "))
    press(page, "Enter")
    expect(page).to_have_url(re.compile(r"/\?from=.*&to="))
    shown(page)
    page.go_back()
    chart.click(position={"x": 300, "y": 60})
    expect(page).to_have_url(re.compile(r"/\?from=.*&to="))


def test_what_can_not_be_counted_is_said_in_its_panel(team: Server, open_page: Opener) -> None:
    page = open_page(team, "/d/shop?q=%28", config=READ, refused=(400,))
    expect(panel(page, "Levels").get_by_role("alert")).to_contain_text("q")
    expect(page.get_by_role("article")).to_have_count(len(SHOP["panels"]))
    page.get_by_role("button", name="Clear search").click()
    expect(panel(page, "Levels").get_by_role("link").first).to_be_visible()
    expect(panel(page, "Top nowhere")).to_contain_text("No entry has this field")


def test_a_dashboard_that_is_not_there_is_said(team: Server, open_page: Opener) -> None:
    page = open_page(team, "/d/gone", config=READ, refused=(404,))
    expect(page.get_by_role("alert")).to_contain_text("There is no dashboard named gone")
    page.get_by_role("button", name="All logs").click()
    shown(page)


def test_a_wall_shows_a_dashboard_as_high_as_the_screen(team: Server, open_page: Opener) -> None:
    page = open_page(team, "/?page=views", config=READ)
    page.get_by_role("button", name="Show on a wall…").click()
    expect(page.get_by_role("dialog").get_by_label("The shop")).to_be_checked()
    wall = open_page(team, "/?wall=d/shop", config=READ)
    expect(wall.get_by_role("heading", name="The shop")).to_be_visible()
    lowest = wall.get_by_text("No entry has this field")
    expect(lowest).to_be_in_viewport()
    assert violations(wall) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_dashboards(team: Server, open_page: Opener, scheme: str) -> None:
    for width in (375, 1024, 1440):
        phone = {"has_touch": width == 375, "is_mobile": width == 375}
        size = {"width": width, "height": 800}
        page = open_page(team, "/d/shop", config=ADMIN, viewport=size, color_scheme=scheme, **phone)
        expect(panel(page, "Errors").get_by_role("img")).to_be_visible()
        check(page, width)
        page.get_by_role("button", name="Edit panels").click()
        check(page, width)
        page.get_by_role("button", name="Add a panel…").click()
        expect(page.get_by_role("dialog", name="Add a panel")).to_be_visible()
        check(page, width)
