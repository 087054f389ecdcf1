"""Senders and viewers of a cluster that go on whatever happens to it, and what must be true of them afterwards."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from types import TracebackType
from typing import Any

import httpx

from logstream.live.resume import MAX_RESUMED
from tests.clickhouse import ClickHouse, clickhouse_of
from tests.cluster.nodes import Node, Nodes
from tests.database import MariaDb
from tests.faults.test_resume import EventStreamFollower, Follower, WebSocketFollower
from tests.harness import WAIT, eventually

APP = "load"
BATCH = 25


class Roaming:
    """A follower that connects to any node that runs, and leaves it again after a while, or when it is ended."""

    def __init__(self, nodes: Nodes, kind: type[Follower], name: str) -> None:
        self._nodes = nodes
        self._chance = random.Random(name)
        self.follower = kind(nodes.running[0], name)

    def follow(self, stop: threading.Event) -> None:
        while not stop.is_set():
            self._once(time.monotonic() + self._chance.uniform(0.1, 3))

    def catch_up(self, last_id: str) -> None:
        """Until the entry with this id has come."""

        def has_come() -> bool:
            if self.follower.last_id == last_id:
                return True
            self._once(time.monotonic() + 0.3)
            return False

        eventually(has_come, f"{self.follower.name} to see {last_id}", 60)

    def _once(self, until: float) -> None:
        follower = self.follower
        try:
            follower.server = self._chance.choice(self._nodes.running)
            with closing(follower._connect()) as connection:
                follower._read(connection, until)
        except (OSError, IndexError):
            time.sleep(0.02)


class Sender:
    """Posts batches to any node, one after the other, at `rate` entries a second. Half of them have a key, and are sent
    again until they are acknowledged."""

    def __init__(self, nodes: Nodes, number: int, rate: float, lag: Callable[[], int]) -> None:
        self._nodes = nodes
        self._number = number
        self._rate = rate
        self._lag = lag
        self._chance = random.Random(number)
        self.acknowledged: list[str] = []
        self.keyed: list[str] = []
        """The messages of batches with a key that were acknowledged."""
        self.last_at = time.monotonic()
        self.longest_pause = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Sender":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        batch, due = 0, time.monotonic()
        with httpx.Client(timeout=10) as client:
            while not self._stop.is_set():
                self._wait_for_viewers()
                messages = [f"{self._number}.{batch}.{n}" for n in range(BATCH)]
                key = f"{self._number}-{batch}" if batch % 2 else None
                while not self._send(client, messages, key):
                    if key is None or self._stop.wait(0.05):
                        break
                batch += 1
                due = max(due + BATCH / self._rate, time.monotonic() - 0.2)
                self._stop.wait(due - time.monotonic())

    def _wait_for_viewers(self) -> None:
        while self._lag() > MAX_RESUMED // 2 and not self._stop.is_set():
            self._stop.wait(0.02)

    def _send(self, client: httpx.Client, messages: list[str], key: str | None) -> bool:
        if not (running := self._nodes.running):
            return False
        node = self._chance.choice(running)
        headers = {**node.as_client(APP), **({} if key is None else {"Idempotency-Key": key})}
        body = {"app_id": "x", "logs": [{"message": message, "context": {"of": self._number}} for message in messages]}
        try:
            answer = client.post(f"{node.url}/api/logs", json=body, headers=headers)
        except httpx.HTTPError:
            return False
        if answer.status_code != 201:
            assert answer.status_code == 503, answer.text
            return False
        entries = answer.json()["entries"]
        assert [entry["message"] for entry in entries] == messages
        self.acknowledged += [entry["id"] for entry in entries]
        if key is not None:
            self.keyed += messages
        now = time.monotonic()
        self.longest_pause = max(self.longest_pause, now - self.last_at)
        self.last_at = now
        return True


class Load:
    """Two senders and two viewers that know no node in particular."""

    def __init__(self, nodes: Nodes, rate: float) -> None:
        self._nodes = nodes
        self.viewers = [Roaming(nodes, WebSocketFollower, "websocket"), Roaming(nodes, EventStreamFollower, "events")]
        self.senders = [Sender(nodes, number, rate / 2, lambda: self.lag) for number in (1, 2)]
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=viewer.follow, args=(self._stop,)) for viewer in self.viewers]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        for sender in self.senders:
            sender.__enter__()
        return self

    def __exit__(self, *raised: Any) -> None:
        for sender in self.senders:
            sender.__exit__(*raised)
        self._stop.set()
        for thread in self._threads:
            thread.join()

    @property
    def lag(self) -> int:
        """By how many entries the last viewer is behind: what MAX_RESUMED leaves out is not what is tested."""
        return self.accepted - min(len(viewer.follower.lines) for viewer in self.viewers)

    @property
    def accepted(self) -> int:
        return sum(len(sender.acknowledged) for sender in self.senders)

    def goes_on(self, more: int = 500) -> float:
        """Wait until so many more entries are acknowledged; returns the seconds that took."""
        began, target = time.monotonic(), self.accepted + more
        eventually(lambda: self.accepted >= target, f"{more} more entries", 60)
        return time.monotonic() - began

    def check(self, database: MariaDb | ClickHouse, settings: dict[str, str]) -> int:
        """After the end: every promise was kept. Returns how many entries there are."""
        node = self._nodes.running[0]
        eventually(lambda: _total(node) is not None, "a search to be answered")
        rows = _stored_in(database, settings)
        ids = [row[0] for row in rows]
        messages = Counter(row[1] for row in rows)
        acknowledged = [entry_id for sender in self.senders for entry_id in sender.acknowledged]
        keyed = [message for sender in self.senders for message in sender.keyed]
        assert set(acknowledged) <= set(ids), "an acknowledged entry is missing"
        assert len(set(acknowledged)) == len(acknowledged), "an id was given out twice"
        assert len(set(ids)) == len(ids)
        assert [message for message in keyed if messages[message] != 1] == [], "a batch with a key is there twice"
        assert max(messages.values()) == 1, "an entry is there twice"
        for viewer in self.viewers:
            viewer.catch_up(ids[-1])
            assert viewer.follower.gaps == []
            assert viewer.follower.ids == ids, viewer.follower.name
        return len(ids)


def _stored_in(database: MariaDb | ClickHouse, settings: dict[str, str]) -> Sequence[Sequence[str]]:
    statement = f"SELECT id, message FROM log_entries WHERE app_key = '{APP}' ORDER BY position"
    if isinstance(database, MariaDb):
        return database.ask(statement, database=settings["DB_NAME"])
    return database.ask(statement, clickhouse_of(settings).name)


def _total(node: Node) -> int | None:
    answer = node.get("/api/logs", params={"app_key": APP, "limit": 1}, timeout=WAIT)
    return int(answer.json()["total"]) if answer.status_code == 200 else None
