"""Realistic entries, the same for the same seed: about 490 bytes as a journal line.

Every 100,000th message (at a random place) holds the word `zebrafish`, about 2 % hold `timeout`. Levels: debug 30 %,
info 50 %, notice 8 %, warning 8 %, error 3.5 %, critical 0.5 %.
"""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

import msgspec

RARE_WORD: Final = "zebrafish"


def words(text: str) -> list[str]:
    return text.split()


APP_NAMES: Final = words(
    "billing auth orders search mail cart users stock ship fraud media chat geo report sync batch edge admin notify "
    "audit"
)
APPS: Final = [f"{name}-api" for name in APP_NAMES]
ENVIRONMENTS: Final = ["production", "staging", "worker-1", "worker-2", "worker-3"]
AGENTS: Final = [f"Service{i}/{i}.{i}.0 (PHP 8.3; Linux)" for i in range(10)]
LEVELS: Final = {"debug": 30.0, "info": 50.0, "notice": 8.0, "warning": 8.0, "error": 3.5, "critical": 0.5}
CATEGORIES: Final = words(
    "payments login startup http db cache queue cron email sms export import render upload download audit security "
    "webhook retry billing invoice refund search index sync lock session token report health"
)
NOUNS: Final = words("orders customers payments sessions products carts reviews tickets")
TIMEOUT: Final = "Upstream timeout contacting {noun}-service at host {host} after {ms} ms, will retry"
MESSAGES: Final = [
    "GET /v1/{noun}/{number} returned {code} in {ms} ms for user {user}",
    "Charge failed for invoice #{number}: card declined by issuer after {ms} ms",
    "Connected to db-{host}.internal:5432 pool={code} idle={ms}",
    "Worker {host} picked job {job} from queue {noun} attempt {ms}",
    "Cache miss for key {noun}:{job} on node cache-{host}",
    "User {user} logged in from 10.{host}.{code}.{ms}",
    "Slow query took {ms} ms: SELECT * FROM {noun} WHERE id = {number}",
    "Wrote {number} bytes to /var/data/{noun}/{job}.bin",
]
CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PAIRS: Final = [a + b for a in CROCKFORD for b in CROCKFORD]

APP_WEIGHTS: Final = list(accumulate(1 / rank for rank in range(1, len(APPS) + 1)))
LEVEL_NAMES: Final = list(LEVELS)
LEVEL_WEIGHTS: Final = list(accumulate(LEVELS.values()))

Entry = dict[str, Any]


def ulid(milliseconds: int, entropy: int) -> str:
    """26 characters: 48 bits of time, 80 bits of `entropy`."""
    bits = milliseconds << 80 | entropy
    return "".join(PAIRS[bits >> shift & 1023] for shift in range(120, -1, -10))


def entries(count: int, until: datetime, seconds: float, seed: int = 7) -> Iterator[Entry]:
    """`count` entries, evenly spread over the `seconds` before `until`, oldest first, keys in the journal's order."""
    r = random.Random(seed)
    rare = set(r.sample(range(count), count // 100_000))
    end = int(until.timestamp() * 1000)
    known_second, date_and_time = -1, ""
    for i in range(count):
        moment = end - round((count - i) * seconds * 1000 / count)
        second, millisecond = divmod(moment, 1000)
        if second != known_second:
            known_second, date_and_time = second, datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        stamp = f"{date_and_time}.{millisecond:03d}Z"
        template = TIMEOUT if r.random() < 0.02 else r.choice(MESSAGES)
        message = template.format(
            noun=r.choice(NOUNS),
            number=int(r.random() * 10_000_000),
            code=int(r.random() * 500),
            ms=int(r.random() * 3000),
            user=int(r.random() * 100_000),
            host=int(r.random() * 64),
            job=f"{r.getrandbits(40):010x}",
        )
        trace = f"{r.getrandbits(128):032x}"
        yield {
            "id": ulid(moment, r.getrandbits(80)),
            "trace_id": f"{trace[:8]}-{trace[8:12]}-4{trace[13:16]}-a{trace[17:20]}-{trace[20:]}",
            "batch_id": None if r.random() < 0.5 else f"{i // 20:08x}-0000-4000-a000-{i // 20:012x}",
            "app_key": r.choices(APPS, cum_weights=APP_WEIGHTS)[0],
            "app_id": r.choice(ENVIRONMENTS),
            "user_agent": r.choice(AGENTS),
            "level": r.choices(LEVEL_NAMES, cum_weights=LEVEL_WEIGHTS)[0],
            "category": r.choice(CATEGORIES),
            "message": f"{message} {RARE_WORD}" if i in rare else message,
            "context": {
                "request_id": f"{r.getrandbits(48):012x}",
                "duration": int(r.random() * 5000),
                "user": {"id": int(r.random() * 100_000), "plan": r.choice(["free", "pro"])},
            },
            "timestamp": stamp,
            "created_at": stamp,
        }


SET_BY_THE_SERVER: Final = ("id", "created_at", "app_key", "app_id", "user_agent")


def request_body(count: int, seed: int = 7) -> bytes:
    """A batch to POST, all of it within the last second, as live traffic is."""
    logs = list(entries(count, datetime.now(UTC), 1, seed))
    for entry in logs:
        for key in SET_BY_THE_SERVER:
            del entry[key]
    return msgspec.json.encode({"app_key": "billing-api", "app_id": "production", "logs": logs})


def single_body(seed: int = 7) -> bytes:
    """One entry of about 300 bytes to POST."""
    entry = next(entries(1, datetime.now(UTC), 1, seed))
    for key in ("id", "created_at", "user_agent", "batch_id"):
        del entry[key]
    return msgspec.json.encode(entry)


@dataclass
class Journal:
    """What was written into a journal folder, so that answers can be checked."""

    count: int = 0
    size: int = 0
    levels: Counter[str] = field(default_factory=Counter)
    billing_errors: int = 0
    production: int = 0
    user_id: int = 0
    user_entries: int = 0
    samples: list[Entry] = field(default_factory=list)


DAY: Final = 86_400


def write_journal(folder: Path, count: int, until: datetime, days: int = 7, seed: int = 7) -> Journal:
    """Fill `folder` with `YYYY/MM/DD.jsonl` files as the server itself would have written them."""
    journal = Journal()
    users: Counter[int] = Counter()
    encode = msgspec.json.Encoder().encode
    lines: list[bytes] = []
    day = ""

    def flush() -> None:
        if lines:
            file = folder / f"{day.replace('-', '/')}.jsonl"
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("ab") as out:
                out.write(b"\n".join(lines) + b"\n")
            lines.clear()

    for i, entry in enumerate(entries(count, until, days * DAY, seed)):
        today = entry["timestamp"][:10]
        if today != day or len(lines) >= 10_000:
            flush()
            day = today
        line = encode(entry)
        lines.append(line)
        journal.size += len(line) + 1
        journal.levels[entry["level"]] += 1
        journal.billing_errors += entry["app_key"] == "billing-api" and entry["level"] == "error"
        journal.production += entry["app_id"] == "production"
        users[entry["context"]["user"]["id"]] += 1
        if i % max(1, count // 97) == 0:
            journal.samples.append(entry)
    flush()
    journal.count = count
    journal.user_id, journal.user_entries = users.most_common(1)[0]
    return journal
