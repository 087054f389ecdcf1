"""logfmt: time, level and trace of the pairs, the others as context, the line as the message."""

import json
from datetime import datetime

import pytest

from logstream.formats.clock import Clock
from logstream.formats.fields import Fields
from logstream.formats.reading import read_line

CLOCK = Clock(datetime(2024, 3, 2, 12))


def read(line: str) -> Fields:
    fields = read_line(line, CLOCK)
    assert fields is not None
    assert fields.message == line
    return fields


def context(fields: Fields) -> object:
    raw = fields.context_json()
    return None if raw is None else json.loads(bytes(raw))


def test_pairs_are_context_and_numbers_stay_numbers() -> None:
    fields = read(
        'time=2024-03-01T01:02:03Z level=warn msg="low disk" free=3 ratio=0.50 id=007 path="a \\"b\\"" ok=true'
    )
    assert (fields.timestamp, fields.level) == ("2024-03-01T01:02:03.000Z", "warning")
    assert context(fields) == {"free": 3, "ratio": 0.5, "id": "007", "path": 'a "b"', "ok": True}


def test_traces_and_loggers_are_found() -> None:
    fields = read("ts=2024-03-01T01:02:03Z level=info logger=shop.db trace_id=4bf92f3577b34da6a3ce929d0e0e4736 msg=x")
    assert (fields.trace_id, fields.category) == ("4bf92f3577b34da6a3ce929d0e0e4736", "shop.db")


def test_a_text_without_quotes_does_not_end_the_reading_of_time_and_level() -> None:
    fields = read("time=2024-03-01T01:02:03Z level=error msg=no quotes here")
    assert (fields.timestamp, fields.level) == ("2024-03-01T01:02:03.000Z", "error")


@pytest.mark.parametrize(
    "line",
    [
        "player=anna level=3 hp=10",
        "PATH=/bin LEVEL=error HOME=/root",
        "a=1 b=2 c=3",
        "level=high score=7 hp=10",
    ],
)
def test_pairs_of_other_programs_state_no_level_and_are_context_all_the_same(line: str) -> None:
    fields = read(line)
    assert (fields.timestamp, fields.level) == (None, None)
    assert set(line.replace("=", " ").split()[::2]) == set(dict(fields.context))


def test_a_level_inside_a_quoted_text_is_not_seen() -> None:
    assert read('ts=2024-03-01T01:02:03Z msg="level=error is bad"').level is None


@pytest.mark.parametrize(
    "line",
    [
        '2024-03-01T01:02:03Z level=error msg="behind a time"',
        '2024-03-01T01:02:03Z caller=x.go:7 level=error msg="not first"',
        'Mar  1 01:02:03 web app[7]: level=error msg="behind a tag"',
        "[2024-03-01 01:02:03] LEVEL=ERROR STATUS=FAILED",
        'web-1  | time=2024-03-01T01:02:03Z level=error msg="in compose"',
        'web-1  | level=error msg="in compose"',
        "2024-03-01T01:02:03.456789+00:00 heroku[router]: at=error code=H12",
    ],
)
def test_pairs_are_read_behind_a_prefix(line: str) -> None:
    assert read(line).level == "error"


def test_a_doubled_name_counts_once_and_a_line_of_nothing_but_pairs_is_bounded() -> None:
    assert context(read("level=info msg=x a=1 a=2")) == {"a": 1}
    assert len(read("level=info msg=x " + " ".join(f"k{number}=1" for number in range(5000))).context) == 200
