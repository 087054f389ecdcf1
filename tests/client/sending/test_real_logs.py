"""Real logs go through `logstream send`: every line is found with the level and time its text states, and seen live.

The Debian package log of this machine, and where they are there (LOGSTREAM_TEST_LOGS, or ../shared/data/loghub beside
the checkout), four logs of the Loghub collection.
"""

import asyncio
import json
import os
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import websockets

from tests.client.sending.test_send_command import send
from tests.harness import Server, running

LOGHUB = Path(os.environ.get("LOGSTREAM_TEST_LOGS", Path(__file__).parents[4] / "shared/data/loghub"))
MOST_LINES = 8000  # together less than what the server holds back for a viewer, so that none is skipped
LEVELS = {"notice": "notice", "error": "error", "INFO": "info", "WARN": "warning", "warning": "warning"}
LEVELS["fatal"] = "critical"

# What each log states, read here in the plainest way: a pattern for time and level, and the form of the time.
SYSLOG = r"(?P<time>\w{3} [ \d]\d \d\d:\d\d:\d\d) \S+ [^:]+: (?P<level>(?:error|fatal|warning)(?=: )|)"
FORMS = {
    "Apache.log": (re.compile(r"\[(?P<time>[^]]+)\] \[(?P<level>\w+)\]"), "%a %b %d %H:%M:%S %Y"),
    "HDFS.log": (re.compile(r"(?P<time>\d{6} \d{6}) \d+ (?P<level>\w+) "), "%y%m%d %H%M%S"),
    "Linux.log": (re.compile(SYSLOG), "%b %d %H:%M:%S"),
    "OpenSSH.log": (re.compile(SYSLOG), "%b %d %H:%M:%S"),
    "dpkg.log": (re.compile(r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) (?P<level>)"), "%Y-%m-%d %H:%M:%S"),
}


def expected(name: str, line: str) -> tuple[str, str, str]:
    """Message, level and time that the line states."""
    pattern, form = FORMS[name]
    match = pattern.match(line)
    assert match is not None, line
    text = match["time"]
    if "%Y" not in form and "%y" not in form:
        now = datetime.now(UTC).replace(tzinfo=None)
        years = [datetime.strptime(f"{year} {text}", f"%Y {form}") for year in (now.year, now.year - 1)]
        moment = next(one for one in years if (one - now).days < 1)
    else:
        moment = datetime.strptime(text, form)
    return line, LEVELS.get(match["level"], "info"), moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def watch(server: Server, count: int, act: Any) -> list[str]:
    """The log messages that a viewer gets while `act` runs, `count` of them."""

    async def main() -> list[str]:
        async with websockets.connect(server.ws_url, max_size=None) as viewer:
            await viewer.recv()
            acting = asyncio.create_task(asyncio.to_thread(act))
            got = [str(await asyncio.wait_for(viewer.recv(), 30)) for _ in range(count)]
            await acting
            return got

    return asyncio.run(main())


def logs() -> list[Path]:
    found = sorted(LOGHUB.glob("*.log")) if LOGHUB.is_dir() else []
    return [*found, *(path for path in [Path("/var/log/dpkg.log")] if path.exists())]


@pytest.mark.parametrize("path", logs(), ids=lambda path: path.name)
def test_every_line_is_found_with_its_level_and_time_and_seen_live_in_order(tmp_path: Path, path: Path) -> None:
    copy = tmp_path / path.name  # dpkg.log may grow while the test runs
    copy.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:MOST_LINES]))
    lines = [line for line in copy.read_bytes().decode().replace("\r\n", "\n").split("\n") if line.strip()]
    assert lines
    with running(tmp_path / "server") as server:

        def act() -> None:
            done = send(str(copy), "--app-key", path.stem, "--app-id", "loghub", url=server.url)
            assert done.returncode == 0, done.stderr
            assert f"{len(lines):,} entries delivered".encode() in done.stderr

        seen = [json.loads(message) for message in watch(server, len(lines), act)]
        assert {message["type"] for message in seen} == {"log"}
        assert [message["data"]["message"] for message in seen] == lines
        ids = [message["data"]["id"] for message in seen]
        assert ids == sorted(set(ids))

        found = server.all_entries(app_key=path.stem)
        assert sorted(found, key=lambda entry: entry["id"]) == [message["data"] for message in seen]
        stated = Counter((entry["message"], entry["level"], entry["timestamp"]) for entry in found)
        assert stated == Counter(expected(path.name, line) for line in lines)
        for line in (lines[0], lines[len(lines) // 2], lines[-1]):
            assert line in {entry["message"] for entry in server.search(search=line)["entries"]}
