"""What `make dist` builds needs neither Node nor the sources, is tested on every Python, and says its version."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import yaml

from logstream import __version__
from tests.harness import ROOT, Server, running


def test_the_wheel_serves_its_page_and_takes_and_finds_entries(programs: Path, tmp_path: Path) -> None:
    class Installed(Server):
        command = (str(programs / "logstream"), "serve")

    only = {"PATH": str(programs), "PYTHONPATH": ""}
    where = [str(programs / "python"), "-c", "import logstream; print(logstream.__file__)"]
    package = subprocess.run(where, env=only, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert package.startswith(str(programs.parent))

    with running(tmp_path, Installed, **only) as server:
        page = server.get("/").text
        files = re.findall(r'(?:src|href)="(/[^"]+)"', page)
        assert {Path(name).suffix for name in files} >= {".js", ".css"}
        for path in ("/docs", "/openapi.yaml", *files):
            assert server.get(path).status_code == 200, path
        assert server.post({"app_key": "shop", "app_id": "a", "level": "info", "message": "m"}).status_code == 201
        assert server.search(app_key="shop")["total"] == 1


def test_the_handler_is_built_alone_and_works_alone(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(tmp_path), str(ROOT / "clients/python")]
    built = subprocess.run(build, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = tmp_path.glob("logstream_handler-*.whl")
    tested = subprocess.run([str(ROOT / "scripts/test-handler"), str(wheel)], capture_output=True, text=True)
    assert tested.returncode == 0, tested.stdout + tested.stderr
    with zipfile.ZipFile(wheel) as files:
        names = set(files.namelist())
    assert "logstream_handler/py.typed" in names
    assert {name.split("/")[0].split("-")[0] for name in names} == {"logstream_handler"}


def test_ci_tests_the_handler_on_every_python_that_it_names() -> None:
    project = tomllib.loads((ROOT / "clients/python/pyproject.toml").read_text())["project"]
    named = re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))
    jobs = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())["jobs"]
    assert named[0] == project["requires-python"].removeprefix(">=")
    assert jobs["handler"]["strategy"]["matrix"]["python"] == named
    assert project["dependencies"] == []


def test_ci_tests_the_sources_and_the_wheel_on_every_python_that_the_package_names() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))
    jobs = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())["jobs"]
    assert named[0] == project["requires-python"].removeprefix(">=")
    for job in ("test", "wheel"):
        assert jobs[job]["strategy"]["matrix"]["python"] == named, job


def test_the_version_has_a_dated_section_in_the_changelog_below_what_is_unreleased() -> None:
    sections = re.findall(
        r"^## \[(.+)\](?: - (\d{4}-\d{2}-\d{2}))?$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE
    )
    assert sections[0] == ("Unreleased", "")
    assert sections[1][0] == __version__
    assert all(date for _, date in sections[1:])
