"""What SQL knows of conditions: what surely fulfils them, and what may."""

from collections.abc import Sequence
from typing import Final, NamedTuple


class Decision(NamedTuple):
    """Two clauses, never null. What is `sure` fulfils the conditions, what is not `may` doesn't."""

    sure: str
    may: str

    @property
    def exact(self) -> bool:
        """Whether nothing lies between the two."""
        return self.sure == self.may


def exactly(clause: str) -> Decision:
    return Decision(clause, clause)


ALWAYS: Final = exactly("1")
NEVER: Final = exactly("0")


def all_of(parts: Sequence[Decision]) -> Decision:
    return _joined(" AND ", parts) if parts else ALWAYS


def any_of(parts: Sequence[Decision]) -> Decision:
    return _joined(" OR ", parts) if parts else NEVER


def _joined(operator: str, parts: Sequence[Decision]) -> Decision:
    if len(parts) == 1:
        return parts[0]
    return Decision(f"({operator.join(part.sure for part in parts)})", f"({operator.join(part.may for part in parts)})")
