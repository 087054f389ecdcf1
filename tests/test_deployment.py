"""What runs the server elsewhere names settings that there are, and the page on deployment shows the very files.

No Docker engine and no systemd run here. Of the image, what it would run is run under the same restrictions without it;
that it is built, its network and health as Docker sees them, and Docker's seccomp profile are not. Of the unit, systemd
rates it, and the server's system calls are compared with those that it allows; that systemd starts it is not tried.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from logstream.server import STOP_SECONDS
from logstream.settings import Settings
from tests import container
from tests.harness import Server, eventually, free_ports, running

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


class ClusterFile(yaml.SafeLoader):
    """Reads what Compose merges into another file, too."""


for tag in ("!override", "!reset"):
    ClusterFile.add_constructor(
        tag,
        lambda loader, node: loader.construct_mapping(node, deep=True) if isinstance(node, yaml.MappingNode) else None,
    )


@pytest.mark.parametrize("name", ["compose.yaml", "compose.clickhouse.yaml"])
def test_the_files_of_a_cluster_name_settings_files_and_services_that_there_are(name: str) -> None:
    base, made = (
        yaml.load((DEPLOY / "cluster" / each).read_text(), ClusterFile)  # noqa: S506
        for each in ("compose.yaml", name)
    )
    services = {**base["services"], **made["services"]}
    for node in ("node1", "node2"):
        service = made["services"][node]
        assert set(service["environment"]) <= SETTINGS
        assert set(service["depends_on"]) <= {each for each in services if services[each] is not None}
        for setting, value in service["environment"].items():
            if setting.endswith("_URL"):
                hosts = re.findall(r"(?://|@)([a-z]+\d):\d+", value)
                assert hosts
                assert set(hosts) <= set(services)
    for each in filter(None, made["services"].values()):
        files = [volume.partition(":")[0] for volume in each.get("volumes", [])]
        assert [file for file in files if file.startswith("./") and not (DEPLOY / "cluster" / file).exists()] == []
        assert {file for file in files if not file.startswith("./")} <= set(made["volumes"])


@pytest.mark.parametrize("name", ["clickhouse.xml", "keeper.xml"])
def test_the_settings_of_clickhouse_name_services_that_there_are(name: str) -> None:
    services = yaml.load((DEPLOY / "cluster/compose.clickhouse.yaml").read_text(), ClusterFile)["services"]  # noqa: S506
    root = ElementTree.parse(DEPLOY / "cluster" / name).getroot()  # noqa: S314
    hosts = {element.text for element in root.iter() if element.tag in ("host", "hostname")}
    assert hosts
    assert hosts <= set(services)


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


DOCKER_RUN = re.search(r"^docker run .*?logstream-server$", PAGE, re.MULTILINE | re.DOTALL)
USER = re.findall(r"^USER (\d+:\d+)$", DOCKERFILE, re.MULTILINE)
VOLUME = re.findall(r"^VOLUME (\S+)$", DOCKERFILE, re.MULTILINE)
IMAGE_SETTINGS = dict(
    re.findall(r"(\w+)=(\S+)", "".join(re.findall(r"^ENV (.*?)\n[A-Z]", DOCKERFILE, re.MULTILINE | re.DOTALL)))
)


def test_a_container_has_no_root_no_capabilities_and_one_place_to_write_to() -> None:
    service = COMPOSE["services"]["logstream"]
    assert [service["user"]] == USER
    assert service["read_only"] is True
    assert service["tmpfs"] == ["/tmp"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "devices", "pid", "network_mode", "healthcheck"} & set(service)
    assert [volume.partition(":")[2] for volume in service["volumes"]] == VOLUME
    for name in ("LOG_PATH", "SPOOL_PATH"):
        assert IMAGE_SETTINGS[name].startswith(f"{VOLUME[0]}/")
    assert f"--uid {USER[0].partition(':')[0]} " in DOCKERFILE

    assert DOCKER_RUN is not None
    for option in ("--read-only", "--tmpfs /tmp", "--cap-drop ALL", "--security-opt no-new-privileges"):
        assert option in DOCKER_RUN[0]
        assert option in DOCKERFILE


@pytest.mark.skipif(container.unable() is not None, reason=str(container.unable()))
def test_the_package_serves_in_a_container_and_finds_everything_after_a_restart(programs: Path, tmp_path: Path) -> None:
    root, volume = tmp_path / "root", tmp_path / "volume"
    root.mkdir()
    volume.mkdir(mode=0o750)
    os.chown(volume, *map(int, USER[0].split(":")))
    needed = [programs.parent, Path(sys.base_prefix), Path(sysconfig.get_path("purelib"))]
    inside = container.contained(root, volume, VOLUME[0], USER[0], needed)

    class Contained(Server):
        command = (*inside, str(programs / "logstream"), "serve")

    def process_files(server: Server, name: str) -> str:
        assert server.process is not None
        return Path(f"/proc/{server.process.pid}/{name}").read_text()

    settings = {name: value for name, value in IMAGE_SETTINGS.items() if name not in ("HTTP_PORT", "WS_PORT")}
    with running(tmp_path / "server", Contained, **settings, WS_PORT="0", PYTHONPATH="") as server:
        status = dict(re.findall(r"^(\w+):[ \t]*(.*)$", process_files(server, "status"), re.MULTILINE))
        uid, gid = USER[0].split(":")
        assert set(status["Uid"].split()) == {uid}
        assert set(status["Gid"].split()) == {gid}
        assert status["Groups"].split() == []
        assert status["NoNewPrivs"] == "1"
        assert {status[f"Cap{kind}"] for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb")} == {"0" * 16}
        mounts = [line.split() for line in process_files(server, "mountinfo").splitlines()]
        # As seen from outside; what it can't reach is left out.
        own = {fields[4].removeprefix(str(root)): fields[5].split(",") for fields in mounts}
        assert {place for place, options in own.items() if "ro" not in options} == {VOLUME[0], "/tmp"}

        assert server.get("/").status_code == 200
        assert server.post({"app_key": "shop", "app_id": "a", "message": "before"}).status_code == 201
        assert server.search(search="before")["total"] == 1
        assert server.stop() == 0
        server.start()
        assert server.post({"app_key": "shop", "app_id": "a", "message": "after"}).status_code == 201
        assert {entry["message"] for entry in server.search()["entries"]} == {"before", "after"}
        assert server.get("/metrics").status_code == 200
        assert "error" not in server.log
    written = [path for path in volume.rglob("*") if path.is_file()]
    assert {path.owner() if path.stat().st_uid == 0 else path.stat().st_uid for path in written} == {int(uid)}
    assert [path.name for path in written if path.suffix == ".jsonl"]


needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze missing")


@needs_systemd
@pytest.mark.parametrize("unit", ["logstream.service", "logstream-agent.service"])
def test_systemd_rates_the_exposure_of_the_units_at_two_or_less(unit: str) -> None:
    rate = ["systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=20"]
    rated = subprocess.run([*rate, str(DEPLOY / unit)], capture_output=True, text=True)
    assert rated.returncode == 0, rated.stdout + rated.stderr
    assert "Overall exposure level" in rated.stdout


def test_the_unit_may_write_to_the_folders_of_its_settings() -> None:
    settings = dict(value.split("=", 1) for value in unit("Environment"))
    (state,) = unit("StateDirectory")
    for name in ("LOG_PATH", "SPOOL_PATH"):
        assert settings[name].startswith(f"/var/lib/{state}/")
    assert unit("ProtectSystem") == ["strict"]
    assert unit("WorkingDirectory") == [f"/var/lib/{state}"]


def allowed_by(groups: list[str]) -> set[str]:
    """The system calls in groups such as `@system-service`, with the groups in them."""
    names: set[str] = set()
    for group in groups:
        listed = subprocess.run(
            ["systemd-analyze", "syscall-filter", group], capture_output=True, text=True, check=True
        )
        members = [line.strip() for line in listed.stdout.splitlines()[1:] if line.strip() and "#" not in line]
        names |= {name for name in members if not name.startswith("@")}
        names |= allowed_by([name for name in members if name.startswith("@")])
    return names


def granted() -> set[str]:
    calls: set[str] = set()
    for value in unit("SystemCallFilter"):
        if value.startswith("~"):
            calls -= allowed_by(value[1:].split())
        else:
            calls |= allowed_by(value.split())
    return calls


@needs_systemd
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace missing")
def test_the_server_makes_no_system_call_that_the_unit_denies(tmp_path: Path) -> None:
    trace = tmp_path / "trace"

    class Traced(Server):
        command = ("strace", "-D", "-f", "-A", "-o", str(trace), *Server.command)

    with running(tmp_path / "server", Traced) as server:
        for _ in range(2):
            assert server.post([{"app_key": "shop", "app_id": "a", "message": "x"}] * 100).status_code == 201
            assert server.search(search="x")["total"] >= 100
            assert server.get("/api/stats").status_code == 200
            assert server.get("/api/logs/export").status_code == 200
            policy = {"name": "all", "category": "none"}
            server.post(policy, "/api/retention/policies")
            assert server.post({}, "/api/retention/run").status_code == 200
            assert server.get("/metrics").status_code == 200
            server.stop()
            server.start()
        assert server.process is not None
        last = server.process.pid
    end = re.compile(rf"^{last} +\+\+\+ exited with 0 ", re.MULTILINE)  # strace pads small numbers of processes
    eventually(lambda: end.search(trace.read_text(errors="replace")), "the end of the trace")
    lines = trace.read_text(errors="replace").splitlines()
    calls = {found[1] for line in lines if (found := re.match(r"\d+ +(?:<\.\.\. )?([a-z]\w+)[( ]", line))}
    assert {"setpriority", "prlimit64", "accept4", "fdatasync"} <= calls
    # SQLite gives its files to the owner of the database where it is root, as here and not in the unit.
    assert calls - granted() - {"fchown"} == set()
    assert [line for line in lines if "PROT_WRITE|PROT_EXEC" in line] == []  # MemoryDenyWriteExecute
    families = {found[1] for line in lines if (found := re.search(r" socket\((AF_\w+),", line))}
    assert families <= set(unit("RestrictAddressFamilies")[0].split())
