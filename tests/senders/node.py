"""What other people log with from npm, installed once and kept as long as the versions stay."""

import fcntl
import shutil
import subprocess
import sys
from pathlib import Path

from tests.harness import ROOT

FOLDER = ROOT / ".senders/node"
WANTED = Path(__file__).with_name("npm")


def node_senders() -> Path:
    """The folder that has them: programs run there import them. Of several processes of pytest, one makes it."""
    done, wanted = FOLDER / "installed", (WANTED / "package-lock.json").read_text()
    with open(Path(sys.prefix) / "senders-node.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists() or done.read_text() != wanted:
            shutil.rmtree(FOLDER, ignore_errors=True)
            shutil.copytree(WANTED, FOLDER)
            subprocess.run(["npm", "ci", "--silent"], check=True, cwd=FOLDER)
            done.write_text(wanted)
    return FOLDER


def command(program: Path) -> list[str]:
    """Run a module as if it lay in the working directory: what it imports is looked for there."""
    return ["node", "--input-type=module", "--eval", program.read_text()]
