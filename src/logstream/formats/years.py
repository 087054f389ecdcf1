"""The year in which a file of lines without one begins: that of its end, less the turns of the year between.

Needed because the end is what is known (when the file was last written to), while lines are read from the start.
"""

import re
from calendar import isleap
from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import Final

from logstream.formats.clock import BACKWARDS, Clock

_NAMES: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS: Final = {name.encode(): number for number, name in enumerate(_NAMES, 1)}
_DATE: Final = re.compile(
    rb"^(?:<\d{1,3}>|\[|\*|\.)?(?:("
    + b"|".join(_MONTHS)
    + rb") {1,2}(\d{1,2}) \d\d:\d\d:\d\d(?! \d{4})"
    + rb"|[IWEF](\d\d)(\d\d) \d\d:\d\d:\d\d|(\d\d)-(\d\d) \d\d:\d\d:\d\d\.\d)",
    re.MULTILINE,
)


def first_year(chunks: Iterable[bytes], until: datetime, zone: tzinfo | None) -> int | None:
    """The year of the first line; None where the first lines state their year or no time.

    `chunks`: the file from its start; `until`: when it was last written to.
    """
    last = turns = 0
    leaps: set[int] = set()
    rest = b""
    for chunk in chunks:
        *_, end = (rest + chunk).rpartition(b"\n")
        for match in _DATE.finditer(rest + chunk, 0, len(rest) + len(chunk) - len(end)):
            name, day, month, day2, month3, day3 = match.groups()
            number = (_MONTHS[name] if name else int(month or month3)) * 31 + int(day or day2 or day3)
            if number < last - BACKWARDS:
                turns += 1
                last = number
            last = max(last, number)
            if number == 2 * 31 + 29:
                leaps.add(turns)
        rest = end[:1000]
        if not last:
            return None
    if not last:
        return None
    month_of_last, day_of_last = divmod(last - 1, 31)
    clock = Clock(until, zone=zone, until=until)
    dated = clock.day_without_year(month_of_last, day_of_last + 1, "00:00:00")
    if dated is None:
        return None
    year = int(dated[:4]) - turns
    earlier = (year - back for back in range(9))
    return next((one for one in earlier if all(isleap(one + turn) for turn in leaps)), year)
