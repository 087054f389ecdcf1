"""Elasticsearch's bulk API, as shippers use it: documents to create, answered one by one in their order.

Before it come the questions that Beats, Logstash, Vector and the official clients ask to know a server they like.
"""

import re
from typing import Any, Final

import msgspec

from logstream.formats.objects import Object, members_of, object_of_line, text_of
from logstream.receivers.json_values import utf8
from logstream.receivers.objects import read_members
from logstream.receivers.request import Answer, Failure, Records, Request

VERSION: Final = "8.19.0"
"""What we are said to be: Beats and Logstash refuse a server that is older than they are."""

PRODUCT: Final = {"X-Elastic-Product": "Elasticsearch"}
"""Without it the official clients throw the whole batch away."""

ACTIONS: Final = ("create", "index", "update", "delete")
_ACCEPTED: Final = re.compile(r"application/vnd\.elasticsearch\+json(?:; ?compatible-with=\d+)?")
_AGENTS: Final = re.compile(r"elastic|beat/|beat\b|logstash|vector/|fluent|opensearch|axoflow|cribl", re.IGNORECASE)
_AGENT_VERSION: Final = re.compile(r"(?:elasticsearch[\w.-]*|[a-z]+beat|logstash)/(\d+\.\d+\.\d+)", re.IGNORECASE)


class Item(msgspec.Struct):
    """One action: its name, index and id, and why it can't be done."""

    action: str
    index: str
    id: str | None = None
    error: str | None = None


def decode(request: Request) -> Records:
    records = Records()
    items: list[Item] = []
    records.items = items
    lines = filter(None, [line.strip(b" \t\r\0") for line in utf8(request.body).split(b"\n")])
    index = _index_of(request.path)
    last = b""
    """The action line before: most batches repeat one."""
    for line in lines:
        action: Item | None
        if line == last:
            action = Item(items[-1].action, items[-1].index)
        else:
            action = _action(line, index)
            last = line if action is not None and action.id is None else b""
        if action is None:
            records.refuse("a line that is no action")
            items.append(Item("index", index, None, "malformed action/metadata line"))
            continue
        items.append(action)
        if action.action == "delete":
            action.error = "delete is not supported: entries are never changed"
        else:
            document = next(lines, b"")
            if action.action == "update":
                action.error = "update is not supported: entries are never changed"
            else:
                _add(document, action, request, records)
        if action.error is not None:
            records.refuse(action.error)
    return records


def _add(document: bytes, action: Item, request: Request, records: Records) -> None:
    members = object_of_line(document)
    if members is None:
        action.error = "the document is no JSON object"
        return
    fields = read_members(members, request.clock, document.decode(errors="replace"))
    if fields.message[:1] == " ":
        fields.message = fields.message[1:]  # as rsyslog has it behind the tag
    if action.id is not None:
        fields.add("_id", action.id)
    if fields.app_key is None and fields.service is None:
        fields.service = _service(members) or action.index or None
    elif action.index:
        fields.add("_index", action.index)
    records.fields.append(fields)


def _service(members: Object) -> str | None:
    """`source`, as some name their program; a path of Filebeat's older versions is none."""
    text = text_of(members["source"]) if "source" in members else None
    return text if text and "/" not in text else None


def _action(line: bytes, index: str) -> Item | None:
    """The first known action of a line: some put a second member beside it."""
    members = object_of_line(line)
    if members is None:
        return None
    for name in members:
        if name in ACTIONS:
            inside = members_of(members[name]) or {}
            own = text_of(inside["_index"]) if "_index" in inside else None
            given = inside.get("_id")
            item_id = None if given is None or bytes(given) == b"null" else text_of(given) or bytes(given).decode()
            return Item(name, own or index, item_id)
    return None


def _index_of(path: str) -> str:
    parts = [part for part in path.split("/") if part]
    return parts[-2] if len(parts) >= 2 else ""


def accepted(request: Request, records: Records) -> Answer:
    items = []
    errors = False
    for number, item in enumerate(records.items):
        told: dict[str, Any] = {"_index": item.index, "_id": item.id or str(number), "status": 201}
        if item.error is None:
            told["result"] = "created"
        else:
            errors = True
            told["status"] = 400
            told["error"] = {"type": "illegal_argument_exception", "reason": item.error}
        items.append({item.action: told})
    return _answer(request, 200, {"took": 1, "errors": errors, "items": items})


def failed(request: Request, failure: Failure) -> Answer:
    kind = {401: "security_exception", 503: "unavailable_shards_exception"}.get(failure.status, "parse_exception")
    cause = {"type": kind, "reason": failure.reason}
    content = {"error": {"root_cause": [cause], **cause}, "status": failure.status}
    return _answer(request, failure.status, content)


def _answer(request: Request, status: int, content: object) -> Answer:
    """In the type that the request accepts: the clients of version 8 and later check it."""
    match = _ACCEPTED.search(request.header(b"accept"))
    kind = match[0] if match is not None else "application/json"
    return Answer(status, b"" if request.method == "HEAD" else msgspec.json.encode(content), kind, PRODUCT)


# -- what is asked before


def is_shipper(request: Request) -> bool:
    """Whether `GET /` is a shipper's question and not a person's, who wants the page."""
    accept = request.header(b"accept")
    if "text/html" in accept or "mozilla" in request.header(b"user-agent").lower():
        return False
    return "application/vnd.elasticsearch" in accept or _AGENTS.search(request.header(b"user-agent")) is not None


def root(request: Request) -> Answer:
    """Who we are: of the version of the client that asks, as far as it says."""
    match = _AGENT_VERSION.search(request.header(b"user-agent"))
    version = match[1] if match is not None else VERSION
    about = {
        "number": version,
        "build_flavor": "default",
        "build_type": "docker",
        "build_hash": "0",
        "build_date": "2025-01-01T00:00:00.000Z",
        "build_snapshot": False,
        "lucene_version": "9.12.0",
        "minimum_wire_compatibility_version": "7.17.0",
        "minimum_index_compatibility_version": "7.0.0",
    }
    content = {
        "name": "logstream",
        "cluster_name": "logstream",
        "cluster_uuid": "bG9nc3RyZWFtLXNlcnZlcg",
        "version": about,
        "tagline": "You Know, for Search",
    }
    return _answer(request, 200, content)


_ANSWERS: Final[dict[str, Any]] = {
    "_license": {"license": {"status": "active", "type": "basic", "mode": "basic", "uid": "logstream"}},
    "_xpack": {
        "license": {"type": "basic", "mode": "basic", "status": "active"},
        "features": {"ilm": {"available": False, "enabled": False}},
    },
    "_cluster": {
        "cluster_name": "logstream",
        "status": "green",
        "timed_out": False,
        "number_of_nodes": 1,
        "number_of_data_nodes": 1,
    },
    "_nodes": {
        "_nodes": {"total": 1, "successful": 1, "failed": 0},
        "cluster_name": "logstream",
        "nodes": {"logstream": {"name": "logstream", "version": VERSION, "roles": ["data", "ingest"]}},
    },
    "_refresh": {"_shards": {"total": 1, "successful": 1, "failed": 0}},
    "_cat": [],
    "_security": {"username": "logstream", "enabled": True},
}


def about(request: Request) -> Answer:
    """What a shipper asks or wants set up: a template, a policy, a pipeline is there, and setting one up succeeds."""
    topic = next(part for part in request.path.split("/") if part.startswith("_"))
    content = _ANSWERS.get(topic)
    if content is None:
        content = {"acknowledged": True} if request.method in ("PUT", "POST", "DELETE") else {}
    return _answer(request, 200, content)
