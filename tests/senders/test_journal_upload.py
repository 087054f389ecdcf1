"""systemd-journal-upload, unmodified: each entry of a journal is there, whatever was answered before."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.client.sending.test_journal import Journal
from tests.harness import ROOT, Server, running

KEY = "write-key"
UPLOAD = "/lib/systemd/systemd-journal-upload"
TRACE = "ab" * 16


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with running(tmp_path / "server", API_SECRET=KEY) as started:
        yield started


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    subprocess.run([str(ROOT / "scripts/need"), f"test -x {UPLOAD}=systemd-journal-remote"], check=True)
    return Journal(tmp_path / "journal")


def upload(journal: Journal, server: Server, key: str = KEY) -> int:
    """Send what is new in the journal: the exit code."""
    options = [f"--url={server.url}/key/{key}", f"--directory={journal.folder}", "--follow=no"]
    state = f"--save-state={journal.folder.parent}/upload-state"
    return subprocess.run([UPLOAD, *options, state], capture_output=True, timeout=60, check=False).returncode


def messages(server: Server) -> list[str]:
    """Each once: it begins an upload with the last entry of the one before."""
    return sorted({entry["message"] for entry in server.all_entries()})


def test_every_entry_is_found_with_all_it_said(journal: Journal, server: Server) -> None:
    about = {"SYSLOG_IDENTIFIER": "shop", "_HOSTNAME": "web-1", "_SYSTEMD_UNIT": "shop.service"}
    journal.write(
        {**about, "MESSAGE": "order 42 placed", "PRIORITY": "6", "USER_ID": "7", "TRACE_ID": TRACE},
        {**about, "MESSAGE": 'grüße 你好 😀 "quoted"', "PRIORITY": "3"},
    )
    assert upload(journal, server) == 0
    first, second = sorted(server.all_entries(), key=lambda entry: entry["id"])
    assert [(entry["message"], entry["level"]) for entry in (first, second)] == [
        ("order 42 placed", "info"),
        ('grüße 你好 😀 "quoted"', "error"),
    ]
    for entry in (first, second):
        assert (entry["app_key"], entry["app_id"], entry["category"]) == ("shop", "web-1", "shop.service")
    assert (first["trace_id"], first["context"]["USER_ID"]) == (TRACE, "7")
    assert first["timestamp"] == "2026-01-02T03:04:06.000001Z"


def test_what_was_refused_is_sent_again_from_where_it_stood(journal: Journal, server: Server) -> None:
    journal.write({"MESSAGE": "first"})
    assert upload(journal, server) == 0
    journal.write({"MESSAGE": "second"}, {"MESSAGE": "third"})
    assert upload(journal, server, "wrong") != 0
    server.stop()
    assert upload(journal, server) != 0
    server.start()
    assert messages(server) == ["first"]
    assert upload(journal, server) == 0
    assert messages(server) == ["first", "second", "third"]
    assert upload(journal, server) == 0
    assert len(server.all_entries(search="second")) == 1
