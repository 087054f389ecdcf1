"""What is known of everything that a release is made of, and what is done when something is known against it."""

import importlib.machinery
import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.harness import ROOT

AUDIT: Any = importlib.util.module_from_spec(
    importlib.util.spec_from_loader(
        "audit", loader := importlib.machinery.SourceFileLoader("audit", str(ROOT / "scripts/audit"))
    )  # type: ignore[arg-type]
)
loader.exec_module(AUDIT)

SKIPPED = {"name": "h11", "skip_reason": "Dependency not found on PyPI and could not be audited: h11 (0.16.0)"}
GOOD = {"name": "idna", "version": "3.20", "vulns": []}
BAD = {"name": "idna", "version": "3.6", "vulns": [{"id": "PYSEC-2024-60", "fix_versions": ["3.7"], "aliases": []}]}


def python(*packages: dict[str, Any]) -> tuple[dict[str, Any], str]:
    return {"dependencies": list(packages), "fixes": []}, "No known vulnerabilities found"


def ui(**vulnerabilities: Any) -> tuple[dict[str, Any], str]:
    return {"vulnerabilities": vulnerabilities, "metadata": {"dependencies": {"total": 9}}}, ""


UNREACHED = (None, "ERROR: the connection was refused")
REFUSED = ({"message": "405 Method Not Allowed - POST somewhere", "statusCode": 405}, "")
VITE = {
    "range": "<=6.2.6",
    "severity": "moderate",
    "via": [{"title": "server.fs.deny can be bypassed", "severity": "moderate"}, "esbuild"],
}


@pytest.mark.parametrize(
    ("of_python", "of_ui", "code", "lines"),
    [
        (
            python(GOOD),
            ui(),
            0,
            ["Python: 1 packages checked, 0 known vulnerabilities", "UI: 9 packages checked, 0 known vulnerabilities"],
        ),
        (
            python(BAD, GOOD),
            ui(vite=VITE),
            1,
            [
                "Python: idna 3.6: PYSEC-2024-60, fixed in 3.7",
                "Python: 2 packages checked, 1 known vulnerabilities",
                "UI: vite <=6.2.6: moderate, server.fs.deny can be bypassed, through esbuild",
                "UI: 9 packages checked, 1 known vulnerabilities",
            ],
        ),
        (
            python(SKIPPED, GOOD),
            UNREACHED,
            0,
            [
                "Python: not checked, since the service does not know them: h11",
                "Python: 1 packages checked, 0 known vulnerabilities",
                "UI: NOT CHECKED, the vulnerability service can't be asked from here "
                "(ERROR: the connection was refused)",
            ],
        ),
        (  # pip-audit calls this "No known vulnerabilities found"
            python(SKIPPED),
            REFUSED,
            0,
            [
                "Python: NOT CHECKED, the vulnerability service can't be asked from here "
                "(it knows none of the packages)",
                "UI: NOT CHECKED, the vulnerability service can't be asked from here (405 Method Not Allowed)",
            ],
        ),
        (UNREACHED, ui(vite=VITE), 1, None),
    ],
)
def test_an_audit_fails_for_what_is_found_and_says_what_was_not_checked(
    of_python: Any,
    of_ui: Any,
    code: int,
    lines: list[str] | None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    answers = {AUDIT.PIP_AUDIT: of_python, AUDIT.NPM_AUDIT: of_ui}
    monkeypatch.setattr(AUDIT, "asked", answers.get)
    assert AUDIT.main() == code
    if lines is not None:
        assert capsys.readouterr().out.splitlines() == lines


@pytest.mark.parametrize(
    ("program", "answer"),
    [("print('{}'); exit(1)", ({}, "")), ("exit('no network')", (None, "no network\n"))],
)
def test_a_tool_that_fails_is_told_from_one_that_found_something(program: str, answer: Any) -> None:
    assert AUDIT.asked((sys.executable, "-c", program)) == answer


def test_a_tool_that_is_not_there_is_no_answer() -> None:
    answer, said = AUDIT.asked(("no-such-tool",))
    assert answer is None
    assert "no-such-tool" in said


def pinned() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pairs = [line.split("==") for line in lines if "==" in line]
    return {_normal(name): version for name, version in pairs}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def components(path: Path) -> dict[str, str]:
    bill = json.loads(path.read_text())
    assert bill["bomFormat"] == "CycloneDX"
    return {component["name"]: component["version"] for component in bill["components"]}


def test_a_release_lists_what_it_consists_of(programs: Path, tmp_path: Path) -> None:
    for name in (
        "scripts",
        "ui/package.json",
        "ui/package-lock.json",
        "ui/.npmrc",
        "constraints.txt",
        "pyproject.toml",
    ):
        target = tmp_path / name
        target.parent.mkdir(exist_ok=True)
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, target)
    shutil.copytree(programs.parents[1] / "dist", tmp_path / "dist")
    if (ROOT / "build/tools").exists():
        (tmp_path / "build").mkdir()
        (tmp_path / "build/tools").symlink_to(ROOT / "build/tools")
    ran = subprocess.run([tmp_path / "scripts/sbom"], capture_output=True, text=True)
    if ran.returncode and re.search("No matching distribution|Could not find a version|ConnectionError", ran.stderr):
        pytest.skip("no package index can be reached")
    assert ran.returncode == 0, ran.stderr

    (wheel,) = (tmp_path / "dist").glob("*.whl")
    version = wheel.name.split("-")[1]
    server = tmp_path / f"dist/logstream_server-{version}.cdx.json"
    assert json.loads(server.read_text())["metadata"]["component"]["version"] == version
    packages = {_normal(name): version for name, version in components(server).items()}
    assert {"uvicorn", "duckdb", "msgspec", "h11"} <= set(packages)
    assert not {"pytest", "mypy", "ruff", "pip"} & set(packages)
    assert packages.items() <= pinned().items()

    lock = json.loads((ROOT / "ui/package-lock.json").read_text())["packages"]
    bundled = components(tmp_path / f"dist/logstream_ui-{version}.cdx.json")
    assert set(json.loads((ROOT / "ui/package.json").read_text())["dependencies"]) <= set(bundled)
    assert "vitest" not in bundled
    assert {name: lock[f"node_modules/{name}"]["version"] for name in bundled} == bundled
