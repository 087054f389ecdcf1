"""Which blocks of entries a search has to read, by their Bloom filters.

What can't be told of a condition, above all what it excludes, narrows nothing.
"""

from collections.abc import Iterable, Sequence
from functools import reduce
from itertools import chain
from operator import and_, or_
from typing import Final

import numpy as np
import numpy.typing as npt

from logstream.query.comparison import fold, spellings
from logstream.query.conditions import (
    And,
    Condition,
    Contains,
    ContextCompare,
    ContextEquals,
    ContextLike,
    ContextPresent,
    Decided,
    Equals,
    HasPattern,
    LastCounts,
    Loaded,
    LogQuery,
    Matches,
    OneOf,
    OnPath,
    Or,
    WordLike,
)
from logstream.query.context_path import spellings as paths_of
from logstream.query.patterns import longest_literal
from logstream.query.regex import literals_of, word_forms
from logstream.stores.index.bits import grams_of, places_of
from logstream.stores.index.bloom_file import Filters
from logstream.stores.index.blooms import Blooms
from logstream.stores.index.tokens import key_token, member_token, trace_token

MOST_SHARE: Final = 0.5
"""The share of all loads beyond which all are read."""

Blocks = npt.NDArray[np.bool_]
"""For each block, whether it may have what is looked for."""


def narrowed(where: Sequence[Condition], blooms: Blooms | None) -> Sequence[Condition]:
    """The conditions, and where what they look for may be, if that is not nearly everywhere."""
    if blooms is None or not len(filters := blooms.filters):
        return where
    blocks = _all_of(where, filters)
    if blocks is None:
        return where
    others = range(int(filters.last[-1]) + 1, blooms.last_load + 1)
    count = int((filters.last - filters.first + 1)[blocks].sum()) + len(others)
    if count > MOST_SHARE * (blooms.last_load - int(filters.first[0]) + 1):
        return where
    loads = chain.from_iterable(map(range, filters.first[blocks].tolist(), (filters.last[blocks] + 1).tolist()))
    return [*where, Loaded((*loads, *others))]


def is_narrowed(query: LogQuery) -> bool:
    return any(isinstance(condition, Loaded) for condition in query.where)


def _blocks(condition: Condition, filters: Filters) -> Blocks | None:
    """The blocks that may have what fulfils the condition; None: any may."""
    match condition:
        case Contains(field="message", text=text):
            return _with_texts(filters, ([form] for form in spellings(text)))
        case Equals(field="message", value=text):
            return _with_texts(filters, [[fold(text)]])
        case OneOf(field="message", values=texts):
            return _with_texts(filters, ([fold(text)] for text in texts))
        case WordLike(parts=parts):
            return _with_texts(filters, word_forms(parts))
        case Matches(pattern=pattern):
            return _with_texts(filters, [[fold(text) for text in literals_of(pattern)]])
        case HasPattern(pattern=pattern):
            return _with_texts(filters, [[fold(longest_literal(pattern))]])
        case Equals(field="trace_id", value=trace):
            return _with_tokens(filters, [trace_token(trace)], filters.knows_texts)
        case OneOf(field="trace_id", values=traces):
            return _with_tokens(filters, map(trace_token, traces), filters.knows_texts)
        case ContextEquals() | ContextPresent() | ContextCompare() | ContextLike():
            return _with_members(filters, condition)
        case LastCounts(condition=condition):
            return _blocks(condition, filters)
        case And(conditions=parts) | Decided(conditions=parts):
            return _all_of(parts, filters)
        case Or(conditions=parts):
            return _any_of([_blocks(part, filters) for part in parts])
    return None


def _all_of(conditions: Iterable[Condition], filters: Filters) -> Blocks | None:
    found = [blocks for condition in conditions if (blocks := _blocks(condition, filters)) is not None]
    return reduce(and_, found) if found else None


def _any_of(found: Sequence[Blocks | None]) -> Blocks | None:
    known = [blocks for blocks in found if blocks is not None]
    return reduce(or_, known) if known and len(known) == len(found) else None


def _with_texts(filters: Filters, ways: Iterable[Sequence[str]]) -> Blocks | None:
    """The blocks with messages that have, in one of the ways, all of the texts."""
    found: list[Blocks | None] = []
    for texts in ways:
        places = sorted({place for text in texts for place in grams_of(text.encode())})
        found.append(filters.having(places) | ~filters.knows_texts if places else None)
    return _any_of(found)


def _with_members(filters: Filters, condition: OnPath) -> Blocks | None:
    """The blocks with contexts that have the last key of the path, in one of its spellings, with what it asks for."""
    keys = {keys[-1] for keys in paths_of(condition.path)}
    if any(key.isdigit() for key in keys):
        return None  # it may be a place in a list
    if isinstance(condition, ContextEquals):
        tokens = [member_token(key, condition.value) for key in keys]
    else:
        tokens = [key_token(key) for key in keys]
    return _with_tokens(filters, tokens, filters.knows_members)


def _with_tokens(filters: Filters, tokens: Iterable[int | None], knows: Blocks) -> Blocks | None:
    found = [None if token is None else filters.having(places_of(token)) | ~knows for token in tokens]
    return _any_of(found)
