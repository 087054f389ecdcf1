"""VictoriaLogs beside ours: its own binary, with its own fastest documented way in and out.

Entries come as JSON lines; the application is what its streams are made of, and the rest are fields. It says that data
is on disk within five seconds and doesn't sync before it answers, while ours is synced by then. Substrings are asked of
it case-sensitively, as its documentation advises; ours ignores case.
"""

import json
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from bench.bodies import APP, json_lines
from bench.process import Failed, Process, free_port
from bench.server import Client

FIELDS: Final = {"_stream_fields": "app_key,app_id", "_msg_field": "message", "_time_field": "timestamp"}
INSERT: Final = f"/insert/jsonline?{urlencode(FIELDS)}"
NOT_SYNCED: Final = "VictoriaLogs answers before its data is on disk; ours is synced by then"


def checked(path: Path) -> Path:
    """The path of a binary of VictoriaLogs; raises Failed for anything else."""
    try:
        answer = subprocess.run([path, "-version"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failed(f"{path} can't be run as a binary of VictoriaLogs: {error}") from None
    if "victoria-logs" not in answer.stdout.partition("\n")[0]:
        said = (answer.stdout + answer.stderr).strip().partition("\n")[0]
        raise Failed(f"{path} is no binary of VictoriaLogs: -version says {said!r}")
    return path.resolve()


class VictoriaLogs(Process):
    """It is asked by the same means as Server, each connection being used for one request after another."""

    healthy = "/health"
    ingest = f"{INSERT}&{urlencode({'extra_fields': ','.join(f'{name}={value}' for name, value in APP.items())})}"

    def __init__(self, binary: Path, folder: Path, cores: list[int]) -> None:
        port = free_port()
        command = [
            str(binary),
            f"-storageDataPath={folder}",
            f"-httpListenAddr=127.0.0.1:{port}",
            "-retentionPeriod=100y",
            "-futureRetention=100y",
        ]
        super().__init__(command, cores, folder, port)
        self._client = Client(port)

    def bodies(self, batch: int) -> Iterator[bytes]:
        return json_lines(batch)

    def stored(self) -> int:
        """How many entries are found, once all that came can be."""
        self.get("/internal/force_flush")
        return self.count("*")

    def count(self, query: str) -> int:
        return int(json.loads(self.get(query_path(f"{query} | stats count() as found", None)))["found"])

    def get(self, path: str) -> bytes:
        return self._client.fetch(path)

    def fill(self, batches: Iterator[bytes]) -> None:
        """Store batches of JSON lines, one after another."""
        for lines in batches:
            status, _ = self._client.request("POST", INSERT, lines)
            if status != 200:
                raise Failed(f"a batch was answered with {status}")

    def stop(self) -> None:
        self._client.close()
        super().stop()


def query_path(query: str, limit: int | None = 100) -> str:
    """Where the newest entries that match are."""
    parameters: dict[str, Any] = {"query": query}
    if limit is not None:
        parameters["limit"] = limit
    return f"/select/logsql/query?{urlencode(parameters)}"


def hits_path(field: str, start: datetime, end: datetime) -> str:
    """Where counts by hour and the values of a field are."""
    parameters = {"query": "*", "field": field, "step": "1h", "start": start.isoformat(), "end": end.isoformat()}
    return f"/select/logsql/hits?{urlencode(parameters)}"


def values_path(field: str) -> str:
    """Where the values of a field are, with how often they occur."""
    return f"/select/logsql/field_values?{urlencode({'query': '*', 'field': field})}"
