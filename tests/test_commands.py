"""The command line, run as a user would."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from logstream import __version__
from tests.client.reading.server import Answer, ScriptedServer
from tests.harness import Server, eventually, inherited, running


def logstream(*arguments: str, cwd: Path, **settings: str) -> "subprocess.CompletedProcess[str]":
    """Run `logstream` to its end, with nothing of this process's settings."""
    return subprocess.run(
        [sys.executable, "-m", "logstream", *arguments],
        cwd=cwd,
        env={**inherited(), "COLUMNS": "100", **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_version_is_printed(tmp_path: Path) -> None:
    assert logstream("--version", cwd=tmp_path).stdout == f"logstream {__version__}\n"


@pytest.mark.parametrize("command", ["serve", "send", "reindex", "decompress", "verify"])
def test_every_command_has_help_with_an_example(tmp_path: Path, command: str) -> None:
    shown = logstream(command, "--help", cwd=tmp_path)
    assert shown.returncode == 0
    assert f"logstream {command}" in shown.stdout
    assert "xample" in shown.stdout


def test_a_wrong_option_is_exit_code_2(tmp_path: Path) -> None:
    assert logstream("serve", "--nonsense", cwd=tmp_path).returncode == 2


def test_serve_says_where_it_listens_where_it_stores_and_what_is_protected(tmp_path: Path) -> None:
    with running(tmp_path / "server", API_SECRET="w-secret", UI_SECRET="r-secret") as server:
        server.stop()
        line = server.log.splitlines()[0]
        for part in (server.url, server.ws_url, str(server.log_path), "writing is protected", "reading is protected"):
            assert part in line
        assert "secret" not in server.log


@pytest.mark.parametrize("command", ["clients", "retention", "views", "dashboards", "alerts"])
def test_an_answer_that_is_not_json_is_said_in_one_line(tmp_path: Path, command: str) -> None:
    def page(answer: Answer) -> None:
        answer.begin(Content_Type="text/html")
        answer.write(b"<html>")

    with ScriptedServer(page) as server:
        done = logstream(command, "list", "--url", server.url, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr == "logstream: the answer is not JSON; is this a logstream server?\n"


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_serve_ends_in_order_on_a_signal(server: Server, name: str) -> None:
    acknowledged = server.post({"app_key": "a", "app_id": "b", "message": "kept"}).json()["entries"]
    assert server._end(signal.Signals[name]) == 0
    assert [line.count("level=error") for line in server.log.splitlines()].count(1) == 0
    assert server.log.rstrip().endswith('msg="stopped: everything accepted is on disk"')
    assert "Traceback" not in server.log
    assert "leaked" not in server.log
    assert len(server.log.splitlines()) == 4  # start, warning of open sides, signal, stop
    server.start()
    assert server.all_entries() == acknowledged


def test_reindex_builds_the_index_anew_from_the_journal(server: Server, tmp_path: Path) -> None:
    server.post([{"app_key": "a", "app_id": "b", "message": str(n), "timestamp": "2026-01-01"} for n in range(300)])
    server.stop()
    day = server.log_path / "2026/01/01.jsonl"
    day.write_bytes(day.read_bytes().replace(b'"message":"7"', b'"message":"edited by hand"'))
    done = logstream("reindex", cwd=tmp_path, LOG_PATH=str(server.log_path))
    assert done.returncode == 0, done.stderr
    assert "300 entries from 1 file indexed" in done.stderr
    server.start()
    assert server.search(search="edited by hand")["total"] == 1
    assert server.search()["total"] == 300


def test_reindex_beside_a_running_server_is_refused(server: Server, tmp_path: Path) -> None:
    done = logstream("reindex", "--log-path", str(server.log_path), cwd=tmp_path)
    assert done.returncode == 1
    assert "another logstream process" in done.stderr
    assert "stop it first" in done.stderr


def test_reindex_of_a_folder_that_is_not_there_is_exit_code_2(tmp_path: Path) -> None:
    done = logstream("reindex", "--log-path", "nowhere", cwd=tmp_path)
    assert done.returncode == 2
    assert "LOG_PATH='nowhere'" in done.stderr


def compressed(server: Server) -> bytes:
    """Let the server compress two days and stop it; returns their lines."""
    days = [{"app_key": "a", "app_id": "b", "timestamp": f"2026-01-{n % 2 + 1:02d}"} for n in range(200)]
    server.post(days)
    server.stop()
    lines = b"\n".join(server.journal_lines())
    server.settings["COMPRESS_AFTER_DAYS"] = "0"
    server.start()
    eventually(lambda: not list(server.log_path.glob("*/*/*.jsonl")), "both days to be compressed")
    server.settings["COMPRESS_AFTER_DAYS"] = "-1"
    server.stop()
    return lines


def test_decompress_gives_the_plain_files_back(server: Server, tmp_path: Path) -> None:
    lines = compressed(server)
    server.start()
    server.post({"app_key": "a", "app_id": "b", "message": "late", "timestamp": "2026-01-02"})
    server.stop()
    done = logstream("decompress", "2026-01-01", cwd=tmp_path, LOG_PATH=str(server.log_path))
    assert (done.returncode, done.stderr.strip()) == (0, "1 day decompressed")
    assert [path.name for path in sorted(server.log_path.glob("2*/*/*"))] == ["01.jsonl", "02.jsonl", "02.jsonl.zst"]
    file = server.log_path / "2026/01/02.jsonl.zst"
    assert logstream("decompress", str(file), cwd=tmp_path, LOG_PATH=str(server.log_path)).returncode == 0
    assert [path.name for path in sorted(server.log_path.glob("2*/*/*"))] == ["01.jsonl", "02.jsonl"]
    assert b"\n".join(server.journal_lines()[:-1]) == lines
    assert b'"late"' in server.journal_lines()[-1]
    server.start()
    assert server.search()["total"] == 201


def test_decompress_all_and_a_crash_before_the_compressed_file_was_removed(server: Server, tmp_path: Path) -> None:
    compressed(server)
    server.start()
    server.post({"app_key": "a", "app_id": "b", "message": "late", "timestamp": "2026-01-01"})
    server.stop()
    left = (server.log_path / "2026/01/01.jsonl.zst").read_bytes()
    done = logstream("decompress", "--all", "--log-path", str(server.log_path), cwd=tmp_path)
    assert (done.returncode, done.stderr.strip()) == (0, "2 days decompressed")
    lines = server.journal_lines()
    assert len(lines) == 201
    (server.log_path / "2026/01/01.jsonl.zst").write_bytes(left)
    server.start()
    assert server.search()["total"] == 201
    assert server.journal_lines() == lines


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ((), 2, "name the days to decompress, or use --all"),
        (("2026-01-01", "--all"), 2, "name the days to decompress, or use --all"),
        (("yesterday",), 2, "'yesterday' is neither a day such as 2026-01-15"),
        (("/elsewhere/2026/01/01.jsonl.zst",), 2, "is not in"),
        (("2026-01-03",), 1, "no such day"),
        (("2026-01-01",), 1, "not compressed"),
    ],
)
def test_decompress_says_what_it_can_not_do(
    server: Server, tmp_path: Path, arguments: tuple[str, ...], code: int, says: str
) -> None:
    server.post({"app_key": "a", "app_id": "b", "timestamp": "2026-01-01"})
    beside = logstream("decompress", "2026-01-01", "--log-path", str(server.log_path), cwd=tmp_path)
    assert (beside.returncode, "another logstream process" in beside.stderr) == (1, True)
    server.stop()
    done = logstream("decompress", *arguments, "--log-path", str(server.log_path), cwd=tmp_path)
    assert done.returncode == code
    assert says in done.stderr


def test_verify_says_what_is_wrong_beside_a_running_server_and_repairs_a_stopped_one(
    server: Server, tmp_path: Path
) -> None:
    server.post([{"app_key": "a", "app_id": "b", "message": str(n), "timestamp": "2026-01-01"} for n in range(300)])
    server.post({"app_key": "a", "app_id": "b"})
    where = {"LOG_PATH": str(server.log_path)}
    beside = logstream("verify", cwd=tmp_path, **where)
    assert (beside.returncode, beside.stderr) == (0, "2 days, 301 entries: 0 findings (beside a running server)\n")
    assert "2026/01/01.jsonl           300 entries" in beside.stdout
    assert "note: " in beside.stdout
    assert "index.duckdb: not compared: the running server has it open" in beside.stdout

    refused = logstream("verify", "--repair", cwd=tmp_path, **where)
    assert refused.returncode == 2
    assert "stop it first, or verify without --repair" in refused.stderr

    server.kill()
    day = server.log_path / "2026/01/01.jsonl"
    with open(day, "ab") as file:
        file.write(b'{"id":"01')
    day.chmod(0o644)
    found = logstream("verify", "--quiet", cwd=tmp_path, **where)
    assert found.returncode == 1
    assert f"{day}:301: the file ends in 9 bytes without an end of line" in found.stdout
    assert f"{day}: mode 0644 lets others in; 0640 is enough" in found.stdout
    assert found.stderr == ""

    told = json.loads(logstream("verify", "--json", "--log-path", str(server.log_path), cwd=tmp_path).stdout)
    assert told["ok"] is False
    assert {(one["kind"], one["line"]) for one in told["findings"]} == {("torn", 301), ("mode", None)}
    first = {"day": "2026/01/01.jsonl", "entries": 300, "seal": "not sealed", "ok": False}
    assert {name: told["days"][0][name] for name in first} == first

    mended = logstream("verify", "--repair", cwd=tmp_path, **where)
    assert mended.returncode == 0, mended.stdout + mended.stderr
    assert "(repaired)" in mended.stdout
    assert mended.stderr.endswith("2 days, 301 entries: 0 findings, 2 repaired\n")
    clean = logstream("verify", "--quiet", cwd=tmp_path, **where)
    assert (clean.returncode, clean.stdout, clean.stderr) == (0, "", "")
    server.start()
    assert server.search()["total"] == 301


def test_verify_of_what_is_not_there_is_exit_code_2(tmp_path: Path) -> None:
    done = logstream("verify", "--log-path", "nowhere", cwd=tmp_path)
    assert (done.returncode, "LOG_PATH='nowhere'" in done.stderr) == (2, True)


ALERT = {"name": "disk", "query": {"search": "disk"}, "when": {"kind": "count", "n": 2, "window": "5m"}, "targets": []}


def test_alerts_are_applied_listed_previewed_muted_and_deleted(server: Server, tmp_path: Path) -> None:
    (tmp_path / "alerts.json").write_text(json.dumps({"alerts": [ALERT, {**ALERT, "name": "other"}]}))
    (tmp_path / "alert.json").write_text(json.dumps(ALERT))
    server.post([{"app_key": "a", "app_id": "b", "message": "disk is full"} for _ in range(3)])

    def alerts(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return logstream("alerts", *arguments, cwd=tmp_path, LOGSTREAM_URL=server.url)

    assert alerts("apply", "alerts.json").stdout == "disk: added\nother: added\n"
    assert alerts("apply", "alerts.json").stdout == "disk: replaced\nother: replaced\n"
    listed = alerts("list")
    assert (listed.returncode, ">= 2 in 5m" in listed.stdout) == (0, True)
    previewed = alerts("preview", "alert.json", "--since", "1h")
    assert previewed.stderr == "would have fired 1 times in 1h\n"
    assert "disk is muted until 2" in alerts("mute", "disk", "--for", "2h").stdout
    assert alerts("mute", "disk", "--off").stdout == "disk is ok\n"
    assert alerts("test", "disk").returncode == 0
    shown = json.loads(alerts("show", "disk", "--json").stdout)
    assert [record["event"] for record in shown["history"]] == ["unmuted", "muted"]
    assert alerts("delete", "disk").returncode == 0
    gone = alerts("show", "disk")
    assert (gone.returncode, "Alert 'disk' not found." in gone.stderr) == (1, True)
    (tmp_path / "alert.json").write_text("{")
    assert alerts("apply", "alert.json").returncode == 2


def test_views_are_listed_and_deleted(server: Server, tmp_path: Path) -> None:
    server.request("POST", "/api/views", json={"name": "mine", "title": "Errors", "query": {"level": "error"}})
    listed = logstream("views", "list", "--url", server.url, cwd=tmp_path).stdout
    assert "mine" in listed
    assert "level=error" in listed
    assert logstream("views", "delete", "mine", "--url", server.url, cwd=tmp_path).returncode == 0
    assert json.loads(logstream("views", "list", "--json", "--url", server.url, cwd=tmp_path).stdout) == {"views": []}


def test_dashboards_are_listed_and_deleted(server: Server, tmp_path: Path) -> None:
    panel = {"kind": "levels", "x": 0, "y": 0, "w": 3, "h": 3}
    server.request("POST", "/api/dashboards", json={"name": "mine", "panels": [panel, panel]})
    listed = logstream("dashboards", "list", "--url", server.url, cwd=tmp_path).stdout
    assert listed.split("mine")[1].split()[:2] == ["everything", "2"]
    assert logstream("dashboards", "delete", "mine", "--url", server.url, cwd=tmp_path).returncode == 0
    assert server.get("/api/dashboards").json() == {"dashboards": []}
