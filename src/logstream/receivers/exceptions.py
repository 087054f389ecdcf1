"""Exceptions, however a logger sends them, as `context.exception`: type, message, stack, and whatever else was said.

Where a stack is appended to the message, as Python's formatters do, the message is what stands before it.
"""

import re
from typing import Any, Final

from msgspec import Raw

from logstream.formats.fields import Fields, encode
from logstream.formats.objects import decode_value, members_of, text_of

NAME: Final = "exception"

_STACKS: Final = (
    *("exception.stacktrace", "error.stack_trace", "error.stack", "stack_trace", "stacktrace", "stackTrace"),
    *("stack", "traceback", "exc_text", "exc_info", "error_stack", "Exception", "@x", "EXCEPTION_TEXT"),
)
_TYPES: Final = ("exception.type", "error.type", "error.kind", "exception_type", "exc_type")
_MESSAGES: Final = ("exception.message", "error.message", "error_message", "exception_message")
_OBJECTS: Final = ("exception", "err", "error", "exc", "thrown")
NAMES: Final = frozenset((*_STACKS, *_TYPES, *_MESSAGES, *_OBJECTS))
"""The members that may say something of an exception."""

_STACK_INSIDE: Final = ("stack", "stack_trace", "stacktrace", "stackTrace", "extendedStackTrace", "trace", "traceback")
_TYPE_INSIDE: Final = ("type", "class", "kind", "name", "exc_type")
_TRACE: Final = "Traceback (most recent call last):"
_APPENDED: Final = re.compile(
    r"\n(?:Traceback \(most recent call last\):\n|(?=[\w.$]+(?:Error|Exception)\b.*\n\s+at ))"
)
_LAST: Final = re.compile(r"^([A-Za-z_][\w.]*)(?::\s?(.*))?\Z", re.DOTALL)
_FIRST: Final = re.compile(r"(?:Exception in thread \"[^\"]*\" |Uncaught )?([A-Za-z_$][\w.$]*)(?:\s?:\s?(.*))?")
_MONOLOG: Final = re.compile(r"\[object\] \(([\w\\]+)\(code: [^)]*\): (.*?) at \S+:\d+\)", re.DOTALL)
"""An exception as Monolog writes it into a line."""
_FRAME: Final = re.compile(r"^\s+(?:at|---|File|from|\d+:)\b|^#\d+ ", re.MULTILINE)


def is_stack(text: str) -> bool:
    """Whether a text is a stack trace rather than prose."""
    return "\n" in text and (_TRACE in text or _FRAME.search(text) is not None)


def of_stack(stack: str) -> dict[str, Any]:
    """The exception that a stack trace says, with the trace itself."""
    found: dict[str, Any] = {}
    text = stack.strip()
    if _TRACE in text:
        last = re.split(r"\n(?=\S)", text[text.rfind(_TRACE) :])[-1]
        match = _LAST.match(last)
    else:
        match = _MONOLOG.match(text) or _FIRST.fullmatch(text.partition("\n")[0])
    if match is not None:
        found["type"] = match[1]
        if match[2]:
            found["message"] = match[2].strip()
    found["stack"] = stack
    return found


def split_message(fields: Fields) -> bool:
    """Part a message from the stack trace behind it; whether there was one."""
    message = fields.message
    if "\n" not in message or (match := _APPENDED.search(message)) is None:
        return False
    if match.start() == 0 or any(name == NAME for name, _ in fields.context):
        return False
    stack = message[match.start() + 1 :]
    fields.message = message[: match.start()]
    fields.context = [*fields.context, (NAME, Raw(encode(of_stack(stack))))]
    return True


def take_exception(fields: Fields) -> None:
    """Bring what the context says of an exception under `exception`."""
    for name, _ in fields.context:
        if name in NAMES:
            break
    else:
        return
    members = dict(fields.context)
    used: set[str] = set()
    found = _of_object(members, used)
    if found is None:
        if NAME in members and text_of(members[NAME]) is None:
            return  # an object of another kind keeps its place
        found = _of_texts(members, used)
    if found is None:
        return
    fields.context = [(name, value) for name, value in fields.context if name not in used and name != NAME]
    fields.context.append((NAME, Raw(encode(found))))


def _of_object(members: dict[str, Raw], used: set[str]) -> dict[str, Any] | None:
    for name in _OBJECTS:
        inside = members_of(members[name]) if name in members else None
        if inside is None or (NAME in members and name != NAME):
            continue
        stack = next((inner for inner in _STACK_INSIDE if inner in inside), None)
        kind = next((inner for inner in _TYPE_INSIDE if inner in inside), None)
        if stack is None and (kind is None or "message" not in inside):
            continue
        used.add(name)
        found: dict[str, Any] = {}
        if kind is not None:
            found["type"] = inside.pop(kind)
        if "message" in inside:
            found["message"] = inside.pop("message")
        if stack is not None:
            found["stack"] = _as_text(inside.pop(stack))
        for inner, value in inside.items():
            found.setdefault(inner, value)
        return found
    return None


def _of_texts(members: dict[str, Raw], used: set[str]) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    for name in (NAME, *_STACKS):
        text = text_of(members[name]) if name in members else None
        if text and (is_stack(text) or name in ("exception.stacktrace", "error.stack_trace", "@x", "Exception", NAME)):
            found = of_stack(text)
            used.add(name)
            break
    for role, names in (("type", _TYPES), ("message", _MESSAGES)):
        for name in names:
            text = text_of(members[name]) if name in members else None
            if text:
                found[role] = text
                used.add(name)
                break
    text = text_of(members["error"]) if found and "error" in members else None
    if text is not None and found.get("message", text) == text:
        found["message"] = text
        used.add("error")
    if not found or (set(found) == {"message"} and "error" not in used):
        used.clear()
        return None
    return {role: found[role] for role in ("type", "message", "stack") if role in found}


def _as_text(raw: Raw) -> Any:
    """A stack as text; lines that came as a list are joined."""
    text = text_of(raw)
    if text is not None:
        return text
    value = decode_value(raw)
    if isinstance(value, list) and value and all(isinstance(line, str) for line in value):
        return "\n".join(value)
    return raw
