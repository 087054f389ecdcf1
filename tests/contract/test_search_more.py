"""What GET /api/logs offers beyond the original: lists of levels, context fields, order, cursors, no count."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import Settings
from tests.harness import Server, running

both_stores = True

LEVELS = ["debug", "info", "notice", "warning", "error", "critical"]
CONTEXTS: list[Any] = [
    {"user": {"id": 42, "name": "Ada"}, "tags": ["a", {"deep": True}], "rate": 1.50},
    {"user": {"id": "42"}, "a/b": 1, "c~d": 2, 'quo"te': 3, "nothing": None},
    {"user": {"id": 42.0}, "big": 123456789012345678901234567890, "é": "ü"},
    {"user": {"id": 43}, "user.id": 42, "text": "10%_x"},
    [{"id": 7}, "x"],
    None,
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, storage: Settings) -> Iterator[Server]:
    """Six entries, one of each level and context, ten minutes apart, with app_key `six`."""
    with running(tmp_path_factory.mktemp("server"), **storage()) as started:
        logs = [
            {"level": level, "context": context, "timestamp": f"2026-02-01T10:{10 * n:02d}:00Z", "message": str(n)}
            for n, (level, context) in enumerate(zip(LEVELS, CONTEXTS, strict=True))
        ]
        assert started.post({"app_key": "six", "app_id": "x", "logs": logs}).json()["saved"] == 6
        yield started


def found(server: Server, **filters: Any) -> list[int]:
    entries = server.search(app_key="six", **filters)["entries"]
    return [int(entry["message"]) for entry in entries]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"level": "error,critical"}, [5, 4]), ({"level": "debug, info"}, [1, 0]), ({"level": "error,loud"}, [4]),
        ({"level": "ERROR,loud"}, []), ({"min_level": "warning"}, [5, 4, 3]),
        ({"min_level": "debug"}, [5, 4, 3, 2, 1, 0]),
        ({"min_level": "FATAL"}, [5]), ({"min_level": "error", "level": "warning,error"}, [4]),
    ],
)  # fmt: skip
def test_several_levels_may_be_asked_for(server: Server, filters: dict[str, str], expected: list[int]) -> None:
    assert found(server, **filters) == expected


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("user.id", "42", [3, 2, 1, 0]), ("user.id", "42.0", [3, 2, 1, 0]), ("user.id", "4.2e1", [3, 2, 1, 0]),
        ("user.id", "43", []), ("user.id", "4", []), ("user.name", "Ada", [0]), ("user.name", "ada", []),
        ("rate", "1.5", [0]), ("rate", "1.50", [0]), ("tags.0", "a", [0]), ("tags.1.deep", "true", [0]),
        ("0.id", "7", [4]), ("1", "x", [4]), ("a/b", "1", [1]), ("c~d", "2", [1]), ('quo"te', "3", [1]),
        ("é", "ü", [2]), ("text", "10%_x", [3]), ("big", "123456789012345678901234567890", [2]),
        ("nothing", "null", []), ("user", "42", []), ("absent", "1", []), ("user.id.more", "42", []),
        ("'; DROP TABLE entries; --", "1", []),
    ],
)  # fmt: skip
def test_fields_of_the_context_are_found_by_their_path(
    server: Server, path: str, value: str, expected: list[int]
) -> None:
    assert found(server, **{f"context.{path}": value}) == expected


@pytest.fixture(scope="module")
def words(server: Server) -> Server:
    """Entries of the application `words`, each with its number in the context."""
    messages = ["connection reset", "reconnect", "a \x1b[31mfai\x1b[0mlure", "caf\u00e9", "cafe\u0301", "\x1b[\u017fo"]
    contexts: list[Any] = [
        {"ip": "10.0.0.1", "s": ""},
        {"ip": "10.0.7.1", "k8s.pod.name": "web-1"},
        {"ip": "110.0.0.1", "k8s": {"pod": {"name": "web-1"}}},
        {"big": 2**53 + 1, "x": None},
        {"big": 2**53, "x": "null"},
        {"who": "Card holder", "-flag": {"-x": 1}},
    ]
    logs = [{"message": m, "context": {**c, "n": n}} for n, (m, c) in enumerate(zip(messages, contexts, strict=True))]
    assert server.post({"app_key": "words", "app_id": "x", "logs": logs}).json()["saved"] == 6
    return server


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("conn*", [0]), ("*conn*", [0, 1]), ("*connect", [1]), ("con*ion", [0]), ("con*set", []),
        ("*", [0, 1, 2, 3, 4, 5]),
        ("so", [5]),
        ("failure", [2]), ("fai*", [2]), ("caf\u00e9", [3, 4]), ("cafe\u0301", [3, 4]), ("CAF\u00c9*", [3, 4]),
        ("any:card", [5]), ("any:reset", [0]), ('any:"card holder"', [5]),
        ("context.ip:10.0*", [0, 1]), ("context.ip:*.1", [0, 1, 2]), ("context.n:*", [0, 1, 2, 3, 4, 5]),
        ('context.s:""', [0]), ("context.x:null", [3]), ('context.x:"null"', [4]), ('batch_id:""', [0, 1, 2, 3, 4, 5]),
        ("context.k8s.pod.name:web-1", [1, 2]), ("context.k8s.pod.name:web*", [1, 2]), ("context.-flag.-x:1", [5]),
        ("context.big:9007199254740993", [3]), ("context.big:9007199254740992", [4]),
        ("context.big:>9007199254740992", [3]), ("context.big:<=9007199254740992", [4]),
    ],
)  # fmt: skip
def test_the_search_language_finds_what_is_there(words: Server, query: str, expected: list[int]) -> None:
    entries = words.search(app_key="words", q=query)["entries"]
    assert sorted(entry["context"]["n"] for entry in entries) == expected


def test_conditions_on_the_context_hold_together(server: Server) -> None:
    assert found(server, **{"context.user.id": "42", "context.user.name": "Ada"}) == [0]


def test_the_oldest_may_come_first(server: Server) -> None:
    assert found(server, order="asc") == [0, 1, 2, 3, 4, 5]
    assert found(server, order="DESC") == [5, 4, 3, 2, 1, 0]
    assert found(server, order="asc", limit=2, offset=1) == [1, 2]


def test_the_count_may_be_left_out(server: Server) -> None:
    page = server.search(app_key="six", total="false", limit=2)
    assert page["total"] is None
    assert len(page["entries"]) == 2


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_a_cursor_goes_on_where_the_page_ended_while_entries_arrive(server: Server, order: str) -> None:
    app = f"cursor-{order}"
    logs = [{"timestamp": f"2026-01-0{n % 3 + 1}", "message": str(n)} for n in range(50)]
    server.post({"app_key": app, "app_id": "x", "logs": logs})
    wanted = server.search(app_key=app, order=order)["entries"]
    got, cursor, pages = [], None, 0
    while True:
        extra: dict[str, str] = {} if cursor is None else {"cursor": cursor}
        page = server.search(app_key=app, order=order, limit=7, **extra)
        got += page["entries"]
        assert page["total"] == 50 + pages
        cursor, pages = page["next_cursor"], pages + 1
        if cursor is None:
            break
        # Arrives on the side of the order that has been read already.
        stamp = "2025-01-01" if order == "asc" else "2027-01-01"
        server.post({"app_key": app, "app_id": "x", "timestamp": stamp, "message": "late"})
    assert got == wanted
    assert pages == 8


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("order=sideways", "order"), ("total=maybe", "total"), ("min_level=loud", "min_level"),
        ("cursor=nonsense", "cursor"), ("cursor=%00", "cursor"), ("cursor=" + "A" * 5000, "cursor"),
        ("context.=1", "context."), ("context.a..b=1", "context.a..b"), ("context.a[]=1", "context.a"),
        ("context." + ".".join("a" * 31) + "=1", "context." + ".".join("a" * 31)),
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_named(server: Server, query: str, name: str) -> None:
    answer = server.get(f"/api/logs?{query}")
    assert answer.status_code == 400
    assert answer.json()["error"] == f"Invalid parameter: {name}"[: len("Invalid parameter: ") + 100]


def test_a_cursor_of_another_query_is_refused(server: Server) -> None:
    cursor = server.search(app_key="six", limit=2)["next_cursor"]
    assert server.get("/api/logs", params={"app_key": "six", "cursor": cursor}).status_code == 200
    for other in ({"app_key": "other"}, {"app_key": "six", "level": "info"}, {"app_key": "six", "order": "asc"}):
        answer = server.get("/api/logs", params={**other, "cursor": cursor})
        assert answer.status_code == 400
        assert answer.json()["reason"] == "it belongs to other filters or another order"
