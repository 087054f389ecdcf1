"""Lists beside each other: each with a filter, a pause, details and keys of its own, all of it in the address."""

import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Frame, Locator, Page, expect

from tests.browser.screen import Opener, Screen, address, live, messages, press, row, search, shown
from tests.browser.stored import entry, store
from tests.browser.test_accessible import violations
from tests.browser.test_views import overflow
from tests.harness import Server, eventually, running


def sides(page: Page, count: int) -> list[Frame]:
    """The pages beside each other, from the left."""
    frames = page.locator("iframe")
    expect(frames).to_have_count(count)
    return [frame for one in frames.element_handles() if (frame := one.content_frame()) is not None]


def link(*screens: str) -> str:
    return "/?" + urlencode([("side", screen) for screen in screens])


def details(side: Screen) -> Locator:
    return side.get_by_role("region", name=re.compile("Details"))


def has_keys(page: Page, at: int) -> None:
    """Wait until the side at this place, from 1, has the keys, and is seen to."""
    tab = page.get_by_role("navigation", name="Sides").locator("[aria-current]")
    expect(tab).to_have_text(re.compile(f"^{at} ·"))
    expect(page.locator("iframe").nth(at - 1)).to_be_focused()


def test_two_filters_are_followed_at_once_and_pause_alone(server: Server, open_page: Opener) -> None:
    store(server, [entry("shop stored"), entry("billing stored", app_key="billing-api")])
    page = open_page(server, "/?app_key=shop")
    live(page)
    shown(page, 1)
    page.get_by_role("button", name="Split view").click()
    left, right = sides(page, 2)
    shown(right, 1)
    right.get_by_role("button", name="app_key shop").click()
    search(right, "app_key:billing-api")
    expect(row(right, "billing stored")).to_be_visible()
    live(left)
    live(right)
    store(server, [entry("shop 1"), entry("billing 1", app_key="billing-api")])
    expect(row(left, "shop 1")).to_be_visible()
    expect(row(right, "billing 1")).to_be_visible()
    right.get_by_role("button", name="Pause").click()
    store(server, [entry("shop 2"), entry("billing 2", app_key="billing-api")])
    expect(row(left, "shop 2")).to_be_visible()
    expect(right.get_by_role("button", name="1 new")).to_be_visible()
    assert messages(right) == ["billing 1", "billing stored"]
    assert messages(left) == ["shop 2", "shop 1", "shop stored"]
    right.get_by_role("button", name="1 new").click()
    expect(row(right, "billing 2")).to_be_visible()
    assert address(page) == {"side": ["app_key=shop", "q=app_key%3Abilling-api"], "at": ["2"]}


def test_a_link_shows_the_same_sides_and_back_undoes_what_one_did(full_server: Server, open_page: Opener) -> None:
    newest = full_server.search(level="error", q="generated", per_page="1")["entries"][0]["id"]
    errors = f"q=generated&level=error&live=0&entry={newest}"
    page = open_page(full_server, link(errors, "q=generated&app_key=shop&live=0", "q=nothing_has_this&live=0"))
    first, second, third = sides(page, 3)
    expect(details(first)).to_be_visible()
    shown(second, 200)
    expect(third.get_by_text("Nothing matches")).to_be_visible()
    expect(details(second)).to_have_count(0)
    search(second, "generated level:error")
    shown(second, 20)
    shows = [errors, "q=generated+level%3Aerror&app_key=shop&live=0", "q=nothing_has_this&live=0"]
    expected = {"side": shows, "at": ["2"]}
    eventually(lambda: address(page) == expected, "the address to tell what the sides show")
    other = open_page(full_server, page.url.removeprefix(full_server.url))
    shown(sides(other, 3)[1], 20)
    page.go_back()
    shown(second, 200)
    for close in ("Close side 3", "Close side 1"):
        page.get_by_role("button", name=close).click()
    shown(page, 200)
    expect(page.get_by_role("main")).to_be_focused()
    assert address(page) == {"q": ["generated"], "app_key": ["shop"], "live": ["0"]}
    page.go_back()
    shown(sides(page, 2)[1], 200)


def test_the_keyboard_splits_goes_from_side_to_side_and_closes(full_server: Server, open_page: Opener) -> None:
    page = open_page(full_server, "/?live=0&q=generated")
    shown(page, 600)
    press(page, "s")
    left, right = sides(page, 2)
    shown(left, 600)
    shown(right, 600)
    has_keys(page, 2)
    press(page, "j", "Enter")
    expect(details(right)).to_be_visible()
    press(page, "w")
    has_keys(page, 1)
    expect(details(left)).to_have_count(0)
    press(page, "j", "j", "Enter")
    expect(details(left).locator("pre")).to_have_text("generated line 598")
    expect(details(right).locator("pre")).to_have_text("generated line 599")
    press(page, "s")
    shown(sides(page, 3)[1], 600)
    has_keys(page, 2)
    press(page, "s")
    shown(sides(page, 4)[2], 600)
    has_keys(page, 3)
    press(page, "s")
    expect(page.get_by_text("No more than 4 lists")).to_be_visible()
    expect(page.get_by_role("button", name="Add a side")).to_be_disabled()
    press(page, "Control+k")
    sides(page, 4)[2].get_by_role("combobox", name="Command").fill("close side")
    press(page, "Enter")
    sides(page, 3)
    has_keys(page, 3)
    page.get_by_role("button", name="Close side 1").click()
    sides(page, 2)
    has_keys(page, 2)


def test_a_key_is_asked_for_once_for_all_sides(tmp_path: Path, open_page: Opener) -> None:
    with running(tmp_path / "locked", UI_SECRET="read key") as server:
        page = open_page(server, link("q=a", "q=b"), refused=(401,))
        settings = page.get_by_role("dialog", name="Settings")
        settings.get_by_label("Read key").fill("read key")
        settings.get_by_role("button", name="Connect", exact=True).click()
        for side in sides(page, 2):
            live(side)
            expect(side.get_by_role("dialog")).to_have_count(0)
        expect(settings).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_a_small_screen_has_one_side(full_server: Server, open_page: Opener, scheme: str) -> None:
    page = open_page(full_server, link("q=generated&level=error", ""), color_scheme=scheme)
    left, right = sides(page, 2)
    for width in (1440, 375):
        page.set_viewport_size({"width": width, "height": 800})
        for side in (left, right):
            live(side)
            shown(side)
        assert (width, violations(page), overflow(page)) == (width, [], 0)
    expect(page.locator("iframe").nth(1)).to_be_hidden()
    page.get_by_role("navigation", name="Sides").get_by_role("button", name="2 · All entries").click()
    expect(page.locator("iframe").nth(0)).to_be_hidden()
    has_keys(page, 2)
    row(right, "generated line 599").click()
    expect(details(right)).to_be_visible()
    assert (violations(page), overflow(page)) == ([], 0)
