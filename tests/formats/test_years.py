"""Years of lines without one: those of a file go on from its first line to the time it was last written to."""

from datetime import UTC, datetime

import pytest

from logstream.formats.clock import Clock
from logstream.formats.reading import read_line
from logstream.formats.years import first_year

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def dates(days: list[str], until: str, form: str = "{} 10:00:00 host app: x") -> list[str]:
    lines = [form.format(day) for day in days]
    data = "".join(line + "\n" for line in lines).encode()
    written = datetime.fromisoformat(until).replace(tzinfo=UTC)
    chunks = [data[start : start + 100] for start in range(0, len(data), 100)]
    clock = Clock(NOW, until=written, year=first_year(chunks, written, UTC))
    found = [read_line(line, clock) for line in lines]
    return [(fields.timestamp or "")[:10] for fields in found if fields is not None]


@pytest.mark.parametrize(
    ("days", "until", "read"),
    [
        (["Nov 26", "Nov 27"], "2024-11-29", ["2024-11-26", "2024-11-27"]),
        (["Dec 31", "Jan  1"], "2024-01-01T11:00", ["2023-12-31", "2024-01-01"]),
        (["Feb 10", "Apr  5"], "2026-03-01", ["2025-02-10", "2025-04-05"]),
        (
            ["Jul  1", "Jan  5", "Jul  2", "Jan  6"],
            "2026-01-06T11:00",
            ["2024-07-01", "2025-01-05", "2025-07-02", "2026-01-06"],
        ),
        (["Mar  3", "Mar  1", "Mar  4"], "2025-03-05", ["2025-03-03", "2025-03-01", "2025-03-04"]),
        (["Feb 28", "Feb 29", "Mar  1"], "2026-03-02", ["2024-02-28", "2024-02-29", "2024-03-01"]),
    ],
)
def test_lines_run_forwards_up_to_the_files_own_time(days: list[str], until: str, read: list[str]) -> None:
    assert dates(days, until) == read


def test_other_forms_without_a_year_do_so_too() -> None:
    assert dates(["1231", "0101"], "2024-01-02", "I{} 10:00:00.123456 7 x.go:1] x") == ["2023-12-31", "2024-01-01"]
    assert dates(["12-31", "01-01"], "2024-01-02", "{} 10:00:00.123  1  2 I x: y") == ["2023-12-31", "2024-01-01"]


def test_a_file_that_states_its_years_needs_none() -> None:
    assert first_year([b"2024-03-01 01:02:03 x\n"], NOW, UTC) is None
    assert first_year([b"Mar  1 01:02:03 2024 x\n"], NOW, UTC) is None
    assert first_year([], NOW, UTC) is None
