"""The client side of HTTP: who asks, what an answer that is an error says, and when to try again."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logstream import __version__
from logstream.client.http import FIRST_PAUSE, LONGEST_RETRY_AFTER, Backoff, connect, refusal, retry_after


def asking_to_wait(value: str) -> httpx.Response:
    return httpx.Response(503, headers=[(b"Retry-After", value.encode("utf-8", "replace"))])


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("7", 7.0), ("0", 0.0), ("86400", LONGEST_RETRY_AFTER), ("", 0.0), ("soon", 0.0), ("-5", 0.0), ("1.5", 0.0)],
)
def test_retry_after_is_read_in_seconds_up_to_a_bound(value: str, seconds: float) -> None:
    assert retry_after(asking_to_wait(value)) == seconds
    assert refusal(asking_to_wait(value)).retry_after == seconds


def test_retry_after_may_be_a_date() -> None:
    def asked(seconds: int, form: str = "{} GMT") -> float:
        then = datetime.now(UTC) + timedelta(seconds=seconds)
        return retry_after(asking_to_wait(form.format(then.strftime("%a, %d %b %Y %H:%M:%S"))))

    assert 20 < asked(30) <= 30
    assert 20 < asked(30, "{} -0000") <= 30
    assert asked(-30) == 0.0
    assert asked(86_400) == LONGEST_RETRY_AFTER
    assert retry_after(asking_to_wait(format_datetime(datetime.now(UTC) + timedelta(days=1)))) == LONGEST_RETRY_AFTER


def test_no_retry_after_is_no_wait() -> None:
    assert retry_after(httpx.Response(503)) == 0.0


@given(st.text(max_size=60) | st.from_regex(r"[A-Z][a-z]{2}, \d{1,20} Jan \d{1,20} \d\d:\d\d:\d\d [+-]?\d{1,20}"))
def test_any_retry_after_is_taken(value: str) -> None:
    assert 0 <= retry_after(asking_to_wait(value)) <= LONGEST_RETRY_AFTER


def test_pauses_are_doubled_up_to_a_bound_drawn_at_random_and_short_again_after_a_success() -> None:
    backoff = Backoff(5.0)
    bound = FIRST_PAUSE
    pauses = []
    for _ in range(50):
        pauses.append(backoff.pause())
        assert 0 <= pauses[-1] <= bound
        bound = min(2 * bound, 5.0)
    assert len(set(pauses)) == 50
    assert max(pauses) > 2.5
    backoff.reset()
    assert backoff.pause() <= FIRST_PAUSE


def test_a_pause_is_never_shorter_than_the_server_asks() -> None:
    assert Backoff(5.0).pause(7.0) == 7.0


@pytest.mark.parametrize(
    ("status", "content", "says", "position"),
    [
        (400, b'{"error":"No","reason":"because","position":3}', "HTTP 400, No: because", 3),
        (404, b'{"error":"Not found"}', "HTTP 404, Not found", None),
        (502, b"<html>", "HTTP 502", None),
        (500, b'{"error":\xff', "HTTP 500", None),
        (400, b'{"error":5}', "HTTP 400", None),
    ],
)
def test_a_refusal_says_what_the_server_answered(status: int, content: bytes, says: str, position: int | None) -> None:
    refused = refusal(httpx.Response(status, content=content))
    assert (str(refused), refused.status, refused.position) == (says, status, position)
    assert refused.is_transient == (status >= 500)


def test_a_client_names_itself_and_shows_its_key_or_its_pair() -> None:
    with connect("tail", "këy") as client:
        assert client.headers["User-Agent"] == f"logstream-tail/{__version__}"
        assert dict(client.headers.raw)[b"Authorization"] == "Bearer këy".encode()
    with connect("send", None, client_key="k", client_token="t") as client:
        assert "Authorization" not in client.headers
        assert (client.headers["X-Api-Key"], client.headers["X-Api-Token"]) == ("k", "t")
