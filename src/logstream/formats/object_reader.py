"""One JSON object being read, role by role: what a member must be to count, and what is left for the context."""

from collections.abc import Callable
from typing import Any, Final

from msgspec import Raw

from logstream.entries.entry import (
    MAX_APP,
    MAX_BATCH_ID,
    MAX_TRACE_ID,
    MAX_USER_AGENT,
)
from logstream.entries.json_text import compact
from logstream.formats.clock import Clock
from logstream.formats.fields import Fields, Members, bounded, category_of, encode
from logstream.formats.json_names import (
    AGENT,
    APP_ID,
    APP_KEY,
    BATCH,
    CATEGORY,
    HOST,
    LETTERS,
    LEVEL,
    LINES,
    NEXTCLOUD,
    NUMBERED,
    NUMBERS,
    OWN,
    SERVICE,
    SHARED,
    TEMPLATES,
    TEXT,
    TIME,
    TRACE,
    WINDOWS,
    is_line,
)
from logstream.formats.json_times import time_of
from logstream.formats.levels import level_of
from logstream.formats.objects import Object, decode_value, members_of, text_of
from logstream.formats.templates import has_holes, rendered


class ObjectReader:
    """What is known so far, and which members are used up."""

    def __init__(self, members: Object, nested: dict[str, Object], clock: Clock) -> None:
        self.members = members
        self.nested = nested
        self.clock = clock
        self.fields = Fields("")
        self.text: str | None = None
        self.is_line = False
        self.number: tuple[str, str, str, int] | None = None
        self._used: set[str] = set()
        self._used_below: dict[str, set[str]] = {}
        self._renamed: dict[str, str] = {}

    def value(self, name: str, below: str) -> Raw:
        return self.nested[name][below] if below else self.members[name]

    def use(self, name: str, below: str = "") -> None:
        if below:
            self._used_below.setdefault(name, set()).add(below)
        else:
            self._used.add(name)

    def has_used(self, name: str) -> bool:
        return name in self._used

    def rest(self, shallow: bool) -> Members:
        """The context: the object's own `context` in its place, and every member that was not used.

        `shallow`: no member nests too deeply to be one of a context.
        """
        context: Members = []
        own = self.members.get("context")
        if own is None and not self._used_below and not self._renamed and shallow:
            used = self._used
            return [member for member in self.members.items() if member[0] not in used]
        inside = None if own is None else members_of(own)
        taken: set[str] = set() if inside is None else set(inside)
        for name, raw in self.members.items():
            if name in self._used:
                continue
            if name == "context":
                if inside is not None:
                    context += [(below, bounded(value)) for below, value in inside.items()]
                    continue
                if bytes(raw) in (b"null", b"[]"):
                    continue
            gone = self._used_below.get(name)
            if gone is not None:
                left = {below: value for below, value in self.nested[name].items() if below not in gone}
                if not left:
                    continue
                raw = Raw(encode(left))
            name = self._renamed.get(name, name)
            while name in taken:
                name = "_" + name
            context.append((name, bounded(raw)))
        return context

    def odd_text(self, line: str | None) -> str:
        """The message of an object without a text: the line itself."""
        for name in ("message", "msg", "Message", "MESSAGE"):
            raw = self.members.get(name)
            if raw is not None and bytes(raw) not in (b"null", b'""'):
                self.fields.context = [member for member in self.fields.context if member[0] != name]
                return compact(bytes(raw)).decode(errors="replace")
        return line if line is not None else encode(self.members).decode()

    def take_text(self, name: str, below: str, raw: Raw) -> bool:
        text = text_of(raw)
        if text is None and name == "MESSAGE":
            text = _journal_text(raw)
        if not text:
            return False
        if name in TEMPLATES and has_holes(text):
            text = self._rendered(name, text)
        else:
            self.use(name, below)
        self.text = text
        if name in LINES:
            self.is_line = True
            self.text = text[:-1] if text.endswith("\n") else text
            self.text = self.text[:-1] if self.text.endswith("\r") else self.text
        elif is_line(name, text):
            self.is_line = True
        return True

    def _rendered(self, name: str, template: str) -> str:
        if name == "@mt":
            renderings = self.members.get("@r")
            found: Any = [] if renderings is None else decode_value(renderings)
            texts = [str(text) for text in found] if isinstance(found, list) else []
            return rendered(template, self.members, texts)
        return rendered(template, self.nested.get("Properties", {}) or self.members)

    def take_time(self, name: str, below: str, raw: Raw) -> bool:
        found = None
        if name == "date" and "time" in self.members:
            found = self._date_and_time(raw)
        elif name == "timestampSeconds":
            found = self._seconds_and_nanos(raw)
        found = found or time_of(raw, self.clock)
        if found is None:
            return False
        self.fields.timestamp, self.fields.exact = found
        self.use(name, below)
        return True

    def _date_and_time(self, raw: Raw) -> tuple[str, bool] | None:
        """`"date": "2024-03-01", "time": "01:02:03"`."""
        time = self.members.get("time")
        date, clock = text_of(raw), None if time is None else text_of(time)
        if date is None or clock is None:
            return None
        found = time_of(Raw(encode(f"{date} {clock}")), self.clock)
        if found is not None:
            self.use("time")
        return found

    def _seconds_and_nanos(self, raw: Raw) -> tuple[str, bool] | None:
        """`"timestampSeconds": 1709254923, "timestampNanos": 456789000`."""
        parts = self.members["timestampNanos"]
        found = time_of(Raw(b'{"seconds":%b,"nanos":%b}' % (bytes(raw), bytes(parts))), self.clock)
        if found is not None:
            self.use("timestampNanos")
        return found

    def take_level(self, name: str, below: str, raw: Raw) -> bool:
        value = bytes(raw)
        if value[:1] == b'"':
            word = str(decode_value(value))
            level = self._level_of(name, word)
            if level is None:
                return False
            self.fields.level = level
            self.use(name, below)
            return True
        if value[:1] == b"{":
            return self._take_level_object(name, below, raw)
        if value[:1] == b"[":
            return self._take_levels(name, raw)
        if self.number is None and value.isdigit() and len(value) <= 5 and name not in ("status", "s"):
            self.number = (name, below, value.decode(), int(value))
        return False

    def _level_of(self, name: str, word: str) -> str | None:
        if name == "s":
            return LETTERS.get(word[:1]) if "c" in self.members and len(word) <= 2 else None
        if len(word) == 1 and name in SHARED:
            return None  # `"status": "C"`
        if word.isdigit() and name not in ("PRIORITY", "level", "severity", "syslogseverity"):
            return None
        if word.isdigit():
            return NUMBERS.get(int(word)) if len(word) <= 5 else None
        return level_of(word)

    def _take_level_object(self, name: str, below: str, raw: Raw) -> bool:
        """`{"name": "ERROR", "intLevel": 200}` of Log4j, `{"name": "ERROR", "no": 40}` of loguru."""
        for inside, value in (members_of(raw) or {}).items():
            word = text_of(value) if inside in ("name", "levelStr", "label", "standardLevel") else None
            level = None if word is None else level_of(word)
            if level is not None:
                self.fields.level = level
                return True
        return False

    def _take_levels(self, name: str, raw: Raw) -> bool:
        """A field that journald has twice: the gravest."""
        values: Any = decode_value(raw)
        levels = [level_of(value) for value in values if isinstance(value, str)]
        known = [level for level in _BY_GRAVITY if level in levels]
        if not known:
            return False
        self.fields.level = known[0]
        return True

    def take_number(self, name: str, below: str, text: str, number: int) -> None:
        table = NUMBERED.get(name, NUMBERS)
        if "reqId" in self.members and number <= 4:
            table = NEXTCLOUD
        elif name == "Level" and ("ProviderName" in self.members or "EventID" in self.members):
            table = WINDOWS
        level = table.get(number)
        if level is not None:
            self.fields.level = level
            self.use(name, below)
        elif table is NUMBERS and 10 < number < 70:
            self.fields.level = NUMBERS[number // 10 * 10]  # a level of one's own between those of pino

    def take_trace(self, name: str, below: str, raw: Raw) -> bool:
        text = text_of(raw)
        if text is None or not text:
            self._keep_odd(name, raw)
            return False
        if name == "traceparent":
            parts = text.split("-")
            if len(parts) < 4 or len(parts[1]) != 32:
                return False
            self.fields.trace_id = parts[1]
            return True
        if "/traces/" in text:
            text = text.rpartition("/traces/")[2]
        elif name == "trace" and not _is_id(text):
            return False
        if len(text) > MAX_TRACE_ID:
            self._keep_odd(name, raw)
            return False
        if not text.strip("0-"):
            return False
        self.fields.trace_id = text
        self.use(name, below)
        return True

    def _keep_odd(self, name: str, raw: Raw) -> None:
        """What doesn't fit one of our own fields stays in the context, under the name with `_` before it."""
        if name in OWN and bytes(raw) not in (b"null", b'""'):
            self._renamed[name] = "_" + name

    def take_category(self, name: str, below: str, raw: Raw) -> bool:
        text = text_of(raw)
        if not text or (name in SHARED and not below and not self._is_logger(name)):
            return False
        self.fields.category = category_of(text)
        if len(text) <= 100:
            self.use(name, below)
        return True

    def _is_logger(self, name: str) -> bool:
        members = self.members
        if name == "name":
            return any(other in members for other in _WITH_NAME)
        if name == "facility":
            return "short_message" in members
        if name == "c":
            return "s" in members and "t" in members
        return False

    def take_batch(self, name: str, below: str, raw: Raw) -> bool:
        text = text_of(raw)
        if not text or len(text) > MAX_BATCH_ID:
            self._keep_odd(name, raw)
            return False
        self.fields.batch_id = text
        self.use(name)
        return True

    def take_agent(self, name: str, below: str, raw: Raw) -> bool:
        text = text_of(raw)
        if not text:
            return False
        self.fields.user_agent = text[:MAX_USER_AGENT]
        if len(text) <= MAX_USER_AGENT:
            self.use(name)
        return True

    def take_app_key(self, name: str, below: str, raw: Raw) -> bool:
        text = _app(raw)
        if text is not None:
            self.fields.app_key = text
            self.use(name)
        return text is not None

    def take_app_id(self, name: str, below: str, raw: Raw) -> bool:
        text = _app(raw)
        if text is not None:
            self.fields.app_id = text
            self.use(name)
        return text is not None

    def take_service(self, name: str, below: str, raw: Raw) -> bool:
        self.fields.service = text_of(raw) or None
        return self.fields.service is not None

    def take_host(self, name: str, below: str, raw: Raw) -> bool:
        self.fields.host = text_of(raw) or None
        return self.fields.host is not None


TAKERS: Final[dict[int, Callable[[ObjectReader, str, str, Raw], bool]]] = {
    TEXT: ObjectReader.take_text,
    TIME: ObjectReader.take_time,
    LEVEL: ObjectReader.take_level,
    TRACE: ObjectReader.take_trace,
    CATEGORY: ObjectReader.take_category,
    SERVICE: ObjectReader.take_service,
    HOST: ObjectReader.take_host,
    BATCH: ObjectReader.take_batch,
    AGENT: ObjectReader.take_agent,
    APP_KEY: ObjectReader.take_app_key,
    APP_ID: ObjectReader.take_app_id,
}
"""What fills each role of an entry: a name, one below it, and the value there; whether it did."""

_WITH_NAME: Final = ("pid", "hostname", "levelname", "levelno", "v", "funcName", "logger", "lineno", "level_index")
_BY_GRAVITY: Final = ("critical", "error", "warning", "notice", "info", "debug")


def _journal_text(raw: Raw) -> str | None:
    """MESSAGE as journald writes it when it is no UTF-8 or has control characters: a list of bytes; or several."""
    try:
        value = decode_value(raw)
    except ValueError:
        return None
    if not isinstance(value, list) or not value:
        return None
    if all(isinstance(one, int) and not isinstance(one, bool) and 0 <= one < 256 for one in value):
        return bytes(value).decode(errors="replace")
    parts = [one if isinstance(one, str) else _journal_text(Raw(encode(one))) for one in value]
    return "\n".join(part for part in parts if part) or None


def _is_id(text: str) -> bool:
    return 16 <= len(text) <= 64 and text.replace("-", "").isalnum() and any(letter.isdigit() for letter in text)


def _app(raw: Raw) -> str | None:
    """A name of an app: a number becomes its text."""
    value = bytes(raw)
    text = text_of(raw) if value[:1] == b'"' else value.decode() if value[:1].isdigit() else None
    return text if text and len(text) <= MAX_APP else None
