"""Heroku's drains."""

from tests.receivers.records import answer, context, entries


def frame(text: str) -> bytes:
    data = text.encode()
    return f"{len(data)} ".encode() + data


BODY = frame("<40>1 2026-01-15T14:23:20.123456+00:00 host app web.1 - order 42 placed\n") + frame(
    "<45>1 2026-01-15T14:23:20+00:00 host heroku router - at=error code=H12 dyno=web.1\n"
)


def test_messages_have_their_process_and_time() -> None:
    first, second = entries("Heroku", BODY, logplex_drain_token="d.1")
    assert (first.message, first.timestamp) == ("order 42 placed", "2026-01-15T14:23:20.123456Z")
    assert (first.app_key, first.app_id, first.category) == ("app", "web.1", "web.1")
    assert context(first)["drain_token"] == "d.1"
    assert (second.app_key, second.app_id) == ("heroku", "router")


def test_success_is_empty() -> None:
    assert answer("Heroku", BODY).body == b""
