"""GELF messages."""

from tests.receivers.records import answer, context, decoded, entry

TRACE = 'Traceback (most recent call last):\n\n  File "a.py", line 6, in f\n\nZeroDivisionError: division by zero\n'


def test_a_message_is_an_entry_and_its_fields_lose_their_underscore() -> None:
    sent = {
        "version": "1.1", "host": "web-1", "short_message": "order", "timestamp": 1768487000.123, "level": 4,
        "_app": "shop", "_logger": "shop.checkout", "_trace_id": "4bf9", "_vip": True, "_cart": {"n": [1, 2.50]},
        "_nothing": None, "line": 5,
    }  # fmt: skip
    made = entry("GELF", sent)
    assert (made.message, made.level, made.timestamp) == ("order", "warning", "2026-01-15T14:23:20.123Z")
    assert (made.app_key, made.app_id, made.category, made.trace_id) == ("shop", "web-1", "shop.checkout", "4bf9")
    assert context(made) == {"host": "web-1", "app": "shop", "vip": True, "cart": {"n": [1, 2.5]}, "line": 5}


def test_a_full_message_that_is_a_stack_is_the_exception() -> None:
    made = entry("GELF", {"short_message": "failed", "full_message": TRACE, "level": 3, "facility": "shop"})
    assert (made.level, made.category) == ("error", "shop")
    said = context(made)["exception"]
    assert (said["type"], said["message"], said["stack"]) == ("ZeroDivisionError", "division by zero", TRACE.strip())


def test_a_full_message_of_prose_is_kept_unless_it_is_the_short_one() -> None:
    assert context(entry("GELF", {"short_message": "a", "full_message": "a, at length"})) == {
        "full_message": "a, at length"
    }
    assert context(entry("GELF", {"short_message": "a", "full_message": "a"})) is None


def test_without_a_level_a_message_is_information() -> None:
    assert entry("GELF", {"short_message": "a"}).level == "info"


def test_success_is_202_and_what_is_no_object_is_counted() -> None:
    assert answer("GELF", b'{"short_message":"a"}').status == 202
    assert decoded("GELF", b"5").refused == 1
