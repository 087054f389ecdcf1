"""A LogQuery in DuckDB's SQL. Values are always bound; names come from the tables below, never from a client."""

import re
import uuid
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import msgspec

from logstream.entries.entry import NULL, LogEntry, cut
from logstream.query.comparison import json_spellings, spellings
from logstream.query.conditions import (
    Accepted,
    And,
    Beyond,
    Compare,
    Condition,
    Contains,
    ContextContains,
    Decided,
    Equals,
    HasPattern,
    Loaded,
    LogQuery,
    Matches,
    Not,
    OneOf,
    Or,
    Present,
    UpTo,
    WordLike,
)
from logstream.query.paging import without_place
from logstream.query.patterns import longest_literal
from logstream.query.regex import literals_of, longest_of, word_forms, word_like
from logstream.stores.index.context_sql import context_clause
from logstream.stores.index.pattern_sql import COLOURED, PATTERN, UNCOLOURED

_WRITTEN: Final = (
    "if(epoch_us({0}) % 1000 = 0, strftime({0}, '%Y-%m-%dT%H:%M:%S.%gZ'), strftime({0}, '%Y-%m-%dT%H:%M:%S.%fZ'))"
)
"""A time in the written form, see timestamps.py; here it costs a tenth of what it does in Python."""

_COLUMNS: Final = (
    "id, coalesce(trace_text, trace::VARCHAR), batch_id, app_key, app_id, user_agent, level::VARCHAR, "
    f"category, {{message}}, context, {_WRITTEN.format('timestamp')}, {_WRITTEN.format('created_at')}, file, line_start"
)
"""The columns of a LogEntry, in its order, and where the line of a large one is; see `decode_rows`."""

_EXACT: Final = {"app_key", "app_id", "batch_id", "level", "category", "id", "user_agent", "message"}
_TEXT: Final = {"user_agent", "category", "message"}
_PRESENT: Final = _EXACT | _TEXT | {"timestamp"}
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_BEYOND: Final = {True: ">", False: "<"}

Parameters = list[object]


class LargeEntry(LogEntry, gc=False):
    """A large entry without its message and context, which `large_texts` reads where its line is."""

    file: int
    """The number of its day in the index."""
    line_start: int
    """The offset of its line in the day."""
    message_max: int | None
    """How many characters of its message are wanted; None: all."""


def decode_rows(rows: Sequence[tuple[Any, ...]], query: LogQuery) -> list[LogEntry]:
    """The entries of the rows that `page` and `all_in_range` select."""
    most = query.message_max
    entries = [_decoded(row, most) for row in rows]
    return entries if most is None else [cut(entry, most) for entry in entries]


def _decoded(row: tuple[Any, ...], message_max: int | None) -> LogEntry:
    if row[13] is not None:
        return LargeEntry(*row[:9], NULL, *row[10:], message_max)  # type: ignore[call-arg]
    context = NULL if row[9] is None else msgspec.Raw(row[9].encode())
    return LogEntry(*row[:9], context, row[10], row[11])  # type: ignore[call-arg]


def _columns(query: LogQuery) -> str:
    """Of a message that is too long, one character more than is wanted, by which it is known."""
    return _COLUMNS.format(
        message="message" if query.message_max is None else f"left(message, {query.message_max + 1})"
    )


def where(conditions: Sequence[Condition], *, ascending: bool = False) -> tuple[str, Parameters]:
    """The WHERE clause (empty for no condition) and its parameters."""
    parameters: Parameters = []
    clauses = [_clause(condition, parameters, ascending) for condition in conditions]
    return ("WHERE " + " AND ".join(clauses) if clauses else ""), parameters


def holds(conditions: Sequence[Condition], *, ascending: bool = False) -> tuple[str, Parameters]:
    """An expression that is true where all conditions hold, else false; and its parameters."""
    clause, parameters = where(conditions, ascending=ascending)
    return f"(({clause.removeprefix('WHERE ') or 'true'}) IS TRUE)", parameters


def page(query: LogQuery) -> tuple[str, Parameters]:
    """One page, in the order of the query.

    The inner query orders row numbers alone, so that wide columns are read only for the rows that are answered: on a
    million entries 6 instead of 11 ms for the newest, 9 instead of 22 ms for one level.
    """
    clause, parameters = where(query.where, ascending=query.ascending)
    order = _order(query)
    return (
        f"SELECT {_columns(query)} FROM entries WHERE rowid IN "
        f"(SELECT rowid FROM entries {clause} {order} LIMIT ? OFFSET ?) {order}",
        [*parameters, query.limit, query.offset],
    )


def counted_page(query: LogQuery) -> tuple[str, Parameters]:
    """One page, and behind each of its rows how many match, for a query of which few do.

    What matches is looked for once for both, where `page` and `count` would each do so.
    """
    clause, parameters = where(query.where, ascending=query.ascending)
    order = _order(query)
    return (
        f"WITH found AS MATERIALIZED (SELECT rowid AS row, timestamp, id FROM entries {clause}) "
        f"SELECT {_columns(query)}, (SELECT count(*) FROM found) FROM entries WHERE rowid IN "
        f"(SELECT row FROM found {order} LIMIT ? OFFSET ?) {order}",
        [*parameters, query.limit, query.offset],
    )


def boundaries(query: LogQuery, step: int, steps: int) -> tuple[str, Parameters]:
    """Where to cut what matches into ranges of `step` entries: timestamp and id of the last of each."""
    clause, parameters = where(query.where, ascending=query.ascending)
    order = _order(query)
    return (
        f"SELECT timestamp, id FROM (SELECT timestamp, id, row_number() OVER ({order}) AS number FROM "
        f"(SELECT timestamp, id FROM entries {clause} {order} LIMIT ?)) WHERE number % ? = 0 {order}",
        [*parameters, step * steps, step],
    )


def all_in_range(query: LogQuery) -> tuple[str, Parameters]:
    """Everything that matches, in the order of the query: for conditions that say where it begins and ends."""
    clause, parameters = where(query.where, ascending=query.ascending)
    return f"SELECT {_columns(query)} FROM entries {clause} {_order(query)}", parameters


def by_ids(ids: Sequence[str], query: LogQuery) -> tuple[str, Parameters]:
    """The entries with these ids."""
    return f"SELECT {_columns(query)} FROM entries WHERE id IN (SELECT unnest(?))", [list(ids)]


def place_of(entry: LargeEntry) -> tuple[str, Parameters]:
    """The day of a large entry and where its line starts, as they are now."""
    return (
        "SELECT name, line_start FROM entries JOIN files ON file = number WHERE id = ? AND line_start IS NOT NULL",
        [entry.id],
    )


def count(query: LogQuery) -> tuple[str, Parameters]:
    """How many match, wherever the page begins."""
    clause, parameters = where(without_place(query.where))
    return f"SELECT count(*) FROM entries {clause}", parameters


def _order(query: LogQuery) -> str:
    direction = "ASC" if query.ascending else "DESC"
    return f"ORDER BY id {direction}" if query.by_id else f"ORDER BY timestamp {direction}, id {direction}"


def folded(field: str) -> str:
    """A field in the form of query.fold. lower(upper(…)) folds all of Unicode; plain ASCII, nearly every text, needs
    only half of that."""
    return f"if(strlen({field}) = length({field}), lower({field}), lower(upper({field})))"


def _clause(condition: Condition, parameters: Parameters, ascending: bool) -> str:
    match condition:
        case Equals(field="trace_id", value=value):
            # UUIDs, nearly all traces, are kept as numbers: 3 ms instead of 42 ms per million.
            if _UUID.fullmatch(value):
                parameters.append(uuid.UUID(value))
                return "trace = ?"
            parameters.append(value)
            return "trace_text = ?"
        case Equals(field=field, value=value) if field in _EXACT:
            parameters.append(value)
            return f"{field}::VARCHAR = ?" if field == "level" else f"{field} = ?"
        case OneOf(field="level", values=values):
            parameters.extend(values)
            return f"level::VARCHAR IN ({', '.join('?' * len(values))})" if values else "false"
        case OneOf(field="trace_id", values=values):
            return _joined(" OR ", (_clause(Equals("trace_id", v), parameters, ascending) for v in values)) or "false"
        case OneOf(field=field, values=values) if field in _EXACT:
            parameters.extend(values)
            return f"{field} IN ({', '.join('?' * len(values))})" if values else "false"
        case Contains(field="message", text=text):
            return _in_message(lambda field: _contains(field, spellings(text), parameters))
        case Contains(field=field, text=text) if field in _TEXT:
            return _contains(folded(field), spellings(text), parameters)
        case ContextContains(text=text):
            return _contains(folded("context"), json_spellings(text), parameters)
        case WordLike(parts=parts):
            # The substring alone is found at many times the speed of the expression, and rules out nearly all.
            return _in_message(lambda field: _word_like(field, parts, parameters))
        case Matches(pattern=pattern, ignore_case=ignore_case):
            return _matches(pattern, ignore_case, parameters)
        case HasPattern(pattern=pattern):
            parameters += [longest_literal(pattern), pattern]
            return f"CASE WHEN contains(message, ?) OR {COLOURED} THEN {PATTERN} = ? ELSE false END"
        case Compare(operator=operator, moment=moment):
            parameters.append(moment)
            return f"timestamp {operator} ?"
        case Present(field="trace_id"):
            return "true"
        case Present(field=field) if field in _PRESENT:
            return f"{field} IS NOT NULL"
        case Beyond(moment=moment, id=entry_id):
            parameters += [moment, moment, entry_id]
            beyond = _BEYOND[ascending]
            return f"(timestamp {beyond}= ? AND (timestamp {beyond} ? OR id {beyond} ?))"
        case UpTo(moment=moment, id=entry_id):
            parameters += [moment, moment, entry_id]
            before = _BEYOND[not ascending]
            return f"(timestamp {before}= ? AND (timestamp {before} ? OR id {before}= ?))"
        case Accepted(after=after, until=until):
            parameters += [after, until]
            return "(id > ? AND id <= ?)"
        case Decided(conditions=conditions, large=large):
            clause = _joined(" AND ", (_clause(part, parameters, ascending) for part in conditions))
            found = (f"file = {file} AND line_start IN ({', '.join(map(str, starts))})" for file, starts in large)
            return _joined(" OR ", (f"line_start IS NULL AND {clause}", *found))
        case Loaded(loads=loads):
            parameters.append(list(loads))
            return "load IN (SELECT unnest(?::INTEGER[]))"  # half the time of many ranges, or of a list of constants
    return context_clause(condition, parameters) or _combined(condition, parameters, ascending)


def _combined(condition: Condition, parameters: Parameters, ascending: bool) -> str:
    match condition:
        case Not(condition=negated):
            # What is null, such as a comparison with a null field, does not hold; its negation does.
            return f"(({_clause(negated, parameters, ascending)}) IS NOT TRUE)"
        case And(conditions=parts):
            return _joined(" AND ", (_clause(part, parameters, ascending) for part in parts)) or "true"
        case Or(conditions=parts):
            return _joined(" OR ", (_clause(part, parameters, ascending) for part in parts)) or "false"
    raise AssertionError(f"no SQL for {condition!r}")


def _joined(operator: str, clauses: Iterable[str]) -> str:
    joined = operator.join(clauses)
    return f"({joined})" if joined else ""


def _in_message(test: Callable[[str], str]) -> str:
    """A test of the message without its codes for colours. Few have any, and each is asked only where it must be: a
    conditional expression would take as long again as the test."""
    plain, uncoloured = test(folded("message")), test(folded(UNCOLOURED))
    return f"((({plain}) AND NOT {COLOURED}) OR ({COLOURED} AND ({uncoloured})))"


def _word_like(field: str, parts: Sequence[str], parameters: Parameters) -> str:
    clauses: list[str] = []
    for form in word_forms(parts):
        parameters += [longest_of(form), word_like(form)]
        clauses.append(f"(contains({field}, ?) AND regexp_matches({field}, ?))")
    return _joined(" OR ", clauses)


def _matches(pattern: str, ignore_case: bool, parameters: Parameters) -> str:
    """With a text that matches have, DuckDB need not try the expression: 10 ms among ten million entries, not 320."""
    matches = f"regexp_matches(message, ?, '{'i' if ignore_case else 'c'}')"
    literal = "" if ignore_case or "(?" in pattern else max(literals_of(pattern), key=len, default="")
    parameters += [literal, pattern] if literal else [pattern]
    return f"(contains(message, ?) AND {matches})" if literal else matches


def _contains(field: str, texts: list[str], parameters: Parameters) -> str:
    parameters += texts
    return _joined(" OR ", [f"contains({field}, ?)"] * len(texts))
