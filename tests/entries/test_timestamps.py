"""Timestamps: every form that is understood, and the one that is written."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logstream.entries.timestamps import WRITTEN_FORM, format_timestamp, is_day, parse_timestamp


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("2025-01-15T14:22:00.000Z", "2025-01-15T14:22:00.000Z"),
        ("2025-01-15T14:22:00Z", "2025-01-15T14:22:00.000Z"),
        ("2025-01-15t14:22:00z", "2025-01-15T14:22:00.000Z"),
        ("2025-01-15T14:22Z", "2025-01-15T14:22:00.000Z"),
        ("2025-01-15T14:22:00", "2025-01-15T14:22:00.000Z"),
        ("2025-01-15 14:22:00", "2025-01-15T14:22:00.000Z"),
        ("2025-01-15 14:22:00 UTC", "2025-01-15T14:22:00.000Z"),
        ("2025-01-15", "2025-01-15T00:00:00.000Z"),
        ("2025-01-15T14:22:00+02:00", "2025-01-15T12:22:00.000Z"),
        ("2025-01-15T14:22:00-0530", "2025-01-15T19:52:00.000Z"),
        ("2025-01-15T14:22:00+02", "2025-01-15T12:22:00.000Z"),
        ("2025-01-15T14:22:00.5Z", "2025-01-15T14:22:00.500Z"),
        ("2025-01-15T14:22:00,5Z", "2025-01-15T14:22:00.500Z"),
        ("2025-01-15T14:22:00.123456Z", "2025-01-15T14:22:00.123456Z"),
        ("2025-01-15T14:22:00.123000Z", "2025-01-15T14:22:00.123Z"),
        ("2025-01-15T14:22:00.123456789Z", "2025-01-15T14:22:00.123456Z"),
        (1736950920, "2025-01-15T14:22:00.000Z"),
        (1736950920.25, "2025-01-15T14:22:00.250Z"),
        (1736950920123, "2025-01-15T14:22:00.123Z"),
        (1736950920123456, "2025-01-15T14:22:00.123456Z"),
        (1736950920123456789, "2025-01-15T14:22:00.123456Z"),
        ("1736950920", "2025-01-15T14:22:00.000Z"),
        ("@1736950920", "2025-01-15T14:22:00.000Z"),
        ("@1736950920.5", "2025-01-15T14:22:00.500Z"),
        ("@0", "1970-01-01T00:00:00.000Z"),
        (0, "1970-01-01T00:00:00.000Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
        ("2024-02-29", "2024-02-29T00:00:00.000Z"),
    ],
)
def test_these_forms_are_understood(given: object, written: str) -> None:
    moment = parse_timestamp(given)
    assert moment is not None
    assert format_timestamp(moment) == written


@pytest.mark.parametrize(
    "given",
    [
        "", "yesterday", "2025-02-30", "2025-13-01", "2025-01-15T25:00:00Z", "2025-01-15T14:22:00+25:00", "2025-W03-1",
        "1969-12-31T23:59:59Z", "9999-12-31T23:59:59-01:00", "0000-01-01", "20250115", "12:00", "@", "@x", -1, -1.5,
        float("inf"), float("nan"), 10**30, True, None, [], {}, "2025-01-15T14:22:00.Z", "2025-01-15+02:00",
    ],
)  # fmt: skip
def test_these_are_not_understood(given: object) -> None:
    assert parse_timestamp(given) is None


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9999, 12, 31, 23, 59, 59, 999999)))
def test_what_is_written_is_understood_as_the_same_moment(moment: datetime) -> None:
    written = format_timestamp(moment)
    parsed = parse_timestamp(written)
    assert parsed == moment.replace(tzinfo=UTC)
    assert format_timestamp(parsed) == written


@given(
    st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(9998, 1, 1)),
    st.integers(min_value=-23 * 60, max_value=23 * 60),
)
def test_an_offset_is_taken_off(moment: datetime, minutes: int) -> None:
    sign, size = "-" if minutes < 0 else "+", abs(minutes)
    text = f"{moment.isoformat()}{sign}{size // 60:02d}:{size % 60:02d}"
    assert parse_timestamp(text) == (moment - timedelta(minutes=minutes)).replace(tzinfo=UTC)


@given(st.text() | st.integers() | st.floats() | st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.,+Z-]{0,20}"))
def test_nothing_makes_it_fail(given: object) -> None:
    moment = parse_timestamp(given)
    assert moment is None or 1970 <= moment.year <= 9999


@given(st.datetimes(min_value=datetime(1970, 1, 1)).map(lambda m: m.replace(microsecond=m.microsecond // 1000 * 1000)))
def test_the_short_cut_for_the_written_form_takes_only_real_moments(moment: datetime) -> None:
    written = format_timestamp(moment)
    assert WRITTEN_FORM.fullmatch(written)
    assert is_day(written[:10])
    assert not is_day("2025-02-30")
