"""One verification of one or more journals and what goes with them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from logstream.stores.journal import naming
from logstream.stores.journal.seals import Seals
from logstream.verification import state
from logstream.verification.days import Indexed, Journal, check_day, unpacked_size
from logstream.verification.doubles import MOST, Doubles
from logstream.verification.findings import DayReport, Findings, Report


class Subject(NamedTuple):
    """What is to be verified."""

    journals: Sequence[Journal]
    policies: Path | None
    """A policy file of the operator's own, if there is one."""
    index_memory: int


def total_bytes(subject: Subject) -> int:
    """How much there is to read, as far as can be told beforehand."""
    return sum(unpacked_size(journal, name) for journal in subject.journals for name in naming.names_in(journal.root))


def verify(
    subject: Subject,
    on_day: Callable[[DayReport], None] = lambda day: None,
    advance: Callable[[int], None] = lambda size: None,
) -> Report:
    """Verify everything, changing nothing. `on_day` gets each day when it is read, `advance` the bytes of each step."""
    faults, notes = Findings(), Findings()
    days: list[DayReport] = []
    if subject.policies is not None:
        state.check_policies(subject.policies, faults, ours=False)
    for journal in subject.journals:
        state.check_state(journal, faults, notes)
        indexed = state.read_index(journal, subject.index_memory, faults, notes) or {}
        with Doubles() as doubles:
            for name in naming.names_in(journal.root):
                checked = check_day(journal, name, indexed.get(name), doubles, advance)
                if checked is not None:
                    faults.take(checked.faults)
                    notes.take(checked.notes)
                    days.append(checked.report)
                    on_day(checked.report)
            _tell_doubles(journal, doubles, faults)
        _tell_missing(journal, indexed, faults)
    running = any(journal.running for journal in subject.journals)
    findings = list(faults)
    faulty = {finding.file for finding in findings}
    days = [msgspec.structs.replace(day, ok=day.ok and faulty.isdisjoint(day.files)) for day in days]
    return Report(not findings, running, days, findings, list(notes))


def _tell_doubles(journal: Journal, doubles: Doubles, faults: Findings) -> None:
    total = 0
    for doubled in doubles.found():
        total = doubled.total
        first, *others = doubled.places
        for place in others:
            why = f"its id {doubled.id!r} is at {first.file}:{first.line} too, and searches show both"
            faults.add("double", place.file, f"{why}; remove one by hand while the server is stopped", place.line)
    if total > MOST:
        faults.add("double", journal.root, f"{total:,} ids are there twice or more; the first {MOST:,} are named")


def _tell_missing(journal: Journal, indexed: dict[str, Indexed], faults: Findings) -> None:
    """Days that a seal or the index knows, and that are gone."""
    seals = Seals(journal.root)
    there = set(naming.names_in(journal.root))
    sealed = set(seals.names())
    for name in sorted((sealed | indexed.keys()) - there):
        if name in sealed:
            if journal.running and not seals.path(name).exists():
                continue  # pruned meanwhile
            known = (
                f"was sealed, and its files are gone. Restore them, or, if that was meant, remove {seals.path(name)}"
            )
        else:
            known = (
                "was indexed, and its files are gone. Restore them; otherwise the next start takes it out of the index"
            )
        faults.add("missing", journal.root / name, known)
