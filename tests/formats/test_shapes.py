"""Objects of a known shape say what they say when they are read in full, whatever their values are."""

import random
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import pytest

from logstream.formats import json_loggers
from logstream.formats.clock import Clock
from logstream.formats.fields import Fields
from logstream.formats.objects import object_of_line
from logstream.formats.reading import read_object

PLAIN: Final[dict[str, dict[str, Any]]] = {
    "pino": {"level": 50, "time": 1651261889321, "pid": 69, "hostname": "web-1", "user": 42, "msg": "failed"},
    "zap": {"level": "warn", "ts": 1651261889.25, "logger": "http", "msg": "slow", "path": "/v1", "took": 1.0},
    "ECS": {
        "@timestamp": "2026-01-15T14:22:00.123Z",
        "log.level": "WARN",
        "message": "boom",
        "trace.id": "6ec9d286-63ca-428d-a5f4-b3b2e4b06ce6",
        "service.name": "billing",
        "host": {"name": "web-1"},
        "labels": {"a": 1},
    },
    "Python": {
        "asctime": "2026-01-15 14:22:00,123",
        "levelname": "INFO",
        "name": "django.request",
        "message": "done",
        "traceId": "0af7651916cd43dd8448eb211c80319c",
    },
    "Serilog": {"@t": "2026-01-15T14:22:00.123+01:00", "@l": "Fatal", "@m": "gone", "SourceContext": "Shop"},
    "two levels": {"time": "2026-01-15T14:22:00Z", "level": "info", "severity": 3, "message": "x", "service": "a"},
}

ODD: Final[list[Any]] = [
    *(None, "", " ", 0, 3, 50, 55, 10_000, 1651261889321, 1.5, True, [], ["a"], {}, {"name": "x"}, {"level": "error"}),
    *("error", "Error ", "3", "nonsense", "2026-01-15T14:22:00.123Z", "yesterday", "{}", '{"msg":"inner"}', "{a}"),
    *(
        "x" * 37,
        "x" * 101,
        "projects/p/traces/0af7651916cd43dd8448eb211c80319c",
        "0000-0000",
        "p/traces/0af7",
        "é\nb",
        "{ no object",
    ),
]


def read(members: dict[str, Any]) -> Fields:
    line = msgspec.json.encode(members)
    found = object_of_line(line)
    assert found is not None
    return read_object(found, Clock(datetime(2026, 1, 15, 15, tzinfo=UTC)), line.decode())


def shown(fields: Fields) -> dict[str, Any]:
    return {
        **{name: getattr(fields, name) for name in fields.__struct_fields__ if name != "context"},
        "context": [(name, bytes(value)) for name, value in fields.context],
    }


def in_full(members: dict[str, Any]) -> dict[str, Any]:
    json_loggers._plans.clear()
    json_loggers._nested_plans.clear()
    return shown(read(members))


@pytest.mark.parametrize("logger", PLAIN)
def test_a_known_shape_changes_nothing(logger: str) -> None:
    plain = PLAIN[logger]
    rng = random.Random(logger)
    others = [{**plain, name: odd} for name in plain for odd in ODD]
    others += [{**plain, **{name: rng.choice(ODD) for name in rng.sample(list(plain), 2)}} for _ in range(200)]
    expected = [in_full(members) for members in (plain, *others)]
    json_loggers._plans.clear()
    json_loggers._nested_plans.clear()
    for _ in range(2):  # the second time, all values of levels were met
        assert shown(read(plain)) == expected[0]
        for members, wanted in zip(others, expected[1:], strict=True):
            assert shown(read(members)) == wanted, members


def test_the_shape_of_a_plain_object_is_learnt() -> None:
    for members in PLAIN.values():
        read(members)
        found = object_of_line(msgspec.json.encode(members))
        assert found is not None
        plan, nested = json_loggers._plan_of(found)
        if plan.shape is not None:
            assert plan.shape.read(found, nested, Clock(datetime.now(UTC))) is not None, members
    shapes = [plan.shape for plans in (json_loggers._plans, json_loggers._nested_plans) for plan in plans.values()]
    assert len([shape for shape in shapes if shape is not None]) >= 4
