"""The keyboard (point 14)."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.screen import Opener, live, press, row, rows, shown
from tests.browser.stored import ago, entry, generated, store
from tests.harness import Server


def generated_calm(count: int) -> list[dict[str, Any]]:
    """Entries of the last minutes, the oldest first, none of them an error."""
    return [entry(f"calm {number}", timestamp=ago(800 - number)) for number in range(count)]


def chosen(page: Page) -> str:
    return page.locator('[role="row"][data-selected]').inner_text()


def test_rows_are_chosen_opened_and_closed(full_server: Server, open_page: Opener) -> None:
    page = open_page(full_server, "/?live=0&q=generated")
    shown(page, 600)
    press(page, "j", "j", "k")
    expect(page.locator('[role="row"][data-selected]')).to_contain_text("generated line 599")
    press(page, "j", "Enter")
    details = page.get_by_role("region", name=re.compile("Details"))
    expect(details.locator("pre")).to_have_text("generated line 598")
    assert "entry=" in page.url
    press(page, "Escape")
    expect(details).to_have_count(0)


def test_errors_are_found_one_after_the_other_even_where_they_are_not_loaded(
    full_server: Server, open_page: Opener
) -> None:
    page = open_page(full_server, "/?live=0&q=generated", config='{"pageSize":50}')
    shown(page, 600)
    press(page, "e")
    expect(page.locator('[role="row"][data-selected]')).to_contain_text("generated line 597")
    for number in (587, 577, 567, 557, 547, 537):
        press(page, "e")
        expect(page.locator('[role="row"][data-selected]')).to_contain_text(f"generated line {number}")
    press(page, "E")
    expect(page.locator('[role="row"][data-selected]')).to_contain_text("generated line 547")


def test_live_errors_too(server: Server, open_page: Opener) -> None:
    store(server, list(generated(30)))
    page = open_page(server)
    live(page)
    shown(page)
    press(page, "e")
    assert "generated line 27" in chosen(page)
    press(page, "e", "e")
    assert "generated line 7" in chosen(page)
    press(page, "e")
    expect(page.get_by_text("No more errors below")).to_be_visible()
    press(page, "E")
    assert "generated line 17" in chosen(page)


def test_errors_and_ends_that_the_live_list_has_not_loaded_are_asked_for(server: Server, open_page: Opener) -> None:
    store(server, [entry("the only error", level="error", timestamp=ago(900)), *generated_calm(120)])
    page = open_page(server, config='{"pageSize":50}')
    live(page)
    shown(page, 121)
    press(page, "e")
    details = page.get_by_role("region", name=re.compile("Details"))
    expect(details.locator("pre")).to_have_text("the only error")
    assert "live=0" in page.url
    page.goto(server.url)
    live(page)
    shown(page, 121)
    press(page, "G")
    expect(details.locator("pre")).to_have_text("the only error")


def test_the_first_and_the_last_error_are_found_in_either_order(full_server: Server, open_page: Opener) -> None:
    page = open_page(full_server, "/?live=0&q=generated", config='{"pageSize":50}')
    shown(page, 600)
    press(page, "E")
    expect(page.locator('[role="row"][data-selected]')).to_contain_text("generated line 7")
    page.get_by_role("button", name="Newest first").click()
    page.wait_for_url("**order=asc**")
    expect(rows(page).first).to_contain_text("generated line 0")
    for command, number in (("last error", 597), ("first error", 7)):
        press(page, "Control+k")
        page.get_by_role("combobox", name="Command").fill(command)
        press(page, "Enter")
        expect(page.locator('[role="row"][data-selected]')).to_contain_text(f"generated line {number}")
    press(page, "e")
    expect(page.locator('[role="row"][data-selected]')).to_contain_text("generated line 17")
    press(page, "G")
    expect(row(page, "generated line 599")).to_be_in_viewport()
    press(page, "g")
    expect(row(page, "generated line 0")).to_be_in_viewport()


def test_around_an_entry_errors_beyond_what_is_loaded_are_found(server: Server, open_page: Opener) -> None:
    store(server, [entry("the only error", level="error", timestamp=ago(900)), *generated_calm(120)])
    newest = server.search(limit=1)["entries"][0]["id"]
    page = open_page(server, f"/?around={newest}")
    shown(page)
    press(page, "e")
    expect(page.locator('[role="row"][data-marked]')).to_contain_text("the only error")


def test_space_pauses_and_follows(server: Server, open_page: Opener) -> None:
    page = open_page(server)
    live(page)
    press(page, " ")
    store(server, [entry("waiting")])
    expect(page.get_by_role("button", name="1 new · resume")).to_be_visible()
    press(page, " ")
    expect(row(page, "waiting")).to_be_visible()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()


def test_slash_searches_and_keys_are_letters_while_typing(full_server: Server, open_page: Opener) -> None:
    page = open_page(full_server, "/?live=0&last=24h")
    shown(page)
    press(page, "/")
    box = page.get_by_role("combobox", name="Search")
    expect(box).to_be_focused()
    page.keyboard.type("jeEk? /x")
    expect(box).to_have_value("jeEk? /x")
    expect(page.get_by_role("dialog")).to_have_count(0)
    press(page, "Escape", "Escape", "j")
    expect(page.locator('[role="row"][data-selected]')).to_have_count(1)


def test_the_list_of_keys_and_the_commands(full_server: Server, open_page: Opener) -> None:
    page = open_page(full_server, "/?live=0&last=24h")
    shown(page, 606)
    press(page, "?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    for key in ("/", "j", "k", "Enter", "e", "E", "Space", "Esc", "?"):
        expect(dialog.locator("kbd").get_by_text(key, exact=True).first).to_be_visible()
    press(page, "Escape")
    expect(dialog).to_have_count(0)
    press(page, "Control+k")
    command = page.get_by_role("combobox", name="Command")
    expect(command).to_be_focused()
    command.fill("only errors")
    press(page, "Enter")
    page.wait_for_url("**level=error%2Ccritical**")
    shown(page, 61)
    press(page, "Control+k")
    page.get_by_role("combobox", name="Command").fill("dark theme")
    press(page, "Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_everything_is_reached_by_tab(full_server: Server, open_page: Opener) -> None:
    page = open_page(full_server, "/?live=0&q=generated")
    shown(page, 600)
    names = []
    for _ in range(60):
        press(page, "Tab")
        name = page.evaluate(
            "(e => e.getAttribute('aria-label') ?? (e.innerText || e.closest('label')?.innerText))"
            "(document.activeElement)"
        )
        names.append(str(name).split("\n")[0].strip())
    for name in ("Search", "Export", "Saved views", "Settings", "Commands", "Log entries", "Message contains"):
        assert name in names, names
    assert rows(page).count() > 10
