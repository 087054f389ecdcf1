"""What is searched for: each row's question to the server and, where a peer has it too, the same in LogsQL."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

import msgspec

from bench.days import DAYS, UNTIL, Journal
from bench.entries import NOWHERE, RARE_PART, RARE_WORD, Entry
from bench.peer import VictoriaLogs, hits_path, query_path, values_path

NEWEST_100: Final = "/api/logs?limit=100"
FIRST: Final = NEWEST_100
"""What the page asks first, of all time."""

FIELD: Final = "category"


@dataclass(frozen=True)
class Found:
    """A question to VictoriaLogs: entries that match a LogsQL expression."""

    expression: Callable[[Entry], str]

    def path(self, entry: Entry) -> str:
        return query_path(self.expression(entry))

    def count(self, peer: VictoriaLogs, entry: Entry) -> int:
        return peer.count(self.expression(entry))


@dataclass(frozen=True)
class Counted:
    """A question to VictoriaLogs: counts at an address."""

    address: str
    key: str
    """Where the count is in each item of the answer."""

    def path(self, _: Entry) -> str:
        return self.address

    def count(self, peer: VictoriaLogs, _: Entry) -> int:
        answer: dict[str, list[dict[str, Any]]] = msgspec.json.decode(peer.get(self.address))
        return sum(int(item[self.key]) for items in answer.values() for item in items)


@dataclass(frozen=True)
class Question:
    """A row. `ours` makes a path of an entry, which is another one each time."""

    name: str
    ours: Callable[[Entry], str]
    expected: int | None = None
    theirs: Found | Counted | None = None

    def found(self, answer: dict[str, Any]) -> int | None:
        """How many entries an answer of ours is about."""
        if answer.get("total") is not None:
            return int(answer["total"])
        if "values" in answer:
            return sum(int(value["count"]) for value in answer["values"])
        return 1 if "id" in answer else None


NEWEST: Final = Question("newest 100", lambda _: NEWEST_100, None, Found(lambda _: "*"))


def hour(r: random.Random) -> tuple[str, str]:
    """Some hour: of the path, and in LogsQL."""
    start = UNTIL - timedelta(hours=r.randrange(2, DAYS * 24))
    end = start + timedelta(hours=1)
    last = end - timedelta(milliseconds=1)
    return (
        f"date_from={start:%Y-%m-%dT%H:%M:%S}.000Z&date_to={last:%Y-%m-%dT%H:%M:%S}.999Z",
        f"_time:[{start:%Y-%m-%dT%H:%M:%SZ},{end:%Y-%m-%dT%H:%M:%SZ})",
    )


def questions(journal: Journal, last_day: Journal) -> list[Question]:
    """All rows but those that need something to happen meanwhile."""
    search = f"{NEWEST_100}&search="
    some_hour, logsql_hour = hour(random.Random(7))
    day = UNTIL - timedelta(days=1)
    since, logsql_since = f"date_from={day:%Y-%m-%d}", f"_time:>={day:%Y-%m-%dT%H:%M:%SZ}"
    user, logsql_user = f"{NEWEST_100}&context.user.id={journal.user_id}", f'context.user.id:="{journal.user_id}"'
    errors, billing = f"{NEWEST_100}&level=error", "app_key=billing-api"
    expression, logsql_expression = f"/{RARE_PART}[0-9]%2Bz/", f'~"{RARE_PART}[0-9]+z"'
    histogram = Counted(hits_path("level", UNTIL - timedelta(days=365), UNTIL), "total")
    return [
        replace(NEWEST, expected=journal.count),
        asked("level=error, newest 100", errors, "level:=error", journal.levels["error"]),
        asked("one hour, newest 100", f"{NEWEST_100}&{some_hour}", logsql_hour),
        Question(
            "one trace_id",
            lambda e: f"{NEWEST_100}&trace_id={e['trace_id']}",
            1,
            Found(lambda e: f'trace_id:="{e["trace_id"]}"'),
        ),
        Question("one id", lambda e: f"/api/logs/{e['id']}", 1, Found(lambda e: f'id:="{e["id"]}"')),
        asked("rare word", search + RARE_WORD, RARE_WORD, journal.rare_words),
        asked("rare substring", search + RARE_PART, f'~"{RARE_PART}"', journal.rare_parts),
        asked("word that is nowhere", search + NOWHERE, f'~"{NOWHERE}"', 0),
        asked(
            "regular expression with a literal", f"{NEWEST_100}&q={expression}", logsql_expression, journal.rare_parts
        ),
        asked("nested context field", user, logsql_user, journal.user_entries),
        asked(
            "nested context field, one day", f"{user}&{since}", f"{logsql_since} {logsql_user}", last_day.user_entries
        ),
        Question("histogram by hour and level", lambda _: "/api/stats?buckets=168", journal.count, histogram),
        Question(
            "values of a field", lambda _: f"/api/fields/{FIELD}", journal.count, Counted(values_path(FIELD), "hits")
        ),
        asked(
            "app_key and level, newest 100",
            f"{errors}&{billing}",
            "app_key:=billing-api level:=error",
            journal.billing_errors,
        ),
        Question("count of a fifth of all", lambda _: "/api/logs?limit=1&app_id=production", journal.production),
        Question("patterns", lambda _: "/api/patterns"),
        Question("patterns of a day, new among all", lambda _: f"/api/patterns?{since}"),
    ]


def asked(name: str, path: str, expression: str, expected: int | None = None) -> Question:
    """The same question each time."""
    return Question(name, lambda _: path, expected, Found(lambda _: expression))
