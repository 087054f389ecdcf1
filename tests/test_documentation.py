"""What there is, is told: every route, filter, live message, option and metric stands on its page."""

import re
from itertools import takewhile
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
import typer.main
import yaml

from logstream.cli.app import app
from logstream.entries.timestamps import utc_now
from logstream.formats.clock import Clock
from logstream.query.fields import EXACT
from logstream.query.filters import NAMES
from logstream.query.language import FIELDS
from logstream.receivers.request import Failure, Records, Request
from logstream.receivers.table import FORMATS, WireFormat
from logstream.sockets.listeners import KINDS
from logstream.web.app import routes
from tests.database import MariaDb
from tests.harness import Server, running
from tests.nats_cluster import NatsCluster

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
Anything: Any = MagicMock  # the paths alone are asked for


def page(name: str) -> str:
    return (DOCS / name).read_text()


def test_every_route_stands_on_the_page_of_the_api() -> None:
    told = page("api.md")
    for route in routes(Anything()):
        if route.path not in ("/assets/{name}", "/docs/{name}", "/favicon.ico", "/v/{name}", "/d/{name}"):
            assert any(f"{method} {route.path}`" in told for method in route.methods or ()), route.path


def test_every_wire_format_has_its_row_its_paths_and_its_page() -> None:
    rows = {row[0]: row for row in table_of_senders("Protocol")}
    links = [re.fullmatch(r"\[([^\]]+)\]\(([a-z-]+\.md)\)", cell) for cell in rows]
    pages = {found[1]: found[2] for found in links if found is not None}
    assert pages.keys() == {row.name for row in FORMATS}
    for row in FORMATS:
        path = pages[row.name]
        told = rows[f"[{row.name}]({path})"]
        assert set(re.findall(r"`([^`]+)`", told[1])) == set(row.paths), row.name
        assert f"# {row.name}".split()[1] in page(f"senders/{path}") or row.name == "Shippers"
        assert f"`{answers(row)[0]}`" in told[4], row.name
        assert f"`{answers(row)[1]}`" in told[5], row.name


def table_of_senders(head: str) -> list[list[str]]:
    """The rows of that table of the page whose first heading this is."""
    lines = page("senders/README.md").partition(f"\n| {head} |")[2].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in takewhile(str.strip, lines)]


def answers(row: WireFormat) -> tuple[int, int]:
    """What a sender is answered whose entries are durable, and whose can't be stored now."""
    request = Request(row.paths[0], b"", Clock(utc_now()))
    return row.accepted(request, Records()).status, row.failed(request, Failure(503, "full")).status


def test_every_port_has_its_row_and_its_page() -> None:
    rows = {setting.strip("`"): protocol for setting, protocol, *_ in table_of_senders("Setting")}
    assert rows.keys() == {kind.setting for kind in KINDS}
    for kind in KINDS:
        told = re.fullmatch(r"\[(.+)\]\((.+)\): (.+), TLS", rows[kind.setting])
        assert told is not None, kind.name
        assert told[1] == kind.name
        assert page(f"senders/{told[2]}").startswith(f"# {kind.name}"), told[2]
        assert told[3] == ("TCP" if kind.datagrams is None else "UDP, TCP"), kind.name


def test_every_page_of_a_sender_has_something_to_paste_and_a_command_that_checks_it() -> None:
    for path in (DOCS / "senders").glob("*.md"):
        if path.name != "README.md":
            before, _, check = path.read_text().rpartition("\nCheck:")
            assert "\n```" in before, path.name
            assert "`" in check, path.name
            assert f"({path.name})" in page("senders/README.md"), path.name


def test_every_filter_stands_on_the_page_of_the_api() -> None:
    told = set(re.findall(r"`([a-z_]+)`", page("api.md")))
    assert told >= NAMES
    description = yaml.safe_load((ROOT / "src/logstream/openapi.yaml").read_text())
    for item in description["paths"].values():
        for operation in (found for name, found in item.items() if name != "parameters"):
            names = [
                parameter["name"]
                for parameter in operation.get("parameters", [])
                if parameter.get("in") != "path" and "name" in parameter
            ]
            text = page("api.md") + page("live.md")
            assert [name for name in names if f"`{name}" not in text] == []


def test_every_field_stands_on_the_page_of_the_search_language() -> None:
    told = page("search-language.md")
    assert [field for field in {*FIELDS, *EXACT} if f"`{field}" not in told] == []


def test_every_message_stands_on_the_page_of_the_live_protocol() -> None:
    source = "".join(path.read_text() for path in (ROOT / "src/logstream/live").glob("*.py"))
    names = set(re.findall(r'"type": ?"([a-z]+)"', source)) | set(re.findall(r'message\.type == "([a-z]+)"', source))
    names |= set(re.findall(r'event\("([a-z]+)"', source)) | {"log"}
    assert len(names) >= 8
    told = page("live.md")
    assert [name for name in names if f'"type":"{name}"' not in told and f"event: {name}" not in told] == []


def test_every_metric_stands_on_its_page_and_no_other(
    server: Server, mariadb: MariaDb, nats_cluster: NatsCluster, tmp_path: Path
) -> None:
    metrics: set[str] = set()
    with (
        mariadb.database() as settings,
        running(tmp_path / "mariadb", **settings) as other,
        mariadb.database() as of_cluster,
        running(tmp_path / "node", **of_cluster, **nats_cluster.settings()) as node,
    ):
        for each in (server, other, node):
            each.post({"app_key": "a", "app_id": "b"})
            each.post(b"{")
            told = each.get("/metrics").text
            metrics |= set(re.findall(r"^# TYPE (\S+) (?!gauge .*_created)", told, re.MULTILINE))
    metrics = {name for name in metrics if not name.endswith("_created")}
    assert len(metrics) > 20
    assert metrics == set(re.findall(r"`((?:logstream|process)_[a-z_]+)`", page("metrics.md")))


def commands_of(group: Any, prefix: str = "") -> dict[str, Any]:
    """Every command, those of groups as `group command`."""
    found: dict[str, Any] = {}
    for name, command in group.commands.items():
        below = hasattr(command, "commands")
        found |= commands_of(command, f"{prefix}{name} ") if below else {f"{prefix}{name}": command}
    return found


COMMANDS = commands_of(typer.main.get_command(app))
PAGES = {
    "send": ["sending.md"],
    "tail": ["terminal.md"],
    "search": ["terminal.md"],
    "patterns": ["terminal.md"],
    "serve": ["configuration.md"],
    "reindex": ["storage.md"],
    "migrate": ["mariadb.md"],
    "clients": ["mariadb.md"],
    "retention": ["retention.md"],
    "views": ["terminal.md"],
    "dashboards": ["terminal.md"],
    "alerts": ["alerts.md"],
    "decompress": ["storage.md"],
    "verify": ["storage.md"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_stands_on_a_page(name: str) -> None:
    told = "".join(page(file) for file in PAGES[name.split()[0]])
    options = {option for parameter in COMMANDS[name].params for option in parameter.opts if option.startswith("--")}
    assert [option for option in options - {"--help"} if option not in told] == []
    assert f"logstream {name}" in "".join(path.read_text() for path in DOCS.glob("*.md"))


def test_links_between_the_pages_lead_somewhere() -> None:
    for path in [*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text()):
            assert (path.parent / target).exists(), (path.name, target)
