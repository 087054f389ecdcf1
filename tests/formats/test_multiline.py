"""Lines put together that are one entry, in every language's traces, and nothing lost at a bound."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logstream.formats import multiline
from logstream.formats.multiline import Joiner, joiner

HEAD = b"2024-03-01 01:02:03 ERROR boom"
NEXT = b"2024-03-01 01:02:04 INFO on"


def entries(text: bytes) -> list[bytes]:
    found = Joiner()
    return [line for line, _, _ in found.feed(text.splitlines(keepends=True)) + found.flush()]


TRACES = {
    "Java": b"""javax.management.RuntimeErrorException: null
    at Main.main(Main.java:16) ~[bin/:na]
\tat java.base/java.lang.Thread.run(Thread.java:840)
Caused by: java.lang.IllegalStateException: INFO closed
\t... 12 more""",
    "Python": b"""Traceback (most recent call last):
  File "/srv/main.py", line 7, in <module>
    run()
subprocess.TimeoutExpired: Command 'x' timed out""",
    "Python, chained": b"""Traceback (most recent call last):
  File "/srv/main.py", line 7, in run
ValueError: bad

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/srv/main.py", line 9, in run
KeyError: 'x'""",
    "Go": b"""goroutine 7 [running]:
net/http.(*conn).serve.func1()
\t/usr/local/go/src/net/http/server.go:1868 +0xb9
panic({0x5b2f80?, 0x6f1a90?})
\t/usr/local/go/src/runtime/panic.go:920 +0x270
created by net/http.(*Server).Serve in goroutine 1
\t/usr/local/go/src/net/http/server.go:3086

goroutine 1 [IO wait]:
main.main()
\t/srv/main.go:7 +0x1d
exit status 2""",
    "PHP": b"""Stack trace:
#0 /srv/a.php(7): run()
#1 {main}
  thrown in /srv/a.php on line 3""",
    "Laravel": b"""[stacktrace]
#0 /srv/a.php(7): run()
#1 {main}
\"}""",
    "Ruby": b"""\tfrom app.rb:7:in 'run'
\tfrom app.rb:9:in '<main>'""",
    "Node": b"""    at run (/srv/a.js:7:3)
    at node:internal/main/run_main_module:28:49 {
  code: 'X'
}""",
    ".NET": b"""System.InvalidOperationException: bad
   at Shop.Run() in /srv/Shop.cs:line 7
--- End of stack trace from previous location ---
   at Shop.Main()""",
    "Rust": b"""stack backtrace:
   0: rust_begin_unwind
note: run with `RUST_BACKTRACE=1` environment variable""",
    "SQL": b"""SELECT *
FROM t
WHERE a = 1
ORDER BY b""",
    "printed value": b"""{
  "a": [
    1
  ]
}""",
}


@pytest.mark.parametrize("name", TRACES)
def test_a_trace_belongs_to_the_entry_before_it(name: str) -> None:
    head = {"SQL": HEAD + b": SELECT 1 +\n", "printed value": HEAD + b" "}.get(name, HEAD + b"\n")
    text = head + TRACES[name]
    assert entries(text + b"\n" + NEXT + b"\n") == [text, NEXT]


@pytest.mark.parametrize(
    "line",
    [
        b"[2024-03-01 01:02:04] x",
        b"Mar  1 01:02:04 web app: x",
        b"INFO x",
        b"hello",
        b'{"message":"x"}',
        b"<13>Mar  1 01:02:04 web app: x",
        b"   2024-03-01 01:02:04 x",
        b" INFO  shop > x",
        b"error: x",
        b"at noon all was well",
        b"192.0.2.7 - - [01/Mar/2024:01:02:04 +0000] x",
    ],
)
def test_a_line_that_is_one_of_its_own_begins_an_entry(line: bytes) -> None:
    assert entries(HEAD + b"\n" + line + b"\n") == [HEAD, line]


@pytest.mark.parametrize(
    "text",
    [
        b"fail: Shop.Worker[7]\n      boom\n      System.Exception: x\n         at Shop.Run()",
        b"Mar 01, 2024 1:02:03 PM org.apache.X start\nSEVERE: boom",
        b'Exception in thread "main" java.lang.Error: x\n\tat a.b(C.java:7)',
        b"thread 'main' panicked at src/x.rs:7:5:\nboom\nnote: run with `RUST_BACKTRACE=1`",
        b"panic: boom\n\ngoroutine 1 [running]:\nmain.main()\n\t/srv/main.go:7",
        b'Traceback (most recent call last):\n  File "x", line 7\nValueError: bad',
        b"=ERROR REPORT==== 1-Mar-2024::01:02:03 ===\nboom\nmore",
        b"Start-Date: 2024-03-01  01:02:03\nCommandline: apt upgrade\nEnd-Date: 2024-03-01  01:02:09",
        b"# Time: 2024-03-01T01:02:03Z\n# User@Host: x\n# Query_time: 7\nSELECT 1\nFROM t;",
        b"Fri Mar 01 01:02:03 2024\nORA-00600: boom\nmore",
    ],
)
def test_entries_of_several_lines_without_a_trace(text: bytes) -> None:
    assert entries(text) == [text]


def test_printed_json_is_an_entry_an_object() -> None:
    assert entries(b'{\n  "message": "a",\n  "b": {"c": 1}\n}\n{"message":"d"}\n') == [
        b'{\n  "message": "a",\n  "b": {"c": 1}\n}',
        b'{"message":"d"}',
    ]
    listed = [b'{"message":"a"}', b'{"message":"b"}']
    assert entries(b'[\n  {"message":"a"},\n  {"message":"b"}\n]\n') == listed
    assert entries(b'[{"message":"a"},\n{"message":"b"}]\n') == listed
    assert entries(b'[{"message":"a"},{"message":"b"}]\n') == listed
    printed = b'[\n  {\n    "message": "a"\n  },\n  {\n    "message": "b"\n  }\n]\nend\n'
    assert entries(printed) == [b'{\n    "message": "a"\n  }', b'{\n    "message": "b"\n  }', b"end"]


def test_what_only_looks_like_printed_json_is_text() -> None:
    assert entries(b"{\n  a: 1,\n}\nend\n") == [b"{\n  a: 1,\n}", b"end"]
    assert entries(b'{\n  "a": 1,\nServer started\n') == [b'{\n  "a": 1,', b"Server started"]
    assert entries(b'{\n  "a": 1,\n' + HEAD) == [b'{\n  "a": 1,', HEAD]
    assert entries(b"[\n  1,\n  2\n]\n") == [b"[\n  1,\n  2\n]"]


def test_blank_lines_are_no_entries_and_do_not_part_a_trace() -> None:
    assert entries(b"\n" + HEAD + b"\n\n  \n" + NEXT + b"\n\n") == [HEAD, NEXT]
    assert entries(HEAD + b"\n\n    at a.b(C.java:7)\n") == [HEAD + b"\n\n    at a.b(C.java:7)"]


def test_parts_of_kubernetes_lines_are_put_together_by_stream() -> None:
    lines = [
        b"2024-03-01T01:02:03Z stdout P begin of ",
        b"2024-03-01T01:02:03Z stderr F other",
        b"2024-03-01T01:02:03Z stdout P a long ",
        b"2024-03-01T01:02:03Z stdout F line",
        b"2024-03-01T01:02:03Z stdout F \tat a.b(C.java:7)",
        b"2024-03-01T01:02:04Z stdout F next",
    ]
    assert sorted(entries(b"\n".join(lines))) == [
        b"2024-03-01T01:02:03Z stderr F other",
        b"2024-03-01T01:02:03Z stdout F begin of a long line\n\tat a.b(C.java:7)",
        b"2024-03-01T01:02:04Z stdout F next",
    ]


def test_parts_of_dockers_lines_are_put_together_by_stream() -> None:
    lines = [
        b'{"log":"begin of ","stream":"stdout","time":"1"}',
        b'{"log":"other\\n","stream":"stderr","time":"2"}',
        b'{"log":"a line\\n","stream":"stdout","time":"3"}',
        b'{"log":"\\tat a.b(C.java:7)\\n","stream":"stdout","time":"4"}',
        b'{"log":"next\\n","stream":"stdout","time":"5"}',
    ]
    assert entries(b"\n".join(lines)) == [
        b'{"log":"begin of a line\\n\\tat a.b(C.java:7)\\n","stream":"stdout","time":"1"}',
        b'{"log":"other\\n","stream":"stderr","time":"2"}',
        b'{"log":"next\\n","stream":"stdout","time":"5"}',
    ]


def test_containers_of_compose_do_not_mix() -> None:
    lines = [b"web-1  | boom", b"db-1   | ready", b"web-1  |     at a.b(C.java:7)", b"db-1   | done"]
    assert sorted(entries(b"\n".join(lines)), reverse=True) == [
        b"web-1  | boom\n    at a.b(C.java:7)",
        b"db-1   | ready",
        b"db-1   | done",
    ]


def test_at_a_bound_an_entry_ends_and_the_next_has_its_head(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multiline, "MOST_LINES", 10)
    found = Joiner()
    lines = [HEAD, *(b"    at a.b(C.java:%d)" % number for number in range(25))]
    records = found.feed(lines) + found.flush()
    assert [line.count(b"\n") + 1 for line, _, _ in records] == [10, 10, 6]
    assert [number for _, number, _ in records] == [1, 11, 21]
    assert [head for _, _, head in records] == [None, HEAD, HEAD]
    assert b"\n".join(line for line, _, _ in records) == b"\n".join(lines)


def test_bytes_are_bounded_too() -> None:
    found = Joiner()
    lines = [HEAD, *(b"\t" + b"x" * 100_000 for _ in range(20))]
    records = found.feed(lines) + found.flush()
    assert len(records) > 1
    assert max(len(line) for line, _, _ in records) <= multiline.MOST_BYTES
    assert b"\n".join(line for line, _, _ in records) == b"\n".join(lines)


def test_after_a_silence_what_waits_is_given_and_what_follows_has_its_head() -> None:
    now = [100.0]
    found = Joiner(lambda: now[0])
    assert found.feed([HEAD]) == []
    assert found.flush_after(1) == []
    now[0] += 2
    assert found.flush_after(1) == [(HEAD, 1, None)]
    assert found.feed([b"    at a.b(C.java:7)", NEXT]) == [(b"    at a.b(C.java:7)", 2, HEAD)]
    assert found.flush() == [(NEXT, 3, None)]


def test_an_entry_does_not_grow_for_ever() -> None:
    now = [100.0]
    found = Joiner(lambda: now[0])
    for _ in range(10):
        found.feed([b"hello" if now[0] == 100 else b"  more"])
        now[0] += 1
    assert len(found.flush()) == 1
    assert found.feed([]) == []


def test_the_numbers_are_those_of_the_first_lines() -> None:
    found = Joiner()
    records = found.feed([b"a", b"  b", b"", b"c", b'{"d":1}', b"e"]) + found.flush()
    assert [(line, number) for line, number, _ in records] == [(b"a\n  b", 1), (b"c", 4), (b'{"d":1}', 5), (b"e", 6)]


def test_a_pattern_says_where_entries_begin() -> None:
    found = joiner(r"^\d{4}-")
    lines = [b"before", HEAD, b"anything", b"", b"at all", NEXT]
    assert [line for line, _, _ in found.feed(lines) + found.flush()] == [
        b"before",
        HEAD + b"\nanything\n\nat all",
        NEXT,
    ]


def test_off_is_off() -> None:
    found = joiner("off")
    assert [line for line, _, _ in found.feed([HEAD, b"  x"]) + found.flush()] == [HEAD, b"  x"]


LINES = st.lists(
    st.sampled_from([HEAD, b"  x", b"}", b"{", b"[", b"]", b'{"a":1},', b'  "b": 2', b"", b"Caused by: x", b"text"])
    | st.binary(max_size=30).map(lambda line: line.replace(b"\n", b"").replace(b"\r", b"").replace(b"\0", b"")),
    max_size=30,
)


@given(LINES, st.integers(min_value=1, max_value=5))
def test_the_entries_are_the_same_however_the_lines_come_and_no_word_is_lost(lines: list[bytes], size: int) -> None:
    whole, parts = Joiner(), Joiner()
    records = whole.feed(lines)
    got = [record for start in range(0, len(lines), size) for record in parts.feed(lines[start : start + size])]
    assert got == records
    records += whole.flush()
    said = b" ".join(line for line, _, _ in records)
    for line in lines:
        for word in line.split():
            if word.strip(b"[],{}") and not word.startswith(b"\xef\xbb\xbf"):
                assert word.strip(b"[],{}") in said


def test_the_clock_is_the_machines_unless_told_otherwise() -> None:
    found = Joiner()
    found.feed([HEAD])
    began = time.monotonic()
    while not (records := found.flush_after(0.01)) and time.monotonic() - began < 10:
        pass
    assert records == [(HEAD, 1, None)]
