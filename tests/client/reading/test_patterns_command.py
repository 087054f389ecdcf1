"""`logstream patterns` against the real server."""

import json
import os
import pty
import subprocess

import pytest

from logstream.client.reading.pattern_table import table
from tests.client.reading.commands import environment, run, words
from tests.client.reading.test_tail_command import post
from tests.harness import Server

OLD, NEW = "2026-01-15T10:00:00Z", "2026-01-15T12:00:00Z"


@pytest.fixture(scope="module")
def shop(shared_server: Server) -> Server:
    post(shared_server, "shop", *(f"User {n} logged in from 10.0.0.{n % 250}" for n in range(1500)), timestamp=OLD)
    post(shared_server, "shop", *(f"User {n} logged in from 10.0.0.{n}" for n in range(20)), timestamp=NEW)
    post(
        shared_server,
        "shop",
        *(f"Card {n} declined by\x1b]0;x\x07 issuer" for n in range(2)),
        level="error",
        timestamp=NEW,
    )
    return shared_server


def test_a_table_says_how_often_how_severe_and_what_is_new(shop: Server) -> None:
    done = run("patterns", "--app-key", "shop", "--date-from", "2026-01-15T11:00:00Z", url=shop.url)
    assert done.stdout.decode() == (
        "      COUNT  SHARE NEW LEVELS          PATTERN\n"
        "         20  90.9%     I20             User <n> logged in from <ip>\n"
        "          2   9.1% new E2              Card <n> declined by␛]<n>;x␇ issuer\n"
    )
    assert (done.returncode, done.stderr) == (0, b"2 patterns of 22 entries\n")


def test_json_is_a_pattern_a_line_whose_search_finds_its_entries(shop: Server) -> None:
    done = run("patterns", "--app-key", "shop", "--json", "--limit", "1", url=shop.url)
    (one,) = map(json.loads, done.stdout.splitlines())
    assert (one["pattern"], one["count"]) == ("User <n> logged in from <ip>", 1520)
    assert done.stderr == b""
    found = run("search", "--app-key", "shop", "--q", one["q"], "--limit", "0", "--format", "raw", url=shop.url)
    assert len(found.stdout.splitlines()) == 1520


def test_a_terminal_of_80_columns_has_long_patterns_on_several_lines(shop: Server) -> None:
    post(shop, "long", "Upstream timeout contacting orders-service at host 12 after 7 ms, will retry")
    own, other = pty.openpty()
    environ = {**environment(shop.url), "COLUMNS": "80"}
    subprocess.run(words("patterns", "--app-key", "long"), env=environ, stdout=other, timeout=60, check=True)
    os.close(other)
    lines = os.read(own, 10_000).decode().splitlines()
    os.close(own)
    assert lines[1:] == [
        "          1 100.0%     I1              Upstream timeout contacting orders-",
        " " * 39 + "service at host <n> after <n> ms, will",
        " " * 39 + "retry",
    ]


def test_estimates_are_marked_and_large_numbers_short() -> None:
    levels = {"debug": 0, "info": 12_345_678, "notice": 999_600, "warning": 9_960, "error": 1_040, "critical": 0}
    one = {"pattern": "x", "count": 13_355_678, "share": 0.0001, "new": False, "levels": levels}
    shown = table([json.dumps(one).encode()], width=None, sampled=True).decode().splitlines()[1]  # type: ignore[list-item]
    assert shown == "~13,355,678  <0.1%     E1.0k W10k N1.0M x"


def test_nothing_found_is_said(shop: Server) -> None:
    done = run("patterns", "--app-key", "absent", url=shop.url)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"no entries found\n")
