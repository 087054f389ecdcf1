"""`logstream send` against the real server, and against one that fails in every way."""

import atexit
import gzip
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.harness import Server, eventually, inherited, running

STATE = tempfile.TemporaryDirectory()
atexit.register(STATE.cleanup)
"""Where followed files' positions are kept unless a test says otherwise."""


def command(*arguments: str, url: str, **settings: str) -> tuple[list[str], dict[str, str]]:
    environment = {**inherited(), "TZ": "UTC", "XDG_STATE_HOME": STATE.name, "LOGSTREAM_URL": url, **settings}
    return [sys.executable, "-m", "logstream", "send", *arguments], environment


def send(*arguments: str, url: str, lines: bytes = b"", **settings: str) -> "subprocess.CompletedProcess[bytes]":
    words, environment = command(*arguments, url=url, **settings)
    return subprocess.run(words, env=environment, input=lines, capture_output=True, timeout=60, check=False)


APP = ("--app-key", "app", "--app-id", "test")


class Scripted:
    """A server that gives scripted answers to one request after the other, the last one for ever."""

    def __init__(self, *answers: tuple[int, dict[str, str], bytes] | None) -> None:
        self.requests: list[tuple[dict[str, str], bytes]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                answer = answers[min(len(outer.requests), len(answers) - 1)]
                outer.requests.append(({name.lower(): value for name, value in self.headers.items()}, body))
                if answer is None:  # the connection is cut
                    self.close_connection = True
                    return
                status, headers, content = answer
                if status == 201 and not content:
                    content = json.dumps({"saved": len(json.loads(body)["logs"]), "errors": None}).encode()
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *arguments: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


OK = (201, dict[str, str](), b"")


@pytest.fixture
def scripted() -> Iterator[Callable[..., Scripted]]:
    made: list[Scripted] = []

    def make(*answers: tuple[int, dict[str, str], bytes] | None) -> Scripted:
        made.append(Scripted(*answers))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_lines_become_entries_in_order_and_json_lines_are_entries_themselves(shared_server: Server) -> None:
    lines = b'plain\r\n\n  \n{"message":"json","level":"warn"}\n2026-01-02 03:04:05 ERROR bad \xff\nend'
    done = send(*APP, "--category", "text", url=shared_server.url, lines=lines)
    assert (done.returncode, done.stderr) == (0, done.stderr)
    assert done.stderr.startswith(b"4 entries delivered in ")
    entries = sorted(shared_server.all_entries(app_key="app"), key=lambda entry: entry["id"])
    assert [entry["message"] for entry in entries] == ["plain", "json", "2026-01-02 03:04:05 ERROR bad �", "end"]
    assert [entry["level"] for entry in entries] == ["info", "warning", "error", "info"]
    assert [entry["category"] for entry in entries] == ["text", "general", "text", "text"]
    assert entries[2]["timestamp"] == "2026-01-02T03:04:05.000Z"


def test_the_lines_of_other_programs_say_what_they_say(shared_server: Server) -> None:
    lines = b"""{"level":50,"time":1767323045678,"pid":7,"msg":"pino","price":1.0}
2026-01-02 03:04:06 ERROR boom
Traceback (most recent call last):
  File "x.py", line 7, in <module>
ValueError: bad
2026-01-02T03:04:07.5Z stderr F {"level":"warn","msg":"in a container"}
level=error msg="pairs" user=42
{
  "message": "printed",
  "level": "notice"
}
"""
    done = send("--app-key", "others", "--app-id", "test", url=shared_server.url, lines=lines)
    assert done.stderr.startswith(b"5 entries delivered in "), done.stderr
    entries = sorted(shared_server.all_entries(app_key="others"), key=lambda entry: entry["id"])
    assert [(entry["message"].partition("\n")[0], entry["level"]) for entry in entries] == [
        ("pino", "error"),
        ("2026-01-02 03:04:06 ERROR boom", "error"),
        ("in a container", "warning"),
        ('level=error msg="pairs" user=42', "error"),
        ("printed", "notice"),
    ]
    assert [entry["timestamp"] for entry in entries[:3]] == [
        "2026-01-02T03:04:05.678Z",
        "2026-01-02T03:04:06.000Z",
        "2026-01-02T03:04:07.500Z",
    ]
    assert [entry["context"] for entry in entries] == [
        {"pid": 7, "price": 1.0},
        None,
        {"stream": "stderr"},
        {"user": 42},
        None,
    ]
    assert entries[1]["message"].endswith("ValueError: bad")


def test_the_zone_of_a_time_is_told_or_this_machines(scripted: Callable[..., Scripted]) -> None:
    lines = b"2026-07-01 03:04:05 x\n2026-07-01 03:04:05 CST x\n03/07/2026 03:04:05 ERROR x\n"

    def times(*options: str, **settings: str) -> list[str | None]:
        server = scripted(OK)
        assert send(*APP, *options, url=server.url, lines=lines, **settings).returncode == 0
        return [entry.get("timestamp") for entry in json.loads(server.requests[0][1])["logs"]]

    assert times() == ["2026-07-01T03:04:05.000Z", "2026-07-01T03:04:05.000Z", None]
    assert times(TZ="Europe/Berlin")[0] == "2026-07-01T01:04:05.000Z"
    assert times("--timezone", "Europe/Berlin")[0] == "2026-07-01T01:04:05.000Z"
    assert times("--timezone", "+05:30")[0] == "2026-06-30T21:34:05.000Z"
    assert times("--zone", "CST=Asia/Shanghai")[1] == "2026-06-30T19:04:05.000Z"
    assert times("--day-first")[2] == "2026-07-03T03:04:05.000Z"
    assert times("--month-first")[2] == "2026-03-07T03:04:05.000Z"


def test_a_file_without_years_is_of_the_years_before_it_was_written(
    scripted: Callable[..., Scripted], tmp_path: Path
) -> None:
    path = tmp_path / "old.log"
    days = ["Dec 30", "Jan  2", "Nov 26", "Nov 28"]
    path.write_text("".join(f"{day} 06:00:00 host app: x\n" for day in days))
    written = datetime(2024, 11, 29, tzinfo=UTC).timestamp()
    os.utime(path, (written, written))
    server = scripted(OK)
    assert send(*APP, str(path), url=server.url).returncode == 0
    entries = json.loads(server.requests[0][1])["logs"]
    assert [entry["timestamp"][:10] for entry in entries] == ["2023-12-30", "2024-01-02", "2024-11-26", "2024-11-28"]


def test_which_lines_belong_together_can_be_told(scripted: Callable[..., Scripted]) -> None:
    def messages(*options: str) -> list[str]:
        server = scripted(OK)
        assert send(*APP, *options, url=server.url, lines=b"one\n  more\n# two\nand on\n").returncode == 0
        return [entry["message"] for entry in json.loads(server.requests[0][1])["logs"]]

    assert messages() == ["one\n  more", "# two", "and on"]
    assert messages("--multiline", "off") == ["one", "  more", "# two", "and on"]
    assert messages("--multiline", "^(one|#)") == ["one\n  more", "# two\nand on"]


def test_lines_of_one_file_do_not_go_on_those_of_another(scripted: Callable[..., Scripted], tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one\n")
    (tmp_path / "b").write_text("  two\n\n  more\n")
    server = scripted(OK)
    done = send(*APP, str(tmp_path / "a"), str(tmp_path / "b"), url=server.url)
    assert done.returncode == 0, done.stderr
    assert [entry["message"] for entry in json.loads(server.requests[0][1])["logs"]] == ["one", "  two\n\n  more"]


def test_keys_come_from_the_environment_and_are_never_shown(tmp_path: Path) -> None:
    with running(tmp_path / "server", API_SECRET="the-write-key") as server:
        assert send(*APP, url=server.url, lines=b"x\n", LOGSTREAM_KEY="the-write-key").returncode == 0
        wrong = send(*APP, url=server.url, lines=b"x\n", LOGSTREAM_KEY="another-key")
        assert wrong.returncode == 1
        assert b"the server refused: HTTP 401, Unauthorized: Invalid API secret" in wrong.stderr
        assert b"another-key" not in wrong.stderr


def test_a_registered_client_sends_its_own_headers(scripted: Callable[..., Scripted]) -> None:
    server = scripted(OK)
    assert send(*APP, "--client-key", "k", "--client-token", "t", url=server.url, lines=b"x\n").returncode == 0
    headers, body = server.requests[0]
    assert (headers["x-api-key"], headers["x-api-token"]) == ("k", "t")
    assert (headers["prefer"], len(headers["idempotency-key"])) == ("return=minimal", 36)
    assert json.loads(body) == {"app_key": "app", "app_id": "test", "logs": [{"message": "x"}]}
    assert send(*APP, "--client-key", "k", url=server.url, lines=b"x\n").returncode == 2


def test_a_batch_is_tried_again_with_the_same_key_until_the_server_has_it(scripted: Callable[..., Scripted]) -> None:
    server = scripted((503, {"Retry-After": "0"}, b'{"error":"Service unavailable"}'), None, (429, {}, b""), OK)
    done = send(*APP, "--batch", "2", url=server.url, lines=b"1\n2\n3\n")
    assert done.returncode == 0, done.stderr
    assert b"3 entries delivered" in done.stderr
    keys = [headers["idempotency-key"] for headers, _ in server.requests]
    assert len(set(keys[:4])) == 1
    assert len(set(keys)) == 2
    assert [len(json.loads(body)["logs"]) for _, body in server.requests] == [2, 2, 2, 2, 1]


def test_what_can_not_be_delivered_in_time_is_counted_and_the_rest_still_sent(
    scripted: Callable[..., Scripted],
) -> None:
    server = scripted((503, {}, b'{"error":"Service unavailable","reason":"disk full"}'))
    done = send(*APP, "--batch", "2", "--retry-for", "0.1", url=server.url, lines=b"1\n2\n3\n")
    assert done.returncode == 1
    assert b"lines 1 to 2: gave up after 0.1 s: HTTP 503, Service unavailable: disk full" in done.stderr
    assert b"3 entries not delivered" in done.stderr


def test_nobody_listening_is_said_with_the_address() -> None:
    done = send(*APP, "--retry-for", "0", url="http://127.0.0.1:9", lines=b"1\n")
    assert done.returncode == 1
    assert b"http://127.0.0.1:9/api/logs" in done.stderr


def test_a_batch_too_large_is_halved_until_the_culprit_is_alone(tmp_path: Path) -> None:
    with running(tmp_path / "server", MAX_BODY_BYTES="2000") as server:
        lines = [f"{n} ".encode() + b"x" * (3000 if n == 5 else 200) for n in range(10)]
        done = send(*APP, url=server.url, lines=b"\n".join(lines))
        assert done.returncode == 1
        assert b"line 6: HTTP 413" in done.stderr
        assert b"1 entry not delivered" in done.stderr
        stored = sorted(server.all_entries(), key=lambda entry: entry["id"])
        assert [int(entry["message"].split()[0]) for entry in stored] == [0, 1, 2, 3, 4, 6, 7, 8, 9]


def test_entries_the_server_refuses_are_counted_with_its_reason(shared_server: Server) -> None:
    lines = b'{"message":"good"}\n{"message":"bad","app_id":"' + b"x" * 101 + b'"}\n'
    done = send("--app-key", "partly", "--app-id", "test", url=shared_server.url, lines=lines)
    assert done.returncode == 1
    assert b"app_id has 101 characters" in done.stderr
    assert shared_server.search(app_key="partly")["total"] == 1


def test_a_file_that_can_not_be_read_is_named_and_what_came_before_it_is_sent(
    shared_server: Server, tmp_path: Path
) -> None:
    (tmp_path / "good").write_bytes(b"good\n")
    done = send(
        str(tmp_path / "good"), "/proc/self/mem", "--app-key", "unreadable", "--app-id", "test", url=shared_server.url
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == b"logstream: /proc/self/mem: Input/output error"
    assert b"Traceback" not in done.stderr
    assert shared_server.search(app_key="unreadable")["total"] == 1


def test_a_dash_is_standard_input_among_files(shared_server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"from the file\n")
    done = send(
        str(tmp_path / "file"), "-", "--app-key", "dash", "--app-id", "test", url=shared_server.url, lines=b"from stdin"
    )
    assert done.returncode == 0, done.stderr
    entries = sorted(shared_server.all_entries(app_key="dash"), key=lambda entry: entry["id"])
    assert [entry["message"] for entry in entries] == ["from the file", "from stdin"]


@pytest.mark.parametrize("option", ["--key", "--client-key", "--client-token"])
def test_a_key_that_no_header_can_carry_is_refused_and_not_shown(option: str) -> None:
    done = send(*APP, option, "secret\nkey", url="http://127.0.0.1:9", lines=b"x\n")
    assert done.returncode == 2
    assert option.encode() + b" contains a character" in done.stderr
    assert b"secret" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nowhere.log",), b"nowhere.log: no such file"),
        ((".",), b".: not a file"),
        (("--batch", "0"), b"--batch"),
        (("--url", "nonsense"), b"'nonsense'"),
        (("--timezone", "Nowhere/Land"), b"--timezone: 'Nowhere/Land'"),
        (("--zone", "CST"), b"--zone: ''"),
        (("--multiline", "("), b"--multiline: '('"),
    ],
)
def test_wrong_use_is_exit_code_2(arguments: tuple[str, ...], says: bytes) -> None:
    done = send(*APP, *arguments, url="http://127.0.0.1:9")
    assert done.returncode == 2
    assert says in done.stderr


def test_no_app_at_all_is_said_by_the_server(shared_server: Server) -> None:
    done = send(url=shared_server.url, lines=b"x\n")
    assert done.returncode == 1
    assert b"app_key and app_id are required" in done.stderr


def test_archives_and_other_encodings_are_read_and_binary_files_refused(
    scripted: Callable[..., Scripted], tmp_path: Path
) -> None:
    (tmp_path / "a.log.1.gz").write_bytes(gzip.compress("Dec 31 23:59:59 h a: grün\n".encode()))
    (tmp_path / "b.log").write_bytes("grün\n".encode("utf-16"))
    (tmp_path / "c.log").write_bytes("grün\n".encode("latin-1"))
    (tmp_path / "wtmp").write_bytes(b"\x07\0\0\0tty1" + bytes(380))
    written = datetime(2024, 1, 1, tzinfo=UTC).timestamp()
    os.utime(tmp_path / "a.log.1.gz", (written, written))
    server = scripted(OK)
    paths = [str(path) for path in sorted(tmp_path.iterdir())]
    done = send(*APP, "--encoding", "latin-1", *paths[1:3], url=server.url)
    assert done.returncode == 0, done.stderr
    done = send(*APP, *paths[:2], paths[3], "-", url=server.url, lines=gzip.compress(b"piped\n"))
    assert done.returncode == 1
    assert b"wtmp: not a text file: " in done.stderr
    logs = [[entry["message"][-5:].strip() for entry in json.loads(body)["logs"]] for _, body in server.requests]
    assert logs == [["grün", "grün"], ["grün", "grün", "piped"]]
    assert json.loads(server.requests[1][1])["logs"][0]["timestamp"] == "2023-12-31T23:59:59.000Z"
    assert b"--encoding: 'rot13'" in send(*APP, "--encoding", "rot13", url=server.url).stderr


def test_a_named_pipe_is_followed_through_its_writers(shared_server: Server, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    words, environment = command(
        "--follow", str(tmp_path / "pipe"), "--app-key", "fifo", "--app-id", "test", url=shared_server.url
    )
    process = subprocess.Popen(words, env=environment)
    try:
        for count in (1, 2):
            (tmp_path / "pipe").write_bytes(b"line %d\n" % count)
            eventually(lambda: shared_server.search(app_key="fifo")["total"] == count, "the line")  # noqa: B023
        process.terminate()
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_followed_file_is_sent_as_it_grows_until_a_signal(
    shared_server: Server, tmp_path: Path, how: signal.Signals
) -> None:
    path = tmp_path / "growing.log"
    key = f"follow-{how.name}"
    words, environment = command("--follow", str(path), "--app-key", key, "--app-id", "test", url=shared_server.url)
    process = subprocess.Popen(words, env=environment, stderr=subprocess.PIPE)
    try:
        for count in (1, 2, 3):
            with open(path, "ab") as file:
                file.write(b"line %d\n" % count)
            eventually(lambda: shared_server.search(app_key=key)["total"] == count, "the line")  # noqa: B023
        process.send_signal(how)
        _, said = process.communicate(timeout=30)
        assert process.returncode == 0
        assert b"3 entries delivered" in said
    finally:
        process.kill()
        process.wait()
