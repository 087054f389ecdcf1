"""logstream-handler, the Python client: what a call costs the application, and what is lost when things end."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Final

from bench.process import CLIENT, SERVER, Failed, free_port, pinned
from bench.report import Report
from bench.server import Client, Server, running_server, temporary_folder

SOURCES: Final = Path(__file__).parents[1] / "clients/python/src"


def handler(report: Report) -> None:
    with temporary_folder() as folder:
        _calls(report, folder)
    with temporary_folder() as folder:
        _restart(report, folder)
    with temporary_folder() as folder:
        _kill(report, folder)


def _application(what: str, folder: Path, port: int, count: int) -> "subprocess.Popen[str]":
    arguments = [what, f"http://127.0.0.1:{port}", str(folder.parent / "spooled"), str(count)]
    command = [sys.executable, "-m", "bench.application", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(SOURCES)}
    return subprocess.Popen(pinned(CLIENT, command), env=environment, stdout=subprocess.PIPE, text=True)


def _ended(process: "subprocess.Popen[str]", code: int = 0) -> str:
    try:
        output, _ = process.communicate(timeout=300)
    finally:
        process.kill()
    if process.returncode != code:
        raise Failed(f"the application ended with {process.returncode}")
    return output


def _calls(report: Report, folder: Path) -> None:
    with report.working("log calls"), running_server(folder, SERVER) as server:
        times = json.loads(_ended(_application("calls", folder, server.http_port, report.count(20_000))))
    for name, title in (("ours", "Python handler: one call"), ("queue", "QueueHandler: one call")):
        ordered = sorted(times[name])
        report.add("handler", title, median(ordered), "µs", p99_us=ordered[int(len(ordered) * 0.99)])


def _restart(report: Report, folder: Path) -> None:
    count = report.count(10_000)
    with report.working("restart of the server"):
        with running_server(folder, SERVER) as server:
            process = _application("steady", folder, server.http_port, count)
            client = Client(server.http_port)
            while client.total() < count // 4:
                time.sleep(0.05)
            client.close()
            server.kill()
        with running_server(folder, SERVER, port=server.http_port) as server:
            _ended(process)
            _lost(report, "Python handler: lost over a server killed and started again", server, count)


def _kill(report: Report, folder: Path) -> None:
    count = report.count(10_000)
    with report.working("kill of the application"):
        port = free_port()
        _ended(_application("spool", folder, port, count), -signal.SIGKILL)
        with running_server(folder, SERVER, port=port) as server:
            _ended(_application("steady", folder, port, 1))
            _lost(report, "Python handler: lost over a kill -9 behind the spool", server, count + 1)


def _lost(report: Report, name: str, server: Server, count: int) -> None:
    client = Client(server.http_port)
    total = client.settled_total()
    client.close()
    if total > count:
        report.problem(f"{name}: {total - count} were stored twice")
    report.add("handler", name, count - total, f"of {count:,}")
