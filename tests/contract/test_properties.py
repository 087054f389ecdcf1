"""Whatever JSON is sent is refused in the contract's shape, or found again exactly as its section 3 promises."""

import json
import math
import string
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Settings
from tests.harness import Server, running

LEVELS = ("debug", "info", "notice", "warning", "error", "critical")
ALIASES = {
    **{level: level for level in LEVELS}, "trace": "debug", "verbose": "debug", "information": "info",
    "warn": "warning", "err": "error", "crit": "critical", "fatal": "critical", "alert": "critical",
    "emerg": "critical", "emergency": "critical", "panic": "critical", "0": "critical", "1": "critical",
    "2": "critical", "3": "error", "4": "warning", "5": "notice", "6": "info", "7": "debug",
}  # fmt: skip

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | numbers | texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=15
)
words = st.sampled_from([*ALIASES, "ERROR", "Warn", "loud", ""])
entries = st.fixed_dictionaries(
    {"app_key": texts | st.just("key"), "app_id": st.just("id")},
    optional={
        "trace_id": st.text(string.printable, max_size=40) | values,
        "batch_id": st.text(string.printable, max_size=40) | values,
        "user_agent": st.text(max_size=300).filter(lambda t: t.isprintable()) | values,
        "level": words | values,
        "category": texts | values,
        "message": values,
        "context": values,
        "timestamp": st.datetimes().map(lambda moment: moment.isoformat()) | values,
        "unknown": values,
    },
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, storage: Settings) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("server"), **storage()) as started:
        yield started


def depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max((depth(inner) for inner in value.values()), default=0)
    if isinstance(value, list):
        return 1 + max((depth(inner) for inner in value), default=0)
    return 0


def promised_context(given: Any) -> Any:
    if isinstance(given, str):
        try:
            decoded = json.loads(given)
        except ValueError:
            decoded = None
        return decoded if isinstance(decoded, dict | list) else {"value": given}
    if given is None or isinstance(given, dict | list):
        return given
    return {"value": given}


def same(a: Any, b: Any) -> bool:
    """Equal, of equal types, in the same order of keys."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, float):
        return bool(a == b and math.copysign(1, a) == math.copysign(1, b))
    return bool(a == b)


def text_of(value: Any) -> str | None:
    """A text, or a number as its text; None for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return json.dumps(value)
    return value if isinstance(value, str) else None


def refusal(sent: dict[str, Any]) -> bool:
    """Whether the contract refuses this entry: it doesn't say whose it is."""
    return not 0 < len(text_of(sent.get("app_key")) or "") <= 100


def check(sent: dict[str, Any], stored: dict[str, Any]) -> None:
    """`moved`: what can't be used is kept in the context under the field's name with `_` before it."""
    moved: dict[str, Any] = {}
    assert stored["app_key"] == text_of(sent["app_key"])
    for name in ("trace_id", "batch_id"):
        value = sent.get(name)
        if isinstance(value, str) and 0 < len(value) <= 36:
            assert stored[name] == value
        else:
            assert stored[name] is None if name == "batch_id" else len(stored[name]) == 36
            if value is not None and value != "":
                moved["_" + name] = value
    for name, most in (("user_agent", 255), ("category", 100)):
        value = sent.get(name)
        if text_of(value):
            assert stored[name] == str(text_of(value))[:most]
        else:
            assert stored[name] == ("test" if name == "user_agent" else "general")
            if value is not None and value != "":
                moved["_" + name] = value
    level = sent.get("level")
    word = str(level) if isinstance(level, str | int) and not isinstance(level, bool) else ""
    assert stored["level"] == ALIASES.get(word.strip().lower(), "info")
    if level is not None and level != "" and word.strip().lower() not in ALIASES:
        moved["_level"] = level
    message = sent.get("message")
    if isinstance(message, str | None):
        assert stored["message"] == (message or "")
    else:
        assert same(json.loads(stored["message"]), message)
    check_context(sent, stored["context"], moved)


def check_context(sent: dict[str, Any], context: Any, moved: dict[str, Any]) -> None:
    promised = promised_context(sent.get("context"))
    timestamp = isinstance(context, dict) and "_timestamp" in context and "_timestamp" not in (promised or {})
    if timestamp:
        moved["_timestamp"] = sent["timestamp"]
    if "unknown" not in sent and not moved:
        assert same(context, promised)
        return
    wrapped = {"value": promised} if isinstance(promised, list) else promised or {}
    if "unknown" in sent and "unknown" not in wrapped:
        wrapped = {**wrapped, "unknown": sent["unknown"]}
    assert set(context) == {*wrapped, *moved}
    assert all(same(context[name], value) for name, value in {**wrapped, **moved}.items())


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(batch=st.lists(entries, min_size=1, max_size=4))
def test_what_is_accepted_is_found_as_promised(server: Server, batch: list[dict[str, Any]]) -> None:
    answer = server.post(batch, headers={"User-Agent": "test"})
    good = [entry for entry in batch if not refusal(entry)]
    body = answer.json()
    assert answer.status_code == (201 if good else 400)
    if body.get("error"):
        assert body == {"error": "app_key and app_id are required"}
        return
    assert body["saved"] == len(good) == len(body["entries"])
    assert len(body["errors"] or []) == len(batch) - len(good)
    for sent, stored in zip(good, body["entries"], strict=True):
        assert server.get(f"/api/logs/{stored['id']}").json() == stored
        check(sent, stored)


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(body=values | st.dictionaries(st.sampled_from(["logs", "app_key", "app_id", "message"]), values))
def test_any_json_is_answered_in_the_shapes_of_the_contract(server: Server, body: Any) -> None:
    answer = server.post(body)
    assert answer.status_code in (201, 400)
    assert set(answer.json()) - {"warnings"} in ({"saved", "entries", "errors"}, {"error", "reason"}, {"error"})


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(body=st.binary(max_size=80) | st.text(max_size=80).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_answered_and_the_server_lives(server: Server, body: bytes) -> None:
    assert server.post(body, "/api/logs?app_key=a&app_id=b").status_code in (201, 400)
    assert server.get("/api/health").status_code == 200


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(
    query=st.dictionaries(
        st.sampled_from(["search", "category", "level", "limit", "offset", "date_from", "trace_id", "app_key[]"]),
        st.text(),
    ).map(lambda pairs: {key: value.encode("utf-8", "replace") for key, value in pairs.items()})
)
def test_any_query_is_answered_with_a_page_or_a_400(server: Server, query: dict[str, bytes]) -> None:
    answer = server.get("/api/logs", params=query)
    assert answer.status_code in (200, 400), answer.text
