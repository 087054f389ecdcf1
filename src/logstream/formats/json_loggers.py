"""JSON objects of any logger: the text, time, level, trace and category by their names, all the rest as the context.

One walk over the members finds the names that mean something (`json_names`); what is used leaves the context, unless
using it lost something. An object inside a text (`log` of a container, `message` of a shipper) is read too.
"""

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Raw

from logstream.entries.entry import (
    MAX_CONTEXT_DEPTH,
)
from logstream.formats.clock import Clock
from logstream.formats.fields import Fields, encode
from logstream.formats.json_names import (
    CONTAINERS,
    ROLES,
    TEXT,
    roles_of,
)
from logstream.formats.object_reader import TAKERS, ObjectReader
from logstream.formats.objects import Object, members_of, text_of
from logstream.formats.shapes import Shape, shape_of

TextReader = Callable[[str, Clock], Fields]
"""Reads a text that stands in an object, as a line of its own."""


def read_object(members: Object, clock: Clock, line: str | None = None, *, inner: TextReader | None = None) -> Fields:
    """What an object of any logger says. `line`: the text that it was, the message where the object has none.

    `inner` reads the text where it may be a line itself. Never raises.
    """
    plan, nested = _plan_of(members)
    shallow = line is not None and line.count("{") + line.count("[") < MAX_CONTEXT_DEPTH
    if plan.shape is not None and shallow:
        plain = plan.shape.read(members, nested, clock)
        if plain is not None:
            return plain
    reader = ObjectReader(members, nested, clock)
    fields = reader.fields
    done = -1
    for role, take, name, below in plan.steps:
        if role != done and take(reader, name, below, reader.value(name, below)):
            done = role
    if reader.number is not None and fields.level is None:
        reader.take_number(*reader.number)
    if plan.shape is not None and fields.level is not None and reader.has_used(plan.shape.level):
        plan.shape.learn(members, fields.level)
    fields.context = reader.rest(shallow)
    if reader.text is None:
        fields.message = reader.odd_text(line)
    else:
        fields.message = reader.text
        if inner is not None and (reader.is_line or fields.level is None or fields.timestamp is None):
            _read_inner(fields, inner, clock, whole=reader.is_line, outer=reader.has_used("PRIORITY"))
    return fields


def has_text(members: Object) -> bool:
    """Whether a member, or one below it, is the text of an entry under a name that loggers use."""
    for name, raw in members.items():
        if _is_text(name, members) and (text_of(raw) or name == "MESSAGE"):
            return True
        if name in CONTAINERS and any(_is_text(f"{name}.{below}", members) for below in members_of(raw) or ()):
            return True
    return False


def _is_text(name: str, members: Object) -> bool:
    return any(role == TEXT for role, _ in roles_of(name, members))


_Step = tuple[int, Callable[[ObjectReader, str, str, Raw], bool], str, str]
"""A role, what fills it, and the member that may, with the one below it."""

_Names = tuple[str, ...]


class _Plan(msgspec.Struct):
    """What to do with objects of certain names: steps, best first in each role, and the names that may hold others."""

    steps: list[_Step]
    holders: list[str]
    shape: Shape | None


_plans: dict[_Names, _Plan] = {}
_nested_plans: dict[tuple[_Names, _Names, tuple[_Names, ...]], _Plan] = {}
"""Plans by the names of an object's members: the objects of a log have the same few lists of names."""


def _plan_of(members: Object) -> tuple[_Plan, dict[str, Object]]:
    """The plan of this object, and those of its members that are objects and may hold names that mean something."""
    names = tuple(members)
    plan = _plans.get(names)
    if plan is None:
        plan = _remember(_plans, names, _plan(names, {}))
    nested = {}
    for name in plan.holders:
        found = members_of(members[name])
        if found is not None:
            nested[name] = found
    if not nested:
        return plan, nested
    key = names, tuple(nested), tuple([tuple(below) for below in nested.values()])
    return _nested_plans.get(key) or _remember(_nested_plans, key, _plan(names, nested)), nested


def _remember(plans: dict[Any, _Plan], key: object, plan: _Plan) -> _Plan:
    if len(plans) > 1000:
        plans.clear()
    plans[key] = plan
    return plan


def _plan(names: _Names, nested: dict[str, Object]) -> _Plan:
    ranked = [(role, rank, name, "") for name in names for role, rank in roles_of(name, names)]
    for name, members in nested.items():
        ranked += [(role, rank, name, below) for below in members for role, rank in ROLES.get(f"{name}.{below}", ())]
    ranked.sort()
    candidates = [(role, name, below) for role, _, name, below in ranked]
    steps = [(role, TAKERS[role], name, below) for role, name, below in candidates]
    return _Plan(steps, [name for name in names if name in CONTAINERS], shape_of(candidates, names))


def _read_inner(fields: Fields, inner: TextReader, clock: Clock, *, whole: bool, outer: bool) -> None:
    """Take from the text what the object doesn't say.

    `whole`: the text is a line, and may be an object itself; `outer`: the level is that of the transport, which counts
    less than one in the pairs of the text.
    """
    text = fields.message
    found = inner(text, clock) if whole or text[:1] != "{" else None
    if found is None:
        return
    if found.level is not None and (fields.level is None or found.message != text or (outer and whole)):
        fields.level = found.level
    before, own = fields.timestamp, found.timestamp
    if own is not None and (before is None or (found.exact and found.message != text)):
        if before is not None and before != own:
            fields.context = [*fields.context, ("time", Raw(encode(before)))]
        fields.timestamp, fields.exact = own, found.exact
    fields.message = found.message
    fields.trace_id = fields.trace_id or found.trace_id
    fields.category = fields.category or found.category
    fields.service = fields.service or found.service
    fields.host = fields.host or found.host
    if found.context:
        outside, fields.context = fields.context, found.context
        for name, value in outside:
            fields.add_raw(name, value)
