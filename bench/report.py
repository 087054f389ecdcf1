"""What was measured, on what, beside what is aimed for and what a peer does: a table for people, JSON for programs."""

import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from bench.peer import NOT_SYNCED
from bench.process import CORES

TARGETS: Final[dict[str, float]] = {
    "tail, 20,000 entries/s: POST to terminal, p99": 50,
    "POST one entry, 64 connections": 14_000,
    "batches of 100, one core": 110_000,
    "batches of 100, two cores": 200_000,
    "batches of 1000, one core": 150_000,
    "batches of 1000, two cores": 250_000,
    "start with the index there": 3,
    "most memory": 1500,
    "first byte of the page's first search": 50,
    "newest 100": 15,
    "level=error, newest 100": 15,
    "one hour, newest 100": 15,
    "one trace_id": 5,
    "one id": 5,
    "rare word": 30,
    "rare substring": 100,
    "word that is nowhere": 100,
    "regular expression with a literal": 100,
    "nested context field": 50,
    "nested context field, one day": 50,
    "histogram by hour and level": 60,
    "values of a field": 10,
    "newest 100 while 5,000 entries/s arrive": 12,
    "first rows on screen, nothing cached": 1000,
    "scrolling 1,000,000 entries steadily, 10 rows a frame": 55,
    "scrolling 1,000,000 entries by the scroll bar, 1,000 rows a frame": 55,
    "live at 10,000 entries/s: longest task": 100,
    "JavaScript in all, gzipped": 200,
    "MariaDB: batches of 1000, 4 connections": 15_000,
    "MariaDB: newest 100": 138,
    "MariaDB: level=error, newest 100": 35,
    "MariaDB: rare substring": 4800,
    "MariaDB: one hour, newest 100": 50,
    "cluster: POST on one node to viewer on another, 20,000 entries/s, p99": 50,
    "100 viewers, full speed: delivered": 2_000_000,
    "100 viewers, full speed: ingest kept": 75,
    "100 viewers, 20,000 entries/s: POST to viewer, p99": 50,
}
"""What is aimed for, by row; of searches, among ten million entries. Times and sizes are at most, all else at least."""

AT_MOST: Final = ("ms", "s", "kB", "MB", "bytes/entry")
SIZES: Final = (1_000_000, 10_000_000)
PACKAGES: Final = (
    "logstream-server",
    "duckdb",
    "uvicorn",
    "uvloop",
    "httptools",
    "msgspec",
    "picows",
    "starlette",
    "asyncmy",
)


def first_line(command: list[str]) -> str:
    """The first line a command prints, "" without the command."""
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return answer.stdout.strip().partition("\n")[0]


def machine() -> dict[str, str]:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    cpu = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cpu": cpu,
        "cores": str(len(CORES)),
        "memory": f"{memory / 2**30:.0f} GiB",
        "kernel": platform.release(),
        "disk": first_line(["stat", "-f", "-c", "%T", tempfile.gettempdir()]),
    }


def versions() -> dict[str, str]:
    known = {
        "python": platform.python_version(),
    }
    return known | {package: importlib.metadata.version(package) for package in PACKAGES}


def commit() -> str:
    return first_line(["git", "describe", "--always", "--dirty"]) or "unknown"


def rounded(value: float) -> str:
    if abs(value) >= 1000 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


DETAILS: Final[dict[str, tuple[str, float]]] = {
    "seconds": ("in {} s", 1),
    "searchable_per_second": ("searchable {}/s", 1),
    "wait_ms": ("after {} ms", 1),
    "p95_ms": ("p95 {} ms", 1),
    "p99_ms": ("p99 {} ms", 1),
    "p99_us": ("p99 {} µs", 1),
    "longest_ms": ("longest {} ms", 1),
    "longest_task_ms": ("longest task {} ms", 1),
    "tasks_over_50": ("{} tasks over 50 ms", 1),
    "seen_per_second": ("page {}/s", 1),
    "first": ("from {} MB", 1),
    "last": ("to {} MB", 1),
    "renderer_first": ("renderer from {}", 1),
    "renderer_last": ("to {} MB", 1),
    "answer_p99_ms": ("201 after p99 {} ms", 1),
    "total": ("{} match", 1),
    "gaps": ("{} gaps", 1),
    "missed": ("{} % skipped", 100),
    "ingested_per_second": ("ingest {}/s", 1),
    "client_cpu": ("client CPU {} %", 100),
    "viewer_cpu": ("viewers' CPU {} %", 100),
    "cpu_ms": ("server CPU {} ms a search", 1),
    "peer_cpu_ms": ("VictoriaLogs {}", 1),
    "nodes_us": ("nodes {} us an entry", 1),
    "nats_us": ("NATS {}", 1),
    "database_us": ("database {}", 1),
    "cpu_us": ("server CPU {} us an entry", 1),
    "event_loop_us": ("event loop {}", 1),
    "journal_us": ("journal {}", 1),
    "index_us": ("index {}", 1),
    "duckdb_us": ("DuckDB's {}", 1),
    "others_us": ("others {}", 1),
    "peer_cpu_us": ("VictoriaLogs {}", 1),
    "server_cpu": ("server CPU {} %", 100),
    "server_memory_mb": ("{} MB", 1),
}
"""Which details the table shows, how, and times what; the JSON holds all."""


class Report:
    """Collects rows. `scale` is the share of the full data and time; `peer` is a binary of VictoriaLogs to run beside
    the server, `sizes` are numbers of entries to search among, `days` is a folder that bench.days filled instead."""

    def __init__(
        self, scale: float, peer: Path | None = None, sizes: Sequence[int] = SIZES, days: Path | None = None
    ) -> None:
        self.scale = scale
        self.peer = peer
        self.sizes = sizes
        self.days = days
        self.rows: list[dict[str, Any]] = []
        self.problems: list[str] = []
        self.started = datetime.now(UTC)
        self.console = Console(width=None if sys.stdout.isatty() else 160)

    def seconds(self, full: float) -> float:
        return max(1.0, full * self.scale)

    def count(self, full: int) -> int:
        return round(full * self.scale)

    @contextmanager
    def working(self, label: str) -> Iterator[None]:
        with self.console.status(label):
            yield

    def add(self, group: str, name: str, value: float, unit: str, peer: float | None = None, **details: float) -> None:
        """A row. `peer` is what the peer did in its turns."""
        target = TARGETS.get(name)
        row: dict[str, Any] = {"group": group, "name": name, "value": value, "unit": unit, "target": target}
        if target is not None:
            row["met"] = value <= target if unit in AT_MOST else value >= target
        beside = ""
        if peer is not None:
            row["peer"] = peer
            row["times_as_fast"] = peer / value if unit in AT_MOST else value / peer
            beside = f", VictoriaLogs {rounded(peer)}: {row['times_as_fast']:.2f} times as fast"
        row["details"] = details
        self.rows.append(row)
        self.console.print(f"{name}: [bold]{rounded(value)} {unit}[/]{beside}", highlight=False)

    def problem(self, text: str) -> None:
        """Something that makes a figure doubtful, or the server wrong."""
        self.problems.append(text)
        self.console.print(f"[red]{text}[/]", highlight=False)

    def value(self, name: str) -> float | None:
        return next((float(row["value"]) for row in self.rows if row["name"] == name), None)

    def as_json(self) -> dict[str, Any]:
        return {
            "started": self.started.isoformat(timespec="seconds"),
            "commit": commit(),
            "scale": self.scale,
            "machine": machine(),
            "versions": versions(),
            "load": os.getloadavg(),
            "peer": self.peer and f"{first_line([str(self.peer), '-version'])}; {NOT_SYNCED}",
            "rows": self.rows,
            "problems": self.problems,
        }

    def show(self) -> None:
        table = Table(title="logstream-server", title_justify="left")
        table.add_column("measured")
        table.add_column("result", justify="right", no_wrap=True)
        table.add_column("aim", justify="right", no_wrap=True)
        if self.peer is not None:
            table.add_column("VictoriaLogs", justify="right", no_wrap=True)
            table.add_column("times as fast", justify="right")
        table.add_column("")
        group = None
        for row in self.rows:
            if group not in (None, row["group"]):
                table.add_section()
            group = row["group"]
            target = ""
            if row["target"] is not None:
                sign = "≤" if row["unit"] in AT_MOST else "≥"
                mark = "[green]✓[/]" if row["met"] else "[red]✗[/]"
                target = f"{sign} {row['target']:,.0f} {mark}"
            details = row["details"]
            notes = [
                form.format(rounded(details[key] * factor)) for key, (form, factor) in DETAILS.items() if key in details
            ]
            beside = []
            if self.peer is not None:
                beside = [rounded(row["peer"]), f"{row['times_as_fast']:.2f}"] if "peer" in row else ["", ""]
            table.add_row(row["name"], f"{rounded(row['value'])} {row['unit']}", target, *beside, ", ".join(notes))
        self.console.print()
        self.console.print(table)
        for title, facts in (("machine", machine()), ("versions", versions())):
            self.console.print(f"{title}: " + ", ".join(f"{k} {v}" for k, v in facts.items()), highlight=False)
        if self.peer is not None:
            version = first_line([str(self.peer), "-version"])
            self.console.print(f"VictoriaLogs: {version}. {NOT_SYNCED}.", highlight=False)
        self.console.print(f"commit: {commit()}, {self.started:%Y-%m-%d %H:%M} UTC", highlight=False)
        self.console.print("load average: {:.2f}, {:.2f}, {:.2f}".format(*os.getloadavg()), highlight=False)
        if self.scale != 1:
            self.console.print(f"[yellow]{self.scale:.0%} of the data and time: figures for orientation only[/]")
        for problem in self.problems:
            self.console.print(f"[red]{problem}[/]", highlight=False)

    def save(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(self.as_json(), indent=2) + "\n", "utf-8")
        self.console.print(f"written to {file}", highlight=False)
