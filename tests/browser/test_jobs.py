"""What people open the page for in the middle of an incident, each with no more clicks than its name says.

Finding what is new in the noise, and what changed, are in test_patterns.py and test_comparing.py.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, expect

from tests.browser.screen import Opener, address, messages, row, rows, shown
from tests.harness import Server

FAILED = "Charge failed for invoice"
COUNTED = (
    "() => addEventListener('click', event => { window.clicks = (window.clicks ?? 0) + (event.detail > 0) }, true)"
)


@contextmanager
def at_most(page: Page, clicks: int) -> Iterator[None]:
    """What is done in here takes so many clicks."""
    shown(page)
    page.evaluate(COUNTED)
    yield
    assert page.evaluate("() => window.clicks ?? 0") == clicks


def choose(page: Page, facet: str, value: str) -> None:
    page.get_by_role("region", name=facet).get_by_role("button", name=value).first.click()


def button(page: Page, name: str) -> Callable[[], None]:
    return page.get_by_role("button", name=name, exact=True).click


def found(server: Server, **filters: str) -> list[str]:
    return [entry["message"] for entry in server.search(limit=1000, **filters)["entries"]]


def test_the_first_error_is_found_with_2_clicks(shop: Server, open_page: Opener) -> None:
    page = open_page(shop, "/?last=all")
    first = found(shop, level="error", order="asc")[0]
    with at_most(page, 2):
        choose(page, "Level", "error")
        page.get_by_role("button", name="Newest first").click()
        expect(rows(page).first.locator(".message")).to_have_text(first)


def test_two_applications_are_seen_side_by_side_with_2_clicks(shop: Server, open_page: Opener) -> None:
    page = open_page(shop, "/?live=0&last=all")
    with at_most(page, 2):
        choose(page, "Application", "billing-api")
        choose(page, "Application", "gateway")
        shown(page, len(found(shop, app_key="billing-api,gateway")))


def test_noise_is_taken_away_with_1_click(shop: Server, open_page: Opener) -> None:
    page = open_page(shop, "/?live=0&last=all")
    with at_most(page, 1):
        page.get_by_role("region", name="Application").get_by_text("gateway").hover()
        button(page, "Exclude gateway")()
        shown(page, len(found(shop, q="-app_key:gateway")))


def test_a_stack_trace_is_copied_with_2_clicks(shop: Server, open_page: Opener) -> None:
    page = open_page(shop, "/?live=0&last=all&level=error")
    with at_most(page, 2):
        row(page, FAILED).click()
        page.get_by_role("button", name="Copy stack trace").click()
        expect(page.get_by_role("status").filter(has_text="opied").first).to_be_visible()
        copied = page.evaluate("() => navigator.clipboard.readText()")
    assert copied.startswith("GatewayTimeout: no answer within 30000 ms\n    at Gateway.charge (")


def test_what_else_happened_to_a_user_is_seen_with_2_clicks(shop: Server, open_page: Opener) -> None:
    page = open_page(shop, "/?live=0&last=all&level=error")
    with at_most(page, 2):
        row(page, FAILED).click()
        page.get_by_role("region", name="Details of entry").get_by_text("id:").hover()
        button(page, "Filter in context.user.id")()
        expect(page.get_by_role("list", name="Active filters")).to_contain_text("error")
        expect(rows(page).first).to_be_visible()
    assert address(page)["q"][0].startswith("context.user.id:")


def test_what_came_before_an_error_is_seen_with_2_clicks(shop: Server, open_page: Opener) -> None:
    page = open_page(shop, "/?live=0&last=all&level=critical")
    breaker = found(shop, level="critical")[-1]
    app = list(found(shop, app_key="billing-api", order="asc"))
    before = app[app.index(breaker) - 1]
    with at_most(page, 2):
        row(page, breaker).click()
        button(page, "Around this entry")()
        expect(row(page, before)).to_be_visible()


def test_a_request_is_followed_through_all_services_with_2_clicks(shop: Server, open_page: Opener) -> None:
    page = open_page(shop, "/?live=0&last=all&level=error")
    with at_most(page, 2):
        row(page, FAILED).click()
        button(page, "View trace")()
        shown(page, 1)
    assert len(messages(page)) == 1


def test_what_matches_is_handed_on_as_a_file_with_2_clicks(shop: Server, open_page: Opener) -> None:
    page = open_page(shop, "/?live=0&last=all&level=critical")
    with at_most(page, 2), page.expect_download() as download:
        button(page, "Export")()
        page.get_by_role("button", name=re.compile("^NDJSON")).click()
    with open(download.value.path(), "rb") as file:
        assert len(file.readlines()) == len(found(shop, level="critical"))


def test_what_is_on_screen_is_shown_to_others_with_2_clicks(shop: Server, open_page: Opener) -> None:
    page = open_page(shop, "/?live=0&level=error")  # the last hour, whenever that is
    with at_most(page, 2):
        row(page, FAILED).click()
        page.get_by_role("button", name="Copy link").click()
        expect(page.get_by_role("status").filter(has_text="opied").first).to_be_visible()
        link = page.evaluate("() => navigator.clipboard.readText()")
    opened = open_page(link, "")
    details = opened.get_by_role("region", name="Details of entry")
    expect(details).to_contain_text(FAILED)
