"""An empty server says how to send to it, until there is something to show."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.screen import Opener, live, row
from tests.browser.test_accessible import violations
from tests.harness import Server, running
from tests.sockets.senders import ports


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with every port open, and nothing stored until the last of these tests."""
    with running(tmp_path_factory.mktemp("empty"), **ports()) as started:
        yield started


def shown_way(page: Page) -> str:
    return page.get_by_test_id("way").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_way_has_this_servers_address_and_fits_a_small_screen(
    empty: Server, open_page: Opener, scheme: str
) -> None:
    page = open_page(empty, viewport={"width": 375, "height": 800}, color_scheme=scheme)
    ways = page.get_by_role("group", name="Send with").get_by_role("button")
    expect(ways.last).to_have_text("syslog")
    opened = [empty.settings[name] for name in ("HTTP_PORT", "SYSLOG_PORT", "GELF_PORT")]
    for way in ways.all():
        way.click()
        assert re.search(rf"127\.0\.0\.1\b.*\b({'|'.join(opened)})\b", shown_way(page), re.DOTALL)
        expect(way).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    assert violations(page) == []


def test_what_is_copied_by_keyboard_sends_the_first_entry_which_appears_by_itself(
    empty: Server, open_page: Opener, tmp_path: Path
) -> None:
    page = open_page(empty)
    live(page)
    ways = page.get_by_role("group", name="Send with").get_by_role("button")
    ways.last.press("Enter")
    expect(ways.last).to_have_attribute("aria-pressed", "true")
    ways.first.press("Enter")
    for _ in range(ways.count()):
        page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Copy")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("curl copied")).to_be_visible()
    command = page.evaluate("navigator.clipboard.readText()")
    subprocess.run(["sh", "-c", command], check=True, capture_output=True, cwd=tmp_path)
    expect(row(page, "stock is low").locator(".level")).to_have_text("warning")
    expect(page.get_by_text("Send something")).to_have_count(0)
