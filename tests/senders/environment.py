"""An environment with what other people log with, made once and kept as long as the versions stay."""

import fcntl
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

from tests.harness import ROOT

FOLDER = ROOT / ".venv-senders"
CONSTRAINTS = Path(__file__).with_name("constraints.txt")


def senders_python() -> Path:
    """The interpreter that has them. Of several processes of pytest that need it, one makes it."""
    group = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["senders"]
    wanted = CONSTRAINTS.read_text() + str(group)
    done, python = FOLDER / "installed", FOLDER / "bin/python"
    with open(Path(sys.prefix) / "senders.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists() or done.read_text() != wanted:
            venv.create(FOLDER, clear=True)
            pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
            subprocess.run([*pip, "-c", str(CONSTRAINTS), "--group", "senders"], check=True, cwd=ROOT)
            done.write_text(wanted)
    return python
