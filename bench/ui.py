"""The web UI in Chromium, without a screen and rendering in software: what a person would feel, in milliseconds.

The browser may use every core, as it does at home; the server keeps the first core and the sender the last, so on small
machines they are in its way. All figures are the browser's own: paints, long tasks, frames, and its processes' memory.
"""

import gzip
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from bench.bodies import Live, native
from bench.browser import Browser, Page, chromium
from bench.days import write_journal
from bench.process import SERVER, Failed
from bench.report import Report
from bench.search import reindex
from bench.sender import sending
from bench.server import Client, Server, running_server, temporary_folder
from logstream.web import ui as served

ENTRIES: Final = 1_000_000
PER_SECOND: Final = 10_000
MEMORY_PER_SECOND: Final = 2_000
MEGABYTE: Final = 1e6
OPENINGS: Final = 7

WATCH: Final = """
window.tasks = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.tasks.push(entry.duration);
}).observe({ entryTypes: ["longtask"] });
new MutationObserver((_, observer) => {
  if (!document.querySelector("[role=row][data-level]")) return;
  observer.disconnect();
  requestAnimationFrame(() => setTimeout(() => { window.firstRows = performance.now(); }));
}).observe(document, { childList: true, subtree: true });
"""
"""Long tasks (50 ms and more), and the moment after the frame with the first rows."""

SCROLL: Final = """
async ([milliseconds, pixels]) => {
  const list = document.querySelector("[role=treegrid]");
  const frames = [];
  let shown = 0, blank = 0;
  await new Promise((done) => {
    const began = performance.now();
    const frame = (now) => {
      frames.push(now);
      list.scrollTop += pixels;
      shown += document.querySelectorAll("[role=row][data-level]").length > 0 ? 1 : 0;
      if (now - began < milliseconds) requestAnimationFrame(frame);
      else done();
    };
    requestAnimationFrame(frame);
  });
  const gaps = frames.slice(1).map((at, index) => at - frames[index]).sort((a, b) => a - b);
  const seconds = (frames.at(-1) - frames[0]) / 1000;
  return { fps: (frames.length - 1) / seconds, p99: gaps[Math.floor(gaps.length * 0.99)], longest: gaps.at(-1),
    filled: shown / frames.length, rows: (pixels * frames.length) / 28 };
}
"""


def opened(browser: Browser, address: str) -> Page:
    page = browser.open(address, WATCH)
    page.until("window.firstRows !== undefined")
    return page


def following(browser: Browser, server: Server) -> Page:
    """A page with the live list, which has an entry to begin with."""
    client = Client(server.http_port)
    client.request("POST", "/api/logs", bytes(Live(next(native(1)))))
    client.close()
    page = opened(browser, f"{server.url}/?last=15m")
    page.until("document.querySelector('[data-phase=open]') !== null")
    return page


def sizes(report: Report, browser: Browser, server: Server) -> None:
    page = opened(browser, f"{server.url}/?last=all")
    page.until("document.querySelector('[role=slider] canvas') !== null")
    loaded = page.evaluate("performance.getEntriesByType('resource').map((one) => one.name.split('/').at(-1))")
    page.close()
    scripts = {path.name: len(gzip.compress(path.read_bytes(), 9)) for path in (served.BUILT / "assets").glob("*.js")}
    initial = sum(size for name, size in scripts.items() if name in loaded)
    report.add("ui", "JavaScript for the first page, gzipped", initial / 1000, "kB")
    report.add("ui", "JavaScript in all, gzipped", sum(scripts.values()) / 1000, "kB")


def openings(report: Report, browser: Browser, server: Server) -> None:
    times = []
    for _ in range(OPENINGS):
        page = opened(browser, f"{server.url}/?last=all")
        times.append(float(page.evaluate("window.firstRows")))
        page.close()
    times.sort()
    report.add("ui", "first rows on screen, nothing cached", times[len(times) // 2], "ms", longest_ms=times[-1])


def scrolling(report: Report, browser: Browser, server: Server) -> None:
    page = opened(browser, f"{server.url}/?live=0&last=all")
    page.until("document.querySelector('[role=treegrid]').ariaRowCount > 1000")
    milliseconds = report.seconds(15) * 1000
    for name, pixels in (("steadily, 10 rows a frame", 280), ("by the scroll bar, 1,000 rows a frame", 28_000)):
        page.evaluate("document.querySelector('[role=treegrid]').scrollTop = 0")
        time.sleep(1.5)
        page.evaluate("window.tasks.length = 0")
        seen: dict[str, Any] = page.evaluate(f"({SCROLL.strip()})([{milliseconds}, {pixels}])")
        longest = page.evaluate("Math.max(0, ...window.tasks)")
        details = {
            "p99_ms": seen["p99"],
            "longest_ms": seen["longest"],
            "longest_task_ms": longest,
            "rows": seen["rows"],
        }
        report.add("ui", f"scrolling 1,000,000 entries {name}", seen["fps"], "frames/s", **details)
    page.close()


def live(report: Report, browser: Browser, server: Server) -> None:
    page = following(browser, server)
    time.sleep(2)
    page.evaluate("window.tasks.length = 0")
    seconds = report.seconds(60)
    before = seen_by(page)
    with sending(server.http_port, PER_SECOND, 100, seconds) as sender:
        sender.wait(seconds + 60)
        sent = sender.stop()
    time.sleep(1.5)
    tasks = [float(task) for task in page.evaluate("window.tasks")]
    shown = seen_by(page) - before
    details = {"tasks_over_50": float(len(tasks)), "tasks_over_100": float(sum(task > 100 for task in tasks))}
    details |= {"ingested_per_second": sent.per_second, "seen_per_second": shown / sent.seconds}
    report.add("ui", f"live at {PER_SECOND:,} entries/s: longest task", max(tasks, default=0.0), "ms", **details)
    if shown < sent.entries * 0.98:
        report.problem(f"live: {sent.entries:,} entries were accepted, {shown:,} reached the page")
    page.close()


def seen_by(page: Page) -> int:
    """Entries the page was told of since it was opened."""
    page.evaluate("document.querySelector('button[aria-label=Statistics]').click()")
    count = "document.querySelector('section[aria-label=\"This session\"] h3 .font-semibold')"
    page.until(f"{count} !== null")
    total = page.evaluate(f"{count}.innerText")
    page.evaluate("document.querySelector('button[aria-label=Close]').click()")
    page.until(f"{count} === null")
    return int(total.replace(",", ""))


def memory(report: Report, browser: Browser, server: Server) -> None:
    page = following(browser, server)
    heaps: list[float] = []
    resident: list[float] = []
    minutes = 10 * report.scale
    with sending(server.http_port, MEMORY_PER_SECOND, 100, minutes * 60) as sender:
        end = time.monotonic() + minutes * 60
        time.sleep(min(60.0, minutes * 6))
        while time.monotonic() < end - 1:
            page.call("HeapProfiler.collectGarbage")
            heaps.append(float(page.evaluate("performance.memory.usedJSHeapSize")) / MEGABYTE)
            resident.append(renderers())
            report.console.print(f"heap {heaps[-1]:.1f} MB, renderer {resident[-1]:.0f} MB", highlight=False)
            time.sleep(min(30.0, max(0.0, end - time.monotonic())))
        sender.wait(60)
        sender.stop()
    third = max(1, len(heaps) // 3)
    growth = sum(heaps[-third:]) / third - sum(heaps[:third]) / third
    details = {"first": heaps[0], "last": heaps[-1], "most": max(heaps)}
    details |= {"renderer_first": resident[0], "renderer_last": resident[-1], "renderer_most": max(resident)}
    report.add("ui", f"live for {minutes:.0f} min: growth of the heap", growth, "MB", **details)
    page.close()


def renderers() -> float:
    """The memory of the largest renderer, in MB: the page with its worker."""
    most = 0.0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            if b"--type=renderer" in status.with_name("cmdline").read_bytes():
                lines = status.read_text().splitlines()
                most = max(most, next(int(line.split()[1]) / 1000 for line in lines if line.startswith("VmRSS")))
        except (OSError, StopIteration):
            continue
    return most


def web_ui(report: Report) -> None:
    if not (served.BUILT / "index.html").exists():
        raise Failed("the web UI is not built: make install")
    with temporary_folder() as folder:
        count = report.count(ENTRIES)
        with report.working(f"writing {count:,} entries"):
            midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
            journal = write_journal(folder, count, midnight - timedelta(days=1))
        with running_server(folder, SERVER) as server, chromium() as browser:
            with report.working("indexing"):
                reindex(Report(report.scale), server, journal).close()
            for measurement in (sizes, openings, scrolling, live, memory):
                if measurement.__name__ in os.environ.get("BENCH_UI_SKIP", "").split():
                    continue
                with report.working(measurement.__name__):
                    measurement(report, browser, server)
