"""The pattern of a message: what varies is a placeholder, so that messages of one kind have the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logstream.query.conditions import HasPattern
from logstream.query.language import parse
from logstream.query.patterns import MAX_MESSAGE, MAX_PATTERN, longest_literal, pattern_of, search_for


@pytest.mark.parametrize(
    ("message", "pattern"),
    [
        ("", ""),
        ("cupsd startup succeeded", "cupsd startup succeeded"),
        ("Charge failed for invoice #47: declined in 12 ms", "Charge failed for invoice #<n>: declined in <n> ms"),
        ("took 350ms", "took <n>"), ("took 1m2.5s", "took <n>"), ("sent 1.5MiB of 200 kB", "sent <n> of <n> kB"),
        ("offset -5, rate 0.25, sum 1,234,567", "offset <n>, rate <n>, sum <n>"),
        ("node-17 of worker3", "node-<n> of worker<n>"), ("sshd[24200]: port 38926 ssh2", "sshd[<n>]: port <n> ssh<n>"),
        ("at 0x7ffde4 commit 3fa9c1b deadbeefcafe", "at <n> commit <n> <n>"), ("facade of a cafe", "facade of a cafe"),
        ("job 00e1f2a3b4 and 0123456789", "job <n> and <n>"),
        ("blk_-6952295868487656571 blk_38865049064139660", "blk_<n> blk_<n>"),
        ("user 5f0c2f4e-6f0a-4c55-9d2b-0d8b6f1f5a11 gone", "user <id> gone"),
        ("entry 01KEDED7J0VH5YJPV001EN3G2G", "entry <id>"),
        ('key "user 42" is \'not here\'', "key \"<*>\" is '<*>'"),
        ("can't open the users' file", "can't open the users' file"),
        ("GET /v1/orders/12?page=3 returned 404", "GET <path> returned <n>"), ("and/or 10/20", "and/or <n>/<n>"),
        (r"wrote C:\Temp\a 1.log", r"wrote <path> <n>.log"),
        ("from 10.251.73.220:50010 to /10.1.2.3", "from <ip> to /<ip>"),
        ("peer fe80::1:2 mac aa:bb:cc:dd:ee:ff", "peer <ip> mac <ip>"),
        ("rhost=220-135-151-1.hinet-ip.hinet.net user=root", "rhost=<host> user=root"),
        ("java.net.SocketTimeoutException in app-1.2.3.jar", "java.net.SocketTimeoutException in app-<n>.jar"),
        ("at 2026-01-15T14:22:00.123Z, Jun 14 15:16:01, 14:22:00", "at <time>, <time>, <time>"),
        ("on 2026-01-15 [Sun Dec 04 04:47:44 2005] 04/Dec/2005:04:47:44 +0000", "on <time> [<time>] <time>"),
        ("mail to ada@example.com via https://example.com/a?b=1 failed", "mail to <email> via <url> failed"),
        ("\x1b[31mfail\x1b[0mure 12", "failure <n>"), ("日志 42 é", "日志 <n> é"),
    ],
)  # fmt: skip
def test_what_varies_is_a_placeholder(message: str, pattern: str) -> None:
    assert pattern_of(message) == pattern


def test_a_long_message_has_the_pattern_of_its_beginning() -> None:
    assert pattern_of("word " * 1000) == ("word " * 1000)[:MAX_PATTERN]
    assert pattern_of("word " * 1000 + "7") == pattern_of("word " * 1000 + "other")
    assert pattern_of("9" * MAX_MESSAGE + "x") == "<n>"


messages = st.lists(
    st.sampled_from([*"\"'@/\\:.-_<>=([ \n\x1b", "12", "a1", "word", "é", "10.0.0.1", "<n>", "_-", "\x1b[1m", "ms"])
    | st.text(max_size=3),
    max_size=40,
).map("".join)


@given(messages)
def test_every_message_has_the_literal_of_its_pattern(message: str) -> None:
    assert "\x1b" in message or longest_literal(pattern_of(message)) in message


@given(messages)
def test_the_search_for_a_pattern_is_a_condition_on_it(message: str) -> None:
    pattern = pattern_of(message)
    assert parse(search_for(pattern)) == [HasPattern(pattern)]
