"""The senders that speak HTTP: how each is run, and what it can't do."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.harness import Server
from tests.senders.node import command

PROGRAMS = Path(__file__).with_name("programs")
KEY = "write:key"
MESSAGES = ["order 42 placed", 'grüße 你好 😀 "quoted"\nline two', "payment failed"]

NODE = "node_http.mjs"
SENDERS: dict[str, tuple[str, dict[str, str]]] = {
    "OpenTelemetry": ("opentelemetry_sdk.py", {}),
    "OpenTelemetry with gzip": ("opentelemetry_sdk.py", {"GZIP": "1"}),
    "python-logging-loki": ("loki.py", {}),
    "elasticsearch": ("elastic.py", {}),
    "splunk-handler": ("splunk.py", {}),
    "seqlog": ("seq.py", {}),
    "seqlog with CLEF": ("seq.py", {"CLEF": "1"}),
    "graypy": ("gelf.py", {"GRAYPY": "1"}),
    "graypy, plain": ("gelf.py", {"GRAYPY": "1", "PLAIN": "1"}),
    "pygelf": ("gelf.py", {}),
    "logtail-python": ("better_stack.py", {}),
    "OpenTelemetry for Node.js": (NODE, {"KIND": "OpenTelemetry"}),
    "OpenTelemetry for Node.js with gzip": (NODE, {"KIND": "OpenTelemetry", "GZIP": "1"}),
    "pino-loki": (NODE, {"KIND": "pino-loki"}),
    "pino-seq": (NODE, {"KIND": "pino-seq"}),
}
WITHOUT_KEY = ("graypy", "pygelf")


def started(name: str, python: Path, modules: Path, server: Server, **settings: str) -> "subprocess.Popen[str]":
    """A program that logs through the sender. It ends when its input does."""
    program, own = SENDERS[name]
    run: Sequence[str] = [str(python), str(PROGRAMS / program)]
    if program == NODE:
        run = command(PROGRAMS / program)
    given = {"URL": server.url, "KEY": KEY, "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **own, **settings}
    pipe: Any = subprocess.PIPE
    return subprocess.Popen(run, cwd=modules, env=given, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
