"""Highlights, marks, and finding in what is loaded."""

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.screen import Opener, live, messages, press, row, search, shown
from tests.browser.stored import entry, store
from tests.browser.test_accessible import violations
from tests.harness import Server


def marked(page: Page) -> list[str]:
    return page.get_by_role("region", name="Marked entries").get_by_role("listitem").all_inner_texts()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_and_expressions_have_colours_which_the_link_carries(
    full_server: Server, open_page: Opener, scheme: str
) -> None:
    page = open_page(full_server, "/?live=0&q=generated", color_scheme=scheme)
    shown(page, 600)
    page.get_by_role("button", name="Highlights").click()
    field = page.get_by_label("Word or /expression/")
    for text in ("line", r"/\d+7$/"):
        field.fill(text)
        field.press("Enter")
    field.fill("/(a+)+/")
    expect(page.get_by_text("Not an expression that can be highlighted")).to_be_visible()
    expect(page.get_by_role("button", name="Add", exact=True)).to_be_disabled()
    assert violations(page) == []
    other = open_page(full_server, page.url.removeprefix(full_server.url), color_scheme=scheme)
    shown(other, 600)
    for one in (page, other):
        marks = row(one, "generated line 597").locator("mark")
        expect(marks).to_have_text(["generated", "line", "597"])
        colours = marks.evaluate_all("all => all.map((mark) => getComputedStyle(mark).backgroundColor)")
        assert len(set(colours)) == 3
    other.get_by_role("button", name="Highlights").click()
    other.get_by_role("button", name="Remove highlight line").click()
    expect(row(other, "generated line 597").locator("mark")).to_have_text(["generated", "597"])


def test_marked_rows_stay_in_view_and_in_the_link(full_server: Server, open_page: Opener) -> None:
    page = open_page(full_server, "/?live=0&q=generated")
    shown(page, 600)
    press(page, "e", "m", "e", "m")
    expect(page.locator('[role="row"][data-pinned]')).to_have_count(2)
    search(page, "exact")
    shown(page, 1)
    assert [re.sub(r"\s+", " ", text)[-18:] for text in marked(page)] == ["generated line 597", "generated line 587"]
    assert violations(page) == []
    other = open_page(full_server, page.url.removeprefix(full_server.url))
    shown(other, 1)
    expect(other.get_by_role("region", name="Marked entries")).to_contain_text("generated line 587")
    search(other, "generated")
    shown(other, 600)
    other.get_by_role("region", name="Marked entries").get_by_text("generated line 587").click()
    expect(other.get_by_role("region", name=re.compile("Details")).locator("pre")).to_have_text("generated line 587")
    other.get_by_role("region", name=re.compile("Details")).get_by_role("button", name="Unmark").click()
    other.get_by_role("button", name="Unmark generated line 597").click()
    expect(other.get_by_role("region", name="Marked entries")).to_have_count(0)


@pytest.mark.parametrize("path", ["/", "/?live=0"])
def test_loaded_text_is_found_also_where_it_is_not_on_screen(server: Server, open_page: Opener, path: str) -> None:
    store(
        server,
        [entry("the needle", context=None), entry("in the context", context={"why": "a Needle"})]
        + [entry(f"hay {number}") for number in range(80)],
    )
    page = open_page(server, path)
    if path == "/":
        live(page)
    shown(page, 82)
    press(page, "f")
    box = page.get_by_label("Find in the loaded entries")
    expect(box).to_be_focused()
    box.fill("needle")
    said = page.get_by_role("search", name="Loaded entries").get_by_role("status")
    expect(said).to_have_text("2 found")
    chosen = page.locator('[role="row"][data-selected]')
    for key, place, text in (
        ("Enter", "1 of 2", "in the context"),
        ("Enter", "2 of 2", "the needle"),
        ("Enter", "1 of 2", "in the context"),
        ("Shift+Enter", "2 of 2", "the needle"),
    ):
        box.press(key)
        expect(said).to_have_text(place)
        expect(chosen).to_contain_text(text)
        expect(chosen).to_be_in_viewport()
    expect(chosen.locator("mark")).to_have_text("needle")
    assert violations(page) == []
    grid = page.get_by_role("treegrid", name="Log entries")
    for key in ("f", "Escape"):
        grid.focus()
        press(page, key)
        expect(box if key == "f" else grid).to_be_focused()
    expect(box).to_have_count(0)
    press(page, "f")
    box.press("Escape")
    expect(box).to_have_count(0)
    assert messages(page)


def test_a_link_with_an_expression_that_could_hang_the_page_does_not(server: Server, open_page: Opener) -> None:
    store(server, [entry("a" * 500)])
    page = open_page(server, f"/?live=0&highlight={quote('/(a+)+$b/')}&highlight={quote('/a*a*a*b/')}")
    shown(page, 1)
    expect(row(page, "aaa").locator("mark")).to_have_count(0)
