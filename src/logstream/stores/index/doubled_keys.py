"""Keys that stand twice in an object of a context. The last of them counts; DuckDB takes the first.

Hardly any context has such a key, and looking for one costs a filter as much again. So once a path has been asked for,
all that is loaded is looked through for its keys, and filters look only in what was loaded later, or where there are
some.
"""

import re
import threading
from collections.abc import Sequence
from typing import Final

import duckdb
import msgspec

from logstream.query.conditions import And, Condition, LastCounts, Not, OnPath, Or
from logstream.query.context_path import spellings

MOST_PATHS: Final = 500
"""Paths of which it is remembered."""

_ESCAPED: Final = r'\\[^"]*":'
"""A key with an escape in it: it may be any."""


def may_be_doubled(path: tuple[str, ...], parameters: list[object]) -> str:
    """An SQL condition for the contexts in which a key that the path may lead through may stand twice."""
    clauses = ["contains(context, ?) AND regexp_matches(context, ?)"]
    parameters += ["\\", _ESCAPED]
    for key in sorted({key for keys in spellings(path) for key in keys}):
        text = msgspec.json.encode(key).decode() + ":"
        parameters += [text, f"{re.escape(text)}(?s:.*){re.escape(text)}"]
        clauses.append(clauses[0])
    return "(" + " OR ".join(f"({clause})" for clause in clauses) + ")"


class DoubledKeys:
    """What is known of the entries that were loaded; in any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._none_until: dict[tuple[str, ...], int] = {}
        """By path, up to which load no context has such a key of it."""
        self._there: set[tuple[str, ...]] = set()
        """Paths of which one has."""
        self._asked: set[tuple[str, ...]] = set()

    def none_until(self, path: tuple[str, ...]) -> int:
        """Up to which load no context has such a key of the path, as far as is known."""
        with self._lock:
            until = self._none_until.pop(path, 0)
            self._none_until[path] = until
            if len(self._none_until) > MOST_PATHS:
                oldest = next(iter(self._none_until))
                del self._none_until[oldest]
                self._there.discard(oldest)
            if path not in self._there:
                self._asked.add(path)
        return until

    def minded(self, where: Sequence[Condition]) -> list[Condition]:
        """The conditions, with what is needed for the last of such keys to count."""
        return [self._minded(condition) for condition in where]

    @property
    def is_asked(self) -> bool:
        """Whether there is something to look through."""
        return bool(self._asked)

    def look_through(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Look through what was loaded for the keys of the paths that were asked for."""
        while self._asked:
            with self._lock:
                path = self._asked.pop()
                until = self._none_until.get(path, 0)
            (newest,) = cursor.execute("SELECT max(load) FROM entries").fetchone() or (None,)
            if newest is None or newest <= until:
                continue
            parameters: list[object] = [until, newest]
            clause = may_be_doubled(path, parameters)
            statement = f"SELECT min(load) FROM entries WHERE load > ? AND load <= ? AND {clause}"
            (first,) = cursor.execute(statement, parameters).fetchone() or (None,)
            with self._lock:
                self._none_until[path] = newest if first is None else first - 1
                if first is not None:
                    self._there.add(path)

    def _minded(self, condition: Condition) -> Condition:
        match condition:
            case Not(condition=negated):
                return Not(self._minded(negated))
            case And(conditions=parts):
                return And(tuple(map(self._minded, parts)))
            case Or(conditions=parts):
                return Or(tuple(map(self._minded, parts)))
        return LastCounts(condition, self.none_until(condition.path)) if isinstance(condition, OnPath) else condition
