"""Moments written as ISO 8601 in UTC, made of the parts that a line states, as text, so that no digit is lost.

Minutes are converted once and remembered: the lines of a log share them, and seconds and fractions are never touched
by an offset.
"""

from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache


def hour_of_day(hour: str, half: str | None) -> str | None:
    if half is None:
        return hour if len(hour) == 2 else "0" + hour
    number = int(hour)
    if not 1 <= number <= 12:
        return None
    return f"{number % 12 + (12 if half in 'pP' else 0):02}"


def stamp_of(day: str, hour: str, minute: str, second: str, fraction: str | None, zone: tzinfo | None) -> str | None:
    if second == "60":
        minutes = utc_minute(day, hour, minute, zone, 1)
        second, fraction = "00", None
    else:
        minutes = utc_minute(day, hour, minute, zone, 0)
    return None if minutes is None else f"{minutes}:{second}.{decimals(fraction)}Z"


def decimals(fraction: str | None) -> str:
    """Three decimals, or six where the microseconds are not whole milliseconds; what is finer is cut off."""
    if not fraction:
        return "000"
    size = len(fraction)
    if size == 3:
        return fraction
    if size < 3:
        return fraction.ljust(3, "0")
    six = fraction[:6] if size >= 6 else fraction.ljust(6, "0")
    return six[:3] if six.endswith("000") else six


@lru_cache(8192)
def utc_minute(day: str, hour: str, minute: str, zone: tzinfo | None, later: int) -> str | None:
    """`YYYY-MM-DDTHH:MM` in UTC; None for a day that no calendar has, or outside 1970 to 9999.

    24:00 is the next day's 0:00. `zone` None is this machine's. `later`: minutes to add, for a leap second.
    """
    whole_day = hour == "24"
    if whole_day and minute != "00":
        return None
    try:
        local = datetime.fromisoformat(f"{day}T{'00' if whole_day else hour}:{minute}")
        if whole_day:
            local += timedelta(days=1)
        moment = local.replace(tzinfo=zone).astimezone(UTC) + timedelta(minutes=later)
    except (ValueError, OverflowError, OSError):
        return None
    return moment.replace(tzinfo=None).isoformat(timespec="minutes") if moment.year >= 1970 else None


def epoch_stamp(seconds: int, fraction: str | None) -> str:
    """Seconds since 1970, and the digits behind their point, as ISO 8601."""
    minute, second = divmod(seconds, 60)
    return f"{_epoch_minute(minute)}:{second:02}.{decimals(fraction)}Z"


@lru_cache(8192)
def _epoch_minute(minute: int) -> str:
    return f"{datetime.fromtimestamp(minute * 60, UTC):%Y-%m-%dT%H:%M}"
