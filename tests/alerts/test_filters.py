"""Which entries concern whom: as the predicate of each filter says, however they are grouped."""

from logstream.alerts.filters import Filters
from logstream.entries.entry import NULL, LogEntry
from logstream.query.filters import read_filters
from logstream.query.predicate import predicate

QUERIES: list[dict[str, str]] = [
    {},
    {"level": "error,critical"},
    {"min_level": "warning", "app_key": "shop"},
    {"q": "level:error OR app_id:test"},
    {"q": "-app_key:shop timeout"},
    {"q": "level:error OR timeout"},
    {"search": "TIME"},
    {"level": "error,critical"},
]


def test_everybody_gets_what_passes_their_filter() -> None:
    wanted = [(tuple(read_filters(query)), number) for number, query in enumerate(QUERIES)]
    filters: Filters[int] = Filters(wanted)
    for level in ("info", "warning", "error"):
        for app_key in ("shop", "edge"):
            for app_id in ("test", "live"):
                for message in ("a timeout", "nothing"):
                    entry = LogEntry("i", "t", None, app_key, app_id, None, level, "c", message, NULL, "", "")
                    expected = [n for where, n in wanted if (decide := predicate(where)) is None or decide(entry)]
                    assert sorted(filters.of(entry) or []) == expected
                    assert sorted(filters.of_costly(entry)) == expected


def test_nobody_wants_what_no_filter_wants() -> None:
    filters: Filters[int] = Filters([(tuple(read_filters({"level": "error"})), 0)])
    assert filters.of(LogEntry("i", "t", None, "a", "b", None, "info", "c", "m", NULL, "", "")) is None
