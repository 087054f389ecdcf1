"""Buckets of time by the clocks of a zone, where these change in every way they do."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pytest

from logstream.stores.buckets import EPOCH, Buckets

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/St_Johns",  # changed its clocks at 00:01
    "America/Havana",  # sets them forward at midnight
    "Pacific/Apia",  # had no 30 December 2011
    "Antarctica/Troll",  # sets them by two hours
    "Australia/Lord_Howe",  # by half an hour
    "Asia/Kathmandu",
    "Etc/GMT+12",
)
RANGES = (
    (datetime(1970, 1, 1), datetime(1970, 1, 1)),
    (datetime(1970, 1, 1), datetime(9999, 12, 31, 23, 59, 59)),
    (datetime(2010, 11, 6, 20), datetime(2010, 11, 8, 9)),
    (datetime(2011, 12, 25), datetime(2012, 1, 5)),
    (datetime(2025, 3, 28, 5), datetime(2025, 11, 9)),
    (datetime(2025, 3, 30, 1, 30), datetime(2025, 3, 30, 9)),
)
INTERVALS = "(epoch(moment)::BIGINT - {start}) // {interval}"


def shown(buckets: Buckets) -> list[str]:
    return [(EPOCH + timedelta(seconds=start)).isoformat(" ", "minutes") for start in buckets.starts]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("most", [1, 7, 60, 1000])
def test_every_range_is_covered_and_sql_agrees(zone: str, most: int) -> None:
    for start, end in RANGES:
        buckets = Buckets(start, end, most, ZoneInfo(zone))
        first, last = (int(moment.replace(tzinfo=UTC).timestamp()) for moment in (start, end))
        assert buckets.starts == sorted(set(buckets.starts))
        assert buckets.starts[0] <= first <= buckets.starts[0] + buckets.interval + 7200
        assert len(buckets.starts) <= most + 1
        within = {first + n * (last - first) // 100 for n in range(101)} | {at for at in buckets.starts if at >= first}
        seconds = sorted(within)
        counted = duckdb.execute(
            f"SELECT {buckets.sql('moment', INTERVALS)} FROM (SELECT unnest(?) AS moment)",
            [[EPOCH + timedelta(seconds=second) for second in seconds]],
        ).fetchall()
        assert [number for (number,) in counted] == [buckets.number_of(second) for second in seconds]


def test_a_day_whose_midnight_comes_twice_begins_with_the_first() -> None:
    days = Buckets(datetime(2010, 11, 6), datetime(2010, 11, 8), 3, ZoneInfo("America/St_Johns"))
    assert shown(days) == ["2010-11-05 02:30", "2010-11-06 02:30", "2010-11-07 02:30"]
    assert days.number_of(int(datetime(2010, 11, 7, 2, 31, tzinfo=UTC).timestamp())) == 2


def test_a_day_without_a_midnight_begins_when_it_begins() -> None:
    days = Buckets(datetime(2026, 3, 7, 12), datetime(2026, 3, 9, 12), 3, ZoneInfo("America/Havana"))
    assert shown(days) == ["2026-03-07 05:00", "2026-03-08 05:00", "2026-03-09 04:00"]


def test_a_day_that_a_zone_skipped_has_no_bucket() -> None:
    days = Buckets(datetime(2011, 12, 29, 12), datetime(2012, 1, 1), 3, ZoneInfo("Pacific/Apia"))
    assert shown(days) == ["2011-12-29 10:00", "2011-12-30 10:00", "2011-12-31 10:00"]


def test_the_hour_that_comes_twice_has_two_buckets() -> None:
    hours = Buckets(datetime(2025, 10, 26, 0), datetime(2025, 10, 26, 2), 3, ZoneInfo("Europe/Berlin"))
    assert shown(hours) == ["2025-10-26 00:00", "2025-10-26 01:00", "2025-10-26 02:00"]
