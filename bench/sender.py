"""Posts at a steady rate from a process of its own.

`python -m bench.sender PORT PER_SECOND BATCH SECONDS PATH HEADERS`, the last as a JSON object. To PATH go JSON lines,
unless it is that of our own entries. Each message ends with the moment it was sent (` sent=` and 19 digits,
CLOCK_MONOTONIC in ns, which all processes of a machine share), so that a viewer can tell how long the entry took. Ends
when its standard input does.
"""

import http.client
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Final

from bench.bodies import Live, json_lines, native
from bench.process import CLIENT, Failed, pinned
from bench.server import Client, Server

SENT: Final = b" sent="
DIGITS: Final = 19
PLACEHOLDER: Final = b"@" * DIGITS
CONNECTIONS: Final = 4
DIFFERENT_BODIES: Final = 200


@dataclass
class Sent:
    posts: int
    failed: int
    entries: int
    seconds: float
    p99_ms: float

    @property
    def per_second(self) -> float:
        return self.entries / self.seconds


def stamped_bodies(batch: int, path: str) -> list[Live]:
    """Bodies with the placeholder at the end of each message."""
    made = native(batch) if path == Server.ingest else json_lines(batch)
    end = b'","context":'
    return [Live(body.replace(end, SENT + PLACEHOLDER + end)) for body in islice(made, DIFFERENT_BODIES)]


def send(
    port: int,
    per_second: float,
    batch: int,
    seconds: float,
    path: str,
    headers: Mapping[str, str],
    stop: threading.Event,
) -> Sent:
    """Post on CONNECTIONS connections, one due time after the other. A late answer delays only its connection."""
    bodies = stamped_bodies(batch, path)
    interval = batch / per_second
    started = time.monotonic() + 0.1
    lock = threading.Lock()
    turn = 0
    times: list[float] = []
    failed = 0

    def post() -> None:
        nonlocal turn, failed
        client = Client(port, timeout=30)
        while True:
            with lock:
                due = started + turn * interval
                live = bodies[turn % len(bodies)]
                turn += 1
            if due > started + seconds or stop.wait(max(0.0, due - time.monotonic())):
                break
            body = bytes(live)
            begun = time.monotonic_ns()
            body = body.replace(PLACEHOLDER, b"%019d" % begun)
            try:
                status, _ = client.request("POST", path, body, headers)
            except (OSError, http.client.HTTPException):
                status = 0
            took = (time.monotonic_ns() - begun) / 1e6
            with lock:
                times.append(took)
                failed += status not in (200, 201)
        client.close()

    threads = [threading.Thread(target=post) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.monotonic() - started
    times.sort()
    p99 = times[int(len(times) * 0.99)] if times else 0.0
    return Sent(len(times), failed, (len(times) - failed) * batch, elapsed, p99)


class Sender:
    """The process, while it runs."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def stop(self) -> Sent:
        """What it sent, which ends it."""
        output, _ = self.process.communicate(timeout=60)
        if self.process.returncode:
            raise Failed(f"the sender ended with {self.process.returncode}")
        return Sent(**json.loads(output))

    def wait(self, seconds: float) -> None:
        """Until it ended by itself."""
        self.process.wait(seconds)


@contextmanager
def sending(
    port: int,
    per_second: float,
    batch: int,
    seconds: float,
    path: str = Server.ingest,
    headers: Mapping[str, str] | None = None,
) -> Iterator[Sender]:
    arguments = [str(port), str(per_second), str(batch), str(seconds), path, json.dumps(dict(headers or {}))]
    command = [sys.executable, "-m", "bench.sender", *arguments]
    with subprocess.Popen(pinned(CLIENT, command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Sender(process)
        finally:
            process.kill()


def main() -> None:
    port, per_second, batch, seconds, path, headers = sys.argv[1:]
    stop = threading.Event()

    def until_end_of_input() -> None:
        sys.stdin.read()
        stop.set()

    threading.Thread(target=until_end_of_input, daemon=True).start()
    sent = send(int(port), float(per_second), int(batch), float(seconds), path, json.loads(headers), stop)
    print(json.dumps(asdict(sent)))


if __name__ == "__main__":
    main()
