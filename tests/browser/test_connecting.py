"""Settings and keys, other servers, and what the original page had."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.plain_server import plain_server
from tests.browser.screen import Opener, live, messages, row, search, shown
from tests.browser.stored import entry, generated, store
from tests.cluster.wire import Wire
from tests.database import MariaDb
from tests.harness import Server, eventually, running
from tests.nats_cluster import NatsCluster
from tests.proxies import BELOW, proxy

KEY = {"UI_SECRET": "read key"}


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Server]:
    """A server that requires a read key."""
    with running(tmp_path / "locked", **KEY) as started:
        store(started, [entry("behind the key")])
        yield started


def test_open_reading_just_works(server: Server, open_page: Opener) -> None:
    page = open_page(server)
    expect(page.get_by_role("region", name="Send something")).to_be_visible()
    live(page)
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.evaluate("localStorage.getItem('logservice:config')") is None


def test_a_server_that_is_open_to_other_machines_says_so(tmp_path: Path, open_page: Opener) -> None:
    with running(tmp_path / "open", HOST="0.0.0.0", API_SECRET="write key") as server:
        page = open_page(server)
        warning = page.get_by_role("status").filter(has_text="UI_SECRET is not set: anyone who can reach")
        expect(warning).to_be_visible()
        expect(page.get_by_text("API_SECRET is not set")).to_have_count(0)
        warning.get_by_role("button", name="Dismiss").click()
        expect(warning).to_have_count(0)


def test_a_node_of_a_cluster_says_which_it_is_and_why_it_can_not_search(
    mariadb: MariaDb, nats_cluster: NatsCluster, tmp_path: Path, open_page: Opener
) -> None:
    with mariadb.database() as database, Wire(mariadb.port) as wire:
        settings = {**database, **nats_cluster.settings(), "DB_PORT": str(wire.port)}
        with running(tmp_path / "node", **settings) as server:
            page = open_page(server, refused=(503,))
            live(page)
            expect(page.locator('[aria-label="Connection"]')).to_contain_text(f":{server.http_port}")
            wire.cut()
            eventually(lambda: server.get("/api/health").json()["status"] == "degraded", "the database to be missed")
            page.reload()
            said = page.get_by_role("status").filter(has_text="entries wait in the stream")
            expect(said).to_be_visible()
            wire.mend()
            expect(said).to_have_count(0, timeout=20_000)


def test_below_a_path_behind_nginx_the_page_works_as_at_the_root(tmp_path: Path, open_page: Opener) -> None:
    sockets: list[str] = []
    with (
        running(tmp_path / "server", BASE_PATH=BELOW, **KEY) as server,
        proxy("nginx", server, tmp_path / "nginx", f"{BELOW}/") as url,
    ):
        page = open_page(url, config='{"uiSecret":"read key"}', ignore_https_errors=True)
        page.on("websocket", lambda socket: sockets.append(socket.url))
        live(page)
        store(server, [entry("seen through nginx")])
        expect(row(page, "seen through nginx")).to_be_visible()
        page.reload()
        expect(row(page, "seen through nginx")).to_be_visible()
        live(page)
        page.get_by_role("button", name="Statistics").click()  # a part of the page that is loaded only now
        expect(page.get_by_role("dialog", name="Statistics").get_by_text("Matches by level")).to_be_visible()
        assert page.url.startswith(f"{url}/?")
    assert {address.partition("?")[0] for address in sockets} == {f"wss{url.removeprefix('https')}/ws"}


def test_a_read_key_is_asked_for_once(locked: Server, open_page: Opener) -> None:
    page = open_page(locked, refused=(401,))
    dialog = page.get_by_role("dialog", name="Settings")
    expect(dialog.get_by_role("alert")).to_contain_text("requires a read key")
    expect(dialog.get_by_label("Read key")).to_be_focused()
    dialog.get_by_label("Read key").fill("read key")
    dialog.get_by_role("button", name="Connect", exact=True).click()
    expect(row(page, "behind the key")).to_be_visible()
    live(page)
    stored = page.evaluate("JSON.parse(localStorage.getItem('logservice:config')).uiSecret")
    assert stored == "read key"
    page.reload()
    expect(row(page, "behind the key")).to_be_visible()
    expect(dialog).to_have_count(0)


def test_a_rejected_key_opens_the_settings_and_does_not_loop(locked: Server, open_page: Opener) -> None:
    sockets: list[str] = []
    page = open_page(locked, "/?live=0", config='{"uiSecret":"wrong"}', refused=(401,))
    page.on("websocket", lambda socket: sockets.append(socket.url))
    dialog = page.get_by_role("dialog", name="Settings")
    expect(dialog.get_by_role("alert")).to_contain_text("rejected the read key")
    dialog.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Go live").click()
    expect(page.locator('[aria-label="Connection"]')).to_have_attribute("data-phase", "rejected")
    tried = len(sockets)
    assert tried <= 3
    page.wait_for_timeout(2500)  # longer than the first three waits of the back-off
    assert len(sockets) == tried
    dialog.get_by_label("Read key").fill("read key")
    dialog.get_by_role("button", name="Connect", exact=True).click()
    expect(row(page, "behind the key")).to_be_visible()
    live(page)


def test_export_with_a_key_keeps_it_out_of_addresses(locked: Server, open_page: Opener) -> None:
    page = open_page(locked, config='{"uiSecret":"read key"}')
    expect(row(page, "behind the key")).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
        page.get_by_role("button", name=re.compile("^NDJSON")).click()
    assert download.value.path().read_text().count("behind the key") == 1
    assert not any("read%20key" in url or "read+key" in url or "token" in url for url in asked)


def test_disconnecting_forgets_the_key(locked: Server, open_page: Opener) -> None:
    page = open_page(locked, refused=(401,))
    page.get_by_label("Read key").fill("read key")
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(row(page, "behind the key")).to_be_visible()
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_role("dialog", name="Settings").get_by_role("alert")).to_contain_text("requires a read key")
    assert page.evaluate("JSON.parse(localStorage.getItem('logservice:config')).uiSecret") == ""


def test_another_server_is_used_by_its_addresses(server: Server, locked: Server, open_page: Opener) -> None:
    page = open_page(server)
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("button", name="Use another server").click()
    page.get_by_label("API URL").fill(locked.url)
    page.get_by_label("WebSocket URL").fill(locked.ws_url)
    page.get_by_label("Read key").fill("read key")
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(row(page, "behind the key")).to_be_visible()
    live(page)
    store(locked, [entry("arrived elsewhere")])
    expect(row(page, "arrived elsewhere")).to_be_visible()


def test_a_server_without_our_endpoints_is_used_as_far_as_it_goes(
    server: Server, open_page: Opener, tmp_path: Path
) -> None:
    store(server, list(generated(50)))
    with plain_server(server) as url:
        config = f'{{"apiUrl":"{url}","wsUrl":"{server.ws_url}"}}'
        page = open_page(server, config=config, refused=(404,))
        shown(page)
        live(page)
        expect(page.get_by_role("button", name="Export")).to_have_count(0)
        expect(page.get_by_role("slider", name=re.compile("^Entries over time"))).to_have_count(0)
        expect(page.get_by_role("textbox", name="Application")).to_be_visible()
        search(page, "line 4")
        page.wait_for_url("**search=line+4**")
        expect(row(page, "generated line 49")).to_be_visible()
        assert all("line 4" in text for text in messages(page))
        store(server, [entry("no"), entry("a new line 4")])
        expect(row(page, "a new line 4")).to_be_visible()
        assert "no" not in messages(page)


def test_an_unreachable_server_is_named_with_a_way_to_try_again(server: Server, open_page: Opener) -> None:
    page = open_page(server, "/?live=0")
    page.wait_for_load_state("networkidle")  # the page's own parts have come
    page.context.set_offline(True)
    search(page, "x")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Can't reach the server")
    page.context.set_offline(False)
    store(server, [entry("x is here")])
    page.get_by_role("button", name="Last hour").click()
    page.get_by_role("button", name="Last 5 minutes").click()
    expect(row(page, "x is here")).to_be_visible()
    expect(alert).to_have_count(0)


def test_viewers_are_counted(server: Server, open_page: Opener) -> None:
    first = open_page(server)
    expect(first.locator('[aria-label="Connection"]')).to_contain_text("1 viewer")
    second = open_page(server)
    expect(second.locator('[aria-label="Connection"]')).to_contain_text("2 viewers")


def test_statistics_of_what_matches_and_of_the_session(server: Server, open_page: Opener) -> None:
    store(server, list(generated(100)))
    page = open_page(server)
    live(page)
    store(server, [entry("seen", level="error"), entry("seen", level="error"), entry("seen")])
    page.get_by_role("button", name="Statistics").click()
    page.wait_for_url("**panel=statistics**")
    session = page.get_by_role("region", name="This session")
    expect(session).to_contain_text(re.compile(r"error\s*2"))
    expect(session).to_contain_text(re.compile(r"info\s*1"))
    page.get_by_role("region", name="Top applications").get_by_role("button", name="billing-api").click()
    expect(page.get_by_role("region", name="Matches by level")).to_contain_text("33")


def test_the_skeleton_gives_way_to_rows(server: Server, open_page: Opener) -> None:
    store(server, [entry("there")])
    page = open_page(server, "/?live=0")
    shown(page, 1)
    expect(page.get_by_role("status", name="Loading")).to_have_count(0)
