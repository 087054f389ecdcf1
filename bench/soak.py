"""A server's hour: everything at once, for long, with kills: `python -m bench.soak --minutes 60`.

Senders of single, batched, keyed and foreign requests; viewers that come, go, and don't read; searches, exports that
are read and that are left; retention runs; days that are compressed and get late entries; a SIGKILL at the end of each
life. Shown at the end: whether every acknowledged entry is found once, and whether memory, files and threads stay flat.
"""

import argparse
import http.client
import json
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Final

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from bench.days import write_journal
from bench.process import CORES, free_port
from bench.server import Server

SETTINGS: Final = {
    "MEMORY_MAX": "1GB",
    "INDEX_MEMORY": "256MB",
    "COMPRESS_AFTER_DAYS": "0",
    "RETENTION_INTERVAL_HOURS": "0",
}
KEPT_APP: Final = "soak"
OLD_APP: Final = "soak-old"
"""Its entries are due for retention, and are not looked for at the end."""

POLICY: Final = {"name": "old", "max_age_days": 30, "app_key": OLD_APP}
WARM_UP: Final = 60.0
"""Seconds of a life before its memory counts."""

ERRORS: Final = (OSError, http.client.HTTPException, WebSocketException, TimeoutError, ValueError)


@dataclass
class Ledger:
    """What was sent: numbers that were acknowledged, and those nobody knows of."""

    acknowledged: set[int] = field(default_factory=set)
    unknown: set[int] = field(default_factory=set)
    refused: int = 0
    _next: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def numbers(self, count: int) -> range:
        with self._lock:
            first = self._next
            self._next += count
            return range(first, first + count)

    def settle(self, numbers: range, status: int | None) -> None:
        """`status`: None when there was no answer."""
        with self._lock:
            if status in (200, 201, 204):
                self.acknowledged.update(numbers)
            elif status is None or status >= 500:
                self.unknown.update(numbers)
            if status is not None and status >= 300:
                self.refused += 1


@dataclass
class Sample:
    life: int
    age: float
    resident: int
    files: int


class Soak:
    """The traffic. Each kind runs in a thread of its own until `stopped`."""

    def __init__(self, port: int, rate: float, seed: int) -> None:
        self.port = port
        self.ledger = Ledger()
        self.done: dict[str, int] = {}
        self.stopped = threading.Event()
        self._rate = rate
        self._seed = seed
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        kinds: list[tuple[Callable[[random.Random], None], float]] = [
            *[(self.post_singles, 0.05)] * 2,
            *[(self.post_batch, 0.2)] * 2,
            (self.post_keyed, 0.3),
            (self.post_bulk, 0.3),
            *[(self.watch, 1.0)] * 3,
            (self.watch_without_reading, 5.0),
            *[(self.search, 1.0)] * 2,
            (self.export, 15.0),
            (self.prune, 60.0),
        ]
        for number, (kind, pause) in enumerate(kinds):
            thread = threading.Thread(target=self._repeat, args=(kind, pause / self._rate, self._seed + number))
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        self.stopped.set()
        for thread in self._threads:
            thread.join(90)

    def _repeat(self, kind: Callable[[random.Random], None], pause: float, seed: int) -> None:
        rng = random.Random(seed)
        while not self.stopped.wait(pause * rng.uniform(0.5, 1.5)):
            try:
                kind(rng)
                self.done[kind.__name__] = self.done.get(kind.__name__, 0) + 1
            except ERRORS:  # the server is killed now and then
                self.stopped.wait(0.2)

    # -- what is sent

    def _entries(self, rng: random.Random, numbers: range) -> list[dict[str, object]]:
        return [self._entry(rng, number) for number in numbers]

    def _entry(self, rng: random.Random, number: int) -> dict[str, object]:
        back = timedelta(days=rng.choice((1, 2, 3))) if rng.random() < 0.05 else timedelta()
        return {
            "message": f"soak {number} {rng.choice(('done', 'failed', 'timed out'))} {'x' * rng.randrange(400)}",
            "level": rng.choice(("debug", "info", "info", "warning", "error")),
            "timestamp": (datetime.now(UTC) - back).isoformat(),
            "context": {"number": number, "took": rng.random()},
        }

    def _post(self, path: str, body: bytes, headers: dict[str, str], numbers: range, tries: int = 1) -> None:
        status = None
        for _ in range(tries):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            try:
                connection.request("POST", path, body, {"Content-Type": "application/json", **headers})
                answer = connection.getresponse()
                answer.read()
                status = answer.status
                if status < 500:
                    break
            except ERRORS:
                status = None
            finally:
                connection.close()
            self.stopped.wait(0.5)
        self.ledger.settle(numbers, status)

    def _body(self, entries: list[dict[str, object]], app_key: str = KEPT_APP) -> bytes:
        return json.dumps({"app_key": app_key, "app_id": "soak", "logs": entries}).encode()

    def post_singles(self, rng: random.Random) -> None:
        numbers = self.ledger.numbers(1)
        entry = {"app_key": KEPT_APP, "app_id": "soak", **self._entry(rng, numbers[0])}
        self._post("/api/logs", json.dumps(entry).encode(), {}, numbers)

    def post_batch(self, rng: random.Random) -> None:
        numbers = self.ledger.numbers(rng.randrange(1, 200))
        self._post("/api/logs", self._body(self._entries(rng, numbers)), {}, numbers)
        if rng.random() < 0.1:
            past = (datetime.now(UTC) - timedelta(days=40)).isoformat()
            old: list[dict[str, object]] = [{"message": "old", "timestamp": past}] * 20
            self._post("/api/logs", self._body(old, OLD_APP), {}, range(0))

    def post_keyed(self, rng: random.Random) -> None:
        """Sent again until there is an answer, also by the next life of the server."""
        numbers = self.ledger.numbers(50)
        headers = {"Idempotency-Key": f"soak-{numbers[0]}"}
        self._post("/api/logs", self._body(self._entries(rng, numbers)), headers, numbers, tries=120)

    def post_bulk(self, rng: random.Random) -> None:
        numbers = self.ledger.numbers(50)
        lines = []
        for entry in self._entries(rng, numbers):
            document = {"@timestamp": entry["timestamp"], "message": entry["message"], "log.level": entry["level"]}
            lines += ['{"create":{}}', json.dumps(document)]
        headers = {"X-App-Key": KEPT_APP, "X-App-Id": "bulk"}
        self._post("/_bulk", "\n".join([*lines, ""]).encode(), headers, numbers)

    # -- what is asked

    def watch(self, rng: random.Random) -> None:
        until = time.monotonic() + rng.uniform(1, 30)
        if rng.random() < 0.5:
            with connect(f"ws://127.0.0.1:{self.port}/ws?level=error", open_timeout=10) as viewer:
                while time.monotonic() < until and not self.stopped.is_set():
                    viewer.recv(5)
            return
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/api/logs/stream")
            answer = connection.getresponse()
            while time.monotonic() < until and not self.stopped.is_set() and answer.read1(65536):
                pass
        finally:
            connection.close()

    def watch_without_reading(self, rng: random.Random) -> None:
        with connect(f"ws://127.0.0.1:{self.port}/ws", open_timeout=10, ping_interval=None, max_queue=1):
            self.stopped.wait(rng.uniform(5, 60))

    def search(self, rng: random.Random) -> None:
        queries = (
            *(
                "limit=100",
                "level=error&limit=50",
                "q=%22timed+out%22&limit=20",
                "search=failed",
                "q=context.took:>0.99",
            ),
            f"q=context.number:{rng.randrange(max(1, len(self.ledger.acknowledged)))}",
        )
        self._get(f"/api/logs?{rng.choice(queries)}", None)

    def export(self, rng: random.Random) -> None:
        """To its end, or left in the middle."""
        self._get(
            f"/api/logs/export?format=ndjson&app_key={KEPT_APP}",
            None if rng.random() < 0.3 else rng.randrange(1, 5_000_000),
        )

    def prune(self, rng: random.Random) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            for path, body in (("/api/retention/policies", POLICY), ("/api/retention/run", {})):
                connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
                connection.getresponse().read()
        finally:
            connection.close()

    def _get(self, path: str, most: int | None) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            taken = 0
            while (most is None or taken < most) and (piece := answer.read1(1 << 16)):
                taken += len(piece)
        finally:
            connection.close()


def found_numbers(port: int) -> Iterator[int]:
    """The numbers of the entries in an export of everything."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    connection.request("GET", f"/api/logs/export?format=ndjson&app_key={KEPT_APP}")
    answer = connection.getresponse()
    for line in answer:
        yield int(json.loads(line)["message"].split()[1])
    connection.close()


def flat(samples: list[Sample], value: Callable[[Sample], int]) -> tuple[float, float]:
    """The medians of the first and the last third of the warm samples."""
    warm = [value(sample) for sample in samples if sample.age >= WARM_UP]
    third = max(1, len(warm) // 3)
    return median(warm[:third]), median(warm[-third:])


def soak(minutes: float, life: float, rate: float, seed: int, stored: int) -> int:
    """`stored`: so many entries lie there before, so that the index has filled its memory when it counts."""
    port = free_port()
    samples: list[Sample] = []
    with tempfile.TemporaryDirectory(prefix="logstream-soak-") as name:
        folder = Path(name) / "logs"
        folder.mkdir()
        write_journal(folder, stored, datetime.now(UTC) - timedelta(days=10))
        traffic = Soak(port, rate, seed)
        end = time.monotonic() + minutes * 60
        lives = 0
        server = Server(folder, CORES, SETTINGS, port)
        try:
            server.wait(120)
            traffic.start()
            while time.monotonic() < end:
                lives += 1
                began = time.monotonic()
                while (age := time.monotonic() - began) < life * 60 and time.monotonic() < end:
                    time.sleep(5)
                    samples.append(Sample(lives, age, server.resident_bytes(), server.open_files()))
                now = samples[-1]
                print(
                    f"{datetime.now():%H:%M:%S} life {lives}: {now.resident / 1e6:.0f} MB, {now.files} files, "
                    f"{len(traffic.ledger.acknowledged):,} acknowledged",
                    flush=True,
                )
                if time.monotonic() < end:
                    server.kill()
                    server = Server(folder, CORES, SETTINGS, port)
                    server.wait(120)
            traffic.stop()
            found = list(found_numbers(port))
        finally:
            traffic.stop()
            server.stop()
    return report(traffic, samples, found, lives)


def report(traffic: Soak, samples: list[Sample], found: list[int], lives: int) -> int:
    ledger = traffic.ledger
    there = set(found)
    missing = ledger.acknowledged - there
    invented = there - ledger.acknowledged - ledger.unknown
    memory, files = (
        flat(samples, lambda sample: sample.resident),
        flat(samples, lambda sample: sample.files),
    )
    print(f"requests done: {dict(sorted(traffic.done.items()))}; {ledger.refused} refused")
    print(f"acknowledged {len(ledger.acknowledged):,}, unanswered {len(ledger.unknown):,}, {lives - 1} SIGKILLs")
    print(f"missing {len(missing)}, twice {len(found) - len(there)}, never sent or refused {len(invented)}")
    print(f"memory {memory[0] / 1e6:.0f} → {memory[1] / 1e6:.0f} MB, open files {files[0]:.0f} → {files[1]:.0f}")
    faults = bool(missing or invented or len(found) != len(there) or memory[1] > 1.1 * memory[0])
    print("faults found" if faults else "nothing lost, nothing twice, memory flat within 10 %")
    return 1 if faults else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=60, help="how long (default: 60)")
    parser.add_argument("--life", type=float, default=8, help="minutes between two SIGKILLs (default: 8)")
    parser.add_argument("--rate", type=float, default=1.0, help="how busy the senders are (default: 1, ~1,000/s)")
    parser.add_argument("--stored", type=int, default=1_000_000, help="entries there before (default: 1,000,000)")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    return soak(options.minutes, options.life, options.rate, options.seed, options.stored)


if __name__ == "__main__":
    sys.exit(main())
