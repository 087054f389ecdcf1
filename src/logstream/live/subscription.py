"""What a viewer wants to see: filters from the query string of its handshake, or from a `subscribe` message."""

from typing import Final
from urllib.parse import parse_qsl

import msgspec

from logstream.query.conditions import Condition
from logstream.query.filters import (
    PAGING,
    Filters,
    InvalidFilter,
    filter_texts,
    gathered,
    is_filter,
    read_filters,
    read_message_max,
)

_decode: Final = msgspec.json.Decoder(dict[str, msgspec.Raw] | None).decode
_decode_value: Final = msgspec.json.Decoder(str | bool | list[str] | None).decode


class InvalidSubscription(ValueError):
    """A filter that can't be used; the text says why."""


class Subscription(msgspec.Struct, frozen=True):
    """The filter as it was given, what it means, after which entry a viewer wants to go on, and how long its messages
    may be."""

    given: Filters
    where: tuple[Condition, ...]
    after: str | None = None
    message_max: int | None = None


EVERYTHING: Final = Subscription({}, ())


def from_query_string(query: str) -> Subscription:
    """Filters, `after` and `message_max` of a handshake; other parameters are ignored. Raises InvalidSubscription."""
    try:
        pairs = [(name, value) for name, value in parse_qsl(query, errors="strict") if value]
    except ValueError as error:
        raise InvalidSubscription(f"the query string can't be read: {error}") from None
    given, more = gathered(pairs), dict(pairs)
    return Subscription(given, _conditions(given), more.get("after"), _message_max(more))


def from_message(filter: msgspec.Raw) -> Subscription:
    """The filter of a `subscribe` message: an object of filters, or null. Raises InvalidSubscription."""
    try:
        criteria = _decode(filter)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InvalidSubscription('filter must be an object, such as {"level": "error"}') from None
    given: dict[str, str | tuple[str, ...]] = {}
    for name, raw in (criteria or {}).items():
        if not is_filter(name) and name not in PAGING:
            raise InvalidSubscription(f"unknown filter: {name[:100]}")
        value = _texts(name, bytes(raw))
        if value and name not in PAGING:
            given[name] = value
    return Subscription(given, _conditions(given))


def _texts(name: str, raw: bytes) -> str | tuple[str, ...]:
    """A value as it would stand in a query string, or the texts of a list; numbers as they are written."""
    if raw[:1] in b"-0123456789":
        return raw.decode()
    try:
        value = _decode_value(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise InvalidSubscription(f"{name[:100]}: a text, a number or a list of texts is expected") from None
    return filter_texts(name, value)


def _message_max(given: dict[str, str]) -> int | None:
    try:
        return read_message_max(given)
    except InvalidFilter as error:
        raise InvalidSubscription(str(error)) from None


def _conditions(given: Filters) -> tuple[Condition, ...]:
    try:
        return tuple(read_filters(given))
    except InvalidFilter as error:
        raise InvalidSubscription(error.told) from None
