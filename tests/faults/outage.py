"""Sending to a server whose database goes away, and what it says of that."""

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx

from tests.harness import WAIT, Server


class Sender(threading.Thread):
    """Sends some 2,000 entries a second until it is stopped; each message once."""

    def __init__(self, server: Server, size: int = 20, pause: float = 0.01) -> None:
        super().__init__(daemon=True)
        self._server = server
        self._headers = {**server.as_client("shop"), "Prefer": "return=minimal"}
        self._size, self._pause = size, pause
        self._stopping = threading.Event()
        self.acknowledged: list[str] = []
        self.unknown: list[str] = []
        """Those that were not answered: they may be stored or not."""
        self.refused: list[str] = []

    def run(self) -> None:
        number = 0
        client = httpx.Client(timeout=WAIT)
        began = time.monotonic()
        while not self._stopping.is_set():
            messages = [f"{number}.{n}" for n in range(self._size)]
            number += 1
            body = {"app_id": "x", "logs": [{"message": message} for message in messages]}
            try:
                answer = client.post(f"{self._server.url}/api/logs", json=body, headers=self._headers)
            except httpx.TransportError:
                self.unknown += messages
                self._stopping.wait(0.05)
                continue
            if answer.status_code == 201:
                self.acknowledged += messages
            else:
                self.refused.append(f"{answer.status_code} {answer.text}")
            self._stopping.wait(max(0.0, began + number * self._pause - time.monotonic()))
        client.close()

    def stop(self) -> None:
        self._stopping.set()
        self.join()


@contextlib.contextmanager
def sending(server: Server, **options: Any) -> Iterator[Sender]:
    sender = Sender(server, **options)
    sender.start()
    try:
        yield sender
    finally:
        sender.stop()


def health(server: Server) -> dict[str, Any]:
    return dict(server.get("/api/health").json())


def is_degraded(server: Server) -> bool:
    return bool(health(server)["status"] == "degraded")


def is_well(server: Server) -> bool:
    return bool(health(server)["status"] == "ok")


def assert_each_once(stored: Counter[str], sender: Sender) -> None:
    """Every acknowledged entry is stored exactly once, and nothing else but what may be."""
    assert [message for message in sender.acknowledged if stored[message] != 1] == []
    assert set(stored) - set(sender.acknowledged) <= set(sender.unknown)
    assert max(stored.values()) == 1
