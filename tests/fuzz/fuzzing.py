"""Many inputs for each target, and what they came to."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.fuzz.mutation import broken
from tests.fuzz.targets import TARGETS, Target
from tests.harness import Server

KEPT: Final = Path(__file__).with_name("kept")
"""A folder a target, a file an input: those that found something once."""


@dataclass
class Outcome:
    """What the inputs of a target came to; times in seconds, memory in bytes."""

    target: str
    inputs: int = 0
    slowest: float = 0.0
    slowest_input: bytes = b""
    memory_before: int = 0
    memory_after: int = 0


def inputs_of(target: type[Target], count: int, seed: str) -> Iterator[bytes]:
    """The good inputs, those that are kept, and broken ones up to `count`; the same for the same seed."""
    kept = sorted((KEPT / target.name).glob("*"))
    known = [*target.good, *(path.read_bytes() for path in kept)]
    yield from known
    chance = random.Random(f"{seed} {target.name}")
    for _ in range(count - len(known)):
        yield broken(chance.choice(known), chance)


def fuzz(
    server: Server, folder: Path, target: type[Target], count: int, seed: str, done: Callable[[], None] = lambda: None
) -> Outcome:
    """Try `count` inputs. Raises AssertionError with the input in a note; it is in `folder` too."""
    with closing(target(server, folder)) as taking:
        return _fuzzed(taking, server, folder, inputs_of(target, count, seed), count, done)


def _fuzzed(
    taking: Target, server: Server, folder: Path, inputs: Iterator[bytes], count: int, done: Callable[[], None]
) -> Outcome:
    outcome = Outcome(taking.name)
    for data in inputs:
        began = time.monotonic()
        try:
            taking.take(data)
        except Exception as error:
            found = folder / f"found by {taking.name}"
            found.write_bytes(data)
            error.add_note(f"with the input in {found}: {data[:300]!r}")
            raise
        took = time.monotonic() - began
        if took > outcome.slowest:
            outcome.slowest, outcome.slowest_input = took, data
        outcome.inputs += 1
        if outcome.inputs == min(500, count):
            outcome.memory_before = memory_of(server)
        done()
    outcome.memory_after = memory_of(server)
    assert taking.ask("GET", "/api/health") == 200
    return outcome


def memory_of(server: Server) -> int:
    """What the server holds in memory, in bytes."""
    assert server.process is not None
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmRSS"))


def share_of(target: type[Target], count: int) -> int:
    return count * target.share // sum(target.share for target in TARGETS)
