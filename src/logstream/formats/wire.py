"""Fields as the JSON of an entry, as `POST /api/logs` takes it, and never more of it than a server takes."""

import re
from typing import Final

import msgspec
from msgspec import Raw

from logstream.formats.fields import Fields, encode

MOST_BYTES: Final = 3 * 1024 * 1024
"""JSON of one entry: a server takes 4 MiB a request unless told otherwise."""

_CONTROLS: Final = {code: 0x2400 + code for code in (*range(0x20),) if code not in (0x09, 0x0A, 0x0D, 0x1B)}
"""Control characters to their pictures: six bytes of JSON become three."""

_CUT_ESCAPE: Final = re.compile(rb"\\(?:u[0-9a-fA-F]{0,3})?$")


_RARE: Final = ("batch_id", "user_agent", "app_key", "app_id")


class _Text(msgspec.Struct, omit_defaults=True, gc=False):
    """The entry of most lines of text."""

    message: str
    level: str | None = None
    category: str | None = None
    timestamp: str | None = None


class _Entry(_Text, omit_defaults=True, gc=False):
    context: Raw | None = None
    trace_id: str | None = None
    batch_id: str | None = None
    app_key: str | None = None
    app_id: str | None = None
    user_agent: str | None = None


def entry_json(fields: Fields) -> bytes:
    """The JSON of an entry. What is too long for a request is shortened, and the context says so."""
    if fields.context or fields.trace_id is not None or any(getattr(fields, name) is not None for name in _RARE):
        line = _entry(fields)
    else:
        line = encode(_Text(fields.message, fields.level, fields.category, fields.timestamp))
    return line if len(line) <= MOST_BYTES else _shortened(fields)


def _entry(fields: Fields) -> bytes:
    return encode(
        _Entry(
            fields.message,
            fields.level,
            fields.category,
            fields.timestamp,
            fields.context_json(),
            fields.trace_id,
            fields.batch_id,
            fields.app_key,
            fields.app_id,
            fields.user_agent,
        )
    )


def _shortened(fields: Fields) -> bytes:
    """Control characters as pictures, then the largest members as cut texts, then the message cut."""
    short = msgspec.structs.replace(fields, message=fields.message.translate(_CONTROLS))
    line = _entry(short)
    if len(line) <= MOST_BYTES:
        return line
    cut: list[str] = []
    room = MOST_BYTES // 2
    if sum(len(bytes(value)) for _, value in short.context) > room:
        share = room // (len(short.context) + 1)
        context = []
        for name, value in short.context:
            raw = bytes(value)
            if len(raw) > share:
                cut.append(name)
                value = Raw(_fitting(raw.decode(errors="replace"), share))
            context.append((name[:1000], value))
        short.context = context
    used = len(_entry(msgspec.structs.replace(short, message="")))
    if used + len(encode(short.message)) > MOST_BYTES - 1000:
        cut.append("message")
        short.message = str(msgspec.json.decode(_fitting(short.message, max(1000, MOST_BYTES - 1000 - used))))
    short.add("_cut", cut[:20])
    return _entry(short)


def _fitting(text: str, size: int) -> bytes:
    """The start of a text, as JSON of at most about `size` bytes."""
    literal = encode(text)
    if len(literal) <= size:
        return literal
    start = _CUT_ESCAPE.sub(b"", literal[: size - 2]).decode(errors="ignore")
    return encode(msgspec.json.decode(start.encode() + b'"'))
