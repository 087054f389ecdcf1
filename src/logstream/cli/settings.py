"""The settings and the journal folder they name, for commands that act in the place of a server, not through one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from logstream.cli.stderr import fail

if TYPE_CHECKING:
    from logstream.settings import Settings

LogPath = Annotated[
    Path | None, typer.Option("--log-path", help="Journal folder; default: LOG_PATH.", show_default=False)
]


def settings_or_exit() -> "Settings":
    """The settings; a wrong one ends the command with one line and exit code 2."""
    from logstream.settings import SettingsError, load_settings

    try:
        return load_settings()
    except SettingsError as error:
        raise fail(str(error), 2) from None


def journal_folder(log_path: Path | None, settings: "Settings") -> Path:
    """The folder that was given, else that of the settings. Raises typer.Exit when it is not a directory."""
    folder = log_path or settings.log_path
    if not folder.is_dir():
        raise fail(f"LOG_PATH={str(folder)!r} is not a directory", 2)
    return folder
