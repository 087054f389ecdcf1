"""Timestamps: what is accepted, and the one format in which they are written.

Written: ISO 8601 UTC with `Z`, three decimals, or six if the microseconds are not whole milliseconds.
Accepted: that and its relatives (RFC 3339, offsets, no offset = UTC, date only, a space for T, up to nanoseconds),
epoch numbers in s, ms, us or ns told apart by size, and `@epoch`. Years 1970 to 9999.
"""

import math
import re
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

WRITTEN_FORM: Final = re.compile(
    r"(?:19[7-9][0-9]|[2-9][0-9]{3})-[01][0-9]-[0-3][0-9]T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{3}(?:(?!000)[0-9]{3})?Z"
)
"""The written format. Only the day of the month remains to be checked, see `is_day`."""
_ISO: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[Tt ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:[.,]([0-9]{1,9}))?)?"
    r"\s?([Zz]|UTC|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)
_EPOCH: Final = re.compile(r"@?([+-]?[0-9]+(?:\.[0-9]+)?)")
_START: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_US: Final = 253_402_300_800_000_000  # the first microsecond of the year 10000


def format_timestamp(moment: datetime) -> str:
    """An aware or naive (= UTC) moment in the written format."""
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return moment.isoformat(timespec="microseconds" if moment.microsecond % 1000 else "milliseconds") + "Z"


def parse_timestamp(value: object) -> datetime | None:
    """The UTC moment stated by `value` (text or number); None if not understood or outside 1970 to 9999."""
    if isinstance(value, str):
        return _parse_text(value.strip())
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return _parse_epoch(value)


def _parse_text(text: str) -> datetime | None:
    match = _ISO.fullmatch(text)
    if match is None:
        epoch = _EPOCH.fullmatch(text)
        if epoch is None or len(text) > 40 or (text[0] != "@" and len(text) < 9):
            return None
        return _parse_epoch(float(epoch[1]) if "." in epoch[1] else int(epoch[1]))
    date, clock, fraction, zone = match.groups()
    if zone and clock is None and zone[0] in "+-":
        return None
    micros = (fraction or "")[:6].ljust(6, "0")
    offset = "+00:00" if not zone or zone[0] in "ZzU" else zone
    try:
        moment = datetime.fromisoformat(f"{date}T{clock or '00:00'}{offset}")
        moment = (moment + timedelta(microseconds=int(micros))).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment >= _START else None


def _parse_epoch(number: int | float) -> datetime | None:
    """Seconds below 1e11 (the year 5138), milliseconds below 1e14, microseconds below 1e17, nanoseconds above."""
    if isinstance(number, float) and not math.isfinite(number):
        return None
    size = abs(number)
    if size < 1e11:
        micros = round(number * 1_000_000)
    elif size < 1e14:
        micros = round(number * 1000)
    elif size < 1e17:
        micros = round(number)
    else:
        micros = int(number) // 1000
    if not 0 <= micros < _MAX_US:
        return None
    return _START + timedelta(microseconds=micros)


_known_days: set[str] = set()


def is_day(text: str) -> bool:
    """Whether `YYYY-MM-DD` is a day of the calendar. Cached: batches contain the same few days over and over."""
    if text in _known_days:
        return True
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    if len(_known_days) >= 10_000:
        _known_days.clear()
    _known_days.add(text)
    return True


def utc_now() -> datetime:
    """The current moment, naive, in UTC."""
    return datetime.now(UTC).replace(tzinfo=None)


def time_zone(name: str) -> ZoneInfo | None:
    """The zone of an IANA name such as `Europe/Berlin`; None for any other text."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
