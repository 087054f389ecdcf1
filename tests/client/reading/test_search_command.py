"""`logstream search` against the real server."""

import json
import os
import pty
import subprocess
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pytest

from tests.client.reading.commands import environment, run, words
from tests.client.reading.server import Answer, ScriptedServer
from tests.client.reading.test_tail_command import messages, post
from tests.harness import Server, eventually

ALL = 2500


@pytest.fixture(scope="module")
def many(shared_server: Server) -> Server:
    for start in range(0, ALL, 500):
        post(shared_server, "many", *(str(n) for n in range(start, start + 500)))
    return shared_server


@pytest.mark.parametrize("limit", [1, 1000, 1001, 2499, 2500, 2501, 0])
def test_as_many_as_wanted_the_newest_first(many: Server, limit: int) -> None:
    done = run("search", "--app-key", "many", "--json", "--limit", str(limit), url=many.url)
    assert (done.returncode, done.stderr) == (0, b"")
    newest = [str(n) for n in reversed(range(ALL))]
    assert messages(done.stdout.splitlines()) == (newest[:limit] if limit else newest)


def test_the_oldest_first_and_a_hundred_unless_told_otherwise(many: Server) -> None:
    done = run("search", "--app-key", "many", "--order", "asc", "--format", "raw", url=many.url)
    assert done.stdout.split() == [str(n).encode() for n in range(100)]


def test_json_is_byte_for_byte_what_post_answered(shared_server: Server) -> None:
    stored = post(shared_server, "bytes", "a\x1b\x7f", "日本", context={"z": 1.0, "a": 10**30, "u": "\u009b"})
    for option in ("--json", "--format=json"):
        done = run("search", "--app-key", "bytes", "--order", "asc", option, url=shared_server.url)
        assert done.stdout.splitlines() == stored


def test_a_table_has_aligned_columns_and_full_times(shared_server: Server) -> None:
    post(shared_server, "table", "card declined", level="crit", category="payments", timestamp="2026-01-15T14:22:00Z")
    post(shared_server, "table", "a\nb", context={"n": 1}, timestamp="2026-01-15T14:21:00.5Z")
    done = run("search", "--app-key", "table", url=shared_server.url)
    assert done.stdout.decode() == (
        "2026-01-15 14:22:00.000 CRITICAL table test payments  card declined\n"
        "2026-01-15 14:21:00.500 INFO     table test general   a\n"
        '    b  {"n":1}\n'
    )


def test_every_filter_reaches_the_server() -> None:
    def page(answer: Answer) -> None:
        answer.begin(Content_Type="application/json")
        answer.write(b'{"entries":[],"next_cursor":null}')

    given = {
        "app_key": "a&b",
        "app_id": "p+q",
        "trace_id": "t",
        "batch_id": "b",
        "level": "error",
        "min_level": "info",
        "category": "c",
        "user_agent": "ü",
        "search": "100%",
        "date_from": "2026-01-01T00:00:00+02:00",
        "date_to": "2026-02-01",
        "q": "a OR b",
    }
    options = [f"--{name.replace('_', '-')}={value}" for name, value in given.items()]
    with ScriptedServer(page) as server:
        for command in ("search", "tail"):
            done = run(command, *options, "--context", "user.id=4=2", "--context=b=c", url=server.url)
            assert done.returncode == (0 if command == "search" else 1)
    assert done.stderr == b"logstream: the answer is not an event stream; is this a logstream server?\n"
    assert len(server.requests) == 2
    for request in server.requests:
        query = dict(parse_qsl(request.path.partition("?")[2]))
        for name in ("order", "total", "limit"):
            query.pop(name, None)
        assert query == {**given, "context.user.id": "4=2", "context.b": "c"}


def test_a_filter_that_is_given_several_times_takes_any_of_its_values(shared_server: Server) -> None:
    for number in range(4):
        post(shared_server, f"any-{number}", str(number), category=f"kind {number}", context={"n": number})
    for options in (
        ("--app-key", "any-1", "--app-key", "any-2,any-3"),
        ("--app-key", "any-0,any-1,any-2,any-3", "--category", "kind 1", "--category", "D 2", "--category=3"),
        ("--app-key", "any-0,any-1,any-2,any-3", *(f"--context=n={number}" for number in (1, 2, 3))),
    ):
        done = run("search", *options, "--format", "raw", "--order", "asc", url=shared_server.url)
        assert done.stdout.split() == [b"1", b"2", b"3"], options


def test_since_counts_back_from_now(shared_server: Server) -> None:
    now = datetime.now(UTC)
    for minutes in (1, 10, 100, 10_000):
        post(shared_server, "since", str(minutes), timestamp=(now - timedelta(minutes=minutes)).isoformat())
    for since, found in {"90s": 1, "15m": 2, "2h": 3, "1d": 3, "7d": 4, "4w": 4}.items():
        done = run("search", "--app-key", "since", "--since", since, "--json", url=shared_server.url)
        assert len(done.stdout.splitlines()) == found, since


def test_nothing_found_is_said_and_no_failure(shared_server: Server) -> None:
    done = run("search", "--app-key", "nobody", url=shared_server.url)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"no entries found\n")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--since", "soon"), b"--since 'soon' is not a duration"),
        (("--since", "999999999w"), b"--since '999999999w' is too far back"),
        (("--since", "1h", "--date-from", "2026-01-01"), b"either --since or --date-from"),
        (("--context", "user.id"), b"--context 'user.id' is not of the form PATH=VALUE"),
        (("--app-key", "a", "--app-key", ""), b"--app-key is empty"),
        (("--context", "a="), b"--context 'a' is empty"),
        (("--app-key", ""), b"--app-key is empty"),
        (("--search", b"\xff"), b"--search is not UTF-8"),
        (("--json", "--format", "raw"), b"either --json or --format raw"),
        (("--format", "xml"), b"--format"),
        (("--limit", "-1"), b"--limit"),
        (("--url", "nonsense"), b"'nonsense' is not an address"),
        (("--url", "http://["), b"'http://[' is not an address"),
        (("--url", "http://host:99999"), b"'http://host:99999' is not an address"),
        (("--url", "http://host:port"), b"'http://host:port' is not an address"),
        (("--key", "a\nb"), b"--key contains a character"),
    ],
)
def test_wrong_use_is_exit_code_2(arguments: tuple[str, ...], says: bytes) -> None:
    done = run("search", *arguments, url="http://127.0.0.1:9")
    assert done.returncode == 2
    assert says in done.stderr
    assert b"Traceback" not in done.stderr


def end_with_reader(process: "subprocess.Popen[bytes]") -> None:
    """Close the pipe it writes to: it must end at once and say nothing."""
    assert process.stdout is not None
    process.stdout.close()
    began = time.monotonic()
    _, said = process.communicate(timeout=30)
    assert (process.returncode, said) == (0, b"")
    assert time.monotonic() - began < 2


@pytest.mark.heavy
def test_it_ends_with_the_reader_of_the_pipe_while_results_come(many: Server) -> None:
    with subprocess.Popen(
        words("search", "--limit", "0"), env=environment(many.url), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        end_with_reader(process)


@pytest.mark.heavy
def test_it_ends_with_the_reader_of_the_pipe_while_the_server_still_looks() -> None:
    ended: list[bool] = []

    def never(answer: Answer) -> None:
        answer.wait_for_end()
        ended.append(True)

    with (
        ScriptedServer(never) as server,
        subprocess.Popen(
            words("search"), env=environment(server.url), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process,
    ):
        eventually(lambda: server.requests, "the request")
        end_with_reader(process)
        eventually(lambda: ended, "the server to see it")


def on_terminal(*arguments: str, url: str, **settings: str) -> str:
    """What the command writes to a terminal."""
    ours, theirs = pty.openpty()
    try:
        process = subprocess.Popen(
            words(*arguments), env=environment(url, TERM="xterm", **settings), stdout=theirs, stderr=subprocess.PIPE
        )
        os.close(theirs)
        shown = b""
        try:
            while chunk := os.read(ours, 65536):
                shown += chunk
        except OSError:  # how Linux tells that the last one who could write has gone
            pass
        _, said = process.communicate(timeout=30)
        assert (process.returncode, said) == (0, b"")
        return shown.decode().replace("\r\n", "\n")
    finally:
        os.close(ours)


def test_a_terminal_gets_colours_and_nothing_that_an_entry_wants_to_do_to_it(shared_server: Server) -> None:
    [stored] = post(shared_server, "pty", "\x1b[2J\x9b1mx", level="error", context={"a": "\x7f"})
    options = ("search", "--app-key", "pty")
    url = shared_server.url
    assert on_terminal(*options, url=url)[24:] == (
        '\x1b[31mERROR\x1b[0m    \x1b[2mpty test\x1b[0m general  ␛[2J\\x9b1mx  \x1b[2m{"a":"\\u007f"}\x1b[0m\n'
    )
    plain = on_terminal(*options, url=url, NO_COLOR="1")
    assert plain[24:] == 'ERROR    pty test general  ␛[2J\\x9b1mx  {"a":"\\u007f"}\n'
    assert on_terminal(*options, "--color", "never", url=url) == plain
    assert on_terminal(*options, "--format", "raw", url=url) == "␛[2J\\x9b1mx\n"
    shown = on_terminal(*options, "--json", url=url)
    assert json.loads(shown) == json.loads(stored)
    assert "\x9b" not in shown
    assert "\x7f" not in shown


def test_colours_only_on_a_terminal_unless_they_are_wanted(shared_server: Server) -> None:
    post(shared_server, "colour", "x", level="error")
    options = ("--app-key", "colour")
    assert b"\x1b" not in run("search", *options, url=shared_server.url).stdout
    assert b"\x1b[31mERROR" in run("search", *options, "--color", "always", url=shared_server.url, NO_COLOR="1").stdout
