"""Datadog's log intake: a JSON list or object, whose `message` may be JSON itself, with tags as `name:value` texts."""

from typing import Final

import msgspec
from msgspec import Raw

from logstream.formats.clock import Clock
from logstream.formats.fields import Fields, encode
from logstream.formats.objects import Object, members_of, object_of_line, text_of
from logstream.receivers.json_values import values_of
from logstream.receivers.objects import read_members
from logstream.receivers.request import Answer, Failure, Records, Request, json_answer

_PARAMETERS: Final = ("service", "hostname", "ddsource", "ddtags")
_AGENTS: Final = ("http.useragent", "user_agent")


def decode(request: Request) -> Records:
    values, wrong = values_of(request.body)
    records = Records()
    for why in wrong:
        records.refuse(why)
    for value in values:
        members = object_of_line(value)
        if members is None:
            records.refuse("a log that is no object")
        else:
            records.fields.append(_fields(members, request))
    return records


def _fields(members: Object, request: Request) -> Fields:
    query = request.query
    given = {name: Raw(encode(query[name])) for name in _PARAMETERS if query.get(name)}
    given = {**given, **{name: members.pop(name) for name in _PARAMETERS if name in members}}
    status = text_of(members["status"]) if "status" in members else None
    fields = _read(members, request.clock)
    tags = _tags(given.pop("ddtags", None))
    source = text_of(given.get("ddsource", Raw(b"null")))
    if source is not None and fields.category is None:
        fields.category = source
        del given["ddsource"]
    service, host = (text_of(given.get(name, Raw(b"null"))) for name in ("service", "hostname"))
    fields.service = service or _tag(tags, "service") or fields.service
    fields.host = host or _tag(tags, "host") or fields.host or _tag(tags, "env")
    for name in _AGENTS:
        raw = next((value for key, value in fields.context if key == name), None)
        if raw is not None and fields.user_agent is None and (text := text_of(raw)):
            fields.user_agent = text
            fields.context = [member for member in fields.context if member[0] != name]
    taken = {name: bytes(value) for name, value in fields.context}
    for name, value in given.items():
        if taken.get(name) != bytes(value):
            fields.add_raw(name, value)
    if tags:
        fields.add("ddtags", tags)
    if status is not None and fields.level is None:
        fields.add("status", status)
    return fields


def _read(members: Object, clock: Clock) -> Fields:
    """`message` may be an object, as from Lambda: its members are the record's then."""
    inside = members_of(members["message"]) if "message" in members else None
    if inside is None:
        return read_members(members, clock)
    outside = {name: value for name, value in members.items() if name != "message"}
    flat = {**outside, **{name if name not in outside else "_" + name: value for name, value in inside.items()}}
    return read_members(flat, clock, bytes(members["message"]).decode(errors="replace"))


def _tags(raw: Raw | None) -> dict[str, str | list[str]]:
    """`env:prod,team:pay` as an object; a name that comes twice has a list."""
    text = None if raw is None else text_of(raw)
    tags: dict[str, str | list[str]] = {}
    if raw is not None and text is None:
        try:
            text = ",".join(msgspec.json.decode(raw, type=list[str]))
        except ValueError:
            return {}
    for tag in (text or "").split(","):
        name, _, value = tag.strip().partition(":")
        if name:
            before = tags.get(name)
            tags[name] = value if before is None else [*(before if isinstance(before, list) else [before]), value]
    return tags


def _tag(tags: dict[str, str | list[str]], name: str) -> str | None:
    value = tags.get(name)
    return value[0] if isinstance(value, list) else value


def accepted(request: Request, records: Records) -> Answer:
    return json_answer(202, {})


def failed(request: Request, failure: Failure) -> Answer:
    return json_answer(failure.status, {"errors": [{"status": str(failure.status), "detail": failure.reason}]})


def validate(request: Request) -> Answer:
    return json_answer(200, {"valid": True})
