"""Names of journal files: days in the log folder, numbers in the spool, and the same form on disk for both."""

from datetime import date

import pytest

from logstream.stores.journal.naming import BY_DATE, BY_NUMBER


def test_a_timestamp_belongs_to_the_file_of_its_day() -> None:
    assert BY_DATE.name_for("2026-01-15T10:00:00.000Z") == "2026/01/15.jsonl"
    assert BY_DATE.date_in("2026/01/15.jsonl") == date(2026, 1, 15)


@pytest.mark.parametrize("name", ["2026/13/01.jsonl", "2026/02/30.jsonl", "0000/00/01.jsonl"])
def test_a_name_need_not_be_a_day_of_the_calendar(name: str) -> None:
    assert BY_DATE.date_in(name) is None


@pytest.mark.parametrize(
    ("number", "name"), [(1, "0000/00/01.jsonl"), (100, "0000/01/00.jsonl"), (20_260_115, "2026/01/15.jsonl")]
)
def test_a_number_has_the_name_that_spools_have_always_had_and_is_no_date(number: int, name: str) -> None:
    assert BY_NUMBER.name_for(number) == name
    assert BY_NUMBER.number_in(name) == number
    assert BY_NUMBER.date_in(name) is None
