"""`logstream tail` against the real server."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from logstream.live import sse_format
from tests.client.reading.commands import Running, environment, run, words
from tests.client.reading.server import Answer, ScriptedServer
from tests.harness import Server, eventually, running


class Stored(msgspec.Struct):
    entries: list[msgspec.Raw]


def post(server: Server, app: str, *messages: str, **fields: Any) -> list[bytes]:
    """Store entries; returns each as the answer had it."""
    logs = [{"message": message, **fields} for message in messages]
    answer = server.post({"app_key": app, "app_id": "test", "logs": logs})
    return [bytes(entry) for entry in msgspec.json.decode(answer.content, type=Stored).entries]


def viewers(server: Server) -> int:
    for line in server.get("/metrics").text.splitlines():
        if line.startswith("logstream_viewers "):
            return int(float(line.split()[1]))
    raise AssertionError("no such figure")


def messages(lines: list[bytes]) -> list[str]:
    return [json.loads(line)["message"] for line in lines]


def test_the_last_entries_come_first_and_then_every_new_one(shared_server: Server) -> None:
    post(shared_server, "first", *(f"old {n}" for n in range(15)))
    with Running("tail", "--app-key", "first", url=shared_server.url) as tail:
        tail.wait_for(10)
        post(shared_server, "first", "new 1", "new 2", level="error")
        post(shared_server, "another", "not this")
        post(shared_server, "first", "new 3")
        lines = [line.decode() for line in tail.wait_for(13)]
        assert tail.end() == 0
    assert [line.split("general  ")[1] for line in lines] == [
        *(f"old {n}" for n in range(5, 15)),
        *("new 1", "new 2", "new 3"),
    ]
    assert lines[10].split()[1:4] == ["ERROR", "first", "test"]
    assert tail.said == ""


def test_json_is_byte_for_byte_what_post_answered(shared_server: Server) -> None:
    context = {"z": 1.0, "a": [10**30, "ü\u009b\u2028", None]}
    old = post(shared_server, "bytes", "one", "t\two\r\n", context=context)
    with Running("tail", "--app-key", "bytes", "--json", url=shared_server.url) as tail:
        tail.wait_for(2)
        new = post(
            shared_server, "bytes", "\x1b[2J\x7f", "日本", context=context, timestamp="2026-01-02T03:04:05.123456Z"
        )
        assert tail.wait_for(4) == old + new


@pytest.mark.parametrize("command", ["tail", "search", "patterns"])
def test_help_shows_examples(command: str) -> None:
    done = run(command, "--help", url="http://127.0.0.1:9")
    assert done.returncode == 0
    assert f"logstream {command} --app-key billing-api".encode() in done.stdout


def test_a_flood_passes_through_whole_and_in_order(shared_server: Server) -> None:
    before = viewers(shared_server)
    with Running("tail", "-n", "0", "--app-key", "flood", url=shared_server.url) as tail:
        eventually(lambda: viewers(shared_server) > before, "the stream")
        for start in range(0, 20_000, 1000):
            post(shared_server, "flood", *(f"n={n}" for n in range(start, start + 1000)))
            tail.wait_for(start - 3000)
        lines = tail.wait_for(20_000)
        assert [line.rsplit(b"=", 1)[1] for line in lines] == [str(n).encode() for n in range(20_000)]
        assert tail.said == ""


def test_filters_hold_for_the_last_entries_and_for_live_ones(shared_server: Server) -> None:
    def some() -> None:
        post(shared_server, "filters", "wanted", level="error", context={"user": {"id": 42}}, category="Pay")
        post(shared_server, "filters", "other user", level="error", context={"user": {"id": 43}}, category="Pay")
        post(shared_server, "filters", "too low", level="info", context={"user": {"id": 42}}, category="Pay")
        post(shared_server, "filters", "wanted not", level="error", context={"user": {"id": 42}}, category="Pay")

    options = ["--app-key", "filters", "--level", "ERR,crit", "--context", "user.id=42", "--category", "pay"]
    some()
    with Running("tail", *options, "--q", "wanted -not", "--json", url=shared_server.url) as tail:
        tail.wait_for(1)
        some()
        post(shared_server, "filters", "wanted too", level="critical", context={"user": {"id": 42}}, category="pay")
        assert messages(tail.wait_for(3)) == ["wanted", "wanted", "wanted too"]


@pytest.mark.parametrize("count", [0, 1, 1500])
def test_as_many_from_before_as_wanted(shared_server: Server, count: int) -> None:
    app = f"count-{count}"
    post(shared_server, app, *(str(n) for n in range(1600)))
    before = viewers(shared_server)
    with Running("tail", "-n", str(count), "--app-key", app, "--json", url=shared_server.url) as tail:
        eventually(lambda: viewers(shared_server) > before, "the stream")
        tail.wait_for(count)
        post(shared_server, app, "live")
        assert messages(tail.wait_for(count + 1)) == [*(str(n) for n in range(1600 - count, 1600)), "live"]


def test_what_is_stored_while_the_last_entries_are_fetched_is_neither_missing_nor_twice() -> None:
    ids = [f"{n:026}" for n in range(5)]
    entries = [b'{"id":"%b","message":"%d"}' % (id.encode(), n) for n, id in enumerate(ids)]

    def live(answer: Answer) -> None:
        answer.begin()
        answer.write(sse_format.connected(ids[1]))
        for id, entry in zip(ids[2:], entries[2:], strict=True):
            answer.write(b"event: log\nid: %b\ndata: %b\n\n" % (id.encode(), entry))
        answer.wait_for_end()

    def page(answer: Answer) -> None:
        answer.begin(Content_Type="application/json")
        answer.write(b'{"entries":[%b],"next_cursor":null}' % b",".join(entries[i] for i in (3, 2, 1)))

    with ScriptedServer(live, page) as server, Running("tail", "--json", url=server.url) as tail:
        assert messages(tail.wait_for(4)) == ["1", "2", "3", "4"]
        assert tail.end() == 0
        assert len(tail.lines) == 4


def test_restarts_and_crashes_of_the_server_lose_and_double_nothing(server: Server) -> None:
    expected = post(server, "app", *(f"before {n}" for n in range(5)))
    with Running("tail", "--json", url=server.url) as tail:
        tail.wait_for(5)
        for number, end in enumerate((server.stop, server.kill, server.kill, server.stop)):
            for n in range(20):
                expected += post(server, "app", f"{number}.{n}")
            end()
            server.start()
            expected += post(server, "app", *(f"{number} away {n}" for n in range(300)))
            tail.wait_for(len(expected) if number == 1 else 0)
        assert tail.wait_for(len(expected)) == expected
        assert tail.end() == 0
        assert len(tail.lines) == len(expected)
    said = tail.said.splitlines()
    assert said
    assert said == ["logstream: connection lost, reconnecting", "logstream: reconnected"] * (len(said) // 2)


@pytest.mark.parametrize("stored", [0, 3])
def test_what_comes_while_away_is_shown_also_when_nothing_was_seen_before(server: Server, stored: int) -> None:
    post(server, "other", *(str(n) for n in range(stored)))
    with Running("tail", "-n", "0", "--app-key", "app", "--json", url=server.url) as tail:
        eventually(lambda: viewers(server) == 1, "the stream")
        server.kill()
        server.start()
        missed = post(server, "app", "while away")
        assert tail.wait_for(1) == missed


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_quietly(shared_server: Server, how: signal.Signals) -> None:
    post(shared_server, "signal", "x")
    with Running("tail", "--app-key", "signal", url=shared_server.url) as tail:
        tail.wait_for(1)
        assert tail.end(how) == 0
        assert tail.said == ""


@pytest.mark.heavy
def test_it_ends_with_the_reader_of_the_pipe_though_nothing_arrives(shared_server: Server) -> None:
    post(shared_server, "pipe", "x")
    process = subprocess.Popen(
        words("tail", "--app-key", "pipe"),
        env=environment(shared_server.url),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().endswith(b"x\n")
        process.stdout.close()
        began = time.monotonic()
        _, said = process.communicate(timeout=30)
        assert (process.returncode, said) == (0, b"")
        assert time.monotonic() - began < 2
    finally:
        process.kill()
        process.wait()


def test_a_gap_is_told_on_standard_error() -> None:
    def live(answer: Answer) -> None:
        answer.begin()
        answer.write(sse_format.connected(None) + b'event: log\nid: A\ndata: {"message":"a"}\n\n')
        answer.write(sse_format.SSE_FORMAT.gap(1234, "A", "B") + b'event: log\nid: B\ndata: {"message":"b"}\n\n')
        answer.wait_for_end()

    with ScriptedServer(live) as server, Running("tail", "-n", "0", "--json", url=server.url) as tail:
        assert messages(tail.wait_for(2)) == ["a", "b"]
        assert tail.end() == 0
        assert tail.said == "--- 1,234 entries skipped (too slow); use search to see them ---"


def test_a_wrong_key_is_exit_code_1_and_never_shown(tmp_path: Path) -> None:
    with running(tmp_path / "server", API_SECRET="w", UI_SECRET="the-read-këy") as server:
        server.post({"app_key": "a", "app_id": "b", "message": "x"}, headers={"Authorization": "Bearer w"})
        for command in ("tail", "search", "patterns"):
            for key in ("another-key", ""):
                done = run(command, url=server.url, LOGSTREAM_KEY=key)
                assert (done.returncode, done.stdout) == (1, b"")
                assert done.stderr == b"logstream: the server refused: HTTP 401, Unauthorized\n"
        with Running("tail", "--json", url=server.url, LOGSTREAM_KEY="the-read-këy\n") as tail:
            assert messages(tail.wait_for(1)) == ["x"]


@pytest.mark.parametrize("command", ["tail", "search", "patterns"])
def test_a_query_not_understood_is_shown_with_the_place(shared_server: Server, command: str) -> None:
    done = run(command, "--q", "日本 a\tAND (b", url=shared_server.url)
    assert done.returncode == 1
    first, query, caret = done.stderr.decode().splitlines()
    assert first == "logstream: the server refused: HTTP 400, Invalid parameter: q: this bracket is not closed"
    assert query == "  日本 a␉AND (b"
    assert caret == " " * (2 + 2 * 2 + len(" a␉AND ")) + "^"


def test_nobody_listening_is_said_with_the_address() -> None:
    for command in ("tail", "search", "patterns"):
        done = run(command, url="http://127.0.0.1:9")
        assert done.returncode == 1
        assert done.stderr == b"logstream: http://127.0.0.1:9 can't be reached: [Errno 111] Connection refused\n"


def test_output_that_can_not_be_written_is_exit_code_1(shared_server: Server) -> None:
    post(shared_server, "full", "x")
    for command in ("tail", "search", "patterns"):
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                words(command, "--app-key", "full"),
                env=environment(shared_server.url),
                stdout=full,
                stderr=subprocess.PIPE,
                timeout=60,
                check=False,
            )
        assert done.returncode == 1
        assert done.stderr == f"logstream: standard output: {os.strerror(28)}\n".encode()
