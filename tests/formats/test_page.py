"""The page of formats: every example on it is read as it says, and every known form has one."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from logstream.formats.clock import Clock
from logstream.formats.levels import WORDS
from logstream.formats.stream import Stream
from tests.formats.programs import LINES, PROSE
from tests.formats.test_json_loggers import LOGGERS

PAGE: Final = (Path(__file__).parents[2] / "docs/formats.md").read_text()
NOON: Final = datetime(2024, 3, 2, 12)
_READ: Final = re.compile(r'→ (\S+) (\S+)(?: category=(\S+))?(?: context=(\S+))?(?: "(.*)")?')


class Example(NamedTuple):
    name: str
    text: str
    time: str | None
    level: str | None
    category: str | None
    context: list[str] | None
    message: str | None


def examples() -> list[Example]:
    found = []
    for block in re.findall(r"```log\n(.*?)```", PAGE, re.DOTALL):
        name, lines = "", list[str]()
        for line in block.splitlines():
            if line.startswith("→ "):
                match = _READ.fullmatch(line)
                assert match is not None, line
                time, level, category, context, message = match.groups()
                names = None if context is None else context.split(",")
                time, level = (None if value == "-" else value for value in (time, level))
                found.append(Example(name, "\n".join(lines), time, level, category, names, message))
                lines = []
            elif line.startswith("// ") and not lines:
                name = line[3:]
            else:
                lines.append(line)
        assert not lines, "an example without what it is read as"
    return found


EXAMPLES: Final = examples()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_is_read_as_the_page_says(example: Example) -> None:
    stream = Stream(Clock(NOON))
    lines = [line.encode() + b"\n" for line in example.text.split("\n")]
    entries = stream.feed(lines, NOON) + stream.flush()
    assert len(entries) == 1
    entry = json.loads(entries[0][0])
    level = entry.get("level")
    assert (entry.get("timestamp"), WORDS.get(level, level)) == (example.time, example.level)
    if example.category is not None:
        assert entry["category"] == example.category
    if example.context is not None:
        assert list(entry["context"]) == example.context
    if example.message is not None:
        assert entry["message"] == example.message
    elif "{" not in example.text:
        assert entry["message"] == example.text


def test_every_known_form_has_an_example() -> None:
    there = {example.name for example in EXAMPLES}
    known = {line.program for line in LINES if line not in PROSE and "\x1b" not in line.text}
    assert known | {row[0] for row in LOGGERS} <= there
