"""The page as a person meets it: opened, looked at, and checked for what no page may do."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Frame, Locator, Page, Request, Response, expect
from playwright.sync_api import Error as PlaywrightError

from tests.harness import Server, eventually

CHROMIUM = "/usr/bin/chromium-headless-shell"
WAIT = 30_000
EXPECTED = re.compile(r"Failed to load resource|WebSocket connection|ERR_CONNECTION|ERR_INCOMPLETE|ERR_EMPTY")
"""What the browser says by itself about an answer that is no success, or a connection that is lost."""

Opener = Callable[..., Page]
Screen = Page | Frame
"""The whole window, or a side of it."""
expect.set_options(timeout=WAIT)


class Opened:
    """The pages of one test."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self.complaints: list[str] = []
        self._hosts: set[str] = set()
        self._asked: set[str] = set()
        self._unanswered: list[Request] = []

    def open(
        self,
        server: Server | str,
        path: str = "/",
        *,
        config: str | None = None,
        refused: tuple[int, ...] = (),
        **options: Any,
    ) -> Page:
        """A page of a new browser profile.

        `config` is what it has stored under logservice:config, `refused` which errors a server may answer it with.
        """
        url = server if isinstance(server, str) else server.url
        context = self._browser.new_context(
            **{"viewport": {"width": 1440, "height": 900}, "timezone_id": "UTC", "locale": "en-GB", **options}
        )
        context.set_default_timeout(WAIT)
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=url)
        self._contexts.append(context)
        page = context.new_page()
        if config is not None:
            page.add_init_script(
                f"localStorage.getItem('logservice:config') ?? localStorage.setItem('logservice:config', {config!r})"
            )
        self._hosts.add(urlsplit(url).netloc)
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._requested)
        page.on("requestfinished", lambda request: self._unanswered.remove(request))
        page.on("requestfailed", lambda request: self._unanswered.remove(request))
        page.on("response", lambda response: self._answered(response, refused))
        page.goto(url + path)
        return page

    def allow(self, *urls: str) -> None:
        self._hosts.update(urlsplit(url).netloc for url in urls)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not EXPECTED.search(message.text):
            self.complaints.append(message.text)

    def _requested(self, request: Request) -> None:
        self._unanswered.append(request)
        if not request.url.startswith(("blob:", "data:")):
            self._asked.add(urlsplit(request.url).netloc)

    def _answered(self, response: Response, refused: tuple[int, ...]) -> None:
        if response.status >= 400 and response.status not in refused:
            self.complaints.append(f"{response.status} for {response.url}")

    def described(self) -> str:
        """What is on the pages now, for whoever wonders why a test failed."""
        said = [f"no answer yet: {request.method} {request.url}" for request in self._unanswered]
        for context in self._contexts:
            for page in context.pages:
                try:
                    said += [page.url, page.locator("body").inner_text(timeout=3000)[:3000]]
                except PlaywrightError as error:
                    said.append(f"can't be read: {error}")
        return "\n".join(said)

    def close(self) -> None:
        for context in self._contexts:
            context.close()
        assert self.complaints == [], "\n".join(self.complaints)
        assert self._asked <= self._hosts | {host for host in self._asked if host.startswith("127.0.0.1:")}


def address(page: Page) -> dict[str, list[str]]:
    """What the page's address says."""
    return parse_qs(urlsplit(page.url).query)


def rows(page: Screen) -> Locator:
    """The lines of entries on screen."""
    return page.locator('[role="row"][data-level]')


def messages(page: Screen) -> list[str]:
    return rows(page).locator(".message").all_inner_texts()


def row(page: Screen, text: str) -> Locator:
    return rows(page).filter(has_text=text).first


def live(page: Screen) -> None:
    """Wait until entries would be seen as they arrive."""
    expect(page.locator('[aria-label="Connection"]')).to_have_attribute("data-phase", "open")


def shown(page: Screen, count: int | None = None) -> None:
    """Wait until entries are on screen, and as many as are said to match."""
    expect(rows(page).first).to_be_visible()
    if count is not None:
        expect(page.get_by_test_id("total")).to_have_text(re.compile(rf"^{count:,} match"))


def search(page: Screen, text: str) -> None:
    box = page.get_by_role("combobox", name="Search")
    box.fill(text)
    box.press("Enter")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def until(page: Page, expression: str) -> None:
    """Wait until this holds in the page, whose policy forbids Playwright's own way of waiting."""
    eventually(lambda: page.evaluate(expression), expression, WAIT / 1000)
