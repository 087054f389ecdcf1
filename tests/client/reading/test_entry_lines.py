"""How entries look."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from logstream.client.reading.entry_lines import EntryTable, json_lines, messages
from logstream.entries.entry import LEVELS


def entry(**fields: Any) -> bytes:
    full = {
        "id": "01KF1C2J5XQ0V7ZJ3M8N4R6T9W",
        "app_key": "billing-api",
        "app_id": "production",
        "level": "error",
        "category": "payments",
        "message": "card declined",
        "context": {"order": 4711},
        "timestamp": "2026-01-15T14:22:00.123Z",
    }
    return json.dumps(full | fields, separators=(",", ":"), ensure_ascii=False).encode()


def shown(*entries: bytes, coloured: bool = False, short_times: bool = False) -> str:
    return EntryTable(coloured=coloured, short_times=short_times).show(entries).decode()


def test_a_line_holds_time_level_app_category_message_and_context() -> None:
    assert shown(entry()) == (
        '2026-01-15 14:22:00.123 ERROR    billing-api production payments  card declined  {"order":4711}\n'
    )


def test_short_times_leave_today_out_and_only_today() -> None:
    now = datetime.now(UTC)
    today, yesterday = f"{now:%Y-%m-%dT}", f"{now - timedelta(days=1):%Y-%m-%dT}"
    if f"{datetime.now(UTC):%Y-%m-%dT}" == today:  # else midnight has just passed
        lines = shown(entry(timestamp=today + "01:02:03.004567Z"), short_times=True)
        assert lines.startswith("01:02:03.004 ERROR")
    lines = shown(entry(timestamp=yesterday + "01:02:03.004Z"), short_times=True)
    assert lines.startswith(f"{yesterday[:10]} 01:02:03.004 ERROR")


@pytest.mark.parametrize("context", [None, {}, []])
def test_an_empty_context_is_not_shown(context: object) -> None:
    assert shown(entry(context=context)).endswith("payments  card declined\n")


def test_columns_are_aligned_and_stay_so() -> None:
    lines = EntryTable(coloured=False)
    first = lines.show([entry(app_key="a", level=level) for level in LEVELS] + [entry(category="c")]).decode()
    later = lines.show([entry(app_key="a", app_id="b", category="c")]).decode()
    assert {line.index("card") for line in (first + later).splitlines()} == {first.index("card")}


def test_colours_surround_level_app_and_context_and_change_no_text() -> None:
    for level in (*LEVELS, "odd"):
        coloured = shown(entry(level=level), coloured=True)
        assert re.sub("\x1b\\[[0-9;]*m", "", coloured) == shown(entry(level=level))
        assert coloured.count("\x1b[0m") == (2 if level in ("info", "odd") else 3)


def test_further_lines_of_a_message_are_indented_so_that_none_passes_for_an_entry() -> None:
    forged = shown(entry())
    line, *more = shown(entry(message=f"Traceback\r\n  File x\n{forged}", context=None)).splitlines()
    assert line.endswith("Traceback")
    assert more == ["      File x", "    " + forged.rstrip()]


def test_no_field_reaches_the_terminal_with_control_characters() -> None:
    evil = "\x1b[2J\x9b\r\x7f\u202e"
    names = ("app_key", "app_id", "level", "category", "message", "timestamp")
    fields: dict[str, Any] = dict.fromkeys(names, evil)
    lines = shown(entry(**fields, context={"key" + evil: evil}))
    assert not [one for one in lines[:-1] if ord(one) < 32 or 127 <= ord(one) < 160 or one == "\u202e"]


def test_json_is_the_very_bytes_and_for_a_terminal_the_same_value() -> None:
    raw = b'{"message": "\xc2\x9b31m\xc3\xbc", "n": 1.0}'
    for one in (raw, msgspec.Raw(raw)):
        assert json_lines([one, one], for_terminal=False) == raw + b"\n" + raw + b"\n"
        assert json_lines([one], for_terminal=True) == b'{"message": "\\u009b31m\xc3\xbc", "n": 1.0}\n'


def test_messages_alone_are_as_they_came_or_harmless() -> None:
    entries = [entry(message="a\x1b[1m"), entry(message="b")]
    assert messages(entries, for_terminal=False) == b"a\x1b[1m\nb\n"
    assert messages(entries, for_terminal=True).decode() == "a␛[1m\nb\n"
