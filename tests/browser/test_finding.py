"""Finding and sharing: the address, completion, ranges, saved searches, export (points 11 to 13)."""

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

from playwright.sync_api import Page, expect

from tests.browser.screen import Opener, address, live, messages, press, row, rows, search, shown
from tests.browser.stored import ago, entry, flood, store
from tests.harness import Server


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


def test_a_copied_link_opens_at_its_entry_among_its_neighbours_whatever_the_last_hour_is_by_then(
    full_server: Server, open_page: Opener
) -> None:
    page = open_page(full_server, "/?live=0&q=generated")
    shown(page, 600)
    press(page, "e", "e", "Enter")
    page.get_by_role("button", name="Copy link").click()
    link = str(page.evaluate("navigator.clipboard.readText()"))
    press(page, "Control+k")
    page.get_by_role("combobox", name="Command").fill("copy link")
    press(page, "Enter")
    expect(page.get_by_text("Link copied")).to_be_visible()
    assert {"from", "to"} <= parse_qs(urlsplit(page.evaluate("navigator.clipboard.readText()")).query).keys()
    later = open_page(full_server, "/?live=0&q=nothing_has_this")
    later.clock.set_fixed_time(datetime.now(UTC) + timedelta(days=3))
    later.goto(link)
    shown(later, 600)
    details = later.get_by_role("region", name=re.compile("Details"))
    expect(details.locator("pre")).to_have_text("generated line 587")
    for neighbour in ("generated line 588", "generated line 586"):
        expect(row(later, neighbour)).to_be_in_viewport()


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
    expect(apps.get_by_role("button", name="billing-api 100")).to_be_visible()
    page.get_by_role("button", name="app_id staging").click()
    shown(page, 406)
    page.get_by_role("button", name="not app_key billing-api").click()
    shown(page, 606)
    page.get_by_role("region", name="Category").get_by_role("button", name=re.compile("^http")).click()
    assert address(page)["category"] == ["http"]


def test_every_facet_adds_up_and_alt_click_chooses_only_this(full_server: Server, open_page: Opener) -> None:
    page = open_page(full_server, "/?live=0&q=generated")
    shown(page, 600)
    chips = page.get_by_role("list", name="Active filters")
    for title, field, values in (
        ("Application", "app_key", ("shop", "auth-api")),
        ("Environment", "app_id", ("production", "staging")),
        ("Category", "category", ("http", "login")),
    ):
        facet = page.get_by_role("region", name=title)
        for value in values:
            facet.get_by_role("button", name=re.compile(f"^{value}")).click()
        count = full_server.search(q="generated", **{field: list(values)}, date_from=ago(3600))["total"]
        shown(page, count)
        assert address(page)[field] == [",".join(values)]
        expect(chips.get_by_role("button", name=re.compile(f"^{field}"))).to_have_count(2)
        facet.get_by_text(values[0], exact=True).hover()
        facet.get_by_role("button", name=f"Exclude {values[0]}").click()
        shown(page, full_server.search(q="generated", **{field: values[1]}, date_from=ago(3600))["total"])
        facet.get_by_role("button", name=re.compile(f"^{values[0]}")).click(modifiers=["Alt"])
        expect(chips.get_by_role("button", name=re.compile(f"^{field}"))).to_have_text([f"{field}{values[0]}"])
        assert address(page)["q"] == ["generated"]
        facet.get_by_role("button", name="clear").click()
        shown(page, 600)


def test_live_entries_obey_facets_that_add_up(server: Server, open_page: Opener) -> None:
    store(server, [entry("stored a", app_key="a,b"), entry("stored c", app_key="c"), entry("stored d", app_key="d")])
    page = open_page(server)
    live(page)
    apps = page.get_by_role("region", name="Application")
    apps.get_by_role("button", name="a,b 1").click()
    apps.get_by_role("button", name="c 1", exact=True).click()
    shown(page, 2)
    page.get_by_role("region", name="Category").get_by_role("button", name="general 2").click()
    page.goto(page.url + ",other")
    live(page)
    shown(page, 2)
    for name in ("a,b", "c", "d", "a"):
        store(
            server,
            [entry(f"arrived {name} {kind}", app_key=name, category=kind) for kind in ("general", "no", "other")],
        )
    expect(row(page, "arrived c other")).to_be_visible()
    seen = [text for text in messages(page) if text.startswith("arrived")]
    assert sorted(seen) == [f"arrived {name} {kind}" for name in ("a,b", "c") for kind in ("general", "other")]


def test_a_finger_can_exclude(full_server: Server, open_page: Opener) -> None:
    page = open_page(full_server, "/?live=0", viewport={"width": 375, "height": 700}, has_touch=True, is_mobile=True)
    shown(page)
    page.get_by_role("button", name="Filters").tap()
    drawer = page.get_by_role("dialog", name="Filters")
    drawer.get_by_role("button", name="Exclude shop").tap()
    expect(drawer.get_by_role("button", name="Exclude shop")).to_have_attribute("aria-pressed", "true")
    drawer.get_by_role("button", name="Close").tap()
    shown(page, full_server.search(q="-app_key:shop", date_from=ago(3600))["total"])
    page.get_by_role("button", name="not app_key shop").tap()
    expect(page.get_by_role("list", name="Active filters")).to_have_count(0)


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
    expect(page.get_by_text("Nothing matches")).to_be_visible()
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
    expect(page.get_by_role("button", name="Go live")).to_be_visible()


def test_where_nothing_matches_the_range_is_named_and_a_wider_one_offered(server: Server, open_page: Opener) -> None:
    ages = {"of yesterday": 20 * 3600, "of the week": 5 * 86400, "older": 50 * 86400}
    store(server, [entry(text, category="odd", timestamp=ago(age)) for text, age in ages.items()])
    page = open_page(server, "/?live=0&category=odd")
    nothing = page.get_by_role("main")
    expect(nothing.get_by_text("Nothing matches in the last hour")).to_be_visible()
    expect(nothing.get_by_role("button", name="All time: 3 entries")).to_be_visible()
    nothing.get_by_role("button", name="Last 24 hours: 1 entry").click()
    shown(page, 1)
    page.goto(f"{server.url}/?category=odd&from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z")
    expect(
        nothing.get_by_text("Nothing matches in this time: 2020-01-01 00:00:00 – 2020-01-02 00:00:00")
    ).to_be_visible()
    nothing.get_by_role("button", name="All time: 3 entries").click()
    shown(page, 3)


def test_the_oldest_come_first_where_that_is_wanted(full_server: Server, open_page: Opener, tmp_path: Path) -> None:
    page = open_page(full_server, "/?q=generated", config='{"pageSize":50}')
    live(page)
    page.get_by_role("button", name="Newest first").click()
    shown(page, 600)
    assert messages(page)[:3] == ["generated line 0", "generated line 1", "generated line 2"]
    page.get_by_role("button", name="Next page").click()
    expect(row(page, "generated line 50")).to_be_visible()
    assert export(page, "NDJSON", tmp_path).splitlines()[0].count("generated line 0") == 1
    wanted = full_server.search(q="context.number:517")["entries"][0]["id"]
    page.goto(f"{page.url}&entry={wanted}")
    expect(page.get_by_role("region", name=re.compile("Details")).locator("pre")).to_have_text("generated line 517")
    expect(row(page, "generated line 518")).to_be_in_viewport()


def test_searches_are_saved_and_come_back(full_server: Server, open_page: Opener) -> None:
    page = open_page(full_server, "/?live=0&last=24h&level=error&q=generated")
    shown(page, 60)
    page.get_by_role("button", name="Saved views").click()
    page.get_by_label("Name for this search").fill("Errors of today")
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto(full_server.url)
    page.get_by_role("button", name="Saved views").click()
    page.get_by_role("button", name="Errors of today", exact=True).click()
    shown(page, 60)
    assert address(page) == {"live": ["0"], "last": ["24h"], "level": ["error"], "q": ["generated"]}
    page.get_by_role("button", name="Saved views").click()
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
