"""The command line of the measurements: `python -m bench --help`."""

import argparse
import http.client
import os
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Final

from bench.cluster import cluster
from bench.databases import clickhouse, mariadb
from bench.fanout import fan_out
from bench.formats import formats
from bench.handler import handler
from bench.load import batches, singles
from bench.peer import checked
from bench.pieces import pieces
from bench.process import CLIENT, Failed
from bench.receivers import receivers
from bench.report import SIZES, Report
from bench.search import searches
from bench.sending import sending
from bench.sockets import sockets
from bench.tail import tail
from bench.ui import web_ui

MEASUREMENTS: Final = {
    "single": singles,
    "batch": batches,
    "pieces": pieces,
    "search": searches,
    "fanout": fan_out,
    "tail": tail,
    "mariadb": mariadb,
    "clickhouse": clickhouse,
    "cluster": cluster,
    "ui": web_ui,
    "formats": formats,
    "sending": sending,
    "receivers": receivers,
    "sockets": sockets,
    "handler": handler,
}
RESULTS: Final = Path(__file__).parent / "results"


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="bench", description="Measure the server of this checkout, on this machine, over the loopback interface."
    )
    parser.add_argument("--only", action="append", choices=MEASUREMENTS, help="measure this; may be repeated")
    parser.add_argument("--quick", action="store_true", help="a tenth of the data and time")
    parser.add_argument("--json", type=Path, help="where to write the JSON (default: bench/results/TIME.json)")
    parser.add_argument(
        "--entries",
        type=int,
        action="append",
        help="how many to search among; may be repeated (default: 1,000,000 and 10,000,000)",
    )
    parser.add_argument("--days", type=Path, help="a folder that bench.days filled, to search instead")
    parser.add_argument("--peer", type=Path, help="a binary of VictoriaLogs, to run beside the server, turn by turn")
    options = parser.parse_args()
    if options.peer is not None:
        try:
            options.peer = checked(options.peer)
        except Failed as error:
            parser.error(str(error))
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that whatever was started is ended too
    os.sched_setaffinity(0, CLIENT)
    report = Report(0.1 if options.quick else 1.0, options.peer, options.entries or SIZES, options.days)
    try:
        for name, measurement in MEASUREMENTS.items():
            if options.only and name not in options.only:
                continue
            try:
                measurement(report)
            except (Failed, OSError, http.client.HTTPException, subprocess.TimeoutExpired) as error:
                report.problem(f"{name}: {type(error).__name__}: {error}")
    except KeyboardInterrupt:
        report.problem("interrupted: what follows is incomplete")
    report.show()
    report.save(options.json or RESULTS / f"{datetime.now():%Y-%m-%d-%H%M%S}.json")
    return 1 if report.problems else 0


if __name__ == "__main__":
    sys.exit(main())
