"""Records as entries: names where a record has none, and values that are too long cut, with the whole in the context.

From there on they go the way of our own format (`making.Received`): limits, levels, times and ids have one place.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from logstream.entries.entry import (
    MAX_APP,
    MAX_BATCH_ID,
    MAX_CATEGORY,
    MAX_TRACE_ID,
    MAX_USER_AGENT,
    NULL,
)
from logstream.formats.fields import Fields, Members, object_of
from logstream.receivers.incoming import EntryError, Incoming, Origin
from logstream.receivers.making import Received

UNKNOWN: Final = "unknown"

_LIMITS: Final = (
    ("trace_id", MAX_TRACE_ID),
    ("batch_id", MAX_BATCH_ID),
    ("app_key", MAX_APP),
    ("app_id", MAX_APP),
    ("user_agent", MAX_USER_AGENT),
    ("category", MAX_CATEGORY),
)


class Names(msgspec.Struct, frozen=True):
    """Who the request says it is from, whatever its records say; None: they say it."""

    app_key: str | None = None
    app_id: str | None = None
    client: str | None = None
    """The app_key of a registered client, which replaces all others."""


def received(records: Sequence[Fields], names: Names) -> Received:
    """The records as what `make` makes entries of. Raises TooManyEntries."""
    origin = Origin(None, None, None, names.client)
    entries: list[Incoming | EntryError] = []
    last: Members | None = None
    context = NULL
    for fields in records:
        entry = _incoming(fields, names)
        if fields.context:
            if fields.context is not last:  # the lines of a stream have one list for all
                last, context = fields.context, object_of(fields.context)
            entry.context = context
        entries.append(entry)
    return Received(entries, origin, None, None)


def _incoming(fields: Fields, names: Names) -> Incoming:
    # some 1 us an entry
    app_key = names.app_key or fields.app_key or fields.service or UNKNOWN
    app_id = names.app_id or fields.app_id or fields.host or UNKNOWN
    trace_id, batch_id, agent, category = fields.trace_id, fields.batch_id, fields.user_agent, fields.category
    if (
        len(app_key) > MAX_APP
        or len(app_id) > MAX_APP
        or (trace_id is not None and len(trace_id) > MAX_TRACE_ID)
        or (category is not None and len(category) > MAX_CATEGORY)
        or (agent is not None and len(agent) > MAX_USER_AGENT)
        or (batch_id is not None and len(batch_id) > MAX_BATCH_ID)
    ):
        fields.app_key, fields.app_id = app_key, app_id
        _cut(fields)
        app_key, app_id = fields.app_key, fields.app_id
        trace_id, batch_id, agent, category = fields.trace_id, fields.batch_id, fields.user_agent, fields.category
    return Incoming(
        trace_id,
        batch_id,
        app_key,
        app_id,
        agent,
        fields.level,
        category,
        fields.message,
        NULL,
        fields.timestamp,
    )


def _cut(fields: Fields) -> None:
    """An id that is cut names something else: a long trace or batch id goes into the context alone."""
    for name, most in _LIMITS:
        value = getattr(fields, name)
        if value is not None and len(value) > most:
            fields.add(name, value)
            setattr(fields, name, None if name in ("trace_id", "batch_id") else value[:most])
