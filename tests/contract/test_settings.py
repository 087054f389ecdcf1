"""Settings: where they come from, what stops the start, and that every page tells of every one."""

import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from logstream.settings import Settings, parse_duration, parse_size
from tests.harness import Server, free_ports, running

ROOT = Path(__file__).parents[2]
NAMES = {name.upper() for name in Settings.model_fields}


def test_the_example_file_lists_every_setting_with_its_default() -> None:
    listed = dict(re.findall(r"^#? ?([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert set(listed) == NAMES
    for name, text in listed.items():
        default = Settings.model_fields[name.lower()].default
        if name == "HOST":
            assert text == "0.0.0.0"
        elif name in ("INDEX_MEMORY", "SPOOL_MAX_BYTES", "NATS_MAX_BYTES"):
            assert parse_size(text) == default
        elif name in ("MAX_FUTURE", "NATS_MAX_AGE", "NATS_DUPLICATE_WINDOW"):
            assert parse_duration(text) == default
        elif default is False:
            assert text == "0"
        elif name == "APP_VERSION" or default is None or default == ():
            assert text == ""
        elif name in ("LOG_PATH", "SPOOL_PATH"):
            assert text == f"./{default}"
        else:
            assert text == str(default)


def test_an_address_with_a_password_is_needed_for_clickhouse_and_never_repeated(tmp_path: Path) -> None:
    for number, (given, said) in enumerate(
        [
            ({}, "CLICKHOUSE_URL is not set: with STORAGE_TYPE=clickhouse, it says where the database is"),
            ({"CLICKHOUSE_URL": "http://user:hunter2@/x"}, "CLICKHOUSE_URL=(hidden) is not valid: expected an address"),
        ]
    ):
        server = Server(tmp_path / str(number), STORAGE_TYPE="clickhouse", **given)
        with pytest.raises(AssertionError, match="ended with 2"):
            server.start()
        assert said in server.log
        assert "hunter2" not in server.log


def test_the_page_on_configuration_tells_of_every_setting() -> None:
    told = set(re.findall(r"^\| `([A-Z_]+)`", (ROOT / "docs/configuration.md").read_text(), re.MULTILINE))
    told |= set(re.findall(r"^\| `[A-Z_]+` / `([A-Z_]+)`", (ROOT / "docs/configuration.md").read_text(), re.MULTILINE))
    assert told == NAMES


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("HTTP_PORT", "abc", "a whole number"), ("HTTP_PORT", "70000", "at most 65535"),
        ("HTTP_PORT", "0", "at least 1"), ("WS_PORT", "-1", "at least 0"),
        ("STORAGE_TYPE", "redis", "'file', 'mariadb' or 'clickhouse'"),
        ("CLICKHOUSE_CLUSTER", "my cluster", "the name of a cluster"),
        ("NATS_URL", "http://a:4222", "servers such as nats://"), ("NATS_STREAM", "a.b", "letters, digits"),
        ("NATS_REPLICAS", "0", "at least 1"),
        ("DB_PORT", "high", "a whole number"), ("SPOOL_MAX_BYTES", "1kB", "at least 1000000"),
        ("RETENTION_INTERVAL_HOURS", "-1", "at least 0"),
        ("DURABILITY", "maybe", "'fsync' or 'os'"), ("MAX_BODY_BYTES", "-1", "a size such as"),
        ("MAX_BODY_BYTES", "10", "at least 1024"), ("SEARCH_TIMEOUT", "0", "more than 0"),
        ("SEARCH_TIMEOUT", "soon", "a number"), ("INDEX_MEMORY", "lots", "a size such as 512MB"),
        ("INDEX_MEMORY", "1MB", "at least 256000000"), ("CORS_ORIGINS", "example.com", "https://status.example.com"),
        ("SYSLOG_PORT", "0", "at least 1"), ("ALLOWED_NETWORKS", "10.0.0.0/8, home", "networks such as 10.0.0.0/8"),
        ("BASE_PATH", "logs", "a path such as /logs"), ("BASE_PATH", "/a//b", "a path such as /logs"),
        ("BASE_PATH", "/logs/..", "a path such as /logs"), ("BASE_PATH", "https://example.com/logs", "a path such as"),
        ("BASE_PATH", "/api/logs", "that begins like none of this server's own"),
        ("SYSLOG_TIMEZONE", "Mars", "a time zone such as Europe/Berlin"),
        ("PUBLIC_URL", "logs.example.com", "an address such as https://logs.example.com"),
        ("MAX_FUTURE", "soon", "a span of time such as 30s"), ("MAX_FUTURE", "0d", "a span of time such as 30s"),
    ],
)  # fmt: skip
def test_a_wrong_value_stops_the_start_with_one_line_and_exit_code_2(
    tmp_path: Path, name: str, value: str, allowed: str
) -> None:
    server = Server(tmp_path, **{name: value})
    with pytest.raises(AssertionError, match="ended with 2"):
        server.start()
    (line,) = server.log.splitlines()
    assert line.startswith(f"logstream: {name}='{value}' is not valid: expected ")
    assert allowed in line
    server.process = None


def test_settings_come_from_a_file_in_the_working_directory_and_the_environment_wins(tmp_path: Path) -> None:
    folder = tmp_path / "server"
    folder.mkdir()
    (folder / ".env").write_text(
        "API_SECRET=from-file\nUI_SECRET=\nAPP_VERSION=7.7\nFOREIGN=ignored\nLOG_PATH=elsewhere\n"
    )
    with running(folder, API_SECRET="from-environment") as server:
        assert server.get("/api/info").json()["version"] == "7.7"
        assert server.get("/api/logs").status_code == 200  # an empty value is none
        assert server.post({"app_key": "a", "app_id": "b"}, "/api/logs?token=from-file").status_code == 401
        assert server.post({"app_key": "a", "app_id": "b"}, "/api/logs?token=from-environment").status_code == 201
        assert server.journal_lines()


def start_without_host(folder: Path, **settings: str) -> tuple[str, int]:
    """The start-up lines of a server without HOST, and the port it serves."""
    folder.mkdir()
    (port,) = free_ports(1)
    environment = {"PATH": "", "HTTP_PORT": str(port), "WS_PORT": "0", **settings}
    command = [sys.executable, "-m", "logstream", "serve"]
    with subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            first = process.stderr.readline()
            assert httpx.get(f"http://127.0.0.1:{port}/api/health", timeout=10).status_code == 200
            process.terminate()
            return first + process.stderr.read(), port  # communicate() would pass over what was buffered with the first
        finally:
            process.kill()


def test_without_a_secret_only_this_machine_is_served_with_a_warning(tmp_path: Path) -> None:
    said, port = start_without_host(tmp_path / "a", API_SECRET="x")
    assert f"http://127.0.0.1:{port} and ws://127.0.0.1:{port}/ws" in said
    assert "UI_SECRET not set: that side is open to anyone who can reach the port; listening on loopback only" in said
    assert (tmp_path / "a/storage/logs").is_dir()


def test_with_both_secrets_every_address_is_served_without_a_warning(tmp_path: Path) -> None:
    said, port = start_without_host(tmp_path / "a", API_SECRET="x", UI_SECRET="y")
    assert f"http://0.0.0.0:{port}" in said
    assert "warning" not in said


def test_a_port_in_use_stops_the_start_with_one_line(server: Server, tmp_path: Path) -> None:
    for name, port in (("HTTP_PORT", server.http_port), ("WS_PORT", server.ws_port)):
        second = Server(tmp_path / name, **{name: str(port)})
        with pytest.raises(AssertionError, match="ended with 1"):
            second.start()
        second.process = None
        assert f"can't listen on 127.0.0.1:{port}: " in second.log
        assert f"choose another {name}" in second.log
        assert "Traceback" not in second.log


def test_a_second_server_on_the_same_folder_refuses_to_start(server: Server, tmp_path: Path) -> None:
    second = Server(tmp_path / "second", LOG_PATH=str(server.log_path))
    with pytest.raises(AssertionError, match="ended with 1"):
        second.start()
    second.process = None
    assert "another logstream process" in second.log
    assert server.post({"app_key": "a", "app_id": "b"}).status_code == 201


def test_flushing_can_be_left_to_the_kernel(tmp_path: Path) -> None:
    with running(tmp_path / "server", DURABILITY="os") as server:
        answer = server.post({"app_key": "a", "app_id": "b"})
        server.kill()
        server.start()
        assert server.all_entries() == answer.json()["entries"]
