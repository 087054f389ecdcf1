"""The commands that pages of senders give as a check send an entry: those that need curl and a shell alone are run."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import ROOT, Server, eventually, running
from tests.sockets.senders import NAMES, ports

KEY = "write:key"
PAGES = sorted((ROOT / "docs/senders").glob("*.md"))
DEFAULTS = {"SYSLOG_PORT": "5514", "GELF_PORT": "12201", "FORWARD_PORT": "24224", "TCP_PORT": "5000"}
NEEDED = {"curl", "echo", "printf", "logger", "node"}


def commands_of(path: Path) -> list[str]:
    """The commands of its check that are sent to this machine, with nothing but what every machine of ours has."""
    block = re.search(r"```sh\n(.*?)```", path.read_text().rpartition("\nCheck:")[2], re.DOTALL)
    if block is None:
        return []
    commands = re.sub(r"(\\|\|)\n\s*", r"\1 ", block[1]).replace("\\ ", " ").splitlines()
    return [command for command in commands if command.split()[0] in NEEDED and is_sent_here(command)]


def is_sent_here(command: str) -> bool:
    programs = {part.split()[0] for part in re.split(r"\s\|\s", command)}
    return programs <= NEEDED and re.search(r"127\.0\.0\.1[: /]", command) is not None


CHECKS = [(path.stem, command) for path in PAGES for command in commands_of(path)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {"API_SECRET": KEY, "ALLOWED_NETWORKS": "127.0.0.1", **ports()}
    with running(tmp_path_factory.mktemp("server"), **settings) as started:
        yield started


@pytest.mark.parametrize(("page", "command"), CHECKS)
def test_a_check_sends_an_entry(server: Server, page: str, command: str) -> None:
    before = server.search(limit=1)["total"]
    for name in NAMES:
        command = command.replace(DEFAULTS[name], server.settings[name])
    command = command.replace("127.0.0.1:8081", f"127.0.0.1:{server.http_port}")
    run = ["bash", "-c", command]
    done = subprocess.run(
        run, env={"PATH": "/usr/bin:/bin", "API_SECRET": KEY}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    eventually(lambda: server.search(limit=1)["total"] == before + 1, f"an entry: {done.stdout}\n{server.log}")
    newest = max(server.all_entries(), key=lambda entry: str(entry["id"]))
    assert re.search("hello|order .* placed", newest["message"])


def test_most_protocols_are_checked() -> None:
    assert shutil.which("curl") is not None
    assert len({page for page, _ in CHECKS}) > 15
