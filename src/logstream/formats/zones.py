"""Names of time zones as they stand behind a clock: offsets, abbreviations, `GMT+2`, IANA names.

An abbreviation with several meanings (CST, IST) is known to be a zone, but which one is never guessed: the one who
reads says so. The offsets are those of the tz database's own abbreviations.
"""

import re
from datetime import UTC, timedelta, timezone, tzinfo
from typing import Final

from logstream.entries.timestamps import time_zone

FIXED: Final[dict[str, int]] = {
    **dict.fromkeys(("UTC", "GMT", "WET", "UCT", "Z", "z"), 0),
    # Europe
    **dict.fromkeys(("WEST", "BST", "CET", "MEZ", "MET"), 60),
    **dict.fromkeys(("CEST", "MESZ", "MEST", "EET"), 120),
    **dict.fromkeys(("EEST", "MSK", "TRT"), 180),
    "SAMT": 240,
    "MSD": 240,
    "YEKT": 300,
    "OMST": 360,
    **dict.fromkeys(("KRAT", "NOVT"), 420),
    "IRKT": 480,
    "YAKT": 540,
    "VLAT": 600,
    "MAGT": 660,
    "PETT": 720,
    # Africa
    "WAT": 60,
    **dict.fromkeys(("CAT", "SAST"), 120),
    "EAT": 180,
    # Asia
    "IDT": 180,
    "IRST": 210,
    "PKT": 300,
    "UZT": 300,
    "NPT": 345,
    **dict.fromkeys(("WIB", "ICT"), 420),
    **dict.fromkeys(("HKT", "SGT", "MYT", "PHT", "WITA", "AWST"), 480),
    **dict.fromkeys(("JST", "KST", "WIT"), 540),
    # Australia and the Pacific
    "ACST": 570,
    "ACDT": 630,
    "AEST": 600,
    "AEDT": 660,
    "NZST": 720,
    "NZDT": 780,
    "HST": -600,
    # America, those of RFC 822 section 5.1 first
    "EST": -300,
    "EDT": -240,
    "CDT": -300,
    "MST": -420,
    "MDT": -360,
    "PST": -480,
    "PDT": -420,
    "ADT": -180,
    "AKST": -540,
    "AKDT": -480,
    "NST": -210,
    "NDT": -150,
    "BRT": -180,
    "BRST": -120,
    "ART": -180,
    "CLT": -240,
    "CLST": -180,
    "COT": -300,
    "PET": -300,
    "VET": -240,
    "UYT": -180,
}
"""Minutes east of Greenwich of the abbreviations that mean one zone, or by far most often one."""

AMBIGUOUS: Final[dict[str, int | None]] = {
    "CST": -360,  # America, China, Cuba
    "AST": -240,  # the Atlantic, Arabia
    "IST": None,  # India, Israel, Ireland
    "GST": None,  # the Gulf, South Georgia
    "SST": None,  # Samoa, Singapore
    "AMT": None,  # the Amazon, Armenia
    "ECT": None,  # Ecuador, the eastern Caribbean
    "WST": None,  # Samoa, western Australia
}
"""Abbreviations that mean several zones, with what an American clock means by them."""

NAMES: Final = "|".join(sorted((name for name in (*FIXED, *AMBIGUOUS) if len(name) > 1), key=len, reverse=True))
_OFFSET: Final = re.compile(r"(?:UTC|GMT)?([+\-\u2212])(\d{1,2})(?::?(\d{2}))?", re.ASCII)


def zone_of(name: str, *, american: bool = False) -> tzinfo | None:
    """The zone that `name` means; None for an ambiguous or unknown one. `american`: the clock is a 12-hour one."""
    minutes = FIXED.get(name)
    if minutes is None and american:
        minutes = AMBIGUOUS.get(name)
    if minutes is None and (match := _OFFSET.fullmatch(name)) is not None:
        minutes = int(match[2]) * 60 + int(match[3] or 0)
        if match[1] != "+":
            minutes = -minutes
    if minutes is not None:
        return fixed(minutes)
    return time_zone(name) if "/" in name else None


def fixed(minutes: int) -> tzinfo | None:
    """The zone that is so far east of Greenwich all year; None for a day and more."""
    if not minutes:
        return UTC
    return timezone(timedelta(minutes=minutes)) if abs(minutes) < 24 * 60 else None


def named_zone(name: str) -> tzinfo | None:
    """The zone that a person names: an IANA name, an unambiguous abbreviation or an offset; None for no zone."""
    return zone_of(name.upper()) or zone_of(name) or time_zone(name)
