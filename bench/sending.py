"""How fast `logstream send` brings a file to a server, the start of the command included: text, and others' JSON."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from bench.formats import LINES
from bench.process import CLIENT, KEPT, SERVER, Failed, pinned
from bench.report import Report
from bench.server import Server, running_server, temporary_folder

NAME: Final = "sending"
KINDS: Final = {"text": "nginx", "JSON of others": "pino"}


def measure(report: Report, server: Server, folder: Path) -> None:
    total = int(200_000 * report.scale)
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    for name, kind in KINDS.items():
        path = folder.parent / "sent.log"
        path.write_bytes(b"".join(LINES[kind] % (number // 20 % 60) for number in range(total)))
        send = [sys.executable, "-m", "logstream", "send", str(path), "--app-key", "bench", "--app-id", "bench"]
        began = time.perf_counter()
        done = subprocess.run(
            pinned(CLIENT, [*send, "--quiet", "--url", server.url]),
            env=environment,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise Failed(done.stderr.decode(errors="replace").strip())
        report.add(NAME, f"lines through send: {name}", total / (time.perf_counter() - began), "/s")


def sending(report: Report) -> None:
    with report.working(NAME), temporary_folder() as folder, running_server(folder, SERVER) as server:
        measure(report, server, folder)
