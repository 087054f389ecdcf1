"""Unmodified senders over sockets: each entry is there, with what was said, also through a restart."""

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.harness import Server, eventually, running
from tests.senders import daemons, debian
from tests.senders.http import KEY, MESSAGES
from tests.senders.sockets import MONOLOG, NODE, PYTHON, started
from tests.senders.test_http_senders import LEVELS, seconds
from tests.sockets.senders import ports

TEXT = 'grüße 你好 😀 "quoted"'
WITHOUT_FIELDS = ("SysLogHandler UDP", "SysLogHandler TCP", "fluent-logger")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {"API_SECRET": KEY, "ALLOWED_NETWORKS": "127.0.0.1", **ports()}
    with running(tmp_path_factory.mktemp("server"), **settings) as started:
        yield started


def send(kind: str, server: Server, senders: Path | None = None, modules: Path | None = None) -> None:
    """Run a sender to its end."""
    with started(kind, server, senders, modules) as process:
        try:
            output, errors = process.communicate(timeout=60)
        finally:
            process.kill()
    assert (process.returncode, output, errors) == (0, "", "")


def new_entries(server: Server, before: int, count: int) -> list[dict[str, Any]]:
    eventually(lambda: server.search(limit=1)["total"] >= before + count, f"{count} entries:\n{server.log}")
    return sorted(server.all_entries(), key=lambda entry: str(entry["id"]))[before:]


def check_events(found: list[dict[str, Any]], *, fields: bool) -> None:
    found = sorted(found, key=lambda entry: MESSAGES.index(entry["message"]))
    assert [entry["message"] for entry in found] == MESSAGES
    assert [entry["level"] for entry in found] == LEVELS
    for entry in found:
        assert abs(seconds(entry["timestamp"]) - seconds(entry["created_at"])) < 60
    exception = found[2]["context"]["exception"]
    assert (exception["type"], exception["message"]) in (
        ("ZeroDivisionError", "division by zero"),
        ("TypeError", "division by zero"),
    )
    if fields:
        assert found[0]["context"]["user_id"] == 7
        assert found[1]["context"]["region"] == "eu"


@pytest.mark.parametrize("kind", PYTHON)
def test_what_python_sends_is_found(senders: Path, server: Server, kind: str) -> None:
    before = server.search(limit=1)["total"]
    send(kind, server, senders=senders)
    found = new_entries(server, before, 3)
    check_events(found, fields=kind not in WITHOUT_FIELDS)
    named = {entry["category"] for entry in found} | {entry["app_key"] for entry in found}
    assert "shop.checkout" in named


@pytest.mark.parametrize("kind", NODE)
def test_what_node_sends_is_found(node_modules: Path, server: Server, kind: str) -> None:
    before = server.search(limit=1)["total"]
    send(kind, server, modules=node_modules)
    found = new_entries(server, before, 3)
    check_events(found, fields=True)
    assert {entry["app_key"] for entry in found} == {"shop"}


@pytest.mark.parametrize("kind", MONOLOG)
def test_what_monolog_sends_is_found(server: Server, kind: str) -> None:
    before = server.search(limit=1)["total"]
    send(kind, server)
    found = sorted(new_entries(server, before, 3), key=lambda entry: LEVELS.index(entry["level"]))
    said = [message.replace("\n", " ") for message in MESSAGES] if kind.startswith("RFC") else MESSAGES
    assert [entry["message"] for entry in found] == said
    assert [entry["level"] for entry in found] == LEVELS
    assert {(entry["app_key"], entry["category"].removeprefix("shop.")) for entry in found} == {("shop", "checkout")}
    for entry in found:
        assert abs(seconds(entry["timestamp"]) - seconds(entry["created_at"])) < 60
    assert (found[0]["trace_id"], found[0]["context"]["user_id"]) == ("ab" * 16, 7)
    assert found[1]["context"]["region"] == "eu"
    if kind != "Fluentd":  # it says nothing of an exception
        exception = found[2]["context"]["exception"]
        assert (exception["type"], exception["message"]) == ("DivisionByZeroError", "Division by zero")
        assert exception["stack"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["-d"], TEXT),
        (["-d", "--rfc3164"], TEXT),
        (["-d", "--rfc5424=notime,nohost"], TEXT),
        (["-T"], TEXT),
        (["-T", "--octet-count"], TEXT),
        (["-T", "--rfc3164"], TEXT),
    ],
)
def test_what_logger_sends_is_found(server: Server, options: list[str], said: str) -> None:
    before = server.search(limit=1)["total"]
    command = ["logger", "-n", "127.0.0.1", "-P", server.settings["SYSLOG_PORT"], "-t", "shop", "-p", "local0.warning"]
    subprocess.run([*command, *options, said], check=True)
    (entry,) = new_entries(server, before, 1)
    assert (entry["message"], entry["level"], entry["category"]) == (said, "warning", "local0")
    assert entry["app_key"] == "shop"
    assert abs(seconds(entry["timestamp"]) - seconds(entry["created_at"])) < 60


@pytest.mark.parametrize("daemon", [daemons.rsyslog, daemons.syslog_ng])
def test_what_a_daemon_forwards_is_found_through_a_restart(tmp_path: Path, daemon: Any) -> None:
    root = debian.unpacked()
    folder = tmp_path / "daemon"
    folder.mkdir()
    with running(tmp_path / "server", **ports()) as server:
        command = daemon(root, folder, int(server.settings["SYSLOG_PORT"]))
        with open(tmp_path / "daemon.log", "wb") as log:
            process = subprocess.Popen(command, env=debian.environment(root), stdout=log, stderr=log)
        try:
            eventually((folder / "log").exists, "the daemon to listen")
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.connect(str(folder / "log"))
                sender.send(f"<131>Nov 26 10:00:00 shop[77]: {TEXT}".encode())
                found = new_entries(server, 0, 3)
                server.stop()
                server.start()
                sender.send(b"<134>Nov 26 10:00:01 shop[77]: after the restart")

                def again() -> bool:
                    """Over UDP at least; a connection that was cut may have taken one with it, which TCP can't tell."""
                    sender.send(b"<134>Nov 26 10:00:02 shop[77]: later")
                    return bool(server.search(search="later", limit=1)["total"] >= 3)

                eventually(again, "the daemon to send again")
        finally:
            process.terminate()
            process.wait(30)
    assert {(entry["message"], entry["level"]) for entry in found} == {(TEXT, "error")}
    assert {entry["app_key"] for entry in found} == {"shop"}
    assert {entry["context"]["pid"] for entry in found} == {77}


def test_forward_with_acknowledgements_loses_nothing_while_the_server_is_away(
    node_modules: Path, tmp_path: Path
) -> None:
    """The sender starts while the server is down, and keeps what is not acknowledged."""
    with running(tmp_path, API_SECRET=KEY, **ports()) as server:
        server.stop()
        with started("fluent PackedForward", server, modules=node_modules) as process:
            try:
                server.start()
                check_events(new_entries(server, 0, 3), fields=True)
                assert process.wait(60) == 0
            finally:
                process.kill()
