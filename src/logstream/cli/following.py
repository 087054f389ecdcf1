"""`logstream send --follow` and `--journal`: where its state is kept, and what it says."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from logstream.cli.stderr import fail, say

if TYPE_CHECKING:
    from logstream.client.sending.delivery import Delivery
    from logstream.client.sending.encoding import Encoding
    from logstream.client.sending.positions import State
    from logstream.formats.stream import Stream


def send_journal(
    directory: Path | None,
    folder: Path | None,
    destination: tuple[str | None, ...],
    delivery: "Delivery",
    stream: "Stream",
    *,
    batch: int,
    follow: bool,
    from_end: bool,
    stopped: Callable[[], bool],
) -> None:
    """Send the journal behind where it was left. Raises Unreadable, Refused, Unanswered and typer.Exit."""
    from logstream.client.sending.journal import Journal

    with _state(folder, destination) as state:
        Journal(
            directory,
            state,
            delivery,
            stream,
            batch=batch,
            follow=follow,
            from_end=from_end,
            stopped=stopped,
            say=say,
        ).run()


def follow_files(
    patterns: list[str],
    folder: Path | None,
    destination: tuple[str | None, ...],
    delivery: "Delivery",
    stream_of: "Callable[[Path], Stream]",
    *,
    batch: int,
    from_end: bool,
    encoding: "Encoding | None",
    stopped: Callable[[], bool],
) -> None:
    """Follow until stopped. Raises Refused, Unanswered and typer.Exit."""
    from logstream.client.sending.following import Following

    with _state(folder, destination) as state:
        Following(
            patterns,
            state,
            delivery,
            stream_of,
            batch=batch,
            from_end=from_end,
            encoding=encoding,
            stopped=stopped,
            say=say,
        ).run()


@contextmanager
def _state(folder: Path | None, destination: tuple[str | None, ...]) -> "Iterator[State]":
    from logstream.client.sending.positions import InUse, State, Unusable

    try:
        state = State(folder or default_folder(), *destination)
        try:
            yield state
        finally:
            state.close()
    except InUse as error:
        raise fail(str(error), 2) from None
    except Unusable as error:
        raise fail(f"{error}; --state names another folder", 1) from None


def default_folder() -> Path:
    """The folder that systemd gives, that of the whole machine for root, else the user's own."""
    if given := os.environ.get("STATE_DIRECTORY"):
        return Path(given.partition(":")[0])
    if given := os.environ.get("XDG_STATE_HOME"):
        return Path(given) / "logstream-send"
    if os.geteuid() == 0:
        return Path("/var/lib/logstream-send")
    return Path.home() / ".local/state/logstream-send"
