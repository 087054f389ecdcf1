"""A LogQuery in DuckDB's SQL. Values are always bound; names come from the tables below, never from a client."""

import math
import re
import uuid
from collections.abc import Sequence
from typing import Final

from logstream.query import Beyond, Compare, Condition, Contains, ContextEquals, Equals, LogQuery, OneOf, fold

COLUMNS: Final = (
    "id, coalesce(trace_text, trace::VARCHAR), batch_id, app_key, app_id, user_agent, level::VARCHAR, "
    "category, message, context, timestamp, created_at"
)
"""The columns of a LogEntry, in its order."""

_EXACT: Final = {"app_key", "app_id", "batch_id", "level", "id"}
_TEXT: Final = {"user_agent", "category", "message"}
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_NUMBER: Final = re.compile(r"-?[0-9]{1,300}(?:\.[0-9]{1,300})?(?:[eE][+-]?[0-9]{1,3})?")

Parameters = list[object]


def where(conditions: Sequence[Condition], *, ascending: bool = False) -> tuple[str, Parameters]:
    """The WHERE clause (empty for no condition) and its parameters."""
    parameters: Parameters = []
    clauses = [_clause(condition, parameters, ">" if ascending else "<") for condition in conditions]
    return ("WHERE " + " AND ".join(clauses) if clauses else ""), parameters


def page(query: LogQuery) -> tuple[str, Parameters]:
    """One page, in the order of the query.

    The inner query orders row numbers alone, so that wide columns are read only for the rows that are answered: on a
    million entries 6 instead of 11 ms for the newest, 9 instead of 22 ms for one level.
    """
    clause, parameters = where(query.where, ascending=query.ascending)
    order = "ORDER BY timestamp, id" if query.ascending else "ORDER BY timestamp DESC, id DESC"
    return (
        f"SELECT {COLUMNS} FROM entries WHERE rowid IN "
        f"(SELECT rowid FROM entries {clause} {order} LIMIT ? OFFSET ?) {order}",
        [*parameters, query.limit, query.offset],
    )


def count(query: LogQuery) -> tuple[str, Parameters]:
    """How many match, wherever the page begins."""
    clause, parameters = where([condition for condition in query.where if not isinstance(condition, Beyond)])
    return f"SELECT count(*) FROM entries {clause}", parameters


def _clause(condition: Condition, parameters: Parameters, beyond: str) -> str:
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
            return f"level::VARCHAR IN ({', '.join('?' * len(values))})"
        case ContextEquals(path=path, value=value):
            return _context_clause(path, value, parameters)
        case Beyond(moment=moment, id=entry_id):
            parameters += [moment, moment, entry_id]
            return f"(timestamp {beyond}= ? AND (timestamp {beyond} ? OR id {beyond} ?))"
        case Contains(field=field, text=text) if field in _TEXT:
            parameters.append(fold(text))
            # lower(upper(…)) folds all of Unicode; plain ASCII, nearly every text, needs only half of that.
            return f"contains(if(strlen({field}) = length({field}), lower({field}), lower(upper({field}))), ?)"
        case Compare(operator=operator, moment=moment):
            parameters.append(moment)
            return f"timestamp {operator} ?"
    raise AssertionError(f"no SQL for {condition!r}")


def _context_clause(path: tuple[str, ...], value: str, parameters: Parameters) -> str:
    """A number is compared as a number, `42` finds 42, 42.0 and "42"; anything else as text."""
    # A JSON pointer, RFC 6901, which leads to members and list positions alike.
    pointer = "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in path)
    if _NUMBER.fullmatch(value) and math.isfinite(number := float(value)):
        parameters += [pointer, number]
        return "try_cast(json_extract_string(context, ?) AS DOUBLE) = ?"
    parameters += [pointer, value]
    return "json_extract_string(context, ?) = ?"
