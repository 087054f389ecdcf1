"""Labels of Loki: names and values around a stream of lines, as JSON or as text, and what they mean for an entry."""

import re
from typing import Final

from msgspec import Raw

from logstream.formats.fields import Fields, Members, bounded, encode
from logstream.formats.levels import level_of
from logstream.formats.objects import text_of

_PAIR: Final = re.compile(r'\s*([a-zA-Z_][\w.:-]*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`)\s*,?')
_ESCAPE: Final = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))", re.DOTALL)
_LETTERS: Final = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}

LEVELS: Final = ("level", "severity", "detected_level", "lvl", "severity_text")
SERVICES: Final = ("app", "service", "service_name", "application", "job", "container", "container_name")
HOSTS: Final = ("instance", "host", "hostname", "node_name", "nodename", "pod", "environment", "env")
TRACES: Final = ("trace_id", "traceID", "traceId")
LOGGERS: Final = ("logger", "logger_name")


def parse_labels(text: str) -> Members:
    """The labels of `{level="info",app="shop"}`; what is no pair is kept as the label `labels`."""
    inside = text.strip()
    if inside[:1] == "{" and inside[-1:] == "}":
        inside = inside[1:-1]
    labels: dict[str, str] = {}
    at = 0
    while match := _PAIR.match(inside, at):
        labels[match[1]] = _ESCAPE.sub(_unescaped, match[2]) if match[3] is None else match[3]
        at = match.end()
    if inside[at:].strip():
        labels["labels"] = text
    return [(name, Raw(encode(value))) for name, value in labels.items()]


def _unescaped(match: re.Match[str]) -> str:
    """Go's escapes, strconv.Quote."""
    for group, base in ((1, 16), (2, 16), (3, 16), (4, 8)):
        if match[group] is not None:
            code = int(match[group], base)
            return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
    return _LETTERS.get(match[5], match[5])


class Labels:
    """What labels say, read once for all the lines of a stream."""

    __slots__ = ("category", "host", "level", "members", "service", "trace_id")

    def __init__(self, members: Members) -> None:
        named = {name: text for name, value in members if (text := text_of(value))}
        self.level: str | None = None
        self.trace_id = next((named[name] for name in TRACES if name in named), None)
        self.category = next((named[name] for name in LOGGERS if name in named), None)
        self.service = next((named[name] for name in SERVICES if name in named), None)
        self.host = next((named[name] for name in HOSTS if name in named), None)
        used = {name for name in TRACES if self.trace_id is not None and named.get(name) == self.trace_id}
        used |= {name for name in LOGGERS if self.category is not None and named.get(name) == self.category}
        for name in LEVELS:
            if name in named and (level := level_of(named[name])) is not None:
                if self.level is None:
                    self.level = level
                if level == self.level:
                    used.add(name)
        self.members: Members = [(name, bounded(value)) for name, value in members if name not in used]

    def label(self, fields: Fields, weak: bool = False) -> None:
        """Add what they say to a record. `weak`: its own level and category go before theirs."""
        if self.level is not None and (not weak or fields.level is None):
            fields.level = self.level
        fields.trace_id = self.trace_id or fields.trace_id
        fields.category = (fields.category or self.category) if weak else (self.category or fields.category)
        fields.service = self.service or fields.service
        fields.host = self.host or fields.host
        if not self.members:
            return
        if not fields.context:
            fields.context = self.members
            return
        taken = dict(fields.context)
        added = list(fields.context)
        for name, value in self.members:
            if name in taken:
                if _same(value, taken[name]):
                    continue
                while name in taken:
                    name = "_" + name
            taken[name] = value
            added.append((name, value))
        fields.context = added


def _same(label: Raw, value: Raw) -> bool:
    """Whether a label is the text of a value that is there already: labels have nothing but texts."""
    if bytes(label) == bytes(value):
        return True
    text = text_of(label)
    return text is not None and text.encode() == bytes(value)
