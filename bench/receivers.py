"""Batches in the wire formats of shippers, beside the same entries in our own: what each costs to take."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from bench.entries import Entry, entries
from bench.full_speed import at_full_speed
from bench.load import MINIMAL, bodies, check
from bench.process import CLIENT, SERVER
from bench.report import Report
from bench.server import Client, Server, running_server, temporary_folder

BATCH: Final = 1000
DIFFERENT_BODIES: Final = 8
CONNECTIONS: Final = 4
NUMBERS: Final = {"debug": 5, "info": 9, "notice": 10, "warning": 13, "error": 17, "critical": 21}
JSON: Final = "application/json"


def native(logs: list[Entry]) -> bytes:
    names = ("trace_id", "batch_id", "level", "category", "message", "context", "timestamp")
    own = [{name: entry[name] for name in names} for entry in logs]
    return msgspec.json.encode({"app_key": "billing-api", "app_id": "production", "logs": own})


def bulk(logs: list[Entry]) -> bytes:
    """As the official client sends documents in the manner of ECS."""
    lines = []
    for entry in logs:
        lines.append(b'{"create":{"_index":"logs"}}')
        document = {
            "@timestamp": entry["timestamp"],
            "log.level": entry["level"],
            "message": entry["message"],
            "trace.id": entry["trace_id"],
            "service.name": "billing-api",
            "host": {"name": "production"},
            "request": entry["context"],
        }
        lines.append(msgspec.json.encode(document))
    return b"\n".join(lines) + b"\n"


def loki(logs: list[Entry]) -> bytes:
    """Streams by level, with the trace as structured metadata."""
    streams: dict[str, list[Any]] = {}
    for entry in logs:
        line = f"{entry['timestamp']} {entry['message']}"
        streams.setdefault(entry["level"], []).append([_nanoseconds(entry), line, {"trace_id": entry["trace_id"]}])
    pushed = [
        {"stream": {"service_name": "billing-api", "host": "production", "level": level}, "values": values}
        for level, values in streams.items()
    ]
    return msgspec.json.encode({"streams": pushed})


def otlp(logs: list[Entry]) -> bytes:
    """ExportLogsServiceRequest, with four attributes a record."""
    resource = b"".join(_attribute(1, name, value) for name, value in _RESOURCE.items())
    records = b"".join(_bytes(2, _record(entry)) for entry in logs)
    scope = _bytes(1, _bytes(1, b"billing"))
    return _bytes(1, _bytes(1, resource) + _bytes(2, scope + records))


_RESOURCE: Final = {"service.name": "billing-api", "host.name": "production", "telemetry.sdk.language": "python"}


def _record(entry: Entry) -> bytes:
    context = entry["context"]
    return b"".join(
        (
            b"\x09" + int(_nanoseconds(entry)).to_bytes(8, "little"),
            b"\x10" + bytes([NUMBERS[entry["level"]]]),
            _bytes(3, entry["level"].upper().encode()),
            _bytes(5, _bytes(1, entry["message"].encode())),
            _attribute(6, "request_id", context["request_id"]),
            _attribute(6, "duration", context["duration"]),
            _attribute(6, "user.id", context["user"]["id"]),
            _attribute(6, "user.plan", context["user"]["plan"]),
            _bytes(9, bytes.fromhex(entry["trace_id"].replace("-", ""))),
        )
    )


def _attribute(number: int, name: str, value: str | int) -> bytes:
    one = _bytes(1, value.encode()) if isinstance(value, str) else b"\x18" + _varint(value)
    return _bytes(number, _bytes(1, name.encode()) + _bytes(2, one))


def _bytes(number: int, value: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])


def _nanoseconds(entry: Entry) -> str:
    return f"{datetime.fromisoformat(entry['timestamp']).timestamp():.3f}".replace(".", "") + "000000"


FORMATS: Final[dict[str, tuple[str, str, Callable[[list[Entry]], bytes]]]] = {
    "native JSON": (Server.ingest, JSON, native),
    "OTLP protobuf": ("/v1/logs", "application/x-protobuf", otlp),
    "Loki": ("/loki/api/v1/push", JSON, loki),
    "Elasticsearch _bulk": ("/_bulk", "application/x-ndjson", bulk),
}


def logs(seed: int) -> list[Entry]:
    return list(entries(BATCH, datetime.now(UTC), 1, seed))


def receivers(report: Report) -> None:
    """A row a format: entries/s of a server on one core, and its processor time an entry."""
    own = 0
    for name, (path, media_type, encode) in FORMATS.items():
        label = f"{name}, batches of {BATCH}"
        with (
            report.working(label),
            bodies(
                encode(list(entries(BATCH, datetime.now(UTC), 1, seed))) for seed in range(DIFFERENT_BODIES)
            ) as file,
            temporary_folder() as folder,
            running_server(folder, SERVER) as server,
        ):
            headers = MINIMAL | {"Content-Type": media_type}
            at_full_speed(server.url + path, file, CONNECTIONS, 1, CLIENT, headers)
            client = Client(server.http_port)
            stored_before = client.settled_total()
            cpu_before = server.cpu_seconds()
            run = at_full_speed(server.url + path, file, CONNECTIONS, report.seconds(8), CLIENT, headers)
            stored = client.settled_total() - stored_before
            cpu = server.cpu_seconds() - cpu_before
            client.close()
            check(report, label, run, BATCH, stored)
            report.add(
                "receivers",
                label,
                run.accepted * BATCH / run.seconds,
                "entries/s",
                cpu_us=cpu / stored * 1e6,
                p50_ms=run.p50_ms,
                p99_ms=run.p99_ms,
                client_cpu=run.client_cpu,
            )
        own = own or run.accepted
        if run.accepted != own:
            report.add("receivers", f"{name}: share of native", 100 * run.accepted / own, "%")
