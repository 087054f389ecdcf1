"""Realistic entries, the same for the same seed: about 490 bytes as a journal line.

What varies is drawn for thousands of entries at a time, by which an entry takes 6 µs, its encoding included. About 2 %
of the messages hold `timeout`. Levels: debug 30 %, info 50 %, notice 8 %, warning 8 %, error 3.5 %, critical 0.5 %. Of
100,000 consecutive entries, one has the word RARE_WORD, and another one RARE_PART within a longer word.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import accumulate
from typing import Any, Final

import msgspec

from logstream.entries.entry import LogEntry, encode_entry

RARE_EVERY: Final = 100_000
RARE_WORD: Final = "zebrafish"
RARE_PART: Final = "quagga"
RARE_WORD_AT: Final = 31_337
RARE_PART_AT: Final = 62_711
"""Which of RARE_EVERY entries have them."""

NOWHERE: Final = "wombatless"
"""No entry has it."""


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
MESSAGES: Final = [
    "Upstream timeout contacting {noun}-service at host {host} after {ms} ms, will retry",
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

APP_WEIGHTS: Final = list(accumulate(1 / rank for rank in range(1, len(APPS) + 1)))
LEVEL_NAMES: Final = list(LEVELS)
LEVEL_WEIGHTS: Final = list(accumulate(LEVELS.values()))
MESSAGE_WEIGHTS: Final = list(accumulate([2.0] + [98 / (len(MESSAGES) - 1)] * (len(MESSAGES) - 1)))
USERS: Final = 100_000
CHUNK: Final = 10_000

Entry = dict[str, Any]


def ulid_start(milliseconds: int) -> str:
    """The ten characters that say the time."""
    return "".join(CROCKFORD[milliseconds >> shift & 31] for shift in range(45, -1, -5))


def chunks(
    count: int, until: datetime, seconds: float, seed: int | str = 7, first: int = 0
) -> Iterator[list[LogEntry]]:
    """`count` entries, evenly spread over the `seconds` before `until`, oldest first, up to CHUNK at a time.

    `first` is the number of the first entry among all of its journal, by which the rare ones are placed.
    """
    r = random.Random(seed)
    end = int(until.timestamp() * 1000)
    for start in range(0, count, CHUNK):
        numbers = range(start, min(start + CHUNK, count))
        moments = [end - round((count - i) * seconds * 1000 / count) for i in numbers]
        yield _chunk(r, first + start, moments)


def _chunk(r: random.Random, first: int, moments: list[int]) -> list[LogEntry]:
    """An entry for each of the moments, in ms since 1970."""
    k = len(moments)
    choices = r.choices
    tails = r.randbytes(10 * k).hex().translate(str.maketrans("abcdef", "HJKMNP")).upper()
    random_hex = r.randbytes(27 * k).hex()
    columns = zip(
        moments,
        choices(MESSAGES, cum_weights=MESSAGE_WEIGHTS, k=k),
        choices(NOUNS, k=k),
        choices(range(10_000_000), k=k),
        choices(range(500), k=k),
        choices(range(3000), k=k),
        choices(range(USERS), k=k),
        choices(range(64), k=k),
        choices((True, False), k=k),
        choices(APPS, cum_weights=APP_WEIGHTS, k=k),
        choices(ENVIRONMENTS, k=k),
        choices(AGENTS, k=k),
        choices(LEVEL_NAMES, cum_weights=LEVEL_WEIGHTS, k=k),
        choices(CATEGORIES, k=k),
        choices(range(5000), k=k),
        choices(range(USERS), k=k),
        choices(("free", "pro"), k=k),
        strict=True,
    )
    made: list[LogEntry] = []
    known_second, date_and_time, known_moment, id_start = -1, "", -1, ""
    for i, (
        moment, template, noun, number, code, ms, user, host, in_batch, app, environment, agent, level, category,
        duration, context_user, plan,
    ) in enumerate(columns):  # fmt: skip
        if moment != known_moment:
            known_moment, id_start = moment, ulid_start(moment)
            second, millisecond = divmod(moment, 1000)
            if second != known_second:
                known_second, date_and_time = second, datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
            stamp = f"{date_and_time}.{millisecond:03d}Z"
        h = random_hex[54 * i : 54 * i + 54]
        message = template.format(noun=noun, number=number, code=code, ms=ms, user=user, host=host, job=h[44:])
        place = (first + i) % RARE_EVERY
        if place == RARE_WORD_AT:
            message = f"{message} {RARE_WORD}"
        elif place == RARE_PART_AT:
            message = f"{message} build-x{RARE_PART}{ms}z"
        group = (first + i) // 20
        context = f'{{"request_id":"{h[:12]}","duration":{duration},"user":{{"id":{context_user},"plan":"{plan}"}}}}'
        made.append(
            LogEntry(
                id_start + tails[20 * i : 20 * i + 16],
                f"{h[12:20]}-{h[20:24]}-4{h[24:27]}-a{h[27:30]}-{h[30:42]}",
                f"{group:08x}-0000-4000-a000-{group:012x}" if in_batch else None,
                app,
                environment,
                agent,
                level,
                category,
                message,
                msgspec.Raw(context.encode()),
                stamp,
                stamp,
            )
        )
    return made


def as_dict(entry: LogEntry) -> Entry:
    made: Entry = msgspec.json.decode(encode_entry(entry))
    return made


def entries(count: int, until: datetime, seconds: float, seed: int | str = 7) -> Iterator[Entry]:
    """The same as dictionaries."""
    for chunk in chunks(count, until, seconds, seed):
        for entry in chunk:
            yield as_dict(entry)
