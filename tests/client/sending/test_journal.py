"""The systemd journal, written by systemd's own program, read by `logstream send --journal`: each entry once."""

import subprocess
from pathlib import Path

import pytest

from tests.client.sending.test_send_command import command, send
from tests.harness import ROOT, Server, eventually

REMOTE = "/lib/systemd/systemd-journal-remote"


@pytest.fixture
def journal(tmp_path: Path) -> "Journal":
    need = [str(ROOT / "scripts/need"), "journalctl=systemd", f"test -x {REMOTE}=systemd-journal-remote"]
    subprocess.run(need, check=True)
    return Journal(tmp_path / "journal")


class Journal:
    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self._written = 0

    def write(self, *entries: dict[str, str]) -> None:
        """Append entries, in the journal's export format, to a real journal file."""
        export = ""
        for entry in entries:
            self._written += 1
            stamp = {"__REALTIME_TIMESTAMP": str(1767323045000001 + self._written * 1_000_000), "_BOOT_ID": "1" * 32}
            stamp["__MONOTONIC_TIMESTAMP"] = str(self._written)
            export += "".join(f"{name}={value}\n" for name, value in {**stamp, **entry}.items()) + "\n"
        subprocess.run(
            [REMOTE, "-o", str(self.folder / "system.journal"), "-"],
            input=export.encode(),
            check=True,
            capture_output=True,
        )


def messages(server: Server, app: str) -> list[str]:
    entries = sorted(server.all_entries(app_key=app), key=lambda entry: entry["id"])
    return [entry["message"] for entry in entries]


def test_a_journal_is_sent_with_what_it_says_and_the_next_time_what_is_new(
    journal: Journal, shared_server: Server, tmp_path: Path
) -> None:
    app = ("--app-key", "journal", "--app-id", "test", "--state", str(tmp_path / "state"))
    journal.write(
        {"MESSAGE": "started", "PRIORITY": "6", "SYSLOG_IDENTIFIER": "systemd", "_PID": "1", "_HOSTNAME": "web1"},
        {"MESSAGE": "disk failure " + "x" * 9000, "PRIORITY": "3", "_SYSTEMD_UNIT": "smartd.service"},
    )
    done = send("--journal-directory", str(journal.folder), *app, url=shared_server.url)
    assert (done.returncode, done.stderr) == (0, done.stderr)
    found = sorted(shared_server.all_entries(app_key="journal"), key=lambda entry: entry["id"])
    assert [(entry["level"], entry["timestamp"]) for entry in found] == [
        ("info", "2026-01-02T03:04:06.000001Z"),
        ("error", "2026-01-02T03:04:07.000001Z"),
    ]
    assert found[0]["context"]["_HOSTNAME"] == "web1"
    assert found[1]["message"] == "disk failure " + "x" * 9000
    assert found[1]["category"] == "smartd.service"
    journal.write({"MESSAGE": "new"})
    for _ in range(2):
        assert send("--journal-directory", str(journal.folder), *app, url=shared_server.url).returncode == 0
    assert messages(shared_server, "journal")[2:] == ["new"]


def test_a_followed_journal_is_sent_as_it_grows_through_kills(
    journal: Journal, shared_server: Server, tmp_path: Path
) -> None:
    journal.write({"MESSAGE": "old"})
    app = ("--app-key", "growing", "--app-id", "test", "--state", str(tmp_path / "state"), "--from", "end")
    words, environment = command(
        "--journal", "--journal-directory", str(journal.folder), "--follow", *app, url=shared_server.url
    )
    sent: list[str] = []
    for kill in range(3):
        process = subprocess.Popen(words, env=environment)
        try:
            # From the end there is nothing to await before the first entry: entries are written until one arrives.
            while True:
                sent.append(f"entry {len(sent)}")
                journal.write({"MESSAGE": sent[-1]})
                if kill or messages(shared_server, "growing"):
                    break
            eventually(lambda: messages(shared_server, "growing")[-1:] == sent[-1:], "the last entry")
        finally:
            process.kill()
            process.wait()
    got = messages(shared_server, "growing")
    assert got == sent[-len(got) :]


def test_a_journal_is_sent_alone_and_must_be_there(tmp_path: Path) -> None:
    app = ("--app-key", "a", "--app-id", "b")
    assert b"without FILE" in send("--journal", "x.log", *app, url="http://127.0.0.1:9").stderr
    gone = send("--journal-directory", str(tmp_path / "gone"), *app, url="http://127.0.0.1:9")
    assert (gone.returncode, b"not a folder" in gone.stderr) == (2, True)
