"""Finding and sharing: the address, completion, ranges, saved searches, export (points 11 to 13)."""

import csv
import io
import json
import re
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

from playwright.sync_api import Page, expect

from tests.browser.screen import Opener, messages, row, rows, search, shown
from tests.browser.stored import entry, flood, store
from tests.harness import Server


def address(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_a_link_reproduces_the_screen(full_server: Server, open_page: Opener) -> None:
    page = open_page(full_server, "/?live=0")
    search(page, "generated level:error")
    shown(page, 60)
    page.get_by_role("region", name="Application").get_by_role("button", name=re.compile("^shop")).click()
    shown(page, 20)
    row(page, "generated line 567").click()
    expect(page.get_by_role("region", name=re.compile("Details"))).to_be_visible()
    again = open_page(full_server, page.url.removeprefix(full_server.url))
    shown(again, 20)
    expect(again.get_by_role("region", name=re.compile("Details")).locator("pre")).to_have_text("generated line 567")
    assert messages(again) == messages(page)
    expect(again.get_by_role("combobox", name="Search")).to_have_value("generated level:error")


def test_a_linked_entry_is_found_deep_in_the_result(full_server: Server, open_page: Opener) -> None:
    wanted = full_server.search(q="context.number:17")["entries"][0]["id"]
    page = open_page(full_server, f"/?live=0&q=generated&entry={wanted}")
    details = page.get_by_role("region", name=re.compile("Details"))
    expect(details.locator("pre")).to_have_text("generated line 17")
    expect(row(page, "generated line 18")).to_be_visible()


def test_a_linked_entry_outside_the_live_list_is_shown_above_it(full_server: Server, open_page: Opener) -> None:
    wanted = full_server.search(q="context.number:17")["entries"][0]["id"]
    page = open_page(full_server, f"/?entry={wanted}")
    expect(page.get_by_role("region", name=re.compile("Details")).locator("pre")).to_have_text("generated line 17")


def test_back_and_forward_work(full_server: Server, open_page: Opener) -> None:
    page = open_page(full_server, "/?live=0&last=24h")
    shown(page, 606)
    search(page, "level:critical")
    shown(page, 1)
    page.go_back()
    shown(page, 606)
    expect(page.get_by_role("combobox", name="Search")).to_have_value("")
    page.go_forward()
    shown(page, 1)


def test_the_address_never_has_the_key(full_server: Server, open_page: Opener) -> None:
    page = open_page(full_server, "/?live=0&token=abc", config='{"uiSecret":"never shown"}')
    search(page, "generated")
    page.wait_for_url("**q=generated**")
    assert "token" not in page.url
    assert "never" not in page.evaluate("JSON.stringify(history.state) + location.href + document.referrer")


def test_fields_complete_from_what_is_stored_with_counts(full_server: Server, open_page: Opener) -> None:
    page = open_page(full_server, "/?live=0")
    shown(page)
    box = page.get_by_role("combobox", name="Search")
    box.click()
    expect(page.get_by_role("option", name=re.compile("^level:"))).to_be_visible()
    box.press_sequentially("app_k")
    box.press("ArrowDown")
    box.press("Enter")
    expect(box).to_have_value("app_key:")
    box.press_sequentially("bil")
    option = page.get_by_role("option", name=re.compile("billing-api"))
    expect(option).to_contain_text("200")
    option.click()
    expect(box).to_have_value("app_key:billing-api ")
    box.press_sequentially("context.us")
    page.get_by_role("option", name="context.user.id:").click()
    box.press_sequentially("3")
    box.press("Enter")
    expected = full_server.search(q="app_key:billing-api context.user.id:3")["total"]
    shown(page, expected)


def test_a_query_that_is_not_understood_says_why_and_where(full_server: Server, open_page: Opener) -> None:
    page = open_page(full_server, "/?live=0", refused=(400,))
    search(page, "level:>=warning (x")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("this bracket is not closed")
    expect(alert.locator("mark")).to_have_text("(")
    search(page, "generated")
    expect(alert).to_have_count(0)
    shown(page, 600)


def test_facets_filter_and_exclude(full_server: Server, open_page: Opener) -> None:
    page = open_page(full_server, "/?live=0")
    apps = page.get_by_role("region", name="Application")
    environments = page.get_by_role("region", name="Environment")
    expect(apps.get_by_role("button", name="billing-api 200")).to_be_visible()
    environments.get_by_role("button", name="staging 300").click()
    shown(page, 300)
    expect(apps.get_by_role("button", name="billing-api 100")).to_be_visible()
    apps.get_by_text("billing-api").hover()
    apps.get_by_role("button", name="Exclude billing-api").click()
    shown(page, 200)
    page.get_by_role("button", name="app_id staging").click()
    shown(page, 406)
    page.get_by_role("region", name="Category").get_by_role("button", name=re.compile("^http")).click()
    assert address(page)["category"] == ["http"]


def test_what_is_chosen_is_always_listed_and_cleared_at_once(server: Server, open_page: Opener) -> None:
    store(server, [entry(f"{name} {n}", app_key=name) for name in "abcdefghij" for n in range(20 - ord(name) + 97)])
    page = open_page(server, "/?live=0&app_key=j&level=info,error")
    apps, levels = page.get_by_role("region", name="Application"), page.get_by_role("region", name="Level")
    shown(page, 11)
    expect(apps.get_by_role("button", name="1 more")).to_be_visible()
    expect(apps.get_by_role("button", name="j 11")).to_have_attribute("aria-pressed", "true")
    levels.get_by_role("button", name="clear").click()
    expect(levels.get_by_role("button", pressed=True)).to_have_count(0)
    page.go_back()
    expect(levels.get_by_role("button", pressed=True)).to_have_count(2)


def test_filters_without_a_list_are_typed(full_server: Server, open_page: Opener) -> None:
    page = open_page(full_server, "/?live=0")
    page.get_by_label("Message contains").fill("LINE 59")
    page.get_by_label("Message contains").press("Enter")
    shown(page, 11)
    page.get_by_label("Trace ID").fill("nothing")
    page.get_by_label("Trace ID").press("Enter")
    expect(page.get_by_text("No matches")).to_be_visible()
    page.get_by_role("main").get_by_role("button", name="Clear filters").click()
    shown(page, 606)


def test_quick_and_absolute_ranges(full_server: Server, open_page: Opener) -> None:
    page = open_page(full_server, "/?live=0&last=all")
    shown(page, full_server.search(limit=1)["total"])
    page.get_by_role("button", name=re.compile("Time range")).click()
    page.get_by_role("button", name="Last 5 minutes").click()
    page.wait_for_url("**last=5m**")
    page.get_by_role("button", name=re.compile("Time range")).click()
    start = full_server.search(q="context.number:100")["entries"][0]["timestamp"][:19]
    end = full_server.search(q="context.number:200")["entries"][0]["timestamp"][:19]
    page.get_by_label("From", exact=True).fill(start)
    page.get_by_label("To", exact=True).fill(end)
    page.get_by_role("button", name="Apply").click()
    params = address(page)
    assert (params["from"], params["to"]) == ([f"{start}.000Z"], [f"{end}.000Z"])
    shown(page, full_server.search(date_from=f"{start}Z", date_to=f"{end}Z")["total"])
    expect(page.get_by_role("button", name="Live")).to_have_attribute("aria-pressed", "false")


def test_searches_are_saved_and_come_back(full_server: Server, open_page: Opener) -> None:
    page = open_page(full_server, "/?live=0&last=24h&level=error&q=generated")
    shown(page, 60)
    page.get_by_role("button", name="Saved searches").click()
    page.get_by_label("Name for this search").fill("Errors of today")
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto(full_server.url)
    page.get_by_role("button", name="Saved searches").click()
    page.get_by_role("button", name="Errors of today", exact=True).click()
    shown(page, 60)
    assert address(page) == {"live": ["0"], "last": ["24h"], "level": ["error"], "q": ["generated"]}
    page.get_by_role("button", name="Saved searches").click()
    page.get_by_role("button", name="Delete Errors of today").click()
    expect(page.get_by_text("No saved searches yet.")).to_be_visible()


def export(page: Page, name: str, folder: Path) -> str:
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
        page.get_by_role("button", name=re.compile(f"^{name}")).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    assert path.suffix == f".{name.lower()}"
    return path.read_text()


def test_exactly_what_is_filtered_is_exported(full_server: Server, open_page: Opener, tmp_path: Path) -> None:
    query = "app_key:billing-api level:error OR level:warning"
    page = open_page(full_server, f"/?live=0&last=24h&q={quote(query)}&app_id=staging")
    expected = full_server.search(q=query, app_id="staging", limit=1000)
    shown(page, expected["total"])
    lines = [json.loads(line) for line in export(page, "NDJSON", tmp_path).splitlines()]
    assert lines == expected["entries"]
    table = list(csv.DictReader(io.StringIO(export(page, "CSV", tmp_path))))
    assert [line["id"] for line in table] == [one["id"] for one in expected["entries"]]


def test_pages_are_fetched_where_one_scrolls_and_jumps(full_server: Server, open_page: Opener) -> None:
    page = open_page(full_server, "/?live=0&last=24h", config='{"pageSize":50}')
    shown(page, 606)
    expect(page.get_by_test_id("page")).to_have_text("Page 1 of 13")
    page.get_by_role("button", name="Next page").click()
    expected = full_server.search(limit=50, offset=50)["entries"]
    expect(row(page, expected[0]["message"])).to_be_visible()
    expect(page.get_by_test_id("page")).to_have_text("Page 2 of 13")
    page.get_by_role("treegrid").press("End")
    expect(row(page, "generated line 0")).to_be_visible()
    page.get_by_label("Page size").select_option("500")
    expect(page.get_by_test_id("page")).to_have_text(re.compile("of 2$"))
    expect(rows(page).first).to_be_visible()


def test_every_row_is_reached_where_there_are_more_than_a_browser_can_stack(server: Server, open_page: Opener) -> None:
    count = 300_000  # of 52 pixels each on a narrow screen: 15.6 million
    flood(server, count)
    page = open_page(server, "/?live=0", viewport={"width": 700, "height": 800})
    shown(page, count)
    grid = page.get_by_role("treegrid")
    grid.press("End")
    expect(row(page, "flood 0")).to_be_in_viewport()
    page.mouse.move(300, 500)
    page.mouse.wheel(0, -52 * 20)
    expect(row(page, "flood 20")).to_be_in_viewport()
    expect(row(page, "flood 0")).not_to_be_in_viewport()
    page.mouse.wheel(0, 52 * 40)
    expect(row(page, "flood 0")).to_be_in_viewport()
    grid.evaluate("grid => grid.scrollTop = grid.scrollHeight / 2")
    expect(row(page, "flood 149995")).to_be_in_viewport()
    grid.press("Home")
    expect(row(page, f"flood {count - 1}")).to_be_in_viewport()
