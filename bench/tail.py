"""`logstream tail` in a pipe that stands for the terminal: how long entries take from POST to its output."""

import os
import subprocess
import threading
import time
from pathlib import Path
from typing import Final

from bench.process import CLIENT, SERVER, Failed, pinned
from bench.report import Report
from bench.sender import DIGITS, SENT, sending
from bench.server import Server, running_server, temporary_folder

PER_SECOND: Final = 20_000
NAME: Final = f"tail, {PER_SECOND:,} entries/s"
PROGRAM: Final = Path(__file__).parents[1] / ".venv/bin/logstream"


class Reader(threading.Thread):
    """Takes the output chunk by chunk: the latency of the oldest entry in each, and the number of lines."""

    def __init__(self, output: int) -> None:
        super().__init__(daemon=True)
        self._output = output
        self.lines = 0
        self.latencies: list[float] = []

    def run(self) -> None:
        rest = b""
        while chunk := os.read(self._output, 1 << 18):
            now = time.monotonic_ns()
            self.lines += chunk.count(b"\n")
            data = rest + chunk
            at = data.find(SENT)
            if 0 <= at <= len(data) - len(SENT) - DIGITS:
                stamp = data[at + len(SENT) : at + len(SENT) + DIGITS]
                self.latencies.append((now - int(stamp)) / 1e6)
            rest = data[data.rfind(b"\n") + 1 :]


def measure(report: Report, server: Server) -> None:
    options = ["-n", "0", "--color", "always", "--url", server.url]
    command = pinned(CLIENT, [str(PROGRAM), "tail", *options])
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            reader = Reader(process.stdout.fileno())
            reader.start()
            with sending(server.http_port, 100, 1, 5) as warm_up:
                warm_up.wait(30)
            if not reader.lines:
                raise Failed("tail showed nothing")
            time.sleep(0.5)
            seen = reader.lines
            reader.latencies.clear()
            with sending(server.http_port, PER_SECOND, 100, report.seconds(10)) as sender:
                sender.wait(report.seconds(10) + 30)
                sent = sender.stop()
            time.sleep(1)
            times = sorted(reader.latencies)
            shown = reader.lines - seen
        finally:
            process.terminate()
    if shown != sent.entries or not times:
        report.problem(f"{NAME}: {sent.entries:,} entries were accepted, {shown:,} shown")
        return
    report.add(
        "tail",
        f"{NAME}: POST to terminal, p99",
        times[int(len(times) * 0.99)],
        "ms",
        p50_ms=times[len(times) // 2],
        longest_ms=times[-1],
        ingested_per_second=sent.per_second,
    )


def tail(report: Report) -> None:
    with report.working(NAME), temporary_folder() as folder, running_server(folder, SERVER) as server:
        measure(report, server)
