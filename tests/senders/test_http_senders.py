"""Unmodified senders from PyPI and npm find that we are the server they speak to: each entry is there, as they said."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.harness import Server, eventually, running
from tests.senders.http import KEY, MESSAGES, NODE, SENDERS, WITHOUT_KEY, started

LEVELS = ["info", "warning", "error"]
WITHOUT_LEVEL = ("splunk-handler",)
WITHOUT_FIELDS = ("python-logging-loki", "splunk-handler")
WITH_INSTANCE = ("OpenTelemetry", "pino")
Send = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("server"), API_SECRET=KEY) as started:
        yield started


@pytest.fixture(scope="module")
def open_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("open")) as started:
        yield started


@pytest.fixture
def send(senders: Path, node_modules: Path) -> Send:
    """Run a sender and let it end once `until` is true: exit code, output, errors."""

    def run(server: Server, name: str, until: Callable[[], bool], key: str = KEY) -> tuple[int, str, str]:
        with started(name, senders, node_modules, server, KEY=key) as process:
            try:
                eventually(until, f"what {name} sends")
                output, errors = process.communicate(timeout=30)
            finally:
                process.kill()
        return process.returncode, output, errors

    return run


@pytest.mark.parametrize("name", SENDERS)
def test_every_entry_is_found_with_all_it_said(send: Send, server: Server, open_server: Server, name: str) -> None:
    chosen = open_server if name.startswith(WITHOUT_KEY) else server
    before = chosen.search(limit=1)["total"]
    code, output, errors = send(chosen, name, lambda: chosen.search(limit=1)["total"] >= before + 3)
    assert code == 0, errors
    found = sorted(newest(chosen), key=lambda entry: MESSAGES.index(entry["message"]))
    assert [entry["message"] for entry in found] == MESSAGES
    levels = LEVELS if name not in WITHOUT_LEVEL else ["info", "info", "error"]
    assert [entry["level"] for entry in found] == levels
    assert {entry["category"] for entry in found} == {"shop.checkout" if name != "pygelf" else "general"}
    for entry in found:
        assert abs(seconds(entry["timestamp"]) - seconds(entry["created_at"])) < 60
    check_exception(found[2]["context"]["exception"], of_node=SENDERS[name][0] == NODE)
    if name not in WITHOUT_FIELDS:
        assert found[0]["context"]["user_id"] == 7
        assert found[1]["context"]["region"] == "eu"
    if name.startswith(WITH_INSTANCE):
        assert {entry["trace_id"] for entry in found} == {output.strip()}
        assert {(entry["app_key"], entry["app_id"]) for entry in found} == {("shop", "web-1")}


def check_exception(exception: dict[str, Any], *, of_node: bool) -> None:
    assert exception["type"] == ("TypeError" if of_node else "ZeroDivisionError")
    assert exception["message"] == "division by zero"
    first = "TypeError: division by zero\n    at " if of_node else "Traceback (most recent call last):"
    assert exception["stack"].startswith(first)


def newest(server: Server) -> list[dict[str, Any]]:
    return sorted(server.all_entries(), key=lambda entry: str(entry["id"]))[-3:]


def seconds(timestamp: str) -> float:
    return datetime.fromisoformat(timestamp).timestamp()


@pytest.mark.parametrize("name", [name for name in SENDERS if not name.startswith(WITHOUT_KEY)])
def test_a_wrong_key_stores_nothing_and_ends_no_sender(send: Send, server: Server, name: str) -> None:
    stored, refused = server.search(limit=1)["total"], refusals(server)
    code, _, errors = send(server, name, lambda: refusals(server) > refused, "wrong")
    assert server.search(limit=1)["total"] == stored
    if name != "elasticsearch":  # its helper raises to the program, as it does for Elasticsearch itself
        assert code == 0, errors
    assert "Traceback" not in server.log


def refusals(server: Server) -> float:
    found = re.search(
        r'^logstream_rejected_total\{reason="unauthorized"\} (\S+)$', server.get("/metrics").text, re.MULTILINE
    )
    return float(found[1]) if found is not None else 0.0
