"""The expressions for the times of log lines: each is anchored where a time begins, and ends where no digit follows."""

import re
from typing import Final

from logstream.formats.zones import NAMES

_END: Final = r"(?![0-9A-Za-z])"
_FRACTION: Final = r"(?:[.,:](\d{1,9}))?"
_HALF: Final = r"(?:\ ?([AaPp])\.?[Mm](?![0-9A-Za-z])\.?)?"
_ZONE: Final = rf"""
    (?: \ ?\(? ( [Zz](?![0-9A-Za-z])
      | [+\-\u2212](?:[01]\d|2[0-3])(?::?[0-5]\d)?(?!\d|:\d)
      | (?:UTC|GMT)[+-]\d{{1,2}}(?::?\d\d)?(?![0-9])
      | (?:{NAMES})(?![\w/])
      | [A-Z][A-Za-z_]{{2,20}}(?:/[A-Z][A-Za-z_+-]{{1,20}}\d{{0,2}}){{1,2}}
      ) \)?
      (?: \[(?:UTC|GMT|Z|[A-Z]\w{{2,20}}/[\w/+-]{{1,40}})\]
        | \ \([A-Z][A-Za-z.\ ]{{3,50}}\ Time\)
        | \ (?:{NAMES})(?![\w/])
      )?
    )?
"""
_TIME: Final = rf"([01]?\d|2[0-4]):([0-5]\d):([0-5]\d|60){_FRACTION}"
_SHORT_TIME: Final = rf"([01]?\d|2[0-4]):([0-5]\d)(?::([0-5]\d|60){_FRACTION})?"
_BETWEEN: Final = r"(?:[Tt_\ |:]|\ ?--?\ |-|,\ ?|\ \ |\ ?\t|\]\ ?\[|\ at\ )"


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.VERBOSE | re.ASCII)


ISO: Final = _compiled(rf"(\d{{4}})([-/.:])(\d\d?)\2(\d\d?){_BETWEEN}[\ ]?{_SHORT_TIME}{_HALF}(?<![.,:]){_ZONE}{_END}")
PLAIN_ISO: Final = _compiled(
    r"""(\d{4}([-/.])\d\d\2\d\d[T\ ](?:[01]\d|2[0-3]):[0-5]\d):([0-5]\d)(?:[.,](\d{1,9}))?
    (?: (Z|[+-]\d\d:?\d\d)(?![0-9A-Za-z:\[])
      | (?= [\]|\t] | \ [\[<|\ "*{b-oq-y] | \ -\  | \ (?:ERROR|WARN|INFO|DEBUG|TRACE)[\ :] | $ )
    )"""
)
"""The zone is known without looking at what follows."""

ACCESS: Final = _compiled(r"(\d\d/[A-Z][a-z]{2}/\d{4}:(?:[01]\d|2[0-3]):[0-5]\d):([0-5]\d)\ ([+-]\d{4})(?=\])")
ODD_ISO: Final = _compiled(
    rf"(\d{{4}})([-/.])(\d\d)\2(\d\d)[T_\ -]([01]\d|2[0-4])([-.h])([0-5]\d)[-.m]([0-5]\d|60){_FRACTION}{_END}"
)
DAY_OF_YEAR: Final = _compiled(rf"(\d{{4}})-(?:(\d{{3}})|W(\d\d)-([1-7]))[T\ ]{_SHORT_TIME}{_ZONE}{_END}")
EAST_ASIAN: Final = _compiled(
    r"""(\d{4})[年년]\ ?(\d\d?)[月월]\ ?(\d\d?)[日일]\ {0,2}(?:(上午|오전|午前)|(下午|오후|午後))?\ ?
    ([01]?\d|2[0-4])[:时時시]\ ?([0-5]\d)[:分분]\ ?([0-5]\d)[秒초]?(?:[.,](\d{1,9}))?"""
)
"""`2024年3月1日 01:02:03`, with the half of the day before a 12-hour clock."""

YEAR_NAME: Final = _compiled(rf"(\d{{4}})([-/ ])([A-Za-z]{{3}})\2\ ?(\d\d?)[T\ ]{_TIME}{_ZONE}{_END}")
COMPACT: Final = _compiled(
    rf"(\d{{4}})(\d\d)(\d\d)[T_\ :-]?"
    rf"(?:([01]\d|2[0-4])([0-5]\d)([0-5]\d|60)(?:(?:[.,]|(?=\d{{3}}(?!\d)))(\d{{1,9}}))?|{_TIME}){_ZONE}{_END}"
)
SHORT_COMPACT: Final = _compiled(
    rf"(\d\d)(\d\d)(\d\d)\ {{1,2}}(?:([01]\d|2[0-4])([0-5]\d)([0-5]\d|60)|{_TIME})(?=[\s\]])"
)
DAY_NAME: Final = _compiled(
    rf"(\d\d?)(\.?\ (?:de\ )?|[-/]?)([A-Za-z\u00c0-\u024f]{{3,10}})\.?,?(\2|\ )(\d{{4}}|\d\d(?=\ [\d]))"
    rf"(?:::?|,?\ {{1,2}}|T|\ -\ ){_SHORT_TIME}{_HALF}{_ZONE}{_END}"
)
DAY_NAME_NO_YEAR: Final = _compiled(rf"(\d\d?)[-/ ]([A-Z][a-z]{{2}})\ {_TIME}{_END}")
NAME_DAY: Final = _compiled(
    rf"([A-Za-z\u00c0-\u024f]{{3,10}})[\ /.-]\ ?(\d\d?)(?:,?[\ /-](\d{{4}}))?,?(?:\ |:|T|\ at\ |\ -\ )"
    rf"{_TIME}{_HALF}{_ZONE}(?:\ (\d{{4}})(?=[\s\]\),:;]|$))?{_END}"
)
SHORT_NAMED: Final = _compiled(
    r"((Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\ ([\ 0-3]\d)\ ([01]\d|2[0-3]):([0-5]\d)):([0-5]\d)(?=\ [a-z])"
)
NUMBERS: Final = _compiled(
    rf"(\d\d?)([-/.])(\d\d?)\2(\d{{4}}|\d\d)(?:,?\ {{1,2}}|-|T|\ --?\ |:){_TIME}{_HALF}{_ZONE}{_END}"
)
NO_YEAR: Final = _compiled(rf"([01]?\d)([-/.])([0-3]\d)[\ |-]{_TIME}{_END}")
KLOG: Final = _compiled(rf"(\d\d)(\d\d)(?:\ {_TIME}|/([01]\d|2[0-3])([0-5]\d)([0-5]\d)(?:\.(\d{{1,9}}))?){_END}")
TIME_ALONE: Final = _compiled(
    rf"(?<![0-9A-Fa-f]{{2}}:[0-9A-Fa-f]{{2}}:)([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?!:[0-9A-Fa-f]{{2}}:)"
    rf"(?!\.\d{{3}},\d{{3}}\])(?:[.,](\d{{1,9}}))?{_END}"
    rf"(?:\ (\d{{4}}-\d\d-\d\d){_END})?"
)
"""A date may follow; `[00:00:01.234,567]` is Zephyr's time since it was started, `00:11:22:33:44:55` an address."""

HALF_DAY: Final = _compiled(rf"([01]?\d):([0-5]\d):([0-5]\d){_FRACTION}\ ?([AaPp])[Mm]{_END}")
WEEKDAY: Final = re.compile(r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?:[a-z]{3,6})?,? {1,2}")
EPOCH: Final = re.compile(
    r"(?:([12]\d{9})(?:[.,](\d{1,9}))?|([12]\d{9})(\d{3}|\d{6}|\d{9})|([12]\.\d{4,18})[eE]\+?0?9)(?=[\s:,|\]\)\"]|$)",
    re.ASCII,
)
"""From 2001 to 2065: other numbers of ten digits are rather not times."""
