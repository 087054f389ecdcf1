"""For everybody: axe finds nothing, levels are words, and a small screen is enough (point 15)."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.screen import Opener, live, press, row, rows, shown, until
from tests.browser.stored import entry, store
from tests.harness import Server

AXE = Path(__file__).parents[2] / "ui/node_modules/axe-core/axe.min.js"
WIDTHS = (1440, 1280, 1024, 375)


def violations(page: Page) -> list[Any]:
    until(page, "document.fonts.status === 'loaded'")
    found = []
    for frame in page.frames:
        frame.evaluate(AXE.read_text())  # as the browser's tools do, which no policy of the page stops
        found += frame.evaluate("axe.run({resultTypes: ['violations'], iframes: false})")["violations"]
    return [(one["id"], [node["html"][:200] for node in one["nodes"][:3]]) for one in found]


def on_screens(open_page: Opener, server: Server, path: str, scheme: str) -> Iterator[tuple[Page, int]]:
    """The page on a phone, a small and a large screen, and how wide that is."""
    for width in (375, 1024, 1440):
        phone = {"has_touch": width == 375, "is_mobile": width == 375}
        yield open_page(server, path, viewport={"width": width, "height": 800}, color_scheme=scheme, **phone), width


def check(page: Page, width: int) -> None:
    """It is no wider than the screen, axe finds nothing, and fingers hit everything."""
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert violations(page) == [], width
    if width == 375:
        assert small_controls(page) == []


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
    expect(page.get_by_text("Nothing matches")).to_be_visible()
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
    for name in ("Settings", "Saved views", "Time range", "Export"):
        page.get_by_role("button", name=re.compile(f"^{name}")).click()
        expect(page.get_by_role("dialog").get_by_role("button").first).to_be_visible()
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
    for name in ("Commands", "Settings", "Export", "Saved views"):
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


@pytest.mark.parametrize("path", ["/?live=0&level=error", "/"])
def test_what_a_finger_presses_is_44_pixels_large(full_server: Server, open_page: Opener, path: str) -> None:
    page = open_page(full_server, path, viewport={"width": 375, "height": 800}, has_touch=True, is_mobile=True)
    shown(page)
    rows(page).filter(has_text="generated").first.tap()
    expect(page.get_by_role("region", name=re.compile("Details"))).to_be_visible()
    assert small_controls(page) == []
    page.get_by_role("button", name="Filters").tap()
    expect(page.get_by_role("dialog", name="Filters").get_by_role("button", name="Exclude shop")).to_be_visible()
    assert small_controls(page) == []


def small_controls(page: Page) -> list[str]:
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll('button, select, input')].filter((e) => {
            const {width, height} = e.getBoundingClientRect();
            return width > 0 && (width < 44 || height < 44);
        }).map((e) => e.outerHTML.slice(0, 200))"""
    )
    return found


def test_levels_stand_out_without_tinting_rows(full_server: Server, open_page: Opener) -> None:
    page = open_page(full_server, "/?live=0&last=24h")
    shown(page)
    backgrounds = {}
    for level in ("info", "error", "critical"):
        line = page.locator(f'[role="row"][data-level="{level}"]').first
        style = "(e, part) => getComputedStyle(part ? e.querySelector(part) : e).backgroundColor"
        backgrounds[level] = (line.evaluate(style, ""), line.evaluate(style, ".badge"), line.evaluate(style, ".bar"))
    rows_colours, badges, bars = (set(colours) for colours in zip(*backgrounds.values(), strict=True))
    assert (len(rows_colours), len(badges), len(bars)) == (1, 3, 3)


def test_long_names_are_cut_in_the_middle_and_leave_the_environment(server: Server, open_page: Opener) -> None:
    names = {f"payments-gateway-{'x' * 60}-{end}": f"environment-{end}" for end in ("primary", "replica")}
    store(server, [entry(f"of {name}", app_key=name, app_id=place) for name, place in names.items()])
    page = open_page(server, "/?live=0", viewport={"width": 1024, "height": 700})
    shown(page, 2)
    for name, place in names.items():
        cell = row(page, f"of {name}").locator(".app")
        box = cell.bounding_box()
        assert box is not None
        ends = cell.locator(".middle-cut > :last-child")
        assert ends.all_inner_texts() == [name[-8:], place[-8:]]
        for part in ends.all():
            inner = part.bounding_box()
            assert inner is not None
            assert inner["x"] + inner["width"] <= box["x"] + box["width"] + 1
    traces = page.get_by_role("button", name=re.compile("^Copy trace"))
    told = [one["trace_id"][-6:] for one in server.search()["entries"]]
    assert traces.all_inner_texts() == told


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
