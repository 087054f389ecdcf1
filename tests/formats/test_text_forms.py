"""Lines of text: the time and level that a person reads in them, and never any that they don't state."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logstream.formats.clock import Clock
from logstream.formats.reading import read_line
from tests.formats.programs import LINES, Line

NOON = datetime(2024, 3, 2, 12)
LEVELS = {"debug", "info", "notice", "warning", "error", "critical", None}


def stated(text: str, clock: Clock | None = None) -> tuple[str | None, str | None]:
    fields = read_line(text, clock or Clock(NOON))
    assert fields is not None
    return fields.timestamp, fields.level


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.program)
def test_lines_of_well_known_programs_are_read_as_a_person_reads_them(line: Line) -> None:
    assert stated(line.text) == (line.time, line.level)


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.program)
def test_the_message_of_a_line_of_text_is_the_whole_line(line: Line) -> None:
    fields = read_line(line.text.encode() + b"\r\n", Clock(NOON))
    assert fields is not None
    assert fields.message == line.text


@pytest.mark.parametrize("word", ["TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "WARNING", "ERROR", "CRITICAL", "FATAL"])
@pytest.mark.parametrize(
    "form",
    [
        "2024-03-01 01:02:03 {} x",
        "2024-03-01 01:02:03,456 [main] {} x",
        "2024-03-01 01:02:03 - a.b - {} - x",
        "[2024-03-01 01:02:03] {}: x",
        "2024-03-01 01:02:03 [{}] x",
        "2024-03-01 01:02:03|{}|x",
        "2024-03-01 01:02:03\t{}\tx",
        "{} 2024-03-01 01:02:03 x",
        "{}: x",
        "[{}] x",
    ],
)
def test_every_word_for_a_level_counts_in_every_place_of_one(form: str, word: str) -> None:
    wanted = {"TRACE": "debug", "WARN": "warning", "FATAL": "critical"}.get(word, word.lower())
    assert stated(form.format(word))[1] == wanted


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-01 01:02:03 no errors today",
        "2024-03-01 01:02:03 warning signs appeared",
        "2024-03-01 01:02:03 user said ERROR",
        "2024-03-01 01:02:03 error-handler started",
        "2024-03-01 01:02:03 ERROR_CODE is 7",
        "2024-03-01 01:02:03 errors: 7",
        "critical path found",
        "Fine, thanks",
        "player=anna level=9 hp=1",
        'GET /x?level=error HTTP/1.1" 200',
    ],
)
def test_prose_states_no_level(text: str) -> None:
    assert stated(text)[1] is None


@pytest.mark.parametrize(
    "text",
    [
        "the backup of 2019-01-01 01:02:03 failed",
        "meeting at 10:00:00 with all of us",
        "12 monkeys",
        "  indented 2026-01-02 03:04:05 ERROR",
        "2024-02-30 10:00:00 is no day",
        "99999999999999999999",
        "10.0.0.1 1.2.3.4",
    ],
)
def test_prose_states_no_time(text: str) -> None:
    assert stated(text)[0] is None


def test_the_level_of_a_line_is_known_though_its_time_is_not() -> None:
    assert stated("03/01/2024 01:02:03 ERROR boom") == (None, "error")
    assert stated("2024-13-45 25:61:61 ERROR boom") == (None, "error")


def test_colours_hide_nothing() -> None:
    assert stated("\x1b[2m2024-03-01T01:02:03Z\x1b[0m \x1b[33m WARN\x1b[0m hm") == (
        "2024-03-01T01:02:03.000Z",
        "warning",
    )


def test_only_the_first_line_of_several_states_time_and_level() -> None:
    assert stated("2024-03-01 01:02:03 x\nERROR: y") == ("2024-03-01T01:02:03.000Z", None)


@given(st.text() | st.from_regex(r"[\[<0-9A-Z :,.+|=\-\"{}/]{0,120}"))
def test_any_text_is_read(text: str) -> None:
    fields = read_line(text, Clock(NOON))
    assert fields is None or fields.level in LEVELS


@pytest.mark.parametrize("piece", ["-", "1-", "[", "[a]", "a.b ", "1 ", "a=", "(", "<1>", '{"', "a-b/", "0:"])
def test_long_lines_of_anything_are_read_in_no_time(piece: str) -> None:
    assert read_line(piece * (200_000 // len(piece)), Clock(NOON)) is not None
