"""The web UI in Chromium: how soon it shows entries, how it keeps up with live ones, scrolls, and holds its memory.

The server has one core, the sender and the browser share the other: a person's machine does better. Frames are those of
headless Chromium, which draws in software, 60 a second at most.
"""

import gzip
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page, sync_playwright

from bench.entries import write_journal
from bench.report import Report
from bench.search import DAYS, ENTRIES, UNTIL, reindex
from bench.sender import sending
from bench.server import SERVER, Server, running_server, temporary_folder

ASSETS: Final = Path(__file__).parents[1] / "src/logstream/web/assets/ui"
CHROMIUM: Final = "/usr/bin/chromium"
ROW: Final = '[role="row"][data-level]'
LIVE_RATE: Final = 10_000
LOADS: Final = 9

_WATCH_TASKS: Final = """() => {
    window.tasks = [];
    new PerformanceObserver(list => window.tasks.push(...list.getEntries().map(entry => entry.duration)))
        .observe({type: "longtask"});
}"""

_SCROLL: Final = """async () => {
    const row = document.querySelector('[role="row"][data-level]');
    let list = row.parentElement;
    while (list && list.scrollHeight <= list.clientHeight + 1000) list = list.parentElement;
    const frames = [];
    let last = performance.now();
    const end = last + 10000;
    while (last < end) {
        list.scrollTop += 90;
        await new Promise(requestAnimationFrame);
        const now = performance.now();
        frames.push(now - last);
        last = now;
    }
    return {height: list.scrollHeight, frames};
}"""


def ui(report: Report) -> None:
    size_of_scripts(report)
    with temporary_folder() as folder:
        count = report.count(ENTRIES)
        with report.working(f"writing {count:,} entries"):
            journal = write_journal(folder, count, UNTIL, DAYS)
        with running_server(folder, SERVER) as server:
            with report.working("indexing"):
                reindex(Report(report.scale), server, journal).close()
            with browser() as chromium:
                first_rows(report, chromium, server)
                scrolling(report, chromium, server)
    with temporary_folder() as folder, running_server(folder, SERVER) as server, browser() as chromium:
        live(report, chromium, server)


@contextmanager
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--enable-precise-memory-info"]
        )
        try:
            yield started
        finally:
            started.close()


def size_of_scripts(report: Report) -> None:
    sizes = {path.name: len(gzip.compress(path.read_bytes(), 9)) for path in (ASSETS / "assets").glob("*.js")}
    page = (ASSETS / "index.html").read_text()
    first = sum(size for name, size in sizes.items() if name in page)
    report.add("ui", "JavaScript, all of it, gzipped", sum(sizes.values()) / 1000, "kB", at_start_kb=first / 1000)


def opened(chromium: Browser, server: Server, path: str) -> Page:
    page = chromium.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.add_init_script(f"({_WATCH_TASKS})()")
    page.goto(server.url + path)
    page.locator(ROW).first.wait_for(timeout=30_000)
    return page


def first_rows(report: Report, chromium: Browser, server: Server) -> None:
    times = []
    for _ in range(LOADS):
        began = time.perf_counter()
        page = opened(chromium, server, "/?last=all")
        times.append((time.perf_counter() - began) * 1000)
        page.context.close()
    report.add("ui", "first rows on screen, nothing cached", sorted(times)[LOADS // 2], "ms", p99_ms=max(times))


def scrolling(report: Report, chromium: Browser, server: Server) -> None:
    page = opened(chromium, server, "/?last=all&live=0")
    page.wait_for_timeout(1000)
    measured: dict[str, Any] = page.evaluate(_SCROLL)
    frames = sorted(measured["frames"])
    report.add(
        "ui",
        "scrolling a million entries",
        1000 * len(frames) / sum(frames),
        "frames/s",
        p99_ms=frames[int(len(frames) * 0.99)],
    )
    page.context.close()


def live(report: Report, chromium: Browser, server: Server) -> None:
    seconds = report.seconds(60)
    page = chromium.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.add_init_script(f"({_WATCH_TASKS})()")
    page.goto(server.url + "/")
    session = page.context.new_cdp_session(page)

    def heap() -> float:
        session.send("HeapProfiler.collectGarbage")
        return float(session.send("Runtime.getHeapUsage")["usedSize"]) / 1e6

    with sending(server.http_port, per_second=LIVE_RATE, batch=100, seconds=seconds) as sender:
        page.locator(ROW).first.wait_for(timeout=30_000)
        page.wait_for_timeout(5000)
        page.evaluate("window.tasks.length = 0")
        sender.wait(seconds + 60)
    tasks = page.evaluate("window.tasks")
    report.add("ui", "10,000 entries/s live: longest task", max(tasks, default=0.0), "ms", over_50=float(len(tasks)))
    length = report.seconds(600)
    with sending(server.http_port, per_second=LIVE_RATE / 5, batch=100, seconds=length) as sender:
        page.wait_for_timeout(length * 100)
        before = heap()
        sender.wait(length + 60)
    report.add("ui", "2,000 entries/s live: growth of the heap", heap() - before, "MB", seconds=length, heap_mb=before)
    page.context.close()
