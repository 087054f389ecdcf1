"""The link of an alert shows what the alert is about: its filters as the page has them in its address."""

from urllib.parse import parse_qs, urlsplit

import pytest

from logstream.alerts.alert import Alert, Each
from logstream.alerts.notice import link_of
from logstream.query.filters import read_filter_object


def address(query: object, group: dict[str, str | None] | None = None) -> dict[str, str]:
    alert = Alert("checkout", read_filter_object(query), Each())
    link = link_of(alert, group, 1_767_225_600.0, None, "http://logs.test")
    shown = {name: text for name, (text,) in parse_qs(urlsplit(link).query).items()}
    assert (shown.pop("from"), shown.pop("to")) == ("2025-12-31T23:55:00.000Z", "2026-01-01T00:05:00.000Z")
    return shown


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({}, {}),
        ({"level": ["error", "critical"], "app_key": "shop"}, {"level": "error,critical", "app_key": "shop"}),
        ({"app_key": ["a,b", "c"]}, {"app_key": "a\\,b,c"}),
        ({"category": "a,b"}, {"category": "a\\,b"}),
        ({"category": ["http", "login"]}, {"category": "http,login"}),
        ({"search": "card declined"}, {"search": "card declined"}),
        ({"search": ["a", 'b"']}, {"q": r'message:"a" OR message:"b\""'}),
        ({"min_level": "warning", "q": "a OR b"}, {"q": "(level:>=warning) (a OR b)"}),
        ({"context.user.id": 7}, {"q": 'context.user.id:"7"'}),
    ],
)
def test_its_filters_are_those_of_the_alert(query: object, shown: dict[str, str]) -> None:
    assert address(query) == shown


def test_a_group_narrows_it() -> None:
    assert address({"level": "error"}, {"app_key": "a,b", "context.k": None, "category": "x"}) == {
        "level": "error",
        "app_key": "a\\,b",
        "q": '(-context.k:*) (category:"x")',
    }
