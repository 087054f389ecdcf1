"""For everybody: axe finds nothing, levels are words, and a small screen is enough (point 15)."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.screen import Opener, live, press, row, shown, until
from tests.harness import Server

AXE = Path(__file__).parents[2] / "ui/node_modules/axe-core/axe.min.js"
WIDTHS = (1440, 1280, 1024, 375)


def violations(page: Page) -> list[Any]:
    until(page, "document.fonts.status === 'loaded'")
    page.evaluate(AXE.read_text())  # as the browser's tools do, which no policy of the page stops
    found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    return [(one["id"], [node["html"][:200] for node in one["nodes"][:3]]) for one in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_logs(full_server: Server, open_page: Opener, scheme: str) -> None:
    page = open_page(full_server, "/", color_scheme=scheme, refused=(400,))
    live(page)
    shown(page)
    assert violations(page) == []
    row(page, "generated line 599").click()
    expect(page.get_by_role("region", name=re.compile("Details"))).to_be_visible()
    assert violations(page) == []
    page.goto(f"{full_server.url}/?live=0&panel=statistics")
    expect(page.get_by_role("region", name="Top applications")).to_be_visible()
    assert violations(page) == []
    page.goto(f"{full_server.url}/?live=0&category=terminal&q=red")
    row(page, "red").click()
    expect(page.get_by_role("region", name=re.compile("Details")).locator("mark")).to_be_visible()
    assert violations(page) == []
    page.goto(f"{full_server.url}/?live=0&q=(&level=error")
    expect(page.get_by_role("alert")).to_be_visible()
    assert violations(page) == []
    page.goto(f"{full_server.url}/?live=0&q=nothing_has_this")
    expect(page.get_by_text("No matches")).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_dialogs_and_menus(full_server: Server, open_page: Opener, scheme: str) -> None:
    page = open_page(full_server, "/?live=0", color_scheme=scheme)
    shown(page)
    for key, name in (("?", "Keyboard shortcuts"), ("Control+k", "Commands")):
        press(page, key)
        expect(page.get_by_role("dialog", name=name)).to_be_visible()
        assert violations(page) == [], name
        press(page, "Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
    for name in ("Settings", "Saved searches", "Time range", "Export"):
        page.get_by_role("button", name=re.compile(f"^{name}")).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        assert violations(page) == [], name
        press(page, "Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("combobox", name="Search").click()
    expect(page.get_by_role("option").first).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_cut_off_on_any_screen(full_server: Server, open_page: Opener, width: int) -> None:
    page = open_page(full_server, "/", viewport={"width": width, "height": 800})
    live(page)
    shown(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    last = page.get_by_role("button", name="Settings").bounding_box()
    assert last is not None
    assert last["y"] < 20, "in the first line"
    assert last["x"] + last["width"] > width - 20, "at its end"
    row(page, "generated line 599").click()
    details = page.get_by_role("region", name=re.compile("Details"))
    expect(details).to_be_visible()
    assert details.evaluate("e => e.scrollWidth <= e.clientWidth")
    for name in ("Commands", "Settings", "Export", "Saved searches"):
        box = page.get_by_role("button", name=name).bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= width
    assert violations(page) == []


def test_a_small_screen_has_the_filters_in_a_drawer(full_server: Server, open_page: Opener) -> None:
    page = open_page(full_server, "/?live=0", viewport={"width": 375, "height": 700}, has_touch=True, is_mobile=True)
    shown(page)
    page.get_by_role("button", name="Filters").tap()
    drawer = page.get_by_role("dialog", name="Filters")
    drawer.get_by_role("button", name=re.compile("^error")).tap()
    drawer.get_by_role("button", name="Close").tap()
    shown(page, 60)


def test_the_theme_follows_the_system_until_it_is_chosen(full_server: Server, open_page: Opener) -> None:
    page = open_page(full_server, "/?live=0", color_scheme="dark")
    background = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(background)
    page.emulate_media(color_scheme="light")
    light = page.evaluate(background)
    assert dark != light
    page.get_by_role("button", name="Switch to dark theme").click()
    until(page, f"{background} === '{dark}'")
    page.reload()
    assert page.evaluate(background) == dark


def test_levels_are_words_and_focus_is_visible(full_server: Server, open_page: Opener) -> None:
    page = open_page(full_server, "/?live=0&level=error&last=24h")
    shown(page)
    expect(page.locator('[role="row"][data-level="error"] .level').first).to_have_text("error")
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
