"""A real browser (Debian's Chromium) in front of real servers.

Playwright's own pytest plugin keeps an event loop running in the main thread until the session ends, which
`asyncio.run` in other tests can't bear; these fixtures end it with this folder's tests.
"""

from collections.abc import Generator, Iterator

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.browser.incident import incident
from tests.browser.screen import CHROMIUM, Opened, Opener
from tests.browser.stored import fill, store
from tests.harness import Server, running


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    open_page = getattr(item, "funcargs", {}).get("open_page")
    if report.failed and call.when == "call" and open_page is not None:
        report.sections.append(("what is on the pages", open_page.__self__.described()))
    return report


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
    yield started
    started.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Opener]:
    """Opens pages, and at the end looks at what they did: nothing went elsewhere, and the browser had no complaint."""
    opened = Opened(browser)
    yield opened.open
    opened.close()


@pytest.fixture(scope="package")
def full_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with real and generated logs, which tests only read."""
    with running(tmp_path_factory.mktemp("full")) as server:
        fill(server)
        yield server


@pytest.fixture(scope="package")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with an incident in it, which tests only read."""
    with running(tmp_path_factory.mktemp("shop")) as server:
        store(server, list(incident(per_minute=12)))
        yield server
