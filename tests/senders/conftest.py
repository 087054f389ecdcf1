"""An environment with the senders of other people, made once and kept as long as their versions stay."""

import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".venv-senders"
CONSTRAINTS = Path(__file__).with_name("constraints.txt")


@pytest.fixture(scope="session")
def senders() -> Path:
    """The interpreter that has them."""
    group = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["senders"]
    wanted = CONSTRAINTS.read_text() + str(group)
    done, python = FOLDER / "installed", FOLDER / "bin/python"
    if not done.exists() or done.read_text() != wanted:
        venv.create(FOLDER, clear=True)
        pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
        subprocess.run([*pip, "-c", str(CONSTRAINTS), "--group", "senders"], check=True, cwd=ROOT)
        done.write_text(wanted)
    return python
