"""What people are told: the body of a webhook, the same as text, and the link that shows the entries it is about."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, Literal
from urllib.parse import urlencode

import msgspec

from logstream.alerts.alert import Alert, Count, Rate
from logstream.alerts.condition import Event
from logstream.entries.entry import LogEntry
from logstream.entries.timestamps import format_timestamp
from logstream.query.fields import EXACT, exact_text
from logstream.query.patterns import pattern_of

MESSAGE_CHARACTERS: Final = 1000
"""Of a sample's message in a text."""

IN_ADDRESS: Final = ("level", "app_key", "app_id", "category", "trace_id", "batch_id", "search", "user_agent")
"""The filters that the page has in its address under their own names; others become part of its query."""

AROUND_SECONDS: Final = 300.0
"""What is shown before and after, where there is no window."""


class Notice(msgspec.Struct, frozen=True):
    """One telling; its members are those of a webhook's body."""

    alert: str
    state: Literal["firing", "resolved"]
    since: str
    group: dict[str, str | None] | None
    count: int
    window: str | None
    pattern: str | None
    entry: LogEntry | None
    link: str


class TestNotice(Notice, frozen=True):
    """One that somebody asked for to see whether it arrives."""

    test: bool = True


def notice_of(alert: Alert, event: Event, base: str) -> Notice:
    group = dict(zip(alert.group_by, event.group.values, strict=True)) or None
    window = alert.when.window if isinstance(alert.when, Count | Rate) else None
    since = format_timestamp(datetime.fromtimestamp(event.since, UTC))
    link = link_of(alert, group, event.moment, event.entry, base)
    pattern = None if event.entry is None else pattern_of(event.entry.message)
    return Notice(alert.name, event.state, since, group, event.number, window, pattern, event.entry, link)


def link_of(alert: Alert, group: dict[str, str | None] | None, moment: float, entry: LogEntry | None, base: str) -> str:
    """The address at which the page shows the entries that an alert is about, at the time it is about."""
    filters: dict[str, str] = {}
    terms: list[str] = []
    for name, value in alert.query.items():
        texts = (value,) if isinstance(value, str) else value
        if name == "category":  # in the address, any facet is a list
            filters[name] = exact_text(texts)
        elif name in IN_ADDRESS and len(texts) == 1:
            filters[name] = texts[0]
        else:
            terms.append(_as_term(name, texts))
    for name, text in (group or {}).items():
        if text is None:
            terms.append(f"-{name}:*")
        elif name in EXACT:
            filters[name] = exact_text([text])
        else:
            terms.append(_as_term(name, [text]))
    before = alert.window or AROUND_SECONDS
    shown = {
        **({"q": " ".join(terms if len(terms) == 1 else [f"({term})" for term in terms])} if terms else {}),
        **filters,
        "from": format_timestamp(datetime.fromtimestamp(moment - before, UTC)),
        "to": format_timestamp(datetime.fromtimestamp(moment + AROUND_SECONDS, UTC)),
        **({} if entry is None else {"entry": entry.id}),
    }
    return f"{base}/?{urlencode(shown)}"


def _as_term(name: str, texts: Sequence[str]) -> str:
    """A filter in the search language, any of the texts being enough."""
    if name == "q":
        return texts[-1]
    if name == "min_level":
        return f"level:>={texts[-1]}"
    field = "message" if name == "search" else name
    return " OR ".join(f"{field}:{_quoted(text)}" for text in texts)


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def title_of(notice: Notice) -> str:
    """One line, such as `payments-errors firing: 7 entries in 5m (app_key=billing)`."""
    entries = f"{notice.count:,} {'entry' if notice.count == 1 else 'entries'}"
    within = f" in {notice.window}" if notice.window else ""
    group = ", ".join(f"{name}={'none' if value is None else value}" for name, value in (notice.group or {}).items())
    test = "test of " if isinstance(notice, TestNotice) else ""
    return f"{test}{notice.alert} {notice.state}: {entries}{within}" + (f" ({group})" if group else "")


def text_of(notice: Notice) -> str:
    """The rest: an entry, its pattern, since when, and the link."""
    lines = []
    if (entry := notice.entry) is not None:
        message = entry.message
        shown = message[:MESSAGE_CHARACTERS] + ("…" if len(message) > MESSAGE_CHARACTERS else "")
        lines += [f"{entry.timestamp} {entry.level} {entry.app_key} {entry.app_id}", shown, ""]
    if notice.pattern is not None and (entry is None or notice.pattern != entry.message):
        lines.append(f"Pattern: {notice.pattern[:MESSAGE_CHARACTERS]}")
    lines += [f"Since: {notice.since}", notice.link]
    return "\n".join(lines)


def severity_of(notice: Notice) -> str:
    """In the words of apprise: success, info, warning or failure."""
    if notice.state == "resolved":
        return "success"
    level = "" if notice.entry is None else notice.entry.level
    return {"debug": "info", "info": "info", "notice": "info", "warning": "warning"}.get(level, "failure")
