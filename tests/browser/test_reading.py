"""Reading: rows, details in place, what lies around an entry, the histogram, times (points 7 to 10)."""

import json
import re
import subprocess
from datetime import datetime, timedelta
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.screen import Opener, address, live, messages, row, rows, shown, until
from tests.browser.stored import BATCH, HUGE, TRACE, entry, store
from tests.harness import Server


def opened(page: Page, text: str) -> Locator:
    """The details of the row with this text."""
    row(page, text).click()
    details = page.get_by_role("region", name=re.compile("Details of entry"))
    expect(details).to_be_visible()
    return details


def copied(page: Page) -> str:
    return str(page.evaluate("navigator.clipboard.readText()"))


def test_a_row_shows_what_matters_in_one_line(full_server: Server, open_page: Opener) -> None:
    page = open_page(full_server, "/?live=0&category=terminal")
    line = row(page, "red")
    expect(line.locator(".message")).to_have_text("red and ⏎ second line")
    expect(line.locator(".level")).to_have_text("info")
    expect(line.locator(".app")).to_have_text("shop · production")
    expect(line.locator(".category")).to_have_text("terminal")
    expect(line.locator(".time")).to_have_text(re.compile(r"\d\d:\d\d:\d\d\.\d{3}$"))
    trace = line.get_by_role("button", name=re.compile("Copy trace"))
    trace.click()
    expect(page.get_by_text("Trace ID copied")).to_be_visible()
    assert copied(page) == full_server.search(category="terminal")["entries"][0]["trace_id"]


@pytest.mark.parametrize("path", ["/?last=all", "/?last=all&live=0"])
def test_rows_come_before_what_is_counted(full_server: Server, open_page: Opener, path: str) -> None:
    page = open_page(full_server, path)
    expect(page.get_by_role("slider").locator("canvas")).to_be_visible()
    asked: list[tuple[str, float, float]] = page.evaluate(
        "performance.getEntriesByType('resource').map((r) => [new URL(r.name).pathname, r.startTime, r.responseEnd])"
    )
    answered = next(end for path, _, end in asked if path == "/api/logs")
    waited = min(answered, 1000)  # milliseconds; for rows that take longer, counts don't wait
    assert all(start >= waited for path, start, _ in asked if path in ("/api/stats", "/api/fields/app_key"))


def test_a_drag_opens_nothing_whether_it_selects_text_or_not(full_server: Server, open_page: Opener) -> None:
    page = open_page(full_server, "/?live=0")
    shown(page)
    box = row(page, "generated line 599").locator(".message").bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    for start in (box["x"] + 2, box["x"] + box["width"] - 200):
        page.mouse.move(start, middle)
        page.mouse.down()
        page.mouse.move(start + 80, middle, steps=3)
        page.mouse.up()
        assert "entry" not in page.evaluate("location.search")
    page.mouse.click(box["x"] + box["width"] - 200, middle)
    expect(page.get_by_role("region", name=re.compile("Details"))).to_be_visible()


def test_what_is_looked_for_stands_out(full_server: Server, open_page: Opener) -> None:
    page = open_page(full_server, "/?live=0&category=terminal")
    expect(row(page, "red").locator("mark")).to_have_count(0)
    page = open_page(full_server, "/?live=0&category=terminal&q=RED%20-blue&search=secon")
    expect(row(page, "red").locator("mark")).to_have_text(["red", "secon"])
    row(page, "red").click()
    details = page.get_by_role("region", name=re.compile("Details"))
    expect(details.locator("mark")).to_have_text(["red", "secon"])


def test_details_show_the_message_with_its_lines_and_colours(full_server: Server, open_page: Opener) -> None:
    page = open_page(full_server, "/?live=0&category=terminal")
    details = opened(page, "red")
    expect(details.locator("pre")).to_have_text("red and\nsecond line")
    expect(details.locator("pre .ansi-1")).to_have_text("red")
    expect(details.get_by_text("user_agent")).to_be_visible()


def test_the_context_is_a_tree_that_folds(full_server: Server, open_page: Opener) -> None:
    page = open_page(full_server, '/?live=0&q="generated line 599"')
    tree = opened(page, "generated line 599").get_by_role("region", name="Context")
    expect(tree.get_by_text('"pro"')).to_be_visible()
    tree.get_by_role("button", name="user {2}").click()
    expect(tree.get_by_text('"pro"')).to_have_count(0)
    expect(tree.get_by_role("button", name="tags [2]")).to_have_attribute("aria-expanded", "true")


def test_numbers_are_shown_as_they_were_sent(full_server: Server, open_page: Opener) -> None:
    page = open_page(full_server, "/?live=0&category=numbers")
    details = opened(page, "exact numbers")
    expect(details.get_by_text("12345678901234567890")).to_be_visible()
    expect(details.get_by_text("1.0", exact=True)).to_be_visible()
    details.get_by_role("button", name="Copy as").click()
    page.get_by_role("button", name="Copy as JSON").click()
    expect(page.get_by_text("JSON copied")).to_be_visible()
    assert '"big":12345678901234567890,"price":1.0' in copied(page)


def test_numbers_of_a_long_entry_that_arrives_live_are_exact_too(server: Server, open_page: Opener) -> None:
    page = open_page(server)
    live(page)
    filler = "x" * 5000
    store(server, [entry("long context", context=f'{{"big":12345678901234567890,"price":1.0,"filler":"{filler}"}}')])
    details = opened(page, "long context")
    expect(details.get_by_text("12345678901234567890")).to_be_visible()
    expect(details.get_by_text("1.0", exact=True)).to_be_visible()


def test_every_field_filters_in_and_out_and_copies(full_server: Server, open_page: Opener) -> None:
    page = open_page(full_server, "/?live=0")
    details = opened(page, "generated line 599")
    details.get_by_role("button", name="Copy context.user.plan").click(force=True)
    expect(page.get_by_text("context.user.plan copied")).to_be_visible()
    assert copied(page) == "pro"
    for name in ("timestamp", "app_key", "app_id", "level", "category", "trace_id", "user_agent", "id"):
        expect(details.get_by_role("button", name=f"Filter in {name}", exact=True)).to_be_attached()
        expect(details.get_by_role("button", name=f"Filter out {name}", exact=True)).to_be_attached()
    details.get_by_role("button", name="Filter in context.user.id").click(force=True)
    page.wait_for_url(re.compile(r"q=context\.user\.id"))
    shown(page, full_server.search(q="context.user.id:4", date_from=hour_ago())["total"])
    opened(page, "generated line 599").get_by_role("button", name="Filter out app_key").click(force=True)
    expect(page.get_by_role("combobox", name="Search")).to_have_value("context.user.id:4 -app_key:auth-api")
    shown(page, full_server.search(q="context.user.id:4 -app_key:auth-api", date_from=hour_ago())["total"])


def test_message_stack_trace_and_request_are_copied(server: Server, open_page: Opener) -> None:
    stack = 'Traceback (most recent call last):\n  File "pay.py", line 3, in <module>\nValueError: closed'
    stored = store(
        server, [entry("\x1b[31mpayment\x1b[0m failed", level="error", context={"exception": {"stack": stack}})]
    )
    page = open_page(server, "/?live=0")
    details = opened(page, "payment failed")
    details.get_by_role("button", name="Copy message").click()
    expect(page.get_by_text("Message copied")).to_be_visible()
    assert copied(page) == "payment failed"
    details.get_by_role("button", name="Copy stack trace").click()
    expect(page.get_by_text("Stack trace copied")).to_be_visible()
    assert copied(page) == stack
    details.get_by_role("button", name="Copy as").click()
    page.get_by_role("button", name="Copy as cURL").click()
    expect(page.get_by_text("cURL copied")).to_be_visible()
    answer = subprocess.run(["sh", "-c", copied(page)], check=True, capture_output=True).stdout
    assert json.loads(answer) == stored[0]


def test_long_messages_and_values_use_the_width_and_scroll_with_the_page(server: Server, open_page: Opener) -> None:
    long = "\n".join(f"line {number} of a long text" for number in range(600))
    store(server, [entry(long, context={"dump": long})])
    page = open_page(server, "/?live=0")
    details = opened(page, "line 0 of a long text")
    message = details.locator("pre")
    for _ in range(2):
        details.get_by_role("button", name="Show all 14 k characters").first.click()
    expect(details.get_by_role("button", name=re.compile("^Show all"))).to_have_count(0)
    expect(message).to_contain_text("line 599")
    assert message.evaluate("e => e.scrollHeight <= e.clientHeight"), "it scrolls with the page"
    width = details.evaluate("e => e.clientWidth")
    assert message.evaluate("e => e.clientWidth") > width - 40
    expect(details.get_by_role("region", name="Context").get_by_text("line 599 of a long text")).to_be_visible()
    page.get_by_role("treegrid").press("Home")
    page.get_by_role("treegrid").hover()
    page.mouse.wheel(0, 5000)
    expect(rows(page).first).not_to_be_in_viewport()
    expect(message).to_be_in_viewport()


def hour_ago() -> str:
    return (datetime.now().astimezone() - timedelta(hours=1)).isoformat()


def test_a_huge_entry_is_cut_in_the_list_and_whole_on_demand(full_server: Server, open_page: Opener) -> None:
    page = open_page(full_server, "/?live=0&category=huge")
    line = row(page, "huge 0123")
    expect(line).to_contain_text("1.0 M chars")
    assert len(line.inner_text()) < 1000
    details = opened(page, "huge 0123")
    details.get_by_role("button", name="Show all").click()
    expect(details.locator("pre")).to_contain_text("789 end")
    assert details.locator("pre").inner_text() == HUGE


def test_a_huge_entry_that_arrives_live_is_cut_too(server: Server, open_page: Opener) -> None:
    page = open_page(server)
    live(page)
    store(server, [entry(HUGE)])
    expect(row(page, "huge 0123")).to_contain_text("1.0 M chars")
    details = opened(page, "huge 0123")
    details.get_by_role("button", name="Show all").click()
    expect(details.locator("pre")).to_contain_text("789 end")


def test_around_an_entry_shows_its_application_without_filters(full_server: Server, open_page: Opener) -> None:
    page = open_page(full_server, "/?live=0&q=%22generated+line+300%22")
    opened(page, "generated line 300").get_by_role("button", name="Around this entry").click()
    expect(page.get_by_text("Around")).to_be_visible()
    marked = page.locator('[role="row"][data-marked]')
    expect(marked).to_contain_text("generated line 300")
    for neighbour in ("generated line 306", "generated line 294"):
        expect(row(page, neighbour)).to_be_visible()
    seen = messages(page)
    at = seen.index("generated line 300")
    assert seen[at - 1 : at + 2] == ["generated line 306", "generated line 300", "generated line 294"]
    place, list_place = marked.bounding_box(), page.get_by_role("treegrid").bounding_box()
    assert place is not None
    assert list_place is not None
    assert abs(place["y"] - list_place["y"] - list_place["height"] / 2) < 50, "in the middle"
    expect(page.get_by_test_id("total")).to_have_text("1 match")
    page.get_by_role("button", name="Back to search").click()
    shown(page, 1)


def test_one_click_shows_the_trace_and_one_the_batch(full_server: Server, open_page: Opener) -> None:
    page = open_page(full_server, "/?live=0&q=%22second+of+the+trace%22")
    opened(page, "second of the trace").get_by_role("button", name="View trace").click()
    shown(page, 3)
    assert messages(page) == ["first of the trace", "second of the trace", "third of the trace"]
    assert address(page)["trace_id"] == [TRACE]
    first, last = (full_server.search(trace_id=TRACE, order=order)["entries"][0] for order in ("asc", "desc"))
    assert (address(page)["from"], address(page)["to"]) == ([first["timestamp"]], [last["timestamp"]])
    assert page.locator(".delta").all_inner_texts() == ["+1.00 s", "+1.00 s"]
    opened(page, "second of the trace").get_by_role("button", name="View batch").click()
    shown(page, 2)
    assert address(page)["batch_id"] == [BATCH]
    page.go_back()
    page.go_back()
    shown(page, 3)


def histogram(page: Page) -> Locator:
    chart = page.get_by_role("slider", name=re.compile("Entries over time"))
    expect(chart.locator("canvas")).to_be_visible()
    return chart


def test_a_bar_of_the_histogram_narrows_and_dragging_zooms(full_server: Server, open_page: Opener) -> None:
    page = open_page(full_server, "/?live=0")
    chart = histogram(page)
    shown(page)
    box = chart.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 30)
    expect(page.get_by_text(re.compile(r"\d+ info"))).to_be_visible()
    page.mouse.down()
    page.mouse.up()
    page.wait_for_url(re.compile("from=.*to="))
    params = address(page)
    narrowed = full_server.search(date_from=params["from"][0], date_to=params["to"][0])["total"]
    assert 0 < narrowed < 606
    shown(page, narrowed)
    page.go_back()
    histogram(page)
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + 30, steps=4)
    page.mouse.up()
    page.wait_for_url(re.compile("from=.*to="))
    params = address(page)
    shown(page, full_server.search(date_from=params["from"][0], date_to=params["to"][0])["total"])


def test_the_histogram_obeys_the_keyboard(full_server: Server, open_page: Opener) -> None:
    page = open_page(full_server, "/?live=0")
    chart = histogram(page)
    chart.focus()
    for _ in range(12):
        chart.press("ArrowLeft")
    expect(chart).to_have_attribute("aria-valuetext", re.compile(r"\d+ info"))
    chart.press("Enter")
    page.wait_for_url(re.compile("from=.*to="))


def test_days_of_the_histogram_start_at_midnight_of_the_viewer(full_server: Server, open_page: Opener) -> None:
    days_ago = (datetime.fromisoformat(hour_ago()) - timedelta(days=60)).isoformat()
    page = open_page(full_server, f"/?live=0&from={quote(days_ago)}", timezone_id="Asia/Kolkata")
    chart = histogram(page)
    expect(chart).not_to_have_attribute("aria-valuemax", "0")
    chart.focus()
    chart.press("ArrowRight")
    expect(chart).to_have_attribute("aria-valuetext", re.compile("^20.* 00:00:00 "))


COMMONEST_COLOUR = """(() => {
    const canvas = document.querySelector('canvas');
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', {willReadFrequently: true});
    copy.drawImage(canvas, 0, 0);
    const {data} = copy.getImageData(0, 0, canvas.width, canvas.height);
    const counts = {};
    for (let at = 0; at < data.length; at += 4) {
        const colour = data.slice(at, at + 4).join();
        if (data[at + 3]) counts[colour] = (counts[colour] ?? 0) + 1;
    }
    return Object.entries(counts).sort(([, a], [, b]) => b - a)[0]?.[0];
})()"""


def test_the_histogram_takes_the_colours_of_the_theme_that_is_chosen(full_server: Server, open_page: Opener) -> None:
    colours = []
    for theme in ("dark", "light"):
        page = open_page(full_server, "/?live=0", config=f'{{"theme":"{theme}"}}')
        histogram(page)
        until(page, f"{COMMONEST_COLOUR} !== undefined")
        colours.append(page.evaluate(COMMONEST_COLOUR))
    dark, light = colours
    assert light != dark
    page.get_by_role("button", name="Switch to").click()
    until(page, f"{COMMONEST_COLOUR} === '{dark}'")


def test_counts_of_levels_are_filters(full_server: Server, open_page: Opener) -> None:
    page = open_page(full_server, "/?live=0")
    levels = page.get_by_role("region", name="Level")
    stats = full_server.get("/api/stats", params={"date_from": hour_ago()}).json()
    for level, count in stats["by_level"].items():
        expect(levels.get_by_role("button", name=f"{level} {count}")).to_be_visible()
    levels.get_by_role("button", name=re.compile("^error")).click()
    levels.get_by_role("button", name=re.compile("^critical")).click()
    shown(page, stats["by_level"]["error"] + stats["by_level"]["critical"])
    assert address(page)["level"] == ["error,critical"]


def test_times_are_local_utc_of_any_zone_or_relative_and_exact_on_hover(full_server: Server, open_page: Opener) -> None:
    stamp = full_server.search(category="numbers")["entries"][0]["timestamp"]
    moment = datetime.fromisoformat(stamp)
    forms = {
        '{"time":"local"}': (moment + timedelta(hours=5, minutes=30)).strftime("%H:%M:%S.%f")[:12],
        '{"time":"utc"}': moment.strftime("%H:%M:%S.%f")[:12],
        '{"time":"zone","zone":"Asia/Tokyo"}': (moment + timedelta(hours=9)).strftime("%H:%M:%S.%f")[:12],
        '{"time":"relative"}': " ago",
    }
    for config, form in forms.items():
        page = open_page(full_server, "/?live=0&category=numbers", config=config, timezone_id="Asia/Kolkata")
        time = row(page, "exact numbers").locator(".time")
        expect(time).to_contain_text(form)
        expect(time).to_have_attribute("title", stamp)


def test_real_logs_are_shown_as_they_are(full_server: Server, open_page: Opener) -> None:
    total = full_server.search(q="app_id:loghub")["total"]
    if not total:
        return
    page = open_page(full_server, "/?live=0&last=all&app_id=loghub")
    shown(page, total)
    first = full_server.search(app_id="loghub", limit=1)["entries"][0]
    expect(rows(page).first.locator(".message")).to_contain_text(" ".join(first["message"].split())[:80])
    assert json.dumps(first)
