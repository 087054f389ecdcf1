"""The progress bar of commands that have a known number of bytes to go through."""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress


def byte_progress(doing: str, *, shown: bool = True) -> "Progress":
    """A bar on standard error, where that is a terminal and it is to be `shown`; it vanishes at its end."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    console = Console(stderr=True)
    columns = (TextColumn(doing), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    is_shown = shown and console.is_terminal
    # Output above the bar, not through it, unless it goes elsewhere: it must not end up on standard error.
    above = sys.stdout is not None and sys.stdout.isatty()
    return Progress(*columns, console=console, transient=True, disable=not is_shown, redirect_stdout=above)
