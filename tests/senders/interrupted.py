"""Senders that all log at the same time, and meet the same interruptions.

A phase is three events of each, which say its name, whose they are, and their number.
"""

import subprocess
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import Any, NamedTuple

from tests.harness import Server, eventually

LONGEST = 150.0
"""Seconds: logtail-python waits a minute before its third attempt, if its second came too early as well."""


class Ended(NamedTuple):
    code: int
    errors: str
    stored: Counter[str]
    """How often each of its messages."""

    def of(self, name: str, phase: str) -> list[int]:
        """How often each of the messages of a phase."""
        return [self.stored[message] for message in messages(name, phase)]


def app_of(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name).lower()


def messages(name: str, phase: str) -> list[str]:
    return [f"{phase} {app_of(name)} {number}" for number in range(3)]


class Programs:
    """All of them, running."""

    def __init__(
        self, names: Iterable[str], start: "Callable[[str], subprocess.Popen[str]]", server: Server, stack: ExitStack
    ) -> None:
        """They are killed when the stack is left."""
        self._processes = {name: stack.enter_context(start(name)) for name in names}
        self._server = server
        for process in self._processes.values():
            stack.callback(process.kill)

    def log(self, phase: str) -> None:
        for name, process in self._processes.items():
            assert process.stdin is not None
            process.stdin.write(f"{phase} {app_of(name)}\n")
            process.stdin.flush()

    def wait_for(self, phase: str, names: Iterable[str] | None = None) -> None:
        """Until what all of them, or these, said in a phase is stored."""
        wanted = {message for name in names or self._processes for message in messages(name, phase)}

        def missing() -> set[str]:
            return wanted - set(self._stored(search=phase))

        try:
            eventually(lambda: not missing(), phase, LONGEST)
        except AssertionError:
            raise AssertionError(f"{phase}: there is no {sorted(missing())}\n{self._server.log}") from None

    def end(self) -> dict[str, Ended]:
        for process in self._processes.values():
            assert process.stdin is not None
            process.stdin.close()
            process.stdin = None
        codes = {
            name: (*process.communicate(timeout=60), process.returncode) for name, process in self._processes.items()
        }
        stored = self._stored()
        return {name: Ended(code, errors, stored) for name, (_, errors, code) in codes.items()}

    def _stored(self, **filters: Any) -> Counter[str]:
        return Counter(entry["message"] for entry in self._server.all_entries(**filters))
