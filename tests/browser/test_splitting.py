"""The histogram, split by any field."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.incident import incident
from tests.browser.screen import Opener, address, press, shown
from tests.browser.stored import store
from tests.browser.test_accessible import check, on_screens
from tests.harness import Server, running


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("shop")) as server:
        store(server, list(incident(per_minute=12)))
        yield server


def colours(page: Page) -> Locator:
    return page.get_by_role("list", name="Colours of the histogram").get_by_role("listitem")


def split_by(page: Page, name: str) -> None:
    page.get_by_role("button", name=re.compile("^Split by")).first.click()
    page.get_by_role("dialog", name="Split the histogram by").get_by_role("button", name=name, exact=True).click()


def test_the_most_frequent_values_have_colours_and_the_rest_has_one(shop: Server, open_page: Opener) -> None:
    page = open_page(shop, "/?live=0&last=24h")
    shown(page)
    split_by(page, "Category")
    counts = shop.get("/api/fields/category").json()["values"]
    named = [f"{one['value']}{one['count']}" for one in counts[:6]]
    expect(colours(page)).to_have_text([*named, f"others{sum(one['count'] for one in counts[6:])}"])
    assert address(page)["split"] == ["category"]
    over_time = page.get_by_role("slider", name=re.compile("^Entries over time"))
    over_time.focus()
    press(page, "ArrowLeft", "ArrowLeft")
    expect(over_time).to_have_attribute("aria-valuetext", re.compile(r"\d+ http"))
    split_by(page, "Level")
    expect(colours(page)).to_have_count(0)


def test_a_value_of_the_context_is_looked_at_alone_or_left_out(shop: Server, open_page: Opener) -> None:
    page = open_page(shop, "/?live=0&last=24h&split=context.region")
    total = shop.search()["total"]
    east = shop.search(**{"context.region": "us-east"})["total"]
    colours(page).filter(has_text="us-east").get_by_role("button").click()
    shown(page, east)
    assert address(page)["q"] == ["context.region:us-east"]
    page.go_back()
    shown(page, total)
    colours(page).filter(has_text="us-east").get_by_role("button").click(modifiers=["Alt"])
    shown(page, total - east)


def test_a_field_of_the_context_tells_which_version_brought_the_errors(shop: Server, open_page: Opener) -> None:
    page = open_page(shop, "/?live=0&show=compare")
    shown_choice = page.get_by_role("region", name="What changed: another field")
    expect(shown_choice).to_be_visible()
    split_by(page, "version")
    version = page.get_by_role("region", name="What changed: version").get_by_role("listitem")
    expect(version.filter(has_text="5.2.0")).to_have_attribute("data-kind", "appeared")
    version.filter(has_text="5.2.0").get_by_role("button").click()
    shown(page, shop.search(q="context.version:5.2.0")["total"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_split_histogram_is_accessible_on_any_screen(shop: Server, open_page: Opener, scheme: str) -> None:
    for page, width in on_screens(open_page, shop, "/?live=0&last=24h&split=app_key", scheme):
        expect(colours(page).first).to_be_visible()
        shown(page)
        check(page, width)
        page.get_by_role("button", name=re.compile("^Split by")).click()
        check(page, width)
