"""An application that logs, for `bench.handler`: `python -m bench.application WHAT URL FOLDER COUNT`.

`calls` prints the microseconds of COUNT calls, through our handler and through the standard library's QueueHandler, by
turns, so that both meet the same machine. `spool` logs COUNT entries while no server is there, then ends by SIGKILL.
`steady` logs COUNT entries at a thousand a second, whatever the server does, and delivers what is left.
"""

import json
import logging
import logging.handlers
import os
import queue
import signal
import sys
import threading
import time
from typing import Final

from logstream_handler import LogstreamHandler

TURN: Final = 500
"""Calls through one handler before it is the other's turn."""

PAUSE: Final = 0.0005
"""Seconds between calls: as an application that does something else, too."""


def logger(name: str, handler: logging.Handler) -> logging.Logger:
    made = logging.getLogger(name)
    made.setLevel(logging.INFO)
    made.propagate = False
    made.addHandler(handler)
    return made


def calls(handler: LogstreamHandler, count: int) -> dict[str, list[float]]:
    records: queue.SimpleQueue[logging.LogRecord | None] = queue.SimpleQueue()

    def listen() -> None:
        while records.get() is not None:
            pass

    listener = threading.Thread(target=listen)
    listener.start()
    loggers = {"ours": logger("ours", handler), "queue": logger("queue", logging.handlers.QueueHandler(records))}
    times: dict[str, list[float]] = {name: [] for name in loggers}
    extra = {"user_id": 7, "region": "eu"}
    for start in range(0, count, TURN):
        for name, log in loggers.items():
            for number in range(start, start + TURN):
                begun = time.perf_counter_ns()
                log.info("order %d of %s placed", number, "Ann", extra=extra)
                times[name].append((time.perf_counter_ns() - begun) / 1000)
                time.sleep(PAUSE)
    records.put(None)
    listener.join()
    return times


def main() -> None:
    what, url, folder, count = sys.argv[1:]
    handler = LogstreamHandler(url, app_key=what, app_id="bench", spool=folder, retry_first=0.1, retry_most=0.5)
    if what == "calls":
        print(json.dumps(calls(handler, int(count))))
        return
    log = logger("shop", handler)
    for number in range(int(count)):
        log.info("%d", number)
        if what == "steady":
            time.sleep(0.001)
    handler.flush(60)
    if what == "spool":
        os.kill(os.getpid(), signal.SIGKILL)
    while handler.stats.queued or handler.stats.spooled:
        time.sleep(0.05)


if __name__ == "__main__":
    main()
