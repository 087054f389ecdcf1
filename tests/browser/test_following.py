"""Following (points 1 to 6): nothing moves under the reader, filters hold, overload is honest, nothing is missed."""

import re

from playwright.sync_api import Page, expect

from tests.browser.screen import Opener, live, messages, press, row, rows, search, shown, until
from tests.browser.stored import entry, flood, generated, store
from tests.harness import Server, eventually


def on_screen(page: Page) -> list[list[object]]:
    """What the reader sees, and where."""
    seen: list[list[object]] = page.evaluate(
        """() => [...document.querySelectorAll('[role=row][data-level]')]
        .map((row) => [row.innerText, row.getBoundingClientRect().y])
        .filter(([, y]) => y > 150 && y < 800)"""
    )
    return seen


def settled(page: Page) -> list[list[object]]:
    """What the reader sees once all rows are measured: two frames in a row show the same."""

    def same() -> list[list[object]]:
        first = on_screen(page)
        page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        return first if first == on_screen(page) else []

    seen: list[list[object]] = eventually(same, "the rows to come to rest")
    return seen


def test_entries_are_seen_as_they_arrive_above_those_that_are_stored(server: Server, open_page: Opener) -> None:
    store(server, [entry("stored 1"), entry("stored 2")])
    page = open_page(server)
    shown(page)
    live(page)
    store(server, [entry("arrived 3")])
    expect(row(page, "arrived 3")).to_be_visible()
    assert messages(page) == ["arrived 3", "stored 2", "stored 1"]


def test_older_entries_follow_where_one_scrolls_down(server: Server, open_page: Opener) -> None:
    store(server, list(generated(350)))
    page = open_page(server)
    live(page)
    shown(page, 350)
    page.get_by_role("treegrid").focus()

    def is_at_the_oldest() -> bool:
        page.keyboard.press("End")
        return bool(row(page, "generated line 0").count())

    eventually(is_at_the_oldest, "the oldest entry")
    expect(page.get_by_role("treegrid")).to_have_attribute("aria-rowcount", "350")


def test_very_far_down_the_live_list_points_to_the_search(server: Server, open_page: Opener) -> None:
    flood(server, 2100)
    page = open_page(server, config='{"pageSize":50}')
    live(page)
    shown(page, 2100)
    page.get_by_role("treegrid").focus()
    further = page.get_by_role("button", name="Search for older entries")

    def is_at_the_end() -> bool:
        page.keyboard.press("End")
        return further.is_visible()

    eventually(is_at_the_end, "the way to the search")
    expect(page.get_by_role("treegrid")).to_have_attribute("aria-rowcount", "2001")
    further.click()
    expect(page.get_by_test_id("page")).to_have_text("Page 1 of 42")


def test_scrolling_away_pauses_and_nothing_moves(server: Server, open_page: Opener) -> None:
    store(server, list(generated(200)))
    page = open_page(server)
    live(page)
    shown(page)
    page.get_by_role("treegrid").hover()
    page.mouse.wheel(0, 1200)
    until(page, "document.querySelector('[role=treegrid]').scrollTop === 1200")
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    before = settled(page)
    assert len(before) > 20
    store(server, [entry(f"while reading {number}") for number in range(7)])
    expect(page.get_by_role("button", name="7 new · resume")).to_be_visible()
    assert on_screen(page) == before


def test_opening_a_row_pauses_and_the_selection_survives(server: Server, open_page: Opener) -> None:
    store(server, [entry("read me"), entry("another")])
    page = open_page(server)
    live(page)
    row(page, "read me").click()
    expect(page.get_by_role("region", name=re.compile("Details of entry"))).to_be_visible()
    page.locator("pre").first.select_text()
    store(server, [entry("new")])
    expect(page.get_by_role("button", name="1 new · resume")).to_be_visible()
    assert page.evaluate("String(getSelection())").strip() == "read me"
    assert messages(page) == ["another", "read me"]


def test_selecting_text_pauses(server: Server, open_page: Opener) -> None:
    store(server, [entry("some words to copy")])
    page = open_page(server)
    live(page)
    row(page, "some words").locator(".message").select_text()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()


def test_resuming_goes_on_from_where_it_was_paused(server: Server, open_page: Opener) -> None:
    store(server, list(generated(100)))
    page = open_page(server)
    live(page)
    shown(page)
    press(page, " ")
    store(server, [entry(f"waiting {number}") for number in range(100)])
    expect(page.get_by_role("button", name="100 new · resume")).to_be_visible()
    top = rows(page).first
    text, place = top.inner_text(), top.bounding_box()
    page.get_by_role("button", name="Live options").click()
    page.get_by_role("button", name="From where I paused").click()
    expect(row(page, "waiting 0")).to_be_attached()
    again = rows(page).filter(has_text=text.split("\n")[-2]).first
    expect(again).to_be_visible()
    assert again.bounding_box() == place
    expect(page.get_by_role("button", name="Resume")).to_be_visible()


def test_one_control_goes_live_pauses_resumes_and_stops(server: Server, open_page: Opener) -> None:
    page = open_page(server, "/?live=0")
    page.get_by_role("button", name="Go live").click()
    live(page)
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.get_by_role("button", name="Live options").click()
    page.get_by_role("button", name="Stop live").click()
    page.wait_for_url("**live=0**")
    expect(page.get_by_role("button", name="Go live")).to_be_visible()


def test_resuming_from_now_shows_the_newest_and_follows(server: Server, open_page: Opener) -> None:
    store(server, list(generated(100)))
    page = open_page(server)
    live(page)
    shown(page)
    page.get_by_role("button", name="Pause").click()
    store(server, [entry("waiting")])
    page.get_by_role("button", name="1 new · resume").click()
    store(server, [entry("followed")])
    expect(row(page, "followed")).to_be_visible()
    assert messages(page)[:2] == ["followed", "waiting"]


def test_the_server_filters_live_entries_and_goes_on_doing_so_after_a_restart(
    server: Server, open_page: Opener
) -> None:
    page = open_page(server, "/?level=error")
    live(page)
    search(page, "wanted")
    page.wait_for_url("**q=wanted**")
    live(page)
    store(server, [entry("wanted info"), entry("wanted error 1", level="error"), entry("other", level="error")])
    expect(row(page, "wanted error 1")).to_be_visible()
    assert messages(page) == ["wanted error 1"]
    server.stop()
    expect(page.locator('[aria-label="Connection"]')).to_have_attribute("data-phase", "waiting")
    server.start()
    live(page)
    store(server, [entry("wanted info 2"), entry("wanted error 2", level="error")])
    expect(row(page, "wanted error 2")).to_be_visible()
    assert messages(page) == ["wanted error 2", "wanted error 1"]


def test_a_lost_connection_says_why_and_misses_nothing(server: Server, open_page: Opener) -> None:
    page = open_page(server)
    live(page)
    store(server, [entry("before")])
    expect(row(page, "before")).to_be_visible()
    server.stop()
    status = page.locator('[aria-label="Connection"]')
    expect(status).to_contain_text(re.compile("shutting down|lost|reach"))
    server.start()
    store(server, [entry(f"meanwhile {number}") for number in range(5)])
    expect(row(page, "meanwhile 4")).to_be_visible()
    live(page)
    store(server, [entry("after")])
    expect(row(page, "after")).to_be_visible()
    assert messages(page) == ["after", *(f"meanwhile {number}" for number in reversed(range(5))), "before"]


def test_a_gap_is_a_row_and_its_entries_are_loaded(server: Server, open_page: Opener) -> None:
    page = open_page(server)
    live(page)
    store(server, [entry("first")])
    expect(row(page, "first")).to_be_visible()
    page.context.set_offline(True)
    server.stop()
    server.start()
    expect(page.locator('[aria-label="Connection"]')).not_to_have_attribute("data-phase", "open")
    flood(server, 10_050)
    page.context.set_offline(False)
    expect(row(page, "flood 10049")).to_be_visible()
    gap = page.get_by_role("row").filter(has_text="entries skipped").first
    expect(gap).to_have_text(re.compile("^49 entries skipped"))
    gap.get_by_role("button", name="load them").click()
    expect(row(page, "flood 10048")).to_be_visible()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    press(page, *["PageDown"] * 2)
    expect(row(page, "flood 10001")).to_be_visible()
    numbers = [int(text.split()[-1]) for text in messages(page)]
    assert numbers == sorted(numbers, reverse=True)


def test_where_websockets_are_blocked_the_event_stream_serves(server: Server, open_page: Opener) -> None:
    store(server, [entry("stored")])
    page = open_page(server, config=f'{{"wsUrl":"ws://127.0.0.1:{server.http_port}/blocked"}}')
    status = page.locator('[aria-label="Connection"]')
    expect(status).to_have_attribute("data-transport", "sse")
    expect(status).to_contain_text("event stream")
    store(server, [entry("streamed")])
    expect(row(page, "streamed")).to_be_visible()
    search(page, "level:error")
    live(page)
    store(server, [entry("no"), entry("yes", level="error")])
    expect(row(page, "yes")).to_be_visible()
    assert messages(page) == ["yes"]


def test_the_list_stays_bounded_and_says_where_the_rest_is(server: Server, open_page: Opener) -> None:
    page = open_page(server)
    live(page)
    flood(server, 6000)
    expect(row(page, "flood 5999")).to_be_visible()
    assert len(messages(page)) < 100
    assert page.get_by_role("treegrid").evaluate("grid => grid.scrollHeight") < 2100 * 28
    page.get_by_role("treegrid").press("End")
    page.get_by_role("button", name="Search for older entries").click()
    page.wait_for_url("**live=0**")
    shown(page, 6000)


def test_the_live_list_is_cleared(server: Server, open_page: Opener) -> None:
    store(server, [entry("old")])
    page = open_page(server)
    live(page)
    shown(page)
    page.get_by_role("button", name="Clear live list").click()
    expect(row(page, "old")).to_have_count(0)
    store(server, [entry("new")])
    expect(row(page, "new")).to_be_visible()
