"""The API's description is true: schemathesis compares it with the running server, and it names every route."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
import yaml

from logstream.query.filters import NAMES
from logstream.web.app import routes
from tests.harness import Server, running

Anything: Any = MagicMock  # the paths alone are asked for

FOLDER = Path(__file__).parent / "schemathesis"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with keys and some entries."""
    with running(tmp_path_factory.mktemp("server"), API_SECRET="key", UI_SECRET="key") as started:
        logs = [
            {
                "level": level,
                "message": f"{level} é 日志",
                "context": {"user": {"id": n}},
                "timestamp": 1768487000 + 3600 * n,
            }
            for n, level in enumerate(["debug", "info", "error", "critical"] * 10)
        ]
        answer = started.post(
            {"app_key": "shop", "app_id": "production", "logs": logs}, headers={"Authorization": "Bearer key"}
        )
        assert answer.status_code == 201
        yield started


@pytest.fixture(scope="module")
def description(server: Server) -> dict[str, Any]:
    answer = server.get("/openapi.yaml")
    assert answer.headers["content-type"] == "application/yaml"
    return dict(yaml.safe_load(answer.text))


@pytest.mark.timeout(300)
def test_schemathesis_finds_no_difference_between_the_description_and_the_server(
    server: Server, tmp_path: Path
) -> None:
    # The stream has no end to wait for; tests/contract/test_stream.py looks at it.
    program, settings = Path(sys.executable).with_name("schemathesis"), FOLDER / "schemathesis.toml"
    command = [str(program), "--config-file", str(settings), "run"]
    options = ["--checks", "all", "--exclude-path", "/api/logs/stream"]
    bounds = ["--max-examples", "20", "--seed", "20260115", "--request-timeout", "20", "--no-color"]
    done = subprocess.run(
        [*command, f"{server.url}/openapi.yaml", *options, *bounds],
        cwd=tmp_path,
        env={**os.environ, "SCHEMATHESIS_HOOKS": "tests.contract.schemathesis.hooks", "PYTHONPATH": os.getcwd()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-5000:]
    generated = re.search(r"([0-9]+) generated", done.stdout)
    assert generated is not None, done.stdout
    assert int(generated[1]) > 500
    assert "Traceback" not in server.log


def test_every_route_is_described(description: dict[str, Any]) -> None:
    described = {
        (path, method.upper())
        for path, item in description["paths"].items()
        for method in item
        if method != "parameters"
    }
    assert described | {
        ("/docs/{name}", "GET"),
        ("/assets/{name}", "GET"),
        ("/v/{name}", "GET"),
        ("/d/{name}", "GET"),
    } == {(route.path, method) for route in routes(Anything()) for method in route.methods or () if method != "HEAD"}


def test_every_filter_is_described_wherever_it_works(description: dict[str, Any]) -> None:
    for path in ("/api/logs", "/api/logs/export", "/api/logs/stream", "/api/stats", "/api/fields/{field}"):
        given = {p["$ref"].rsplit("/", 1)[1] for p in description["paths"][path]["get"]["parameters"] if "$ref" in p}
        assert given - {"order"} == {*NAMES, "context"}, path


def test_the_page_and_all_it_loads_come_from_the_server(server: Server) -> None:
    page = server.get("/docs")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "script-src 'self';" in page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(loaded) >= 4
    for address in loaded:
        assert address.startswith("/")
        assert server.get(address).status_code == 200, address
    assert server.get("/docs/").text == page.text
    assert server.get("/docs/%2e%2e%2fapp.py").status_code == 404
