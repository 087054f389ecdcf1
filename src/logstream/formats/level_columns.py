"""Levels that some programs state in a column of their own, behind a time: letters, numbers, and words behind a host.

Each is known by what stands around it, so that no word of a message is taken for one.
"""

import re
from typing import Final

from logstream.entries.entry import LEVEL_ALIASES
from logstream.formats.levels import WORDS

_COLUMN: Final = re.compile(
    r"""
    \ (?:[\w.-]{1,255}\ (?::\ )?)?%%?(?:[A-Z0-9][\w-]*?[-/])(?P<cisco>[0-7])[-/][A-Z0-9_]+:
      | \ [\w.-]{1,255}\ (?P<f5>emerg|alert|crit|err|warning|notice|info|debug)\ [\w./-]{1,60}\[\w+\]:
      | ,\ {1,2}(?P<samba>\d{1,2})(?:,[^\]]{0,200})?\]\ \S{1,200}\.\w+:\d+\(
      | \|\ [\w.-]{1,60}\|\ (?P<vmware>[IWED])\d{3}:[ ]
      | \ {1,2}(?P<macos>Df|Db|I|E|F)\ {1,2}(?=[\w.\ -]{1,80}\[\d+:[0-9a-f]+\])
      | \ \ \d+-\d+\ \ \S{1,100}\ +\S{1,200}\ \ (?P<logcat>[VDIWEF])\ [ ]
      | \ +\d+:\ *\d+\ (?P<logcat_long>[VDIWEF])/\S{1,100}\ +\]
      | (?:\ \d+-\d+/\S{1,200})?\ (?P<logcat_old>[VDIWEF])/[\w.$-]{1,60}:[ ]
      | \ (?P<ray>[DIWEF])\ \d+\ \d+\][ ]
      | \ (?P<hana>[diwef])\ [A-Z]\w{1,40}\ +\S{1,60}\(\d+\)\ :
      | \S{0,5}\ \S{1,40}\ +LEVEL:\ (?P<db2>\w+)
      | \t(?P<tab>[DIWEF])\ (?=\S)
    """,
    re.VERBOSE | re.ASCII,
)
_LETTERS: Final = {
    **dict.fromkeys(("V", "D", "Db"), "debug"),
    **dict.fromkeys(("I", "Df"), "info"),
    "W": "warning",
    "E": "error",
    "F": "critical",
}
_SAMBA: Final = ("error", "warning", "notice", "notice", "info", "info")
"""Samba's debug levels: lib/util/debug.h; from 6 on they are for debugging."""

_WEBSPHERE: Final = re.compile(r"\[[^\]]{10,60}\] [0-9a-f]{8} [\w.$-]{1,80} +([FEWAICD]) ")
_WEBSPHERE_LETTERS: Final = {
    "F": "critical",
    "E": "error",
    "W": "warning",
    "A": "notice",
    "I": "info",
    "C": "info",
    "D": "debug",
}


def level_in_column(text: str, at: int) -> str | None:
    """The level behind a time that ends at `at`."""
    match = _COLUMN.match(text, at)
    if match is None or match.lastgroup is None:
        return None
    value = match[match.lastgroup]
    if match.lastgroup == "samba":
        return _SAMBA[int(value)] if int(value) < len(_SAMBA) else "debug"
    if match.lastgroup in ("cisco", "f5", "db2"):
        return WORDS.get(value.lower()) or LEVEL_ALIASES.get(value)
    return _LETTERS[value.strip().upper() if len(value.strip()) == 1 else value]


def level_of_websphere(text: str, at: int) -> str | None:
    """`[3/1/24 1:02:03:456 UTC] 0000007b com.ibm.ws.X  E CWWKZ0002E: …`, whose day depends on the locale."""
    match = _WEBSPHERE.match(text, at)
    return None if match is None else _WEBSPHERE_LETTERS[match[1]]
