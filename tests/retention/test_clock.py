"""A clock that was set forward makes entries look old; whether it can be trusted is decided here."""

import pytest

from logstream.retention.clock import ABSENCE, DAY, SLACK, Clock

NOW = 1_800_000_000.0


class Times:
    """Two clocks that the test sets."""

    def __init__(self) -> None:
        self.wall = NOW
        self.steady = 5_000.0

    def clock(self) -> Clock:
        return Clock(lambda: self.wall, lambda: self.steady)

    def pass_by(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds


@pytest.fixture
def times() -> Times:
    return Times()


def test_a_server_that_knows_nothing_trusts_its_clock(times: Times) -> None:
    clock = times.clock()
    assert clock.doubt() is None


def test_time_that_passes_is_no_jump(times: Times) -> None:
    clock = times.clock()
    clock.know(NOW - DAY)
    for _ in range(1000):
        times.pass_by(DAY)
        assert clock.doubt() is None


def test_a_clock_set_forward_while_running_is_doubted_until_it_is_set_right(times: Times) -> None:
    clock = times.clock()
    assert clock.doubt() is None
    times.wall += 365 * DAY
    said = clock.doubt()
    assert said is not None
    assert "365 days ahead" in said
    times.pass_by(10 * DAY)  # it doesn't become right by itself
    assert clock.doubt() is not None
    times.wall -= 365 * DAY
    assert clock.doubt() is None


def test_a_clock_set_forward_over_a_restart_is_doubted(times: Times) -> None:
    clock = times.clock()
    clock.know(NOW - 365 * DAY)
    said = clock.doubt()
    assert said is not None
    assert "365 days ahead" in said


def test_the_latest_that_is_known_counts(times: Times) -> None:
    clock = times.clock()
    clock.know(NOW - 365 * DAY)
    clock.know(NOW - DAY)
    clock.know(NOW - 30 * DAY)
    assert clock.doubt() is None


def test_a_week_off_and_a_day_of_correction_are_nothing(times: Times) -> None:
    clock = times.clock()
    clock.know(NOW - ABSENCE)
    assert clock.doubt() is None
    times.wall += SLACK
    assert clock.doubt() is None


def test_a_clock_set_back_is_not_doubted(times: Times) -> None:
    clock = times.clock()
    assert clock.doubt() is None
    times.wall -= 365 * DAY
    assert clock.doubt() is None


def test_who_says_that_it_is_right_is_believed(times: Times) -> None:
    clock = times.clock()
    clock.know(NOW - 365 * DAY)
    clock.trust()
    assert clock.doubt() is None
    times.pass_by(30 * DAY)
    assert clock.doubt() is None
