"""Behind nginx and Caddy, at the root of a host or below a path, everything works as it does without a proxy."""

import asyncio
import contextlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest
import yaml
from websockets.asyncio.client import ClientConnection, connect

from logstream.receivers.table import FORMATS
from logstream.settings import OWN_PATHS
from logstream.web.app import routes
from tests.harness import WAIT, Server, running
from tests.proxies import BELOW, UNCHECKED, proxy
from tests.test_documentation import Anything

KEYS = {"API_SECRET": "write key", "UI_SECRET": "zebra", "WS_PORT": "0"}
WRITE = {"Authorization": "Bearer write key"}
READ = {"Authorization": "Bearer zebra"}


@pytest.fixture(scope="module")
def below(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("below"), BASE_PATH=BELOW, **KEYS) as started:
        yield started


@pytest.fixture(
    scope="module",
    params=["nginx", "Caddy", "nginx below", "Caddy below", "nginx stripping", "Caddy stripping", "no proxy", "below"],
)
def url(request: pytest.FixtureRequest, below: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the server is: behind a proxy at the root, or below a path that it passes on or strips; or directly."""
    name, _, where = request.param.partition(" ")
    if name in ("nginx", "Caddy"):
        folder = tmp_path_factory.mktemp("proxy") / name
        with proxy(name, below, folder, f"{BELOW}/" if where else "/", stripping=where == "stripping") as started:
            yield started
    else:
        yield below.url + (BELOW if name == "below" else "")


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with httpx.Client(verify=UNCHECKED, timeout=WAIT) as opened:
        yield opened


def own_addresses(answer: httpx.Response) -> list[str]:
    addresses = re.findall(r'(?:src|href)="([^"]+)"', answer.text)
    assert len(addresses) >= 3
    return [urljoin(str(answer.url), address) for address in addresses]


def test_pages_load_what_they_need(url: str, client: httpx.Client) -> None:
    for path in ("/", "/docs"):
        page = client.get(url + path)
        assert page.status_code == 200
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        for address in own_addresses(page):
            assert client.get(address).status_code == 200, address
    description = client.get(f"{url}/openapi.yaml")
    (described,) = yaml.safe_load(description.text)["servers"]
    server = urljoin(str(description.url), described["url"]).rstrip("/")
    assert client.get(f"{server}/api/health").json()["status"] == "ok"


def test_the_prefix_alone_leads_to_the_page(url: str, client: httpx.Client) -> None:
    page = client.get(url, follow_redirects=True)
    assert page.status_code == 200
    assert 'id="root"' in page.text
    assert all(client.get(address).status_code == 200 for address in own_addresses(page))


@contextlib.contextmanager
def viewing(url: str) -> Iterator[Callable[[], Any]]:
    """A viewer on a WebSocket; gives what returns its next message.

    In one thread: OpenSSL breaks a connection, once in a while, on which one thread reads while another writes.
    """
    with asyncio.Runner() as runner:

        async def opened() -> ClientConnection:
            return await connect("ws" + url.removeprefix("http"), ssl=UNCHECKED if url.startswith("https") else None)

        async def received() -> Any:
            async with asyncio.timeout(WAIT):
                return json.loads(await viewer.recv())

        viewer = runner.run(opened())
        yield lambda: runner.run(received())
        runner.run(viewer.close())


def test_entries_are_sent_seen_live_and_found(url: str, client: httpx.Client) -> None:
    with (
        viewing(f"{url}/ws?token=zebra") as received,
        client.stream("GET", f"{url}/api/logs/stream", headers=READ) as stream,
    ):
        events = stream.iter_lines()
        assert "event: connected" in (next(events), next(events))
        assert received()["type"] == "connected"
        sent = client.post(f"{url}/api/logs", json={"app_key": "shop", "app_id": "x", "message": url}, headers=WRITE)
        (entry,) = sent.json()["entries"]
        assert received() == {"type": "log", "data": entry}
        assert next(line for line in events if line.startswith("id: ")) == f"id: {entry['id']}"
    found = client.get(f"{url}/api/logs", params={"q": f'"{url}"', "limit": 1}, headers=READ).json()
    assert found["entries"] == [entry]
    assert client.get(f"{url}/metrics", headers=READ).text.startswith("# HELP")


def test_other_senders_are_received(url: str, client: httpx.Client) -> None:
    gelf = {"version": "1.1", "host": "web-1", "short_message": f"gelf by {url}", "_app_key": "shop"}
    sent = client.post(f"{url}/gelf?app_key=shop&app_id=x", json=gelf, headers=WRITE)
    assert sent.status_code == 202
    found = client.get(f"{url}/api/logs", params={"search": f"gelf by {url}"}, headers=READ).json()
    assert found["total"] == 1


def test_a_request_that_is_too_large_is_refused_in_our_form(url: str, client: httpx.Client) -> None:
    answer = client.post(f"{url}/api/logs", content=b" " * 5_000_000, headers=WRITE)
    assert answer.status_code == 413
    assert answer.json()["error"] == "Request body too large"


def test_keys_stay_out_of_the_logs_of_the_proxies(below: Server, tmp_path: Path) -> None:
    for name in ("nginx", "Caddy"):
        with proxy(name, below, tmp_path / name) as address:
            assert httpx.get(f"{address}/api/logs?token=zebra", verify=UNCHECKED).status_code == 200
        logged = "".join(path.read_text() for path in (tmp_path / name).glob("*.log"))
        assert "/api/logs" in logged
        assert "zebra" not in logged


def test_only_the_whole_prefix_is_taken_off(below: Server) -> None:
    for path in ("/logsx/api/health", "/LOGS/api/health", "/logs/logs/api/health", "//logs/api/health"):
        assert below.get(path).status_code == 404, path
    assert below.get("/logs/api/health/").status_code == 200


def test_no_prefix_hides_a_path_of_the_server() -> None:
    paths = {route.path for route in routes(Anything())} | {path for row in FORMATS for path in row.paths}
    begins = {path.split("/")[1] for path in paths}
    assert {name for name in begins if name and name[0] not in "_{"} <= set(OWN_PATHS)
