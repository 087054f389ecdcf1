"""systemd-journal-upload: the journal's export format (systemd.io/JOURNAL_EXPORT_FORMATS), a stream that may never end.

A field is `NAME=value`, or a name, a length and bytes; an empty line ends an entry.
"""

from typing import Final

from msgspec import Raw

from logstream.entries.timestamps import format_timestamp, parse_timestamp
from logstream.formats.clock import Clock
from logstream.formats.fields import Fields, encode
from logstream.formats.levels import level_of
from logstream.formats.reading import read_line
from logstream.receivers.exceptions import take_exception
from logstream.receivers.request import Answer, Records, Request, always

MAX_FIELD: Final = 2 * 1024 * 1024
"""Bytes of one field; journald's own are at most 64 KiB unless told otherwise, core dumps aside."""

_NOISE: Final = frozenset(("_BOOT_ID", "_MACHINE_ID", "MESSAGE", "__CURSOR", "_SOURCE_REALTIME_TIMESTAMP"))
_SERVICES: Final = ("SYSLOG_IDENTIFIER", "_SYSTEMD_UNIT", "_SYSTEMD_USER_UNIT", "_COMM")
_CATEGORIES: Final = ("_SYSTEMD_UNIT", "_SYSTEMD_USER_UNIT", "_COMM", "SYSLOG_IDENTIFIER")

accepted = always(Answer(200, b"OK.\n", "text/plain; charset=utf-8"))


def decode(request: Request) -> Records:
    stream = Stream(request.clock)
    records = stream.feed(request.body)
    stream.end(records)
    return records


class Stream:
    """The entries of an upload, as its bytes arrive."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rest = b""
        self._entry: dict[str, list[bytes]] = {}

    @property
    def held(self) -> int:
        """Bytes that wait for the rest of their field."""
        return len(self._rest)

    def feed(self, data: bytes) -> Records:
        """The entries that these bytes complete."""
        records = Records()
        data = self._rest + data if self._rest else data
        at, end = 0, len(data)
        while at < end:
            stop = data.find(b"\n", at)
            if stop < 0:
                break
            line = data[at:stop]
            if not line:
                self._complete(records)
                at = stop + 1
                continue
            name, sign, value = line.partition(b"=")
            if sign:
                at = stop + 1
            else:
                start = stop + 9
                if start > end:
                    break
                size = int.from_bytes(data[stop + 1 : start], "little")
                if size > MAX_FIELD:
                    records.refuse(f"a field of {size} bytes")
                    self._entry = {}
                    at = end
                    break
                if start + size + 1 > end:
                    break
                value = data[start : start + size]
                at = start + size + 1
            self._entry.setdefault(name.decode(errors="replace"), []).append(value)
        self._rest = data[at:]
        if len(self._rest) > MAX_FIELD + 1024:
            records.refuse("a line without an end")
            self._rest, self._entry = b"", {}
        return records

    def end(self, records: Records) -> None:
        """No more bytes come: the last entry needs no empty line."""
        if self._rest:
            name, sign, value = self._rest.partition(b"=")
            if sign:
                self._entry.setdefault(name.decode(errors="replace"), []).append(value)
            else:
                records.refuse("the stream ends inside a field")
            self._rest = b""
        self._complete(records)

    def _complete(self, records: Records) -> None:
        if self._entry:
            entry, self._entry = self._entry, {}
            if any(not name.startswith("__") for name in entry):
                records.fields.append(_fields(entry, self._clock))


def _fields(entry: dict[str, list[bytes]], clock: Clock) -> Fields:
    named = {name: values[0].decode(errors="replace") for name, values in entry.items()}
    message = "\n".join(value.decode(errors="replace") for value in entry.get("MESSAGE", ()))
    fields = Fields(message)
    if message[:1] == "{" or "PRIORITY" not in named:
        inner = read_line(message, clock)
        if inner is not None:
            fields = inner
            fields.timestamp = fields.service = fields.host = None
    used = set(_NOISE)
    level = level_of(named["PRIORITY"]) if "PRIORITY" in named else None
    if level is not None:
        fields.level = level if fields.level is None or message[:1] != "{" else fields.level
        used.add("PRIORITY")
    stamp = named.get("_SOURCE_REALTIME_TIMESTAMP") or named.get("__REALTIME_TIMESTAMP", "")
    moment = parse_timestamp(int(stamp)) if stamp.isascii() and stamp.isdigit() and len(stamp) < 19 else None
    if moment is not None:
        fields.timestamp = format_timestamp(moment)
    fields.service = next((named[name] for name in _SERVICES if named.get(name)), None)
    fields.host = named.get("_HOSTNAME")
    fields.category = fields.category or next((named[name] for name in _CATEGORIES if named.get(name)), None)
    for name in ("TRACE_ID", "USER_AGENT"):
        if named.get(name):
            setattr(fields, name.lower(), named[name])
            used.add(name)
    inner_context = fields.context
    fields.context = [
        (name, _value(values)) for name, values in entry.items() if name not in used and not name.startswith("__")
    ]
    for name, value in inner_context:
        fields.add_raw(name, value)
    take_exception(fields)
    return fields


def _value(values: list[bytes]) -> Raw:
    texts = [value.decode(errors="replace") for value in values]
    return Raw(encode(texts[0] if len(texts) == 1 else texts))
