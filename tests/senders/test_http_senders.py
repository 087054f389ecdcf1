"""Unmodified senders from PyPI find that we are the server they speak to: each entry is there, with what was said."""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.harness import Server, eventually, running

PROGRAMS = Path(__file__).with_name("programs")
KEY = "write:key"
MESSAGES = ["order 42 placed", 'grüße 你好 😀 "quoted"\nline two', "payment failed"]
LEVELS = ["info", "warning", "error"]

SENDERS: dict[str, tuple[str, dict[str, str]]] = {
    "OpenTelemetry": ("opentelemetry_sdk.py", {}),
    "OpenTelemetry with gzip": ("opentelemetry_sdk.py", {"GZIP": "1"}),
    "python-logging-loki": ("loki.py", {}),
    "elasticsearch": ("elastic.py", {}),
    "splunk-handler": ("splunk.py", {}),
    "seqlog": ("seq.py", {}),
    "seqlog with CLEF": ("seq.py", {"CLEF": "1"}),
    "graypy": ("gelf.py", {"GRAYPY": "1"}),
    "graypy, plain": ("gelf.py", {"GRAYPY": "1", "PLAIN": "1"}),
    "pygelf": ("gelf.py", {}),
    "logtail-python": ("better_stack.py", {}),
}
WITHOUT_KEY = ("graypy", "pygelf")
WITHOUT_LEVEL = ("splunk-handler",)
WITHOUT_FIELDS = ("python-logging-loki", "splunk-handler")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("server"), API_SECRET=KEY) as started:
        yield started


@pytest.fixture(scope="module")
def open_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("open")) as started:
        yield started


def send(python: Path, server: Server, name: str, until: Callable[[], bool], key: str = KEY) -> tuple[int, str, str]:
    """Run a sender and let it end once `until` is true: exit code, output, errors."""
    program, settings = SENDERS[name]
    environment = {"URL": server.url, "KEY": key, "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **settings}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [str(python), str(PROGRAMS / program)], env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True
    ) as process:
        try:
            eventually(until, f"what {name} sends")
            output, errors = process.communicate(timeout=30)
        finally:
            process.kill()
    return process.returncode, output, errors


def target(name: str, server: Server, open_server: Server) -> Server:
    return open_server if name.startswith(WITHOUT_KEY) else server


@pytest.mark.parametrize("name", SENDERS)
def test_every_entry_is_found_with_all_it_said(senders: Path, server: Server, open_server: Server, name: str) -> None:
    chosen = target(name, server, open_server)
    before = chosen.search(limit=1)["total"]
    code, output, errors = send(senders, chosen, name, lambda: chosen.search(limit=1)["total"] >= before + 3)
    assert code == 0, errors
    found = sorted(newest(chosen), key=lambda entry: MESSAGES.index(entry["message"]))
    assert [entry["message"] for entry in found] == MESSAGES
    levels = LEVELS if name not in WITHOUT_LEVEL else ["info", "info", "error"]
    assert [entry["level"] for entry in found] == levels
    assert {entry["category"] for entry in found} == {"shop.checkout" if name != "pygelf" else "general"}
    for entry in found:
        assert abs(seconds(entry["timestamp"]) - seconds(entry["created_at"])) < 60
    exception = found[2]["context"]["exception"]
    assert (exception["type"], exception["message"]) == ("ZeroDivisionError", "division by zero")
    assert exception["stack"].startswith("Traceback (most recent call last):")
    if name not in WITHOUT_FIELDS:
        assert found[0]["context"]["user_id"] == 7
        assert found[1]["context"]["region"] == "eu"
    if name.startswith("OpenTelemetry"):
        assert {entry["trace_id"] for entry in found} == {output.strip()}
        assert {(entry["app_key"], entry["app_id"]) for entry in found} == {("shop", "web-1")}


def newest(server: Server) -> list[dict[str, Any]]:
    return sorted(server.all_entries(), key=lambda entry: str(entry["id"]))[-3:]


def seconds(timestamp: str) -> float:
    return datetime.fromisoformat(timestamp).timestamp()


@pytest.mark.parametrize("name", [name for name in SENDERS if not name.startswith(WITHOUT_KEY)])
def test_a_wrong_key_stores_nothing_and_ends_no_sender(senders: Path, server: Server, name: str) -> None:
    stored, refused = server.search(limit=1)["total"], refusals(server)
    code, _, errors = send(senders, server, name, lambda: refusals(server) > refused, "wrong")
    assert server.search(limit=1)["total"] == stored
    if name != "elasticsearch":  # its helper raises to the program, as it does for Elasticsearch itself
        assert code == 0, errors
    assert "Traceback" not in server.log


def refusals(server: Server) -> float:
    found = re.search(
        r'^logstream_rejected_total\{reason="unauthorized"\} (\S+)$', server.get("/metrics").text, re.MULTILINE
    )
    return float(found[1]) if found is not None else 0.0
