"""The export format of the journal, cut anywhere."""

import struct

import pytest

from logstream.formats.clock import Clock
from logstream.receivers.journald import Stream
from logstream.receivers.request import Records
from tests.receivers.records import NOW, context, decoded, entries


def binary(name: str, value: bytes) -> bytes:
    return name.encode() + b"\n" + struct.pack("<Q", len(value)) + value + b"\n"


FIRST = (
    b"__CURSOR=s=1\n__REALTIME_TIMESTAMP=1768487000123456\n_BOOT_ID=0\n_HOSTNAME=web-1\nPRIORITY=4\nMESSAGE=order 42\n"
    b"SYSLOG_IDENTIFIER=shop\n_SYSTEMD_UNIT=shop.service\nUSER_ID=7\nTRACE_ID=4bf9\n\n"
)
SECOND = (
    b"__REALTIME_TIMESTAMP=1768487000123457\nPRIORITY=3\n"
    + binary("MESSAGE", "grüße\nline two".encode())
    + binary("EXCEPTION_TEXT", b"Traceback (most recent call last):\n  File\nKeyError: 1")
    + binary("BLOB", b"\x00\xff=")
    + b"\n"
)


def test_entries_have_level_time_names_and_fields() -> None:
    first, second = entries("journald", FIRST + SECOND)
    assert (first.message, first.level, first.timestamp) == ("order 42", "warning", "2026-01-15T14:23:20.123456Z")
    assert (first.app_key, first.app_id, first.category, first.trace_id) == ("shop", "web-1", "shop.service", "4bf9")
    named = {"_HOSTNAME": "web-1", "SYSLOG_IDENTIFIER": "shop", "_SYSTEMD_UNIT": "shop.service", "USER_ID": "7"}
    assert context(first) == named
    assert (second.message, second.level) == ("grüße\nline two", "error")
    assert context(second)["exception"]["type"] == "KeyError"
    assert context(second)["BLOB"] == "\x00\ufffd="


@pytest.mark.parametrize("size", [1, 7, 64])
def test_a_stream_may_be_cut_anywhere(size: int) -> None:
    data = FIRST + SECOND + FIRST.rstrip(b"\n")
    stream, messages = Stream(Clock(NOW)), []
    for at in range(0, len(data), size):
        messages += [fields.message for fields in stream.feed(data[at : at + size]).fields]
    rest = Records()
    stream.end(rest)
    assert [*messages, *(fields.message for fields in rest.fields)] == ["order 42", "grüße\nline two", "order 42"]


def test_a_field_of_a_size_that_cannot_be_is_refused() -> None:
    records = decoded("journald", b"MESSAGE\n" + b"\xff" * 8 + b"x\n")
    assert (records.fields, records.refused) == ([], 1)
