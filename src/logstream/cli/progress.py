"""The progress bar of commands that have a known number of bytes to go through."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress


def byte_progress(doing: str, *, shown: bool = True) -> "Progress":
    """A bar on standard error, where that is a terminal and it is to be `shown`; it vanishes at its end."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    console = Console(stderr=True)
    columns = (TextColumn(doing), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True, disable=not (shown and console.is_terminal))
