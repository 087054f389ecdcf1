"""Chromium over its DevTools protocol, and nothing of it that is not asked for.

Playwright hears of every frame of a WebSocket; at 10,000 entries/s that is more work than the page has. Commands and
events: https://chromedevtools.github.io/devtools-protocol/.
"""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from websockets.sync.client import ClientConnection, connect

from bench.process import CLIENT, CORES, Failed

CHROMIUM: Final = "/usr/bin/chromium"
PATIENCE: Final = 60
SIZE: Final = {"width": 1440, "height": 900, "deviceScaleFactor": 1, "mobile": False}


class Browser:
    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._number = 0

    def call(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        """A command's result; what else the browser says meanwhile is passed over."""
        self._number += 1
        command = {"id": self._number, "method": method, "params": params}
        self._connection.send(json.dumps(command if session is None else command | {"sessionId": session}))
        while True:
            answer = json.loads(self._connection.recv(PATIENCE * 20))
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise Failed(f"{method}: {answer['error']['message']}")
                result: dict[str, Any] = answer["result"]
                return result

    def open(self, address: str, script: str = "") -> "Page":
        """A page of a new profile; `script` runs in it before its own."""
        context = self.call("Target.createBrowserContext")["browserContextId"]
        target = self.call("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session, context)
        page.call("Emulation.setDeviceMetricsOverride", **SIZE)
        page.call("Page.enable")
        page.call("Page.addScriptToEvaluateOnNewDocument", source=script)
        page.call("Page.navigate", url=address)
        return page


class Page:
    def __init__(self, browser: Browser, session: str, context: str) -> None:
        self._browser = browser
        self._session = session
        self._context = context

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        return self._browser.call(method, self._session, **params)

    def evaluate(self, expression: str) -> Any:
        """The value of an expression, awaited if it is a promise. Raises Failed with what it throws."""
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise Failed(f"{expression}: {answer['exceptionDetails'].get('exception', {}).get('description')}")
        return answer["result"].get("value")

    def until(self, expression: str) -> None:
        """Wait until this holds."""
        end = time.monotonic() + PATIENCE
        while not self.evaluate(expression):
            if time.monotonic() > end:
                raise Failed(f"the page does not come so far that {expression}")
            time.sleep(0.05)

    def close(self) -> None:
        self._browser.call("Target.disposeBrowserContext", browserContextId=self._context)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a screen, on every core."""
    os.sched_setaffinity(0, CORES)  # what is started from here on inherits it
    with tempfile.TemporaryDirectory(prefix="logstream-bench-", ignore_cleanup_errors=True) as profile:
        flags = ["--no-sandbox", "--no-first-run", "--disable-background-networking", "--disable-component-update"]
        flags += ["--enable-precise-memory-info", "--remote-debugging-port=0", f"--user-data-dir={profile}"]
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen([CHROMIUM, "--headless=new", *flags, "about:blank"], **silent)  # type: ignore[call-overload]
        try:
            with connect(address(process, Path(profile)), max_size=None, ping_interval=None) as connection:
                yield Browser(connection)
        finally:
            process.terminate()
            process.wait(PATIENCE)
            os.sched_setaffinity(0, CLIENT)


def address(process: "subprocess.Popen[bytes]", profile: Path) -> str:
    """Where the browser listens, which it writes into its profile."""
    end = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < end:
        lines = (
            (profile / "DevToolsActivePort").read_text().split() if (profile / "DevToolsActivePort").exists() else []
        )
        if len(lines) == 2:
            return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
        time.sleep(0.05)
    raise Failed(f"{CHROMIUM} does not start")
