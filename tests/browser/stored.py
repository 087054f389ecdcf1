"""What the servers of these tests have: logs of the Loghub collection, where they are, and generated entries."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.client.sending.test_real_logs import logs
from tests.client.sending.test_send_command import send
from tests.harness import Server

TRACE = "11111111-2222-4333-8444-555555555555"
BATCH = "99999999-2222-4333-8444-555555555555"
GENERATED = 600
LEVELS = ("debug", "info", "info", "notice", "info", "warning", "info", "error", "info", "info")
HUGE = "huge " + "0123456789" * 100_000 + " end"
EXACT = '{"big":12345678901234567890,"price":1.0}'
PASSWORD = "correct horse"


def entry(message: str, **over: Any) -> dict[str, Any]:
    return {"app_key": "shop", "app_id": "production", "message": message, **over}


def ago(seconds: float) -> str:
    return (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def generated(count: int = GENERATED, seconds: float = 1800) -> Iterator[dict[str, Any]]:
    """`count` entries of three applications, the oldest first, numbered from 0; every tenth is an error."""
    for number in range(count):
        yield entry(
            f"generated line {number}",
            app_key=("shop", "billing-api", "auth-api")[number % 3],
            app_id=("production", "staging")[number % 2],
            category=("payments", "login", "http")[number % 3],
            level=LEVELS[number % 10],
            context={"number": number, "user": {"id": number % 7, "plan": "pro"}, "tags": ["a", "b"]},
            timestamp=ago(seconds * (count - number) / count + 60),
        )


def special() -> list[dict[str, Any]]:
    return [
        entry("first of the trace", trace_id=TRACE, app_key="gateway", timestamp=ago(30)),
        entry("second of the trace", trace_id=TRACE, batch_id=BATCH, timestamp=ago(29)),
        entry("third of the trace", trace_id=TRACE, batch_id=BATCH, level="critical", timestamp=ago(28)),
        entry("\x1b[31mred\x1b[0m and\nsecond line", category="terminal", timestamp=ago(20)),
        entry("exact numbers", category="numbers", context=EXACT, timestamp=ago(19)),
        entry(HUGE, category="huge", timestamp=ago(18)),
    ]


def fill(server: Server) -> None:
    for path in logs():
        if path.name != "dpkg.log":
            assert send(str(path), "--app-key", path.stem, "--app-id", "loghub", url=server.url).returncode == 0
    store(server, [*generated(), *special()])


def store(server: Server, entries: list[dict[str, Any]], **headers: str) -> list[dict[str, Any]]:
    answer = server.post(entries, headers=headers)
    assert answer.status_code == 201, answer.text
    stored: list[dict[str, Any]] = answer.json()["entries"]
    return stored


def flood(server: Server, count: int, text: str = "flood") -> None:
    """Many entries as fast as they are taken."""
    for start in range(0, count, 2000):
        made = [entry(f"{text} {number}") for number in range(start, min(start + 2000, count))]
        assert server.post(made, headers={"Prefer": "return=minimal"}).status_code == 201


def pause(seconds: float) -> None:
    """For what is bounded by time and shows nothing when it is over."""
    time.sleep(seconds)
