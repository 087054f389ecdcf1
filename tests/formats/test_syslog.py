"""syslog from files and from the wire."""

import json
from datetime import datetime
from typing import Any

import pytest

from logstream.formats.clock import Clock
from logstream.formats.fields import Fields
from logstream.formats.reading import read_line
from logstream.formats.syslog import read_message

NOW = datetime(2024, 3, 2, 12)
T = "2024-03-01T01:02:03.000Z"


def context(fields: Fields) -> Any:
    raw = fields.context_json()
    return None if raw is None else json.loads(bytes(raw))


@pytest.mark.parametrize(
    ("line", "time", "host", "program"),
    [
        ("Mar  1 01:02:03 web-1 sshd[77]: x", T, "web-1", "sshd"),
        ("Mar  1 01:02:03 web-1 sshd(pam_unix)[77]: x", T, "web-1", "sshd(pam_unix)"),
        ("Mar  1 01:02:03 web-1 kernel: x", T, "web-1", "kernel"),
        ("Mar  1 01:02:03 sshd[77]: x", T, None, "sshd"),
        ("Mar  1 01:02:03 2024 web-1 sshd[77]: x", T, "web-1", "sshd"),
        ("Mar  1 2024 01:02:03 web-1 sshd[77]: x", T, "web-1", "sshd"),
        ("2024-03-01T01:02:03+00:00 web-1 sshd[77]: x", T, "web-1", "sshd"),
        ("2024-03-01T02:02:03+01:00 web-1 kernel: x", T, "web-1", "kernel"),
        ("2024-03-01T01:02:03+00:00 app[web.1]: x", T, None, "app"),
        ("2024-03-01 01:02:03 web-1 app[77]: x", T, "web-1", "app"),
        ("<13>Mar  1 01:02:03 web-1 su: x", T, "web-1", "su"),
        ("<13>Mar  1 01:02:03 su[77]: x", T, None, "su"),
        ("<13>2024-03-01T01:02:03+00:00 web-1 su: x", T, "web-1", "su"),
        ("<13>Mar  1 2024 01:02:03 web-1 hello", T, "web-1", None),
        ("<13>shop.checkout[77]: x", None, None, "shop.checkout"),
        ("<13>1 2024-03-01T01:02:03Z web-1 su 77 - - x", T, "web-1", "su"),
        ("<13>1 - - su - - - x", None, None, "su"),
    ],
)
def test_headers_are_taken_apart_however_much_of_them_there_is(
    line: str, time: str | None, host: str | None, program: str | None
) -> None:
    for fields in (read_message(line, Clock(NOW)), read_line(line, Clock(NOW))):
        assert fields is not None
        assert (fields.timestamp, fields.host, fields.service, fields.category) == (time, host, program, program)
    assert read_message(line, Clock(NOW)).message in ("x", "hello")


@pytest.mark.parametrize(
    "line",
    [
        "2024-03-01 01:02:03 error: it[7]: x",
        "2024-03-01T01:02:03Z error: boom",
        "2024-03-01T01:02:03Z WARN main: x",
        "2024-03-01 01:02:03 warning vpxd[7]: x",
    ],
)
def test_a_level_behind_the_time_is_no_host(line: str) -> None:
    fields = read_line(line, Clock(NOW))
    assert fields is not None
    assert (fields.host, fields.service) == (None, None)
    assert fields.level in ("error", "warning")


def test_the_priority_is_the_level_and_outweighs_the_text() -> None:
    fields = read_line("<13>Mar  1 01:02:03 web-1 su: ERROR x", Clock(NOW))
    assert fields is not None
    assert fields.level == "notice"


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("error: PAM: Authentication failure", "error"),
        ("warning: hostname x does not resolve", "warning"),
        ("ERROR boom", "error"),
        ("[warn] x", "warning"),
        ("<3>x", "error"),
        ("E0301 01:02:03.456789 7 x.go:7] boom", "error"),
        ("2024-03-01 01:02:03 WARN x", "warning"),
        ("level=error msg=x", "error"),
        ("ALERT exited abnormally with [1]", None),
        ("no errors", None),
        ("Error reading file", None),
    ],
)
def test_a_message_states_its_level_at_its_start(text: str, level: str | None) -> None:
    fields = read_line(f"Mar  1 01:02:03 web-1 app[7]: {text}", Clock(NOW))
    assert fields is not None
    assert fields.level == level


def test_a_message_from_the_wire_is_without_its_header_which_is_the_context() -> None:
    line = '<165>1 2024-03-01T01:02:03.456Z web-1 app 7 ID47 [ex@1 a="b" c="d \\"e\\""][f g="h"] hello'
    fields = read_message(line, Clock(NOW))
    assert (fields.message, fields.level, fields.timestamp) == ("hello", "notice", "2024-03-01T01:02:03.456Z")
    assert context(fields) == {
        "facility": "local4",
        "host": "web-1",
        "program": "app",
        "pid": 7,
        "msgid": "ID47",
        "ex@1": {"a": "b", "c": 'd "e"'},
        "f": {"g": "h"},
    }


def test_what_the_wire_adds_is_taken_off() -> None:
    assert read_message("<13>Mar  1 01:02:03 w a: one#012two\n", Clock(NOW)).message == "one\ntwo"
    assert read_message("<13>a[7]: x\0", Clock(NOW)).message == "x"
    assert read_message("<13>1 - - a - - - \ufeffx", Clock(NOW)).message == "x"


@pytest.mark.parametrize("line", ["", "<999>x", "<13>", "x", "<13>1 x", "<13>: x", "<>x"])
def test_no_message_is_refused_for_its_form(line: str) -> None:
    assert isinstance(read_message(line, Clock(NOW)), Fields)
