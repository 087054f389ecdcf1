"""Better Stack's events in msgpack."""

import msgspec
import pytest

from logstream.receivers.request import Undecodable
from tests.receivers.records import answer, context, decoded, entries, entry

EVENT = {
    "dt": "2026-01-15T14:23:20.123+00:00", "level": "warning", "severity": 3, "message": "order", "user_id": 7,
    "context": {"runtime": {"logger_name": "shop.checkout", "host": "web-1"}, "system": {"pid": 1}}, "stack_info": None,
}  # fmt: skip


def test_an_event_is_an_entry() -> None:
    made = entry("Better Stack", msgspec.msgpack.encode([EVENT]))
    assert (made.message, made.level, made.timestamp) == ("order", "warning", "2026-01-15T14:23:20.123Z")
    assert (made.category, made.app_id) == ("shop.checkout", "web-1")
    assert context(made) == {"runtime": EVENT["context"]["runtime"], "system": {"pid": 1}, "user_id": 7}  # type: ignore[index]


def test_json_is_read_too_and_an_error_of_node_is_the_exception() -> None:
    made = entry(
        "Better Stack", [{"message": "no", "name": "TypeError", "stack": "TypeError: no\n at x", "level": "error"}]
    )
    assert context(made) == {"exception": {"type": "TypeError", "message": "no", "stack": "TypeError: no\n at x"}}


def test_texts_that_are_not_utf8_are_repaired() -> None:
    body = msgspec.msgpack.encode([{"message": "xx", "n": 1}]).replace(b"xx", b"\xffx")
    assert [made.message for made in entries("Better Stack", body)] == ["\ufffdx"]


@pytest.mark.parametrize("body", [b"\xc1", b"\xdd\xff\xff\xff\xff", b"\x9f\x01", b"\xd9\xff"])
def test_what_is_no_msgpack_is_refused(body: bytes) -> None:
    with pytest.raises(Undecodable):
        decoded("Better Stack", body)


def test_success_is_202() -> None:
    assert answer("Better Stack", b"[]").status == 202
