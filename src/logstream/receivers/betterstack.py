"""Better Stack (Logtail): a list of events in msgpack, or in JSON, posted to the root."""

from typing import Any, Final

import msgspec
from msgspec import Raw

from logstream.entries.json_text import explain
from logstream.formats.clock import Clock
from logstream.formats.fields import Fields, encode
from logstream.formats.objects import Object, members_of, text_of
from logstream.receivers.json_values import values_of
from logstream.receivers.msgpack import decode_msgpack
from logstream.receivers.objects import read_members, without_nulls
from logstream.receivers.request import Answer, Records, Request, Undecodable, always

accepted = always(Answer(202))
_JSON_START: Final = (b"{", b"[")


def decode(request: Request) -> Records:
    body = request.body
    records = Records()
    if not body:
        return records
    if body.lstrip()[:1] in _JSON_START:
        values, wrong = values_of(body)
        for why in wrong:
            records.refuse(why)
    else:
        try:
            found = decode_msgpack(body)
        except (ValueError, RecursionError) as error:
            raise Undecodable(f"neither JSON nor msgpack: {explain(error)}") from None
        values = [encode(value) for one in found for value in (one if isinstance(one, list) else [one])]
    for value in values:
        fields = _fields(value, request.clock)
        if fields is None:
            records.refuse("an event that is no object")
        else:
            records.fields.append(fields)
    return records


def _fields(value: bytes, clock: Clock) -> Fields | None:
    if value[:1] != b"{":
        return None
    members: Object = msgspec.json.decode(value, type=Object)
    members = without_nulls(members)
    members.pop("severity", None) if "level" in members else None
    context = members_of(members["context"]) if "context" in members else None
    runtime = None if context is None or "runtime" not in context else members_of(context["runtime"])
    system = None if context is None or "system" not in context else members_of(context["system"])
    if {"name", "stack", "message"} <= members.keys() and text_of(members["name"]):  # an Error, as logtail-node has it
        exception: dict[str, Any] = {
            "type": members.pop("name"),
            "message": members["message"],
            "stack": members.pop("stack"),
        }
        members["exception"] = Raw(encode(exception))
    fields = read_members(members, clock, value.decode(errors="replace"))
    fields.category = fields.category or _text(runtime, "logger_name")
    fields.service = fields.service or _text(context, "app") or _text(system, "main_file")
    fields.host = fields.host or _text(runtime, "host") or _text(system, "hostname")
    return fields


def _text(members: Object | None, name: str) -> str | None:
    return None if members is None or name not in members else text_of(members[name]) or None
