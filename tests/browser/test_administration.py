"""Clients and retention, where the server has them."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.screen import Opener, press
from tests.browser.test_accessible import violations
from tests.database import MariaDb
from tests.harness import Server, running

ADMIN_KEY = "admin key"
CONFIG = f'{{"adminSecret":"{ADMIN_KEY}"}}'


@pytest.fixture
def managed(mariadb: MariaDb, tmp_path: Path) -> Iterator[Server]:
    """A server with client management and retention, and an admin key."""
    with mariadb.database() as settings, running(tmp_path / "managed", **settings, ADMIN_SECRET=ADMIN_KEY) as started:
        started.admin_headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
        yield started


def confirm(page: Page, action: str) -> None:
    page.get_by_role("alertdialog").get_by_role("button", name=action).click()
    expect(page.get_by_role("alertdialog")).to_have_count(0)


def create(page: Page, name: str) -> str:
    page.get_by_role("button", name="New client").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Create").click()
    token = page.get_by_test_id("token").inner_text()
    page.get_by_role("button", name="Done").click()
    return token


def test_the_pages_are_offered_only_where_the_server_has_them(
    server: Server, open_page: Opener, managed: Server
) -> None:
    page = open_page(server, "/?live=0")
    pages = page.get_by_role("navigation", name="Pages")
    expect(pages.get_by_role("button", name="Retention")).to_be_visible()
    expect(pages.get_by_role("button", name="Clients")).to_have_count(0)
    page = open_page(managed, "/?live=0", config=CONFIG)
    page.get_by_role("navigation", name="Pages").get_by_role("button", name="Clients").click()
    expect(page.get_by_role("heading", name="Clients", exact=True)).to_be_visible()
    page.go_back()
    expect(page.get_by_role("combobox", name="Search")).to_be_visible()


def test_the_admin_key_is_asked_for(open_page: Opener, managed: Server) -> None:
    page = open_page(managed, "/?page=clients", refused=(401,))
    dialog = page.get_by_role("dialog", name="Settings")
    expect(dialog.get_by_role("alert")).to_contain_text("admin key")
    expect(dialog.get_by_label("Admin key")).to_be_focused()
    dialog.get_by_label("Admin key").fill(ADMIN_KEY)
    dialog.get_by_role("button", name="Connect", exact=True).click()
    expect(page.get_by_text("No clients yet")).to_be_visible()


def test_a_client_is_created_renamed_turned_off_and_deleted(open_page: Opener, managed: Server) -> None:
    page = open_page(managed, "/?page=clients", config=CONFIG)
    page.get_by_role("button", name="New client").click()
    page.get_by_label("Name", exact=True).fill("Billing API")
    expect(page.get_by_label("Key", exact=True)).to_have_value("billing-api")
    page.get_by_role("button", name="Create").click()
    token = page.get_by_test_id("token").inner_text()
    page.get_by_role("button", name="Copy", exact=True).click()
    assert page.evaluate("navigator.clipboard.readText()") == token
    page.get_by_role("button", name="Done").click()
    assert token not in page.content()
    headers = {"X-Api-Key": "billing-api", "X-Api-Token": token}
    for _ in range(12):
        stored = managed.request("POST", "/api/logs", json={"app_id": "x"}, headers=headers)
        assert stored.status_code == 201
    line = page.get_by_role("row").filter(has_text="billing-api")
    line.get_by_role("switch").click()
    expect(line.get_by_role("switch")).to_have_attribute("aria-checked", "false")
    line.get_by_role("button", name="Rename").click()
    page.get_by_label("Name", exact=True).fill("Billing")
    page.get_by_role("dialog").get_by_role("button", name="Rename").click()
    expect(line).to_contain_text("Billing")
    line.get_by_role("button", name="Delete").click()
    confirm(page, "Delete client and entries")
    expect(line).to_have_count(0)
    expect(page.get_by_text("deleted, with 12 entries")).to_be_visible()


def test_a_key_that_is_taken_is_said_so(open_page: Opener, managed: Server) -> None:
    page = open_page(managed, "/?page=clients", config=CONFIG, refused=(409,))
    create(page, "Shop")
    page.get_by_role("button", name="New client").click()
    page.get_by_label("Name", exact=True).fill("shop")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("already exists")


def test_a_new_token_is_made_after_a_question(open_page: Opener, managed: Server) -> None:
    page = open_page(managed, "/?page=clients", config=CONFIG)
    first = create(page, "Shop")
    page.get_by_role("button", name="New token for Shop").click()
    confirm(page, "Create new token")
    assert page.get_by_test_id("token").inner_text() != first


def test_policies_are_written_tried_run_and_deleted(open_page: Opener, managed: Server) -> None:
    old = (datetime.now(UTC) - timedelta(days=10)).isoformat()
    logs = [{"level": "debug", "timestamp": old} for _ in range(7)] + [{"level": "debug"}, {"timestamp": old}]
    assert managed.post({"app_key": "shop", "app_id": "x", "logs": logs}).json()["saved"] == 9
    page = open_page(managed, "/?page=retention", config=CONFIG)
    expect(page.get_by_text("everything is kept")).to_be_visible()
    page.get_by_role("button", name="New policy").click()
    page.get_by_label("Name", exact=True).fill("old debug")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("Without a criterion")
    page.get_by_label("Older than (days)").fill("30")
    page.get_by_label("Level").select_option("debug")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("older than 30 days, level debug")).to_be_visible()
    page.get_by_role("button", name="Edit old debug").click()
    page.get_by_label("Older than (days)").fill("7")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("older than 7 days, level debug")).to_be_visible()
    page.get_by_role("button", name="Dry run of old debug").click()
    expect(page.get_by_role("status", name="Dry run")).to_contain_text("nothing was deleted")
    expect(page.get_by_role("status", name="Dry run").get_by_text("7 would be deleted")).to_be_visible()
    page.get_by_role("button", name="Run all").click()
    confirm(page, "Delete entries")
    past = page.get_by_role("region", name="Past runs")
    expect(past.get_by_text("removed 7 entries").first).to_be_visible()
    expect(past.get_by_text("7 deleted")).to_be_visible()
    page.get_by_role("button", name="Delete old debug").click()
    confirm(page, "Delete policy")
    expect(page.get_by_text("everything is kept")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(open_page: Opener, managed: Server, scheme: str) -> None:
    page = open_page(managed, "/?page=clients", config=CONFIG, color_scheme=scheme)
    create(page, "Shop")
    expect(page.get_by_role("switch")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Delete Shop").click()
    expect(page.get_by_role("alertdialog")).to_be_visible()
    assert violations(page) == []
    press(page, "Escape")
    page.get_by_role("navigation", name="Pages").get_by_role("button", name="Retention").click()
    page.get_by_role("button", name="New policy").click()
    assert violations(page) == []
    page.get_by_label("Name", exact=True).fill("old")
    page.get_by_label("Older than (days)").fill("30")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name=re.compile("^Dry run$")).click()
    expect(page.get_by_text("nothing was deleted")).to_be_visible()
    assert violations(page) == []
