"""The senders that speak over sockets: how each is run."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.harness import Server
from tests.senders import debian
from tests.senders.http import KEY
from tests.sockets.senders import NAMES

PROGRAMS = Path(__file__).with_name("programs")
PYTHON = (
    *("SysLogHandler UDP", "SysLogHandler TCP", "graypy UDP", "graypy TCP", "pygelf UDP", "pygelf TCP"),
    *("fluent-logger", "python-logstash"),
)
NODE = (
    *("gelf-pro udp", "gelf-pro tcp", "fluent Message", "fluent Forward", "fluent PackedForward"),
    "fluent CompressedPackedForward",
)
MONOLOG = ("RFC 3164", "RFC 5424", "JSON", "Logstash", "Fluentd")


def started(
    kind: str, server: Server, python: Path | None = None, modules: Path | None = None, **settings: str
) -> "subprocess.Popen[str]":
    """A program that logs through the sender; with PHASES, it ends when its input does."""
    run: Sequence[str]
    own: Mapping[str, str] = {"MODULES": str(modules)}
    if kind in PYTHON:
        run = [str(python), str(PROGRAMS / "sockets.py")]
    elif kind in NODE:
        run = ["node", str(PROGRAMS / "node_sockets.cjs")]
    else:
        root = debian.unpacked()
        run, own = [*debian.php(root), str(PROGRAMS / "monolog.php")], debian.environment(root)
    given = {name: server.settings[name] for name in NAMES}
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "KIND": kind, "KEY": KEY, "URL": server.url}
    pipe: Any = subprocess.PIPE
    return subprocess.Popen(
        run, env={**environment, **given, **own, **settings}, stdin=pipe, stdout=pipe, stderr=pipe, text=True
    )
