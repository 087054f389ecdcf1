"""Lines behind the prefixes of containers: the prefix is read, and so is the line behind it."""

import json
from datetime import datetime
from typing import Any

import pytest

from logstream.formats.clock import Clock
from logstream.formats.fields import Fields
from logstream.formats.reading import read_line

CLOCK = Clock(datetime(2024, 3, 2, 12))


def read(line: str) -> Fields:
    fields = read_line(line, CLOCK)
    assert fields is not None
    return fields


def context(fields: Fields) -> Any:
    raw = fields.context_json()
    return None if raw is None else json.loads(bytes(raw))


def test_the_prefix_of_kubernetes_is_no_part_of_the_message() -> None:
    fields = read("2024-03-01T01:02:03.456789012Z stderr F WARN low disk")
    assert (fields.message, fields.level, fields.timestamp) == (
        "WARN low disk",
        "warning",
        "2024-03-01T01:02:03.456789Z",
    )
    assert context(fields) == {"stream": "stderr"}


def test_an_object_in_it_is_the_entry_and_its_own_time_counts() -> None:
    fields = read('2024-03-01T01:02:04Z stdout F {"level":"error","msg":"boom","ts":1709254923.5,"a":1}')
    assert (fields.message, fields.level, fields.timestamp) == ("boom", "error", "2024-03-01T01:02:03.500Z")
    assert context(fields) == {"a": 1, "time": "2024-03-01T01:02:04.000Z", "stream": "stdout"}


def test_a_time_without_a_zone_in_it_counts_less_than_its_own() -> None:
    fields = read("2024-03-01T01:02:03.456Z stdout F 2024-03-01 03:02:03 ERROR boom")
    assert (fields.timestamp, fields.level) == ("2024-03-01T01:02:03.456Z", "error")


def test_an_empty_line_of_a_container_is_nothing() -> None:
    assert read_line("2024-03-01T01:02:03Z stdout F ", CLOCK) is None
    assert read_line("web-1  | ", CLOCK) is None
    assert read_line('{"log":"\\n","stream":"stdout","time":"2024-03-01T01:02:03Z"}', CLOCK) is None


def test_dockers_own_lines_are_read() -> None:
    fields = read(
        '{"log":"2024-03-01 03:02:03 ERROR boom\\n","stream":"stderr","attrs":{"tag":"web"},"time":"2024-03-01T01:02:03.456789012Z"}'
    )
    assert (fields.message, fields.level, fields.timestamp) == (
        "2024-03-01 03:02:03 ERROR boom",
        "error",
        "2024-03-01T01:02:03.456789Z",
    )
    assert context(fields) == {"stream": "stderr", "attrs": {"tag": "web"}}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('web-1  | {"level":"error","msg":"boom"}', "boom"),
        ("web-1  | 2024-03-01T01:02:03Z ERROR boom", None),
        ('2024-03-01T01:02:03.456789012Z {"level":"error","msg":"boom"}', "boom"),
        ('web-1  | 2024-03-01T01:02:03.456789012Z {"level":"error","msg":"boom"}', "boom"),
        ('[pod/web-7d9f/app] {"level":"error","msg":"boom"}', "boom"),
        ('web-7d9f app {"level":"error","msg":"boom"}', "boom"),
        ('Mar  1 01:02:03 web app[7]: {"level":"error","msg":"boom"}', "boom"),
        ('<14>Mar  1 01:02:03 web app[7]: {"level":"error","msg":"boom"}', "boom"),
        ('Mar  1 01:02:03 web app[7]: @cee: {"level":"error","msg":"boom"}', "boom"),
        ('2024-03-01T01:02:03Z stdout F Mar  1 01:02:03 web app[7]: {"level":"error","msg":"boom"}', "boom"),
    ],
)
def test_a_line_inside_a_line_is_read(line: str, message: str | None) -> None:
    fields = read(line)
    assert (fields.message, fields.level) == (message or line, "error")


def test_fields_at_the_end_of_a_line_are_no_line_inside_it() -> None:
    line = '2024-03-01T01:02:03Z\tWARN\tx.go:7\tboom\t{"level": "error", "msg": "x"}'
    assert (read(line).message, read(line).level) == (line, "warning")
    line = '[2024-03-01 01:02:03] shop.WARNING: boom {"level":"error","msg":"x"} []'
    assert (read(line).message, read(line).level) == (line, "warning")


def test_who_wrote_it_is_told() -> None:
    assert read("web-1  | hello").service == "web-1"
    fields = read('web-1  | {"level":"error","msg":"boom"}')
    assert (fields.service, context(fields)) == ("web-1", {"container": "web-1"})


def test_a_bar_behind_a_level_is_no_container() -> None:
    assert read("info | started").service is None
