"""Columns: which, in which order, how wide, how high; remembered, and part of the link."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.screen import Opener, address, press, row, rows, search, shown, until
from tests.browser.stored import ago, entry, store
from tests.browser.test_accessible import violations
from tests.harness import Server, eventually, running

ADJACENT = """(() => {
    const boxes = [...document.querySelectorAll('[role=row][data-level]')].map((row) => row.getBoundingClientRect());
    return boxes.slice(1).every((box, index) => Math.abs(box.top - boxes[index].bottom) < 1);
})()"""
FITTING = """(() => {
    const [last] = [...document.querySelectorAll('[role=row][data-level]')].slice(-1);
    const list = document.querySelector('.rows').getBoundingClientRect();
    return Math.abs(list.bottom - last.getBoundingClientRect().bottom) < 1;
})()"""
LONG = "a message that goes on and on " * 12


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with 300 entries of two hosts; every third message is long."""
    with running(tmp_path_factory.mktemp("hosts")) as server:
        store(
            server,
            [
                entry(
                    f"line {number} {LONG if number % 3 == 0 else ''}",
                    context={"host": {"name": f"host-{number % 2}"}, "took": number},
                    timestamp=ago(600 - number),
                )
                for number in range(300)
            ],
        )
        yield server


def titles(page: Page) -> list[str]:
    return page.get_by_role("columnheader").all_inner_texts()


def menu(page: Page) -> Locator:
    page.get_by_role("button", name="Columns").click()
    return page.get_by_role("dialog", name="Columns")


def test_a_field_of_the_context_becomes_a_column_by_one_click(hosts: Server, open_page: Opener) -> None:
    page = open_page(hosts, "/?live=0")
    shown(page, 300)
    assert titles(page) == ["Time", "Level", "Application", "Category", "Message", "Trace"]
    row(page, "line 299").click()
    details = page.get_by_role("region", name=re.compile("Details"))
    details.get_by_role("button", name="Show context.host.name as a column").click(force=True)
    assert titles(page) == ["Time", "Level", "Application", "Category", "host.name", "Message", "Trace"]
    press(page, "Escape")
    expect(row(page, "line 298").locator(".value")).to_have_text("host-0")
    assert parse_qs(urlsplit(page.url).query)["columns"] == ["time,level,app,category,context.host.name,message,trace"]


def test_columns_are_chosen_ordered_and_remembered_and_the_link_has_them(hosts: Server, open_page: Opener) -> None:
    page = open_page(hosts, "/?live=0")
    shown(page, 300)
    shape = menu(page)
    for name in ("Category", "Trace", "Level"):
        shape.get_by_role("button", name=f"Hide {name}").click()
    shape.get_by_role("button", name="Show Environment").click()
    shape.get_by_label("Field of the context").fill("took")
    shape.get_by_role("button", name="Add").click()
    shape.get_by_role("button", name="Move took to the left").click()
    assert violations(page) == []
    wanted = ["Time", "Application", "took", "Environment", "Message"]
    assert titles(page) == wanted
    page.goto(f"{hosts.url}/?live=0")
    shown(page, 300)
    assert titles(page) == wanted
    press(page, "Control+k")
    page.get_by_role("combobox", name="Command").fill("copy link")
    press(page, "Enter")
    expect(page.get_by_text("Link copied")).to_be_visible()
    link = str(page.evaluate("navigator.clipboard.readText()"))
    other = open_page(hosts, link.removeprefix(hosts.url))
    shown(other, 300)
    assert titles(other) == wanted
    menu(page).get_by_role("button", name="Reset").click()
    assert len(titles(page)) == 6
    assert "columns" not in page.url


def test_a_column_is_resized_by_dragging_and_by_keys(hosts: Server, open_page: Opener) -> None:
    page = open_page(hosts, "/?live=0")
    shown(page, 300)
    cell = rows(page).first.locator(".app")
    handle = page.get_by_role("slider", name="Width of Application")
    before, box = cell.bounding_box(), handle.bounding_box()
    assert before is not None
    assert box is not None
    page.mouse.move(box["x"] + 4, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 84, box["y"] + 10, steps=4)
    expect(handle).to_have_attribute("aria-valuenow", str(round(before["width"] + 80)))
    dragged = cell.bounding_box()
    assert dragged is not None
    assert dragged["width"] == round(before["width"] + 80)
    assert "columns" not in address(page)
    page.mouse.up()
    expect(handle).to_have_attribute("aria-valuenow", str(round(before["width"] + 80)))
    assert "app~" in unquote(page.url)
    handle.press("ArrowLeft")
    expect(handle).to_have_attribute("aria-valuenow", str(round(before["width"] + 64)))
    after = cell.bounding_box()
    assert after is not None
    assert after["width"] == round(before["width"] + 64)
    handle.press("Delete")
    expect(handle).to_have_attribute("aria-valuetext", "automatic")


@pytest.mark.parametrize("path", ["/?live=0", "/"])
def test_long_messages_wrap_and_every_row_is_as_high_as_its_text(hosts: Server, open_page: Opener, path: str) -> None:
    page = open_page(hosts, path)
    shown(page, 300)
    menu(page).get_by_label("Wrap long messages").check()
    press(page, "Escape")
    long, short = row(page, "line 297").bounding_box(), row(page, "line 298").bounding_box()
    assert long is not None
    assert short is not None
    assert short["height"] < 40 < long["height"]
    assert long["y"] == short["y"] + short["height"]

    def is_at_the_oldest() -> bool:
        page.get_by_role("treegrid").press("End")
        return bool(row(page, "line 0 ").count())

    eventually(is_at_the_oldest, "the oldest entry")
    expect(row(page, "line 0 ")).to_be_in_viewport()
    page.get_by_role("treegrid").hover()
    page.mouse.wheel(0, -3000)
    expect(row(page, "line 0 ")).not_to_be_in_viewport()
    until(page, ADJACENT)


def test_another_list_is_as_high_as_its_own_rows(hosts: Server, open_page: Opener) -> None:
    page = open_page(hosts, "/?live=0&wrap=1&q=context.took:>=280")
    shown(page, 20)
    until(page, FITTING)
    search(page, "context.took:>=290")
    shown(page, 10)
    until(page, FITTING)
    search(page, "context.took:>=280 context.took:<290")
    expect(row(page, "line 289")).to_be_visible()
    until(page, FITTING)


def test_rows_are_as_dense_as_is_wanted(hosts: Server, open_page: Opener) -> None:
    page = open_page(hosts, "/?live=0")
    shown(page, 300)
    shape = menu(page)
    for density, height in (("compact", 22), ("roomy", 36), ("normal", 28)):
        shape.get_by_role("button", name=density).click()
        box = rows(page).first.bounding_box()
        assert box is not None
        assert box["height"] == height


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1024, 1440])
def test_any_number_of_columns_is_usable_on_any_screen(
    hosts: Server, open_page: Opener, scheme: str, width: int
) -> None:
    columns = "time,level,app~300,category,context.host.name~300,context.took~300,id~300,message"
    page = open_page(
        hosts, f"/?live=0&columns={columns}&wrap=1", color_scheme=scheme, viewport={"width": width, "height": 800}
    )
    shown(page, 300)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width > 375:
        page.get_by_role("treegrid").evaluate("grid => grid.scrollLeft = grid.scrollWidth")
        head, cell = page.get_by_role("columnheader", name="Message"), rows(page).first.locator(".message")
        expect(cell).to_be_in_viewport()
        places = head.bounding_box(), cell.bounding_box()
        assert places[0] is not None
        assert places[1] is not None
        assert abs(places[0]["x"] - places[1]["x"]) < 1
    assert violations(page) == []
