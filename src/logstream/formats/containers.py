"""The prefixes that containers' lines get on their way: of Kubernetes' runtimes (CRI), Docker Compose, kubectl.

A prefix is taken apart here; the line behind it is read like any other.
"""

import re
from typing import Final, NamedTuple

from logstream.formats.levels import WORDS

_CRI: Final = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)) (stdout|stderr) ([FP])(?::\S*)?(?: |$)",
    re.ASCII,
)
_COMPOSE: Final = re.compile(rb"[a-z0-9][a-z0-9_.-]{0,80} {1,40}\| ?")
_KUBECTL: Final = re.compile(r"\[(pod/[\w.-]{1,253}/[\w.-]{1,63})\] ?", re.ASCII)


class Cri(NamedTuple):
    """`2024-01-17T13:53:10.374Z stdout F …`: its time as text, its stream, and where the line behind it begins."""

    time: str
    stream: str
    at: int


def cri_of(text: str) -> Cri | None:
    if text[10:11] != "T" or " std" not in text[19:42]:
        return None
    match = _CRI.match(text)
    return None if match is None else Cri(match[1], match[2], match.end())


def container_of(text: str) -> tuple[str, int] | None:
    """`web-1  | …` of Compose, `[pod/web-7d9f/app] …` of kubectl: the container, and where its line begins."""
    if text[:1] == "[":
        match = _KUBECTL.match(text)
        return None if match is None else (match[1], match.end())
    prefix = compose_prefix(text[:130].encode(errors="replace"))
    if prefix is None or not is_container_name(prefix):
        return None
    return prefix.rstrip(b" |").decode(), len(prefix)


def compose_prefix(line: bytes) -> bytes | None:
    """`web-1  | `, with its padding."""
    match = _COMPOSE.match(line)
    return None if match is None else match[0]


def is_container_name(prefix: bytes) -> bool:
    """No level, number or time, which others put before a bar."""
    name = prefix.rstrip(b" |").decode()
    return name not in WORDS and not name[:1].isdigit()
