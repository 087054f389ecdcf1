"""What becomes of a record: every part of it goes where it belongs, and nothing that it holds can hurt."""

import logging
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from logstream_handler import LogstreamHandler
from tests.clients_python.conftest import Stored
from tests.harness import Server

REQUEST: ContextVar[str] = ContextVar("request_id")


@pytest.fixture
def handler(shared_server: Server, app_key: str, tmp_path: Path) -> Iterator[LogstreamHandler]:
    made = LogstreamHandler(
        shared_server.url,
        app_key=app_key,
        app_id="web-1",
        spool=tmp_path / "spool",
        fields={"region": "eu"},
        context_vars=[REQUEST],
    )
    yield made
    made.close()


@pytest.fixture
def log(handler: LogstreamHandler) -> logging.Logger:
    logger = logging.Logger("shop.checkout")  # of no hierarchy, in which pytest has handlers of its own
    logger.addHandler(handler)
    return logger


@pytest.fixture
def only(handler: LogstreamHandler, stored: Stored) -> Any:
    """The one entry that was logged."""

    def entry() -> dict[str, Any]:
        handler.flush()
        assert handler.stats.dropped == {}
        (found,) = stored()
        return found

    return entry


def test_a_record_is_an_entry_with_who_where_and_when(log: logging.Logger, only: Any, app_key: str) -> None:
    before = datetime.now(UTC)
    log.warning("order %s of %s", 42, "Ann", extra={"user_id": 7, "cart": {"items": [1, 2.5, "x"]}})
    entry = only()
    assert (entry["app_key"], entry["app_id"]) == (app_key, "web-1")
    assert (entry["level"], entry["category"], entry["message"]) == ("warning", "shop.checkout", "order 42 of Ann")
    assert abs(datetime.fromisoformat(entry["timestamp"]) - before).total_seconds() < 60
    context = entry["context"]
    assert context["user_id"] == 7
    assert context["cart"] == {"items": [1, 2.5, "x"]}
    assert context["region"] == "eu"
    assert context["source"]["file"] == __file__
    assert context["source"]["function"] == "test_a_record_is_an_entry_with_who_where_and_when"
    assert context["source"]["line"] > 1
    assert context["thread"] == "MainThread"
    assert entry["user_agent"].startswith("logstream-handler Python/")


def test_levels_are_those_of_the_server(log: logging.Logger, handler: LogstreamHandler, stored: Stored) -> None:
    for number in (10, 15, 20, 25, 30, 40, 50, 60):
        log.log(number, "%s", number)
    handler.flush()
    levels = {int(entry["message"]): entry["level"] for entry in stored()}
    assert levels == {
        10: "debug",
        15: "debug",
        20: "info",
        25: "notice",
        30: "warning",
        40: "error",
        50: "critical",
        60: "critical",
    }


def test_an_exception_has_type_text_stack_and_what_led_to_it(log: logging.Logger, only: Any) -> None:
    orders: dict[str, int] = {}
    try:
        try:
            orders["missing"]
        except KeyError as error:
            raise ValueError("no such order") from error
    except ValueError:
        log.exception("failed")
    found = only()["context"]["exception"]
    assert (found["type"], found["message"]) == ("ValueError", "no such order")
    assert found["stack"].startswith("Traceback (most recent call last):")
    assert "direct cause" in found["stack"]
    assert found["chain"] == [{"relation": "cause", "type": "KeyError", "message": "'missing'"}]


def test_what_the_context_holds_belongs_to_the_entry(log: logging.Logger, only: Any) -> None:
    token = REQUEST.set("r-1")
    try:
        log.info("m", stack_info=True, extra={"trace_id": "0af7651916cd43dd8448eb211c80319c"})
    finally:
        REQUEST.reset(token)
    entry = only()
    assert entry["trace_id"] == "0af7651916cd43dd8448eb211c80319c"
    assert "trace_id" not in entry["context"]
    assert entry["context"]["request_id"] == "r-1"
    assert "test_what_the_context_holds" in entry["context"]["stack"]


def test_what_is_logged_is_what_it_was_at_that_moment(log: logging.Logger, only: Any) -> None:
    basket = ["apple"]
    log.info("%s", basket, extra={"basket": basket})
    basket.append("pear")
    entry = only()
    assert entry["message"] == "['apple']"
    assert entry["context"]["basket"] == ["apple"]


class Rude:
    def __repr__(self) -> str:
        raise RuntimeError("no")


def test_nothing_in_a_record_raises_or_keeps_it_from_being_stored(log: logging.Logger, only: Any) -> None:
    itself: dict[Any, Any] = {"when": datetime(2026, 1, 2, tzinfo=UTC), (1, 2): {3}, "price": Decimal("1.50")}
    itself["self"] = itself
    deep: list[Any] = []
    for _ in range(5000):
        deep = [deep]
    odd = {
        "itself": itself,
        "deep": deep,
        "rude": Rude(),
        "raw": b"a\xff",
        "id": UUID(int=1),
        "half": "\ud800",
        "nan": float("nan"),
        "huge": 10**5000,
        "source": "mine",
        "where": Path("/tmp/x"),
    }
    log.info("%d pieces", "three", extra=odd)
    entry = only()
    assert entry["message"] == "%d pieces"
    context = entry["context"]
    assert context["format_error"].startswith("TypeError: %d format")
    assert context["args"] == "('three',)"
    assert context["itself"]["when"] == "2026-01-02T00:00:00+00:00"
    assert context["itself"]["(1, 2)"] == [3]
    assert context["itself"]["price"] == "1.50"
    assert context["itself"]["self"] == "<itself>"
    assert context["rude"] == "<Rude, whose text raises RuntimeError>"
    assert (context["raw"], context["id"], context["source"]) == ("a\\xff", str(UUID(int=1)), "mine")
    assert (context["nan"], context["half"], context["where"]) == ("nan", "\ufffd", "/tmp/x")


def test_a_huge_entry_is_cut_and_says_so(log: logging.Logger, only: Any) -> None:
    log.info("x" * 1_000_000, extra={"body": "y" * 1_000_000, "user_id": 7})
    entry = only()
    assert set(entry["message"]) == {"x"}
    cut = entry["context"]["_cut"]
    assert cut["message_characters"] == 1_000_000
    assert cut["entry_bytes"] > 2_000_000
    assert '"body":"yyy' in cut["context_begins"]
    assert entry["context"]["source"]["file"] == __file__


def test_a_formatter_makes_the_message_and_leaves_the_exception_its_place(
    log: logging.Logger, handler: LogstreamHandler, only: Any
) -> None:
    handler.setFormatter(logging.Formatter("[%(levelname)s] %(message)s"))
    try:
        raise ValueError("bad")
    except ValueError:
        log.exception("failed")
    entry = only()
    assert entry["message"] == "[ERROR] failed"
    assert entry["context"]["exception"]["message"] == "bad"


def test_the_format_that_basic_config_gives_leaves_the_message_alone(handler: LogstreamHandler) -> None:
    handler.setFormatter(logging.Formatter(logging.BASIC_FORMAT))
    assert handler.formatter is None


def test_filters_and_levels_of_the_handler_hold(log: logging.Logger, handler: LogstreamHandler, only: Any) -> None:
    handler.setLevel("INFO")
    handler.addFilter(lambda record: "secret" not in record.getMessage())
    log.debug("noise")
    log.info("the secret")
    log.info("heard")
    assert only()["message"] == "heard"


def test_a_record_that_is_none_is_counted(handler: LogstreamHandler) -> None:
    handler.emit(logging.makeLogRecord({"created": "yesterday"}))
    assert handler.stats.dropped == {"no entry could be made of the record": 1}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"url": "ftp://x"}, "url is 'ftp://x'"),
        ({"url": "http://user:pa55@x"}, "url holds a user or password"),
        ({"url": "http://x:port"}, "port"),
        ({"app_key": ""}, "app_key"),
        ({"app_key": "a" * 101}, "app_key is"),
        ({"key": "pa55\n"}, "key has characters"),
        ({"batch_entries": 0}, "batch_entries is 0"),
    ],
)
def test_a_wrong_setting_is_an_error_at_once_that_tells_no_secret(given: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError) as raised:
        LogstreamHandler(**{"url": "http://x", "app_key": "a", **given})
    assert told in str(raised.value)
    assert "pa55" not in str(raised.value)


def test_neither_key_nor_token_is_in_what_a_handler_says_of_itself() -> None:
    made = LogstreamHandler("http://x", app_key="shop", key="pa55", client_token="t0ken")
    told = f"{made!r} {made._settings!r} {made.stats!r}"
    assert "pa55" not in told
    assert "t0ken" not in told
    assert "LogstreamHandler shop to http://x" in told


def test_a_task_of_asyncio_is_named(log: logging.Logger, only: Any) -> None:
    import asyncio

    async def work() -> None:
        log.info("in a task")

    async def main() -> None:
        await asyncio.create_task(work(), name="checkout")

    asyncio.run(main())
    context = only()["context"]
    assert context.get("task") == ("checkout" if sys.version_info >= (3, 12) else None)
