"""syslog from sockets: where messages end, and what they say."""

import pytest

from logstream.formats.clock import Clock
from logstream.receivers.syslog import MAX_JOINED, Session, messages_of
from tests.receivers.records import context
from tests.receivers.sessions import NOW, PEER, arrivals, entries, entry, in_pieces

OLD = b"<132>Jan 15 19:45:20 web-1 shop[77]: "
NEW = b'<132>1 2026-01-15T19:45:20.846525+01:00 web-1 shop 77 ORDER [meta sequenceId="1"] '


def messages(data: bytes) -> list[str]:
    return [one.message for one in entries(Session, data)]


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize(
    ("stream", "said"),
    [
        (OLD + b"one\n" + OLD + b"two\n", ["one", "two"]),
        (OLD + b"one\r\n\n" + NEW + b"two", ["one", "two"]),
        (b"%d %b%d %b" % (len(OLD) + 3, OLD + b"one", len(NEW) + 3, NEW + b"two"), ["one", "two"]),
        (b"%d %b\n%d %b" % (len(OLD) + 4, OLD + b"one\n", len(NEW) + 9, NEW + b"two\nmore\n"), ["one", "two\nmore"]),
        (OLD + b"one\nline two\0" + OLD + b"two\0", ["one\nline two", "two"]),
        (OLD + b"one\nline two\n  line three\n" + OLD + b"two\n", ["one\nline two\n  line three", "two"]),
        (OLD + b'{"message":"one"}' + OLD + b'{"message":"two"}', ["one", "two"]),
        (OLD + b"a <b>\n<c/>\n<7 d\n", ["a <b>\n<c/>\n<7 d"]),
        (b"no header\nneither has this\n", ["no header", "neither has this"]),
        (b"17 and no length\n12\n" + OLD + b"one\n", ["17 and no length", "12", "one"]),
    ],
)
def test_messages_end_where_their_sender_ends_them(stream: bytes, said: list[str], size: int) -> None:
    assert [one.message for one in entries(Session, *in_pieces(stream, size))] == said


def test_framings_change_on_one_connection() -> None:
    counted = b"%d %b" % (len(NEW) + 7, NEW + b"counted")
    stream = OLD + b"line\n" + counted + OLD + b"nul\0" + counted + b"\n" + OLD + b"last"
    assert messages(stream) == ["line", "counted", "nul", "counted", "last"]


def test_a_line_waits_for_others_and_lines_without_end_are_given_out() -> None:
    session = Session(Clock(NOW), PEER, 1000)
    assert session.patience is None
    assert session.feed(OLD + b"one\n") == []
    waits = session.patience
    assert waits is not None
    assert waits < 0.5
    assert session.flush() == [OLD + b"one"]
    assert session.feed(OLD + b"tw") == []
    assert session.patience is not None
    assert session.patience > waits
    assert session.flush() == [OLD + b"tw"]
    lines = b"more\n" * (MAX_JOINED // 5)
    assert len(Session(Clock(NOW), PEER, 10 * MAX_JOINED).feed(OLD + b"\n" + lines + b"last\n")) >= 1


@pytest.mark.parametrize("size", [9, 100, 10_000])
def test_what_is_too_long_is_cut_and_what_follows_is_read(size: int) -> None:
    for long in (
        OLD + b"x" * 3000 + b"\n",
        b"%d %b" % (len(OLD) + 3000, OLD + b"x" * 3000),
        OLD + b"x" * 3000 + b"\0",
    ):
        (arrival,) = arrivals(Session, *in_pieces(long + OLD + b"next\n", size), most=1000)
        first, last = arrival.records.fields
        if len(first.message) < 3000:  # read in one piece, it is whole
            assert set(first.message) == {"x"}
            assert 900 < len(first.message) <= 1000
            assert arrival.records.refusals == ["a message of more than 1000 bytes was cut"]
        assert last.message == "next"


def test_a_header_of_either_kind_is_level_time_program_and_host() -> None:
    for header, time in ((OLD, "2026-01-15T19:45:20.000Z"), (NEW, "2026-01-15T18:45:20.846525Z")):
        one = entry(Session, header + "grüße 你好 😀\n".encode())
        assert (one.message, one.level, one.timestamp) == ("grüße 你好 😀", "warning", time)
        assert (one.app_key, one.app_id, one.category) == ("shop", "web-1", "local0")
        assert context(one)["pid"] == 77
    assert context(one)["meta"] == {"sequenceId": "1"}


def test_what_is_not_said_is_the_peer_and_the_time_of_receipt() -> None:
    one = entry(Session, b"<14>shop.checkout[2188]: INFO order 42 placed\0")
    assert (one.message, one.level, one.timestamp) == ("INFO order 42 placed", "info", "2026-01-15T20:00:00.000Z")
    assert (one.app_key, one.app_id) == ("shop.checkout", PEER)
    assert entry(Session, b"<132>1 - - shop - - - nil").app_id == PEER


def test_json_and_pairs_in_a_message_are_read() -> None:
    one = entry(
        Session, OLD + b'{"msg":"paid","level":"error","time":"2026-01-15T18:00:00.5Z","user_id":7,"trace_id":"4bf9"}\n'
    )
    assert (one.message, one.level, one.timestamp) == ("paid", "error", "2026-01-15T18:00:00.500Z")
    assert (one.app_key, one.app_id, one.trace_id) == ("shop", "web-1", "4bf9")
    assert context(one)["user_id"] == 7
    assert context(one)["program"] == "shop"
    one = entry(Session, OLD + b'level=error msg="card declined" user_id=7\n')
    assert one.level == "error"
    assert context(one)["user_id"] == 7
    assert entry(Session, OLD + b'@cee: {"msg":"paid"}\n').message == "paid"
    assert entry(Session, OLD + b'{"broken\n').message == '{"broken'


def test_monologs_text_and_a_stack_behind_a_message_are_taken_apart() -> None:
    one = entry(Session, b'<11>Jan 15 19:45:20 w shop[1]: shop.pay.ERROR: order {id} failed {"id":42,"n":1.50} []\n')
    assert (one.message, one.level, one.category) == ("order {id} failed", "error", "shop.pay")
    assert context(one)["id"] == 42
    trace = b'Traceback (most recent call last):\n  File "x.py", line 1\nZeroDivisionError: x'
    one = entry(Session, b"<11>shop: failed\n" + trace + b"\0")
    assert one.message == "failed"
    assert context(one)["exception"]["type"] == "ZeroDivisionError"


def test_monologs_context_may_name_the_trace_and_an_exception() -> None:
    said = (
        rb'{"trace_id":"4bf9","exception":"[object] (App\\Declined(code: 7): card at limit at /srv/pay.php:31)'
        rb'\n[previous exception] [object] (Other(code: 0): x at /srv/x.php:1)"}'
    )
    one = entry(Session, b"<11>Jan 15 19:45:20 w shop[1]: shop.pay.ERROR: failed " + said + b" []\n")
    assert (one.message, one.trace_id) == ("failed", "4bf9")
    assert "trace_id" not in context(one)
    exception = context(one)["exception"]
    assert (exception["type"], exception["message"]) == ("App\\Declined", "card at limit")
    assert exception["stack"].endswith("at /srv/x.php:1)")


def test_structured_data_may_name_the_trace() -> None:
    one = entry(Session, b'<11>1 - - shop - - [mdc@18060 trace_id="4bf9" user_id="7"] x\n')
    assert one.trace_id == "4bf9"
    assert context(one)["mdc@18060"] == {"trace_id": "4bf9", "user_id": "7"}


def test_a_datagram_is_a_message_of_one_line_or_more_or_several() -> None:
    assert messages_of(OLD + b"one", 1000) == [OLD + b"one"]
    assert messages_of(OLD + b"one\ntwo\0", 1000)[0].startswith(OLD + b"one\ntwo")
    assert messages_of(OLD + b"one\n" + NEW + b"two\n", 1000) == [OLD + b"one", NEW + b"two"]
    assert messages_of(b"", 1000) == []
