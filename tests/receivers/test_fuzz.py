"""Broken bodies of every format: nothing is raised but Undecodable, and what is read makes entries."""

import gzip
import json
import random
import struct

import msgspec
import pytest

from logstream.entries.entry import Batch
from logstream.receivers.fitting import Names, received
from logstream.receivers.request import Undecodable
from logstream.receivers.table import FORMATS
from tests.fuzz.mutation import broken
from tests.receivers.records import NOW_TEXT, export_request, log_record, push_request, request, row, snappy

ROUNDS = 3000
"""Broken bodies a format: some 3 s for all of them."""

TEXT = 'grüße 你好 😀 "quoted"\\nline two'
TIME = 1_768_487_000_123_456_789
EVENT = {
    "msg": TEXT,
    "level": 30,
    "time": 1768487000123,
    "n": [1, 2.5, {"a": None}],
    "err": {"type": "E", "stack": "s"},
}
ATTRIBUTES = [
    {"key": "a", "value": {"kvlistValue": {"values": [{"key": "b", "value": {"intValue": "5"}}]}}},
    {"key": "c", "value": {"arrayValue": {"values": [{"doubleValue": 2.5}, {"boolValue": True}]}}},
]
LOG = {"timeUnixNano": str(TIME), "severityNumber": 9, "body": {"stringValue": TEXT}, "attributes": ATTRIBUTES}
FRAME = f"<40>1 2026-01-15T14:23:20+00:00 host app web.1 - {TEXT}".encode()

BODIES: dict[str, list[bytes]] = {
    "OpenTelemetry": [
        export_request(log_record(TEXT, time=TIME, a={"b": [1, 2.5]}, c=b"\x00"), resource={"service.name": "shop"}),
        json.dumps({"resourceLogs": [{"scopeLogs": [{"scope": {"name": "s"}, "logRecords": [LOG]}]}]}).encode(),
    ],
    "Loki": [
        snappy(push_request('{level="info", app="shop"}', (TIME, TEXT, {"a": "b"}))),
        json.dumps({"streams": [{"stream": {"app": "shop"}, "values": [[str(TIME), TEXT, {"a": 1}]]}]}).encode(),
    ],
    "Elasticsearch": [b'{"create":{"_index":"a","_id":"1"}}\n' + json.dumps(EVENT).encode() + b'\n{"delete":{}}\n'],
    "Splunk": [json.dumps({"time": "1768487000.1", "event": {"message": EVENT}, "fields": {"a": 1}}).encode() * 2],
    "Seq": [
        json.dumps({"@t": NOW_TEXT, "@mt": "order {n,5:x} {{", "@x": "E: m\n at b", "n": 1}).encode(),
        json.dumps({"Events": [{"Timestamp": NOW_TEXT, "MessageTemplate": TEXT, "Properties": EVENT}]}).encode(),
    ],
    "GELF": [json.dumps({"short_message": TEXT, "full_message": "E: m\n at b", "level": 3, "_a": EVENT}).encode()],
    "Datadog": [json.dumps([{"message": json.dumps(EVENT), "ddtags": "env:prod,a", "service": "shop"}]).encode()],
    "journald": [
        b"MESSAGE\n" + struct.pack("<Q", 5) + b"a\nb\x00c\nPRIORITY=3\n__REALTIME_TIMESTAMP=1768487000123456\n\n"
    ],
    "Heroku": [b"%d %b" % (len(FRAME), FRAME) * 2],
    "Better Stack": [msgspec.msgpack.encode([{**EVENT, "dt": NOW_TEXT, "context": {"runtime": {"logger_name": "a"}}}])],
    "Shippers": [msgspec.msgpack.encode([1768487000.1, EVENT]), json.dumps([EVENT, EVENT]).encode(), FRAME * 2],
}


def test_every_format_has_a_body() -> None:
    assert BODIES.keys() == {row.name for row in FORMATS}


@pytest.mark.parametrize("name", BODIES)
def test_a_broken_body_is_read_or_refused(name: str) -> None:
    chance = random.Random(f"logstream {name}")
    read = 0
    for number in range(ROUNDS):
        body = broken(chance.choice(BODIES[name]), chance)
        asked = request(name, body, content_type="application/json" if number % 2 else "")
        try:
            records = row(name).decode(asked)
        except Undecodable:
            continue
        row(name).accepted(asked, records)
        if not records.fields:
            continue
        making = received(records.fields, Names())
        for _ in making.make(NOW_TEXT):
            pass
        assert making.errors == [], body
        batch = Batch(making.entries)
        for line in batch.split_lines():
            json.loads(line.decode())
        read += len(records.fields)
    assert read > 100


def test_every_whole_body_is_read() -> None:
    for name, bodies in BODIES.items():
        for body in bodies:
            assert row(name).decode(request(name, body)).fields, name
            assert gzip.decompress(gzip.compress(body)) == body
