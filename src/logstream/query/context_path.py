"""The ways a path through the context may be written in keys: `k8s.pod.name` is nested keys, dotted ones, or a mixture.

The longest key is tried first at each step, and the first way that leads to something counts. A path is a tree of keys
that the predicate and both SQLs walk, so that they can't differ in what is tried and when.
"""

from typing import Final

MAX_MIXED: Final = 6
"""Parts of a path of which every mixture is tried, 32 at most; a longer path has one dotted key at its head or end."""

Steps = dict[str, "Steps | None"]
"""The keys to try, in this order, and where each leads on; None is the end."""


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


def steps(path: tuple[str, ...]) -> Steps:
    """The ways as a tree."""
    tree: Steps = {}
    for keys in spellings(path):
        at = tree
        for key in keys[:-1]:
            following = at.setdefault(key, {})
            assert following is not None  # only whole paths end, and they are equally long
            at = following
        at[keys[-1]] = None
    return tree
