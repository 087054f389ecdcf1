"""Message templates (messagetemplates.org), as Serilog and Seq write them: the text with its properties in place."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from msgspec import Raw

_HOLE: Final = re.compile(r"\{\{|\}\}|\{([@$]?)([\w.\-]{1,100})(?:,(-?\d{1,3}))?(?::([^{}]{1,100}))?\}")


def has_holes(template: str) -> bool:
    return any(match[2] for match in _HOLE.finditer(template))


def rendered(template: str, properties: Mapping[str, Raw], renderings: Sequence[str] = ()) -> str:
    """`template` with the values of `properties`; a hole without a property stays as it is.

    `renderings`: the texts of the holes that have a format, in order, as CLEF's `@r` gives them.
    """
    given = iter(renderings)

    def filled(match: re.Match[str]) -> str:
        _, name, width, form = match.groups()
        if name is None:
            return match[0][0]
        text = next(given, None) if form is not None else None
        if text is None:
            raw = properties.get(name)
            if raw is None:
                return match[0]
            text = _text(raw)
        if width is not None:
            return text.rjust(int(width)) if int(width) > 0 else text.ljust(-int(width))
        return text

    return _HOLE.sub(filled, template)


def _text(raw: Raw) -> str:
    value = bytes(raw)
    if value[:1] == b'"':
        return str(msgspec.json.decode(value))
    return value.decode(errors="replace")
