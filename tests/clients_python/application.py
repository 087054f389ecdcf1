"""An application that logs through the handler: a process of its own, given as text, with `handler` and `log` made."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

from tests.harness import ROOT, inherited

SOURCES = ROOT / "clients/python/src"
PRELUDE = """
import logging, os, signal, sys, threading, time
from logstream_handler import LogstreamHandler
handler = LogstreamHandler(app_id="web-1", retry_first=0.05, retry_most=0.2)
log = logging.getLogger("shop")
log.setLevel(logging.DEBUG)
log.addHandler(handler)
"""


class Application:
    """Started at once. `url` and `folder`, its spool, may be shared with others."""

    def __init__(
        self, program: str, url: str, folder: Path, app_key: str, python: str | Path = sys.executable, **more: str
    ) -> None:
        environment = {
            **inherited(),
            "PYTHONPATH": f"{SOURCES}{os.pathsep}{ROOT}",
            "PYTHONFAULTHANDLER": "1",
            "LOGSTREAM_URL": url,
            "LOGSTREAM_APP_KEY": app_key,
            "XDG_STATE_HOME": str(folder),
            **more,
        }
        pipe = subprocess.PIPE
        code = PRELUDE + textwrap.dedent(program)
        self.process = subprocess.Popen(
            [str(python), "-W", "error", "-c", code], env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True
        )

    def until(self, line: str) -> None:
        """Read its output up to that line."""
        assert self.process.stdout is not None
        for found in self.process.stdout:
            if found.rstrip("\n") == line:
                return
        raise AssertionError(f"ended without {line!r}: {self.end()}")

    def end(self, code: int = 0, seconds: float = 60) -> str:
        """Wait for its end; what it wrote to standard error. Fails when it ended otherwise, or wrote a traceback."""
        try:
            _, errors = self.process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.process.send_signal(6)  # faulthandler tells where it stands
            _, errors = self.process.communicate(timeout=30)
            raise AssertionError(f"did not end: {errors}") from None
        finally:
            self.process.kill()
        assert self.process.returncode == code, f"{self.process.returncode}: {errors}"
        assert "Traceback" not in errors, errors
        return errors


def application(program: str, url: str, folder: Path, app_key: str, **more: str) -> str:
    """Run one to its end; what it wrote to standard error."""
    return Application(program, url, folder, app_key, **more).end()
