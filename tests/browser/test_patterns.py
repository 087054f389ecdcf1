"""What matches, grouped by the pattern of its messages."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.incident import incident
from tests.browser.screen import Opener, address, live, press, row, shown
from tests.browser.stored import store
from tests.browser.test_accessible import check, on_screens
from tests.harness import Server, running

TIMED_OUT = "Charge failed for invoice #<n>: gateway timed out after <n> ms"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("shop")) as server:
        store(server, list(incident(per_minute=12)))
        yield server


def pattern(page: Page, text: str) -> Locator:
    return page.get_by_role("list", name="Patterns of messages").get_by_role("listitem").filter(has_text=text)


def first(page: Page) -> Locator:
    return page.get_by_role("list", name="Patterns of messages").get_by_role("listitem").first


def counted(server: Server, text: str, **filters: str) -> int:
    found = server.get("/api/patterns", params={"limit": "500", **filters}).json()["patterns"]
    return sum(one["count"] for one in found if one["pattern"] == text)


def test_a_new_error_is_found_in_the_noise_with_2_clicks(shop: Server, open_page: Opener) -> None:
    page = open_page(shop, "/?live=0")
    shown(page)
    page.get_by_role("button", name="Patterns", exact=True).click()
    page.get_by_role("button", name="Most severe").click()
    expect(first(page)).to_contain_text("Circuit breaker for payments-gateway opened after <n> failures")
    expect(first(page)).to_contain_text("New in this range")
    assert (address(page)["show"], address(page)["sort"]) == (["patterns"], ["severity"])


def test_what_is_new_in_the_range_is_marked_and_comes_first(shop: Server, open_page: Opener) -> None:
    page = open_page(shop, "/?live=0&show=patterns")
    expect(pattern(page, "Job <n> finished")).not_to_contain_text("New in this range")
    page.get_by_role("button", name=re.compile("new in this range$")).click()
    expect(first(page)).to_contain_text("Circuit breaker")
    expect(pattern(page, TIMED_OUT)).to_contain_text("New in this range")
    page.get_by_role("button", name=re.compile("^Time range")).click()
    page.get_by_role("button", name="Last 5 minutes").click()
    expect(pattern(page, "Job <n> finished")).to_be_visible()
    expect(page.get_by_text("New in this range")).to_have_count(0)


def test_a_click_looks_at_the_entries_and_back_leads_back(shop: Server, open_page: Opener) -> None:
    page = open_page(shop, "/?live=0&last=24h&show=patterns&sort=severity")
    count = counted(shop, TIMED_OUT)
    pattern(page, TIMED_OUT).get_by_text("Charge failed").click()
    shown(page, count)
    assert address(page)["q"] == [f'pattern:"{TIMED_OUT}"']
    page.go_back()
    expect(pattern(page, "Job <n> finished")).to_be_visible()


def test_what_is_noise_is_left_out_by_alt_click_or_a_button_and_comes_back(shop: Server, open_page: Opener) -> None:
    page = open_page(shop, "/?live=0&last=24h&show=patterns")
    total = shop.search()["total"]
    expect(page.get_by_test_id("total")).to_have_text(f"{total:,} matches")
    noise = ["GET <path> <n> in <n> ms", "POST <path> <n> in <n> ms"]
    pattern(page, noise[0]).get_by_text("GET").click(modifiers=["Alt"])
    expect(pattern(page, noise[0])).to_have_count(0)
    page.get_by_role("button", name=f"Leave out: {noise[1]}").click()
    expect(pattern(page, noise[1])).to_have_count(0)
    left = total - counted(shop, noise[0]) - counted(shop, noise[1])
    expect(page.get_by_test_id("total")).to_have_text(f"{left:,} matches")
    page.get_by_role("button", name=f"not pattern {noise[0]}").click()
    expect(pattern(page, noise[0])).to_be_visible()


def test_an_example_opens_in_place(shop: Server, open_page: Opener) -> None:
    page = open_page(shop, "/?live=0&last=24h&show=patterns&level=error")
    page.get_by_role("button", name=f"Example: {TIMED_OUT}").click()
    details = pattern(page, TIMED_OUT).get_by_role("region", name=re.compile("^Details"))
    expect(details.locator("pre").first).to_have_text(re.compile(r"^Charge failed for invoice #\d+: gateway timed out"))
    expect(details.get_by_role("button", name="Copy stack trace")).to_be_visible()
    details.get_by_role("button", name="Around this entry").click()
    expect(page.locator('[role="row"][data-marked]')).to_contain_text("Charge failed")


def test_what_comes_in_live_is_counted(server: Server, open_page: Opener) -> None:
    store(server, [{"app_key": "a", "app_id": "b", "message": f"tick {n}"} for n in range(3)])
    page = open_page(server, "/?show=patterns")
    expect(pattern(page, "tick <n>")).to_contain_text("3")
    store(server, [{"app_key": "a", "app_id": "b", "level": "error", "message": "tock 1"}])
    expect(pattern(page, "tock <n>")).to_be_visible()
    page.get_by_role("button", name="Entries", exact=True).click()
    live(page)
    expect(row(page, "tock 1")).to_be_visible()


def test_keys_lead_to_the_patterns_through_them_and_back(shop: Server, open_page: Opener) -> None:
    page = open_page(shop, "/?live=0&last=24h")
    shown(page)
    press(page, "p")
    expect(first(page)).to_be_visible()
    press(page, "j", "j", "k", "j")
    second = page.get_by_role("list", name="Patterns of messages").get_by_role("listitem").nth(1)
    expect(second.locator("[data-choice]")).to_be_focused()
    press(page, "Enter")
    shown(page)
    page.go_back()
    expect(first(page)).to_be_visible()
    press(page, "p")
    shown(page)
    press(page, "p")
    expect(first(page)).to_be_visible()
    press(page, "Escape")
    shown(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_patterns_are_accessible_on_any_screen(shop: Server, open_page: Opener, scheme: str) -> None:
    for page, width in on_screens(open_page, shop, "/?live=0&last=24h&show=patterns&sort=severity", scheme):
        page.get_by_role("button", name=f"Example: {TIMED_OUT}").click()
        expect(page.get_by_role("region", name=re.compile("^Details"))).to_be_visible()
        check(page, width)
