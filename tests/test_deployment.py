"""What runs the server elsewhere names settings that there are, and the page on deployment shows the very files."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from logstream.server import STOP_SECONDS
from logstream.settings import Settings
from tests.harness import free_ports, running

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
SETTINGS = {name.upper() for name in Settings.model_fields}
PAGE = (ROOT / "docs/deployment.md").read_text()
COMPOSE_TEXT = (ROOT / "compose.yaml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSE_TEXT)
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def unit(directive: str) -> list[str]:
    """The values of a directive of the systemd unit."""
    return re.findall(rf"^{directive}=(.*)$", (DEPLOY / "logstream.service").read_text(), re.MULTILINE)


def names_in(text: str) -> set[str]:
    """Environment variables of the server that a text names: not those of MariaDB's image and of the command line."""
    names = re.findall(r"(?<![\w.])(?:[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|HOST)\b", text)
    return {name for name in names if not name.startswith(("MARIADB_", "LOGSTREAM_", "MYSQL_"))}


def test_the_compose_file_names_settings_that_there_are() -> None:
    given = set(COMPOSE["services"]["logstream"]["environment"])
    taken = names_in("".join(re.findall(r"\$\{\w+", COMPOSE_TEXT)))
    assert len(taken) > 5
    assert given | taken <= SETTINGS


def test_the_image_names_settings_that_there_are() -> None:
    block = re.search(r"^ENV (.*?)\n[A-Z]", DOCKERFILE, re.MULTILINE | re.DOTALL)
    assert block is not None
    names = set(re.findall(r"(\w+)=", block[1])) - {"PYTHONDONTWRITEBYTECODE"}
    assert "LOG_PATH" in names
    assert names <= SETTINGS


def test_the_unit_names_settings_that_there_are() -> None:
    names = {value.partition("=")[0] for value in unit("Environment")}
    assert "LOG_PATH" in names
    assert names <= SETTINGS


def test_the_page_names_settings_that_there_are() -> None:
    names = names_in(PAGE)
    assert len(names) > 15
    assert names <= SETTINGS


@pytest.mark.parametrize(("name", "language"), [("nginx.conf", "nginx"), ("Caddyfile", "caddyfile")])
def test_the_page_shows_the_configurations_of_the_proxies_as_they_are(name: str, language: str) -> None:
    assert f"```{language}\n{(DEPLOY / name).read_text()}```\n" in PAGE


def test_the_proxies_allow_bodies_as_large_as_the_server_does() -> None:
    most = Settings.model_fields["max_body_bytes"].default
    assert f"client_max_body_size {most};" in (DEPLOY / "nginx.conf").read_text()
    caddy = (DEPLOY / "Caddyfile").read_text()
    assert f"max_size {most}\n" in caddy
    assert f"> {most}`" in caddy


def test_the_image_has_a_python_that_the_package_supports() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    least = re.fullmatch(r">=3\.(\d+)", project["requires-python"])
    final = re.findall(r"^FROM python:3\.(\d+)-slim", DOCKERFILE, re.MULTILINE)
    assert least is not None
    assert len(final) == 1
    assert int(final[0]) >= int(least[1])
    assert f"Programming Language :: Python :: 3.{final[0]}" in project["classifiers"]


def test_a_stop_has_more_time_than_the_server_takes() -> None:
    assert int(unit("TimeoutStopSec")[0]) > 2 * STOP_SECONDS
    grace = COMPOSE["services"]["logstream"]["stop_grace_period"]
    assert int(grace.removesuffix("s")) > 2 * STOP_SECONDS


def test_no_password_or_key_is_in_the_files() -> None:
    for service in COMPOSE["services"].values():
        for name, value in service["environment"].items():
            if name.endswith(("_SECRET", "_PASS", "_PASSWORD")):
                assert re.fullmatch(r"\$\{\w+:(\?.*|-)\}", value), name


def test_the_image_is_built_from_the_sources_alone() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert lines[1] == "*"
    allowed = [line[1:] for line in lines if line.startswith("!")]
    assert [name for name in allowed if not (ROOT / name).exists()] == []


def test_the_check_of_the_image_tells_a_server_from_none(tmp_path: Path) -> None:
    words = re.search(r"HEALTHCHECK.*?CMD (\[.*?\])$", DOCKERFILE, re.MULTILINE | re.DOTALL)
    assert words is not None
    _, option, program = json.loads(words[1])

    def check(port: int) -> int:
        ran = subprocess.run([sys.executable, option, program], env={"HTTP_PORT": str(port)}, capture_output=True)
        return ran.returncode

    with running(tmp_path / "server") as server:
        assert check(server.http_port) == 0
    assert check(free_ports(1)[0]) != 0
