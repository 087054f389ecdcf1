"""The ways a path through the context may be written in keys: `k8s.pod.name` is nested keys, dotted ones, or a mixture.

The longest key is tried first at each step, and the first way that leads to something other than null counts. Contexts
without dotted keys, nearly all, are told by a text that they don't have: a third of what looking costs, which is
0.2 us an entry.
"""

import re
from itertools import pairwise
from typing import Final

MAX_MIXED: Final = 6
"""Parts of a path of which every mixture is tried, 32 at most; a longer path has one dotted key at its head or end."""

_UNESCAPED: Final = re.compile(r"[ !#-.0-\[\]-~]+")


def spellings(path: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The keys of each way, in the order in which they count."""
    if len(path) <= MAX_MIXED:
        return _mixtures(path)
    joined = ".".join
    ends = [(*path[:at], joined(path[at:])) for at in range(len(path))]
    heads = [(joined(path[:at]), *path[at:]) for at in range(2, len(path))]
    return sorted((*ends, *heads), key=lambda keys: [-key.count(".") for key in keys])


def _mixtures(path: tuple[str, ...]) -> list[tuple[str, ...]]:
    if not path:
        return [()]
    lengths = range(len(path), 0, -1)
    return [(".".join(path[:length]), *rest) for length in lengths for rest in _mixtures(path[length:])]


def may_be_dotted(path: tuple[str, ...]) -> list[str]:
    """Texts of which a context has at least one when a key of it spells parts of the path with dots.

    None for a path of one part. A key that JSON writers escape is looked for by its dot alone.
    """
    pairs = [f"{first}.{second}" for first, second in pairwise(path)]
    return pairs if all(_UNESCAPED.fullmatch(pair) for pair in pairs) else ["."]
