"""When conditions begin and end to hold, without a clock: entries have moments, and time passes when it is told to."""

from collections.abc import Sequence
from typing import Any

import pytest

from logstream.alerts.alert import read_alert
from logstream.alerts.condition import MAX_GROUPS, SAMPLE_CHARACTERS, State, Watched
from logstream.alerts.window import SLOTS, Window
from logstream.entries.entry import NULL, LogEntry


def entry(message: str = "x", app_key: str = "a") -> LogEntry:
    return LogEntry("id", "t", None, app_key, "b", None, "error", "general", message, NULL, "", "")


def watched(state: State | None = None, moment: float = 0.0, **alert: Any) -> Watched:
    return Watched(read_alert({"name": "x", **alert}), state, moment, "")


def count(op: str = ">=", n: int = 3) -> dict[str, Any]:
    return {"kind": "count", "op": op, "n": n, "window": "10s"}


def told(alert: Watched) -> Sequence[tuple[str, float, int]]:
    events = [(event.state, event.moment, event.number) for event in alert.events]
    alert.events.clear()
    return events


def test_a_window_counts_exactly_while_there_are_few() -> None:
    window = Window(10)
    for moment in (0, 1, 1, 5):
        window.add(moment)
    window.expire(9.9)
    assert (window.total, window.below_at(4), window.below_at(1)) == (4, 10, 15)
    window.expire(11)
    assert window.total == 1
    assert window.below_at(2) == float("-inf")


def test_a_window_of_many_holds_little_and_forgets_at_a_64th_of_it() -> None:
    window = Window(64)
    for number in range(100_000):
        window.add(number / 1000)
        window.expire(number / 1000)
    assert len(window.slots) <= 2 * SLOTS + 1
    assert abs(window.total - 64_000) <= 1000


def test_it_begins_with_as_many_as_it_takes_and_ends_when_they_are_old() -> None:
    alert = watched(when=count())
    for moment in (0, 8, 11):
        alert.take(entry(), moment)
    assert told(alert) == []  # never three within ten seconds
    for moment in (12, 13):
        alert.take(entry(), moment)
    assert told(alert) == [("firing", 12, 3)]
    alert.tick(21)
    assert told(alert) == [("resolved", 21, 2)]


def test_an_end_that_nobody_waited_for_lies_where_it_was() -> None:
    alert = watched(when=count(n=1))
    alert.take(entry(), 0)
    alert.take(entry(), 100)
    assert told(alert) == [("firing", 0, 1), ("resolved", 10, 0), ("firing", 100, 1)]


def test_silence_begins_a_window_after_the_last() -> None:
    alert = watched(when=count("<", 1), moment=5)
    alert.tick(14)
    alert.take(entry(), 14)
    alert.tick(20)
    assert told(alert) == []
    alert.tick(30)
    assert told(alert) == [("firing", 24, 0)]
    alert.take(entry(), 31)
    assert told(alert) == [("resolved", 31, 1)]


def test_while_nothing_can_arrive_there_is_no_silence() -> None:
    alert = watched(when=count("<", 1), moment=0)
    alert.take(entry(), 5)
    alert = watched(alert.state, when=count("<", 1))
    alert.stand_still(100)
    alert.tick(114)
    assert told(alert) == []
    alert.tick(115)
    assert told(alert) == [("firing", 115, 0)]


def test_what_was_kept_goes_on_where_it_stood() -> None:
    alert = watched(when=count(), group_by="app_key")
    alert.take(entry(), 0)
    alert.take(entry(), 1)
    alert = watched(alert.state, when=count(), group_by="app_key")
    alert.take(entry(app_key="b"), 2)
    assert told(alert) == []
    alert.take(entry(), 2)
    assert told(alert) == [("firing", 2, 3)]
    alert = watched(alert.state, when=count(), group_by="app_key")
    alert.take(entry(), 3)
    assert told(alert) == []
    alert.tick(12)
    assert told(alert) == [("resolved", 11, 2)]


def test_those_told_one_by_one_are_told_together_when_they_are_many() -> None:
    alert = watched(when={"kind": "each"})
    for number in range(25):
        alert.take(entry(), number)
    assert told(alert) == [("firing", number, 1) for number in range(10)]
    alert.tick(59)
    assert told(alert) == []
    alert.tick(60)
    assert told(alert) == [("firing", 60, 15)]
    alert.tick(200)
    assert told(alert) == []
    assert not alert.firing


def test_renotify_says_how_often_those_are_told() -> None:
    alert = watched(when={"kind": "each"}, renotify="1h")
    for number in range(5):
        alert.take(entry(), number)
    alert.tick(3600)
    assert told(alert) == [("firing", 0, 1), ("firing", 3600, 4)]


@pytest.mark.parametrize(("usual", "fires"), [(2.0, True), (4.0, False), (0.0, True), (None, False)])
def test_what_is_unusual_depends_on_what_is_usual(usual: float | None, fires: bool) -> None:
    alert = watched(when={"kind": "rate", "times": 3, "window": "1h"})
    alert.take(entry(), 0)
    assert alert.unknown(0) == []  # too few, whatever is usual
    for moment in range(1, 7):
        alert.take(entry(), moment)
    (group,) = alert.unknown(7)
    alert.know(group, usual, 7)
    assert [state for state, *_ in told(alert)] == (["firing"] if fires else [])
    assert alert.unknown(8) == []
    assert alert.unknown(400) == [group]
    alert.know(group, 100, 400)
    assert [state for state, *_ in told(alert)] == (["resolved"] if fires else [])


def test_groups_are_bounded_and_those_that_ended_make_room() -> None:
    alert = watched(when=count(), group_by=["app_key"])
    for number in range(MAX_GROUPS + 1):
        alert.take(entry(app_key=str(number)), 0)
    assert alert.fault is not None
    assert len(alert.state.groups) == MAX_GROUPS
    for moment in (20, 21, 22):
        alert.take(entry(app_key="new"), moment)
    assert told(alert) == [("firing", 22, 3)]
    assert len(alert.state.groups) == 1
    assert alert.fault is None


def test_of_a_large_entry_a_part_is_told() -> None:
    alert = watched(when={"kind": "each"})
    alert.take(entry("x" * 1_000_000), 0)
    sample = alert.events[0].entry
    assert sample is not None
    assert len(sample.message) == SAMPLE_CHARACTERS
