"""Times: every form is the same moment, zones are those of the tz database, and what is not known is not guessed."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from logstream.formats.clock import Clock
from logstream.formats.times import CLOCK, EXACT, LOCAL, YEARLESS, time_alone_at, time_at

NOON = datetime(2024, 3, 2, 12)
T = "2024-03-01T01:02:03.000Z"
MS = "2024-03-01T01:02:03.456Z"


def at(text: str, clock: Clock | None = None) -> tuple[str, int] | None:
    """The time that a text states, which must be all of it, and how much is stated."""
    found = time_at(text, 0, clock or Clock(NOON))
    if found is None:
        return None
    assert found[1] == len(text), text[: found[1]]
    return found[0], found[2]


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2024-03-01 01:02:03", T),
        ("2024-03-01T01:02:03", T),
        ("2024/03/01 01:02:03", T),
        ("2024.03.01 01:02:03", T),
        ("2024-03-01  1:02:03", T),
        ("2024-03-01 01:02:03.456", MS),
        ("2024-03-01 01:02:03,456", MS),
        ("2024-03-01 01:02:03:456", MS),
        ("2024-03-01 01:02:03.4567890", "2024-03-01T01:02:03.456789Z"),
        ("2024-03-01_01:02:03", T),
        ("2024-03-01 01-02-03", T),
        ("2024-03-01-01.02.03.456", MS),
        ("2024-03-01, 01:02:03", T),
        ("2024/03/01 - 01:02:03", T),
        ("2024-03-01 01:02", "2024-03-01T01:02:00.000Z"),
        ("20240301 01:02:03", T),
        ("20240301 010203", T),
        ("20240301010203", T),
        ("20240301-01:02:03:456", MS),
        ("01/Mar/2024:01:02:03", T),
        ("01-Mar-2024 01:02:03", T),
        ("1 Mar 2024 01:02:03", T),
        ("01 March 2024 01:02:03", T),
        ("01-MAR-2024 01:02:03", T),
        ("1-Mar-2024::01:02:03", T),
        ("01 Mär 2024 01:02:03", T),
        ("Mar 01 2024 01:02:03", T),
        ("Mar  1 2024 01:02:03", T),
        ("Mar 1, 2024 1:02:03 AM", T),
        ("March 1, 2024 01:02:03", T),
        ("Mar  1 01:02:03 2024", T),
        ("Fri Mar  1 01:02:03 2024", T),
        ("Fri Mar 01 01:02:03.456 2024", MS),
        ("Fri, 01 Mar 2024 01:02:03", T),
        ("Friday, March 1, 2024 1:02:03 AM", T),
        ("Fri 2024-03-01 01:02:03", T),
        ("01.03.2024 01:02:03", T),
        ("3/1/2024 1:02:03 AM", T),
        ("24/03/01 01:02:03", T),
        ("2024:03:01-01:02:03", T),
        ("2024 Mar  1 01:02:03", T),
        ("2024-061 01:02:03", T),
        ("2024-W09-5T01:02:03", T),
        ("1. März 2024 01:02:03", T),
        ("1 de marzo de 2024 01:02:03", T),
        ("2024年3月1日 01:02:03", T),
        ("2024年03月01日 01時02分03秒", T),
        ("2024年3月1日 上午1:02:03", T),
        ("2024년 3월 1일 오전 1:02:03", T),
    ],
)
def test_every_form_of_a_date_is_understood(text: str, time: str) -> None:
    assert at(text) == (time, LOCAL)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("1709254923", T),
        ("1709254923.456", MS),
        ("1709254923456", MS),
        ("1709254923456789", "2024-03-01T01:02:03.456789Z"),
        ("1709254923456789012", "2024-03-01T01:02:03.456789Z"),
        ("1.709254923456e+09", MS),
    ],
)
def test_numbers_are_seconds_or_parts_of_them_by_their_length(text: str, time: str) -> None:
    assert at(text) == (time, EXACT)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2024-03-01T01:02:03Z", T),
        ("2024-03-01t01:02:03z", T),
        ("20240301T010203Z", T),
        ("2024-03-01T02:02:03+01:00", T),
        ("2024-03-01T02:02:03+0100", T),
        ("2024-03-01 02:02:03 +01", T),
        ("2024-03-01 06:32:03 +0530", T),
        ("2024-02-29 18:02:03-07:00", T),
        ("2024-03-01 03:02:03 GMT+02:00", T),
        ("2024-03-01 03:02:03 UTC+2", T),
        ("2024-02-29 20:02:03 GMT-0500", T),
        ("2024-03-01 01:02:03 UTC", T),
        ("2024-03-01 02:02:03 CET", T),
        ("2024-07-01 02:02:03 BST", "2024-07-01T01:02:03.000Z"),
        ("2024-07-01 11:02:03 AEST", "2024-07-01T01:02:03.000Z"),
        ("2024-03-01 10:02:03 JST", T),
        ("2024-02-29 20:02:03 EST", T),
        ("01-Mar-2024 02:02:03 Europe/Paris", T),
        ("2024-07-01 03:02:03 Europe/Paris", "2024-07-01T01:02:03.000Z"),
        ("2024-02-29 22:02:03 America/Argentina/Buenos_Aires", T),
        ("2024-03-01T02:02:03+01:00[Europe/Berlin]", T),
        ("2024-03-01T01:02:03Z[UTC]", T),
        ("2024-03-01 02:02:03 +0100 CET", T),
        ("Fri Mar 01 2024 02:02:03 GMT+0100 (Central European Standard Time)", T),
        ("2024-061T01:02:03Z", T),
        ("Fri Mar  1 02:02:03 CET 2024", T),
        ("01/Mar/2024:02:02:03 +0100", T),
        ("Mar 1, 2024 2:02:03 AM CET", T),
    ],
)
def test_a_zone_behind_a_clock_makes_it_a_moment(text: str, time: str) -> None:
    assert at(text) == (time, EXACT)


@pytest.mark.parametrize(
    "text",
    [
        "2024-02-30 01:02:03",
        "2024-13-01 01:02:03",
        "1969-12-31 23:59:59",
        "2024-03-01",
        "2023-366T00:00:00",
        "2024-000 00:00:00",
        "2023-W53-1T00:00:00",
        "9999-999T00:00:00",
    ],
)
def test_days_that_no_calendar_has_are_no_times(text: str) -> None:
    assert at(text) is None


def test_a_leap_second_and_the_end_of_a_day_are_never_early() -> None:
    assert at("2016-12-31 23:59:60") == ("2017-01-01T00:00:00.000Z", LOCAL)
    assert at("2016-12-31T23:59:60.5Z") == ("2017-01-01T00:00:00.000Z", EXACT)
    assert at("2024-02-29T24:00:00Z") == ("2024-03-01T00:00:00.000Z", EXACT)


@pytest.mark.parametrize("name", ["CST", "IST", "AST"])
def test_an_ambiguous_zone_is_not_guessed_unless_it_is_told(name: str) -> None:
    text = f"2024-03-01 09:02:03 {name}"
    assert at(text) == ("2024-03-01T09:02:03.000Z", LOCAL)
    told = Clock(NOON, zones={name: ZoneInfo("Asia/Shanghai")})
    assert at(text, told) == (T, EXACT)


def test_a_twelve_hour_clock_is_an_american_one() -> None:
    assert at("May 18, 2018 1:20:10 PM CST") == ("2018-05-18T19:20:10.000Z", EXACT)
    assert at("12/1/2023 12:00:00 AM") == ("2023-12-01T00:00:00.000Z", LOCAL)
    assert at("12/1/2023 12:00:00 PM") == ("2023-12-01T12:00:00.000Z", LOCAL)


def test_which_number_is_the_day_is_told_by_an_option_a_line_or_not_at_all() -> None:
    assert at("03/01/2024 01:02:03") is None
    assert at("03/01/2024 01:02:03", Clock(NOON, day_first=False)) == (T, LOCAL)
    assert at("01/03/2024 01:02:03", Clock(NOON, day_first=True)) == (T, LOCAL)
    clock = Clock(NOON)
    assert at("13/02/2024 01:02:03", clock) == ("2024-02-13T01:02:03.000Z", LOCAL)
    assert at("01/03/2024 01:02:03", clock) == (T, LOCAL)
    assert at("02/13/2024 01:02:03") == ("2024-02-13T01:02:03.000Z", LOCAL)


def test_a_time_without_a_zone_is_of_the_sources_own_summer_time_included() -> None:
    berlin = Clock(NOON, zone=ZoneInfo("Europe/Berlin"))
    assert at("2024-03-01 02:02:03", berlin) == (T, LOCAL)
    assert at("2024-07-01 03:02:03.5", berlin) == ("2024-07-01T01:02:03.500Z", LOCAL)
    assert at("2024-07-01T03:02:03Z", berlin) == ("2024-07-01T03:02:03.000Z", EXACT)
    assert at("Mar  1 02:02:03", berlin) == (T, YEARLESS)


def test_a_time_of_day_alone_is_of_the_last_day_that_had_it() -> None:
    clock = Clock(NOON)
    assert time_alone_at("01:02:03.456", 0, clock) == ("2024-03-02T01:02:03.456Z", 12, CLOCK)
    assert time_alone_at("23:02:03", 0, clock) == ("2024-03-01T23:02:03.000Z", 8, CLOCK)
    assert time_alone_at("1:02:03 PM", 0, clock) == ("2024-03-01T13:02:03.000Z", 10, CLOCK)
    assert time_alone_at("25:02:03", 0, clock) is None


def test_a_time_without_a_year_is_the_latest_that_is_no_more_than_a_day_ahead() -> None:
    clock = Clock(datetime(2026, 3, 1, 12))
    assert at("Mar  2 11:59:59", clock) == ("2026-03-02T11:59:59.000Z", YEARLESS)
    assert at("Mar  2 12:00:01", clock) == ("2025-03-02T12:00:01.000Z", YEARLESS)
    assert at("Dec 10 06:55:46", clock) == ("2025-12-10T06:55:46.000Z", YEARLESS)
    assert at("Feb 29 10:00:00", clock) == ("2024-02-29T10:00:00.000Z", YEARLESS)
    assert at("03-01 01:02:03.456", clock) == ("2026-03-01T01:02:03.456Z", YEARLESS)


def test_the_clock_goes_on() -> None:
    clock = Clock(datetime(2026, 12, 31, 12))
    assert at("Jan  2 10:00:00", clock) == ("2026-01-02T10:00:00.000Z", YEARLESS)
    clock.set(datetime(2027, 1, 2, 12))
    assert at("Jan  2 10:00:00", clock) == ("2027-01-02T10:00:00.000Z", YEARLESS)


def test_no_time_without_a_year_is_later_than_its_file() -> None:
    until = datetime(2024, 11, 29, tzinfo=UTC)
    clock = Clock(datetime(2026, 3, 1, 12), until=until)
    assert [at(f"Nov {day} 10:00:00", clock) for day in (26, 28, 30)] == [
        ("2024-11-26T10:00:00.000Z", YEARLESS),
        ("2024-11-28T10:00:00.000Z", YEARLESS),
        ("2023-11-30T10:00:00.000Z", YEARLESS),
    ]


def test_a_zone_may_be_anything_that_python_has() -> None:
    clock = Clock(NOON, zone=timezone(timedelta(hours=-3)))
    assert at("2024-02-29 22:02:03", clock) == (T, LOCAL)
