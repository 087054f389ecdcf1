"""One line of a log as one entry to send: a JSON object is the entry itself, anything else is a message.

The message is always the whole line; time and level are read from it, never cut out of it, so nothing is lost when a
form is misread. An entry leaves here encoded, since batches are closed by their size in bytes.
"""

from datetime import datetime
from typing import Final

import msgspec

from logstream.client.sending.text_forms import stated
from logstream.entries.json_text import checked


class LineEntry(msgspec.Struct, omit_defaults=True, gc=False):
    """What a line of text says. The fields left out get the server's defaults."""

    message: str
    level: str | None = None
    category: str | None = None
    timestamp: str | None = None


_encode: Final = msgspec.json.Encoder().encode
_check_json: Final = msgspec.json.Decoder(msgspec.Raw).decode


def encoded_entry(line: bytes, now: datetime, category: str | None = None) -> bytes | None:
    """The JSON of the entry for one line, its LF or CR LF given or not; None for a line of nothing but white space.

    A JSON object is kept byte for byte (`1.0` and big integers survive), without the white space around it;
    `category` is for lines of text only. Bytes that are not UTF-8 become U+FFFD. `now` is UTC, naive or aware: it
    decides the year of a time that states none. A time without a zone is UTC. Never raises.
    """
    line = line.removesuffix(b"\n").removesuffix(b"\r")
    try:
        text = line.decode()
    except UnicodeDecodeError:
        text = line.decode(errors="replace")
        line = text.encode()
    if not text or text.isspace():
        return None
    line = line.strip()
    if line.startswith(b"{"):
        json_object = _json_object(line)
        if json_object is not None:
            return json_object
    said = stated(text, now)
    return _encode(LineEntry(text, said.level, category, said.time))


def _json_object(text: bytes) -> bytes | None:
    """`text` when it is a JSON object, with lone surrogates replaced, as the server does; else None."""
    try:
        json_object = checked(text)
        _check_json(json_object)
    except (ValueError, RecursionError):
        return None
    return json_object
