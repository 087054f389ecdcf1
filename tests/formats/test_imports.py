"""Formats know the entries and nothing else of the house, so that everyone may use them."""

import re
from pathlib import Path

import logstream.formats


def test_formats_import_entries_alone() -> None:
    folder = Path(logstream.formats.__file__).parent
    imported = {
        room
        for path in folder.glob("*.py")
        for room in re.findall(r"^\s*from logstream\.(\w+)", path.read_text(), re.MULTILINE)
    }
    assert imported == {"entries", "formats"}
