"""Standard output of the commands that read: bytes at once, and an end as soon as nobody reads them.

These commands have nothing to finish, so a signal or a closed pipe ends the process where it stands; the server sees
its connection end and stops working for it.
"""

import os
import select
import signal
import sys
import threading
from functools import partial
from types import FrameType
from typing import Annotated, Final, Literal

import typer

from logstream.cli.stderr import fail, say

Color = Annotated[
    Literal["auto", "always", "never"],
    typer.Option(help="Colour the output; auto: on a terminal, unless NO_COLOR is set."),
]


class Output:
    """Standard output. `exit_codes` are those for signals that end the command quietly."""

    def __init__(self, exit_codes: dict[signal.Signals, int]) -> None:
        if sys.stdout is None:
            raise fail("standard output is closed", 1)
        self._stream: Final = sys.stdout.buffer
        self.is_terminal: Final = sys.stdout.isatty()
        for name, code in exit_codes.items():
            signal.signal(name, partial(_end, code))
        threading.Thread(target=self._end_with_reader, daemon=True).start()

    def coloured(self, color: str) -> bool:
        """Whether colours are wanted, for one of `auto`, `always`, `never`."""
        if color != "auto":
            return color == "always"
        is_forbidden = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        return self.is_terminal and not is_forbidden

    def write(self, data: bytes) -> None:
        """Write all of it now. Raises typer.Exit when it can't be."""
        try:
            self._stream.write(data)
            self._stream.flush()
        except BrokenPipeError:
            os._exit(0)
        except OSError as error:
            say(f"standard output: {error.strerror}")
            os._exit(1)  # the interpreter would try to write what is left once more

    def _end_with_reader(self) -> None:
        """Wait for the reader of a pipe to go away: without anything to write, nothing else would tell."""
        poll = select.poll()
        poll.register(self._stream.fileno(), 0)
        poll.poll()
        os._exit(0)


def _end(code: int, number: int, frame: FrameType | None) -> None:
    os._exit(code)
