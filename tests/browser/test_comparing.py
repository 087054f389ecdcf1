"""What changed: this time against another, or these entries against others."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.incident import incident
from tests.browser.screen import Opener, address, press, row, shown
from tests.browser.stored import store
from tests.browser.test_accessible import check, on_screens
from tests.harness import Server, running

UNTIL = datetime.now(UTC).replace(microsecond=0)
HOUR = f"from={(UNTIL - timedelta(hours=1)):%Y-%m-%dT%H:%M:%S.000Z}&to={UNTIL:%Y-%m-%dT%H:%M:%S.000Z}"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("shop")) as server:
        store(server, list(incident(per_minute=12, until=UNTIL)))
        yield server


def changes(page: Page, title: str) -> Locator:
    return page.get_by_role("region", name=f"What changed: {title}").get_by_role("listitem")


def test_what_an_incident_changed_is_seen_with_1_click(shop: Server, open_page: Opener) -> None:
    page = open_page(shop, f"/?{HOUR}")
    shown(page)
    page.get_by_role("button", name="Compare", exact=True).click()
    patterns = changes(page, "Patterns of messages")
    expect(patterns.first).to_have_attribute("data-kind", "appeared")
    expect(patterns.filter(has_text="Charge failed for invoice")).to_contain_text("new")
    expect(patterns.filter(has_text="Receipt for invoice")).to_have_attribute("data-kind", "fell")
    expect(changes(page, "Level").filter(has_text="error")).to_have_attribute("data-kind", "appeared")
    expect(changes(page, "Application").filter(has_text="billing-api")).to_be_visible()
    before = UNTIL - timedelta(hours=2)
    times = {
        "date_from": f"{before:%Y-%m-%dT%H:%M:%SZ}",
        "date_to": f"{before + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}",
    }
    expect(page.get_by_test_id("baseline")).to_have_text(f"{shop.search(**times, limit=1)['total']:,} entries")


def test_a_change_leads_to_its_entries(shop: Server, open_page: Opener) -> None:
    page = open_page(shop, f"/?{HOUR}&show=compare")
    line = changes(page, "Patterns of messages").filter(has_text="Checkout of cart")
    count = int(re.findall(r"→\s*(\d+)", line.inner_text())[0])
    line.get_by_role("button").click()
    shown(page, count)
    page.go_back()
    changes(page, "Level").filter(has_text="critical").get_by_role("button").click()
    expect(row(page, "Circuit breaker")).to_be_visible()
    assert address(page)["level"] == ["critical"]


def test_what_vanished_leads_to_where_it_was(shop: Server, open_page: Opener) -> None:
    middle = UNTIL - timedelta(minutes=20)
    start = middle - timedelta(minutes=8)
    page = open_page(shop, f"/?from={start:%Y-%m-%dT%H:%M:%SZ}&to={middle:%Y-%m-%dT%H:%M:%SZ}&show=compare")
    line = changes(page, "Patterns of messages").filter(has_text="Receipt for invoice")
    expect(line).to_have_attribute("data-kind", "vanished")
    count = int(re.findall(r"(\d+)\s*→", line.inner_text())[0])
    line.get_by_role("button").click()
    shown(page, count)
    assert address(page)["to"][0].startswith(f"{start - timedelta(seconds=1):%Y-%m-%dT%H:%M:%S}.999")


def test_filters_are_compared_by_their_shares(shop: Server, open_page: Opener) -> None:
    page = open_page(shop, f"/?{HOUR}&show=compare&app_id=staging", refused=(400,))
    page.get_by_role("button", name="Compare with: The time just before").click()
    page.get_by_label("Another filter, at the same time").fill("app_id:production")
    page.get_by_role("button", name="Compare", exact=True).last.click()
    expect(changes(page, "Environment").filter(has_text="staging")).to_contain_text("only here")
    expect(changes(page, "Environment").filter(has_text="production")).to_contain_text("only there")
    expect(changes(page, "Environment").filter(has_text="production")).to_contain_text("100 % → 0 %")
    assert address(page)["against_q"] == ["app_id:production"]
    page.get_by_role("button", name="Compare with: app_id:production").click()
    page.get_by_label("Another filter, at the same time").fill("(")
    page.get_by_label("Another filter, at the same time").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Can't compare with (")


def test_another_day_is_chosen_and_all_time_has_none_before(shop: Server, open_page: Opener) -> None:
    page = open_page(shop, "/?live=0&show=compare&last=all")
    expect(page.get_by_text("All time has none before it")).to_be_visible()
    page.get_by_role("region", name="Comparison").get_by_role("button", name="Last hour").click()
    page.get_by_role("button", name="Compare with: The hour before").click()
    page.get_by_role("button", name="The same time a day before").click()
    expect(page.get_by_text("There are no entries in the same time a day before")).to_be_visible()
    assert address(page)["against"] == ["1d"]


def test_keys_lead_to_the_comparison_through_it_and_back(shop: Server, open_page: Opener) -> None:
    page = open_page(shop, f"/?{HOUR}")
    shown(page)
    press(page, "c")
    lines = changes(page, "Patterns of messages")
    expect(lines.first).to_be_visible()
    press(page, "j", "j")
    expect(lines.nth(1).locator("[data-choice]")).to_be_focused()
    press(page, "c")
    shown(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_comparison_is_accessible_on_any_screen(shop: Server, open_page: Opener, scheme: str) -> None:
    for page, width in on_screens(open_page, shop, f"/?{HOUR}&show=compare", scheme):
        expect(changes(page, "Category").first).to_be_visible()
        expect(changes(page, "Patterns of messages").first).to_be_visible()
        check(page, width)
        page.get_by_role("button", name=re.compile("^Compare with")).click()
        check(page, width)
