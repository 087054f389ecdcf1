"""What a line of text says: its time and level where it states them in a common form, and never anything it doesn't."""

import json
from datetime import datetime

import pytest

from logstream.formats.clock import Clock
from logstream.formats.stream import entry_of

NOW = datetime(2026, 3, 1, 12, 0, 0)


def said(line: str) -> tuple[str | None, str | None]:
    """Time and level that are read from the line."""
    encoded = entry_of(line.encode(), Clock(NOW))
    assert encoded is not None
    entry = json.loads(encoded)
    assert entry["message"] == (line.partition(" stdout F ")[2] or line)
    return entry.get("timestamp"), entry.get("level")


@pytest.mark.parametrize(
    ("line", "timestamp", "level"),
    [
        ("[Sun Dec 04 04:47:44 2005] [error] mod_jk child", "2005-12-04T04:47:44.000Z", "error"),
        ("[Sun Dec 04 04:47:44.123456 2005] [core:notice] [pid 1] up", "2005-12-04T04:47:44.123456Z", "notice"),
        ("081109 203615 148 INFO dfs.DataNode: terminating", "2008-11-09T20:36:15.000Z", "info"),
        ("Jan 14 15:16:01 combo sshd[19939]: authentication failure", "2026-01-14T15:16:01.000Z", None),
        ("Dec 10 06:55:46 LabSZ sshd[24200]: Invalid user webmaster", "2025-12-10T06:55:46.000Z", None),
        ("Mar  2 11:59:59 host app: tomorrow", "2026-03-02T11:59:59.000Z", None),
        ("Mar  2 12:00:01 host app: more than a day ahead", "2025-03-02T12:00:01.000Z", None),
        ("Feb 29 10:00:00 host app: leap", "2024-02-29T10:00:00.000Z", None),
        ("<11>Jan 14 15:16:01 host app: broken", "2026-01-14T15:16:01.000Z", "error"),
        ("<165>1 2026-01-02T03:04:05.678Z host app 1 ID47 - hi", "2026-01-02T03:04:05.678Z", "notice"),
        ("2025-06-24 14:36:25 status installed libc6:amd64 2.36", "2025-06-24T14:36:25.000Z", None),
        ("2026-01-02 03:04:05,678 ERROR shop.views failed", "2026-01-02T03:04:05.678Z", "error"),
        ("2026-01-02 03:04:05,678 - shop.views - WARNING - low", "2026-01-02T03:04:05.678Z", "warning"),
        ("2026-01-02T03:04:05.678+02:00  WARN 1 --- [main] o.s.Boot : hi", "2026-01-02T01:04:05.678Z", "warning"),
        ("2026/01/02 03:04:05 [crit] 12#0: *1 open() failed", "2026-01-02T03:04:05.000Z", "critical"),
        ('1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 1', "2000-10-10T20:55:36.000Z", None),
        ("I0102 03:04:05.123456       1 main.go:42] started", "2026-01-02T03:04:05.123456Z", "info"),
        ("E0102 03:04:05.123456       1 main.go:42] failed", "2026-01-02T03:04:05.123456Z", "error"),
        ("2026-01-02T03:04:05.123456789Z stdout F hello", "2026-01-02T03:04:05.123456Z", None),
        ('time="2026-01-02T03:04:05Z" level=warning msg="low disk"', "2026-01-02T03:04:05.000Z", "warning"),
        ("ts=2026-01-02T03:04:05Z lvl=eror msg=x", "2026-01-02T03:04:05.000Z", "error"),
        ("2026-01-02 03:04:05.678 UTC [123] ERROR:  relation does not exist", "2026-01-02T03:04:05.678Z", "error"),
        ("1767323045.5 something", "2026-01-02T03:04:05.500Z", None),
        ("1767323045678 something", "2026-01-02T03:04:05.678Z", None),
        ("INFO:     Started server process [1]", None, "info"),
        ("[2026-01-02 03:04:05] production.ERROR: Payment failed", "2026-01-02T03:04:05.000Z", "error"),
    ],
)
def test_common_forms_are_understood(line: str, timestamp: str | None, level: str | None) -> None:
    assert said(line) == (timestamp, level)


@pytest.mark.parametrize(
    "line",
    [
        "no errors found",
        "an error occurred at 10:00",
        "Information wants to be free",
        "the critical path",
        "12 monkeys",
        "2026-02-30 10:00:00 is no day",
        "99999999999999999999",
        "error",
        "  indented 2026-01-02 03:04:05 ERROR",
    ],
)
def test_prose_states_neither_time_nor_level(line: str) -> None:
    timestamp, level = said(line)
    assert timestamp is None
    assert level is None
